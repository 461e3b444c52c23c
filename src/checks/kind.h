/* Which kind of Kubernetes object a row is run on. */
#pragma once

#include "base/compat.h"
#include "base/str.h"
#include "checks/inputs.h"
#include "core/check.h"

static inline const struct object *run_object(const struct check_run *run)
{
	const struct object_input *in = run->input;

	return in->object;
}

/* Is its apiVersion one of that group? The core's is "", and its apiVersion has no slash. */
static inline bool is_group(const struct object *object, struct str group)
{
	struct str version = object->api_version;

	if (group.len == 0)
		return str_find_char(version, '/') < 0;
	return version.len > group.len && version.ptr[group.len] == '/' &&
	       str_starts(version, group);
}

/* is_kind(object, STR("policy"), STR("PodDisruptionBudget")) */
static inline bool is_kind(const struct object *object, struct str group, struct str kind)
{
	return str_eq(object->kind, kind) && object->origin == ORIGIN_KUBERNETES &&
	       is_group(object, group);
}
