/*
 * Memory that lives as long as a scan and is freed whole. Not thread-safe: one arena per thread.
 */
#pragma once

#include "base/compat.h"
#include "base/str.h"

struct arena {
	struct arena_chunk *chunks;
	size_t used; /* bytes handed out, chunk headers not counted */
	size_t max;  /* no more than this is handed out; 0 means no maximum */
};

#define ARENA_INIT(maximum) ((struct arena){.max = (maximum)})
#define _cleanup_arena_	    _cleanup_(arena_release)

void arena_release(struct arena *a);
/* Frees everything that was handed out, and keeps some memory for what comes next. */
void arena_reset(struct arena *a);

/* Zeroed, aligned for any type; NULL when out of memory or over the maximum. */
void *arena_alloc(struct arena *a, size_t size) _must_check_;
void *arena_calloc(struct arena *a, size_t count, size_t size) _must_check_;
#define arena_new(a, type) ((type *)arena_alloc((a), sizeof(type)))

/* Copies with a NUL behind; ptr is NULL when out of memory. */
struct str arena_str(struct arena *a, struct str s) _must_check_;
/* The same as a NUL-terminated string; NULL when out of memory. */
char *arena_strdup(struct arena *a, const char *s) _must_check_;
struct str arena_printf(struct arena *a, const char *fmt, ...) _printf_(2, 3) _must_check_;
