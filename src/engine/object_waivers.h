/*
 * What a manifest says about itself that the one who reads findings should know: annotations that waive a
 * check for their object, ours and those of kube-linter, checkov and kube-score (docs/policy.md).
 */
#pragma once

#include "base/arena.h"
#include "base/compat.h"
#include "base/str.h"
#include "core/finding.h"
#include "core/object.h"

struct object_waiver {
	struct str name;   /* a check's id, another tool's name of it, or "*" */
	struct str reason; /* "annotation KEY: what it says" */
};

struct object_waivers {
	const struct object_waiver *items;
	size_t n;
};

/* Reads the annotations of the object and of its pods: 0 or -ENOMEM. Names are slices of the object's. */
int object_waivers_read(const struct object *object, struct arena *arena,
			struct object_waivers *ret);
/* A copy that outlives the object: 0 or -ENOMEM. */
int object_waivers_copy(const struct object_waivers *waivers, struct arena *arena,
			struct object_waivers *ret);
/* Why the finding is waived; empty: it is not. */
struct str object_waiver_reason(const struct object_waivers *waivers, const struct finding *f);
