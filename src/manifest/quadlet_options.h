/*
 * Options of podman-run(1), as keys of a Quadlet unit and as words of PodmanArgs=: what each means for a
 * container. Internal to the reader of Quadlet units.
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
typedef int quadlet_fn(struct reader *reader, const struct place *at, struct str word,
		       struct quadlet *unit);

/* Named after the option. All return 0 (what is wrong is a row in malformed) or -ENOMEM. */
quadlet_fn quadlet_image, quadlet_cap_add, quadlet_cap_drop, quadlet_device, quadlet_env,
	quadlet_secret, quadlet_volume, quadlet_mount, quadlet_tmpfs, quadlet_port, quadlet_network,
	quadlet_userns, quadlet_id_map, quadlet_user, quadlet_group, quadlet_group_add,
	quadlet_seccomp, quadlet_apparmor, quadlet_unmask, quadlet_label_type, quadlet_label_level,
	quadlet_label_disable, quadlet_no_new_privileges, quadlet_read_only, quadlet_sysctl,
	quadlet_memory, quadlet_pids, quadlet_health, quadlet_exec, quadlet_entrypoint,
	quadlet_pull;

struct quadlet_option;

/* One word of PodmanArgs=. *pending is the option that waits for it, and then the one that waits for the
 * next; it begins as NULL. */
int quadlet_argument(struct reader *reader, const struct place *at, struct str word,
		     struct quadlet *unit, const struct quadlet_option **pending);
