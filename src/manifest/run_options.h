/*
 * Options of docker-run(1) and podman-run(1), "--cap-add", "--volume": what each means for a container. Quadlet
 * units have most of them as keys, and all of them as words of PodmanArgs=.
 */
#pragma once

#include "base/compat.h"
#include "base/str.h"
#include "core/workload.h"
#include "manifest/draft.h"
#include "manifest/reader.h"

struct quadlet {
	struct draft draft;
	struct workload workload;
	const struct yaml_node *health; /* what says how its health is found out */
};

/* Takes one word of a value, or an option's argument. at is the value. */
typedef int option_fn(struct reader *reader, const struct place *at, struct str word,
		      struct quadlet *unit);

/* Named after the option. All return 0 (what is wrong is a row in malformed) or -ENOMEM. */
option_fn option_image, option_cap_add, option_cap_drop, option_device, option_env, option_secret,
	option_volume, option_mount, option_tmpfs, option_port, option_network, option_userns,
	option_id_map, option_user, option_group, option_group_add, option_seccomp, option_apparmor,
	option_unmask, option_label_type, option_label_level, option_label_disable,
	option_no_new_privileges, option_read_only, option_sysctl, option_memory, option_pids,
	option_health, option_exec, option_entrypoint, option_pull;

struct run_option;

/* One word of PodmanArgs=. *pending is the option that waits for it, and then the one that waits for the
 * next; it begins as NULL. */
int option_argument(struct reader *reader, const struct place *at, struct str word,
		    struct quadlet *unit, const struct run_option **pending);
