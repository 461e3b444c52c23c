/*
 * The advisory database: what goes in comes out; what is damaged, cut short or something else is refused
 * with a message; the same records give the same bytes.
 */
#include "base/compat.h"

#include <dirent.h>
#include <lmdb.h>
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "advisory/build.h"
#include "advisory/db.h"
#include "advisory/osv_feed.h"
#include "advisory/record.h"
#include "advisory/seal.h"
#include "base/buf.h"
#include "base/fd.h"
#include "core/limits.h"

static char directory[] = "/tmp/cscplate-db-XXXXXX", cache[] = "/tmp/cscplate-cache-XXXXXX";

/* One buffer for each name: callers keep the result. */
static const char *in_directory(const char *name)
{
	static char paths[32][128];
	char path[sizeof(paths[0])];
	size_t i = 0;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	while (paths[i][0] && strcmp(paths[i], path) != 0)
		assert_true(++i < ARRAY_LEN(paths));
	memcpy(paths[i], path, sizeof(path));
	return paths[i];
}

static int set_up(void **state)
{
	setenv("SOURCE_DATE_EPOCH", "4070908800", 1); /* 2099-01-01 */
	if (!mkdtemp(cache))
		return -1;
	setenv("XDG_CACHE_HOME", cache, 1);
	return mkdtemp(directory) ? 0 : -1;
}

static void remove_files(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir)
		closedir(dir);
	rmdir(path);
}

static int tear_down(void **state)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/cscplate/databases", cache);
	remove_files(path);
	snprintf(path, sizeof(path), "%s/cscplate", cache);
	remove_files(path);
	remove_files(cache);
	remove_files(directory);
	return access(directory, F_OK) < 0 && access(cache, F_OK) < 0 ? 0 : -1;
}

/* --- building ------------------------------------------------------------------------------------- */

struct row {
	const char *id, *feed, *modified, *shard, *package, *fixed;
	const char *cve, *withdrawn;
};

static void add(struct db_builder *b, const struct row *row)
{
	struct str cve = str_from(row->cve), alias = STR("ALIAS-1");
	struct advisory a = {
		.id = str_from(row->id),
		.feed = str_from(row->feed),
		.modified = str_from(row->modified),
		.withdrawn = str_from(row->withdrawn),
		.vulns = &cve,
		.n_vulns = row->cve ? 1 : 0,
		.aliases = &alias,
		.n_aliases = row->cve ? 1 : 0,
	};
	const struct range_event events[] = {{EVENT_INTRODUCED, STR("0")},
					     {EVENT_FIXED, str_from(row->fixed)}};
	const struct range range = {events, row->fixed ? 2 : 1};
	const struct affected_in in = {
		.shard = str_from(row->shard),
		.affected = {.package = str_from(row->package),
			     .severity = SEVERITY_UNKNOWN,
			     .ranges = &range,
			     .n_ranges = 1},
	};
	struct err err = ERR_INIT;

	if (db_builder_add(b, &a, &in, row->shard ? 1 : 0, &err) < 0)
		fail_msg("%s", err.text);
}

static struct db_builder *begin(const char *path)
{
	struct db_builder *b = NULL;
	struct err err = ERR_INIT;

	if (db_builder_open(path, &b, &err) < 0)
		fail_msg("%s", err.text);
	return b;
}

static struct db_build_summary finish(struct db_builder *b)
{
	struct db_build_summary summary;
	struct err err = ERR_INIT;

	if (db_builder_finish(b, &summary, &err) < 0)
		fail_msg("%s", err.text);
	db_builder_free(b);
	return summary;
}

static struct db *open_db(const char *path)
{
	struct db *db = NULL;
	struct err err = ERR_INIT;

	if (db_open(path, &db, &err) < 0)
		fail_msg("%s", err.text);
	return db;
}

/* "ID<FIXED ID<FIXED …" of a package. */
static const char *candidates(struct db *db, const char *shard, const char *package)
{
	static char text[1 << 16];
	_cleanup_arena_ struct arena arena = ARENA_INIT(0);
	struct candidate_list list = {0};
	struct err err = ERR_INIT;
	size_t len = 0;

	if (db_candidates(db, str_from(shard), str_from(package), STR("1"), &arena, &list, &err) <
	    0)
		fail_msg("%s", err.text);
	text[0] = '\0';
	for (size_t i = 0; i < list.len; i++) {
		const struct candidate *c = &list.items[i];
		const struct range *r = c->affected.ranges;

		assert_true(str_eq(c->installed, STR("1")));
		assert_true(str_eq(c->shard, str_from(shard)));
		assert_true(str_eq(c->affected.package, str_from(package)));
		assert_true(str_eq(c->affected.advisory, c->advisory->id));
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%.*s<%.*s", i ? " " : "",
					STR_FMT(c->advisory->id),
					STR_FMT(r->n_events > 1 ? r->events[1].version : STR("")));
		assert_true(len < sizeof(text));
	}
	vec_release(&list);
	return text;
}

static const struct row rows[] = {
	{"A-1", "Debian", "2024-01-01T00:00:00Z", "Debian:12", "x", "1.1", "CVE-2024-0001", NULL},
	{"A-2", "Debian", "2024-01-02T00:00:00Z", "Debian:12", "x", NULL, NULL, NULL},
	{"A-2", "Debian", "2024-01-02T00:00:00.5Z", "Debian:12", "x", "2.2", NULL, NULL},
	{"A-2", "Debian", "2023-01-02T00:00:00Z", "Debian:11", "x", "2.1", NULL, NULL},
	/* Withdrawn later: shadows, and says nothing. */
	{"A-3", "Debian", "2024-01-01T00:00:00Z", "Debian:12", "x", "3", NULL, NULL},
	{"A-3", "Debian", "2024-02-01T00:00:00Z", "Debian:12", "x", "3", NULL,
	 "2024-02-01T00:00:00Z"},
	/* One id in the folders of two ecosystems. */
	{"G-1", "npm", "2024-01-01T00:00:00Z", "PyPI", "y", "1-from-npm", NULL, NULL},
	{"G-1", "PyPI", "2024-01-01T00:00:00Z", "PyPI", "y", "1-from-pypi", NULL, NULL},
	{"G-2", "npm", "2024-01-02T00:00:00Z", "PyPI", "y", "2-newer", NULL, NULL},
	{"G-2", "PyPI", "2024-01-01T00:00:00Z", "PyPI", "y", "2-older", NULL, NULL},
	{"S-1", "SUSE", "2024-01-01T00:00:00Z", "SUSE:15.3", "z", "1", NULL, NULL},
	{"S-1", "openSUSE", "2024-01-01T00:00:00Z", "openSUSE:Leap 15.3", "z", "1", NULL, NULL},
	/* A date ahead of the build does not make the database new. */
	{"T-1", "PyPI", "2199-01-01T00:00:00Z", "PyPI", "late", "1", NULL, NULL},
};

static void test_round_trip(void **state)
{
	const char *path = in_directory("db");
	struct db_builder *b = begin(path);
	struct db_build_summary summary;
	_cleanup_arena_ struct arena arena = ARENA_INIT(0);
	_cleanup_db_ struct db *db = NULL;
	const struct advisory *a;
	struct db_shard_info shard;
	struct db_search found;
	struct db_info info;
	struct err err = ERR_INIT;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		add(b, &rows[i]);
	assert_int_equal(
		db_builder_shard_origin(b, STR("Debian:13"), STR("second"), SHARD_WHOLE, &err), 0);
	assert_int_equal(
		db_builder_shard_origin(b, STR("Debian:13"), STR("first"), SHARD_WHOLE, &err), 0);
	assert_int_equal(
		db_builder_shard_origin(b, STR("Debian:13"), STR("first"), SHARD_WHOLE, &err), 0);
	assert_int_equal(db_builder_add_gap(b, STR("what has no fix"), &err), 0);
	db_builder_add_bad(b, STR("somewhere"), "for a reason");
	summary = finish(b);
	assert_int_equal(summary.advisories, 8);
	assert_int_equal(summary.withdrawn, 1);
	assert_int_equal(summary.replaced, 5);
	assert_int_equal(summary.entries, 7);

	db = open_db(path);
	assert_string_equal(candidates(db, "Debian:12", "x"), "A-1<1.1 A-2<2.2");
	assert_string_equal(candidates(db, "Debian:11", "x"), "");
	assert_string_equal(candidates(db, "Debian:99", "x"), "");
	assert_string_equal(candidates(db, "Debian:12", "nothing"), "");
	assert_string_equal(candidates(db, "Debian:12", ""), "");
	assert_string_equal(candidates(db, "PyPI", "y"), "G-1<1-from-pypi G-2<2-newer");
	assert_string_equal(candidates(db, "SUSE:15.3", "z"), "S-1<1");
	assert_string_equal(candidates(db, "openSUSE:Leap 15.3", "z"), "S-1<1");

	assert_int_equal(db_advisory(db, STR("ALIAS-1"), &arena, &a, &err), 0);
	assert_true(str_eq(a->id, STR("A-1")) && str_eq(a->vulns[0], STR("CVE-2024-0001")));
	assert_int_equal(db_advisory(db, STR("CVE-2024-0001"), &arena, &a, &err), 0);
	assert_true(str_eq(a->id, STR("A-1")));
	assert_int_equal(db_advisory(db, STR("A-3"), &arena, &a, &err), 0);
	assert_true(a->withdrawn.len > 0 && str_eq(a->vulns[0], STR("A-3")));
	assert_int_equal(db_advisory(db, STR("A-4"), &arena, &a, &err), -ENOENT);

	assert_int_equal(db_info(db, &arena, &info, &err), 0);
	assert_true(str_eq(info.built, STR("2099-01-01T00:00:00Z")));
	assert_true(str_eq(info.newest, STR("2024-02-01T00:00:00Z")));
	assert_true(str_eq(info.gaps, STR("what has no fix")));
	assert_int_equal(info.bad_records, 1);
	assert_int_equal(info.schema, DB_SCHEMA);
	assert_int_equal(info.n_shards, 6);
	assert_true(str_eq(info.shards[0].name, STR("Debian:11")));
	assert_int_equal(db_shard_info(db, STR("Debian:13"), &shard), 0);
	assert_true(str_eq(shard.origin, STR("first, second")) && shard.entries == 0);
	assert_int_equal(db_shard_info(db, STR("Debian:12"), &shard), 0);
	assert_true(str_eq(shard.newest, STR("2024-01-02T00:00:00.5Z")));
	assert_true(str_eq(shard.feed, STR("Debian")) && shard.packages == 1 && shard.entries == 2);
	assert_int_equal(db_shard_info(db, STR("Debian:14"), &shard), -ENOENT);

	assert_int_equal(db_search(db, STR("G-1"), &arena, &found, &err), 0);
	assert_true(found.n_advisories == 1 && found.n_rows == 1);
	assert_int_equal(db_search(db, STR("z"), &arena, &found, &err), 0);
	assert_true(found.n_advisories == 2 && found.n_rows == 2);
	assert_int_equal(db_search(db, STR("nobody"), &arena, &found, &err), 0);
	assert_true(found.n_advisories == 0 && found.n_rows == 0);
}

static void test_refused_records(void **state)
{
	struct db_builder *b = begin(in_directory("db"));
	char long_name[DB_NAME_MAX + 2];
	struct affected_in in = {.shard = STR("S"), .affected = {.package = STR("p")}};
	struct advisory a = {.id = STR("I"), .feed = STR("F")};
	struct err err = ERR_INIT;

	memset(long_name, 'x', sizeof(long_name));
	long_name[DB_NAME_MAX + 1] = '\0';
	assert_int_equal(db_builder_add(b, &a, &in, 1, &err), 0);
	in.affected.package = str_from(long_name);
	assert_int_equal(db_builder_add(b, &a, &in, 1, &err), -EINVAL);
	in.affected.package = STR("p\0q");
	assert_int_equal(db_builder_add(b, &a, &in, 1, &err), -EINVAL);
	in.affected.package = STR("p");
	in.shard = STR("");
	assert_int_equal(db_builder_add(b, &a, &in, 1, &err), -EINVAL);
	a.id = STR("");
	assert_int_equal(db_builder_add(b, &a, NULL, 0, &err), -EINVAL);
	assert_int_equal(finish(b).advisories, 1);
}

/* A database of some hundred pages. */
static void build_large(const char *path, bool backwards)
{
	struct db_builder *b = begin(path);
	enum { RECORDS = 6000 };

	for (unsigned i = 0; i < RECORDS; i++) {
		unsigned n = backwards ? RECORDS - 1 - i : i;
		char id[32], package[32], shard[32], cve[32];
		struct row row = {id,  "Test", "2024-01-01T00:00:00Z", shard, package, "1",
				  cve, NULL};

		snprintf(id, sizeof(id), "T-%u", n);
		snprintf(cve, sizeof(cve), "CVE-2024-%04u", n);
		snprintf(package, sizeof(package), "package-%u", n % 700);
		snprintf(shard, sizeof(shard), "Test:%u", n % 3);
		add(b, &row);
		db_builder_add_epss(b, str_from(cve), n / 10000.0, 0.5, NULL);
	}
	finish(b);
}

static void read_all(const char *path, struct buf *b)
{
	struct err err = ERR_INIT;

	if (file_read(AT_FDCWD, path, b, &err) < 0)
		fail_msg("%s", err.text);
}

static void test_same_bytes(void **state)
{
	_cleanup_buf_ struct buf first = BUF_INIT(MiB(64)), second = BUF_INIT(MiB(64));
	const char *path = in_directory("same");

	build_large(path, false);
	read_all(path, &first);
	/* Memory that was never written must not reach the file. */
	mallopt(M_PERTURB, 0x5a);
	build_large(path, true);
	mallopt(M_PERTURB, 0);
	read_all(path, &second);
	assert_true(first.len > MiB(1));
	assert_true(str_eq(buf_str(&first), buf_str(&second)));
}

static size_t count_files(void)
{
	DIR *dir = opendir(directory);
	size_t n = 0;

	while (dir && readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static void test_unfinished(void **state)
{
	const char *path = in_directory("unfinished");
	_cleanup_buf_ struct buf before = BUF_INIT(MiB(1)), after = BUF_INIT(MiB(1));
	struct db_builder *b = begin(path);
	struct err err = ERR_INIT;
	size_t files;

	add(b, &rows[0]);
	finish(b);
	read_all(path, &before);
	files = count_files();
	b = begin(path);
	add(b, &rows[1]);
	assert_int_equal(count_files(), files + 1);
	db_builder_free(b);
	assert_int_equal(count_files(), files);
	read_all(path, &after);
	assert_true(str_eq(buf_str(&before), buf_str(&after)));

	assert_int_equal(db_builder_open(directory, &b, &err), -EINVAL);
	assert_int_equal(db_builder_open("/dev/null/db", &b, &err), -ENOTDIR);
}

/* Nothing usable, however much was given, never takes the place of a database. */
static void test_nothing(void **state)
{
	const char *path = in_directory("nothing-usable");
	_cleanup_buf_ struct buf before = BUF_INIT(MiB(1)), after = BUF_INIT(MiB(1));
	struct db_builder *b = begin(path);
	struct err err = ERR_INIT;
	size_t files;

	add(b, &rows[0]);
	finish(b);
	read_all(path, &before);
	files = count_files();
	for (int bad = 0; bad < 2; bad++) {
		b = begin(path);
		if (bad) {
			db_builder_add_bad(b, STR("somewhere"), "for a reason");
			assert_int_equal(db_builder_add_kev(b, STR("CVE-2024-0001"),
							    STR("2024-01-01"), &err),
					 0);
		}
		assert_int_equal(db_builder_finish(b, NULL, &err), -ENODATA);
		assert_non_null(strstr(err.text, "no usable record in what was given"));
		assert_non_null(strstr(err.text, path));
		db_builder_free(b);
		assert_int_equal(count_files(), files);
		read_all(path, &after);
		assert_true(str_eq(buf_str(&before), buf_str(&after)));
		buf_clear(&after);
	}
	/* An archive that was looked at and has nothing newer is something to say. */
	b = begin(path);
	assert_int_equal(
		db_builder_shard_origin(b, STR("Debian:13"), STR("here"), SHARD_WHOLE, &err), 0);
	assert_int_equal(finish(b).advisories, 0);
}

static void test_places(void **state)
{
	_cleanup_arena_ struct arena arena = ARENA_INIT(0);
	_cleanup_free_ char *home = strdup(getenv("HOME") ? getenv("HOME") : "/");
	struct err err = ERR_INIT;
	struct str path;

	setenv("HOME", directory, 1);
	unsetenv("XDG_DATA_HOME");
	assert_int_equal(db_write_path(&arena, &path, &err), 0);
	assert_true(str_starts(path, str_from(directory)));
	assert_true(str_ends(path, STR("/.local/share/cscplate/advisories.db")));
	setenv("XDG_DATA_HOME", "data", 1); /* relative: ignored */
	assert_int_equal(db_write_path(&arena, &path, &err), 0);
	assert_true(str_ends(path, STR("/.local/share/cscplate/advisories.db")));
	setenv("XDG_DATA_HOME", "/data", 1);
	assert_int_equal(db_write_path(&arena, &path, &err), 0);
	assert_true(str_eq(path, STR("/data/cscplate/advisories.db")));
	unsetenv("XDG_DATA_HOME");
	setenv("HOME", "here", 1);
	assert_int_equal(db_write_path(&arena, &path, &err), -ENOENT);
	assert_non_null(strstr(err.text, "absolute path"));
	db_default_path(&arena, &path);
	assert_true(str_eq(path, STR("/var/lib/cscplate/advisories.db")));
	setenv("HOME", home, 1);
}

/* --- what is no database -------------------------------------------------------------------------- */

static void write_file(const char *path, struct str bytes)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0 && fd_write_full(fd, bytes.ptr, bytes.len) == 0);
	close(fd);
}

/* Gives LMDB's pages, however they were changed, a seal that matches. */
static void reseal(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	struct err err = ERR_INIT;
	struct stat st;

	assert_true(fd >= 0 && fstat(fd, &st) == 0);
	if (seal_write(fd, (uint64_t)st.st_size / 4096 * 4096, path, &err) < 0)
		fail_msg("%s", err.text);
	close(fd);
}

static void refused(const char *path, int code, const char *reason)
{
	struct db *db = NULL;
	struct err err = ERR_INIT;

	assert_int_equal(db_open(path, &db, &err), -code);
	assert_null(db);
	if (!strstr(err.text, path) || !strstr(err.text, reason))
		fail_msg("'%s' does not say '%s'", err.text, reason);
}

static void test_cut_short(void **state)
{
	_cleanup_buf_ struct buf whole = BUF_INIT(MiB(64));
	const char *path = in_directory("cut");
	size_t pages;

	build_large(path, false);
	read_all(path, &whole);
	pages = whole.len / 4096;
	assert_true(pages > 50);
	for (size_t i = 0; i < 50; i++) {
		/* All of the first and last pages, and some between. */
		size_t page = i < 20 ? i : i < 40 ? i * pages / 50 : pages - (50 - i);

		if (truncate(path, (off_t)(page * 4096)) < 0)
			fail_msg("truncate: %s", strerror(errno));
		refused(path, ERR_FORMAT, "rebuild it with 'cscplate db build'");
		write_file(path, buf_str(&whole));
	}
	for (size_t len = 1; len < 2 * 4096; len += 97) {
		write_file(path, (struct str){whole.data, len});
		refused(path, ERR_FORMAT, "rebuild it");
	}
	write_file(path, (struct str){whole.data, whole.len - 1});
	refused(path, ERR_FORMAT, "cut short");
	write_file(path, buf_str(&whole));
	db_close(open_db(path));
}

/* The two pages that describe the file, with every byte changed: refused, or as good as before. */
static void test_damaged_head(void **state)
{
	_cleanup_buf_ struct buf whole = BUF_INIT(MiB(64));
	const char *path = in_directory("head");
	int fd;

	build_large(path, false);
	read_all(path, &whole);
	fd = open(path, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	for (size_t page = 0; page < 2; page++)
		/* To where the root pages and what lies behind are named: LMDB believes those. */
		for (size_t i = page * 4096; i < page * 4096 + 16 + 24 + 8; i++)
			for (unsigned bit = 0; bit < 8; bit++) {
				char changed = (char)(whole.data[i] ^ (1 << bit));
				struct err err = ERR_INIT;
				struct db *db = NULL;

				assert_int_equal(pwrite(fd, &changed, 1, (off_t)i), 1);
				reseal(path);
				if (db_open(path, &db, &err) == 0)
					db_close(db);
				assert_int_equal(pwrite(fd, &whole.data[i], 1, (off_t)i), 1);
			}
	close(fd);
}

/* Any byte changed, of the pages or of the seal: refused, whatever the page would have done. */
static void test_damaged(void **state)
{
	_cleanup_buf_ struct buf whole = BUF_INIT(MiB(64));
	const char *path = in_directory("flipped");
	unsigned short seed[3] = {1, 2, 3};
	int fd;

	build_large(path, false);
	read_all(path, &whole);
	db_close(open_db(path));
	fd = open(path, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	for (size_t i = 0; i < 200 + SEAL_SIZE; i++) {
		size_t at = i < 200 ? (size_t)nrand48(seed) % whole.len : whole.len - (i - 200) - 1;
		char changed = (char)(whole.data[at] ^ (1 << (nrand48(seed) & 7)));
		struct err err = ERR_INIT;
		struct db *db = NULL;

		assert_int_equal(pwrite(fd, &changed, 1, (off_t)at), 1);
		assert_int_equal(db_open(path, &db, &err), -ERR_FORMAT);
		assert_null(db);
		assert_non_null(strstr(err.text, "rebuild it with 'cscplate db build'"));
		/* The head is looked at by itself, before. */
		if (at >= (size_t)2 * 4096)
			assert_non_null(strstr(err.text, "damaged"));
		assert_int_equal(pwrite(fd, &whole.data[at], 1, (off_t)at), 1);
	}
	close(fd);
	db_close(open_db(path));
	write_file(path, (struct str){whole.data, whole.len - SEAL_SIZE});
	refused(path, ERR_FORMAT, "damaged");
	/* More behind the seal, or a page between. */
	write_file(path, buf_str(&whole));
	fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	assert_int_equal(write(fd, "x", 1), 1);
	close(fd);
	refused(path, ERR_FORMAT, "damaged");
}

static size_t count_marks(void)
{
	char path[64];
	DIR *dir;
	size_t n = 0;

	snprintf(path, sizeof(path), "%s/cscplate/databases", cache);
	dir = opendir(path);
	while (dir && readdir(dir))
		n++;
	if (dir)
		closedir(dir);
	return n > 2 ? n - 2 : 0;
}

/* A file that was compared once is known again, unless it changed since. */
static void test_marks(void **state)
{
	const char *path = in_directory("marked");
	struct timespec times[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1000000000}};
	struct db_builder *b = begin(path);
	size_t before = count_marks();
	struct err err = ERR_INIT;
	struct db *db = NULL;
	char changed = 'x';
	struct stat st;
	int fd;

	add(b, &rows[0]);
	finish(b);
	assert_int_equal(stat(path, &st), 0);
	db_close(open_db(path));
	/* Fresh: what comes next could have the same times. */
	assert_int_equal(count_marks(), before);
	while (time(NULL) <= st.st_ctim.tv_sec + 2)
		usleep(100000);
	assert_int_equal(db_open_uncached(path, &db, &err), 0);
	db_close(db);
	assert_int_equal(count_marks(), before);
	db_close(open_db(path));
	assert_int_equal(count_marks(), before + 1);
	db_close(open_db(path));
	assert_int_equal(count_marks(), before + 1);
	/* Who sets the time back still changes the time of change. */
	fd = open(path, O_RDWR | O_CLOEXEC);
	assert_int_equal(pwrite(fd, &changed, 1, st.st_size - 5000), 1);
	times[0] = st.st_atim;
	times[1] = st.st_mtim;
	assert_int_equal(futimens(fd, times), 0);
	close(fd);
	refused(path, ERR_FORMAT, "damaged");
	/* No place for marks: compared every time. */
	setenv("XDG_CACHE_HOME", "/dev/null", 1);
	b = begin(path);
	add(b, &rows[0]);
	finish(b);
	db_close(open_db(path));
	setenv("XDG_CACHE_HOME", cache, 1);
}

/* What a database that was built for some packages does not know about others. */
static void test_asked(void **state)
{
	static const struct {
		const char *shard, *package;
		int asked;
	} cases[] = {
		{"Debian:12", "x", 1},
		{"Debian:12", "nothing-known", 1},
		{"Debian:12", "other", 0},
		{"Debian:12", "", 0},
		{"Debian:13", "x", 1},
		{"Debian:13", "other", 1},
		{"Debian:14", "x", 0},
		{"Debian:14", "other", 0},
		{"PyPI", "anything", 1},
		{"Debian:99", "x", 0},
		{"", "x", 0},
	};
	const char *path = in_directory("asked");
	struct db_builder *b = begin(path);
	_cleanup_db_ struct db *db = NULL;
	struct db_shard_info info;
	struct err err = ERR_INIT;
	const enum shard_coverage some = SHARD_RESTRICTED;

	add(b, &rows[0]);
	add(b, &rows[6]);
	/* Each name is said twice, in no order. */
	for (int i = 0; i < 2; i++) {
		assert_int_equal(db_builder_restrict(b, STR("Debian:12"), STR("x"), &err), 0);
		assert_int_equal(
			db_builder_restrict(b, STR("Debian:12"), STR("nothing-known"), &err), 0);
		assert_int_equal(db_builder_restrict(b, STR("Debian:13"), STR("x"), &err), 0);
	}
	assert_int_equal(db_builder_shard_origin(b, STR("Debian:12"), STR("archive"), some, &err),
			 0);
	/* Whole by one of its origins, whatever comes first. */
	assert_int_equal(
		db_builder_shard_origin(b, STR("Debian:13"), STR("export"), SHARD_WHOLE, &err), 0);
	assert_int_equal(db_builder_shard_origin(b, STR("Debian:13"), STR("archive"), some, &err),
			 0);
	assert_int_equal(db_builder_shard_origin(b, STR("Debian:14"), STR("archive"), some, &err),
			 0);
	assert_int_equal(db_builder_restrict(b, STR("Debian:12"), STR(""), &err), -EINVAL);
	finish(b);
	db = open_db(path);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int r = db_asked(db, str_from(cases[i].shard), str_from(cases[i].package), &err);

		if (r != cases[i].asked)
			fail_msg("%s %s: %d", cases[i].shard, cases[i].package, r);
	}
	assert_int_equal(db_shard_info(db, STR("Debian:12"), &info), 0);
	assert_true(info.restricted);
	assert_int_equal(db_shard_info(db, STR("Debian:13"), &info), 0);
	assert_false(info.restricted);
}

/* A source that tells everything up to a time makes its shard that new. */
static void test_as_of(void **state)
{
	static const struct {
		const char *shard, *times[2], *newest;
	} cases[] = {
		{"Debian:12",
		 {"2024-03-01T00:00:00Z", "2024-02-01T00:00:00Z"},
		 "2024-03-01T00:00:00Z"},
		{"Debian:11", {"2020-01-01T00:00:00Z", NULL}, "2020-01-01T00:00:00Z"},
		{"PyPI", {"2020-01-01T00:00:00Z", NULL}, "2024-01-01T00:00:00Z"},
		{"Debian:13", {"2199-01-01T00:00:00Z", NULL}, ""}, /* after the build */
	};
	const char *path = in_directory("as-of");
	_cleanup_arena_ struct arena arena = ARENA_INIT(0);
	struct db_builder *b = begin(path);
	_cleanup_db_ struct db *db = NULL;
	struct err err = ERR_INIT;
	struct db_info info;

	add(b, &rows[0]);
	add(b, &rows[6]);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		for (size_t k = 0; k < 2 && cases[i].times[k]; k++)
			assert_int_equal(db_builder_shard_as_of(b, str_from(cases[i].shard),
								str_from(cases[i].times[k]), &err),
					 0);
	finish(b);
	db = open_db(path);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct db_shard_info shard;

		assert_int_equal(db_shard_info(db, str_from(cases[i].shard), &shard), 0);
		assert_true(str_eq(shard.newest, str_from(cases[i].newest)));
	}
	assert_int_equal(db_info(db, &arena, &info, &err), 0);
	assert_true(str_eq(info.newest, STR("2024-03-01T00:00:00Z")));
}

/* An LMDB file with one named table and one row. */
static void make_lmdb(const char *path, const char *table, const char *key, struct str value)
{
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi dbi;
	MDB_val k = {strlen(key), (void *)key}, v = {value.len, (void *)value.ptr};

	unlink(path);
	assert_int_equal(mdb_env_create(&env), 0);
	assert_int_equal(mdb_env_set_maxdbs(env, 4), 0);
	assert_int_equal(mdb_env_open(env, path, MDB_NOSUBDIR | MDB_NOLOCK, 0600), 0);
	assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
	assert_int_equal(mdb_dbi_open(txn, table, MDB_CREATE, &dbi), 0);
	assert_int_equal(mdb_put(txn, dbi, &k, &v, 0), 0);
	assert_int_equal(mdb_txn_commit(txn), 0);
	mdb_env_close(env);
	reseal(path);
}

static void test_something_else(void **state)
{
	const char *path = in_directory("other");

	write_file(path, STR(""));
	refused(path, ERR_FORMAT, "empty");
	write_file(path, STR("<html>not found</html>\n"));
	refused(path, ERR_FORMAT, "not a database");
	refused(directory, EISDIR, "is a directory");
	refused(in_directory("missing"), ENOENT, "No such file");
	refused("/dev/null", EINVAL, "not a regular file");
	make_lmdb(path, "theirs", "key", STR("value"));
	refused(path, ERR_FORMAT, "another program's");
	make_lmdb(path, "meta", "schema", STR("\x63"));
	refused(path, ERR_UNSUPPORTED, "schema is 99");
	make_lmdb(path, "meta", "schema", STR(""));
	refused(path, ERR_UNSUPPORTED, "rebuild it");
	make_lmdb(path, "meta", "schema", STR("\x01"));
	refused(path, ERR_UNSUPPORTED, "schema is 1");
	make_lmdb(path, "meta", "schema", STR("\x02"));
	refused(path, ERR_FORMAT, "description is damaged");
}

/* An entry of the name of a table that is none: an error, and the same one however often it is asked for. */
static void test_broken_table(void **state)
{
	const char *path = in_directory("table");
	_cleanup_arena_ struct arena arena = ARENA_INIT(0);
	struct db_builder *b = begin(path);
	MDB_val k = {strlen("shards"), (void *)"shards"}, v = {1, (void *)"x"};
	_cleanup_db_ struct db *db = NULL;
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi dbi;

	add(b, &rows[0]);
	finish(b);
	assert_int_equal(mdb_env_create(&env), 0);
	assert_int_equal(mdb_env_set_maxdbs(env, 8), 0);
	assert_int_equal(mdb_env_open(env, path, MDB_NOSUBDIR | MDB_NOLOCK, 0), 0);
	assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
	assert_int_equal(mdb_dbi_open(txn, "shards", 0, &dbi), 0);
	assert_int_equal(mdb_drop(txn, dbi, 1), 0);
	assert_int_equal(mdb_dbi_open(txn, NULL, 0, &dbi), 0);
	assert_int_equal(mdb_put(txn, dbi, &k, &v, 0), 0);
	assert_int_equal(mdb_txn_commit(txn), 0);
	mdb_env_close(env);
	reseal(path);
	db = open_db(path);
	for (int i = 0; i < 3; i++) {
		struct db_shard_info shard;
		struct err err = ERR_INIT;
		struct db_info info;

		assert_int_equal(db_shard_info(db, STR("Debian:12"), &shard), -ERR_FORMAT);
		assert_int_equal(db_info(db, &arena, &info, &err), -ERR_FORMAT);
		assert_non_null(strstr(err.text, "cannot use advisory database"));
	}
	assert_string_equal(candidates(db, "Debian:12", "x"), "A-1<1.1");
}

/* A database is used where nothing may be written, and leaves nothing behind. */
static void test_read_only_place(void **state)
{
	const char *path = in_directory("readonly");
	struct db_builder *b = begin(path);
	struct db *db;
	size_t files;

	add(b, &rows[0]);
	finish(b);
	files = count_files();
	assert_int_equal(chmod(path, 0400), 0);
	assert_int_equal(chmod(directory, 0500), 0);
	db = open_db(path);
	assert_string_equal(candidates(db, "Debian:12", "x"), "A-1<1.1");
	db_close(db);
	assert_int_equal(chmod(directory, 0700), 0);
	assert_int_equal(count_files(), files);
}

/* --- damaged records ------------------------------------------------------------------------------ */

/* Everything that reads records of the small database; failures must be errors with a message. */
static void use_all(const char *path)
{
	static const char *const names[] = {"A-1", "CVE-2024-0001", "x"};
	_cleanup_arena_ struct arena arena = ARENA_INIT(0);
	struct candidate_list list = {0};
	struct vulnerability v = {.id = STR("CVE-2024-0001")};
	struct db *db = NULL;
	struct db_search found;
	struct db_info info;
	struct err err = ERR_INIT;
	int r = db_open(path, &db, &err);

	if (r < 0) {
		assert_true(err.text[0] != '\0');
		return;
	}
	r = db_candidates(db, STR("Debian:12"), STR("x"), STR("1"), &arena, &list, &err);
	assert_true(r == 0 || r == -ERR_FORMAT);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		r = db_search(db, str_from(names[i]), &arena, &found, &err);
		assert_true(r == 0 || r == -ERR_FORMAT);
	}
	r = db_info(db, &arena, &info, &err);
	assert_true(r == 0 || r == -ERR_FORMAT);
	r = db_enrich(db, &v, &err);
	assert_true(r == 0 || r == -ERR_FORMAT);
	vec_release(&list);
	db_close(db);
}

/* Flips bits of a table's first value in its place in the file. */
static void damage_value(const char *path, MDB_txn *txn, const char *table)
{
	static const unsigned char masks[] = {0x01, 0x40, 0x80, 0xff};
	unsigned char bytes[512];
	MDB_dbi dbi;
	MDB_cursor *cursor;
	MDB_val k, v;
	size_t len;

	assert_int_equal(mdb_dbi_open(txn, table, 0, &dbi), 0);
	assert_int_equal(mdb_cursor_open(txn, dbi, &cursor), 0);
	assert_int_equal(mdb_cursor_get(cursor, &k, &v, MDB_FIRST), 0);
	len = v.mv_size;
	/* A leaf's node is the key and the value behind it. */
	assert_true(k.mv_size + len <= sizeof(bytes));
	memcpy(bytes, k.mv_data, k.mv_size);
	memcpy(bytes + k.mv_size, v.mv_data, len);
	for (size_t i = 0; i < len; i++)
		for (size_t m = 0; m < ARRAY_LEN(masks); m++) {
			_cleanup_buf_ struct buf whole = BUF_INIT(MiB(1));
			ssize_t at;

			/* The file as it is, with the one value changed where it lies. */
			read_all(path, &whole);
			at = str_find(buf_str(&whole),
				      (struct str){(char *)bytes, k.mv_size + len});
			assert_true(at > 0);
			whole.data[(size_t)at + k.mv_size + i] ^= (char)masks[m];
			write_file(in_directory("damaged"), buf_str(&whole));
			reseal(in_directory("damaged"));
			use_all(in_directory("damaged"));
		}
	mdb_cursor_close(cursor);
}

static void test_damaged_records(void **state)
{
	static const char *const tables[] = {"advisories", "s/Debian:12", "names", "shards",
					     "cves"};
	const char *path = in_directory("records");
	struct db_builder *b = begin(path);
	MDB_env *env;
	MDB_txn *txn;

	add(b, &rows[0]);
	add(b, &rows[1]);
	assert_int_equal(db_builder_add_epss(b, STR("CVE-2024-0001"), 0.98765, 0.5, NULL), 0);
	finish(b);
	assert_int_equal(mdb_env_create(&env), 0);
	assert_int_equal(mdb_env_set_maxdbs(env, 8), 0);
	assert_int_equal(mdb_env_open(env, path, MDB_NOSUBDIR | MDB_NOLOCK | MDB_RDONLY, 0), 0);
	assert_int_equal(mdb_txn_begin(env, NULL, MDB_RDONLY, &txn), 0);
	for (size_t i = 0; i < ARRAY_LEN(tables); i++)
		damage_value(path, txn, tables[i]);
	mdb_txn_abort(txn);
	mdb_env_close(env);
}

/* --- exports -------------------------------------------------------------------------------------- */

static int read_export(const char *from, const char *to, struct db_build_summary *summary,
		       struct osv_feed_summary *feed, struct err *err)
{
	struct osv_feed_options options = {.paths = &from, .n_paths = 1};
	struct db_builder *b = begin(to);
	int r = osv_feed_read(&options, b, feed, err);

	if (r == 0)
		r = db_builder_finish(b, summary, err);
	db_builder_free(b);
	return r;
}

static void test_loose_files(void **state)
{
	const char *source = getenv("CSCPLATE_SOURCE");
	struct db_build_summary summary;
	struct osv_feed_summary feed;
	struct err err = ERR_INIT;
	_cleanup_db_ struct db *db = NULL;
	char from[PATH_MAX];

	snprintf(from, sizeof(from), "%s/tests/data/osv/records", source ? source : ".");
	if (read_export(from, in_directory("loose"), &summary, &feed, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(summary.bad_records, 13);
	assert_int_equal(feed.bad_records, 13);
	assert_int_equal(feed.records, 25);
	assert_int_equal(summary.withdrawn, 1);
	db = open_db(in_directory("loose"));
	assert_string_equal(candidates(db, "Debian:12", "example"),
			    "DEBIAN-CVE-2099-1001<1.2-3+deb12u1 DSA-9001-1<1.2-3+deb12u1 "
			    "DSA-9002-1<1.2-3+deb12u2");
	assert_string_equal(candidates(db, "SUSE:15.3", "libexample1"),
			    "SUSE-SU-2099:0001-1<1.2-150300.1.1");
}

static void test_bad_exports(void **state)
{
	const char *zip = in_directory("all.zip"), *db = in_directory("db");
	struct db_build_summary summary;
	struct osv_feed_summary feed;
	struct err err = ERR_INIT;

	write_file(zip, STR("PK\x03\x04 this was a zip once"));
	assert_int_equal(read_export(zip, db, &summary, &feed, &err), -ERR_FORMAT);
	assert_non_null(strstr(err.text, zip));
	write_file(zip, STR(""));
	assert_int_equal(read_export(zip, db, &summary, &feed, &err), -ERR_FORMAT);
	unlink(zip);
	assert_int_equal(read_export(zip, db, &summary, &feed, &err), -ENOENT);
	assert_int_equal(read_export("/dev/null", db, &summary, &feed, &err), -EINVAL);
	assert_int_equal(mkdir(in_directory("nothing"), 0700), 0);
	assert_int_equal(read_export(in_directory("nothing"), db, &summary, &feed, &err),
			 -ERR_FORMAT);
	assert_non_null(strstr(err.text, "no advisories there"));
	rmdir(in_directory("nothing"));
}

/* Real records: the small export, which names packages of the sample inventories. */
static void test_real_export(void **state)
{
	const char *shared = getenv("CSCPLATE_SHARED"), *path = in_directory("mini");
	_cleanup_arena_ struct arena arena = ARENA_INIT(0);
	_cleanup_buf_ struct buf zip = BUF_INIT(MiB(256));
	struct db_build_summary summary;
	struct osv_feed_summary feed;
	const struct advisory *a;
	struct err err = ERR_INIT;
	char from[PATH_MAX];
	struct db *db;

	snprintf(from, sizeof(from), "%s/osv-mini", shared ? shared : "../shared");
	if (access(from, R_OK) < 0) {
		print_message("skipped: real advisories (%s)\n", from);
		skip();
	}
	if (read_export(from, path, &summary, &feed, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(summary.bad_records, 0);
	assert_true(summary.advisories > 7000 && summary.entries > 70000);
	db = open_db(path);
	/* The fix of every release, as Debian's tracker has it. */
	assert_non_null(strstr(candidates(db, "Debian:12", "glibc"),
			       "DEBIAN-CVE-2023-4911<2.36-9+deb12u3"));
	assert_non_null(strstr(candidates(db, "Debian:12", "glibc"), "DSA-5514-1<2.36-9+deb12u3"));
	assert_int_equal(db_advisory(db, STR("CVE-2023-4911"), &arena, &a, &err), 0);
	db_close(db);

	/* A download that broke off. */
	snprintf(from, sizeof(from), "%s/osv-mini/Debian/all.zip", shared ? shared : "../shared");
	read_all(from, &zip);
	for (size_t i = 1; i < 8; i++) {
		write_file(in_directory("all.zip"), (struct str){zip.data, zip.len * i / 8});
		assert_int_equal(read_export(in_directory("all.zip"), path, &summary, &feed, &err),
				 -ERR_FORMAT);
		assert_non_null(strstr(err.text, "all.zip"));
	}
	/* What was built before is still there. */
	db_close(open_db(path));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),	cmocka_unit_test(test_refused_records),
		cmocka_unit_test(test_same_bytes),	cmocka_unit_test(test_unfinished),
		cmocka_unit_test(test_nothing),		cmocka_unit_test(test_places),
		cmocka_unit_test(test_broken_table),	cmocka_unit_test(test_cut_short),
		cmocka_unit_test(test_damaged_head),	cmocka_unit_test(test_something_else),
		cmocka_unit_test(test_read_only_place), cmocka_unit_test(test_damaged_records),
		cmocka_unit_test(test_loose_files),	cmocka_unit_test(test_bad_exports),
		cmocka_unit_test(test_real_export),	cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_marks),		cmocka_unit_test(test_asked),
		cmocka_unit_test(test_as_of),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
