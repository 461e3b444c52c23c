/* apk's installed database: catalog/apk.c, parse/apkdb.c. */
#include "catalog_samples.h"

#include "parse/apkdb.h"

#define INSTALLED "lib/apk/db/installed"

static void test_fields(void **state)
{
	_cleanup_reading_ struct reading reading;
	const struct package *p;

	read_text(&reading, INSTALLED,
		  "C:Q1qKcZ+j23xssAXmgQhkOO8dHnbWw=\n"
		  "P:libcrypto3\nV:3.1.4-r1\nA:x86_64\no:openssl\nL:Apache-2.0\n"
		  "m:Ariadne Conill <ariadne@dereferenced.org>\n"
		  "F:lib\nR:libcrypto.so.3\na:0:0:755\nZ:Q1SLkS9hBidUbPwwrw+XR0Whv3ww8=\n"
		  "F:\nR:top\n"
		  "F:etc/ssl\nM:0:0:700\nR:no sum\nR:ct_log_list.cnf\n"
		  "Z:Q1olh8TpdAi2QnTl4FK3TjdUiwSwo=\n"
		  "\n"
		  "P:half\nV:1\nf:s\n"
		  "\n"
		  "P:cut\nV:2\nf:S\nF:x\nR:y\nZ:Q1SLkS9hBidUbPwwrw+XR0Whv3ww8=\n");
	assert_int_equal(reading.r, 0);
	assert_int_equal(reading.entry.packages.len, 3);
	assert_int_equal(reading.entry.skipped, 0);
	p = &reading.entry.packages.items[0];
	assert_int_equal(p->type, PACKAGE_APK);
	assert_str(p->name, "libcrypto3");
	assert_str(p->version, "3.1.4-r1");
	assert_str(p->arch, "x86_64");
	assert_str(p->source_name, "openssl");
	assert_str(p->source_version, "3.1.4-r1");
	assert_str(p->license, "Apache-2.0");
	assert_str(p->vendor, "Ariadne Conill <ariadne@dereferenced.org>");
	assert_false(p->broken);
	assert_int_equal(p->n_files, 4);
	assert_digest(p->files, 4, "/lib/libcrypto.so.3",
		      "sha1:48b912f610627546cfc30af0f974745a1bf7c30f");
	assert_digest(p->files, 4, "/top", "");
	assert_digest(p->files, 4, "/etc/ssl/no sum", "");
	assert_digest(p->files, 4, "/etc/ssl/ct_log_list.cnf",
		      "sha1:a2587c4e97408b64274e5e052b74e37548b04b0a");
	p = &reading.entry.packages.items[1];
	assert_true(p->broken);
	assert_str(p->source_name, "half");
	p = &reading.entry.packages.items[2];
	assert_false(p->broken);
	assert_int_equal(p->n_files, 1);
	assert_str(p->files[0].digest, "");
}

static void test_digests(void **state)
{
	static const struct {
		const char *checksum, *digest;
	} cases[] = {
		{"Q1SLkS9hBidUbPwwrw+XR0Whv3ww8=", "sha1:48b912f610627546cfc30af0f974745a1bf7c30f"},
		{"X148B912F610627546cfc30af0f974745a1bf7c30f",
		 "sha1:48b912f610627546cfc30af0f974745a1bf7c30f"},
		{"Q247DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
		 "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
		{"", ""},
		{"Q", ""},
		{"Q1", ""},
		{"Q3SLkS9hBidUbPwwrw+XR0Whv3ww8=", ""},
		{"Q1SLkS9hBidUbPwwrw+XR0Whv3ww8", ""},
		{"Q1SLkS9hBidUbPww!w+XR0Whv3ww8=", ""},
		{"X1zz", ""},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char text[APKDB_DIGEST_TEXT] = "";
		size_t len = apkdb_digest(str_from(cases[i].checksum), text);

		assert_str((struct str){text, len}, cases[i].digest);
	}
}

static void test_bad_records(void **state)
{
	_cleanup_reading_ struct reading reading, garbage, empty;

	read_text(&reading, INSTALLED,
		  "P:a\nV:1\n\nP:b\n\nV:2\n\nnonsense\nP:c\nV:3\nF:x\nwhat\nR:\nR:y\n");
	assert_int_equal(reading.r, 0);
	assert_int_equal(reading.entry.packages.len, 2);
	/* b, the nameless one, two lines and a file without a name */
	assert_int_equal(reading.entry.skipped, 5);
	assert_str(reading.entry.skipped_example, "line 4: no version (V:)");
	assert_int_equal(reading.entry.packages.items[1].n_files, 1);

	read_as(&garbage, INSTALLED, STR("\0\0\xff\xfe\n\0\n"));
	assert_int_equal(garbage.r, -ERR_FORMAT);
	assert_non_null(strstr(garbage.err.text, "cannot read 'lib/apk/db/installed': "));

	read_text(&empty, INSTALLED, "\n\n");
	assert_int_equal(empty.r, 0);
	assert_int_equal(empty.entry.packages.len, 0);
}

/* Many short names in one long directory would take the square of the file's size. */
static void test_growth_is_bounded(void **state)
{
	_cleanup_buf_ struct buf b = BUF_INIT(MiB(1));
	_cleanup_reading_ struct reading reading;

	buf_addf(&b, "P:a\nV:1\nF:");
	for (size_t i = 0; i < 4000; i++)
		buf_add_char(&b, 'd');
	buf_addf(&b, "\n");
	for (size_t i = 0; i < 20000; i++)
		buf_addf(&b, "R:f\n");
	read_as(&reading, INSTALLED, buf_str(&b));
	assert_int_equal(reading.r, 0);
	assert_int_equal(reading.entry.packages.len, 1);
	assert_int_equal(reading.entry.packages.items[0].n_files, 0);
	assert_int_equal(reading.entry.skipped, 1);
	assert_true(reading.arena.used < MiB(2));
}

static void test_cut_and_changed(void **state)
{
	torture(INSTALLED,
		STR("P:a\nV:1\no:b\nf:f\nF:lib\nR:x\nZ:Q1SLkS9hBidUbPwwrw+XR0Whv3ww8=\n\n"
		    "P:c\nV:2\nF:\nR:y\nR:z\n"));
	starve(INSTALLED, STR("P:a\nV:1\nF:lib\nR:x\nZ:Q1SLkS9hBidUbPwwrw+XR0Whv3ww8=\nR:y\n"));
}

static void test_samples(void **state)
{
	static const struct {
		const char *root;
		size_t packages;
		const char *openssl; /* version of the package that has libcrypto */
	} cases[] = {
		{"alpine-3.10.9-minirootfs", 14, NULL},
		{"alpine-3.12.12-minirootfs", 14, NULL},
		{"alpine-3.14.10-minirootfs", 14, NULL},
		{"alpine-3.15.11-minirootfs", 14, NULL},
		{"alpine-3.16.9-minirootfs", 14, NULL},
		{"alpine-3.17.10-minirootfs", 15, NULL},
		{"alpine-3.19.4-minirootfs", 15, "3.1.7-r0"},
		{"alpine-3.20.3-minirootfs", 14, NULL},
		{"alpine-edge-20240923-minirootfs", 14, NULL},
	};
	_cleanup_buf_ struct buf b = BUF_INIT(LIMIT_PACKAGE_DB_TEXT);

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_reading_ struct reading reading;
		const struct package *p;

		read_member(&reading, &b, cases[i].root, INSTALLED);
		assert_int_equal(reading.r, 0);
		assert_int_equal(reading.entry.skipped, 0);
		assert_int_equal(reading.entry.packages.len, cases[i].packages);
		if (!cases[i].openssl)
			continue;
		p = find_package(&reading, "libcrypto3");
		assert_str(p->version, cases[i].openssl);
		assert_str(p->source_name, "openssl");
		assert_str(p->arch, "x86_64");
		assert_digest(p->files, p->n_files, "/etc/ssl/ct_log_list.cnf",
			      "sha1:a2587c4e97408b64274e5e052b74e3754892c13a");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),		cmocka_unit_test(test_digests),
		cmocka_unit_test(test_bad_records),	cmocka_unit_test(test_growth_is_bounded),
		cmocka_unit_test(test_cut_and_changed), cmocka_unit_test(test_samples),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
