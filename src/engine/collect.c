/* Entries to facts: see collect.h. */
#include "base/compat.h"

#include "engine/collect.h"

#include "catalog/catalog.h"
#include "core/limits.h"

/* A catalog entry's own data while one file is read: package lists and the strings they needed. */
#define CATALOG_ARENA MiB(1024)

/* Links and whiteouts this near the root are always kept: /var or /usr/lib may be a link anywhere. */
enum { SHALLOW = 2 };

ssize_t path_clean(struct str name, char *to, bool *ret_unsafe)
{
	size_t len = 0, i = 0;

	while (i < name.len) {
		size_t begin, part;

		while (i < name.len && name.ptr[i] == '/')
			i++;
		begin = i;
		while (i < name.len && name.ptr[i] != '/')
			i++;
		part = i - begin;
		if (part == 0 || (part == 1 && name.ptr[begin] == '.'))
			continue;
		if (part == 2 && name.ptr[begin] == '.' && name.ptr[begin + 1] == '.') {
			*ret_unsafe = true;
			while (len && to[len - 1] != '/')
				len--;
			len -= len > 0;
			continue;
		}
		if (len + 1 + part > LIMIT_PATH_LEN)
			return -1;
		if (len)
			to[len++] = '/';
		memcpy(to + len, name.ptr + begin, part);
		len += part;
	}
	to[len] = '\0';
	return (ssize_t)len;
}

/* Notes a directory and every directory above it. */
static int note_above(struct collector *c, struct str dir)
{
	while (dir.len) {
		void **slot = map_slot(&c->above, dir);
		ssize_t slash = str_rfind_char(dir, '/');

		if (!slot)
			return -ENOMEM;
		*slot = c;
		dir.len = slash < 0 ? 0 : (size_t)slash;
	}
	return 0;
}

/* Where a cataloger's files lie, by name or by alias. */
static int note_places(struct collector *c)
{
	int r = 0;

	for (size_t i = 0; i < n_catalogers; i++)
		for (const char *const *place = catalogers[i]->places; r == 0 && *place; place++)
			r = note_above(c, str_from(*place));
	for (size_t i = 0; r == 0 && i < c->n_aliases; i++)
		r = note_above(c, c->aliases[i].real);
	return r;
}

int collector_init(struct collector *c, const struct alias *aliases, size_t n_aliases,
		   struct err *err)
{
	*c = (struct collector){.aliases = aliases,
				.n_aliases = n_aliases,
				.body = BUF_INIT(LIMIT_LAYER_FACTS),
				.owned = BUF_INIT(LIMIT_LAYER_FACTS)};
	return note_places(c) < 0 ? err_oom(err) : 0;
}

void collector_release(struct collector *c)
{
	buf_release(&c->body);
	buf_release(&c->owned);
	map_release(&c->above);
}

/* The known name of a path below an alias; empty if it is not. */
static struct str by_alias(const struct alias *a, struct str path, char *to)
{
	struct str below = str_from_offset(path, a->real.len);
	int n;

	if (!str_starts(path, a->real) ||
	    (a->is_file ? below.len > 0 : below.len == 0 || below.ptr[0] != '/'))
		return STR("");
	n = snprintf(to, LIMIT_PATH_LEN + 1, "%.*s%.*s", STR_FMT(a->known), STR_FMT(below));
	return n > 0 && (size_t)n <= LIMIT_PATH_LEN ? (struct str){to, (size_t)n} : STR("");
}

/* The cataloger that wants a path, by its own name or by an alias; c->known is then what it knows. */
static int bid(struct collector *c, struct str path)
{
	int cataloger = catalog_bid(path);

	c->known = path;
	for (size_t i = 0; cataloger < 0 && i < c->n_aliases; i++) {
		c->known = by_alias(&c->aliases[i], path, c->known_path);
		if (c->known.len)
			cataloger = catalog_bid(c->known);
	}
	return cataloger;
}

/* May an entry at this path hide or redirect a package database? */
static bool may_matter(struct collector *c, struct str path)
{
	size_t depth = 1;

	for (size_t i = 0; i < path.len; i++)
		depth += path.ptr[i] == '/';
	return depth <= SHALLOW || map_get(&c->above, path) || bid(c, path) >= 0;
}

static int add_link(struct collector *c, struct str path, struct str target, bool hard,
		    struct err *err)
{
	if (!may_matter(c, path))
		return COLLECT_NOTHING;
	if (++c->n_links > LIMIT_LAYER_LINKS)
		return err_set(err, ERR_LIMIT, "more than %zu links near the root",
			       LIMIT_LAYER_LINKS);
	facts_pack_link(&c->body, path, target, hard);
	return COLLECT_NOTHING;
}

/* Whiteouts of image-spec, layer.md "Whiteouts". Other names that begin with ".wh..wh." are AUFS's own. */
static int add_whiteout(struct collector *c, struct str path, struct str base, struct err *err)
{
	size_t dir = path.len - base.len;
	enum fact_kind kind = FACT_WHITEOUT;

	if (str_eq(base, STR(".wh..wh..opq"))) {
		path.len = dir ? dir - 1 : 0;
		kind = FACT_OPAQUE;
	} else if (str_starts(base, STR(".wh..wh."))) {
		return COLLECT_NOTHING;
	} else {
		memmove(c->path + dir, c->path + dir + 4, base.len - 4 + 1);
		path.len -= 4;
	}
	if (!may_matter(c, path))
		return COLLECT_NOTHING;
	if (++c->n_links > LIMIT_LAYER_LINKS)
		return err_set(err, ERR_LIMIT, "more than %zu whiteouts near the root",
			       LIMIT_LAYER_LINKS);
	facts_pack_path(&c->body, kind, path);
	return COLLECT_NOTHING;
}

bool collector_wants_link(struct collector *c, struct str path)
{
	return may_matter(c, path);
}

int collector_entry(struct collector *c, enum entry_type type, struct str name, struct str link,
		    bool whiteouts, struct err *err)
{
	bool unsafe = false;
	ssize_t len, slash;
	struct str path, base;
	int cataloger;

	if (++c->summary.entries > LIMIT_LAYER_ENTRIES)
		return err_set(err, ERR_LIMIT, "more than %" PRIu64 " entries",
			       LIMIT_LAYER_ENTRIES);
	len = path_clean(name, c->path, &unsafe);
	c->summary.unsafe_names += unsafe;
	if (len < 0) {
		collector_unreadable(c, STR(""),
				     "an entry's name is longer than any file system allows");
		return COLLECT_NOTHING;
	}
	path = c->clean = (struct str){c->path, (size_t)len};
	slash = str_rfind_char(path, '/');
	base = str_from_offset(path, slash < 0 ? 0 : (size_t)slash + 1);
	if (whiteouts && str_starts(base, STR(".wh.")))
		return add_whiteout(c, path, base, err);
	switch (type) {
	case ENTRY_DIRECTORY:
		return COLLECT_NOTHING;
	case ENTRY_SYMLINK:
	case ENTRY_HARDLINK:
		return add_link(c, path, link, type == ENTRY_HARDLINK, err);
	case ENTRY_FILE:
	case ENTRY_OTHER:
		break;
	}
	cataloger = bid(c, path);
	if (cataloger >= 0 && type == ENTRY_FILE)
		return cataloger;
	if (cataloger >= 0 || map_get(&c->above, path))
		facts_pack_path(&c->body, FACT_OTHER, path);
	return COLLECT_NOTHING;
}

int collector_content(struct collector *c, int cataloger, struct str bytes, struct err *err)
{
	_cleanup_arena_ struct arena arena = ARENA_INIT(CATALOG_ARENA);
	struct catalog_entry entry = {0};
	struct err why = ERR_INIT;
	int r = catalogers[cataloger]->read(c->known, bytes, &arena, &entry, &why);

	if (r == 0)
		facts_pack_file(entry.kind == CATALOG_OWNED_FILES && !entry.skipped ? &c->owned
										    : &c->body,
				c->clean, (unsigned)cataloger, &entry);
	else if (r != -ENOMEM)
		collector_unreadable(c, c->clean, why.text);
	catalog_entry_release(&entry);
	if (r == -ENOMEM)
		return err_oom(err);
	r = buf_status(&c->owned, err);
	return r < 0 ? r : buf_status(&c->body, err);
}

void collector_unreadable(struct collector *c, struct str path, const char *reason)
{
	if (c->n_unreadable++ < LIMIT_LAYER_UNREADABLE)
		facts_pack_unreadable(&c->body, path, reason);
}

int collector_finish(struct collector *c, struct buf *result, struct err *err)
{
	int r;

	if (c->n_unreadable > LIMIT_LAYER_UNREADABLE) {
		char text[64];

		snprintf(text, sizeof(text), "%zu more could not be read",
			 c->n_unreadable - LIMIT_LAYER_UNREADABLE);
		facts_pack_unreadable(&c->body, STR(""), text);
	}
	r = buf_status(&c->body, err);
	if (r == 0)
		r = buf_status(&c->owned, err);
	if (r < 0)
		return r;
	facts_pack(result, &(struct facts){.summary = c->summary,
					   .body = buf_str(&c->body),
					   .owned = buf_str(&c->owned)});
	return buf_status(result, err);
}
