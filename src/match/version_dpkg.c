/* Debian's order: deb-version(7), and dpkg(1) --compare-versions and --validate-version. */
#include "base/compat.h"

#include "match/digits.h"
#include "match/orders.h"

/* dpkg keeps an epoch in an int. */
#define EPOCH_MAX STR("2147483647")

struct parts {
	bool has_epoch, has_revision;
	struct str epoch, upstream, revision;
};

static struct parts split(struct str s)
{
	struct parts p = {0};
	struct str digits = leading_digits(s);
	ssize_t dash;

	if (digits.len && digits.len < s.len && s.ptr[digits.len] == ':') {
		p.has_epoch = true;
		p.epoch = digits;
		s = str_from_offset(s, digits.len + 1);
	}
	dash = str_rfind_char(s, '-');
	if (dash >= 0) {
		p.has_revision = true;
		p.revision = str_from_offset(s, (size_t)dash + 1);
		s = str_sub(s, 0, (size_t)dash);
	}
	p.upstream = s;
	return p;
}

/* '~' before the end, the end (and digits, compared apart) before letters, letters before the rest. */
static int weight(struct str s, size_t at)
{
	unsigned char c = at < s.len ? (unsigned char)s.ptr[at] : '0';

	if (is_digit((char)c))
		return 0;
	if (c == '~')
		return -1;
	/* dpkg adds 256 to a signed char, so bytes that are not ASCII keep their value. */
	return is_alpha((char)c) || c >= 0x80 ? c : c + 256;
}

static int compare_part(struct str a, struct str b)
{
	while (a.len || b.len) {
		struct str da, db;
		size_t n = 0;
		int r;

		for (;; n++) {
			int wa = weight(a, n), wb = weight(b, n);

			if (wa != wb)
				return wa < wb ? -1 : 1;
			if (wa == 0)
				break;
		}
		a = str_from_offset(a, n);
		b = str_from_offset(b, n);
		da = leading_digits(a);
		db = leading_digits(b);
		r = compare_digits(da, db);
		if (r)
			return r;
		a = str_from_offset(a, da.len);
		b = str_from_offset(b, db.len);
	}
	return 0;
}

int dpkg_compare(struct str a, struct str b)
{
	struct parts pa = split(a), pb = split(b);
	int r = compare_digits(pa.epoch, pb.epoch);

	if (r == 0)
		r = compare_part(pa.upstream, pb.upstream);
	if (r == 0)
		r = compare_part(pa.revision, pb.revision);
	return r;
}

static bool only(struct str s, const char *also)
{
	for (size_t i = 0; i < s.len; i++)
		if (!is_digit(s.ptr[i]) && !is_alpha(s.ptr[i]) &&
		    (s.ptr[i] == '\0' || !strchr(also, s.ptr[i])))
			return false;
	return true;
}

bool dpkg_valid(struct str s)
{
	struct parts p = split(s);

	if (p.has_epoch ? compare_digits(p.epoch, EPOCH_MAX) > 0 : str_find_char(s, ':') >= 0)
		return false;
	if (p.upstream.len == 0 || !is_digit(*p.upstream.ptr) || !only(p.upstream, ".-+~:"))
		return false;
	return !p.has_revision || (p.revision.len && only(p.revision, ".+~"));
}
