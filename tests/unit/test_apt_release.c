/* Release files and Packages indexes of package archives, and the text inside clear-signed messages. */
#include "base/compat.h"

#include <setjmp.h>

#include <cmocka.h>

#include "advisory/apt_index.h"
#include "advisory/apt_release.h"
#include "advisory/apt_signature.h"

#define HASH "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static const char release_text[] =
	"Origin: Debian\n"
	"Suite: oldoldstable-security\n"
	"Codename: bullseye-security\n"
	"Version: 11\n"
	"Acquire-By-Hash: yes\n"
	"Architectures: amd64 arm64\n"
	"Components: updates/main updates/contrib\n"
	"MD5Sum:\n"
	" 00000000000000000000000000000000 7 main/binary-amd64/Packages.xz\n"
	"SHA256:\n"
	" " HASH " 1234 main/binary-amd64/Packages.xz\n"
	" " HASH " x main/binary-amd64/Packages.gz\n"
	" e3b0 1 main/binary-amd64/Packages\n"
	" " HASH " 5 contrib/main/binary-amd64/Packages.bz2\n";

static void release(void **state)
{
	struct apt_release r;
	struct apt_file file;
	struct err err = ERR_INIT;

	assert_int_equal(apt_release_parse("f", str_from(release_text), &r, &err), 0);
	assert_true(r.by_hash);
	assert_true(apt_release_is(&r, STR("bullseye-security")));
	assert_true(apt_release_is(&r, STR("oldoldstable-security")));
	assert_false(apt_release_is(&r, STR("bullseye")));
	assert_false(apt_release_is(&r, STR("")));
	assert_true(apt_has_word(r.architectures, STR("arm64")));
	assert_false(apt_has_word(r.architectures, STR("arm")));
	assert_int_equal(apt_release_file(&r, STR("main/binary-amd64/Packages.xz"), &file), 0);
	assert_int_equal(file.size, 1234);
	assert_int_equal(file.sha256[0], 0xe3);
	/* a size that is none, a digest that is too short, a path that only ends like it, none at all */
	assert_int_equal(apt_release_file(&r, STR("main/binary-amd64/Packages.gz"), &file),
			 -ENOENT);
	assert_int_equal(apt_release_file(&r, STR("main/binary-amd64/Packages"), &file), -ENOENT);
	assert_int_equal(apt_release_file(&r, STR("main/binary-amd64/Packages.bz2"), &file),
			 -ENOENT);
	assert_int_equal(apt_release_file(&r, STR(""), &file), -ENOENT);
}

static void bad_releases(void **state)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{"", "neither a suite nor a code name"},
		{"<html>\n<body>\n", "line 1: not a release file"},
		{"Suite: x\n", "it has no SHA256 hashes"},
		{"Suite: x\nMD5Sum:\n 0 0 a\n", "it has no SHA256 hashes"},
		{"SHA256:\n 0 0 a\n", "neither a suite nor a code name"},
		{"Suite: x\nno field\nSHA256:\n 0 0 a\n", "line 2: not a release file"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct apt_release r;
		struct err err = ERR_INIT;

		assert_int_equal(apt_release_parse("f", str_from(cases[i].text), &r, &err),
				 -ERR_FORMAT);
		assert_non_null(strstr(err.text, cases[i].message));
	}
}

static void ecosystems(void **state)
{
	static const struct {
		const char *origin, *version, *ecosystem;
	} cases[] = {
		{"Debian", "11", "Debian:11"},
		{"Debian", "11.11", "Debian:11"},
		{"Debian", "12-updates", "Debian:12"},
		{"Debian", "", NULL},
		{"Debian", "sid", NULL},
		{"Ubuntu", "22.04", "Ubuntu:22.04:LTS"},
		{"Ubuntu", "23.04", "Ubuntu:23.04"},
		{"Ubuntu", "22.10", "Ubuntu:22.10"},
		{"Ubuntu", "22", NULL},
		{"Other", "1", NULL},
		{"", "1", NULL},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct apt_release r = {.origin = str_from(cases[i].origin),
					      .version = str_from(cases[i].version)};
		struct err err = ERR_INIT;
		char name[32];
		int result = apt_release_ecosystem("f", &r, name, sizeof(name), &err);

		assert_int_equal(result, cases[i].ecosystem ? 0 : -ERR_UNSUPPORTED);
		if (cases[i].ecosystem)
			assert_string_equal(name, cases[i].ecosystem);
	}
}

static void old_security_suite(void **state)
{
	const struct apt_release r = {.suite = STR("oldstable"), .codename = STR("buster")};

	assert_true(apt_release_is(&r, STR("buster/updates")));
	assert_false(apt_release_is(&r, STR("bullseye/updates")));
	assert_false(apt_release_is(&r, STR("buster/other")));
}

static void clearsigned(void **state)
{
	static const struct {
		const char *message, *text;
	} cases[] = {
		{"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\na\n- -b\n- From\n-----BEGIN "
		 "PGP "
		 "SIGNATURE-----\nx\n",
		 "a\n-b\nFrom\n"},
		{"-----BEGIN PGP SIGNED MESSAGE-----\n\n-----BEGIN PGP SIGNATURE-----\n", ""},
		{"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\na\n", NULL},
		{"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n", NULL},
		{"a\n", NULL},
		{"", NULL},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct buf text = BUF_INIT((size_t)1000);

		assert_int_equal(clearsigned_text(str_from(cases[i].message), &text),
				 cases[i].text ? 0 : -EINVAL);
		if (cases[i].text)
			assert_string_equal(text.data ? text.data : "", cases[i].text);
		buf_release(&text);
	}
}

#define FILES "Filename: p/x.deb\nSize: 7\nSHA256: " HASH "\n"

static void indexes(void **state)
{
	static const char text[] =
		"Package: a\nVersion: 1-1\n" FILES "\n"
		"Package: a-bin\nSource: a\nVersion: 1-2\n" FILES "\n"
		"Package: a-old\nSource: a (0.9)\nVersion: 7:7\n" FILES "\n"
		"Package: a-nmu\nSource: a (1-2)\nVersion: 1-2+b1\n" FILES "\n"
		"Package: c\nVersion: 1\nFilename: ../x\nSize: 7\nSHA256: " HASH "\n\n"
		"Package: d\nVersion: 1\nFilename: x\nSize: -7\nSHA256: " HASH "\n\n"
		"Package: e\nVersion: 1\nFilename: /x\nSize: 7\nSHA256: " HASH "\n\n"
		"Package: f\nVersion: not a version\n" FILES "\n"
		"Version: 1\n" FILES;
	struct apt_index index = APT_INDEX_INIT;
	const struct apt_source *a;
	struct err err = ERR_INIT;

	assert_int_equal(apt_index_add(&index, "f", str_from(text), NULL, true, &err), 0);
	a = apt_index_find(&index, STR("a"));
	assert_non_null(a);
	assert_true(str_eq(a->version, STR("1-2")));
	assert_true(str_eq(a->binaries->name, STR("a-nmu")));
	assert_true(str_eq(a->binaries->next->name, STR("a-bin")));
	assert_null(a->binaries->next->next);
	assert_int_equal(a->binaries->size, 7);
	assert_null(apt_index_find(&index, STR("a-bin")));
	assert_null(apt_index_find(&index, STR("c"))->binaries);
	assert_null(apt_index_find(&index, STR("d"))->binaries);
	assert_null(apt_index_find(&index, STR("e"))->binaries);
	assert_null(apt_index_find(&index, STR("f")));
	assert_int_equal(index.bad, 5);
	apt_index_release(&index);
}

static void filtered_index(void **state)
{
	static const char text[] =
		"Package: a\nVersion: 1\n" FILES "\nPackage: b\nVersion: 1\n" FILES;
	struct apt_index index = APT_INDEX_INIT;
	struct map wanted = MAP_INIT;
	struct err err = ERR_INIT;

	*map_slot(&wanted, STR("b")) = &index;
	assert_int_equal(apt_index_add(&index, "f", str_from(text), &wanted, false, &err), 0);
	assert_int_equal(index.sources.len, 1);
	assert_null(apt_index_find(&index, STR("b"))->binaries);
	apt_index_release(&index);
	map_release(&wanted);
}

static void bad_indexes(void **state)
{
	static const char *const texts[] = {"<html>\n", "Hello\n\nPackage: a\nVersion: 1\n",
					    "a: b\n\nc: d\n"};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct apt_index index = APT_INDEX_INIT;
		struct err err = ERR_INIT;

		assert_int_equal(apt_index_add(&index, "f", str_from(texts[i]), NULL, true, &err),
				 -ERR_FORMAT);
		apt_index_release(&index);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(release),	  cmocka_unit_test(bad_releases),
		cmocka_unit_test(ecosystems),	  cmocka_unit_test(old_security_suite),
		cmocka_unit_test(clearsigned),	  cmocka_unit_test(indexes),
		cmocka_unit_test(filtered_index), cmocka_unit_test(bad_indexes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
