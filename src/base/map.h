/*
 * Hash maps from slices to pointers. Keys are borrowed: their bytes must outlive the map. There is no
 * iteration, since its order would depend on the seed; keep a vector beside the map for that.
 */
#pragma once

#include "base/compat.h"
#include "base/str.h"

struct map {
	struct map_entry *entries;
	size_t len, cap; /* cap is 0 or a power of two */
};

#define MAP_INIT      ((struct map){0})
#define _cleanup_map_ _cleanup_(map_release)

void map_release(struct map *m);

/* The value stored for key, or NULL. */
void *map_get(const struct map *m, struct str key);
/*
 * Where the value of key is kept; a new key starts with NULL, which the caller replaces. NULL when out
 * of memory. The pointer is valid until the next call.
 */
void **map_slot(struct map *m, struct str key) _must_check_;
