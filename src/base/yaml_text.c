/*
 * Texts of YAML scalars: see yaml_text.h. Done here and not by fy_token_get_text(), which in libfyaml
 * 0.7.12 miscounts "''", escaped line ends and folded lines with more indentation, loses memory, and
 * takes quadratic time and the stack for empty lines.
 */
#include "base/compat.h"

#include "base/err.h"
#include "base/yaml_text.h"

/* Text that is made in place: there is always room for what a source of that length can give. */
struct text {
	char *ptr;
	size_t len;
	size_t solid; /* up to here nothing may be taken back */
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static void skip(struct str *s, size_t n)
{
	*s = str_from_offset(*s, n);
}

/* The length of the line end at the start of s, or 0. */
static size_t line_end(struct str s)
{
	if (s.len == 0)
		return 0;
	if (s.ptr[0] == '\r')
		return s.len > 1 && s.ptr[1] == '\n' ? 2 : 1;
	return s.ptr[0] == '\n';
}

/* Passes over blanks and line ends; returns the number of these. */
static size_t skip_lines(struct str *s)
{
	size_t lines = 0;

	for (;;) {
		size_t end = line_end(*s);

		if (end == 0 && (s->len == 0 || !is_blank(s->ptr[0])))
			return lines;
		lines += end > 0;
		skip(s, end ? end : 1);
	}
}

static void add_breaks(struct text *t, size_t n)
{
	memset(t->ptr + t->len, '\n', n);
	t->len += n;
}

/* At a line end in a flow scalar (§6.5): one becomes a blank, of more the first is dropped. */
static void fold(struct text *t, struct str *raw)
{
	size_t lines;

	while (t->len > t->solid && is_blank(t->ptr[t->len - 1]))
		t->len--;
	lines = skip_lines(raw);
	if (lines == 1)
		t->ptr[t->len++] = ' ';
	else
		add_breaks(t, lines - 1);
	t->solid = t->len;
}

static bool has_line_end(struct str raw)
{
	return str_find_char(raw, '\n') >= 0 || str_find_char(raw, '\r') >= 0;
}

static int flow_text(struct str raw, bool quoted, struct arena *arena, struct str *ret)
{
	struct text t = {0};

	if (!has_line_end(raw) && (!quoted || str_find_char(raw, '\'') < 0)) {
		*ret = raw;
		return 0;
	}
	t.ptr = arena_alloc(arena, raw.len);
	if (!t.ptr)
		return -ENOMEM;
	while (raw.len) {
		if (line_end(raw)) {
			fold(&t, &raw);
			continue;
		}
		t.ptr[t.len++] = raw.ptr[0];
		skip(&raw, quoted && raw.ptr[0] == '\'' ? 2 : 1);
	}
	*ret = (struct str){t.ptr, t.len};
	return 0;
}

int yaml_text_plain(struct str raw, struct arena *arena, struct str *ret)
{
	while (raw.len && (is_blank(raw.ptr[raw.len - 1]) || raw.ptr[raw.len - 1] == '\n' ||
			   raw.ptr[raw.len - 1] == '\r'))
		raw.len--;
	return flow_text(raw, false, arena, ret);
}

int yaml_text_single(struct str raw, struct arena *arena, struct str *ret)
{
	return flow_text(raw, true, arena, ret);
}

/* The number of exactly n hexadecimal digits at the start of s; false if they are not there. */
static bool parse_hex(struct str s, size_t n, uint32_t *ret)
{
	uint32_t value = 0;

	if (s.len < n)
		return false;
	for (size_t i = 0; i < n; i++) {
		char c = s.ptr[i];

		if (c >= '0' && c <= '9')
			value = value << 4 | (uint32_t)(c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			value = value << 4 | (uint32_t)((c | 0x20) - 'a' + 10);
		else
			return false;
	}
	*ret = value;
	return true;
}

static void add_utf8(struct text *t, uint32_t c)
{
	if (c < 0x80) {
		t->ptr[t->len++] = (char)c;
		return;
	}
	if (c < 0x800) {
		t->ptr[t->len++] = (char)(0xc0 | c >> 6);
	} else {
		if (c < 0x10000) {
			t->ptr[t->len++] = (char)(0xe0 | c >> 12);
		} else {
			t->ptr[t->len++] = (char)(0xf0 | c >> 18);
			t->ptr[t->len++] = (char)(0x80 | (c >> 12 & 0x3f));
		}
		t->ptr[t->len++] = (char)(0x80 | (c >> 6 & 0x3f));
	}
	t->ptr[t->len++] = (char)(0x80 | (c & 0x3f));
}

/* "\x41", "\u00e9", "\U0001f6a2": raw is behind the letter. Two halves of UTF-16 are one character, as in
 * JSON. */
static int hex_escape(size_t digits, struct str *raw, uint32_t *ret)
{
	uint32_t c, low;

	if (!parse_hex(*raw, digits, &c))
		return -ERR_FORMAT;
	skip(raw, digits);
	if (c >= 0xd800 && c <= 0xdbff && str_starts(*raw, STR("\\u")) &&
	    parse_hex(str_from_offset(*raw, 2), 4, &low) && low >= 0xdc00 && low <= 0xdfff) {
		skip(raw, 6);
		c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
	}
	if (c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return -ERR_FORMAT;
	*ret = c;
	return 0;
}

/* The single letters of §5.7, and what they stand for; NUL is left out on purpose. */
static const struct {
	char letter;
	uint32_t c;
} escapes[] = {
	{'a', 7},     {'b', 8},	   {'t', 9},	{'\t', 9},     {'n', 10},     {'v', 11},
	{'f', 12},    {'r', 13},   {'e', 27},	{' ', ' '},    {'"', '"'},    {'/', '/'},
	{'\\', '\\'}, {'N', 0x85}, {'_', 0xa0}, {'L', 0x2028}, {'P', 0x2029},
};

/* raw is behind the backslash. */
static int escape(struct text *t, struct str *raw)
{
	uint32_t c = 0;
	size_t digits;
	char letter;

	if (raw->len == 0)
		return -ERR_FORMAT;
	if (line_end(*raw)) {
		add_breaks(t, skip_lines(raw) - 1);
		t->solid = t->len;
		return 0;
	}
	letter = raw->ptr[0];
	skip(raw, 1);
	digits = letter == 'x' ? 2 : letter == 'u' ? 4 : letter == 'U' ? 8 : 0;
	if (digits && hex_escape(digits, raw, &c) < 0)
		return -ERR_FORMAT;
	for (size_t i = 0; !digits && i < ARRAY_LEN(escapes); i++)
		if (escapes[i].letter == letter)
			c = escapes[i].c;
	if (c == 0)
		return -ERR_FORMAT;
	add_utf8(t, c);
	t->solid = t->len;
	return 0;
}

int yaml_text_double(struct str raw, struct arena *arena, struct str *ret)
{
	struct text t = {0};

	if (!has_line_end(raw) && str_find_char(raw, '\\') < 0) {
		*ret = raw;
		return 0;
	}
	/* The longest that two bytes can give are three: "\L". */
	t.ptr = arena_alloc(arena, raw.len + raw.len / 2 + 1);
	if (!t.ptr)
		return -ENOMEM;
	while (raw.len) {
		if (line_end(raw)) {
			fold(&t, &raw);
		} else if (raw.ptr[0] == '\\') {
			int r;

			skip(&raw, 1);
			r = escape(&t, &raw);
			if (r < 0)
				return r;
		} else {
			t.ptr[t.len++] = raw.ptr[0];
			skip(&raw, 1);
		}
	}
	*ret = (struct str){t.ptr, t.len};
	return 0;
}

/* Passes over at most max spaces; returns how many there were. */
static size_t skip_spaces(struct str *s, size_t max)
{
	size_t n = 0;

	while (n < max && n < s->len && s->ptr[n] == ' ')
		n++;
	skip(s, n);
	return n;
}

/* The spaces before the first line that has more than spaces. */
static size_t find_indent(struct str raw)
{
	for (;;) {
		size_t n = skip_spaces(&raw, SIZE_MAX), end = line_end(raw);

		if (end == 0)
			return n;
		skip(&raw, end);
	}
}

/* Passes over indentation and over lines that have nothing beyond it; returns the number of these. */
static size_t skip_empty(struct str *raw, size_t indent)
{
	size_t lines = 0;

	for (;;) {
		size_t end;

		skip_spaces(raw, indent);
		end = line_end(*raw);
		if (end == 0)
			return lines;
		skip(raw, end);
		lines++;
	}
}

int yaml_text_block(struct str raw, struct yaml_block block, struct arena *arena, struct str *ret)
{
	size_t indent = block.indent ? block.indent : find_indent(raw);
	struct text t = {.ptr = arena_alloc(arena, raw.len + 1)};
	bool ended = false, blank_before = false;
	size_t empty;

	if (!t.ptr)
		return -ENOMEM;
	empty = skip_empty(&raw, indent);
	while (raw.len) {
		bool blank = is_blank(raw.ptr[0]);

		/* The end of the line before: folded between two lines that begin with text (§8.1.3). */
		if (ended && block.folded && !blank && !blank_before) {
			if (empty == 0)
				t.ptr[t.len++] = ' ';
		} else if (ended) {
			add_breaks(&t, 1);
		}
		add_breaks(&t, empty);
		blank_before = blank;
		while (raw.len && !line_end(raw)) {
			t.ptr[t.len++] = raw.ptr[0];
			skip(&raw, 1);
		}
		ended = line_end(raw) > 0;
		skip(&raw, line_end(raw));
		empty = skip_empty(&raw, indent);
	}
	if (ended && block.chomp != YAML_STRIP)
		add_breaks(&t, 1);
	if (block.chomp == YAML_KEEP)
		add_breaks(&t, empty);
	*ret = (struct str){t.ptr, t.len};
	return 0;
}

/* What may follow the '|' or '>': digit and sign in any order, then blanks and perhaps a comment. */
static bool header_rest(struct str rest, struct yaml_block *block)
{
	for (int i = 0; i < 2 && rest.len; i++) {
		char c = rest.ptr[0];

		if (c >= '1' && c <= '9' && !block->indent)
			block->indent = (unsigned)(c - '0');
		else if ((c == '-' || c == '+') && block->chomp == YAML_CLIP)
			block->chomp = c == '-' ? YAML_STRIP : YAML_KEEP;
		else
			break;
		skip(&rest, 1);
	}
	if (rest.len == 0)
		return true;
	if (!is_blank(rest.ptr[0]))
		return false;
	rest = str_trim(rest);
	return rest.len == 0 || rest.ptr[0] == '#';
}

bool yaml_block_header(struct str line, struct yaml_block *ret)
{
	for (size_t i = 0; i < line.len; i++) {
		struct yaml_block block = {.folded = line.ptr[i] == '>'};

		if ((line.ptr[i] != '|' && line.ptr[i] != '>') ||
		    !header_rest(str_from_offset(line, i + 1), &block))
			continue;
		*ret = block;
		return true;
	}
	return false;
}

static int base64_value(char c)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

int yaml_text_binary(struct str text, struct arena *arena, struct str *ret)
{
	char *to = arena_alloc(arena, text.len);
	uint32_t bits = 0;
	size_t n = 0, digits = 0, padding = 0;

	if (!to)
		return -ENOMEM;
	*ret = text;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];
		int value = base64_value(c);

		if (c == '\n' || c == '\r')
			continue;
		padding += c == '=';
		if ((value < 0 && c != '=') || (value >= 0 && padding))
			return 0;
		bits = bits << 6 | (uint32_t)MAX(value, 0);
		if (++digits % 4)
			continue;
		to[n++] = (char)(bits >> 16);
		to[n++] = (char)(bits >> 8);
		to[n++] = (char)bits;
	}
	if (digits % 4 || padding > 2)
		return 0;
	*ret = (struct str){to, n - padding};
	return 0;
}
