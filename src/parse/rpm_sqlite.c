/*
 * rpm's SQLite databases: see rpmdb.h. SQLite reads them itself, through a file system of its own that
 * knows one file, the bytes, and can do nothing but read it. (sqlite3_deserialize() refuses databases in
 * WAL mode, which is how rpm leaves them, unless two bytes are changed in what is not ours to change.)
 */
#include "base/compat.h"

#include <sqlite3.h>

#include "parse/rpmdb.h"

/* Byte 18 and 19 of a database (SQLite, fileformat2.html, section 1.3.3): 2 means that there is a log
 * beside it, which there is not. */
enum { FORMAT_OFFSET = 18, FORMAT_BYTES = 2, FORMAT_WAL = 2, FORMAT_JOURNAL = 1 };

/* Virtual machine steps between two looks at the budget. */
enum { STEPS_PER_LOOK = 10000 };

struct bytes_file {
	sqlite3_file base;
	struct str bytes;
};

static int file_close(sqlite3_file *file)
{
	return SQLITE_OK;
}

static int file_read(sqlite3_file *file, void *to, int len, sqlite3_int64 offset)
{
	struct str bytes = ((struct bytes_file *)file)->bytes;
	struct str part = str_sub(bytes, (size_t)offset, (size_t)len);
	unsigned char *out = to;

	if (part.len)
		memcpy(out, part.ptr, part.len);
	memset(out + part.len, 0, (size_t)len - part.len);
	for (int i = FORMAT_OFFSET; i < FORMAT_OFFSET + FORMAT_BYTES; i++)
		if (i >= offset && i < offset + len && out[i - offset] == FORMAT_WAL)
			out[i - offset] = FORMAT_JOURNAL;
	return part.len < (size_t)len ? SQLITE_IOERR_SHORT_READ : SQLITE_OK;
}

static int file_write(sqlite3_file *file, const void *from, int len, sqlite3_int64 offset)
{
	return SQLITE_READONLY;
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	return SQLITE_READONLY;
}

static int file_sync(sqlite3_file *file, int flags)
{
	return SQLITE_OK;
}

static int file_size(sqlite3_file *file, sqlite3_int64 *ret)
{
	*ret = (sqlite3_int64)((struct bytes_file *)file)->bytes.len;
	return SQLITE_OK;
}

static int file_lock(sqlite3_file *file, int level)
{
	return SQLITE_OK;
}

static int file_is_reserved(sqlite3_file *file, int *ret)
{
	*ret = 0;
	return SQLITE_OK;
}

static int file_control(sqlite3_file *file, int op, void *arg)
{
	return SQLITE_NOTFOUND;
}

static int file_sector_size(sqlite3_file *file)
{
	return 4096;
}

static int file_characteristics(sqlite3_file *file)
{
	return SQLITE_IOCAP_IMMUTABLE;
}

static const sqlite3_io_methods file_methods = {
	.iVersion = 1,
	.xClose = file_close,
	.xRead = file_read,
	.xWrite = file_write,
	.xTruncate = file_truncate,
	.xSync = file_sync,
	.xFileSize = file_size,
	.xLock = file_lock,
	.xUnlock = file_lock,
	.xCheckReservedLock = file_is_reserved,
	.xFileControl = file_control,
	.xSectorSize = file_sector_size,
	.xDeviceCharacteristics = file_characteristics,
};

static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
		    int *ret_flags)
{
	file->pMethods = NULL;
	if (!(flags & SQLITE_OPEN_MAIN_DB))
		return SQLITE_CANTOPEN;
	((struct bytes_file *)file)->bytes = *(const struct str *)vfs->pAppData;
	file->pMethods = &file_methods;
	if (ret_flags)
		*ret_flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_MAIN_DB;
	return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
	return SQLITE_READONLY;
}

static int vfs_access(sqlite3_vfs *vfs, const char *name, int flags, int *ret)
{
	*ret = 0;
	return SQLITE_OK;
}

static int vfs_full_name(sqlite3_vfs *vfs, const char *name, int size, char *ret)
{
	snprintf(ret, (size_t)size, "%s", name);
	return SQLITE_OK;
}

static int vfs_randomness(sqlite3_vfs *vfs, int len, char *ret)
{
	memset(ret, 0, (size_t)len); /* nothing read-only depends on it */
	return len;
}

static int vfs_sleep(sqlite3_vfs *vfs, int microseconds)
{
	return microseconds;
}

static int vfs_time(sqlite3_vfs *vfs, double *ret)
{
	*ret = 0;
	return SQLITE_OK;
}

/* One walk. */
struct walk {
	sqlite3_vfs vfs;
	char vfs_name[40];
	struct str bytes;
	uint64_t steps_left; /* of the virtual machine, in looks */
};

static int allow(void *context, int action, const char *a, const char *b, const char *c,
		 const char *d)
{
	return action == SQLITE_SELECT || action == SQLITE_READ ? SQLITE_OK : SQLITE_DENY;
}

static int look_at_budget(void *context)
{
	struct walk *walk = context;

	return walk->steps_left-- == 0;
}

/* A hostile schema gets nothing to work with: no views, triggers, functions or attached files, and no
 * value larger than the file. */
static void harden(sqlite3 *db, struct walk *walk)
{
	static const struct {
		int id, value;
	} limits[] = {
		{SQLITE_LIMIT_SQL_LENGTH, 64 * 1024}, {SQLITE_LIMIT_COLUMN, 100},
		{SQLITE_LIMIT_EXPR_DEPTH, 10},	      {SQLITE_LIMIT_COMPOUND_SELECT, 2},
		{SQLITE_LIMIT_VDBE_OP, 25000},	      {SQLITE_LIMIT_FUNCTION_ARG, 8},
		{SQLITE_LIMIT_ATTACHED, 0},	      {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 50},
		{SQLITE_LIMIT_VARIABLE_NUMBER, 10},   {SQLITE_LIMIT_TRIGGER_DEPTH, 1},
		{SQLITE_LIMIT_WORKER_THREADS, 0},
	};

	for (size_t i = 0; i < ARRAY_LEN(limits); i++)
		sqlite3_limit(db, limits[i].id, limits[i].value);
	sqlite3_limit(db, SQLITE_LIMIT_LENGTH,
		      (int)MIN(MAX(walk->bytes.len, (size_t)64 * 1024), (size_t)INT_MAX));
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	sqlite3_set_authorizer(db, allow, NULL);
	/* A row takes some ten steps and more than ten bytes. */
	walk->steps_left = 100 + walk->bytes.len / STEPS_PER_LOOK;
	sqlite3_progress_handler(db, STEPS_PER_LOOK, look_at_budget, walk);
}

/* "Out of memory" is not believed either: SQLite says so of some malformed schemas too, and a file must
 * not be able to end the scan with it. */
static int sqlite_failed(sqlite3 *db, int code, struct err *err)
{
	if ((code & 0xff) == SQLITE_INTERRUPT)
		return err_set(err, ERR_FORMAT, "SQLite: more work than a sound file can make");
	return err_set(err, ERR_FORMAT, "SQLite: %s",
		       db ? sqlite3_errmsg(db) : sqlite3_errstr(code));
}

static int read_rows(sqlite3 *db, struct str bytes, rpmdb_visit *visit, void *context,
		     struct err *err)
{
	uint64_t budget = bytes.len;
	sqlite3_stmt *rows = NULL;
	int code, r = 0;

	code = sqlite3_prepare_v2(db, "SELECT hnum, blob FROM main.Packages", -1, &rows, NULL);
	if (code != SQLITE_OK)
		return sqlite_failed(db, code, err);
	while (r == 0 && (code = sqlite3_step(rows)) == SQLITE_ROW) {
		struct rpmdb_record record = {.number = (uint64_t)sqlite3_column_int64(rows, 0)};

		if (sqlite3_column_type(rows, 1) == SQLITE_BLOB) {
			record.blob.ptr = sqlite3_column_blob(rows, 1);
			record.blob.len = (size_t)sqlite3_column_bytes(rows, 1);
		} else {
			record.problem = "its header is no blob";
		}
		/* Pages that several rows share would multiply the work. */
		if (record.blob.len > budget)
			r = err_set(err, ERR_FORMAT, "row %" PRIu64 ": rows share their pages",
				    record.number);
		else
			r = visit(context, &record);
		budget -= MIN(budget, record.blob.len);
	}
	if (r == 0 && code != SQLITE_DONE)
		r = sqlite_failed(db, code, err);
	sqlite3_finalize(rows);
	return r;
}

int rpmdb_read_sqlite(struct str bytes, rpmdb_visit *visit, void *context, struct err *err)
{
	struct walk walk = {.bytes = bytes};
	sqlite3 *db = NULL;
	int code, r;

	/* The list of file systems is the process's: the name tells concurrent walks apart. */
	snprintf(walk.vfs_name, sizeof(walk.vfs_name), "cscplate-%p", (void *)&walk);
	walk.vfs = (sqlite3_vfs){
		.iVersion = 1,
		.szOsFile = sizeof(struct bytes_file),
		.mxPathname = 64,
		.zName = walk.vfs_name,
		.pAppData = &walk.bytes,
		.xOpen = vfs_open,
		.xDelete = vfs_delete,
		.xAccess = vfs_access,
		.xFullPathname = vfs_full_name,
		.xRandomness = vfs_randomness,
		.xSleep = vfs_sleep,
		.xCurrentTime = vfs_time,
	};
	code = sqlite3_vfs_register(&walk.vfs, 0);
	if (code != SQLITE_OK)
		return sqlite_failed(NULL, code, err);
	code = sqlite3_open_v2("rpmdb", &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX,
			       walk.vfs_name);
	if (code == SQLITE_OK) {
		harden(db, &walk);
		r = read_rows(db, bytes, visit, context, err);
	} else {
		r = sqlite_failed(db, code, err);
	}
	sqlite3_close(db);
	sqlite3_vfs_unregister(&walk.vfs);
	return r;
}
