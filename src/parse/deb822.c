/* Stanzas and fields of Debian's control files: see deb822.h. */
#include "base/compat.h"

#include "parse/deb822.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool take_line(struct deb822 *d, struct str *ret)
{
	if (!str_next_line(&d->rest, ret))
		return false;
	d->line++;
	return true;
}

/* The end of the value that begins in a line just taken: behind its last continuation line. */
static const char *take_continuation(struct deb822 *d, const char *end)
{
	struct deb822 ahead = *d;
	struct str line;

	while (ahead.rest.len && (is_blank(ahead.rest.ptr[0]) || ahead.rest.ptr[0] == '#')) {
		bool comment = ahead.rest.ptr[0] == '#';

		take_line(&ahead, &line);
		if (comment)
			continue; /* part of the value only if more of it follows */
		end = line.ptr + line.len;
		*d = ahead;
	}
	return end;
}

enum deb822_event deb822_next(struct deb822 *d, struct deb822_field *ret)
{
	struct str line;
	ssize_t colon;

	for (;;) {
		size_t number = d->line;

		bool have = take_line(d, &line);

		if (!have || line.len == 0) {
			if (d->in_stanza) {
				d->in_stanza = false;
				return DEB822_STANZA_END;
			}
			if (!have)
				return DEB822_END;
			continue;
		}
		if (line.ptr[0] == '#')
			continue;
		*ret = (struct deb822_field){.value = line, .line = number};
		colon = str_find_char(line, ':');
		d->in_stanza = true;
		if (colon <= 0 || is_blank(line.ptr[0]))
			return DEB822_MALFORMED;
		ret->name = str_sub(line, 0, (size_t)colon);
		ret->value = str_trim(str_from_range(line.ptr + colon + 1,
						     take_continuation(d, line.ptr + line.len)));
		return DEB822_FIELD;
	}
}

bool deb822_next_line(struct str *value, struct str *ret_line)
{
	struct str line;

	while (str_next_line(value, &line)) {
		bool comment = line.len && line.ptr[0] == '#';

		line = str_trim(line);
		if (line.len == 0 || comment)
			continue;
		*ret_line = line;
		return true;
	}
	return false;
}
