/* What every version order needs: runs of ASCII digits as numbers of any length. */
#pragma once

#include "base/compat.h"
#include "base/str.h"

static inline bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static inline bool is_alpha(char c)
{
	return is_lower(c) || (c >= 'A' && c <= 'Z');
}

/* The digits that s begins with. */
static inline struct str leading_digits(struct str s)
{
	size_t n = 0;

	while (n < s.len && is_digit(s.ptr[n]))
		n++;
	return str_sub(s, 0, n);
}

/* Two runs of digits by value, however long: -1, 0, 1. The empty run is 0. */
static inline int compare_digits(struct str a, struct str b)
{
	int r;

	while (a.len && *a.ptr == '0')
		a.ptr++, a.len--;
	while (b.len && *b.ptr == '0')
		b.ptr++, b.len--;
	if (a.len != b.len)
		return a.len < b.len ? -1 : 1;
	r = a.len ? memcmp(a.ptr, b.ptr, a.len) : 0;
	return (r > 0) - (r < 0);
}
