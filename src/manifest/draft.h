/* A container whose lists still grow: most formats say one thing in several places. */
#pragma once

#include "base/compat.h"
#include "base/str.h"
#include "base/vec.h"
#include "core/workload.h"
#include "manifest/docker.h"
#include "manifest/reader.h"

VEC_TYPE(str_list, struct str);

struct draft {
	struct container container;
	struct str_list add, drop, devices, sysctls, groups, command, args;
	VEC(struct port) ports;
	VEC(struct env_var) env;
	VEC(struct mount) mounts;
};

void draft_release(struct draft *draft);
#define _cleanup_draft_ _cleanup_(draft_release)

/* All of these return 0 or -ENOMEM. */
int draft_text(struct str_list *list, struct str s);
int draft_port(struct draft *draft, const struct port *port);
int draft_env(struct draft *draft, const struct env_var *env);
/* NAME=VALUE, or NAME alone, whose value comes from outside. */
int draft_assignment(struct draft *draft, const struct place *place, struct str s);
int draft_mount(struct reader *reader, struct draft *draft, const struct place *place,
		const struct docker_mount *mount);
/* A mount of something else than a path or a volume: a secret, a configuration. */
int draft_mount_of(struct reader *reader, struct draft *draft, const struct place *place,
		   enum volume_kind kind, struct str source, struct str reference,
		   struct str target);
/* Hands the lists over to *ret. */
int draft_finish(struct reader *reader, const struct draft *draft, struct container *ret);
/* The workload's volumes: those that are declared, and those that its containers' mounts name themselves. */
int draft_volumes(struct reader *reader, const struct volume *declared, size_t n_declared,
		  struct workload *workload);

/* Takes one mapping of a list of containers; `more` is what the format needs for it. 1, 0 when it is none
 * after all, or -ENOMEM. */
typedef int draft_container_fn(struct reader *reader, const struct place *at, void *more,
			       struct container *ret);
/* All of a list; what is no mapping is a row in malformed and left out. */
int draft_containers(struct reader *reader, const struct place *at, struct str key,
		     const struct yaml_node *value, draft_container_fn *read, void *more,
		     struct workload *ret);
