/* Debian changelogs: see changelog.h. */
#include "base/compat.h"

#include "advisory/changelog.h"

#include "base/date.h"
#include "core/cve.h"

enum {
	CVE_DIGITS_MAX = 10,
	PREFIX_LEN = 9,	      /* "CVE-2021-" */
	SUMMARY_REACH = 2000, /* bytes before and behind an id that its summary is made from */
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_alnum(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* "openssl (1.1.1w-0+deb11u1) bullseye-security; urgency=medium" */
static bool heading_parse(struct str line, struct changelog_entry *entry)
{
	ssize_t open = str_find(line, STR(" (")), close;
	struct str after;

	if (open <= 0 || !is_alnum(line.ptr[0]))
		return false;
	entry->source = str_sub(line, 0, (size_t)open);
	after = str_from_offset(line, (size_t)open + 2);
	close = str_find_char(after, ')');
	if (close <= 0 || str_find_char(entry->source, ' ') >= 0)
		return false;
	entry->version = str_sub(after, 0, (size_t)close);
	return str_find_char(entry->version, ' ') < 0 && str_find_char(after, ';') > close;
}

bool changelog_next(struct str *rest, struct changelog_entry *ret)
{
	struct changelog_entry entry = {0}, other;
	struct str line, here;

	do {
		if (!str_next_line(rest, &line))
			return false;
	} while (!heading_parse(line, &entry));
	entry.text = str_from_offset(*rest, 0);
	entry.text.len = 0;
	for (here = *rest; str_next_line(rest, &line); here = *rest) {
		/* A trailer that was forgotten: the next heading ends the entry as well. */
		if (heading_parse(line, &other)) {
			*rest = here;
			break;
		}
		if (str_starts(line, STR(" -- "))) {
			ssize_t mail = str_rfind_char(line, '>');

			if (mail >= 0)
				entry.date = str_trim(str_from_offset(line, (size_t)mail + 1));
			break;
		}
		entry.text = str_from_range(entry.text.ptr, line.ptr + line.len);
	}
	*ret = entry;
	return true;
}

static size_t count_digits(struct str s)
{
	size_t n = 0;

	while (n < s.len && is_digit(s.ptr[n]))
		n++;
	return n;
}

/* The number at the start of scan->rest, if it is one of a CVE. */
static bool take_number(struct cve_scan *scan, char ret_id[CVE_ID_SIZE])
{
	size_t digits = count_digits(scan->rest);
	char id[CVE_ID_SIZE];

	if (digits > CVE_DIGITS_MAX)
		return false;
	snprintf(id, sizeof(id), "CVE-%s-%.*s", scan->year, (int)digits, scan->rest.ptr);
	if (!cve_is_id(str_from(id)))
		return false;
	memcpy(ret_id, id, sizeof(id));
	scan->rest = str_from_offset(scan->rest, digits);
	return true;
}

static struct str skip_blanks(struct str s)
{
	while (s.len && is_blank(s.ptr[0]))
		s = str_from_offset(s, 1);
	return s;
}

/* ", -3517", " and -3517", "/-3517" behind an id, or ",3517" and "}" inside braces. */
static bool take_shortened(struct cve_scan *scan, char ret_id[CVE_ID_SIZE])
{
	struct cve_scan ahead = *scan;
	struct str *rest = &ahead.rest;
	size_t digits;

	if (!ahead.year[0])
		return false;
	*rest = skip_blanks(*rest);
	if (rest->len && (rest->ptr[0] == ',' || rest->ptr[0] == '/'))
		*rest = skip_blanks(str_from_offset(*rest, 1));
	if (str_starts(*rest, STR("and ")))
		*rest = skip_blanks(str_from_offset(*rest, 4));
	if (!ahead.in_braces) {
		if (!str_starts(*rest, STR("-")) || rest->ptr == scan->rest.ptr)
			return false;
		*rest = str_from_offset(*rest, 1);
	}
	/* "-3517-fix.patch" is a file name. */
	digits = count_digits(*rest);
	if (digits < rest->len &&
	    (is_alnum(rest->ptr[digits]) || rest->ptr[digits] == '-' || rest->ptr[digits] == '_'))
		return false;
	if (!take_number(&ahead, ret_id))
		return false;
	*scan = ahead;
	return true;
}

bool cve_next(struct cve_scan *scan, char ret_id[CVE_ID_SIZE])
{
	if (take_shortened(scan, ret_id))
		return true;
	scan->year[0] = '\0';
	scan->in_braces = false;
	while (scan->rest.len > PREFIX_LEN) {
		const char *c = memchr(scan->rest.ptr, '-', scan->rest.len - PREFIX_LEN + 3);
		struct str at;

		if (!c)
			break;
		if (c - scan->rest.ptr < 3) {
			scan->rest = str_from_offset(scan->rest, (size_t)(c - scan->rest.ptr) + 1);
			continue;
		}
		at = str_from_offset(scan->rest, (size_t)(c - scan->rest.ptr) - 3);
		scan->rest = str_from_offset(at, 4);
		if (!str_eq_nocase(str_sub(at, 0, 3), STR("CVE")) || at.len <= PREFIX_LEN ||
		    count_digits(str_sub(at, 4, 4)) != 4 || at.ptr[8] != '-')
			continue;
		memcpy(scan->year, at.ptr + 4, 4);
		scan->rest = str_from_offset(at, PREFIX_LEN);
		scan->in_braces = scan->rest.ptr[0] == '{';
		if (scan->in_braces)
			scan->rest = str_from_offset(scan->rest, 1);
		if (take_number(scan, ret_id))
			return true;
		scan->year[0] = '\0';
		scan->in_braces = false;
	}
	scan->rest = STR_NULL;
	return false;
}

static bool begins_item(struct str line)
{
	struct str trimmed = str_trim(line);

	return trimmed.len > 1 && is_blank(trimmed.ptr[1]) &&
	       (trimmed.ptr[0] == '*' || trimmed.ptr[0] == '-' || trimmed.ptr[0] == '+');
}

/* Blanks joined; returns false when it had to be cut, which shows as "…". */
static bool squeeze(struct str text, char *ret, size_t size)
{
	static const char more[] = "…";
	size_t max = size - sizeof(more), len = 0;
	struct str word;
	bool all = true;

	text = str_trim(text);
	if (begins_item(text))
		text = str_trim(str_from_offset(text, 1));
	while (text.len) {
		size_t n = 0;

		while (n < text.len && !is_blank(text.ptr[n]))
			n++;
		word = str_sub(text, 0, n);
		text = str_trim(str_from_offset(text, n));
		if (len + (len > 0) + n > max) {
			all = false;
			break;
		}
		if (len)
			ret[len++] = ' ';
		memcpy(ret + len, word.ptr, n);
		len += n;
	}
	ret[len] = '\0';
	if (!all)
		memcpy(ret + len, more, sizeof(more));
	return all;
}

/* The offset of the beginning of the line that holds offset at, or of what is looked at of it. */
static size_t line_begin(struct str text, size_t at)
{
	ssize_t before = str_rfind_char(str_sub(text, 0, at), '\n');

	return (size_t)(before + 1);
}

void changelog_summary(struct str text, size_t at, char *ret, size_t size)
{
	size_t from = at > SUMMARY_REACH ? at - SUMMARY_REACH : 0, begin, item;
	struct str rest, line;
	const char *end;

	text = str_sub(text, from, at - from + SUMMARY_REACH);
	begin = item = line_begin(text, at - from);
	rest = str_from_offset(text, begin);
	while (item > 0 && !begins_item(str_sub(text, item, at - from - item)))
		item = line_begin(text, item - 1);
	if (!str_next_line(&rest, &line)) {
		ret[0] = '\0';
		return;
	}
	end = line.ptr + line.len;
	while (str_next_line(&rest, &line) && !begins_item(line) && str_trim(line).len)
		end = line.ptr + line.len;
	if (!squeeze(str_from_range(text.ptr + item, end), ret, size))
		squeeze(str_from_range(text.ptr + begin, end), ret, size);
}

static int month_of(struct str name)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	for (int i = 0; i < 12; i++)
		if (name.len >= 3 && strncasecmp(name.ptr, names + 3 * i, 3) == 0)
			return i;
	return -1;
}

/* Written anew as RFC 3339, which date.h reads and checks. */
int date_parse_rfc5322(struct str date, int64_t *ret)
{
	struct str word, year, clock, zone = STR("");
	ssize_t comma = str_find_char(date, ',');
	char text[40], offset[8] = "Z";
	uint32_t day;
	int month, n;

	if (comma >= 0)
		date = str_from_offset(date, (size_t)comma + 1);
	if (!str_next_word(&date, &word) || str_parse_u32(word, &day) < 0 || day > 31)
		return -EINVAL;
	if (!str_next_word(&date, &word) || (month = month_of(word)) < 0)
		return -EINVAL;
	if (!str_next_word(&date, &year) || !str_next_word(&date, &clock))
		return -EINVAL;
	/* Zone names other than "UTC" and "GMT" are too old to matter: taken for these. */
	if (str_next_word(&date, &zone) && zone.len == 5 &&
	    (zone.ptr[0] == '+' || zone.ptr[0] == '-'))
		snprintf(offset, sizeof(offset), "%.3s:%.2s", zone.ptr, zone.ptr + 3);
	n = snprintf(text, sizeof(text), "%.*s-%02d-%02uT%.*s%s%s", STR_FMT(year), month + 1, day,
		     STR_FMT(clock), clock.len == strlen("10:20") ? ":00" : "", offset);
	return n < (int)sizeof(text) ? date_parse(str_from(text), ret) : -EINVAL;
}
