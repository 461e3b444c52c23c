/* dpkg's status, status.d and file lists: catalog/dpkg.c. */
#include "catalog_samples.h"

#define STATUS "var/lib/dpkg/status"

static void test_fields(void **state)
{
	_cleanup_reading_ struct reading reading;
	const struct package *p;

	read_text(&reading, STATUS,
		  "Package: libssl3\n"
		  "Status: install ok installed\n"
		  "Maintainer: Debian OpenSSL Team <pkg-openssl-devel@alioth-lists.debian.net>\n"
		  "Architecture: amd64\n"
		  "Source: openssl (3.0.15-1~deb12u1)\n"
		  "Version: 3.0.15-1~deb12u1+b1\n"
		  "Description: library\n"
		  " Version: 0 is not a field\n"
		  "\n"
		  "package: lower\n"
		  "STATUS: install ok installed\n"
		  "VERSION: 1:2\n");
	assert_int_equal(reading.r, 0);
	assert_int_equal(reading.entry.kind, CATALOG_PACKAGES);
	assert_int_equal(reading.entry.packages.len, 2);
	assert_int_equal(reading.entry.skipped, 0);
	p = &reading.entry.packages.items[0];
	assert_int_equal(p->type, PACKAGE_DPKG);
	assert_str(p->name, "libssl3");
	assert_str(p->version, "3.0.15-1~deb12u1+b1");
	assert_str(p->arch, "amd64");
	assert_str(p->source_name, "openssl");
	assert_str(p->source_version, "3.0.15-1~deb12u1");
	assert_str(p->vendor, "Debian OpenSSL Team <pkg-openssl-devel@alioth-lists.debian.net>");
	assert_false(p->broken);
	p = &reading.entry.packages.items[1];
	assert_str(p->name, "lower");
	assert_str(p->source_name, "lower");
	assert_str(p->source_version, "1:2");
}

static void test_states(void **state)
{
	static const struct {
		const char *status;
		int packages, broken;
	} cases[] = {
		{"Status: install ok installed\n", 1, 0},
		{"Status: hold ok installed\n", 1, 0},
		{"Status: deinstall ok installed\n", 1, 0},
		{"Status: install  ok\tinstalled\n", 1, 0},
		{"Status: install reinstreq installed\n", 1, 1},
		{"Status: install ok half-installed\n", 1, 1},
		{"Status: install ok unpacked\n", 1, 1},
		{"Status: install ok half-configured\n", 1, 1},
		{"Status: install ok triggers-awaited\n", 1, 1},
		{"Status: install ok triggers-pending\n", 1, 1},
		{"Status: deinstall ok config-files\n", 0, 0},
		{"Status: purge ok not-installed\n", 0, 0},
		{"Status: install ok unheard-of\n", 1, 1},
		{"Status: garbage\n", 1, 1},
		{"", 1, 0},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_reading_ struct reading reading;
		char text[256];

		snprintf(text, sizeof(text), "Package: a\n%sVersion: 1\n", cases[i].status);
		read_text(&reading, STATUS, text);
		assert_int_equal(reading.r, 0);
		assert_int_equal(reading.entry.packages.len, cases[i].packages);
		if (cases[i].packages)
			assert_int_equal(reading.entry.packages.items[0].broken, cases[i].broken);
	}
}

static void test_sources(void **state)
{
	static const struct {
		const char *source, *name, *version;
	} cases[] = {
		{"", "bin", "1.0"},
		{"Source: src\n", "src", "1.0"},
		{"Source: src (2:3-4)\n", "src", "2:3-4"},
		{"Source: src(5)\n", "src", "5"},
		{"Source: src ()\n", "src", "1.0"},
		{"Source: src (6\n", "src (6", "1.0"},
		{"Source:\n", "bin", "1.0"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_reading_ struct reading reading;
		char text[256];

		snprintf(text, sizeof(text), "Package: bin\nVersion: 1.0\n%s", cases[i].source);
		read_text(&reading, STATUS, text);
		assert_int_equal(reading.entry.packages.len, 1);
		assert_str(reading.entry.packages.items[0].source_name, cases[i].name);
		assert_str(reading.entry.packages.items[0].source_version, cases[i].version);
	}
}

static void test_bad_records(void **state)
{
	_cleanup_reading_ struct reading reading, garbage, empty;

	read_text(&reading, STATUS,
		  "Package: a\nVersion: 1\n\nPackage: b\n\nVersion: 2\n\njunk\nPackage: "
		  "c\nVersion: 3\n");
	assert_int_equal(reading.r, 0);
	assert_int_equal(reading.entry.packages.len, 2);
	assert_int_equal(reading.entry.skipped, 3);
	assert_str(reading.entry.skipped_example, "line 4: no Version of package b");

	read_as(&garbage, STATUS, STR("\0\0\xff\xfe not a database\n\0\n"));
	assert_int_equal(garbage.r, -ERR_FORMAT);
	assert_non_null(strstr(garbage.err.text, "cannot read 'var/lib/dpkg/status': "));
	assert_non_null(strstr(garbage.err.text, "line 1: not a field"));

	read_text(&empty, STATUS, "");
	assert_int_equal(empty.r, 0);
	assert_int_equal(empty.entry.packages.len, 0);
}

/* A line of 32 MiB is a slice like any other. */
static void test_long_line(void **state)
{
	_cleanup_buf_ struct buf b = BUF_INIT(LIMIT_PACKAGE_DB_TEXT);
	_cleanup_reading_ struct reading reading;
	char *line;

	buf_addf(&b, "Package: a\nVersion: 1\nDescription: ");
	line = buf_reserve(&b, MiB(32));
	assert_non_null(line);
	memset(line, 'x', MiB(32));
	buf_commit(&b, MiB(32));
	read_as(&reading, STATUS, buf_str(&b));
	assert_int_equal(reading.r, 0);
	assert_int_equal(reading.entry.packages.len, 1);
}

static void test_status_d(void **state)
{
	_cleanup_reading_ struct reading package, sums;

	read_text(&package, "var/lib/dpkg/status.d/base",
		  "Package: base-files\nVersion: 12.4+deb12u5\nArchitecture: amd64\n");
	assert_int_equal(package.r, 0);
	assert_int_equal(package.entry.packages.len, 1);
	assert_false(package.entry.packages.items[0].broken);

	read_text(&sums, "var/lib/dpkg/status.d/base.md5sums",
		  "0123456789abcdef0123456789abcdef  ./etc/debian_version\n"
		  "00000000000000000000000000000000  usr/lib/os-release\n");
	assert_int_equal(sums.entry.kind, CATALOG_OWNED_FILES);
	assert_str(sums.entry.owner, "base");
	assert_int_equal(sums.entry.files.len, 2);
	assert_digest(sums.entry.files.items, 2, "/etc/debian_version",
		      "md5:0123456789abcdef0123456789abcdef");
}

static void test_list(void **state)
{
	static const char *const expected[] = {"/etc/libx.conf", "/usr/bin/x", "/usr/bin-x",
					       "/usr/share/empty", "/usr/lib/link"};
	_cleanup_reading_ struct reading reading;

	/* Links come last, after the directory that they lie in seemed to be empty. */
	read_text(&reading, "var/lib/dpkg/info/libx:amd64.list",
		  "/.\n/etc\n/etc/libx.conf\n/usr\n/usr/bin\n/usr/bin/x\n/usr/bin-x\n/usr/lib\n"
		  "/usr/share\n/usr/share/empty\n/usr/lib/link\n");
	assert_int_equal(reading.r, 0);
	assert_int_equal(reading.entry.kind, CATALOG_OWNED_FILES);
	assert_str(reading.entry.owner, "libx:amd64");
	assert_int_equal(reading.entry.files.len, ARRAY_LEN(expected));
	for (size_t i = 0; i < ARRAY_LEN(expected); i++)
		assert_str(reading.entry.files.items[i].path, expected[i]);
}

static void test_md5sums_bad_lines(void **state)
{
	_cleanup_reading_ struct reading reading, garbage;

	read_text(&reading, "var/lib/dpkg/info/x.md5sums",
		  "0123456789abcdef0123456789abcdef  usr/bin/x\n"
		  "0123456789ABCDEF0123456789abcdef  usr/bin/upper\n"
		  "0123456789abcdef0123456789abcdef *usr/bin/binary mode\n"
		  "0123456789abcdef0123456789abcde  short\n"
		  "0123456789abcdef0123456789abcdef  /\n"
		  "\n");
	assert_int_equal(reading.r, 0);
	assert_int_equal(reading.entry.files.len, 2);
	assert_int_equal(reading.entry.skipped, 3);
	assert_str(reading.entry.skipped_example, "line 2: not a digest and a path");
	assert_str(reading.entry.files.items[1].path, "/usr/bin/binary mode");

	read_text(&garbage, "var/lib/dpkg/info/x.md5sums", "garbage\n");
	assert_int_equal(garbage.r, -ERR_FORMAT);
}

/* A status file that ends in the middle of a line lost what came behind it. */
static void test_cut_short(void **state)
{
	static const char text[] =
		"Package: a\nVersion: 1\n\nPackage: b\nVersion: 2\nDescription: x";
	_cleanup_reading_ struct reading cut, single;

	read_text(&cut, STATUS, text);
	assert_int_equal(cut.r, 0);
	assert_int_equal(cut.entry.packages.len, 2);
	assert_int_equal(cut.entry.skipped, 1);
	assert_true(str_find(cut.entry.skipped_example, STR("cut short")) >= 0);
	/* The files of distroless images often have no line end. */
	read_text(&single, "var/lib/dpkg/status.d/a", "Package: a\nVersion: 1");
	assert_int_equal(single.entry.skipped, 0);
}

static void test_cut_and_changed(void **state)
{
	torture(STATUS, STR("Package: a\nStatus: install ok installed\nSource: b (1)\nVersion: 2\n"
			    "Description: x\n y\n\nPackage: c\nVersion: 3\n"));
	torture("var/lib/dpkg/info/a.md5sums", STR("0123456789abcdef0123456789abcdef  usr/x\n"));
	torture("var/lib/dpkg/info/a.list", STR("/.\n/usr\n/usr/x\n/usr/x y\n"));
	starve("var/lib/dpkg/info/a.md5sums", STR("0123456789abcdef0123456789abcdef  usr/x\n"));
}

/* As dpkg-query --admindir lists them. */
static void test_samples(void **state)
{
	static const struct {
		const char *root;
		size_t packages;
		const char *name, *version, *source, *source_version;
	} cases[] = {
		{"debian-11.11-minbase", 96, "libpam0g", "1.4.0-9+deb11u1", "pam",
		 "1.4.0-9+deb11u1"},
		{"debian-12.15-minbase", 88, "bsdutils", "1:2.38.1-5+deb12u3", "util-linux",
		 "2.38.1-5+deb12u3"},
		{"debian-12.15+security-20261120-minbase", 96, NULL, NULL, NULL, NULL},
		{"debian-13.7-minbase", 78, NULL, NULL, NULL, NULL},
		{"debian-sid-20261030-minbase", 76, NULL, NULL, NULL, NULL},
		{"debian-11-docker-20241202-from-manifest", 96, "adduser", "3.118+deb11u1",
		 "adduser", "3.118+deb11u1"},
		{"debian-sid-docker-20241202-from-manifest", 90, NULL, NULL, NULL, NULL},
		{"ubuntu-18.04-docker-20220801-from-manifest", 89, NULL, NULL, NULL, NULL},
		{"ubuntu-22.04-docker-20220801-from-manifest", 101, NULL, NULL, NULL, NULL},
	};
	_cleanup_buf_ struct buf b = BUF_INIT(LIMIT_PACKAGE_DB_TEXT);

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_reading_ struct reading reading;
		const struct package *p;

		read_member(&reading, &b, cases[i].root, STATUS);
		assert_int_equal(reading.r, 0);
		assert_int_equal(reading.entry.skipped, 0);
		assert_int_equal(reading.entry.packages.len, cases[i].packages);
		if (!cases[i].name)
			continue;
		p = find_package(&reading, cases[i].name);
		assert_str(p->version, cases[i].version);
		assert_str(p->source_name, cases[i].source);
		assert_str(p->source_version, cases[i].source_version);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),	  cmocka_unit_test(test_states),
		cmocka_unit_test(test_sources),	  cmocka_unit_test(test_bad_records),
		cmocka_unit_test(test_long_line), cmocka_unit_test(test_status_d),
		cmocka_unit_test(test_list),	  cmocka_unit_test(test_md5sums_bad_lines),
		cmocka_unit_test(test_cut_short), cmocka_unit_test(test_cut_and_changed),
		cmocka_unit_test(test_samples),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
