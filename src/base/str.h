/*
 * Slices: a pointer and a length into memory that somebody else owns. No NUL is needed or implied.
 * Functions that return a slice return a part of what they were given, never a copy.
 */
#pragma once

#include "base/compat.h"

struct str {
	const char *ptr;
	size_t len;
};

#define STR(literal) ((struct str){(literal), sizeof(literal) - 1})
#define STR_NULL     ((struct str){NULL, 0})
/* For printf("%.*s", STR_FMT(s)); lengths above INT_MAX are cut. */
#define STR_FMT(s)   ((int)((s).len > INT_MAX ? INT_MAX : (s).len)), ((s).ptr ? (s).ptr : "")

/* A NUL-terminated string as a slice; NULL gives the empty slice. */
struct str str_from(const char *s);
struct str str_from_range(const char *begin, const char *end);

/* In place, since most that are compared differ in length or in their first byte. */
static inline bool str_eq(struct str a, struct str b)
{
	if (a.len != b.len || a.ptr == b.ptr || a.len == 0)
		return a.len == b.len;
	return a.ptr[0] == b.ptr[0] && memcmp(a.ptr, b.ptr, a.len) == 0;
}
bool str_eq_nocase(struct str a, struct str b); /* ASCII only */
/* Byte order, shorter first: <0, 0, >0. */
int str_cmp(struct str a, struct str b);
bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
/* The offset of needle in s, or -1. */
ssize_t str_find(struct str s, struct str needle);
ssize_t str_find_char(struct str s, char c);
ssize_t str_rfind_char(struct str s, char c);

/* From offset begin, at most len bytes; offsets past the end give an empty slice. */
struct str str_sub(struct str s, size_t begin, size_t len);
struct str str_from_offset(struct str s, size_t begin);
/* Without blanks, tabs and line ends at both ends. */
struct str str_trim(struct str s);

/*
 * Cuts the part before sep off *rest and stores it; *rest becomes what follows. The last part has no
 * separator behind it. Returns false once *rest is exhausted (its ptr is then NULL).
 */
bool str_split(struct str *rest, char sep, struct str *ret_part);
/* The same for lines; a '\r' before the '\n' is not part of the line. */
bool str_next_line(struct str *rest, struct str *ret_line);
/* The same for words between blanks and tabs; empty words are passed over. */
bool str_next_word(struct str *rest, struct str *ret_word);

/* Whole-slice decimal numbers: no sign, blanks or overflow allowed. Return 0, -EINVAL or -ERANGE. */
int str_parse_u64(struct str s, uint64_t *ret);
int str_parse_u32(struct str s, uint32_t *ret);
/* Whole-slice decimal fraction such as "0.00042" or "9.8"; C locale whatever the process has. */
int str_parse_double(struct str s, double *ret);

/* A malloc'd NUL-terminated copy, or NULL when out of memory. */
char *str_dup(struct str s) _must_check_;

/* A 64-bit hash, seeded once per process so that input cannot aim at collisions. Not stable. */
uint64_t str_hash(struct str s);

/* The edit distance (insert, delete, replace, swap) of two short names, for "did you mean". */
size_t str_distance(struct str a, struct str b);
