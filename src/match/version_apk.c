/*
 * Alpine's order: apk-tools 3, number{.number}{letter}{_suffix{number}}{~hash}{-rN}. What it calls
 * invalid is lower than what it calls valid, and two versions that are invalid at the same place are
 * equal. Two forms that it refuses are read as apk-tools 2 did, since old releases and their advisories
 * hold them: digits after the letter ("6.6.4p1", above "6.6.4p") and a dot without a number ("1.18.-r2",
 * which stays below "1.18-r2").
 */
#include "base/compat.h"

#include "match/digits.h"
#include "match/orders.h"

enum token_kind {
	TOKEN_FIRST_NUMBER,
	TOKEN_NUMBER,
	TOKEN_NO_NUMBER, /* a dot with nothing behind it: apk-tools 2 only */
	TOKEN_LETTER,
	TOKEN_PATCH, /* digits behind the letter: apk-tools 2 only */
	TOKEN_SUFFIX,
	TOKEN_SUFFIX_NUMBER,
	TOKEN_HASH,
	TOKEN_REVISION,
	TOKEN_END,
	TOKEN_INVALID,
};

/* Which of two versions is higher when they differ in the kind of their next token. The suffixes that
 * come before a release are below its end, all others above; see suffixes[]. */
enum {
	RANK_BEFORE_RELEASE,
	RANK_INVALID = RANK_BEFORE_RELEASE + 4,
	RANK_NO_NUMBER,
	RANK_END,
	RANK_REVISION,
	RANK_HASH,
	RANK_SUFFIX_NUMBER,
	RANK_AFTER_RELEASE,
	RANK_PATCH = RANK_AFTER_RELEASE + 5,
	RANK_LETTER,
	RANK_NUMBER,
};

static const struct {
	const char *name;
	int rank;
} suffixes[] = {
	{"alpha", RANK_BEFORE_RELEASE},	  {"beta", RANK_BEFORE_RELEASE + 1},
	{"pre", RANK_BEFORE_RELEASE + 2}, {"rc", RANK_BEFORE_RELEASE + 3},
	{"cvs", RANK_AFTER_RELEASE},	  {"svn", RANK_AFTER_RELEASE + 1},
	{"git", RANK_AFTER_RELEASE + 2},  {"hg", RANK_AFTER_RELEASE + 3},
	{"p", RANK_AFTER_RELEASE + 4},
};

struct token {
	enum token_kind kind;
	int rank;
	struct str text;
};

static struct token token(enum token_kind kind, int rank, struct str text)
{
	return (struct token){kind, rank, text};
}

#define INVALID token(TOKEN_INVALID, RANK_INVALID, STR_NULL)

static struct token number(enum token_kind kind, int rank, struct str s)
{
	struct str digits = leading_digits(s);

	return digits.len ? token(kind, rank, digits) : INVALID;
}

static struct token suffix(struct str s)
{
	size_t n = 0;

	while (n < s.len && is_lower(s.ptr[n]))
		n++;
	s = str_sub(s, 0, n);
	for (size_t i = 0; i < ARRAY_LEN(suffixes); i++)
		if (str_eq(s, str_from(suffixes[i].name)))
			return token(TOKEN_SUFFIX, suffixes[i].rank, s);
	return INVALID;
}

static struct token hash(struct str s)
{
	size_t n = 0;

	while (n < s.len && (is_digit(s.ptr[n]) || (s.ptr[n] >= 'a' && s.ptr[n] <= 'f')))
		n++;
	return n ? token(TOKEN_HASH, RANK_HASH, str_sub(s, 0, n)) : INVALID;
}

/* The token that s begins with after one of kind last; *ret_len says how much of s it takes. */
static struct token read_token(struct str s, enum token_kind last, size_t *ret_len)
{
	bool in_numbers = last <= TOKEN_NO_NUMBER || last == TOKEN_PATCH;
	struct str behind = str_from_offset(s, 1);
	struct token t = INVALID;
	size_t skip = 1;

	if (s.len == 0) {
		*ret_len = 0;
		return token(TOKEN_END, RANK_END, s);
	}
	switch (*s.ptr) {
	case 'a' ... 'z':
		skip = 0;
		if (in_numbers)
			t = token(TOKEN_LETTER, RANK_LETTER, str_sub(s, 0, 1));
		break;
	case '0' ... '9':
		skip = 0;
		if (last == TOKEN_SUFFIX)
			t = number(TOKEN_SUFFIX_NUMBER, RANK_SUFFIX_NUMBER, s);
		else if (last == TOKEN_LETTER)
			t = number(TOKEN_PATCH, RANK_PATCH, s);
		break;
	case '.':
		if (in_numbers)
			t = number(TOKEN_NUMBER, RANK_NUMBER, behind);
		if (in_numbers && t.kind == TOKEN_INVALID)
			t = token(TOKEN_NO_NUMBER, RANK_NO_NUMBER, STR_NULL);
		break;
	case '_':
		if (last <= TOKEN_SUFFIX_NUMBER)
			t = suffix(behind);
		break;
	case '~':
		if (last < TOKEN_HASH)
			t = hash(behind);
		break;
	case '-':
		skip = 2;
		if (last < TOKEN_REVISION && behind.len && *behind.ptr == 'r')
			t = number(TOKEN_REVISION, RANK_REVISION, str_from_offset(s, 2));
		break;
	default:
		break;
	}
	*ret_len = skip + t.text.len;
	return t;
}

static int compare_tokens(struct token a, struct token b)
{
	switch (a.kind) {
	case TOKEN_NUMBER:
		/* A leading zero makes it a fraction: 1.05 is below 1.1. */
		if (*a.text.ptr == '0' || *b.text.ptr == '0')
			return str_cmp(a.text, b.text);
		return compare_digits(a.text, b.text);
	case TOKEN_LETTER:
	case TOKEN_HASH:
		return str_cmp(a.text, b.text);
	default:
		return compare_digits(a.text, b.text);
	}
}

int apk_compare(struct str a, struct str b)
{
	struct token ta = number(TOKEN_FIRST_NUMBER, RANK_NUMBER, a);
	struct token tb = number(TOKEN_FIRST_NUMBER, RANK_NUMBER, b);
	size_t len_a = ta.text.len, len_b = tb.text.len;

	for (;;) {
		int r;

		if (ta.rank != tb.rank)
			return ta.rank < tb.rank ? -1 : 1;
		if (ta.kind >= TOKEN_END)
			return 0;
		r = ta.kind == TOKEN_SUFFIX ? 0 : compare_tokens(ta, tb);
		if (r)
			return r < 0 ? -1 : 1;
		a = str_from_offset(a, len_a);
		b = str_from_offset(b, len_b);
		ta = read_token(a, ta.kind, &len_a);
		tb = read_token(b, tb.kind, &len_b);
	}
}

/*
 * What `apk version -t` can tell apart from other text: a number first, then only what versions are
 * made of. The grammar above is stricter, but advisories hold bounds that it refuses ("1.18.-r2",
 * "57-1-r2"), and they have their place in the order.
 */
bool apk_valid(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!is_digit(s.ptr[i]) && !is_lower(s.ptr[i]) &&
		    (s.ptr[i] == '\0' || !strchr("._~-", s.ptr[i])))
			return false;
	return s.len > 0 && is_digit(*s.ptr);
}
