/*
 * RPM's order: rpm-version(7), and rpm.vercmp() of its Lua for the parts. [EPOCH:]VERSION[-RELEASE] is
 * ordered as rpm orders whole packages: a missing epoch is 0, a missing release is below any other.
 */
#include "base/compat.h"

#include "match/digits.h"
#include "match/orders.h"

struct parts {
	bool has_release;
	struct str epoch, version, release;
};

/* Only digits (or nothing) before a ':' make an epoch; the release begins behind the last '-'. */
static struct parts split(struct str s)
{
	struct parts p = {0};
	struct str digits = leading_digits(s);
	ssize_t dash;

	if (digits.len < s.len && s.ptr[digits.len] == ':') {
		p.epoch = digits;
		s = str_from_offset(s, digits.len + 1);
	}
	dash = str_rfind_char(s, '-');
	if (dash >= 0) {
		p.has_release = true;
		p.release = str_from_offset(s, (size_t)dash + 1);
		s = str_sub(s, 0, (size_t)dash);
	}
	p.version = s;
	return p;
}

/* What a version may have next, lowest first: this is their order when two versions differ in kind. */
enum segment_kind { SEGMENT_TILDE, SEGMENT_END, SEGMENT_CARET, SEGMENT_LETTERS, SEGMENT_DIGITS };

struct segment {
	enum segment_kind kind;
	struct str text;
};

/* Cuts the next segment off; everything that is no letter, digit, '~' or '^' only separates. */
static struct segment next_segment(struct str *rest)
{
	struct str s = *rest;
	struct segment segment = {.kind = SEGMENT_END};
	size_t n = 0;

	while (s.len && !is_digit(*s.ptr) && !is_alpha(*s.ptr) && *s.ptr != '~' && *s.ptr != '^')
		s.ptr++, s.len--;
	if (s.len == 0) {
		*rest = s;
		return segment;
	}
	if (*s.ptr == '~' || *s.ptr == '^') {
		segment.kind = *s.ptr == '~' ? SEGMENT_TILDE : SEGMENT_CARET;
		n = 1;
	} else if (is_digit(*s.ptr)) {
		segment.kind = SEGMENT_DIGITS;
		n = leading_digits(s).len;
	} else {
		segment.kind = SEGMENT_LETTERS;
		while (n < s.len && is_alpha(s.ptr[n]))
			n++;
	}
	segment.text = str_sub(s, 0, n);
	*rest = str_from_offset(s, n);
	return segment;
}

static int compare_part(struct str a, struct str b)
{
	for (;;) {
		struct segment sa = next_segment(&a), sb = next_segment(&b);
		int r = 0;

		if (sa.kind != sb.kind)
			return sa.kind < sb.kind ? -1 : 1;
		if (sa.kind == SEGMENT_END)
			return 0;
		if (sa.kind == SEGMENT_DIGITS)
			r = compare_digits(sa.text, sb.text);
		else if (sa.kind == SEGMENT_LETTERS)
			r = str_cmp(sa.text, sb.text);
		if (r)
			return r < 0 ? -1 : 1;
	}
}

int rpm_compare(struct str a, struct str b)
{
	struct parts pa = split(a), pb = split(b);
	int r = compare_digits(pa.epoch, pb.epoch);

	if (r == 0)
		r = compare_part(pa.version, pb.version);
	if (r == 0 && pa.has_release != pb.has_release)
		r = pa.has_release ? 1 : -1;
	if (r == 0 && pa.has_release)
		r = compare_part(pa.release, pb.release);
	return r;
}

/* rpm orders every string that is one word; it has no further test for what it reads back. */
bool rpm_valid(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] <= ' ' || s.ptr[i] == 0x7f)
			return false;
	return s.len > 0;
}
