/*
 * Findings about objects, grouped as a person would tell them: one block for each object, worst first, and
 * one for all objects that have the very same faults. Facts to print, nothing printed.
 */
#pragma once

#include "base/arena.h"
#include "base/compat.h"
#include "core/finding.h"

/* One object, by its first finding; or several that have the same faults. */
struct object_group {
	const struct finding *const *findings; /* of the first object, worst first */
	size_t n_findings;
	const struct finding *const *others; /* the first finding of each other object */
	size_t n_others;
	size_t by_severity[SEVERITY_MAX_];
	enum severity worst;
	bool gates;
};

struct object_groups {
	struct object_group *items; /* worst first */
	size_t len;
	size_t n_objects, n_findings;
};

/*
 * Groups n findings, each about an object, in the order of a result: those of one object stay in theirs.
 * Everything is in the arena and points to the findings. Returns 0 or -ENOMEM.
 */
int object_groups_make(struct arena *arena, const struct finding *const *findings, size_t n,
		       struct object_groups *ret);

/* The same fault wherever it was found: findings of one check, which say the same or nearly so. */
struct fault_group {
	const struct finding *const *findings; /* in the order of their places */
	size_t n_findings, n_objects;
};

struct fault_groups {
	struct fault_group *items; /* worst first, then the most frequent */
	size_t len;
};

/* The same findings by fault: in a result, those of one check and severity stand side by side. */
int fault_groups_make(struct arena *arena, const struct finding *const *findings, size_t n,
		      struct fault_groups *ret);
