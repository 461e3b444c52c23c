/* rpm's headers and databases: parse/rpmheader.c, parse/rpm_*.c, catalog/rpm.c. */
#include "catalog_samples.h"

#include <sqlite3.h>

#include "parse/rpmdb.h"
#include "parse/rpmheader.h"

#define SQLITE_DB "var/lib/rpm/rpmdb.sqlite"
#define NDB	  "usr/lib/sysimage/rpm/Packages.db"
#define BDB	  "var/lib/rpm/Packages"

/* --- headers made here -------------------------------------------------------------------------- */

enum { INT16 = 3, INT32 = 4, STRING = 6, STRINGS = 8 };

struct header {
	struct buf index, data;
	uint32_t n_entries;
};

static void add_be32(struct buf *b, uint32_t value)
{
	unsigned char bytes[] = {(unsigned char)(value >> 24), (unsigned char)(value >> 16),
				 (unsigned char)(value >> 8), (unsigned char)value};

	buf_add(b, bytes, sizeof(bytes));
}

static void add_entry(struct header *h, uint32_t tag, uint32_t type, uint32_t count)
{
	add_be32(&h->index, tag);
	add_be32(&h->index, type);
	add_be32(&h->index, (uint32_t)h->data.len);
	add_be32(&h->index, count);
	h->n_entries++;
}

static void add_text(struct header *h, uint32_t tag, const char *text)
{
	add_entry(h, tag, STRING, 1);
	buf_add(&h->data, text, strlen(text) + 1);
}

static void add_int(struct header *h, uint32_t tag, uint32_t value)
{
	add_entry(h, tag, INT32, 1);
	add_be32(&h->data, value);
}

static void finish(struct header *h, struct buf *blob)
{
	add_be32(blob, h->n_entries);
	add_be32(blob, (uint32_t)h->data.len);
	buf_add_str(blob, buf_str(&h->index));
	buf_add_str(blob, buf_str(&h->data));
	assert_int_equal(buf_status(blob, NULL), 0);
	buf_release(&h->index);
	buf_release(&h->data);
}

#define HEADER_INIT ((struct header){.index = BUF_INIT(MiB(8)), .data = BUF_INIT(MiB(8))})

static void add_name(struct header *h, const char *name, const char *version, const char *release)
{
	add_text(h, 1000, name);
	add_text(h, 1001, version);
	add_text(h, 1002, release);
}

/* A database of ndb: one page of slots, blobs behind it (rpm, lib/backend/ndb/rpmpkg.c). */
static void add_le32(struct buf *b, uint32_t value)
{
	unsigned char bytes[] = {(unsigned char)value, (unsigned char)(value >> 8),
				 (unsigned char)(value >> 16), (unsigned char)(value >> 24)};

	buf_add(b, bytes, sizeof(bytes));
}

static void make_ndb(struct buf *db, const struct str *blobs, size_t n_blobs)
{
	size_t at = 4096;

	buf_addf(db, "RpmP");
	add_le32(db, 0);
	add_le32(db, 1);
	add_le32(db, 1);
	add_le32(db, (uint32_t)n_blobs + 1);
	while (db->len < 32)
		buf_add_char(db, '\0');
	for (size_t i = 0; db->len < 4096; i++) {
		size_t blocks = i < n_blobs ? (16 + blobs[i].len + 12 + 15) / 16 : 0;

		buf_addf(db, "Slot");
		add_le32(db, i < n_blobs ? (uint32_t)i + 1 : 0);
		add_le32(db, i < n_blobs ? (uint32_t)(at / 16) : 0);
		add_le32(db, (uint32_t)blocks);
		at += blocks * 16;
	}
	for (size_t i = 0; i < n_blobs; i++) {
		buf_addf(db, "BlbS");
		add_le32(db, (uint32_t)i + 1);
		add_le32(db, 1);
		add_le32(db, (uint32_t)blobs[i].len);
		buf_add_str(db, blobs[i]);
		while (db->len % 16 != 4)
			buf_add_char(db, '\0');
		add_le32(db, 0);
		add_le32(db, (uint32_t)blobs[i].len);
		buf_addf(db, "BlbE");
	}
	assert_int_equal(buf_status(db, NULL), 0);
}

/* A SQLite database with rows as given; blobs may also be made by an SQL expression. */
static void make_sqlite(struct buf *db, const char *sql, const struct str *blobs, size_t n_blobs)
{
	sqlite3 *s;
	sqlite3_stmt *insert;
	sqlite3_int64 size;
	unsigned char *image;

	assert_int_equal(sqlite3_open(":memory:", &s), SQLITE_OK);
	assert_int_equal(sqlite3_exec(s, sql, NULL, NULL, NULL), SQLITE_OK);
	if (n_blobs)
		assert_int_equal(sqlite3_prepare_v2(s, "INSERT INTO Packages(blob) VALUES(?)", -1,
						    &insert, NULL),
				 SQLITE_OK);
	for (size_t i = 0; i < n_blobs; i++) {
		sqlite3_bind_blob(insert, 1, blobs[i].ptr, (int)blobs[i].len, SQLITE_STATIC);
		assert_int_equal(sqlite3_step(insert), SQLITE_DONE);
		sqlite3_reset(insert);
	}
	if (n_blobs)
		sqlite3_finalize(insert);
	image = sqlite3_serialize(s, "main", &size, 0);
	assert_non_null(image);
	buf_add(db, image, (size_t)size);
	sqlite3_free(image);
	sqlite3_close(s);
	assert_int_equal(buf_status(db, NULL), 0);
}

#define PACKAGES_TABLE \
	"CREATE TABLE 'Packages' (hnum INTEGER PRIMARY KEY AUTOINCREMENT,blob BLOB NOT NULL)"

static void read_blob(struct reading *reading, struct buf *db, struct str blob)
{
	make_ndb(db, &blob, 1);
	read_as(reading, NDB, buf_str(db));
}

/* --- what a header says ------------------------------------------------------------------------- */

static void test_versions(void **state)
{
	static const struct {
		const char *name, *version, *release;
		uint32_t epoch;
		const char *source_rpm, *want_version, *want_source, *want_source_version;
	} cases[] = {
		{"bash", "5.1", "1.el9", 0, "bash-5.1-1.el9.src.rpm", "5.1-1.el9", "bash",
		 "5.1-1.el9"},
		{"openssl-libs", "3.0.7", "2", 1, "openssl-3.0.7-2.src.rpm", "1:3.0.7-2", "openssl",
		 "1:3.0.7-2"},
		{"perl-Errno", "1.30", "472", 0, "perl-5.32.1-472.el9.src.rpm", "1.30-472", "perl",
		 "5.32.1-472.el9"},
		{"a", "1", "2", 0, "b-3-4.nosrc.rpm", "1-2", "b", "3-4"},
		{"a", "1", "2", 0, "", "1-2", "a", "1-2"},
		{"a", "1", "2", 0, "nonsense", "1-2", "a", "1-2"},
		{"a", "1", "2", 0, "only-dash.src.rpm", "1-2", "a", "1-2"},
		{"a", "1", "", 0, "", "1", "a", "1"},
		{"a", "1", "2", UINT32_MAX, "", "4294967295:1-2", "a", "4294967295:1-2"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_buf_ struct buf blob = BUF_INIT(MiB(1)), db = BUF_INIT(MiB(1));
		_cleanup_reading_ struct reading reading;
		struct header h = HEADER_INIT;
		const struct package *p;

		add_name(&h, cases[i].name, cases[i].version, cases[i].release);
		if (cases[i].epoch)
			add_int(&h, 1003, cases[i].epoch);
		if (cases[i].source_rpm[0])
			add_text(&h, 1044, cases[i].source_rpm);
		finish(&h, &blob);
		read_blob(&reading, &db, buf_str(&blob));
		assert_int_equal(reading.r, 0);
		assert_int_equal(reading.entry.packages.len, 1);
		p = &reading.entry.packages.items[0];
		assert_str(p->name, cases[i].name);
		assert_str(p->version, cases[i].want_version);
		assert_str(p->source_name, cases[i].want_source);
		assert_str(p->source_version, cases[i].want_source_version);
	}
}

static void test_keys_are_no_packages(void **state)
{
	_cleanup_buf_ struct buf blob = BUF_INIT(MiB(1)), db = BUF_INIT(MiB(1));
	_cleanup_reading_ struct reading reading;
	struct header h = HEADER_INIT;

	add_name(&h, "gpg-pubkey", "350d275d", "6279464b");
	finish(&h, &blob);
	read_blob(&reading, &db, buf_str(&blob));
	assert_int_equal(reading.r, 0);
	assert_int_equal(reading.entry.packages.len, 0);
	assert_int_equal(reading.entry.skipped, 0);
}

/* What was added after the build replaces what the package came with. */
static void test_last_entry_counts(void **state)
{
	_cleanup_buf_ struct buf blob = BUF_INIT(MiB(1));
	struct header h = HEADER_INIT;
	struct rpmheader parsed;

	add_name(&h, "a", "1", "2");
	add_text(&h, 1011, "first");
	add_text(&h, 1011, "second");
	finish(&h, &blob);
	assert_int_equal(rpmheader_parse(buf_str(&blob), &parsed, NULL), 0);
	assert_str(parsed.vendor, "second");
	assert_int_equal(parsed.digest_algo, 1);
}

static void add_old_names(struct header *h, const char *names, size_t len, uint32_t count)
{
	add_entry(h, 1027, STRINGS, count);
	buf_add(&h->data, names, len);
}

static void test_old_file_names(void **state)
{
	static const char names[] = "/usr/bin/a\0relative";
	_cleanup_buf_ struct buf blob = BUF_INIT(MiB(1)), db = BUF_INIT(MiB(1));
	_cleanup_reading_ struct reading reading;
	struct header h = HEADER_INIT;
	const struct package *p;

	add_name(&h, "a", "1", "2");
	add_old_names(&h, names, sizeof(names), 2);
	finish(&h, &blob);
	read_blob(&reading, &db, buf_str(&blob));
	assert_int_equal(reading.r, 0);
	p = &reading.entry.packages.items[0];
	assert_int_equal(p->n_files, 2);
	assert_str(p->files[0].path, "/usr/bin/a");
	assert_str(p->files[1].path, "/relative");
}

/* --- headers that lie --------------------------------------------------------------------------- */

static void assert_header_fails(struct buf *blob, const char *text)
{
	struct err err = ERR_INIT;
	struct rpmheader h;

	assert_int_equal(rpmheader_parse(buf_str(blob), &h, &err), -ERR_FORMAT);
	if (!strstr(err.text, text))
		fail_msg("'%s' has no '%s'", err.text, text);
	buf_release(blob);
}

static void test_bad_headers(void **state)
{
	struct buf blob = BUF_INIT(MiB(1));
	struct header h = HEADER_INIT;

	buf_addf(&blob, "1234567");
	assert_header_fails(&blob, "offset 0: header of 7 bytes");
	add_be32(&blob, 0xffffffff);
	add_be32(&blob, 0);
	assert_header_fails(&blob, "offset 0: header of 4294967295 entries");
	add_be32(&blob, 0);
	add_be32(&blob, 0xffffffff);
	assert_header_fails(&blob, "4294967295 bytes of data in 8 bytes");

	add_entry(&h, 1000, STRING, 1);
	buf_addf(&h.data, "no end");
	finish(&h, &blob);
	assert_header_fails(&blob, "offset 8: tag 1000 does not end within the data");

	h = HEADER_INIT;
	add_entry(&h, 1000, INT32, 1);
	add_be32(&h.data, 1);
	finish(&h, &blob);
	assert_header_fails(&blob, "tag 1000 is no string");

	h = HEADER_INIT;
	add_entry(&h, 1003, STRING, 1);
	buf_add(&h.data, "1", 2);
	finish(&h, &blob);
	assert_header_fails(&blob, "tag 1003 is no integer");

	h = HEADER_INIT;
	add_entry(&h, 1003, INT32, 0);
	finish(&h, &blob);
	assert_header_fails(&blob, "tag 1003 is empty");

	h = HEADER_INIT;
	add_entry(&h, 1116, INT32, 0x40000000);
	add_be32(&h.data, 1);
	finish(&h, &blob);
	assert_header_fails(&blob, "tag 1116 reaches behind the data");

	h = HEADER_INIT;
	add_entry(&h, 1117, STRINGS, 0xffffffff);
	buf_add(&h.data, "x", 2);
	finish(&h, &blob);
	assert_header_fails(&blob, "tag 1117 has more strings than bytes");

	h = HEADER_INIT;
	add_be32(&h.index, 1000);
	add_be32(&h.index, STRING);
	add_be32(&h.index, 0xfffffff0);
	add_be32(&h.index, 1);
	h.n_entries = 1;
	finish(&h, &blob);
	assert_header_fails(&blob, "tag 1000 points behind the data");
}

/* A package whose file list is bad stays a package. */
static void test_bad_file_lists(void **state)
{
	_cleanup_buf_ struct buf blob = BUF_INIT(MiB(8)), db = BUF_INIT(MiB(16));
	_cleanup_reading_ struct reading no_folder, growth;
	struct header h = HEADER_INIT;

	add_name(&h, "a", "1", "2");
	add_entry(&h, 1117, STRINGS, 1);
	buf_add(&h.data, "x", 2);
	add_int(&h, 1116, 7);
	finish(&h, &blob);
	read_blob(&no_folder, &db, buf_str(&blob));
	assert_int_equal(no_folder.r, 0);
	assert_int_equal(no_folder.entry.packages.len, 1);
	assert_int_equal(no_folder.entry.packages.items[0].n_files, 0);
	assert_non_null(
		strstr(no_folder.entry.skipped_example.ptr, "a file of it has no directory"));
	buf_release(&blob);
	buf_release(&db);

	/* 100,000 files in a directory of 4,000 characters: 400 MB from half a megabyte. */
	h = HEADER_INIT;
	add_name(&h, "a", "1", "2");
	add_entry(&h, 1118, STRINGS, 1);
	for (size_t i = 0; i < 4000; i++)
		buf_add_char(&h.data, '/');
	buf_add_char(&h.data, '\0');
	add_entry(&h, 1117, STRINGS, 100000);
	for (size_t i = 0; i < 100000; i++)
		buf_add(&h.data, "xyzxyz", 7);
	add_entry(&h, 1116, INT32, 100000);
	for (size_t i = 0; i < 100000; i++)
		add_be32(&h.data, 0);
	finish(&h, &blob);
	read_blob(&growth, &db, buf_str(&blob));
	assert_int_equal(growth.r, 0);
	assert_int_equal(growth.entry.packages.len, 1);
	assert_int_equal(growth.entry.skipped, 1);
	assert_true(growth.arena.used < MiB(32));
}

/* --- databases ---------------------------------------------------------------------------------- */

/* modthing and modthing-libs, whatever kind of database they lie in (tests/data/rpmdb/README.md). */
static void assert_modthing(struct reading *reading)
{
	const struct package *p;

	assert_int_equal(reading->r, 0);
	assert_int_equal(reading->entry.kind, CATALOG_PACKAGES);
	assert_int_equal(reading->entry.packages.len, 2);
	assert_int_equal(reading->entry.skipped, 0);
	p = find_package(reading, "modthing-libs");
	assert_int_equal(p->n_files, 0);
	p = find_package(reading, "modthing");
	assert_int_equal(p->type, PACKAGE_RPM);
	assert_str(p->version, "3:1.2~rc1-4.module+el8");
	assert_str(p->arch, "x86_64");
	assert_str(p->source_name, "modthing");
	assert_str(p->source_version, "3:1.2~rc1-4.module+el8");
	assert_str(p->module, "nodejs:12:8010020190612143724:cdc1202b");
	assert_str(p->vendor, "Docker");
	assert_str(p->license, "MIT");
	assert_int_equal(p->n_files, 4);
	assert_digest(p->files, 4, "/etc/m.conf",
		      "sha256:a3a5e715f0cc574a73c3f9bebb6bc24f32ffd5b67b387244c2c909da779a1478");
	assert_digest(p->files, 4, "/opt/m/with space",
		      "sha256:98ea6e4f216f2fb4b69fff9b3a44842c38686ca685f3f55dc48c5d3fb1107be4");
	assert_digest(p->files, 4, "/opt/m/sub/link", "");
}

static const struct {
	const char *data, *path;
} databases[] = {
	{"rpmdb/two.sqlite", SQLITE_DB},
	{"rpmdb/two.ndb", NDB},
	{"rpmdb/hash-le.bdb", BDB},
	{"rpmdb/hash-be.bdb", BDB},
};

static void test_databases(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(databases); i++) {
		_cleanup_buf_ struct buf b = BUF_INIT(MiB(1));
		_cleanup_reading_ struct reading reading;

		load_data(&b, databases[i].data);
		read_as(&reading, databases[i].path, buf_str(&b));
		assert_modthing(&reading);
		starve(databases[i].path, buf_str(&b));
	}
}

/* The same header in databases that are made here, SQLite's in its usual mode. */
static void test_made_databases(void **state)
{
	_cleanup_buf_ struct buf header = BUF_INIT(MiB(1)), ndb = BUF_INIT(MiB(1)),
				 sqlite = BUF_INIT(MiB(1));
	_cleanup_reading_ struct reading from_ndb, from_sqlite;
	struct str blob;

	load_data(&header, "rpmdb/modthing.header");
	blob = buf_str(&header);
	make_ndb(&ndb, &blob, 1);
	read_as(&from_ndb, NDB, buf_str(&ndb));
	assert_int_equal(from_ndb.entry.packages.len, 1);
	assert_int_equal(from_ndb.entry.packages.items[0].n_files, 4);
	make_sqlite(&sqlite, PACKAGES_TABLE, &blob, 1);
	read_as(&from_sqlite, SQLITE_DB, buf_str(&sqlite));
	assert_int_equal(from_sqlite.entry.packages.len, 1);
	assert_int_equal(from_sqlite.entry.packages.items[0].n_files, 4);
}

/* What a file is, its bytes say and not its name. */
static void test_kind_by_content(void **state)
{
	_cleanup_buf_ struct buf b = BUF_INIT(MiB(1));
	_cleanup_reading_ struct reading reading;

	load_data(&b, "rpmdb/two.sqlite");
	read_as(&reading, BDB, buf_str(&b));
	assert_modthing(&reading);
}

static void assert_fails(const char *path, struct str bytes, int code, const char *text)
{
	_cleanup_reading_ struct reading reading;

	read_as(&reading, path, bytes);
	assert_int_equal(reading.r, -code);
	if (!strstr(reading.err.text, text))
		fail_msg("'%s' has no '%s'", reading.err.text, text);
}

static void put_le32(struct buf *b, size_t at, uint32_t value)
{
	b->data[at] = (char)value;
	b->data[at + 1] = (char)(value >> 8);
	b->data[at + 2] = (char)(value >> 16);
	b->data[at + 3] = (char)(value >> 24);
}

static void test_not_databases(void **state)
{
	_cleanup_buf_ struct buf zeros = BUF_INIT(MiB(1)), meta = BUF_INIT(MiB(1));

	assert_fails(SQLITE_DB, STR(""), ERR_FORMAT,
		     "cannot read 'var/lib/rpm/rpmdb.sqlite': the file is empty");
	assert_fails(BDB, STR("garbage"), ERR_FORMAT,
		     "offset 0: no rpm database of any known kind");
	for (size_t i = 0; i < 8192; i++)
		buf_add_char(&zeros, '\0');
	assert_fails(BDB, buf_str(&zeros), ERR_FORMAT, "offset 12: no rpm database");
	put_le32(&zeros, 12, 0x053162);
	assert_fails(BDB, buf_str(&zeros), ERR_UNSUPPORTED, "a Berkeley DB b-tree, not a hash");
	load_data(&meta, "rpmdb/hash-le.bdb");
	meta.data[24] = 1;
	assert_fails(BDB, buf_str(&meta), ERR_UNSUPPORTED, "encryption");
	meta.data[24] = 0;
	put_le32(&meta, 20, 1000);
	assert_fails(BDB, buf_str(&meta), ERR_FORMAT, "offset 20: page size 1000");
	assert_fails(NDB, STR("RpmP"), ERR_FORMAT, "offset 0: not an ndb database");
	assert_fails(SQLITE_DB, STR("SQLite format 3\0cut"), ERR_FORMAT, "SQLite: ");
}

static void test_ndb_slots_out_of_bounds(void **state)
{
	static const struct {
		size_t at;
		uint32_t value;
		const char *example;
	} cases[] = {
		{40, 0xffffffff, "its slot points behind the file"},
		{44, 0xffffffff, "its slot points behind the file"},
		{44, 1, "its slot has too few blocks"},
		{36, 77, "its slot points to something else"},
		{4096, 0, "its slot points to something else"},
		{4096 + 12, 0xffffffff, "its length does not fit its slot"},
		{4096 + 12, 1, "its length does not fit its slot"},
	};
	_cleanup_buf_ struct buf db = BUF_INIT(MiB(1)), many = BUF_INIT(MiB(1));
	_cleanup_buf_ struct buf header = BUF_INIT(MiB(1));
	struct str blobs[2];

	load_data(&header, "rpmdb/modthing.header");
	blobs[0] = blobs[1] = buf_str(&header);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_reading_ struct reading reading;

		buf_clear(&db);
		make_ndb(&db, blobs, 2);
		put_le32(&db, cases[i].at, cases[i].value);
		read_as(&reading, NDB, buf_str(&db));
		assert_int_equal(reading.r, 0);
		assert_int_equal(reading.entry.packages.len, 1);
		assert_int_equal(reading.entry.skipped, 1);
		if (!strstr(reading.entry.skipped_example.ptr, cases[i].example))
			fail_msg("'%s' has no '%s'", reading.entry.skipped_example.ptr,
				 cases[i].example);
	}
	buf_clear(&db);
	make_ndb(&db, blobs, 2);
	put_le32(&db, 12, 0xffffffff);
	assert_fails(NDB, buf_str(&db), ERR_FORMAT, "offset 12: 4294967295 pages of slots");
	put_le32(&db, 12, 1);
	put_le32(&db, 32, 0);
	assert_fails(NDB, buf_str(&db), ERR_FORMAT, "offset 32: not a slot");

	/* All slots point to the one blob. */
	make_ndb(&many, blobs, 1);
	for (size_t at = 48; at < 4096; at += 16)
		memcpy(many.data + at, many.data + 32, 16);
	{
		_cleanup_reading_ struct reading reading;

		read_as(&reading, NDB, buf_str(&many));
		assert_int_equal(reading.r, 0);
		assert_true(reading.entry.packages.len < 8);
		assert_non_null(strstr(reading.entry.skipped_example.ptr,
				       "slots share their blobs; packages behind it are lost"));
	}
}

/* The first overflow page of a chain points to itself. */
static void test_bdb_cycle(void **state)
{
	_cleanup_buf_ struct buf b = BUF_INIT(MiB(1));
	_cleanup_reading_ struct reading reading;
	size_t changed = 0;

	load_data(&b, "rpmdb/hash-le.bdb");
	for (size_t page = 512; page < b.len; page += 512) {
		if (b.data[page + 25] != 7)
			continue;
		put_le32(&b, page + 16, (uint32_t)(page / 512));
		changed++;
	}
	assert_true(changed > 2);
	read_as(&reading, BDB, buf_str(&b));
	/* What comes together is as long as it should be, and no header. */
	assert_true(reading.r == 0 || reading.r == -ERR_FORMAT);
	assert_true(reading.entry.skipped > 0);
}

static void test_bdb_broken_chains(void **state)
{
	_cleanup_buf_ struct buf b = BUF_INIT(MiB(1));

	load_data(&b, "rpmdb/hash-le.bdb");
	for (size_t page = 512; page < b.len; page += 512)
		if (b.data[page + 25] == 7)
			put_le32(&b, page + 16, 0xfffffff0);
	assert_fails(BDB, buf_str(&b), ERR_FORMAT, "its overflow pages end too early");
	for (size_t page = 512; page < b.len; page += 512)
		if (b.data[page + 25] == 7)
			b.data[page + 22] = b.data[page + 23] = 0;
	assert_fails(BDB, buf_str(&b), ERR_FORMAT, "its overflow pages are broken");
	b.len -= 512;
	assert_fails(BDB, buf_str(&b), ERR_FORMAT, "the file ends before its last page, number 12");
}

/* What a hostile schema could make SQLite do. */
static void test_sqlite_hostile(void **state)
{
	static const struct {
		const char *sql, *text;
	} cases[] = {
		{"CREATE TABLE t(x)", "no such table: main.Packages"},
		{"CREATE TABLE t(x); CREATE VIEW Packages AS SELECT 1 AS hnum, x AS blob FROM t",
		 ""},
		{"CREATE TABLE Packages(hnum INTEGER PRIMARY KEY, blob AS (zeroblob(1000000000)));"
		 "INSERT INTO Packages(hnum) VALUES(1),(2)",
		 ""},
		{"CREATE TABLE Packages(hnum INTEGER PRIMARY KEY, blob TEXT);"
		 "INSERT INTO Packages VALUES(1, 'text')",
		 "its header is no blob"},
		{"CREATE TABLE Packages(hnum INTEGER PRIMARY KEY, blob BLOB);"
		 "INSERT INTO Packages VALUES(1, x''), (2, x'00')",
		 "offset 0: header of 0 bytes"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_buf_ struct buf db = BUF_INIT(MiB(1));

		make_sqlite(&db, cases[i].sql, NULL, 0);
		assert_fails(SQLITE_DB, buf_str(&db), ERR_FORMAT, cases[i].text);
	}
}

/* What comes before the damage is kept, and that there is some is said. */
static void test_sqlite_damaged_in_the_middle(void **state)
{
	_cleanup_buf_ struct buf header = BUF_INIT(MiB(1)), db = BUF_INIT(MiB(8));
	_cleanup_reading_ struct reading reading;
	struct str blobs[64];

	load_data(&header, "rpmdb/modthing.header");
	for (size_t i = 0; i < ARRAY_LEN(blobs); i++)
		blobs[i] = buf_str(&header);
	make_sqlite(&db, PACKAGES_TABLE, blobs, ARRAY_LEN(blobs));
	memset(db.data + db.len / 2, 0xee, 4096);
	read_as(&reading, SQLITE_DB, buf_str(&db));
	assert_int_equal(reading.r, 0);
	assert_true(reading.entry.packages.len > 0);
	assert_true(reading.entry.packages.len < ARRAY_LEN(blobs));
	assert_true(reading.entry.skipped > 0);
}

/* Changes that are not in the database yet are told about; an empty log says nothing. */
static void test_logs(void **state)
{
	static const char *const logs[] = {"var/lib/rpm/rpmdb.sqlite-wal",
					   "usr/lib/sysimage/rpm/rpmdb.sqlite-journal"};

	for (size_t i = 0; i < ARRAY_LEN(logs); i++) {
		_cleanup_reading_ struct reading empty, full;

		read_text(&empty, logs[i], "");
		assert_int_equal(empty.r, 0);
		assert_int_equal(empty.entry.packages.len, 0);
		read_text(&full, logs[i], "7\177\006\202");
		assert_int_equal(full.r, -ERR_UNSUPPORTED);
		assert_non_null(strstr(full.err.text, "not in the database yet"));
	}
}

static void test_cut_and_changed(void **state)
{
	_cleanup_buf_ struct buf header = BUF_INIT(MiB(1)), ndb = BUF_INIT(MiB(1));
	struct str blob;

	for (size_t i = 0; i < ARRAY_LEN(databases); i++) {
		_cleanup_buf_ struct buf b = BUF_INIT(MiB(1));

		/* The large empty parts of SQLite's and ndb's files are not worth the time. */
		load_data(&b, databases[i].data);
		if (b.len > 7000)
			continue;
		torture(databases[i].path, buf_str(&b));
	}
	load_data(&header, "rpmdb/modthing.header");
	blob = buf_str(&header);
	make_ndb(&ndb, &blob, 1);
	torture(NDB, buf_str(&ndb));
}

/* As rpm --dbpath -qa and -qal list them. */
static void test_samples(void **state)
{
	static const struct {
		const char *root, *path;
		size_t packages, files;
		const char *name, *version, *source, *source_version, *vendor;
	} cases[] = {
		{"cbl-mariner-2.0-rpmdb-sqlite", SQLITE_DB, 129, 6282, "audit-libs", "3.0.6-1.cm2",
		 "audit", "3.0.6-1.cm2", "Microsoft Corporation"},
		{"rocky-8.4-rpmdb-sqlite", SQLITE_DB, 155, 0, "acl", "2.2.53-1.el8.1", "acl",
		 "2.2.53-1.el8.1", "Rocky Enterprise Software Foundation"},
		{"rocky-8.10-rpmdb-sqlite", SQLITE_DB, 148, 0, "audit-libs", "3.1.2-1.el8", "audit",
		 "3.1.2-1.el8", "Rocky Enterprise Software Foundation"},
		{"rocky-9.0-rpmdb-sqlite", SQLITE_DB, 130, 0, "alternatives", "1.20-2.el9",
		 "chkconfig", "1.20-2.el9", "Rocky Enterprise Software Foundation"},
		{"rocky-9.3-rpmdb-sqlite", SQLITE_DB, 141, 0, "alternatives", "1.24-1.el9",
		 "chkconfig", "1.24-1.el9", "Rocky Enterprise Software Foundation"},
		{"ubi-8-s390x-rpmdb-sqlite", SQLITE_DB, 181, 0, "audit-libs", "3.0.7-2.el8.2",
		 "audit", "3.0.7-2.el8.2", "Red Hat, Inc."},
		{"one-package-rpmdb-bdb", BDB, 1, 5, "libuuid", "2.32.1-42.el8_8", "util-linux",
		 "2.32.1-42.el8_8", "Red Hat, Inc."},
	};
	_cleanup_buf_ struct buf b = BUF_INIT(LIMIT_PACKAGE_DB_BINARY);

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_reading_ struct reading reading;
		const struct package *p;
		size_t files = 0;

		read_member(&reading, &b, cases[i].root, cases[i].path);
		assert_int_equal(reading.r, 0);
		assert_int_equal(reading.entry.skipped, 0);
		assert_int_equal(reading.entry.packages.len, cases[i].packages);
		for (size_t j = 0; j < reading.entry.packages.len; j++)
			files += reading.entry.packages.items[j].n_files;
		assert_int_equal(files, cases[i].files);
		p = find_package(&reading, cases[i].name);
		assert_str(p->version, cases[i].version);
		assert_str(p->source_name, cases[i].source);
		assert_str(p->source_version, cases[i].source_version);
		assert_str(p->vendor, cases[i].vendor);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_versions),
		cmocka_unit_test(test_keys_are_no_packages),
		cmocka_unit_test(test_last_entry_counts),
		cmocka_unit_test(test_old_file_names),
		cmocka_unit_test(test_bad_headers),
		cmocka_unit_test(test_bad_file_lists),
		cmocka_unit_test(test_databases),
		cmocka_unit_test(test_made_databases),
		cmocka_unit_test(test_kind_by_content),
		cmocka_unit_test(test_not_databases),
		cmocka_unit_test(test_ndb_slots_out_of_bounds),
		cmocka_unit_test(test_bdb_cycle),
		cmocka_unit_test(test_bdb_broken_chains),
		cmocka_unit_test(test_sqlite_hostile),
		cmocka_unit_test(test_sqlite_damaged_in_the_middle),
		cmocka_unit_test(test_logs),
		cmocka_unit_test(test_cut_and_changed),
		cmocka_unit_test(test_samples),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
