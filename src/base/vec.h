/*
 * Typed growable arrays: VEC(struct package) packages = {0};
 */
#pragma once

#include "base/compat.h"

#define VEC(type)                \
	struct {                 \
		type *items;     \
		size_t len, cap; \
	}

/* A pointer to one more, zeroed item, or NULL when out of memory. It is valid until the next. */
#define vec_add(v)                                                                    \
	((__typeof__((v)->items))vec_add_((void **)&(v)->items, &(v)->len, &(v)->cap, \
					  sizeof(*(v)->items)))

#define vec_release(v)                   \
	do {                             \
		free((v)->items);        \
		(v)->items = NULL;       \
		(v)->len = (v)->cap = 0; \
	} while (0)

#define vec_sort(v, compare)                                                       \
	do {                                                                       \
		if ((v)->len > 1)                                                  \
			qsort((v)->items, (v)->len, sizeof(*(v)->items), compare); \
	} while (0)

void *vec_add_(void **items, size_t *len, size_t *cap, size_t item_size);

/* A named vector, to pass between functions: VEC_TYPE(package_list, struct package); */
#define VEC_TYPE(name, type)     \
	struct name {            \
		type *items;     \
		size_t len, cap; \
	}
