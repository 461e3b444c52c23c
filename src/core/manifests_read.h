/* Between manifests.c, which keeps and finds, and manifests_read.c, which takes objects apart. */
#pragma once

#include "base/compat.h"
#include "core/manifests.h"

/* One copy of a text for all who have it; .ptr is NULL when out of memory. */
struct str manifests_intern(struct manifests *m, struct str s) _must_check_;
/* The group of an apiVersion; that where the kind is now, for "extensions". */
struct str manifests_group(struct str api_version, struct str kind);
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

/* Keeps what others may ask of this kind of object: 0 or -ENOMEM. */
int manifests_read(struct manifests *m, const struct object *object, struct declared *declared);
