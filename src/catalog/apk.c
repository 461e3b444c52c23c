/* apk's installed packages: lib/apk/db/installed, since the merge of /usr in usr/lib/apk/db. */
#include "base/compat.h"

#include "base/vec.h"
#include "catalog/catalogers.h"
#include "core/limits.h"
#include "parse/apkdb.h"

/* Paths repeat the name of their directory, which the database has once: a file that is nothing but
 * short names in a long directory would grow without end. Real ones grow sevenfold at most. */
enum { MAX_GROWTH = 16 };

static bool apk_bid(struct str folder, struct str name)
{
	return name.ptr[0] == 'i' && str_eq(name, STR("installed")) &&
	       path_is_under(folder, STR("lib/apk/db"));
}

static int read_file(const struct apkdb_package *from, const struct apkdb_file *file,
		     struct arena *arena, struct owned_file *ret)
{
	char digest[APKDB_DIGEST_TEXT];
	size_t digest_len = from->cut_digests ? 0 : apkdb_digest(file->checksum, digest);
	size_t len = 1 + file->folder.len + (file->folder.len > 0) + file->name.len;
	char *text = arena_alloc(arena, len + digest_len), *at = text;

	if (!text)
		return -ENOMEM;
	*at++ = '/';
	if (file->folder.len) {
		memcpy(at, file->folder.ptr, file->folder.len);
		at += file->folder.len;
		*at++ = '/';
	}
	memcpy(at, file->name.ptr, file->name.len);
	ret->path = (struct str){text, len};
	memcpy(text + len, digest, digest_len);
	ret->digest = digest_len ? (struct str){text + len, digest_len} : STR_NULL;
	return 0;
}

static int read_files(const struct apkdb_package *from, struct arena *arena, uint64_t *budget,
		      struct package *p, struct catalog_entry *entry)
{
	struct str rest = from->files, folder = STR_NULL;
	struct owned_file *files;
	struct apkdb_file file;
	uint64_t bytes = 0;
	size_t n = 0;

	while (apkdb_next_file(&rest, &folder, &file)) {
		bytes += sizeof(*files) + file.folder.len + file.name.len + file.checksum.len;
		n++;
	}
	if (n == 0)
		return 0;
	if (bytes > *budget) {
		catalog_skip(entry, arena, "line %zu: the files of %.*s grow out of all proportion",
			     from->line, STR_FMT(from->name));
		return 0;
	}
	*budget -= bytes;
	files = arena_calloc(arena, n, sizeof(*files));
	if (!files)
		return -ENOMEM;
	rest = from->files;
	folder = STR_NULL;
	p->files = files;
	while (apkdb_next_file(&rest, &folder, &file)) {
		if (file.name.len == 0 || file.folder.len + file.name.len > LIMIT_PATH_LEN) {
			catalog_skip(entry, arena, "line %zu: a path of %zu bytes in %.*s",
				     from->line, file.folder.len + file.name.len,
				     STR_FMT(from->name));
			continue;
		}
		if (read_file(from, &file, arena, &files[p->n_files]) < 0)
			return -ENOMEM;
		p->n_files++;
	}
	return 0;
}

static int add_package(const struct apkdb_package *from, struct arena *arena, uint64_t *budget,
		       struct catalog_entry *entry)
{
	struct package *p;

	if (from->malformed) {
		catalog_skip(entry, arena, "line %zu: not a field", from->malformed_line);
		entry->skipped += from->malformed - 1;
	}
	if (from->name.len == 0 || from->version.len == 0) {
		catalog_skip(entry, arena, "line %zu: no %s", from->line,
			     from->name.len ? "version (V:)" : "package name (P:)");
		return 0;
	}
	p = vec_add(&entry->packages);
	if (!p)
		return -ENOMEM;
	*p = (struct package){
		.type = PACKAGE_APK,
		.name = from->name,
		.version = from->version,
		.arch = from->arch,
		.source_name = from->origin.len ? from->origin : from->name,
		.source_version = from->version,
		.vendor = from->maintainer,
		.license = from->license,
		.broken = from->broken,
		.layer = LAYER_NONE,
	};
	return read_files(from, arena, budget, p, entry);
}

static int apk_read(struct str path, struct str bytes, struct arena *arena,
		    struct catalog_entry *entry, struct err *err)
{
	uint64_t budget = (uint64_t)bytes.len * MAX_GROWTH;
	struct apkdb db = APKDB_INIT(bytes);
	struct apkdb_package package;

	entry->kind = CATALOG_PACKAGES;
	while (apkdb_next(&db, &package)) {
		if (add_package(&package, arena, &budget, entry) < 0)
			return err_oom(err);
		if (entry->packages.len > LIMIT_PACKAGES)
			return err_set(err, ERR_LIMIT,
				       "cannot read '%.*s': line %zu: more than %zu packages",
				       STR_FMT(path), db.line, LIMIT_PACKAGES);
	}
	if (entry->packages.len == 0 && entry->skipped > 0)
		return err_set(err, ERR_FORMAT, "cannot read '%.*s': no package in it (%.*s)",
			       STR_FMT(path), STR_FMT(entry->skipped_example));
	return 0;
}

static const char *const places[] = {"lib/apk/db", "usr/lib/apk/db", NULL};

const struct cataloger cataloger_apk = {
	.name = "apk",
	.version = 1,
	.bid = apk_bid,
	.limit = LIMIT_PACKAGE_DB_TEXT,
	.places = places,
	.read = apk_read,
};
