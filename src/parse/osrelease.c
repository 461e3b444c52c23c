/* Assignments of os-release: see osrelease.h. */
#include "base/compat.h"

#include "parse/osrelease.h"

static bool is_name(struct str s)
{
	if (s.len == 0 || (s.ptr[0] >= '0' && s.ptr[0] <= '9'))
		return false;
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
		      c == '_'))
			return false;
	}
	return true;
}

/* "abc" or 'abc' or abc without anything that needs a copy: the slice within. */
static bool plain_value(struct str raw, struct str *ret)
{
	bool quoted = raw.len && (raw.ptr[0] == '"' || raw.ptr[0] == '\'');
	struct str inside = raw;

	if (quoted) {
		if (raw.len < 2 || raw.ptr[raw.len - 1] != raw.ptr[0])
			return false;
		inside = str_sub(raw, 1, raw.len - 2);
	}
	for (size_t i = 0; i < inside.len; i++) {
		char c = inside.ptr[i];

		if (c == '\\' || c == '"' || c == '\'' || (!quoted && (c == ' ' || c == '\t')))
			return false;
	}
	*ret = inside;
	return true;
}

/* As the shell would read one word, without any expansion. An unclosed quote ends with the line. */
static int unquote(struct str raw, struct arena *arena, struct str *ret)
{
	char *copy = arena_alloc(arena, raw.len + 1);
	char quote = '\0';
	size_t len = 0;

	if (!copy)
		return -ENOMEM;
	for (size_t i = 0; i < raw.len; i++) {
		char c = raw.ptr[i];

		if (quote == '\0' && (c == ' ' || c == '\t'))
			break;
		if (quote != '\'' && c == '\\' && i + 1 < raw.len) {
			char next = raw.ptr[++i];

			/* Within double quotes a backslash is itself before other characters. */
			if (quote == '"' && !strchr("\"\\$`", next))
				copy[len++] = '\\';
			copy[len++] = next;
		} else if (quote == '\0' && (c == '"' || c == '\'')) {
			quote = c;
		} else if (c == quote) {
			quote = '\0';
		} else {
			copy[len++] = c;
		}
	}
	*ret = (struct str){copy, len};
	return 0;
}

int osrelease_next(struct osrelease *o, struct arena *arena, struct osrelease_variable *ret)
{
	struct osrelease_variable found;
	struct str line;
	ssize_t equals;

	while (str_next_line(&o->rest, &line)) {
		size_t number = o->line++;

		line = str_trim(line);
		if (line.len == 0 || line.ptr[0] == '#')
			continue;
		equals = str_find_char(line, '=');
		if (equals >= 0)
			found.name = str_sub(line, 0, (size_t)equals);
		if (equals < 0 || !is_name(found.name)) {
			if (o->malformed++ == 0)
				o->malformed_line = number;
			continue;
		}
		found.value = str_from_offset(line, (size_t)equals + 1);
		if (!plain_value(found.value, &found.value)) {
			int r = unquote(found.value, arena, &found.value);

			if (r < 0)
				return r;
		}
		*ret = found;
		return 1;
	}
	return 0;
}
