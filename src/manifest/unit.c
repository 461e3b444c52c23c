/* Files of systemd: see unit.h. */
#include "base/compat.h"

#include "base/map.h"
#include "base/utf8.h"
#include "base/vec.h"
#include "manifest/unit.h"

/* One value of a key; those of the same key are chained. */
struct value {
	const struct yaml_node *node;
	size_t next; /* index + 1, or 0 */
};

struct key {
	const struct yaml_node *node;
	size_t first, last, n; /* index + 1 of its values */
};

struct section {
	const struct yaml_node *node;
	struct map names; /* key → index + 1 in keys */
	VEC(struct key) keys;
};

struct unit {
	struct arena *arena;
	struct map names; /* section → index + 1 */
	VEC(struct section) sections;
	VEC(struct value) values;
	size_t current; /* index + 1, or 0 before the first section */
};

/* A line that is put together from several; where its first one starts. */
struct line {
	struct str text;
	uint32_t number, column;
};

static void unit_release(struct unit *unit)
{
	for (size_t i = 0; i < unit->sections.len; i++) {
		map_release(&unit->sections.items[i].names);
		vec_release(&unit->sections.items[i].keys);
	}
	vec_release(&unit->sections);
	vec_release(&unit->values);
	map_release(&unit->names);
}

static int error_in(uint32_t line, struct err *err, const char *what)
{
	return err_set(err, ERR_FORMAT, "line %" PRIu32 ": %s", line, what);
}

static int check_bytes(struct str bytes, struct err *err)
{
	uint32_t line = 1, c = 0;
	size_t i = 0;

	while (i < bytes.len) {
		unsigned char byte = (unsigned char)bytes.ptr[i];
		size_t len = 1;

		if (byte == '\n')
			line++;
		else if (byte >= 0x80)
			len = utf8_decode(str_from_offset(bytes, i), &c);
		else if ((byte < 0x20 && byte != '\t' && byte != '\r') || byte == 0x7f)
			return error_in(line, err, "a control character");
		if (len == 0)
			return error_in(line, err, "not UTF-8");
		i += len;
	}
	return 0;
}

static struct yaml_node *new_node(struct unit *unit, enum yaml_kind kind, uint32_t line,
				  uint32_t column)
{
	struct yaml_node *node = arena_new(unit->arena, struct yaml_node);

	if (node) {
		node->kind = kind;
		node->plain = true;
		node->line = line;
		node->column = column;
	}
	return node;
}

static const struct yaml_node *new_text(struct unit *unit, const struct line *line, struct str text)
{
	/* Behind the first piece of a long line the column is that of the piece. */
	size_t offset = (size_t)(text.ptr - line->text.ptr);
	struct yaml_node *node =
		new_node(unit, YAML_SCALAR, line->number, line->column + (uint32_t)offset);

	if (node)
		node->text = text;
	return node;
}

static int open_section(struct unit *unit, const struct line *line, struct str name,
			struct err *err)
{
	struct section *section;
	void **slot;

	if (!name.len || str_find_char(name, '[') >= 0)
		return error_in(line->number, err, "a section without a name");
	slot = map_slot(&unit->names, name);
	if (!slot)
		return err_oom(err);
	if (!*slot) {
		section = vec_add(&unit->sections);
		if (!section)
			return err_oom(err);
		section->node = new_text(unit, line, name);
		if (!section->node)
			return err_oom(err);
		*slot = (void *)(uintptr_t)unit->sections.len;
	}
	unit->current = (size_t)(uintptr_t)*slot;
	return 0;
}

static int add_value(struct unit *unit, struct key *key, const struct yaml_node *node,
		     struct err *err)
{
	struct value *value;

	/* What is empty takes back what was before; what follows takes its place. */
	if (key->n && (!node->text.len || !unit->values.items[key->last - 1].node->text.len))
		key->n = 0;
	value = vec_add(&unit->values);
	if (!value)
		return err_oom(err);
	value->node = node;
	if (key->n)
		unit->values.items[key->last - 1].next = unit->values.len;
	else
		key->first = unit->values.len;
	key->last = unit->values.len;
	key->n++;
	return 0;
}

static int add_pair(struct unit *unit, const struct line *line, size_t equals, struct err *err)
{
	struct str name = str_trim(str_sub(line->text, 0, equals));
	struct str text = str_trim(str_from_offset(line->text, equals + 1));
	const struct yaml_node *node;
	struct section *section;
	struct key *key;
	void **slot;

	if (!unit->current)
		return error_in(line->number, err, "a key before the first section");
	if (!name.len)
		return error_in(line->number, err, "a value without a key");
	section = &unit->sections.items[unit->current - 1];
	slot = map_slot(&section->names, name);
	if (!slot)
		return err_oom(err);
	if (!*slot) {
		key = vec_add(&section->keys);
		if (!key)
			return err_oom(err);
		key->node = new_text(unit, line, name);
		if (!key->node)
			return err_oom(err);
		*slot = (void *)(uintptr_t)section->keys.len;
	}
	node = new_text(unit, line, text);
	if (!node)
		return err_oom(err);
	key = &section->keys.items[(size_t)(uintptr_t)*slot - 1];
	return add_value(unit, key, node, err);
}

static int add_line(struct unit *unit, const struct line *line, struct err *err)
{
	struct str text = line->text;
	ssize_t at = str_find_char(text, ']');

	if (text.len && text.ptr[0] == '[' && at > 0 &&
	    !str_trim(str_from_offset(text, (size_t)at + 1)).len)
		return open_section(unit, line, str_sub(text, 1, (size_t)at - 1), err);
	at = str_find_char(text, '=');
	if (at < 0)
		return error_in(line->number, err, "neither a section nor a key with a value");
	return add_pair(unit, line, (size_t)at, err);
}

/* A piece of a line without the backslash that continues it; false at the end. */
static bool next_piece(struct str *rest, uint32_t *number, struct str *ret, uint32_t *ret_column,
		       bool *ret_more)
{
	struct str raw, text;

	while (str_next_line(rest, &raw)) {
		text = str_trim(raw);
		++*number;
		if (!text.len || text.ptr[0] == '#' || text.ptr[0] == ';')
			continue;
		*ret_column = (uint32_t)(text.ptr - raw.ptr) + 1;
		*ret_more = text.ptr[text.len - 1] == '\\';
		text.len -= *ret_more;
		*ret = text;
		return true;
	}
	return false;
}

/*
 * One line with those that continue it. A backslash at the end of a line goes, and so do comments and empty
 * lines before the next; podman puts nothing in between. 1, 0 at the end, or -ENOMEM.
 */
static int next_line(struct unit *unit, struct str *rest, uint32_t *number, struct line *ret)
{
	struct str ahead = *rest, piece;
	uint32_t first = *number, last, column;
	size_t len = 0;
	bool more = true;
	char *joined;

	if (!next_piece(&ahead, &first, &piece, &ret->column, &more))
		return 0;
	ret->number = first;
	ret->text = piece;
	last = first;
	if (more) {
		len = piece.len;
		while (more && next_piece(&ahead, &last, &piece, &column, &more))
			len += piece.len;
		joined = arena_alloc(unit->arena, len);
		if (!joined)
			return -ENOMEM;
		ret->text = (struct str){joined, len};
		for (more = true; more && next_piece(rest, number, &piece, &column, &more);) {
			if (piece.len)
				memcpy(joined, piece.ptr, piece.len);
			joined += piece.len;
		}
	}
	*rest = ahead;
	*number = last;
	return 1;
}

static int key_value(struct unit *unit, const struct key *key, const struct yaml_node **ret)
{
	const struct yaml_node **items;
	struct yaml_node *list;
	const struct value *value = &unit->values.items[key->first - 1];

	if (key->n == 1) {
		*ret = value->node;
		return 0;
	}
	list = new_node(unit, YAML_SEQUENCE, value->node->line, value->node->column);
	items = arena_calloc(unit->arena, key->n, sizeof(struct yaml_node *));
	if (!list || !items)
		return -ENOMEM;
	for (size_t i = 0; i < key->n; i++) {
		items[i] = value->node;
		if (value->next)
			value = &unit->values.items[value->next - 1];
	}
	list->items = items;
	list->n = (uint32_t)key->n;
	*ret = list;
	return 0;
}

static const struct yaml_node *section_node(struct unit *unit, const struct section *section)
{
	struct yaml_node *node =
		new_node(unit, YAML_MAPPING, section->node->line, section->node->column);
	struct yaml_pair *pairs = arena_calloc(unit->arena, section->keys.len, sizeof(*pairs));

	if (!node || !pairs)
		return NULL;
	for (size_t i = 0; i < section->keys.len; i++) {
		pairs[i].key = section->keys.items[i].node;
		if (key_value(unit, &section->keys.items[i], &pairs[i].value) < 0)
			return NULL;
	}
	node->pairs = pairs;
	node->n = (uint32_t)section->keys.len;
	return node;
}

static int build(struct unit *unit, const struct yaml_node **ret)
{
	struct yaml_node *root = new_node(unit, YAML_MAPPING, 1, 1);
	struct yaml_pair *pairs = arena_calloc(unit->arena, unit->sections.len, sizeof(*pairs));

	if (!root || !pairs)
		return -ENOMEM;
	for (size_t i = 0; i < unit->sections.len; i++) {
		pairs[i].key = unit->sections.items[i].node;
		pairs[i].value = section_node(unit, &unit->sections.items[i]);
		if (!pairs[i].value)
			return -ENOMEM;
	}
	root->pairs = pairs;
	root->n = (uint32_t)unit->sections.len;
	*ret = root;
	return 0;
}

int unit_parse(struct str bytes, struct arena *arena, const struct yaml_node **ret_root,
	       struct err *err)
{
	_cleanup_(unit_release) struct unit unit = {.arena = arena};
	struct str rest = bytes;
	struct line line;
	uint32_t number = 0;
	int r;

	if (bytes.len > UINT32_MAX)
		return err_set(err, ERR_LIMIT, "larger than 4 GiB");
	r = check_bytes(bytes, err);
	while (r == 0) {
		r = next_line(&unit, &rest, &number, &line);
		if (r <= 0)
			break;
		r = add_line(&unit, &line, err);
	}
	if (r == 0)
		r = build(&unit, ret_root);
	return r == -ENOMEM ? err_oom(err) : r;
}

/* --- Words --------------------------------------------------------------------------------------- */

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* What stands behind a backslash: the bytes that it takes and the one that it means; 0: no escape. */
static size_t escape(struct str s, char *ret)
{
	static const char letters[] = "abfnrtvs\\\"'", meanings[] = "\a\b\f\n\r\t\v \\\"'";
	const char *at;

	if (!s.len)
		return 0;
	at = s.ptr[0] ? strchr(letters, s.ptr[0]) : NULL;
	if (at) {
		*ret = meanings[at - letters];
		return 1;
	}
	if (s.ptr[0] == 'x' && s.len >= 3 && hex_digit(s.ptr[1]) >= 0 && hex_digit(s.ptr[2]) >= 0) {
		*ret = (char)(hex_digit(s.ptr[1]) << 4 | hex_digit(s.ptr[2]));
		return *ret ? 3 : 0;
	}
	if (s.len >= 3 && s.ptr[0] >= '0' && s.ptr[0] <= '3' && s.ptr[1] >= '0' &&
	    s.ptr[1] <= '7' && s.ptr[2] >= '0' && s.ptr[2] <= '7') {
		*ret = (char)((s.ptr[0] - '0') << 6 | (s.ptr[1] - '0') << 3 | (s.ptr[2] - '0'));
		return *ret ? 3 : 0;
	}
	return 0;
}

/* Passes over one word; its bytes go to `to` if that is not NULL. Returns the length of the word. */
static size_t scan_word(struct str s, bool unescape, char *to, size_t *ret_end)
{
	char quote = '\0';
	size_t len = 0, i;

	for (i = 0; i < s.len; i++) {
		char c = s.ptr[i], meant = c;
		size_t n = unescape && c == '\\' ? escape(str_from_offset(s, i + 1), &meant) : 0;

		if (!n && (quote ? c == quote : c == '"' || c == '\'')) {
			quote = quote ? '\0' : c;
			continue;
		}
		if (!n && !quote && (c == ' ' || c == '\t'))
			break;
		if (to)
			to[len] = meant;
		len++;
		i += n;
	}
	*ret_end = i;
	return len;
}

int unit_next_word(struct str *rest, bool unescape, struct arena *arena, struct str *ret_word)
{
	struct str s = str_trim(*rest);
	size_t end, len;
	char *word;

	if (!s.len) {
		*rest = STR_NULL;
		return 0;
	}
	len = scan_word(s, unescape, NULL, &end);
	*rest = str_from_offset(s, end);
	if (len == end) {
		*ret_word = str_sub(s, 0, end);
		return 1;
	}
	word = arena_alloc(arena, len);
	if (!word)
		return -ENOMEM;
	scan_word(s, unescape, word, &end);
	*ret_word = (struct str){word, len};
	return 1;
}
