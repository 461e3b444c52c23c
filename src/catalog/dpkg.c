/*
 * dpkg's database: lib/dpkg/status, one file per package in lib/dpkg/status.d of distroless images, and
 * the file lists beside them. dpkg(1) "Package states", deb-control(5), dpkg's parsedump and
 * database documentation (lib/dpkg/parse.c).
 *
 * Files of one package come in two lists with the same owner: info/x.list has every path but no digest,
 * and its directories count as files where nothing lies in them; x.md5sums has the regular files that are
 * no conffiles, with their MD5. Whoever joins them takes every path once, and the digest where there is
 * one.
 */
#include "base/compat.h"

#include "base/map.h"
#include "base/vec.h"
#include "catalog/catalogers.h"
#include "core/limits.h"
#include "parse/deb822.h"

static const struct str md5sums_suffix = {".md5sums", 8};
static const struct str list_suffix = {".list", 5};

static bool is_owned_files(struct str name)
{
	return str_ends(name, md5sums_suffix) || str_ends(name, list_suffix);
}

static bool dpkg_bid(struct str folder, struct str name)
{
	switch (folder.len ? folder.ptr[folder.len - 1] : '\0') {
	case 'g':
		return str_eq(name, STR("status")) && path_is_under(folder, STR("lib/dpkg"));
	case 'o':
		return is_owned_files(name) && path_is_under(folder, STR("lib/dpkg/info"));
	case 'd':
		return path_is_under(folder, STR("lib/dpkg/status.d"));
	default:
		return false;
	}
}

struct stanza {
	struct str name, version, arch, source, status, maintainer;
	size_t line;
};

static void take_field(struct stanza *s, const struct deb822_field *field)
{
	struct {
		struct str name, *value;
	} wanted[] = {
		{STR("Package"), &s->name},	 {STR("Version"), &s->version},
		{STR("Architecture"), &s->arch}, {STR("Source"), &s->source},
		{STR("Status"), &s->status},	 {STR("Maintainer"), &s->maintainer},
	};

	for (size_t i = 0; i < ARRAY_LEN(wanted); i++)
		if (str_eq_nocase(field->name, wanted[i].name))
			*wanted[i].value = field->value;
}

enum presence { ABSENT, PRESENT, BROKEN };

/* "want flag state" (dpkg(1)). Distroless files have no such field and are installed. */
static enum presence read_status(struct str status)
{
	struct str rest = status, want, flag, state;

	if (status.len == 0)
		return PRESENT;
	/* A state that nobody knows is no reason to overlook the package. */
	if (!str_next_word(&rest, &want) || !str_next_word(&rest, &flag) ||
	    !str_next_word(&rest, &state))
		return BROKEN;
	if (str_eq(state, STR("not-installed")) || str_eq(state, STR("config-files")))
		return ABSENT;
	return str_eq(state, STR("installed")) && str_eq(flag, STR("ok")) ? PRESENT : BROKEN;
}

/* "name" or "name (version)". */
static void read_source(struct str source, struct package *p)
{
	ssize_t open = str_find_char(source, '('), close = str_find_char(source, ')');

	if (open >= 0 && close > open) {
		struct str version =
			str_trim(str_sub(source, (size_t)open + 1, (size_t)(close - open - 1)));

		if (version.len)
			p->source_version = version;
		source = str_sub(source, 0, (size_t)open);
	}
	source = str_trim(source);
	if (source.len)
		p->source_name = source;
}

static int add_package(const struct stanza *s, struct arena *arena, struct catalog_entry *entry)
{
	enum presence presence = read_status(s->status);
	struct package *p;

	if (presence == ABSENT)
		return 0;
	if (s->name.len == 0 || s->version.len == 0) {
		catalog_skip(entry, arena, "line %zu: %s%.*s", s->line,
			     s->name.len ? "no Version of package " : "no Package",
			     STR_FMT(s->name));
		return 0;
	}
	p = vec_add(&entry->packages);
	if (!p)
		return -ENOMEM;
	*p = (struct package){
		.type = PACKAGE_DPKG,
		.name = s->name,
		.version = s->version,
		.arch = s->arch,
		.source_name = s->name,
		.source_version = s->version,
		.vendor = s->maintainer,
		.broken = presence == BROKEN,
		.layer = LAYER_NONE,
	};
	read_source(s->source, p);
	return 0;
}

static int read_status_file(struct str path, struct str bytes, struct arena *arena,
			    struct catalog_entry *entry, struct err *err)
{
	struct deb822 d = DEB822_INIT(bytes);
	struct deb822_field field;
	struct stanza stanza = {0};
	enum deb822_event event;

	while ((event = deb822_next(&d, &field)) != DEB822_END) {
		if (event == DEB822_STANZA_END) {
			if (stanza.line && add_package(&stanza, arena, entry) < 0)
				return err_oom(err);
			if (entry->packages.len > LIMIT_PACKAGES)
				return err_set(
					err, ERR_LIMIT,
					"cannot read '%.*s': line %zu: more than %zu packages",
					STR_FMT(path), d.line, LIMIT_PACKAGES);
			stanza = (struct stanza){0};
		} else if (event == DEB822_MALFORMED) {
			catalog_skip(entry, arena, "line %zu: not a field", field.line);
		} else {
			if (!stanza.line)
				stanza.line = field.line;
			take_field(&stanza, &field);
		}
	}
	/* dpkg ends every stanza with an empty line; the single files of distroless images have none. */
	if (str_eq(path_name(path), STR("status")) && bytes.len && !str_ends(bytes, STR("\n")))
		catalog_skip(entry, arena, "line %zu has no end: the file is cut short", d.line);
	if (entry->packages.len == 0 && entry->skipped > 0)
		return err_set(err, ERR_FORMAT, "cannot read '%.*s': no package in it (%.*s)",
			       STR_FMT(path), STR_FMT(entry->skipped_example));
	return 0;
}

/* The directories that something in the list lies in. Lists go through the tree in order (symbolic links
 * come once more at the end), so the same one follows itself most of the time. */
static int find_folders(const struct owned_file_list *files, struct map *ret)
{
	struct str last = STR_NULL;

	for (size_t i = 0; i < files->len; i++) {
		struct str folder = path_folder(files->items[i].path);
		void **slot;

		if (str_eq(folder, last))
			continue;
		slot = map_slot(ret, folder);
		if (!slot)
			return -ENOMEM;
		*slot = &files->items[i];
		last = folder;
	}
	return 0;
}

static int read_list(struct str bytes, struct arena *arena, struct catalog_entry *entry)
{
	struct owned_file_list *files = &entry->files;
	_cleanup_map_ struct map folders = MAP_INIT;
	struct str rest = bytes, line;
	size_t kept = 0;

	for (size_t number = 1; str_next_line(&rest, &line); number++) {
		struct owned_file *file;

		if (line.len == 0 || str_eq(line, STR("/.")))
			continue;
		if (line.ptr[0] != '/' || line.len > LIMIT_PATH_LEN) {
			catalog_skip(entry, arena, "line %zu: not an absolute path", number);
			continue;
		}
		file = vec_add(files);
		if (!file)
			return -ENOMEM;
		file->path = line;
	}
	if (find_folders(files, &folders) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < files->len; i++)
		if (!map_get(&folders, files->items[i].path))
			files->items[kept++] = files->items[i];
	files->len = kept;
	return 0;
}

/* "<32 hex digits>  <path>", the path without its slash; '*' for the second blank is md5sum's binary
 * mode. */
static bool parse_md5_line(struct str line, struct str *ret_digest, struct str *ret_path)
{
	enum { HEX = 32 };
	struct str path;

	if (line.len < HEX + 3 || line.ptr[HEX] != ' ' ||
	    (line.ptr[HEX + 1] != ' ' && line.ptr[HEX + 1] != '*'))
		return false;
	for (size_t i = 0; i < HEX; i++) {
		char c = line.ptr[i];

		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
			return false;
	}
	path = str_from_offset(line, HEX + 2);
	if (str_starts(path, STR("./")))
		path = str_from_offset(path, 2);
	while (path.len && path.ptr[0] == '/')
		path = str_from_offset(path, 1);
	if (path.len == 0 || path.len > LIMIT_PATH_LEN)
		return false;
	*ret_digest = str_sub(line, 0, HEX);
	*ret_path = path;
	return true;
}

static int read_md5sums(struct str bytes, struct arena *arena, struct catalog_entry *entry)
{
	static const struct str prefix = {"md5:", 4};
	struct str rest = bytes, line, digest, path;

	for (size_t number = 1; str_next_line(&rest, &line); number++) {
		struct owned_file *file;
		char *text;

		if (line.len == 0)
			continue;
		if (!parse_md5_line(line, &digest, &path)) {
			catalog_skip(entry, arena, "line %zu: not a digest and a path", number);
			continue;
		}
		file = vec_add(&entry->files);
		text = arena_alloc(arena, prefix.len + digest.len + 1 + path.len);
		if (!file || !text)
			return -ENOMEM;
		memcpy(text, prefix.ptr, prefix.len);
		memcpy(text + prefix.len, digest.ptr, digest.len);
		file->digest = (struct str){text, prefix.len + digest.len};
		text += file->digest.len;
		text[0] = '/';
		memcpy(text + 1, path.ptr, path.len);
		file->path = (struct str){text, path.len + 1};
	}
	return 0;
}

static int dpkg_read(struct str path, struct str bytes, struct arena *arena,
		     struct catalog_entry *entry, struct err *err)
{
	struct str name = path_name(path);
	bool sums = str_ends(name, md5sums_suffix);
	int r;

	if (!is_owned_files(name)) {
		entry->kind = CATALOG_PACKAGES;
		return read_status_file(path, bytes, arena, entry, err);
	}
	entry->kind = CATALOG_OWNED_FILES;
	entry->owner = str_sub(name, 0, name.len - (sums ? md5sums_suffix.len : list_suffix.len));
	r = sums ? read_md5sums(bytes, arena, entry) : read_list(bytes, arena, entry);
	if (r < 0)
		return err_oom(err);
	if (entry->files.len == 0 && entry->skipped > 0)
		return err_set(err, ERR_FORMAT, "cannot read '%.*s': no file in it (%.*s)",
			       STR_FMT(path), STR_FMT(entry->skipped_example));
	return 0;
}

static const char *const places[] = {"var/lib/dpkg", "var/lib/dpkg/info", "var/lib/dpkg/status.d",
				     NULL};

const struct cataloger cataloger_dpkg = {
	.name = "dpkg",
	.version = 2,
	.bid = dpkg_bid,
	.limit = LIMIT_PACKAGE_DB_TEXT,
	.places = places,
	.read = dpkg_read,
};
