/* KEV catalogues and EPSS scores. */
#include "base/compat.h"

#include <archive.h>
#include <archive_entry.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "advisory/db.h"
#include "advisory/kev_epss.h"

static char directory[] = "/tmp/cscplate-kev-epss-XXXXXX";
static char path[64];

static int set_up(void **state)
{
	if (!mkdtemp(directory))
		return -1;
	snprintf(path, sizeof(path), "%s/db", directory);
	return 0;
}

static int tear_down(void **state)
{
	unlink(path);
	return rmdir(directory);
}

static struct db_builder *begin(void)
{
	struct db_builder *builder = NULL;
	struct err err = ERR_INIT;

	if (db_builder_open(path, &builder, &err) < 0)
		fail_msg("%s", err.text);
	return builder;
}

static void finish(struct db_builder *builder, struct db **ret, struct db_build_summary *summary)
{
	struct err err = ERR_INIT;

	/* CVEs alone are no database. */
	assert_int_equal(
		db_builder_shard_origin(builder, STR("Test"), STR("here"), SHARD_WHOLE, &err), 0);
	if (db_builder_finish(builder, summary, &err) < 0 || db_open(path, ret, &err) < 0)
		fail_msg("%s", err.text);
	db_builder_free(builder);
}

static struct vulnerability enriched(struct db *db, const char *id)
{
	struct vulnerability v = {.id = str_from(id)};
	struct err err = ERR_INIT;

	assert_int_equal(db_enrich(db, &v, &err), 0);
	return v;
}

static void test_both(void **state)
{
	struct db_builder *b = begin();
	_cleanup_db_ struct db *db = NULL;
	_cleanup_arena_ struct arena arena = ARENA_INIT(0);
	struct db_build_summary summary;
	struct vulnerability v;
	struct db_info info;
	struct err err = ERR_INIT;

	assert_int_equal(
		kev_parse("kev.json",
			  STR("{\"dateReleased\": \"2025-08-25T17:04:19Z\", \"vulnerabilities\": ["
			      "{\"cveID\": \"CVE-2099-1001\", \"dateAdded\": \"2025-08-25\"},"
			      "{\"cveID\": \"nonsense\", \"dateAdded\": \"2025-08-25\"},"
			      "{\"cveID\": \"CVE-2099-1003\", \"dateAdded\": \"soon\"},"
			      "17]}"),
			  b, &err),
		0);
	/* The day in the third column, by its title; the earlier of two days counts. */
	assert_int_equal(kev_parse("kev.csv",
				   STR("\xef\xbb\xbf"
				       "cveID,vendor,dateAdded\r\n"
				       "CVE-2099-1001,\"A, B\",2025-01-02\r\n\r\n"
				       "CVE-2099-1002,C,2026-01-02\r\n"),
				   b, &err),
			 0);
	assert_int_equal(kev_parse("plain.csv", STR("CVE-2099-123456,2026-02-03\n"), b, &err), 0);
	assert_int_equal(epss_parse("epss",
				    STR("#model_version:v2099,score_date:2026-08-16T00:00:00Z\n"
					"cve,epss,percentile\n"
					"CVE-2099-1001,0.03351,0.87650\n"
					"CVE-2099-1002,1.5,0.1\n"
					"CVE-2099-1004,x,0.1\n"
					"CVE-2099-1005,1,0\n"),
				    b, &err),
			 0);
	finish(b, &db, &summary);
	assert_int_equal(summary.bad_records, 5);
	v = enriched(db, "CVE-2099-1001");
	assert_true(v.has_epss && v.epss == 0.03351 && v.epss_percentile == 0.87650);
	assert_string_equal(v.kev_added.ptr, "2025-01-02");
	v = enriched(db, "CVE-2099-1002");
	assert_true(!v.has_epss);
	assert_string_equal(v.kev_added.ptr, "2026-01-02");
	v = enriched(db, "CVE-2099-123456");
	assert_string_equal(v.kev_added.ptr, "2026-02-03");
	v = enriched(db, "CVE-2099-1005");
	assert_true(v.has_epss && v.epss == 1 && v.kev_added.len == 0);
	v = enriched(db, "GHSA-aaaa-bbbb-cccc");
	assert_true(!v.has_epss && v.kev_added.len == 0);
	assert_int_equal(db_info(db, &arena, &info, &err), 0);
	assert_true(str_eq(info.kev_date, STR("2026-02-03")));
	assert_true(str_eq(info.epss_date, STR("2026-08-16T00:00:00Z")));
}

static void test_other_files(void **state)
{
	static const char *const texts[] = {
		"",
		"\n \n",
		"<html>not found</html>\n",
		"{\"title\": 1}",
		"{",
		"name,date\nx,y\n",
		"[1,2]",
	};
	struct db_builder *b = begin();

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct err err = ERR_INIT;

		assert_int_equal(kev_parse("FILE", str_from(texts[i]), b, &err), -ERR_FORMAT);
		assert_non_null(strstr(err.text, "cannot read 'FILE'"));
		assert_int_equal(epss_parse("FILE", str_from(texts[i]), b, &err), -ERR_FORMAT);
		assert_non_null(strstr(err.text, "cannot read 'FILE'"));
	}
	db_builder_free(b);
}

/* libarchive could run lrzip for what begins like this: it must not even look for it. */
static void test_no_program(void **state)
{
	static const char lrzip[] = "LRZI\0\6aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n";
	static const char *const programs[] = {"lrzip", "grzip", "lzop", "uncompress"};
	char file[128], marker[128], program[128], bin[96];
	_cleanup_free_ char *path_before = strdup(getenv("PATH") ? getenv("PATH") : "");
	struct db_builder *b = begin();
	struct err err = ERR_INIT;

	snprintf(bin, sizeof(bin), "%s/bin", directory);
	snprintf(file, sizeof(file), "%s/kev", directory);
	snprintf(marker, sizeof(marker), "%s/ran", directory);
	assert_int_equal(mkdir(bin, 0700), 0);
	for (size_t i = 0; i < ARRAY_LEN(programs); i++) {
		FILE *script;

		snprintf(program, sizeof(program), "%s/%s", bin, programs[i]);
		script = fopen(program, "we");
		assert_non_null(script);
		fprintf(script, "#!/bin/sh\n>'%s'\ncat\n", marker);
		fchmod(fileno(script), 0700);
		fclose(script);
	}
	setenv("PATH", bin, 1);
	for (int i = 0; i < 2; i++) {
		static const struct str grzip = STR("GRZipII\0\2\4:)aaaaaaaaaaaaaaaaaaaaaaaaaa\n");
		FILE *out = fopen(file, "we");

		assert_non_null(out);
		if (i == 0)
			fwrite(lrzip, 1, sizeof(lrzip) - 1, out);
		else
			fwrite(grzip.ptr, 1, grzip.len, out);
		fclose(out);
		assert_int_equal(kev_read(file, b, &err), -ERR_FORMAT);
		assert_int_equal(epss_read(file, b, &err), -ERR_FORMAT);
		assert_int_equal(access(marker, F_OK), -1);
	}
	setenv("PATH", path_before, 1);
	db_builder_free(b);
	for (size_t i = 0; i < ARRAY_LEN(programs); i++) {
		snprintf(program, sizeof(program), "%s/%s", bin, programs[i]);
		unlink(program);
	}
	unlink(file);
	rmdir(bin);
}

/* The shared export of real advisories, which has both files; NULL when it is not there. */
static struct archive *open_export(void)
{
	const char *shared = getenv("CSCPLATE_SHARED"), *source = getenv("CSCPLATE_SOURCE");
	char name[PATH_MAX];
	struct archive *a;

	if (shared)
		snprintf(name, sizeof(name), "%s/osv-export.tar.zst", shared);
	else
		snprintf(name, sizeof(name), "%s/../shared/osv-export.tar.zst",
			 source ? source : ".");
	if (access(name, R_OK) < 0)
		return NULL;
	a = archive_read_new();
	assert_non_null(a);
	archive_read_support_format_tar(a);
	archive_read_support_filter_zstd(a);
	if (archive_read_open_filename(a, name, (size_t)1 << 16) != ARCHIVE_OK)
		fail_msg("%s", archive_error_string(a));
	return a;
}

static const char *in_directory(const char *name, char file[PATH_MAX])
{
	snprintf(file, PATH_MAX, "%s/%s", directory, name);
	return file;
}

/* Unpacks one member, "osv-export/NAME", into the test's directory. */
static void unpack_member(struct archive *a, const char *name)
{
	char file[PATH_MAX];
	int fd = open(in_directory(name, file), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	if (archive_read_data_into_fd(a, fd) != ARCHIVE_OK)
		fail_msg("%s", archive_error_string(a));
	close(fd);
}

/* CISA's catalogue and FIRST's scores as they come: 1,404 and later 153 entries, and 360,142 scores. */
static void test_real(void **state)
{
	static const char *const names[] = {"kev.json", "kev-newer.csv", "epss.csv.gz"};
	struct archive *a = open_export();
	struct db_build_summary summary;
	struct archive_entry *entry;
	_cleanup_db_ struct db *db = NULL;
	_cleanup_arena_ struct arena arena = ARENA_INIT(0);
	struct db_builder *b;
	struct db_info info;
	struct err err = ERR_INIT;
	char file[PATH_MAX];
	size_t found = 0;

	if (!a) {
		print_message("skipped: no osv-export.tar.zst in CSCPLATE_SHARED\n");
		skip();
	}
	while (found < ARRAY_LEN(names) && archive_read_next_header(a, &entry) == ARCHIVE_OK) {
		const char *slash = strrchr(archive_entry_pathname(entry), '/');

		for (size_t i = 0; slash && i < ARRAY_LEN(names); i++)
			if (strcmp(slash + 1, names[i]) == 0) {
				unpack_member(a, names[i]);
				found++;
			}
	}
	archive_read_free(a);
	assert_int_equal(found, ARRAY_LEN(names));
	b = begin();
	if (kev_read(in_directory(names[0], file), b, &err) < 0 ||
	    kev_read(in_directory(names[1], file), b, &err) < 0 ||
	    epss_read(in_directory(names[2], file), b, &err) < 0)
		fail_msg("%s", err.text);
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		unlink(in_directory(names[i], file));
	finish(b, &db, &summary);
	assert_int_equal(summary.bad_records, 0);
	/* In the catalogue; in the later list alone; scored, and in neither. */
	assert_string_equal(enriched(db, "CVE-2021-44228").kev_added.ptr, "2021-12-10");
	assert_true(enriched(db, "CVE-2021-44228").epss > 0.9);
	assert_string_equal(enriched(db, "CVE-2025-62593").kev_added.ptr, "2026-08-18");
	assert_true(enriched(db, "CVE-1999-0001").epss == 0.03351);
	assert_int_equal(enriched(db, "CVE-1999-0001").kev_added.len, 0);
	assert_int_equal(db_info(db, &arena, &info, &err), 0);
	assert_true(str_eq(info.kev_date, STR("2026-08-18")));
	assert_true(str_eq(info.epss_date, STR("2026-08-16T00:00:00Z")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both),
		cmocka_unit_test(test_other_files),
		cmocka_unit_test(test_no_program),
		cmocka_unit_test(test_real),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
