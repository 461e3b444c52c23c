/*
 * rpm's databases: rpmdb.sqlite, Packages.db (ndb) and Packages (Berkeley DB) in var/lib/rpm,
 * usr/lib/sysimage/rpm, usr/share/rpm or wherever else a directory is called rpm. What a file is, its
 * first bytes say. Changes that a database keeps in a log beside it (rpmdb.sqlite-wal, -journal) are not
 * seen: rpm empties the log when it closes the database, and one that is not empty is told about.
 */
#include "base/compat.h"

#include "base/vec.h"
#include "catalog/catalogers.h"
#include "core/limits.h"
#include "parse/rpmdb.h"
#include "parse/rpmheader.h"

/* Paths repeat the name of their directory, which a header has once; see apk.c. */
enum { MAX_GROWTH = 16 };

/* SQLite's write-ahead log and rollback journal (sqlite.org/tempfiles.html). */
static bool is_log(struct str name)
{
	return str_eq(name, STR("rpmdb.sqlite-wal")) || str_eq(name, STR("rpmdb.sqlite-journal"));
}

static bool rpm_bid(struct str folder, struct str name)
{
	if (folder.len == 0 || folder.ptr[folder.len - 1] != 'm')
		return false;
	return (str_eq(name, STR("rpmdb.sqlite")) || str_eq(name, STR("Packages.db")) ||
		str_eq(name, STR("Packages")) || is_log(name)) &&
	       path_is_under(folder, STR("rpm"));
}

struct reading {
	struct arena *arena;
	struct catalog_entry *entry;
	VEC(struct str) folders; /* of the header at hand */
	struct err *err;
};

static int copy(struct reading *reading, struct str s, struct str *ret)
{
	*ret = STR_NULL;
	if (s.len == 0)
		return 0;
	*ret = arena_str(reading->arena, s);
	return ret->ptr ? 0 : -ENOMEM;
}

/* "epoch:version-release", as rpm's %{EVR}: the epoch only when there is one. */
static int copy_version(struct reading *reading, uint32_t epoch, struct str version,
			struct str release, struct str *ret)
{
	char prefix[16] = "";

	if (epoch)
		snprintf(prefix, sizeof(prefix), "%" PRIu32 ":", epoch);
	*ret = arena_printf(reading->arena, "%s%.*s%s%.*s", prefix, STR_FMT(version),
			    release.len ? "-" : "", STR_FMT(release));
	return ret->ptr ? 0 : -ENOMEM;
}

/*
 * "name-version-release.src.rpm". The name of the file has no epoch: the binary's is taken, which is the
 * source's for nearly every package.
 */
static int copy_source(struct reading *reading, const struct rpmheader *h, struct package *p)
{
	struct str name = h->source_rpm, release, version;
	ssize_t dash;

	p->source_name = p->name;
	p->source_version = p->version;
	if (str_ends(name, STR(".nosrc.rpm")))
		name.len -= strlen(".nosrc.rpm");
	else if (str_ends(name, STR(".src.rpm")))
		name.len -= strlen(".src.rpm");
	dash = str_rfind_char(name, '-');
	if (dash <= 0)
		return 0;
	release = str_from_offset(name, (size_t)dash + 1);
	name = str_sub(name, 0, (size_t)dash);
	dash = str_rfind_char(name, '-');
	if (dash <= 0)
		return 0;
	version = str_from_offset(name, (size_t)dash + 1);
	name = str_sub(name, 0, (size_t)dash);
	if (copy_version(reading, h->epoch, version, release, &p->source_version) < 0)
		return -ENOMEM;
	return copy(reading, name, &p->source_name);
}

/* Prefix and number of hex digits of a digest algorithm (RFC 4880 section 9.4); false for others. */
static bool digest_form(uint32_t algo, struct str *ret_prefix, size_t *ret_len)
{
	static const struct {
		uint32_t algo;
		struct str prefix;
		size_t len;
	} forms[] = {
		{1, {"md5:", 4}, 32},	 {2, {"sha1:", 5}, 40},	    {8, {"sha256:", 7}, 64},
		{9, {"sha384:", 7}, 96}, {10, {"sha512:", 7}, 128}, {11, {"sha224:", 7}, 56},
	};

	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		if (forms[i].algo == algo) {
			*ret_prefix = forms[i].prefix;
			*ret_len = forms[i].len;
			return true;
		}
	}
	return false;
}

static bool is_hex(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!((s.ptr[i] >= '0' && s.ptr[i] <= '9') || (s.ptr[i] >= 'a' && s.ptr[i] <= 'f')))
			return false;
	return true;
}

static int copy_file(struct reading *reading, uint32_t digest_algo, struct str folder,
		     struct str name, struct str digest, struct owned_file *ret)
{
	bool rooted = (folder.len ? folder : name).ptr[0] == '/';
	size_t len = !rooted + folder.len + name.len, digest_len = 0;
	struct str prefix = STR_NULL;
	char *text, *at;

	if (!digest_form(digest_algo, &prefix, &digest_len) || digest.len != digest_len ||
	    !is_hex(digest))
		digest = prefix = STR_NULL;
	text = arena_alloc(reading->arena, len + prefix.len + digest.len);
	if (!text)
		return -ENOMEM;
	at = text;
	if (!rooted)
		*at++ = '/';
	if (folder.len)
		memcpy(at, folder.ptr, folder.len);
	memcpy(at + folder.len, name.ptr, name.len);
	ret->path = (struct str){text, len};
	at = text + len;
	if (digest.len) {
		memcpy(at, prefix.ptr, prefix.len);
		memcpy(at + prefix.len, digest.ptr, digest.len);
		ret->digest = (struct str){at, prefix.len + digest.len};
	}
	return 0;
}

/* Is file i there, and no directory? Ghosts are not part of the payload: another program makes them. */
static bool is_owned(const struct rpmheader *h, uint32_t i)
{
	uint32_t state = rpmheader_integer(&h->file_states, i);

	return !(rpmheader_integer(&h->file_flags, i) & RPMHEADER_FILE_GHOST) &&
	       !S_ISDIR(rpmheader_integer(&h->file_modes, i)) &&
	       (state == RPMHEADER_STATE_NORMAL || state == RPMHEADER_STATE_NETSHARED);
}

static int read_folders(struct reading *reading, const struct rpmheader *h)
{
	struct rpmheader_array names = h->dir_names;
	struct str name;

	reading->folders.len = 0;
	while (rpmheader_next_string(&names, &name)) {
		struct str *folder = vec_add(&reading->folders);

		if (!folder)
			return -ENOMEM;
		*folder = name;
	}
	return 0;
}

/* NULL, or why the files cannot be read; *ret_r is -ENOMEM when memory ran out. */
static const char *read_files(struct reading *reading, const struct rpmheader *h, size_t blob_len,
			      struct package *p, int *ret_r)
{
	bool whole = h->base_names.count == 0;
	struct rpmheader_array names = whole ? h->old_names : h->base_names,
			       digests = h->file_digests;
	uint64_t budget = (uint64_t)blob_len * MAX_GROWTH;
	struct str name, digest = STR_NULL, folder = STR_NULL;
	uint32_t count = names.count;
	struct owned_file *files;

	if (count == 0)
		return NULL;
	if (count > budget / sizeof(*files))
		return "its file names are too many for its size";
	*ret_r = -ENOMEM;
	files = arena_calloc(reading->arena, count, sizeof(*files));
	if (!files || read_folders(reading, h) < 0)
		return NULL;
	*ret_r = 0;
	p->files = files;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t index = rpmheader_integer(&h->dir_indexes, i);
		size_t bytes;

		if (!rpmheader_next_string(&names, &name))
			return "its file names end too early";
		if (digests.count && !rpmheader_next_string(&digests, &digest))
			return "its file digests end too early";
		if (!whole) {
			if (i >= h->dir_indexes.count || index >= reading->folders.len)
				return "a file of it has no directory";
			folder = reading->folders.items[index];
		}
		bytes = folder.len + name.len + digest.len;
		if (!is_owned(h, i) || folder.len + name.len == 0)
			continue;
		if (folder.len + name.len > LIMIT_PATH_LEN || bytes > budget)
			return "its file names grow out of all proportion";
		budget -= bytes;
		*ret_r = copy_file(reading, h->digest_algo, folder, name, digest,
				   &files[p->n_files]);
		if (*ret_r < 0)
			return NULL;
		p->n_files++;
	}
	return NULL;
}

static int add_package(struct reading *reading, const struct rpmdb_record *record,
		       const struct rpmheader *h)
{
	struct package p = {.type = PACKAGE_RPM, .layer = LAYER_NONE}, *added;
	const char *wrong;
	int r = 0;

	if (copy(reading, h->name, &p.name) < 0 || copy(reading, h->arch, &p.arch) < 0 ||
	    copy(reading, h->vendor, &p.vendor) < 0 || copy(reading, h->license, &p.license) < 0 ||
	    copy(reading, h->modularity_label, &p.module) < 0 ||
	    copy_version(reading, h->epoch, h->version, h->release, &p.version) < 0 ||
	    copy_source(reading, h, &p) < 0)
		return -ENOMEM;
	wrong = read_files(reading, h, record->blob.len, &p, &r);
	if (r < 0)
		return r;
	if (wrong)
		catalog_skip(reading->entry, reading->arena,
			     "record %" PRIu64 " at offset %" PRIu64 ": files of %.*s: %s",
			     record->number, record->offset, STR_FMT(p.name), wrong);
	added = vec_add(&reading->entry->packages);
	if (!added)
		return -ENOMEM;
	*added = p;
	return 0;
}

/* rpm keeps the keys it trusts as packages of this name. */
static bool is_key(const struct rpmheader *h)
{
	return str_eq(h->name, STR("gpg-pubkey"));
}

static int read_record(void *context, const struct rpmdb_record *record)
{
	struct reading *reading = context;
	struct err why = ERR_INIT;
	struct rpmheader h = {0};
	int r = 0;

	if (record->problem) {
		err_set(&why, ERR_FORMAT, "%s", record->problem);
	} else {
		r = rpmheader_parse(record->blob, &h, &why);
		if (r == 0 && (h.name.len == 0 || h.version.len == 0))
			err_set(&why, ERR_FORMAT, "the header has no name or version");
	}
	if (why.code) {
		catalog_skip(reading->entry, reading->arena,
			     "record %" PRIu64 " at offset %" PRIu64 ": %s", record->number,
			     record->offset, why.text);
		return 0;
	}
	if (is_key(&h))
		return 0;
	r = add_package(reading, record, &h);
	if (r < 0)
		return err_oom(reading->err);
	if (reading->entry->packages.len > LIMIT_PACKAGES)
		return err_set(reading->err, ERR_LIMIT, "more than %zu packages", LIMIT_PACKAGES);
	return 0;
}

static int rpm_read(struct str path, struct str bytes, struct arena *arena,
		    struct catalog_entry *entry, struct err *err)
{
	struct err why = ERR_INIT;
	struct reading reading = {.arena = arena, .entry = entry, .err = &why};
	int r;

	if (is_log(path_name(path))) {
		entry->kind = CATALOG_OWNED_FILES; /* of nobody: an empty log says nothing */
		return bytes.len == 0
			       ? 0
			       : err_set(err, ERR_UNSUPPORTED,
					 "cannot read '%.*s': changes that are not in the database "
					 "yet; close it with rpm and build the image again",
					 STR_FMT(path));
	}
	entry->kind = CATALOG_PACKAGES;
	r = rpmdb_read(bytes, read_record, &reading, &why);
	vec_release(&reading.folders);
	/* Damage in the middle: what was read before it is true, and that something is missing is said. */
	if (r == -ERR_FORMAT && entry->packages.len > 0) {
		catalog_skip(entry, arena, "%s; packages behind it are lost", why.text);
		return 0;
	}
	if (r == 0 && entry->packages.len == 0 && entry->skipped > 0)
		r = err_set(&why, ERR_FORMAT, "no package in it (%.*s)",
			    STR_FMT(entry->skipped_example));
	if (r < 0)
		return err_set(err, -r, "cannot read '%.*s': %s", STR_FMT(path), why.text);
	return 0;
}

static const char *const places[] = {"var/lib/rpm", "usr/lib/sysimage/rpm", "usr/share/rpm", NULL};

const struct cataloger cataloger_rpm = {
	.name = "rpm",
	.version = 2,
	.bid = rpm_bid,
	.limit = LIMIT_PACKAGE_DB_BINARY,
	.places = places,
	.read = rpm_read,
};
