/* CVE ids: see cve.h. */
#include "base/compat.h"

#include "core/cve.h"

enum { YEAR_AT = 4, NUMBER_AT = 9, DIGITS_MIN = 4 };

int cve_parse(struct str id, uint32_t *ret_year, uint32_t *ret_number)
{
	struct str digits = str_from_offset(id, NUMBER_AT);
	uint32_t year, number;

	if (!str_starts(id, STR("CVE-")) || digits.len < DIGITS_MIN || id.ptr[NUMBER_AT - 1] != '-')
		return -EINVAL;
	/* One spelling for one CVE. */
	if (digits.len > DIGITS_MIN && digits.ptr[0] == '0')
		return -EINVAL;
	if (str_parse_u32(str_sub(id, YEAR_AT, 4), &year) < 0 || str_parse_u32(digits, &number) < 0)
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
