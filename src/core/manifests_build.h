/*
 * How struct manifests is filled: by whoever knows a format and takes its objects apart
 * (manifest/kubernetes_relations.c). Whoever only asks needs manifests.h.
 */
#pragma once

#include "base/compat.h"
#include "core/manifests.h"

/* An object as it is declared. What belongs to no namespace is declared in that without a name. */
struct declaration {
	struct str group, kind, ns, name;
	bool referable; /* others may refer to it by that name: nobody makes it up later */
	struct str path;
	const struct yaml_node *root;
};

/* Remembers it by its name, and as a duplicate if it is one; everything is copied. NULL: out of memory. */
struct declared *manifests_declare(struct manifests *m,
				   const struct declaration *object) _must_check_;

/* One copy of a text for all who have it; .ptr is NULL when out of memory. */
struct str manifests_intern(struct manifests *m, struct str s) _must_check_;
/* The key of a label in space.labels, in memory of its own; .ptr is NULL when out of memory. */
struct str manifests_label_key(struct manifests *m, struct str key, struct str value) _must_check_;
/* Notes that these pods have that label, among those of a namespace; NULL when out of memory. */
const struct label *manifests_add_label(struct manifests *m, struct space *space, struct str key,
					struct str value, const struct pods *pods) _must_check_;
/* From here on m->anywhere is kept: 0 or -ENOMEM. */
int manifests_want_anywhere(struct manifests *m);
/* Lets an object be found by another kind and name, as that which a controller makes of it. */
int manifests_alias(struct manifests *m, const struct declared *object, struct str group,
		    struct str kind, struct str name);
