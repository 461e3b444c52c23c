/*
 * What somebody declared: one object of Kubernetes, one service of a compose file, one Quadlet unit, one
 * ECS task definition or one Nomad task group, whoever handed it in (a file, an API, an admission request).
 * Readers in src/manifest/ make them; everything lives in the arena that they were given.
 */
#pragma once

#include "base/arena.h"
#include "base/compat.h"
#include "base/str.h"
#include "base/vec.h"
#include "base/yaml.h"

enum origin {
	ORIGIN_KUBERNETES,
	ORIGIN_COMPOSE,
	ORIGIN_QUADLET,
	ORIGIN_ECS,
	ORIGIN_NOMAD,
	ORIGIN_MAX_
};

/* "kubernetes", "compose", "quadlet", "ecs", "nomad". */
const char *origin_name(enum origin origin);

/* A value that is there but has another type than its format wants: nobody can say what it would do. */
struct malformed {
	const struct yaml_node *node; /* NULL only when there is none to show */
	struct str field;	      /* path from the object's root: ".spec.containers[0].ports" */
	struct str reason;	      /* "is text, a boolean is wanted" */
};

VEC_TYPE(malformed_list, struct malformed);

struct workload;

struct object {
	enum origin origin;
	struct str path;	/* the file, as a person would name it; empty: from memory */
	struct str api_version; /* "apps/v1"; empty outside Kubernetes */
	struct str kind; /* "Deployment"; "service", "container", "task definition", "group" */
	struct str name; /* generateName if that is all; may be empty */
	struct str ns;	 /* as written; empty: not said */
	const struct yaml_node *root;	     /* a mapping */
	struct str field;		     /* path of root in its document: "" or ".items[3]" */
	const struct yaml_node *labels;	     /* a mapping of texts, or NULL */
	const struct yaml_node *annotations; /* the same */
	const struct workload *workload;     /* what runs containers; NULL if nothing does */
	const struct malformed *malformed;
	size_t n_malformed;
};

/* Is it of a kind of Kubernetes itself that belongs to no namespace? Others are what they say they are. */
bool object_is_cluster_wide(const struct object *object);

/* "Deployment shop/web", "service web": for a person; .ptr is NULL when out of memory. */
struct str object_title(const struct object *object, struct arena *arena) _must_check_;
