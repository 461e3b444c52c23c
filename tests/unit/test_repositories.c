/* Configured repositories: catalog/repositories.c. */
#include "catalog_samples.h"

/* The lines, joined by '|'. */
static const struct {
	const char *path, *text, *lines;
	size_t skipped;
} cases[] = {
	{"etc/apk/repositories",
	 "# note\nhttps://dl-cdn.alpinelinux.org/alpine/v3.19/main\n\n"
	 "  @edge https://dl-cdn.alpinelinux.org/alpine/edge/main\n#https://commented\n",
	 "https://dl-cdn.alpinelinux.org/alpine/v3.19/main|"
	 "@edge https://dl-cdn.alpinelinux.org/alpine/edge/main|",
	 0},
	{"etc/apk/repositories.d/a.list", "https://a/b\n", "https://a/b|", 0},
	{"etc/apt/sources.list",
	 "deb http://mirror.example/debian bookworm main contrib # note\n"
	 "#deb http://commented x main\n"
	 "deb-src http://mirror.example/debian bookworm main\n"
	 "deb [arch=amd64 signed-by=/x.gpg]  http://a b\tc\n"
	 "deb http://flat ./\n"
	 "junk\n"
	 "deb http://no-suite\n",
	 "http://mirror.example/debian bookworm main|http://mirror.example/debian bookworm contrib|"
	 "http://a b c|http://flat ./|",
	 2},
	{"etc/apt/sources.list.d/esm.list",
	 "deb https://esm.ubuntu.com/infra/ubuntu jammy-infra-security main\n",
	 "https://esm.ubuntu.com/infra/ubuntu jammy-infra-security main|", 0},
	{"etc/apt/sources.list.d/debian.sources",
	 "Types: deb\n# http://snapshot.debian.org/archive/debian/20250520T000000Z\n"
	 "URIs: http://mirror.example/debian\nSuites: bookworm bookworm-updates\nComponents: main\n"
	 "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n"
	 "\n"
	 "Types: deb-src\nURIs: http://s\nSuites: x\nComponents: y\n"
	 "\n"
	 "Types: deb deb-src\nURIs: http://a\n http://b\nSuites: x/\nComponents: none\n"
	 "\n"
	 "Enabled: no\nTypes: deb\nURIs: http://off\nSuites: x\nComponents: y\n",
	 "http://mirror.example/debian bookworm main|http://mirror.example/debian bookworm-updates "
	 "main|"
	 "http://a x/|http://b x/|",
	 0},
	/* never what is secret */
	{"etc/apt/auth.conf.d/90ubuntu-advantage",
	 "machine esm.ubuntu.com/infra/ubuntu/ login bearer password C1secret  # note\n"
	 "machine other\n login machine\n password machine\n",
	 "machine esm.ubuntu.com/infra/ubuntu/|machine other|", 0},
	{"etc/apt/auth.conf", "", "", 0},
};

static void test_files(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_buf_ struct buf seen = BUF_INIT(MiB(1));
		_cleanup_reading_ struct reading reading;

		read_text(&reading, cases[i].path, cases[i].text);
		assert_int_equal(reading.r, 0);
		assert_int_equal(reading.entry.kind, CATALOG_REPOSITORIES);
		for (size_t j = 0; j < reading.entry.repositories.len; j++)
			buf_addf(&seen, "%.*s|", STR_FMT(reading.entry.repositories.items[j]));
		assert_string_equal(seen.data ? seen.data : "", cases[i].lines);
		assert_int_equal(reading.entry.skipped, cases[i].skipped);
		torture(cases[i].path, str_from(cases[i].text));
		starve(cases[i].path, str_from(cases[i].text));
	}
}

/* URIs times suites times components. */
static void test_product_is_bounded(void **state)
{
	_cleanup_buf_ struct buf b = BUF_INIT(MiB(1));
	_cleanup_reading_ struct reading reading;
	static const char *const fields[] = {"Types: deb\nURIs:", "\nSuites:", "\nComponents:"};

	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		buf_addf(&b, "%s", fields[i]);
		for (size_t j = 0; j < 20000; j++)
			buf_addf(&b, " x");
	}
	read_as(&reading, "etc/apt/sources.list.d/x.sources", buf_str(&b));
	assert_int_equal(reading.r, -ERR_LIMIT);
	assert_string_equal(reading.err.text, "cannot read 'etc/apt/sources.list.d/x.sources': "
					      "more than 4096 repositories");
	/* The same without the last factor, which makes no lines by itself. */
	{
		_cleanup_reading_ struct reading two;

		b.len = (size_t)str_find(buf_str(&b), STR("\nComponents:"));
		read_as(&two, "etc/apt/sources.list.d/x.sources", buf_str(&b));
		assert_int_equal(two.r, -ERR_LIMIT);
	}
}

static void test_samples(void **state)
{
	_cleanup_buf_ struct buf b = BUF_INIT(LIMIT_SMALL_TEXT);
	_cleanup_reading_ struct reading reading;

	read_member(&reading, &b, "alpine-3.20.3-minirootfs", "etc/apk/repositories");
	assert_int_equal(reading.r, 0);
	assert_int_equal(reading.entry.repositories.len, 2);
	assert_str(reading.entry.repositories.items[0],
		   "https://dl-cdn.alpinelinux.org/alpine/v3.20/main");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_product_is_bounded),
		cmocka_unit_test(test_samples),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
