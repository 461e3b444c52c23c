/* Dates: see date.h. */
#include "base/compat.h"

#include "base/date.h"

enum { DAY = 86400 };
/* 0000-01-01 and 9999-12-31T23:59:59Z. */
#define SECONDS_MIN INT64_C(-62167219200)
#define SECONDS_MAX INT64_C(253402300799)

int date_now(int64_t *ret, struct err *err)
{
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	uint64_t seconds;

	if (!epoch || !epoch[0]) {
		*ret = (int64_t)time(NULL);
		return 0;
	}
	if (str_parse_u64(str_from(epoch), &seconds) < 0 || seconds > (uint64_t)SECONDS_MAX)
		return err_set(err, ERR_USAGE,
			       "cannot use SOURCE_DATE_EPOCH '%s': not a number of seconds", epoch);
	*ret = (int64_t)seconds;
	return 0;
}

/* Days since 1970-01-01 of a date in the Gregorian calendar; March is the first month of the count, so
 * that the leap day comes last. */
static int64_t days_of(int64_t year, unsigned month, unsigned day)
{
	int64_t era;
	unsigned of_era, of_year;

	year -= month <= 2;
	era = (year >= 0 ? year : year - 399) / 400;
	of_era = (unsigned)(year - era * 400);
	of_year = (153 * (month + (month > 2 ? -3u : 9u)) + 2) / 5 + day - 1;
	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static unsigned month_length(uint32_t year, uint32_t month)
{
	static const unsigned char lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return month == 2 && leap ? 29 : lengths[month - 1];
}

/* The number of exactly n digits at offset at. */
static bool digits(struct str text, size_t at, size_t n, uint32_t *ret)
{
	struct str part = str_sub(text, at, n);

	return part.len == n && str_parse_u32(part, ret) == 0;
}

static bool char_at(struct str text, size_t at, const char *any)
{
	return at < text.len && strchr(any, text.ptr[at]) && text.ptr[at];
}

static int parse_zone(struct str zone, int64_t *ret_offset)
{
	uint32_t hour, minute;

	if (zone.len == 1 && char_at(zone, 0, "Zz")) {
		*ret_offset = 0;
		return 0;
	}
	if (zone.len != 6 || !char_at(zone, 0, "+-") || !digits(zone, 1, 2, &hour) ||
	    !char_at(zone, 3, ":") || !digits(zone, 4, 2, &minute) || hour > 23 || minute > 59)
		return -EINVAL;
	*ret_offset = (zone.ptr[0] == '-' ? -1 : 1) * (int64_t)(hour * 3600 + minute * 60);
	return 0;
}

int date_parse(struct str text, int64_t *ret)
{
	uint32_t year, month, day, hour, minute, second;
	int64_t seconds, offset;
	size_t at = 19;

	if (!digits(text, 0, 4, &year) || !char_at(text, 4, "-") || !digits(text, 5, 2, &month) ||
	    !char_at(text, 7, "-") || !digits(text, 8, 2, &day) || month < 1 || month > 12 ||
	    day < 1 || day > month_length(year, month))
		return -EINVAL;
	seconds = days_of(year, month, day) * DAY;
	if (text.len == 10) {
		*ret = seconds;
		return 0;
	}
	if (!char_at(text, 10, "Tt ") || !digits(text, 11, 2, &hour) || !char_at(text, 13, ":") ||
	    !digits(text, 14, 2, &minute) || !char_at(text, 16, ":") ||
	    !digits(text, 17, 2, &second) || hour > 23 || minute > 59 || second > 60)
		return -EINVAL;
	if (char_at(text, at, ".")) {
		at++;
		while (char_at(text, at, "0123456789"))
			at++;
	}
	if (parse_zone(str_from_offset(text, at), &offset) < 0)
		return -EINVAL;
	*ret = seconds + hour * 3600 + minute * 60 + second - offset;
	return 0;
}

void date_format_time(int64_t seconds, char text[21])
{
	time_t t = (time_t)MAX(SECONDS_MIN, MIN(seconds, SECONDS_MAX));
	struct tm tm;

	if (!gmtime_r(&t, &tm))
		memset(&tm, 0, sizeof(tm));
	/* strftime's %Y would not pad the year. */
	snprintf(text, 21, "%04u-%02u-%02uT%02u:%02u:%02uZ", (unsigned)(tm.tm_year + 1900) % 10000,
		 (unsigned)(tm.tm_mon + 1) % 100, (unsigned)tm.tm_mday % 100,
		 (unsigned)tm.tm_hour % 100, (unsigned)tm.tm_min % 100, (unsigned)tm.tm_sec % 100);
}

void date_format_day(int64_t seconds, char text[11])
{
	char full[21];

	date_format_time(seconds, full);
	snprintf(text, 11, "%.10s", full);
}
