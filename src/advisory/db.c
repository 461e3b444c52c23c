/* Reading an advisory database: see db.h and, for the layout, record.h. */
#include "base/compat.h"

#include <lmdb.h>

#include "advisory/db.h"

#include "advisory/build.h"
#include "advisory/record.h"
#include "advisory/seal.h"
#include "base/buf.h"
#include "base/fd.h"
#include "base/vec.h"
#include "base/xdg.h"

#define REBUILD "rebuild it with 'cscplate db build'"

/* A sub-database of the transaction; one that the file does not have is never present. */
struct table {
	struct str name;
	bool present;
	MDB_dbi dbi;
	MDB_cursor *cursor;
};

VEC_TYPE(table_list, struct table *);

struct db {
	char *path;
	bool cached; /* matches of the seal are remembered */
	MDB_env *env;
	MDB_txn *txn;
	struct arena arena; /* tables, and advisories once they were read */
	struct table_list tables;
	struct record_info info;
	const struct advisory **advisories; /* by number; NULL until somebody asks */
	size_t n_advisories;
};

/* The per-user place; empty if there is none. */
static int user_path(struct arena *arena, struct str *ret_path)
{
	_cleanup_buf_ struct buf path = BUF_INIT(PATH_MAX);

	if (xdg_add(&path, "XDG_DATA_HOME", ".local/share"))
		buf_addf(&path, "advisories.db");
	/* A path that is too long for the system is none. */
	*ret_path = path.status == -ERR_LIMIT ? STR("") : arena_str(arena, buf_str(&path));
	return path.status == -ENOMEM || !ret_path->ptr ? -ENOMEM : 0;
}

int db_default_path(struct arena *arena, struct str *ret_path)
{
	static const char system_path[] = "/var/lib/cscplate/advisories.db";
	struct str path;

	if (user_path(arena, &path) < 0)
		return -ENOMEM;
	if (path.len && access(path.ptr, F_OK) == 0) {
		*ret_path = path;
		return 0;
	}
	*ret_path = str_from(system_path);
	if (access(system_path, F_OK) == 0)
		return 0;
	if (path.len)
		*ret_path = path;
	return -ENOENT;
}

int db_write_path(struct arena *arena, struct str *ret_path, struct err *err)
{
	struct str path;

	if (user_path(arena, &path) < 0)
		return err_oom(err);
	if (!path.len)
		return err_set(err, ENOENT,
			       "cannot tell where the advisory database goes: neither "
			       "$XDG_DATA_HOME nor $HOME is an absolute path");
	*ret_path = path;
	return 0;
}

int db_checksum(const char *path, unsigned char ret_digest[SHA256_SIZE], struct err *err)
{
	_cleanup_close_ int fd = fd_open_read(AT_FDCWD, path, err);
	struct sha256 hash;
	_cleanup_free_ char *block = malloc(1 << 20);

	if (fd < 0)
		return fd;
	if (!block)
		return err_oom(err);
	sha256_begin(&hash);
	for (;;) {
		ssize_t n = fd_read_full(fd, block, 1 << 20);

		if (n < 0)
			return err_errno(err, (int)-n, "cannot read '%s'", path);
		if (n == 0)
			break;
		sha256_add(&hash, block, (size_t)n);
	}
	sha256_end(&hash, ret_digest);
	return 0;
}

/* --- opening -------------------------------------------------------------------------------------- */

/*
 * The head of LMDB's pages 0 and 1 (struct MDB_meta and MDB_db of mdb.c): LMDB believes them, and maps
 * and follows what they say before a caller could ask, so that they are looked at beforehand.
 */
struct disk_tree {
	uint32_t page_size; /* of the first tree; 0 otherwise */
	uint16_t flags, depth;
	size_t branch_pages, leaf_pages, overflow_pages, entries, root;
};

struct disk_meta {
	struct {
		size_t number;
		uint16_t pad, flags;
		uint32_t bounds;
	} page;
	uint32_t magic, version;
	void *address;
	size_t map_size;
	struct disk_tree trees[2];
	size_t last_page, txn;
};

static const uint32_t lmdb_magic = 0xBEEFC0DE;
enum { LMDB_VERSION = 1, LMDB_PAGE_MIN = 512, LMDB_PAGE_MAX = 32768, LMDB_DEPTH_MAX = 32 };

static int refuse(struct db *db, struct err *err, const char *why)
{
	return err_set(err, ERR_FORMAT, "cannot use advisory database '%s': %s; " REBUILD, db->path,
		       why);
}

static bool tree_ok(const struct disk_tree *tree, size_t last_page)
{
	return tree->depth <= LMDB_DEPTH_MAX && (tree->root == SIZE_MAX || tree->root <= last_page);
}

static int check_meta(struct db *db, int fd, off_t at, uint64_t file_size, size_t *page_size,
		      struct err *err)
{
	struct disk_meta meta;
	ssize_t n = fd_pread_full(fd, &meta, sizeof(meta), (uint64_t)at);

	if (n < 0)
		return err_errno(err, (int)-n, "cannot read '%s'", db->path);
	if ((size_t)n < sizeof(meta) || meta.magic != lmdb_magic)
		return refuse(db, err, at == 0 ? "not a database" : "it is cut short or damaged");
	if (meta.version != LMDB_VERSION)
		return refuse(db, err, "it is of another version of LMDB");
	*page_size = meta.trees[0].page_size;
	if (*page_size < LMDB_PAGE_MIN || *page_size > LMDB_PAGE_MAX ||
	    (*page_size & (*page_size - 1)))
		return refuse(db, err, "its first page is damaged");
	if (meta.last_page >= SIZE_MAX / LMDB_PAGE_MAX - 1 || meta.map_size > SIZE_MAX / 4 ||
	    !tree_ok(&meta.trees[0], meta.last_page) || !tree_ok(&meta.trees[1], meta.last_page))
		return refuse(db, err, "its first page is damaged");
	if (((uint64_t)meta.last_page + 1) * *page_size > file_size)
		return refuse(db, err, "it is cut short");
	return 0;
}

static int check_seal(struct db *db, int fd, const struct stat *st, struct err *err)
{
	int r = seal_check(fd, db->path, st, db->cached, err);

	if (r == -ERR_FORMAT)
		return refuse(db, err,
			      "it is damaged, cut short or of an older version: the checksum at "
			      "its end is missing");
	if (r == -ERR_DIGEST)
		return refuse(db, err,
			      "it is damaged: its bytes do not have the checksum at its end");
	return r;
}

/* Everything that would make LMDB touch what is not there, or other than was written. *ret is the file. */
static int check_file(struct db *db, struct stat *ret, struct err *err)
{
	_cleanup_close_ int fd = open(db->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	size_t page_size, second;
	struct stat st;
	int r;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_errno(err, errno, "cannot open advisory database '%s'", db->path);
	if (S_ISDIR(st.st_mode))
		return err_set(err, EISDIR, "cannot open advisory database '%s': is a directory",
			       db->path);
	if (!S_ISREG(st.st_mode))
		return err_set(err, EINVAL,
			       "cannot open advisory database '%s': not a regular file", db->path);
	if (st.st_size == 0)
		return refuse(db, err, "the file is empty");
	r = check_meta(db, fd, 0, (uint64_t)st.st_size, &page_size, err);
	if (r == 0)
		r = check_meta(db, fd, (off_t)page_size, (uint64_t)st.st_size, &second, err);
	if (r < 0)
		return r;
	if (second != page_size)
		return refuse(db, err, "its first page is damaged");
	r = check_seal(db, fd, &st, err);
	if (r < 0)
		return r;
	*ret = st;
	return 0;
}

static int lmdb_error(struct db *db, struct err *err, int rc)
{
	if (rc == ENOMEM)
		return err_oom(err);
	if (rc > 0)
		return err_errno(err, rc, "cannot read advisory database '%s'", db->path);
	return refuse(db, err, mdb_strerror(rc));
}

/*
 * The table of that name, opened when it is first asked for. *ret is NULL for one that the file does
 * not have.
 */
static int find_table(struct db *db, const char *prefix, struct str name, struct table **ret,
		      struct err *err)
{
	char full[sizeof(RECORD_DB_SHARD_PREFIX) + DB_NAME_MAX];
	struct table *table, **slot;
	int rc;

	*ret = NULL;
	if (name.len > DB_NAME_MAX || str_find_char(name, '\0') >= 0)
		return 0;
	snprintf(full, sizeof(full), "%s%.*s", prefix, STR_FMT(name));
	for (size_t i = 0; i < db->tables.len; i++) {
		table = db->tables.items[i];
		if (!str_eq(table->name, str_from(full)))
			continue;
		*ret = table->present ? table : NULL;
		return 0;
	}
	table = arena_new(&db->arena, struct table);
	if (!table)
		return err_oom(err);
	table->name = arena_str(&db->arena, str_from(full));
	if (!table->name.ptr)
		return err_oom(err);
	rc = mdb_dbi_open(db->txn, full, 0, &table->dbi);
	table->present = rc == 0;
	if (rc == 0)
		rc = mdb_cursor_open(db->txn, table->dbi, &table->cursor);
	else if (rc == MDB_NOTFOUND)
		rc = 0;
	if (rc)
		return lmdb_error(db, err, rc);
	/* Only now is anything known about it: an error is the same error when it is asked for again. */
	slot = vec_add(&db->tables);
	if (!slot) {
		if (table->cursor)
			mdb_cursor_close(table->cursor);
		return err_oom(err);
	}
	*slot = table;
	*ret = table->present ? table : NULL;
	return 0;
}

/* Looks a key up: 1 if found, 0 if not. ret_key (may be NULL) is the key as it lies in the map. */
static int lookup(struct db *db, struct table *table, const void *key, size_t key_len,
		  struct str *ret_key, struct str *ret, struct err *err)
{
	MDB_val k = {key_len, (void *)key}, v;
	int rc;

	if (!table || key_len == 0 || key_len > DB_NAME_MAX)
		return 0;
	rc = mdb_cursor_get(table->cursor, &k, &v, MDB_SET_KEY);
	if (rc == MDB_NOTFOUND)
		return 0;
	if (rc)
		return lmdb_error(db, err, rc);
	if (ret_key)
		*ret_key = (struct str){k.mv_data, k.mv_size};
	*ret = (struct str){v.mv_data, v.mv_size};
	return 1;
}

static int read_meta(struct db *db, struct err *err)
{
	struct table *meta, *advisories;
	struct str value = STR_NULL;
	struct unpack u;
	uint64_t schema;
	MDB_stat stat;
	int r = find_table(db, "", STR(RECORD_DB_META), &meta, err);

	if (r == 0)
		r = lookup(db, meta, "schema", 6, NULL, &value, err);
	if (r < 0)
		return r;
	if (r == 0)
		return refuse(db, err, "it is another program's database");
	u = unpack_init(value);
	schema = unpack_uint(&u);
	if (u.failed || schema != DB_SCHEMA)
		return err_set(err, ERR_UNSUPPORTED,
			       "cannot use advisory database '%s': its schema is %" PRIu64
			       ", this program reads %d; " REBUILD,
			       db->path, schema, DB_SCHEMA);
	r = lookup(db, meta, "info", 4, NULL, &value, err);
	if (r < 0)
		return r;
	if (r == 0 || record_unpack_info(value, &db->info) < 0)
		return refuse(db, err, "its description is damaged");
	r = find_table(db, "", STR(RECORD_DB_ADVISORIES), &advisories, err);
	if (r < 0)
		return r;
	if (!advisories)
		return refuse(db, err, "it has no advisories");
	if (mdb_stat(db->txn, advisories->dbi, &stat) == 0)
		db->n_advisories = stat.ms_entries;
	/* Only the pages of what is looked up are ever touched. */
	db->advisories = calloc(MAX(db->n_advisories, (size_t)1), sizeof(struct advisory *));
	return db->advisories ? 0 : err_oom(err);
}

/* Whether LMDB opened the very file that was checked: another may have been renamed in between. */
static bool same_file(const struct db *db, const struct stat *checked)
{
	struct stat st;
	int fd;

	return mdb_env_get_fd(db->env, &fd) == 0 && fstat(fd, &st) == 0 &&
	       st.st_dev == checked->st_dev && st.st_ino == checked->st_ino &&
	       st.st_size == checked->st_size &&
	       memcmp(&st.st_mtim, &checked->st_mtim, sizeof(st.st_mtim)) == 0;
}

static int open_env(struct db *db, struct err *err)
{
	enum { ATTEMPTS = 4 };
	struct stat checked;
	int rc, r;

	for (unsigned attempt = 0; attempt < ATTEMPTS; attempt++) {
		r = check_file(db, &checked, err);
		if (r < 0)
			return r;
		rc = mdb_env_create(&db->env);
		if (rc == 0)
			rc = mdb_env_set_maxdbs(db->env, RECORD_TABLES_MAX);
		if (rc == 0)
			rc = mdb_env_set_mapsize(db->env, (size_t)checked.st_size - SEAL_SIZE);
		/* No lock file: the place may be read-only, and the file never changes (see db.h). */
		if (rc == 0)
			rc = mdb_env_open(db->env, db->path,
					  MDB_RDONLY | MDB_NOLOCK | MDB_NOTLS | MDB_NOSUBDIR, 0);
		if (rc == 0 && !same_file(db, &checked)) {
			mdb_env_close(TAKE_PTR(db->env));
			continue;
		}
		if (rc == 0)
			rc = mdb_txn_begin(db->env, NULL, MDB_RDONLY, &db->txn);
		return rc ? lmdb_error(db, err, rc) : 0;
	}
	return err_set(err, EBUSY,
		       "cannot open advisory database '%s': it is being replaced again and "
		       "again",
		       db->path);
}

static int open_path(const char *path, bool cached, struct db **ret, struct err *err)
{
	_cleanup_db_ struct db *db = calloc(1, sizeof(*db));
	int r;

	if (!db)
		return err_oom(err);
	db->arena = ARENA_INIT(0);
	db->cached = cached;
	db->path = str_dup(str_from(path));
	if (!db->path)
		return err_oom(err);
	r = open_env(db, err);
	if (r == 0)
		r = read_meta(db, err);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(db);
	return 0;
}

int db_open(const char *path, struct db **ret, struct err *err)
{
	return open_path(path, true, ret, err);
}

int db_open_uncached(const char *path, struct db **ret, struct err *err)
{
	return open_path(path, false, ret, err);
}

void db_close(struct db *db)
{
	if (!db)
		return;
	for (size_t i = 0; i < db->tables.len; i++)
		if (db->tables.items[i]->cursor)
			mdb_cursor_close(db->tables.items[i]->cursor);
	if (db->txn)
		mdb_txn_abort(db->txn);
	if (db->env)
		mdb_env_close(db->env);
	vec_release(&db->tables);
	free(db->advisories);
	arena_release(&db->arena);
	free(db->path);
	free(db);
}

/* --- what it is ----------------------------------------------------------------------------------- */

static int shard_row(struct db *db, struct str name, struct str value, struct db_shard_info *ret,
		     struct err *err)
{
	struct record_shard row;

	if (record_unpack_shard(value, &row) < 0)
		return refuse(db, err, "its list of shards is damaged");
	*ret = (struct db_shard_info){
		.name = name,
		.feed = record_shard_feed(name),
		.origin = row.origin,
		.newest = row.newest,
		.packages = row.packages,
		.entries = row.entries,
		.restricted = row.restricted,
	};
	return 0;
}

int db_shard_info(struct db *db, struct str shard, struct db_shard_info *ret)
{
	struct table *shards;
	struct str name = STR_NULL, value = STR_NULL;
	int r = find_table(db, "", STR(RECORD_DB_SHARDS), &shards, NULL);

	if (r == 0)
		r = lookup(db, shards, shard.ptr, shard.len, &name, &value, NULL);
	if (r < 0)
		return r == -ENOENT ? -EIO : r;
	return r == 0 ? -ENOENT : shard_row(db, name, value, ret, NULL);
}

int db_asked(struct db *db, struct str shard, struct str package, struct err *err)
{
	struct str name = STR_NULL, value = STR_NULL;
	struct db_shard_info info = {0};
	struct table *table;
	int r = find_table(db, "", STR(RECORD_DB_SHARDS), &table, err);

	if (r == 0)
		r = lookup(db, table, shard.ptr, shard.len, &name, &value, err);
	if (r <= 0)
		return r;
	r = shard_row(db, name, value, &info, err);
	if (r < 0)
		return r;
	if (!info.restricted)
		return 1;
	r = find_table(db, RECORD_DB_ASKED_PREFIX, shard, &table, err);
	return r < 0 ? r : lookup(db, table, package.ptr, package.len, NULL, &value, err);
}

int db_info(struct db *db, struct arena *arena, struct db_info *ret, struct err *err)
{
	struct db_shard_info *rows = NULL;
	struct table *shards;
	size_t n = 0;
	MDB_val k, v;
	MDB_stat stat;
	int rc, r = find_table(db, "", STR(RECORD_DB_SHARDS), &shards, err);

	if (r < 0)
		return r;
	if (!shards || mdb_stat(db->txn, shards->dbi, &stat))
		return refuse(db, err, "it has no list of shards");
	if (stat.ms_entries > RECORD_SHARDS_MAX)
		return refuse(db, err, "its list of shards is damaged");
	rows = arena_calloc(arena, MAX(stat.ms_entries, (size_t)1), sizeof(*rows));
	if (!rows)
		return err_oom(err);
	for (rc = mdb_cursor_get(shards->cursor, &k, &v, MDB_FIRST); rc == 0 && n < stat.ms_entries;
	     rc = mdb_cursor_get(shards->cursor, &k, &v, MDB_NEXT)) {
		r = shard_row(db, (struct str){k.mv_data, k.mv_size},
			      (struct str){v.mv_data, v.mv_size}, &rows[n], err);
		if (r < 0)
			return r;
		n++;
	}
	if (rc && rc != MDB_NOTFOUND)
		return lmdb_error(db, err, rc);
	*ret = (struct db_info){
		.built = db->info.built,
		.newest = db->info.newest,
		.kev_date = db->info.kev_date,
		.epss_date = db->info.epss_date,
		.advisories = db->info.advisories,
		.withdrawn = db->info.withdrawn,
		.bad_records = db->info.bad_records,
		.shards = rows,
		.n_shards = n,
		.gaps = db->info.gaps,
		.schema = DB_SCHEMA,
	};
	return 0;
}

/* --- records -------------------------------------------------------------------------------------- */

static int damaged(struct db *db, struct err *err, const char *what, struct str name)
{
	return err_set(err, ERR_FORMAT,
		       "cannot use advisory database '%s': %s '%.*s' is damaged; " REBUILD,
		       db->path, what, STR_FMT(name));
}

/* The record of a number, decoded once. about is what led there, for messages. */
static int advisory_of(struct db *db, uint32_t number, struct str about,
		       const struct advisory **ret, struct err *err)
{
	struct advisory *advisory;
	struct table *table;
	unsigned key = number;
	struct str value = STR_NULL;
	int r;

	if (number >= db->n_advisories)
		return damaged(db, err, "the entry for", about);
	if (db->advisories[number]) {
		*ret = db->advisories[number];
		return 0;
	}
	r = find_table(db, "", STR(RECORD_DB_ADVISORIES), &table, err);
	if (r == 0)
		r = lookup(db, table, &key, sizeof(key), NULL, &value, err);
	if (r < 0)
		return r;
	if (r == 0)
		return damaged(db, err, "the entry for", about);
	advisory = arena_new(&db->arena, struct advisory);
	r = advisory ? record_unpack_advisory(value, &db->arena, advisory) : -ENOMEM;
	if (r == -ENOMEM)
		return err_oom(err);
	if (r < 0)
		return damaged(db, err, "an advisory on", about);
	*ret = db->advisories[number] = advisory;
	return 0;
}

static int add_candidate(struct db *db, struct affected *affected, uint32_t number,
			 struct str shard, struct str package, struct str installed,
			 struct candidate_list *list, struct err *err)
{
	const struct advisory *advisory = NULL;
	struct candidate *candidate;
	int r = advisory_of(db, number, package, &advisory, err);

	if (r < 0)
		return r;
	candidate = vec_add(list);
	if (!candidate)
		return err_oom(err);
	affected->advisory = advisory->id;
	affected->package = package;
	*candidate = (struct candidate){*affected, advisory, shard, installed};
	return 0;
}

int db_candidates(struct db *db, struct str shard, struct str package, struct str installed,
		  struct arena *arena, struct candidate_list *list, struct err *err)
{
	struct str name = STR_NULL, value = STR_NULL, shard_name;
	struct table *table;
	struct unpack u;
	int r = find_table(db, RECORD_DB_SHARD_PREFIX, shard, &table, err);

	if (r == 0)
		r = lookup(db, table, package.ptr, package.len, &name, &value, err);
	if (r <= 0)
		return r;
	shard_name = str_from_offset(table->name, strlen(RECORD_DB_SHARD_PREFIX));
	for (u = unpack_init(value); u.ptr < u.end;) {
		struct affected affected;
		uint32_t number = 0;

		r = record_unpack_entry(&u, arena, &number, &affected);
		if (r == -ENOMEM)
			return err_oom(err);
		if (r < 0)
			return damaged(db, err, "the entry for", name);
		r = add_candidate(db, &affected, number, shard_name, name, installed, list, err);
		if (r < 0)
			return r;
	}
	return 0;
}

VEC_TYPE(number_list, uint32_t);

/* The numbers of the records that bear a name. */
static int numbers_of(struct db *db, struct str name, struct number_list *list, struct err *err)
{
	struct table *names;
	struct str value = STR_NULL;
	struct unpack u;
	int r = find_table(db, "", STR(RECORD_DB_NAMES), &names, err);

	if (r == 0)
		r = lookup(db, names, name.ptr, name.len, NULL, &value, err);
	if (r <= 0)
		return r;
	for (u = unpack_init(value); u.ptr < u.end;) {
		uint32_t number = (uint32_t)unpack_uint_max(&u, UINT32_MAX), *item;

		if (u.failed || number >= db->n_advisories)
			return damaged(db, err, "the name", name);
		item = vec_add(list);
		if (!item)
			return err_oom(err);
		*item = number;
	}
	return 0;
}

int db_advisory(struct db *db, struct str id, struct arena *arena, const struct advisory **ret,
		struct err *err)
{
	struct number_list numbers = {0};
	const struct advisory *found = NULL, *a = NULL;
	int r = numbers_of(db, id, &numbers, err);

	/* The record of that very id, else the first that has it as another name. */
	for (size_t i = 0; r == 0 && i < numbers.len; i++) {
		r = advisory_of(db, numbers.items[i], id, &a, err);
		if (r == 0 && (!found || (str_eq(a->id, id) && !str_eq(found->id, id))))
			found = a;
	}
	vec_release(&numbers);
	if (r < 0)
		return r;
	if (!found)
		return -ENOENT;
	*ret = found;
	return 0;
}

int db_enrich(struct db *db, struct vulnerability *v, struct err *err)
{
	struct record_cve values;
	struct table *table;
	struct str value = STR_NULL;
	uint64_t key;
	int r;

	if (record_cve_key(v->id, &key) < 0)
		return 0;
	r = find_table(db, "", STR(RECORD_DB_CVES), &table, err);
	if (r == 0)
		r = lookup(db, table, &key, sizeof(key), NULL, &value, err);
	if (r <= 0)
		return r;
	if (value.len != sizeof(values))
		return damaged(db, err, "the score of", v->id);
	memcpy(&values, value.ptr, sizeof(values));
	if (values.epss != RECORD_NO_EPSS) {
		v->has_epss = true;
		v->epss = (double)values.epss / RECORD_EPSS_UNIT;
		v->epss_percentile = (double)values.percentile / RECORD_EPSS_UNIT;
	}
	if (values.kev) {
		v->kev_added = arena_printf(&db->arena, "%04u-%02u-%02u", values.kev / 10000,
					    values.kev / 100 % 100, values.kev % 100);
		if (!v->kev_added.ptr)
			return err_oom(err);
	}
	return 0;
}

/* --- searching ------------------------------------------------------------------------------------ */

/* Adds the entries of one package that refer to a wanted record. */
static int search_package(struct db *db, struct str shard, struct str package, struct str value,
			  const bool *wanted, struct arena *arena, struct candidate_list *rows,
			  struct err *err)
{
	struct unpack u = unpack_init(value), before = u;

	while (u.ptr < u.end) {
		struct affected affected;
		uint32_t number;
		int r;

		before = u;
		if (record_skip_entry(&u, &number) < 0)
			return damaged(db, err, "the entry for", package);
		if (number >= db->n_advisories || !wanted[number])
			continue;
		u = before;
		r = record_unpack_entry(&u, arena, &number, &affected);
		if (r == -ENOMEM)
			return err_oom(err);
		if (r < 0)
			return damaged(db, err, "the entry for", package);
		r = add_candidate(db, &affected, number, shard, package, STR(""), rows, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int search_shard(struct db *db, struct str shard, const bool *wanted, struct arena *arena,
			struct candidate_list *rows, struct err *err)
{
	struct table *table;
	MDB_val k, v;
	int rc, r = find_table(db, RECORD_DB_SHARD_PREFIX, shard, &table, err);

	if (r < 0 || !table)
		return r;
	for (rc = mdb_cursor_get(table->cursor, &k, &v, MDB_FIRST); rc == 0;
	     rc = mdb_cursor_get(table->cursor, &k, &v, MDB_NEXT)) {
		r = search_package(db, shard, (struct str){k.mv_data, k.mv_size},
				   (struct str){v.mv_data, v.mv_size}, wanted, arena, rows, err);
		if (r < 0)
			return r;
	}
	return rc == MDB_NOTFOUND ? 0 : lmdb_error(db, err, rc);
}

static int compare_advisories(const void *a, const void *b)
{
	const struct advisory *x = *(const struct advisory *const *)a;
	const struct advisory *y = *(const struct advisory *const *)b;
	int r = str_cmp(x->id, y->id);

	return r ? r : str_cmp(x->feed, y->feed);
}

/* What rows and numbers refer to, each once. */
static int collect(struct db *db, const struct number_list *numbers,
		   const struct candidate_list *rows, struct str name, struct arena *arena,
		   struct db_search *ret, struct err *err)
{
	const struct advisory **list = arena_calloc(arena, MAX(numbers->len + rows->len, (size_t)1),
						    sizeof(struct advisory *));
	size_t n = 0, kept = 0;

	if (!list)
		return err_oom(err);
	for (size_t i = 0; i < numbers->len; i++) {
		int r = advisory_of(db, numbers->items[i], name, &list[n++], err);

		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < rows->len; i++)
		list[n++] = rows->items[i].advisory;
	qsort(list, n, sizeof(*list), compare_advisories);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || list[kept - 1] != list[i])
			list[kept++] = list[i];
	ret->advisories = list;
	ret->n_advisories = kept;
	return 0;
}

static int search(struct db *db, struct str name, struct arena *arena, struct number_list *numbers,
		  struct candidate_list *rows, bool *wanted, struct err *err)
{
	struct db_info info;
	int r = db_info(db, arena, &info, err);

	if (r == 0)
		r = numbers_of(db, name, numbers, err);
	for (size_t i = 0; r == 0 && i < numbers->len; i++)
		wanted[numbers->items[i]] = true;
	for (size_t i = 0; r == 0 && i < info.n_shards; i++) {
		struct str shard = info.shards[i].name;

		r = numbers->len ? search_shard(db, shard, wanted, arena, rows, err)
				 : db_candidates(db, shard, name, STR(""), arena, rows, err);
	}
	return r;
}

int db_search(struct db *db, struct str name, struct arena *arena, struct db_search *ret,
	      struct err *err)
{
	_cleanup_free_ bool *wanted = calloc(MAX(db->n_advisories, (size_t)1), sizeof(bool));
	struct number_list numbers = {0};
	struct candidate_list rows = {0};
	struct candidate *copy = NULL;
	struct db_search found = {0};
	int r;

	if (!wanted)
		return err_oom(err);
	r = search(db, name, arena, &numbers, &rows, wanted, err);
	if (r == 0)
		r = collect(db, &numbers, &rows, name, arena, &found, err);
	if (r == 0 && rows.len) {
		copy = arena_calloc(arena, rows.len, sizeof(*copy));
		if (copy)
			memcpy(copy, rows.items, rows.len * sizeof(*copy));
		else
			r = err_oom(err);
	}
	found.rows = copy;
	found.n_rows = rows.len;
	vec_release(&numbers);
	vec_release(&rows);
	if (r == 0)
		*ret = found;
	return r;
}
