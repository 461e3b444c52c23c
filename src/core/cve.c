/* CVE ids: see cve.h. */
#include "base/compat.h"

#include "core/cve.h"

enum { YEAR_AT = 4, NUMBER_AT = 9, DIGITS_MIN = 4, DIGITS_MAX = 10 };

/* At most DIGITS_MAX digits. Asked of every record that is matched: no detours. */
static bool read_digits(const char *digits, size_t n, uint32_t *ret)
{
	uint64_t value = 0;

	for (size_t i = 0; i < n; i++) {
		uint32_t digit = (uint32_t)(unsigned char)digits[i] - '0';

		if (digit > 9)
			return false;
		value = value * 10 + digit;
	}
	*ret = (uint32_t)value;
	return value <= UINT32_MAX;
}

int cve_parse(struct str id, uint32_t *ret_year, uint32_t *ret_number)
{
	size_t n = id.len - NUMBER_AT;
	uint32_t year, number;

	if (id.len < NUMBER_AT + DIGITS_MIN || n > DIGITS_MAX || memcmp(id.ptr, "CVE-", 4) != 0 ||
	    id.ptr[NUMBER_AT - 1] != '-')
		return -EINVAL;
	/* One spelling for one CVE. */
	if (n > DIGITS_MIN && id.ptr[NUMBER_AT] == '0')
		return -EINVAL;
	if (!read_digits(id.ptr + YEAR_AT, 4, &year) ||
	    !read_digits(id.ptr + NUMBER_AT, n, &number))
		return -EINVAL;
	*ret_year = year;
	*ret_number = number;
	return 0;
}

bool cve_is_id(struct str text)
{
	uint32_t year, number;

	return cve_parse(text, &year, &number) == 0;
}

struct str cve_inside(struct str name)
{
	ssize_t at = str_find(name, STR("CVE-"));
	struct str cve = at < 0 ? STR("") : str_from_offset(name, (size_t)at);

	return cve_is_id(cve) ? cve : STR("");
}
