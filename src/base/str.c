/* Slices: see str.h. */
#include "base/compat.h"

#include <pthread.h>
#include <sys/random.h>

#include "base/str.h"

struct str str_from(const char *s)
{
	return s ? (struct str){s, strlen(s)} : STR_NULL;
}

struct str str_from_range(const char *begin, const char *end)
{
	return (struct str){begin, (size_t)(end - begin)};
}

static unsigned char lower(char c)
{
	return (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

bool str_eq_nocase(struct str a, struct str b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (lower(a.ptr[i]) != lower(b.ptr[i]))
			return false;
	return true;
}

int str_cmp(struct str a, struct str b)
{
	size_t len = MIN(a.len, b.len);
	int r = len && a.ptr != b.ptr ? memcmp(a.ptr, b.ptr, len) : 0;

	if (r)
		return r;
	return a.len < b.len ? -1 : a.len > b.len;
}

bool str_starts(struct str s, struct str prefix)
{
	return s.len >= prefix.len && str_eq(str_sub(s, 0, prefix.len), prefix);
}

bool str_ends(struct str s, struct str suffix)
{
	return s.len >= suffix.len && str_eq(str_from_offset(s, s.len - suffix.len), suffix);
}

ssize_t str_find(struct str s, struct str needle)
{
	const char *at;

	if (needle.len == 0)
		return 0;
	if (s.len < needle.len)
		return -1;
	at = memmem(s.ptr, s.len, needle.ptr, needle.len);
	return at ? at - s.ptr : -1;
}

ssize_t str_find_char(struct str s, char c)
{
	const char *at = s.len ? memchr(s.ptr, c, s.len) : NULL;

	return at ? at - s.ptr : -1;
}

ssize_t str_rfind_char(struct str s, char c)
{
	const char *at = s.len ? memrchr(s.ptr, c, s.len) : NULL;

	return at ? at - s.ptr : -1;
}

struct str str_sub(struct str s, size_t begin, size_t len)
{
	if (begin >= s.len)
		return (struct str){s.len ? s.ptr + s.len : s.ptr, 0};
	return (struct str){s.ptr + begin, MIN(len, s.len - begin)};
}

struct str str_from_offset(struct str s, size_t begin)
{
	return str_sub(s, begin, SIZE_MAX);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct str str_trim(struct str s)
{
	while (s.len && is_blank(s.ptr[0])) {
		s.ptr++;
		s.len--;
	}
	while (s.len && is_blank(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

bool str_split(struct str *rest, char sep, struct str *ret_part)
{
	ssize_t at;

	if (!rest->ptr)
		return false;
	at = str_find_char(*rest, sep);
	if (at < 0) {
		*ret_part = *rest;
		*rest = STR_NULL;
	} else {
		*ret_part = str_sub(*rest, 0, (size_t)at);
		*rest = (struct str){rest->ptr + at + 1, rest->len - (size_t)at - 1};
	}
	return true;
}

bool str_next_line(struct str *rest, struct str *ret_line)
{
	if (rest->len == 0) {
		*rest = STR_NULL;
		return false;
	}
	if (!str_split(rest, '\n', ret_line))
		return false;
	if (str_ends(*ret_line, STR("\r")))
		ret_line->len--;
	return true;
}

bool str_next_word(struct str *rest, struct str *ret_word)
{
	size_t i = 0;

	while (rest->len && (rest->ptr[0] == ' ' || rest->ptr[0] == '\t'))
		*rest = (struct str){rest->ptr + 1, rest->len - 1};
	if (rest->len == 0)
		return false;
	while (i < rest->len && rest->ptr[i] != ' ' && rest->ptr[i] != '\t')
		i++;
	*ret_word = str_sub(*rest, 0, i);
	*rest = (struct str){rest->ptr + i, rest->len - i};
	return true;
}

int str_parse_u64(struct str s, uint64_t *ret)
{
	uint64_t value = 0;

	if (s.len == 0)
		return -EINVAL;
	for (size_t i = 0; i < s.len; i++) {
		unsigned digit = (unsigned)(s.ptr[i] - '0');

		if (digit > 9)
			return -EINVAL;
		if (__builtin_mul_overflow(value, (uint64_t)10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)digit, &value))
			return -ERANGE;
	}
	*ret = value;
	return 0;
}

int str_parse_u32(struct str s, uint32_t *ret)
{
	uint64_t value;
	int r = str_parse_u64(s, &value);

	if (r < 0)
		return r;
	if (value > UINT32_MAX)
		return -ERANGE;
	*ret = (uint32_t)value;
	return 0;
}

int str_parse_double(struct str s, double *ret)
{
	double value = 0, scale = 1;
	bool fraction = false, digits = false;

	for (size_t i = 0; i < s.len; i++) {
		unsigned digit = (unsigned)(s.ptr[i] - '0');

		if (s.ptr[i] == '.' && !fraction) {
			fraction = true;
			continue;
		}
		if (digit > 9)
			return -EINVAL;
		digits = true;
		value = value * 10 + digit;
		if (fraction)
			scale *= 10;
	}
	if (!digits)
		return -EINVAL;
	*ret = value / scale;
	return 0;
}

char *str_dup(struct str s)
{
	char *copy = malloc(s.len + 1);

	if (!copy)
		return NULL;
	if (s.len)
		memcpy(copy, s.ptr, s.len);
	copy[s.len] = '\0';
	return copy;
}

static uint64_t hash_seed;

static void make_hash_seed(void)
{
	if (getrandom(&hash_seed, sizeof(hash_seed), GRND_NONBLOCK) != sizeof(hash_seed))
		hash_seed = (uint64_t)(uintptr_t)&hash_seed ^ (uint64_t)time(NULL);
}

static uint64_t mix(uint64_t a, uint64_t b)
{
	__uint128_t product = (__uint128_t)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

uint64_t str_hash(struct str s)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	uint64_t hash;

	pthread_once(&once, make_hash_seed);
	hash = hash_seed ^ s.len * UINT64_C(0x9e3779b97f4a7c15);
	while (s.len >= 8) {
		uint64_t word;

		memcpy(&word, s.ptr, 8);
		hash = mix(hash ^ word, UINT64_C(0xa0761d6478bd642f));
		s.ptr += 8;
		s.len -= 8;
	}
	if (s.len) {
		uint64_t word = 0;

		memcpy(&word, s.ptr, s.len);
		hash = mix(hash ^ word, UINT64_C(0xe7037ed1a0b428db));
	}
	return mix(hash, UINT64_C(0x8ebc6af09c88c6e3));
}

/* Optimal string alignment distance over the longest names that make sense here. */
size_t str_distance(struct str a, struct str b)
{
	enum { LONGEST = 64 };
	unsigned char rows[3][LONGEST + 1];
	unsigned char *before = rows[0], *last = rows[1], *row = rows[2], *swap;

	if (a.len > LONGEST || b.len > LONGEST)
		return SIZE_MAX;
	memset(rows, 0, sizeof(rows));
	for (size_t j = 0; j <= b.len; j++)
		last[j] = (unsigned char)j;
	for (size_t i = 1; i <= a.len; i++) {
		row[0] = (unsigned char)i;
		for (size_t j = 1; j <= b.len; j++) {
			unsigned cost = a.ptr[i - 1] != b.ptr[j - 1];
			unsigned best = MIN(last[j] + 1u, row[j - 1] + 1u);

			best = MIN(best, last[j - 1] + cost);
			if (i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] &&
			    a.ptr[i - 2] == b.ptr[j - 1])
				best = MIN(best, before[j - 2] + 1u);
			row[j] = (unsigned char)best;
		}
		swap = before;
		before = last;
		last = row;
		row = swap;
	}
	return last[b.len];
}
