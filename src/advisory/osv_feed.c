/* OSV exports: see osv_feed.h. */
#include "base/compat.h"

#include <archive_entry.h>
#include <dirent.h>
#include <pthread.h>

#include "advisory/osv_feed.h"

#include "advisory/osv.h"
#include "advisory/unpack.h"
#include "base/buf.h"
#include "base/fd.h"
#include "base/map.h"
#include "base/term.h"
#include "base/vec.h"
#include "core/limits.h"

enum {
	/* Directories inside directories; advisory repositories have six levels. */
	DEPTH_MAX = 12,
	THREADS_MAX = 4,
	/* JSON files that one unit of work takes. */
	FILES_PER_UNIT = 2000,
};

/* A piece of work: one zip, or some of the files of a directory. */
struct unit {
	struct str feed; /* empty: as the records say */
	const char *zip; /* NULL for files */
	const char **files;
	size_t n_files;
	uint64_t bytes;
};

VEC_TYPE(unit_list, struct unit);
VEC_TYPE(path_list, const char *);

/* What all workers share; what changes is under the lock. */
struct feed {
	struct db_builder *builder;
	struct arena arena; /* paths */
	struct unit_list units;
	pthread_mutex_t lock;
	size_t next, failed; /* unit that failed first, in the order of units */
	int code;
	struct err err;
	struct osv_feed_summary summary;
};

struct worker {
	struct feed *feed;
	struct arena arena; /* one record */
	struct buf json;
	struct map shards; /* whose origin was told */
	struct arena shard_names;
	uint64_t records, bad;
	struct err err;
};

/* --- what there is to read ------------------------------------------------------------------------ */

static struct str base_name(struct str path)
{
	ssize_t slash;

	while (str_ends(path, STR("/")))
		path.len--;
	slash = str_rfind_char(path, '/');
	return str_from_offset(path, (size_t)(slash + 1));
}

static struct str dir_name(struct str path)
{
	ssize_t slash = str_rfind_char(path, '/');

	return slash < 0 ? STR("") : str_sub(path, 0, (size_t)slash);
}

static bool is_json(struct str name)
{
	return str_ends(name, STR(".json"));
}

static int add_zip(struct feed *f, const char *path, struct str feed_name, uint64_t size,
		   struct err *err)
{
	struct unit *unit = vec_add(&f->units);

	if (!unit)
		return err_oom(err);
	unit->zip = arena_strdup(&f->arena, path);
	unit->feed = arena_str(&f->arena, feed_name);
	unit->bytes = size;
	return unit->zip && unit->feed.ptr ? 0 : err_oom(err);
}

/* Cuts a list of files into units. */
static int add_files(struct feed *f, const struct path_list *files, struct str feed_name,
		     struct err *err)
{
	for (size_t i = 0; i < files->len; i += FILES_PER_UNIT) {
		size_t n = MIN(files->len - i, (size_t)FILES_PER_UNIT);
		struct unit *unit = vec_add(&f->units);

		if (!unit)
			return err_oom(err);
		unit->files = arena_calloc(&f->arena, n, sizeof(*unit->files));
		unit->feed = arena_str(&f->arena, feed_name);
		if (!unit->files || !unit->feed.ptr)
			return err_oom(err);
		memcpy(unit->files, files->items + i, n * sizeof(*unit->files));
		unit->n_files = n;
		unit->bytes = n * KiB(4);
	}
	return 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The sorted names in a directory. */
static int list_directory(struct feed *f, const char *path, struct path_list *names,
			  struct err *err)
{
	DIR *dir = opendir(path);
	struct dirent *entry;

	if (!dir)
		return err_errno(err, errno, "cannot read directory '%s'", path);
	for (errno = 0; (entry = readdir(dir)); errno = 0) {
		const char **slot;

		if (entry->d_name[0] == '.')
			continue;
		slot = vec_add(names);
		if (slot)
			*slot = arena_strdup(&f->arena, entry->d_name);
		if (!slot || !*slot) {
			closedir(dir);
			return err_oom(err);
		}
	}
	if (errno) {
		int saved = errno;

		closedir(dir);
		return err_errno(err, saved, "cannot read directory '%s'", path);
	}
	closedir(dir);
	vec_sort(names, compare_names);
	return 0;
}

static const char *join_path(struct feed *f, const char *dir, const char *name)
{
	return arena_printf(&f->arena, "%s/%s", dir, name).ptr;
}

static int add_directory(struct feed *f, const char *path, unsigned depth, struct err *err);

/* Directories below, first: whether one holds an export decides about the loose files. */
static int add_directories(struct feed *f, const char *path, const struct path_list *names,
			   unsigned depth, bool *ret_export, struct err *err)
{
	for (size_t i = 0; i < names->len; i++) {
		const char *child = join_path(f, path, names->items[i]), *zip;
		struct stat st;
		int r;

		if (!child)
			return err_oom(err);
		/* Symbolic links to directories are not followed: they may lead in circles. */
		if (lstat(child, &st) < 0 || !S_ISDIR(st.st_mode))
			continue;
		if (depth >= DEPTH_MAX)
			return err_set(err, ERR_LIMIT,
				       "cannot read '%s': nested deeper than %d directories", child,
				       DEPTH_MAX);
		r = add_directory(f, child, depth + 1, err);
		if (r < 0)
			return r;
		zip = join_path(f, child, "all.zip");
		if (!zip)
			return err_oom(err);
		*ret_export |= access(zip, F_OK) == 0;
	}
	return 0;
}

static int add_directory(struct feed *f, const char *path, unsigned depth, struct err *err)
{
	const char *zip = join_path(f, path, "all.zip");
	struct path_list names = {0}, files = {0};
	bool export = false;
	struct stat st;
	int r;

	if (!zip)
		return err_oom(err);
	if (stat(zip, &st) == 0 && S_ISREG(st.st_mode))
		return add_zip(f, zip, base_name(str_from(path)), (uint64_t)st.st_size, err);
	r = list_directory(f, path, &names, err);
	if (r == 0)
		r = add_directories(f, path, &names, depth, &export, err);
	for (size_t i = 0; r == 0 && !export && i < names.len; i++) {
		const char **slot, *file;

		if (!is_json(str_from(names.items[i])))
			continue;
		file = join_path(f, path, names.items[i]);
		if (file && (stat(file, &st) < 0 || !S_ISREG(st.st_mode)))
			continue;
		slot = file ? vec_add(&files) : NULL;
		if (slot)
			*slot = file;
		else
			r = err_oom(err);
	}
	/* A folder of plain files may have any name: the records say what feed they are of. */
	if (r == 0)
		r = add_files(f, &files, STR(""), err);
	vec_release(&names);
	vec_release(&files);
	return r;
}

static int add_path(struct feed *f, const char *path, struct err *err)
{
	size_t before = f->units.len;
	struct path_list one = {.items = &path, .len = 1};
	struct str name = str_from(path);
	struct stat st;
	int r;

	if (stat(path, &st) < 0)
		return err_errno(err, errno, "cannot read '%s'", path);
	if (S_ISDIR(st.st_mode))
		r = add_directory(f, path, 0, err);
	else if (!S_ISREG(st.st_mode))
		r = err_set(err, EINVAL, "cannot read '%s': neither a file nor a directory", path);
	else if (is_json(name))
		r = add_files(f, &one, STR(""), err);
	else
		r = add_zip(f, path,
			    str_eq(base_name(name), STR("all.zip")) ? base_name(dir_name(name))
								    : STR(""),
			    (uint64_t)st.st_size, err);
	if (r == 0 && f->units.len == before)
		return err_set(
			err, ERR_FORMAT,
			"cannot read '%s': no advisories there: neither all.zip nor .json files",
			path);
	return r;
}

/* --- reading -------------------------------------------------------------------------------------- */

static int tell_origin(struct worker *w, const struct osv_record *record)
{
	for (size_t i = 0; i < record->n_entries; i++) {
		struct str shard = record->entries[i].shard;
		void **slot;
		int r;

		if (map_get(&w->shards, shard))
			continue;
		shard = arena_str(&w->shard_names, shard);
		slot = shard.ptr ? map_slot(&w->shards, shard) : NULL;
		if (!slot)
			return err_oom(&w->err);
		*slot = w;
		r = db_builder_shard_origin(w->feed->builder, shard, STR("OSV export"), SHARD_WHOLE,
					    &w->err);
		if (r < 0 && r != -EINVAL)
			return r;
	}
	return 0;
}

static void bad_record(struct worker *w, const char *container, const char *name,
		       const char *reason)
{
	struct buf where = BUF_INIT(2 * PATH_MAX);

	buf_addf(&where, "%s%s%s", container ? container : "", container ? " " : "", name);
	db_builder_add_bad(w->feed->builder, buf_str(&where), reason);
	buf_release(&where);
	w->bad++;
}

/* One document into the builder: 0, or a reason to stop. */
static int take_record(struct worker *w, struct str feed_name, const char *container,
		       const char *name)
{
	struct osv_record record;
	struct err reason = ERR_INIT;
	bool bad;
	int r;

	arena_release(&w->arena);
	r = osv_parse(buf_str(&w->json), feed_name, &w->arena, &record, &reason);
	bad = r == -ERR_FORMAT || r == -ERR_LIMIT;
	if (r == 0) {
		r = db_builder_add(w->feed->builder, &record.advisory, record.entries,
				   record.n_entries, &reason);
		bad = r == -EINVAL; /* its limit is the whole database's */
	}
	if (r == 0) {
		r = tell_origin(w, &record);
	} else if (bad) {
		bad_record(w, container, name, reason.text);
		r = 0;
	} else {
		w->err = reason;
	}
	if (r == 0 && ++w->records % 512 == 0)
		progress_show("reading %s: %" PRIu64 " records", container ? container : name,
			      w->records);
	return r;
}

static int archive_failure(struct worker *w, struct archive *a, const char *path)
{
	return err_wrap(&w->err, unpack_error(a, &w->err), "cannot read '%s'", path);
}

static const char *entry_name(struct archive_entry *entry)
{
	const char *name = archive_entry_pathname_utf8(entry);

	if (!name)
		name = archive_entry_pathname(entry);
	return name ? name : "(a file without a name)";
}

/* The contents of one file of the zip into w->json. 1: it is a bad record; reason says why. */
static int read_member(struct worker *w, struct archive *a, const char *zip,
		       const char **ret_reason)
{
	buf_clear(&w->json);
	for (;;) {
		void *to = buf_reserve(&w->json, KiB(64));
		la_ssize_t n;

		if (!to) {
			*ret_reason = "larger than any record";
			return w->json.status == -ENOMEM ? err_oom(&w->err) : 1;
		}
		n = archive_read_data(a, to, KiB(64));
		if (n == 0)
			return 0;
		if (n == ARCHIVE_FATAL)
			return archive_failure(w, a, zip);
		if (n < 0) {
			*ret_reason = "its checksum or its compressed data are wrong";
			return 1;
		}
		buf_commit(&w->json, (size_t)n);
	}
}

static bool is_stopped(struct feed *f)
{
	bool stopped;

	pthread_mutex_lock(&f->lock);
	stopped = f->code < 0;
	pthread_mutex_unlock(&f->lock);
	return stopped;
}

static int read_members(struct worker *w, struct archive *a, const struct unit *unit)
{
	struct archive_entry *entry;
	size_t members = 0;
	int rc;

	while ((rc = archive_read_next_header(a, &entry)) == ARCHIVE_OK || rc == ARCHIVE_WARN) {
		const char *name = entry_name(entry), *reason = NULL;
		int r;

		if (archive_entry_filetype(entry) != AE_IFREG || !is_json(str_from(name)))
			continue;
		if (++members > LIMIT_ADVISORIES)
			return err_set(&w->err, ERR_LIMIT, "cannot read '%s': more than %zu files",
				       unit->zip, LIMIT_ADVISORIES);
		r = read_member(w, a, unit->zip, &reason);
		if (r < 0)
			return r;
		if (r > 0) {
			bad_record(w, unit->zip, name, reason);
			continue;
		}
		r = take_record(w, unit->feed, unit->zip, name);
		if (r < 0)
			return r;
		if (members % 256 == 0 && is_stopped(w->feed))
			return 0;
	}
	return rc == ARCHIVE_EOF ? 0 : archive_failure(w, a, unit->zip);
}

static int read_zip(struct worker *w, const struct unit *unit)
{
	_cleanup_unpack_ struct archive *a = archive_read_new();

	if (!a)
		return err_oom(&w->err);
	/* By its directory, which stands at the end: a file that is cut short has none. */
	archive_read_support_format_zip_seekable(a);
	if (archive_read_open_filename(a, unit->zip, 256 * 1024) != ARCHIVE_OK)
		return archive_failure(w, a, unit->zip);
	return read_members(w, a, unit);
}

static int read_files(struct worker *w, const struct unit *unit)
{
	for (size_t i = 0; i < unit->n_files; i++) {
		struct err reason = ERR_INIT;
		int r;

		buf_clear(&w->json);
		r = file_read(AT_FDCWD, unit->files[i], &w->json, &reason);
		if (r == -ERR_LIMIT) {
			bad_record(w, NULL, unit->files[i], "larger than any record");
			continue;
		}
		if (r < 0) {
			w->err = reason;
			return r;
		}
		r = take_record(w, unit->feed, NULL, unit->files[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

static void *work(void *data)
{
	struct worker *w = data;
	struct feed *f = w->feed;

	for (;;) {
		const struct unit *unit = NULL;
		size_t number;
		int r;

		pthread_mutex_lock(&f->lock);
		number = f->next;
		if (f->code == 0 && number < f->units.len)
			unit = &f->units.items[f->next++];
		pthread_mutex_unlock(&f->lock);
		if (!unit)
			return NULL;
		r = unit->zip ? read_zip(w, unit) : read_files(w, unit);
		pthread_mutex_lock(&f->lock);
		if (r < 0 && (f->code == 0 || number < f->failed)) {
			f->code = r;
			f->err = w->err;
			f->failed = number;
		}
		if (unit->zip)
			f->summary.archives++;
		pthread_mutex_unlock(&f->lock);
	}
}

/* The largest first, so that no thread is left with it at the end. */
static int compare_units(const void *a, const void *b)
{
	const struct unit *x = a, *y = b;

	return (x->bytes < y->bytes) - (x->bytes > y->bytes);
}

static int run(struct feed *f, unsigned threads)
{
	struct worker workers[THREADS_MAX];
	pthread_t ids[THREADS_MAX];
	unsigned started = 0;

	for (unsigned i = 0; i < threads; i++)
		workers[i] = (struct worker){.feed = f,
					     .json = BUF_INIT(LIMIT_ADVISORY_JSON + KiB(64)),
					     .shards = MAP_INIT};
	for (; started + 1 < threads; started++)
		if (pthread_create(&ids[started], NULL, work, &workers[started + 1]) != 0)
			break;
	/* This thread works too; should no other start, it does it all. */
	work(&workers[0]);
	for (unsigned i = 0; i < started; i++)
		pthread_join(ids[i], NULL);
	for (unsigned i = 0; i < threads; i++) {
		f->summary.records += workers[i].records;
		f->summary.bad_records += workers[i].bad;
		arena_release(&workers[i].arena);
		arena_release(&workers[i].shard_names);
		buf_release(&workers[i].json);
		map_release(&workers[i].shards);
	}
	progress_clear();
	return f->code;
}

int osv_feed_read(const struct osv_feed_options *options, struct db_builder *builder,
		  struct osv_feed_summary *ret, struct err *err)
{
	struct feed f = {.builder = builder};
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned threads = options->threads;
	int r = 0;

	pthread_mutex_init(&f.lock, NULL);
	for (size_t i = 0; r == 0 && i < options->n_paths; i++)
		r = add_path(&f, options->paths[i], err);
	if (r == 0) {
		vec_sort(&f.units, compare_units);
		if (threads == 0)
			threads = processors > 0 ? (unsigned)MIN(processors, (long)THREADS_MAX) : 1;
		threads = MIN(threads, (unsigned)THREADS_MAX);
		threads = MIN(threads, (unsigned)MAX(f.units.len, (size_t)1));
		r = run(&f, threads);
		if (r < 0 && err)
			*err = f.err;
	}
	vec_release(&f.units);
	arena_release(&f.arena);
	pthread_mutex_destroy(&f.lock);
	if (r == 0 && ret)
		*ret = f.summary;
	return r;
}
