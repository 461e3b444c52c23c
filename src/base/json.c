/* The JSON writer: see json.h. */
#include "base/compat.h"

#include <locale.h>
#include <math.h>

#include "base/json.h"
#include "base/utf8.h"

static void flush(struct json *j)
{
	/* A short count shows as ferror(), which the caller asks for at the end. */
	(void)!fwrite_unlocked(j->buffer, 1, j->len, j->out);
	j->len = 0;
}

static void put(struct json *j, const char *text, size_t len)
{
	if (len > sizeof(j->buffer) - j->len) {
		flush(j);
		if (len > sizeof(j->buffer)) {
			(void)!fwrite_unlocked(text, 1, len, j->out);
			return;
		}
	}
	memcpy(j->buffer + j->len, text, len);
	j->len += len;
}

static void put_char(struct json *j, char c)
{
	if (j->len == sizeof(j->buffer))
		flush(j);
	j->buffer[j->len++] = c;
}

static void put_blanks(struct json *j, size_t n)
{
	while (n) {
		size_t len = MIN(n, sizeof(j->buffer) - j->len);

		memset(j->buffer + j->len, ' ', len);
		j->len += len;
		n -= len;
		if (n)
			flush(j);
	}
}

/* Deeper levels than there are marks share the last one: wrong commas, but nothing out of bounds. */
static bool *items_mark(struct json *j)
{
	return &j->has_items[MIN(j->depth, (unsigned)JSON_DEPTH - 1)];
}

static void new_line(struct json *j)
{
	if (!j->indent)
		return;
	put_char(j, '\n');
	put_blanks(j, (size_t)j->depth * j->indent);
}

/* What goes before a value or key: nothing after a key, else a comma and a line. */
static void before_item(struct json *j)
{
	bool *has_items = items_mark(j);

	if (j->after_key) {
		j->after_key = false;
		return;
	}
	if (j->depth == 0)
		return;
	if (*has_items)
		put_char(j, ',');
	*has_items = true;
	new_line(j);
}

static void open_level(struct json *j, char bracket)
{
	before_item(j);
	put_char(j, bracket);
	j->depth++;
	*items_mark(j) = false;
}

static void close_level(struct json *j, char bracket)
{
	bool had_items = *items_mark(j);

	if (j->depth)
		j->depth--;
	if (had_items)
		new_line(j);
	put_char(j, bracket);
}

void json_object_begin(struct json *j)
{
	open_level(j, '{');
}

void json_object_end(struct json *j)
{
	close_level(j, '}');
}

void json_array_begin(struct json *j)
{
	open_level(j, '[');
}

void json_array_end(struct json *j)
{
	close_level(j, ']');
}

static void put_escape(struct json *j, uint32_t c)
{
	switch (c) {
	case '"':
		put(j, "\\\"", 2);
		break;
	case '\\':
		put(j, "\\\\", 2);
		break;
	case '\n':
		put(j, "\\n", 2);
		break;
	case '\r':
		put(j, "\\r", 2);
		break;
	case '\t':
		put(j, "\\t", 2);
		break;
	default:
		put(j, "\\u", 2);
		for (int shift = 12; shift >= 0; shift -= 4)
			put_char(j, "0123456789abcdef"[c >> shift & 15]);
	}
}

/* The length of the run at the start of s that needs no escape and no look. */
static size_t plain_run(struct str s)
{
	size_t i = 0;

	for (; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if (c < 0x20 || c >= 0x7f || c == '"' || c == '\\')
			break;
	}
	return i;
}

static void put_string(struct json *j, struct str s)
{
	put_char(j, '"');
	while (s.len) {
		size_t len = plain_run(s);
		uint32_t c;

		if (len) {
			put(j, s.ptr, len);
			s = str_from_offset(s, len);
			continue;
		}
		len = utf8_decode(s, &c);
		if (len == 0)
			put(j, "\xef\xbf\xbd", 3);
		else if (c < 0xa0) /* C0, '"', '\\', DEL and C1 */
			put_escape(j, c);
		else
			put(j, s.ptr, len);
		s = str_from_offset(s, len ? len : 1);
	}
	put_char(j, '"');
}

void json_key(struct json *j, const char *key)
{
	before_item(j);
	put_char(j, '"');
	put(j, key, strlen(key));
	put(j, "\": ", j->indent ? 3 : 2);
	j->after_key = true;
}

void json_str(struct json *j, struct str s)
{
	before_item(j);
	put_string(j, s);
}

/* The digits of value, at least so many. */
static void put_digits(struct json *j, uint64_t value, unsigned at_least)
{
	char text[24];
	size_t at = sizeof(text);

	for (; value || at_least || at == sizeof(text); value /= 10) {
		text[--at] = (char)('0' + value % 10);
		at_least -= at_least > 0;
	}
	put(j, text + at, sizeof(text) - at);
}

void json_uint(struct json *j, uint64_t value)
{
	before_item(j);
	put_digits(j, value, 1);
}

void json_int(struct json *j, int64_t value)
{
	before_item(j);
	if (value < 0)
		put_char(j, '-');
	put_digits(j, value < 0 ? -(uint64_t)value : (uint64_t)value, 1);
}

/*
 * Most numbers are short decimals ("9.8", "0.00042"): an integer below 2^53 divided by a power of ten below
 * 10^22 is rounded once, as reading the decimal back is. False for those that are none.
 */
static bool put_short_decimal(struct json *j, double value)
{
	uint64_t scale = 1;

	for (unsigned places = 0; places <= 9; places++, scale *= 10) {
		double scaled = round(value * (double)scale);

		if (!(value >= 0 && scaled < 0x1p53) || signbit(value))
			return false;
		if (scaled / (double)scale != value)
			continue;
		before_item(j);
		put_digits(j, (uint64_t)scaled / scale, 1);
		if (places) {
			put_char(j, '.');
			put_digits(j, (uint64_t)scaled % scale, places);
		}
		return true;
	}
	return false;
}

void json_double(struct json *j, double value)
{
	char text[40], *comma;

	if (!isfinite(value)) {
		json_nil(j);
		return;
	}
	if (put_short_decimal(j, value))
		return;
	for (int digits = 1; digits <= 17; digits++) {
		double back;

		snprintf(text, sizeof(text), "%.*g", digits, value);
		if (sscanf(text, "%lf", &back) == 1 && back == value)
			break;
	}
	/* Printed and read back in the locale's way; JSON knows only the point. */
	comma = strstr(text, localeconv()->decimal_point);
	if (comma)
		*comma = '.';
	before_item(j);
	put(j, text, strlen(text));
}

void json_bool(struct json *j, bool value)
{
	before_item(j);
	if (value)
		put(j, "true", 4);
	else
		put(j, "false", 5);
}

void json_nil(struct json *j)
{
	before_item(j);
	put(j, "null", 4);
}

void json_field(struct json *j, const char *key, struct str s)
{
	json_key(j, key);
	json_str(j, s);
}

void json_field_opt(struct json *j, const char *key, struct str s)
{
	if (s.len)
		json_field(j, key, s);
}

void json_field_uint(struct json *j, const char *key, uint64_t value)
{
	json_key(j, key);
	json_uint(j, value);
}

void json_field_bool(struct json *j, const char *key, bool value)
{
	json_key(j, key);
	json_bool(j, value);
}

void json_finish(struct json *j)
{
	put_char(j, '\n');
	flush(j);
}
