/* Version orders: the tables of tests/data/version, the shared samples, and what every order owes. */
#include "base/compat.h"

#include <setjmp.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/fd.h"
#include "match/version.h"

static const char *setting(const char *name, const char *otherwise)
{
	const char *value = getenv(name);

	return value && *value ? value : otherwise;
}

static int read_text(const char *dir, const char *rest, struct buf *b)
{
	_cleanup_close_ int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : file_read(fd, rest, b, NULL);
}

static char sign(int r)
{
	return r < 0 ? '<' : r > 0 ? '>' : '=';
}

/* Lines "A < B"; those of '#' are comments. Returns how many there were. */
static size_t check_pairs(enum version_scheme scheme, struct str text)
{
	struct str line, a, op, b;
	size_t n = 0;

	while (str_next_line(&text, &line)) {
		char seen, reversed;

		if (line.len == 0 || *line.ptr == '#')
			continue;
		assert_true(str_next_word(&line, &a) && str_next_word(&line, &op) &&
			    str_next_word(&line, &b));
		seen = sign(version_compare(scheme, a, b));
		reversed = sign(-version_compare(scheme, b, a));
		if (seen != *op.ptr || reversed != seen)
			fail_msg("%s: %.*s %.*s %.*s, but we say %c (reversed %c)",
				 version_scheme_name(scheme), STR_FMT(a), STR_FMT(op), STR_FMT(b),
				 seen, reversed);
		n++;
	}
	return n;
}

static void own_tables(void **state)
{
	static const char *const files[] = {"tests/data/version/dpkg.txt",
					    "tests/data/version/rpm.txt",
					    "tests/data/version/apk.txt"};

	for (enum version_scheme s = 0; s < VERSION_SCHEME_MAX_; s++) {
		_cleanup_buf_ struct buf b = BUF_INIT(1 << 20);

		assert_int_equal(read_text(setting("CSCPLATE_SOURCE", "."), files[s], &b), 0);
		assert_true(check_pairs(s, buf_str(&b)) > 20);
	}
}

static void samples(enum version_scheme scheme, const char *file, size_t at_least)
{
	_cleanup_buf_ struct buf b = BUF_INIT(1 << 20);
	char dir[4096];

	snprintf(dir, sizeof(dir), "%s/../shared", setting("CSCPLATE_SOURCE", "."));
	if (read_text(setting("CSCPLATE_SHARED", dir), file, &b) < 0) {
		print_message("skipped: shared samples: %s is not there\n", file);
		skip();
	}
	assert_true(check_pairs(scheme, buf_str(&b)) >= at_least);
}

static void samples_debian(void **state)
{
	samples(VERSION_DPKG, "samples/versions/debian.txt", 1000);
}

static void samples_redhat(void **state)
{
	samples(VERSION_RPM, "samples/versions/redhat.txt", 80);
}

static void samples_alpine(void **state)
{
	samples(VERSION_APK, "samples/versions/alpine.txt", 1000);
}

static void validity(void **state)
{
	_cleanup_buf_ struct buf b = BUF_INIT(1 << 20);
	struct str text, line, name, want, version;
	enum version_scheme scheme;

	assert_int_equal(
		read_text(setting("CSCPLATE_SOURCE", "."), "tests/data/version/valid.txt", &b), 0);
	text = buf_str(&b);
	while (str_next_line(&text, &line)) {
		if (line.len == 0)
			continue;
		assert_true(str_next_word(&line, &name) && str_next_word(&line, &want) &&
			    str_next_word(&line, &version));
		assert_int_equal(version_scheme_parse(name, &scheme), 0);
		if (version_valid(scheme, version) != str_eq(want, STR("yes")))
			fail_msg("%.*s: is %.*s valid? want %.*s", STR_FMT(name), STR_FMT(version),
				 STR_FMT(want));
	}
	for (scheme = 0; scheme < VERSION_SCHEME_MAX_; scheme++) {
		assert_false(version_valid(scheme, STR_NULL));
		assert_false(version_valid(scheme, STR("1.0 2")));
		assert_false(version_valid(scheme, STR("1\0002")));
	}
}

static void names(void **state)
{
	enum version_scheme scheme;

	for (enum version_scheme s = 0; s < VERSION_SCHEME_MAX_; s++) {
		assert_int_equal(version_scheme_parse(str_from(version_scheme_name(s)), &scheme),
				 0);
		assert_int_equal(scheme, s);
	}
	assert_int_equal(version_scheme_parse(STR("semver"), &scheme), -EINVAL);
	assert_int_equal(version_scheme_parse(STR(""), &scheme), -EINVAL);
}

/* All triples of a set of awkward strings: one order, whatever the bytes. */
static void total_order(void **state)
{
	static const char *const awkward[] = {
		"",	   "0",		  "00",	     "1",     "01",	"1.",	  "1..",
		".1",	   "1.0",	  "1.00",    "1.01",  "1.1",	"1.10",	  "1.9",
		"1.9a",	   "1.9a1",	  "1.9ab",   "1.9.a", "1.9_",	"1.9_p",  "1.9_p1",
		"1.9_rc",  "1.9_rc_p",	  "1.9_foo", "1.9~",  "1.9~~",	"1.9~a",  "1.9^",
		"1.9^a",   "1.9^~",	  "1.9-",    "1.9-r", "1.9-r0", "1.9-r1", "1.9-1",
		"1:1.9",   ":1.9",	  "0:1.9",   "-",     "--",	"~",	  "^",
		"a",	   "b",		  "a1",	     "1.9+b", "1.9+",	"1.9.+",  "\x80",
		"1.9\xff", "1.9\xc3\xa9",
	};

	for (enum version_scheme s = 0; s < VERSION_SCHEME_MAX_; s++) {
		for (size_t i = 0; i < ARRAY_LEN(awkward); i++) {
			for (size_t j = 0; j < ARRAY_LEN(awkward); j++) {
				struct str a = str_from(awkward[i]), b = str_from(awkward[j]);
				int ab = version_compare(s, a, b);

				assert_int_equal(sign(ab), sign(-version_compare(s, b, a)));
				if (i == j)
					assert_int_equal(ab, 0);
				for (size_t k = 0; ab <= 0 && k < ARRAY_LEN(awkward); k++) {
					struct str c = str_from(awkward[k]);

					if (version_compare(s, b, c) <= 0 &&
					    version_compare(s, a, c) > 0)
						fail_msg("%s: '%s' <= '%s' <= '%s', but not the "
							 "ends",
							 version_scheme_name(s), awkward[i],
							 awkward[j], awkward[k]);
				}
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(own_tables),	  cmocka_unit_test(samples_debian),
		cmocka_unit_test(samples_redhat), cmocka_unit_test(samples_alpine),
		cmocka_unit_test(validity),	  cmocka_unit_test(names),
		cmocka_unit_test(total_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
