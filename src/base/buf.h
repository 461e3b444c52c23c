/*
 * Growable byte buffers with a maximum. The first failure (out of memory, or over the maximum) sticks:
 * later calls do nothing, and the owner asks once, with buf_status(). Nothing is ever truncated.
 */
#pragma once

#include "base/compat.h"
#include "base/err.h"
#include "base/str.h"

struct buf {
	char *data; /* NUL-terminated whenever it is not NULL */
	size_t len, cap, max;
	int status;
};

#define BUF_INIT(maximum) ((struct buf){.max = (maximum)})
#define _cleanup_buf_	  _cleanup_(buf_release)

void buf_release(struct buf *b); /* frees the memory; the maximum stays, b may be used again */
void buf_clear(struct buf *b);	 /* empties it, keeps the memory, forgets a failure */

void buf_add(struct buf *b, const void *data, size_t len);
void buf_add_str(struct buf *b, struct str s);
void buf_add_char(struct buf *b, char c);
void buf_addf(struct buf *b, const char *fmt, ...) _printf_(2, 3);
void buf_vaddf(struct buf *b, const char *fmt, va_list args) _printf_(2, 0);
/* Text from outside, made safe for a terminal: control characters, those that turn the direction of
 * text, and broken UTF-8 become \xNN. */
void buf_add_printable(struct buf *b, struct str s);

/* Makes room for len more bytes and returns where they go, or NULL; buf_commit says how many came. */
void *buf_reserve(struct buf *b, size_t len);
void buf_commit(struct buf *b, size_t len);

/* 0, -ENOMEM or -ERR_LIMIT; err (may be NULL) says which. */
int buf_status(const struct buf *b, struct err *err);
struct str buf_str(const struct buf *b);
/* Hands the NUL-terminated contents over ("" if empty); NULL if the buffer failed. */
char *buf_take(struct buf *b) _must_check_;
