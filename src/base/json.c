/* The JSON writer: see json.h. */
#include "base/compat.h"

#include <locale.h>
#include <math.h>

#include "base/json.h"
#include "base/utf8.h"

static void put(struct json *j, const char *text, size_t len)
{
	/* A short count shows as ferror(), which the caller asks for at the end. */
	(void)!fwrite_unlocked(text, 1, len, j->out);
}

static void put_char(struct json *j, char c)
{
	putc_unlocked(c, j->out);
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
	for (unsigned i = 0; i < j->depth * j->indent; i++)
		put_char(j, ' ');
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
		fprintf(j->out, "\\u%04x", c);
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
	put_string(j, str_from(key));
	put_char(j, ':');
	if (j->indent)
		put_char(j, ' ');
	j->after_key = true;
}

void json_str(struct json *j, struct str s)
{
	before_item(j);
	put_string(j, s);
}

void json_uint(struct json *j, uint64_t value)
{
	before_item(j);
	fprintf(j->out, "%" PRIu64, value);
}

void json_int(struct json *j, int64_t value)
{
	before_item(j);
	fprintf(j->out, "%" PRId64, value);
}

void json_double(struct json *j, double value)
{
	char text[40], *comma;

	if (!isfinite(value)) {
		json_nil(j);
		return;
	}
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
}
