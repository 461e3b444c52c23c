/*
 * Configured repositories: etc/apk/repositories (apk-repositories(5)), apt's sources.list and *.sources
 * (sources.list(5)), and the machines that apt has credentials for (apt_auth.conf(5)): their names only,
 * nothing secret is kept.
 */
#include "base/compat.h"

#include "base/vec.h"
#include "catalog/catalogers.h"
#include "core/limits.h"
#include "parse/deb822.h"

/* Lines kept of one file. A machine has tens; the product of URIs, suites and components in a *.sources
 * file could be anything. */
enum { MAX_LINES = 4096 };

static bool repositories_bid(struct str folder, struct str name)
{
	switch (folder.len ? folder.ptr[folder.len - 1] : '\0') {
	case 'k':
		return str_eq(name, STR("repositories")) && path_is_under(folder, STR("etc/apk"));
	case 't':
		return (str_eq(name, STR("sources.list")) || str_eq(name, STR("auth.conf"))) &&
		       path_is_under(folder, STR("etc/apt"));
	case 'd':
		if (str_ends(name, STR(".list")) &&
		    path_is_under(folder, STR("etc/apk/repositories.d")))
			return true;
		if (str_ends(name, STR(".list")) || str_ends(name, STR(".sources")))
			return path_is_under(folder, STR("etc/apt/sources.list.d"));
		return path_is_under(folder, STR("etc/apt/auth.conf.d"));
	default:
		return false;
	}
}

/* Returns 0, -ENOMEM or -ERR_LIMIT. */
static int add_line(struct catalog_entry *entry, struct str line)
{
	struct str *added;

	if (entry->repositories.len >= MAX_LINES)
		return -ERR_LIMIT;
	added = vec_add(&entry->repositories);
	if (!added || !line.ptr)
		return -ENOMEM;
	*added = line;
	return 0;
}

static int read_apk(struct str bytes, struct arena *arena, struct catalog_entry *entry)
{
	struct str line;
	int r = 0;

	while (r == 0 && str_next_line(&bytes, &line)) {
		line = str_trim(line);
		if (line.len && line.ptr[0] != '#')
			r = add_line(entry, line);
	}
	return r;
}

/* One line per component; a suite that ends with a slash has none. */
static int add_suite(struct catalog_entry *entry, struct arena *arena, struct str uri,
		     struct str suite, struct str components)
{
	struct str component;
	bool any = false;
	int r = 0;

	if (str_ends(suite, STR("/")))
		components = STR_NULL;
	while (r == 0 && str_next_word(&components, &component)) {
		r = add_line(entry, arena_printf(arena, "%.*s %.*s %.*s", STR_FMT(uri),
						 STR_FMT(suite), STR_FMT(component)));
		any = true;
	}
	return any ? r
		   : add_line(entry,
			      arena_printf(arena, "%.*s %.*s", STR_FMT(uri), STR_FMT(suite)));
}

/* "deb [options] uri suite components…" */
static int read_apt_list(struct str bytes, struct arena *arena, struct catalog_entry *entry)
{
	struct str line, type, uri, suite;
	int r = 0;

	for (size_t number = 1; r == 0 && str_next_line(&bytes, &line); number++) {
		ssize_t comment = str_find_char(line, '#');

		line = str_trim(comment >= 0 ? str_sub(line, 0, (size_t)comment) : line);
		if (!str_next_word(&line, &type) || str_eq(type, STR("deb-src")))
			continue;
		line = str_trim(line);
		if (str_starts(line, STR("[")))
			line = str_from_offset(line, (size_t)(str_find_char(line, ']') + 1));
		if (!str_eq(type, STR("deb")) || !str_next_word(&line, &uri) ||
		    !str_next_word(&line, &suite)) {
			catalog_skip(entry, arena, "line %zu: not a source", number);
			continue;
		}
		r = add_suite(entry, arena, uri, suite, line);
	}
	return r;
}

struct sources {
	struct str types, uris, suites, components;
	bool disabled;
};

/* The next word of a value that may go over several lines. */
static bool next_word(struct str *value, struct str *line, struct str *ret_word)
{
	do {
		if (str_next_word(line, ret_word))
			return true;
	} while (deb822_next_line(value, line));
	return false;
}

static bool has_word(struct str value, struct str wanted)
{
	struct str line = STR_NULL, word;

	while (next_word(&value, &line, &word))
		if (str_eq(word, wanted))
			return true;
	return false;
}

/* Every pair of URI and suite adds a line, so that MAX_LINES bounds the work too. */
static int add_sources(const struct sources *s, struct arena *arena, struct catalog_entry *entry)
{
	struct str uris = s->uris, uri_line = STR_NULL, uri;
	int r = 0;

	if (s->disabled || !has_word(s->types, STR("deb")))
		return 0;
	while (r == 0 && next_word(&uris, &uri_line, &uri)) {
		struct str suites = s->suites, suite_line = STR_NULL, suite;

		while (r == 0 && next_word(&suites, &suite_line, &suite)) {
			struct str components = s->components, line;
			bool flat = str_ends(suite, STR("/")), any = false;

			while (r == 0 && !flat && deb822_next_line(&components, &line)) {
				r = add_suite(entry, arena, uri, suite, line);
				any = true;
			}
			if (r == 0 && !any)
				r = add_suite(entry, arena, uri, suite, STR_NULL);
		}
	}
	return r;
}

static bool is_false(struct str value)
{
	static const char *const words[] = {"no", "false", "without", "off", "disable"};

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (str_eq_nocase(value, str_from(words[i])))
			return true;
	return false;
}

static int read_apt_sources(struct str bytes, struct arena *arena, struct catalog_entry *entry)
{
	struct deb822 d = DEB822_INIT(bytes);
	struct deb822_field field;
	struct sources s = {0};
	enum deb822_event event;
	int r = 0;

	while (r == 0 && (event = deb822_next(&d, &field)) != DEB822_END) {
		if (event == DEB822_STANZA_END) {
			r = add_sources(&s, arena, entry);
			s = (struct sources){0};
		} else if (event == DEB822_MALFORMED) {
			catalog_skip(entry, arena, "line %zu: not a field", field.line);
		} else if (str_eq_nocase(field.name, STR("Types"))) {
			s.types = field.value;
		} else if (str_eq_nocase(field.name, STR("URIs"))) {
			s.uris = field.value;
		} else if (str_eq_nocase(field.name, STR("Suites"))) {
			s.suites = field.value;
		} else if (str_eq_nocase(field.name, STR("Components"))) {
			s.components = field.value;
		} else if (str_eq_nocase(field.name, STR("Enabled"))) {
			s.disabled = is_false(field.value);
		}
	}
	return r;
}

/* "machine NAME login NAME password SECRET" over any number of lines. */
static int read_apt_auth(struct str bytes, struct arena *arena, struct catalog_entry *entry)
{
	struct str line, word, value;
	int r = 0;

	while (r == 0 && str_next_line(&bytes, &line)) {
		if (str_starts(line, STR("#")))
			continue;
		while (r == 0 && str_next_word(&line, &word)) {
			if (!str_next_word(&line, &value))
				break;
			if (str_eq(word, STR("machine")))
				r = add_line(entry,
					     arena_printf(arena, "machine %.*s", STR_FMT(value)));
		}
	}
	return r;
}

static int repositories_read(struct str path, struct str bytes, struct arena *arena,
			     struct catalog_entry *entry, struct err *err)
{
	struct str folder = path_folder(path), name = path_name(path);
	int r;

	entry->kind = CATALOG_REPOSITORIES;
	if (path_is_under(folder, STR("etc/apk")) ||
	    path_is_under(folder, STR("etc/apk/repositories.d")))
		r = read_apk(bytes, arena, entry);
	else if (str_ends(name, STR(".sources")))
		r = read_apt_sources(bytes, arena, entry);
	else if (str_ends(name, STR(".list")))
		r = read_apt_list(bytes, arena, entry);
	else
		r = read_apt_auth(bytes, arena, entry);
	if (r == -ERR_LIMIT)
		return err_set(err, ERR_LIMIT, "cannot read '%.*s': more than %d repositories",
			       STR_FMT(path), MAX_LINES);
	return r < 0 ? err_oom(err) : 0;
}

static const char *const places[] = {"etc/apk",
				     "etc/apk/repositories.d",
				     "etc/apt",
				     "etc/apt/sources.list.d",
				     "etc/apt/auth.conf.d",
				     NULL};

const struct cataloger cataloger_repositories = {
	.name = "repositories",
	.version = 1,
	.bid = repositories_bid,
	.limit = LIMIT_SMALL_TEXT,
	.places = places,
	.read = repositories_read,
};
