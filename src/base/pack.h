/*
 * A compact binary form for what passes between our own processes and files: integers as LEB128
 * varints, strings with their length before them. Reading never trusts: the first thing that does not
 * fit sticks as a failure, and every later read gives zero or an empty string.
 */
#pragma once

#include "base/buf.h"
#include "base/compat.h"
#include "base/str.h"

static inline void pack_u8(struct buf *b, uint8_t value)
{
	buf_add(b, &value, 1);
}
void pack_uint(struct buf *b, uint64_t value);
void pack_str(struct buf *b, struct str s);

struct unpack {
	const unsigned char *ptr, *end;
	bool failed;
};

struct unpack unpack_init(struct str bytes);

static inline uint8_t unpack_u8(struct unpack *u)
{
	if (u->ptr == u->end) {
		u->failed = true;
		return 0;
	}
	return *u->ptr++;
}

/* The rest of unpack_uint(): numbers of more than one byte, and failures. */
uint64_t unpack_uint_long(struct unpack *u);
/* Most numbers are small: one byte is read in place. */
static inline uint64_t unpack_uint(struct unpack *u)
{
	return !u->failed && u->ptr != u->end && *u->ptr < 0x80 ? *u->ptr++ : unpack_uint_long(u);
}
/* The same, failing when above max. */
uint64_t unpack_uint_max(struct unpack *u, uint64_t max);
/* How many items follow; fails when they could not fit at item_min bytes each (so that a lying count
 * never makes the reader allocate). */
size_t unpack_count(struct unpack *u, size_t item_min);
/* A slice into the bytes that are read. */
struct str unpack_str(struct unpack *u);
/* True if nothing failed and everything was read. */
bool unpack_done(const struct unpack *u);
