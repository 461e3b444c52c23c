/*
 * Advisories out of a package archive, from the mirror to the database: a small archive is made by
 * tests/data/apt/make-archive, then spoilt in every way that mirrors are.
 */
#include "base/compat.h"

#include <setjmp.h>
#include <signal.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "advisory/apt_feed.h"
#include "advisory/build.h"
#include "advisory/db.h"
#include "base/fd.h"
#include "base/proc.h"

static struct {
	char dir[64]; /* the sound archive is in dir/good, that of a case in dir/case */
	bool made, can_sign;
} env;

static bool have(const char *program)
{
	char *path = proc_find(program);

	free(path);
	return path != NULL;
}

/* Runs a script in dir/case, with $D the directory and $make the archive's maker. */
static int run(const char *script)
{
	_cleanup_buf_ struct buf text = BUF_INIT((size_t)1 << 16),
				 output = BUF_INIT((size_t)1 << 20);
	const struct proc_output outputs[] = {{STDOUT_FILENO, &output}, {STDERR_FILENO, &output}};
	const char *source = getenv("CSCPLATE_SOURCE");
	const char *argv[] = {"/bin/sh", "-euc", NULL, NULL};
	struct err err = ERR_INIT;
	const struct proc_options options = {.dir = AT_FDCWD, .seconds = 600};
	int status;

	buf_addf(&text,
		 "make=$(realpath '%s/tests/data/apt/make-archive'); D='%s'; export "
		 "GNUPGHOME=\"$D/gnupg\"; %s",
		 source ? source : ".", env.dir, script);
	argv[2] = text.data;
	if (proc_run(argv, STR_NULL, outputs, ARRAY_LEN(outputs), &options, &status, &err) < 0)
		return -1;
	if (status)
		print_message("%s\n%s\n", script, output.data ? output.data : "");
	return status;
}

static int make_archive(void **state)
{
	snprintf(env.dir, sizeof(env.dir), "/tmp/cscplate-apt.XXXXXX");
	if (!mkdtemp(env.dir))
		return -1;
	if (!have("dpkg-deb") || !have("xz"))
		return 0;
	env.can_sign = have("gpg") && have("gpgv");
	env.made = run("\"$make\" all \"$D/good\"") == 0;
	return env.made ? 0 : -1;
}

static int remove_archive(void **state)
{
	/* gpg leaves an agent behind */
	return run("gpgconf --kill all 2>/dev/null || true; rm -rf \"$D\"");
}

/* What a case asks for, besides the archive in dir/case. */
struct options {
	const char *suite;     /* default "bullseye-security" */
	const char *second;    /* another one, default none */
	const char *source;    /* default all */
	const char *must_have; /* default none */
	const char *url;       /* default dir/case */
	const char *component; /* default all */
	const char *architecture;
	const char *keyring; /* in dir/good; default "archive.gpg", "" for none */
	bool allow_unsigned, offline;
};

static int feed(const struct options *o, struct db_builder *builder, struct err *err)
{
	char archive[128], keyring[128], cache[128];
	const char *url = o->url ? o->url : archive, *key = keyring;
	const char *suites[] = {o->suite ? o->suite : "bullseye-security", o->second};
	const struct apt_feed_options options = {
		.urls = &url,
		.n_urls = 1,
		.suites = suites,
		.n_suites = o->second ? 2 : 1,
		.components = &o->component,
		.n_components = o->component != NULL,
		.architecture = o->architecture ? o->architecture : "amd64",
		.sources = &o->source,
		.n_sources = o->source != NULL,
		.must_have = &o->must_have,
		.n_must_have = o->must_have != NULL,
		.cache_dir = cache,
		.keyrings = &key,
		.n_keyrings = o->keyring == NULL || o->keyring[0],
		.allow_unsigned = o->allow_unsigned,
		.offline = o->offline,
	};

	snprintf(archive, sizeof(archive), "%s/case", env.dir);
	snprintf(cache, sizeof(cache), "%s/cache", env.dir);
	snprintf(keyring, sizeof(keyring), "%s/good/%s", env.dir,
		 o->keyring ? o->keyring : "archive.gpg");
	return apt_feed_read(&options, builder, err);
}

/* Copies the sound archive, spoils it and reads it into dir/case.db. */
static int read_case(const char *script, const struct options *o, struct err *err)
{
	_cleanup_db_builder_ struct db_builder *builder = NULL;
	struct db_build_summary summary;
	char path[128];
	int r;

	*err = ERR_INIT;
	assert_int_equal(run("rm -rf \"$D/case\" \"$D/cache\"; cp -a \"$D/good\" \"$D/case\""), 0);
	if (script[0]) {
		_cleanup_buf_ struct buf in = BUF_INIT((size_t)1 << 16);

		buf_addf(&in,
			 "cd \"$D/case\"; main=dists/bullseye/main/binary-amd64; "
			 "sec=dists/bullseye-security/main/binary-amd64; %s",
			 script);
		assert_int_equal(buf_status(&in, NULL), 0);
		assert_int_equal(run(in.data), 0);
	}
	snprintf(path, sizeof(path), "%s/case.db", env.dir);
	assert_int_equal(db_builder_open(path, &builder, err), 0);
	r = feed(o, builder, err);
	return r < 0 ? r : db_builder_finish(builder, &summary, err);
}

static void need_archive(bool signing)
{
	if (!env.made || (signing && !env.can_sign)) {
		print_message("skipped: dpkg-deb, xz%s are not installed\n",
			      signing ? ", gpg, gpgv" : "");
		skip();
	}
}

/* Without gpg the archive is not signed. */
static struct options sound(void)
{
	return (struct options){.allow_unsigned = !env.can_sign,
				.keyring = env.can_sign ? NULL : ""};
}

/* One line a record: "id: vulnerability, introduced to fixed, origin, published, summary". */
static void describe(struct db *db, struct str source, struct arena *arena, struct buf *out)
{
	struct candidate_list list = {0};
	struct err err = ERR_INIT;

	assert_int_equal(db_candidates(db, STR("Debian:11"), source, STR("0"), arena, &list, &err),
			 0);
	for (size_t i = 0; i < list.len; i++) {
		const struct affected *a = &list.items[i].affected;
		const struct advisory *advisory = list.items[i].advisory;

		assert_int_equal(a->n_ranges, 1);
		assert_int_equal(a->ranges[0].n_events, 2);
		assert_int_equal(a->ranges[0].events[0].kind, EVENT_INTRODUCED);
		assert_int_equal(a->ranges[0].events[1].kind, EVENT_FIXED);
		assert_int_equal(advisory->n_vulns, 1);
		buf_addf(out, "%.*s: %.*s, %.*s to %.*s, %.*s, %.*s, %.*s\n", STR_FMT(advisory->id),
			 STR_FMT(advisory->vulns[0]), STR_FMT(a->ranges[0].events[0].version),
			 STR_FMT(a->ranges[0].events[1].version), STR_FMT(a->origin),
			 STR_FMT(advisory->published), STR_FMT(advisory->summary));
		assert_true(str_eq(advisory->modified, STR("2026-09-12T09:27:08Z")));
	}
	vec_release(&list);
}

#define SUITE "bullseye-security"
static const char expected[] = SUITE
	"/foo/1.0-1+deb11u3: " SUITE "/foo/1.0-1+deb11u3, 1.0-1+deb11u2 to 1.0-1+deb11u3, " SUITE
	", foo 1.0-1+deb11u3 of 2023-01-29, 2023-01-29T06:56:06Z, " SUITE
	" has the newer version 1.0-1+deb11u3; its newest changelog entry names no CVE\n" SUITE
	"/foo/CVE-2022-1000: CVE-2022-1000, 0 to 1.0-1+deb11u1, " SUITE
	", foo 1.0-1+deb11u3, changelog entry 1.0-1+deb11u1 of 2023-01-16, 2023-01-16T10:00:00Z, "
	"CVE-2022-1000: an integer overflow.\n" SUITE
	"/foo/CVE-2022-1354: CVE-2022-1354, 0 to 1.0-1+deb11u2, " SUITE
	", foo 1.0-1+deb11u3, changelog entry 1.0-1+deb11u2 of 2023-01-17, 2023-01-17T08:17:33Z, "
	"CVE-2022-1354, a heap buffer overflow in the reader (Closes: #1011160).\n" SUITE
	"/bar/1:2.0-1+deb11u1: " SUITE "/bar/1:2.0-1+deb11u1, 0 to 1:2.0-1+deb11u1, " SUITE
	", bar 1:2.0-1+deb11u1 of 2023-01-17, 2023-01-17T08:17:33Z, " SUITE
	" has the newer version 1:2.0-1+deb11u1; its changelog names no CVE\n" SUITE
	"/native/CVE-2023-4911: CVE-2023-4911, 0 to 1.1, " SUITE
	", native 1.1, changelog entry 1.1 of 2023-10-03, 2023-10-03T17:00:00Z, "
	"Do not trust the length (CVE-2023-4911).\n" SUITE "/upstream/5-2: " SUITE
	"/upstream/5-2, 0 to 5-2, " SUITE ", upstream 5-2, , " SUITE
	" has the newer version 5-2; its changelog could not be found\n" SUITE
	"/fresh/CVE-2023-0001: CVE-2023-0001, 0 to 2.0-1, " SUITE
	", fresh 3.0-1, changelog entry 2.0-1 of 2023-10-03, 2023-10-03T17:00:00Z, "
	"CVE-2023-0001\n" SUITE "/fresh/CVE-2024-0002: CVE-2024-0002, 0 to 3.0-1, " SUITE
	", fresh 3.0-1, changelog entry 3.0-1 of 2024-03-05, 2024-03-05T17:00:00Z, CVE-2024-0002\n";

static struct db *open_case(struct err *err)
{
	struct db *db = NULL;
	char path[128];

	snprintf(path, sizeof(path), "%s/case.db", env.dir);
	assert_int_equal(db_open(path, &db, err), 0);
	return db;
}

static void records(void **state)
{
	static const char *const sources[] = {"foo",   "bar",  "native", "upstream",
					      "fresh", "same", "foo-doc"};
	_cleanup_buf_ struct buf out = BUF_INIT((size_t)1 << 16);
	_cleanup_arena_ struct arena arena = ARENA_INIT(0);
	_cleanup_db_ struct db *db = NULL;
	struct options o = sound();
	struct db_info info;
	struct err err;

	need_archive(false);
	assert_int_equal(read_case("", &o, &err), 0);
	db = open_case(&err);
	for (size_t i = 0; i < ARRAY_LEN(sources); i++)
		describe(db, str_from(sources[i]), &arena, &out);
	assert_string_equal(out.data, expected);
	assert_int_equal(db_info(db, &arena, &info, &err), 0);
	assert_int_equal(info.n_shards, 1);
	assert_true(str_eq(info.shards[0].origin, STR("apt archive " SUITE " of 2026-09-12")));
	assert_true(str_find(info.gaps, STR("vulnerabilities without a fix")) >= 0);
	assert_true(str_find(info.gaps, STR("no changelog that could be found")) >= 0);
	assert_int_equal(str_find(info.gaps, STR("signed")) >= 0, !env.can_sign);
}

/* What the database says that it cannot know. */
static void gaps(void **state)
{
	static const struct {
		const char *script;
		const char *keyring;
		bool allow_unsigned;
		const char *gap;
	} cases[] = {
		{"rm dists/*/InRelease", NULL, true,
		 "/dists/bullseye-security/Release: it is not signed"},
		{"", "other.gpg", true, "signature not checked: it is of no key in the keyring"},
		{"echo 'Sat, 01 Jan 2022 00:00:00 UTC' >valid-until; \"$make\" release . "
		 "bullseye-security",
		 NULL, false, "it was valid until 2022-01-01 only"},
	};

	need_archive(true);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_arena_ struct arena arena = ARENA_INIT(0);
		_cleanup_db_ struct db *db = NULL;
		const struct options o = {.keyring = cases[i].keyring,
					  .allow_unsigned = cases[i].allow_unsigned};
		struct db_info info;
		struct err err;

		if (read_case(cases[i].script, &o, &err) < 0)
			fail_msg("%s", err.text);
		db = open_case(&err);
		assert_int_equal(db_info(db, &arena, &info, &err), 0);
		assert_true(str_find(info.gaps, str_from(cases[i].gap)) >= 0);
	}
}

/* What one suite lacks is not said of another. */
static void gaps_of_suites(void **state)
{
	_cleanup_arena_ struct arena arena = ARENA_INIT(0);
	_cleanup_db_ struct db *db = NULL;
	struct options o = sound();
	struct db_info info;
	struct err err;

	need_archive(false);
	o.suite = "bullseye-updates";
	o.second = "bullseye-security";
	if (read_case("cp -r dists/bullseye-security dists/bullseye-updates; cd "
		      "dists/bullseye-updates/main/binary-amd64; sed -n '/^Package: native/,/^$/p' "
		      "Packages >one; mv one Packages; rm Packages.xz; cd ../../../..; \"$make\" "
		      "release . bullseye-updates",
		      &o, &err) < 0)
		fail_msg("%s", err.text);
	db = open_case(&err);
	assert_int_equal(db_info(db, &arena, &info, &err), 0);
	assert_true(str_find(info.gaps, STR("bullseye-security: of 5 newer packages 1 have no "
					    "changelog that could be found")) >= 0);
	assert_true(str_find(info.gaps, STR("bullseye-updates: of 1 newer packages 1 have a "
					    "changelog that ends before the released version")) >=
		    0);
	assert_int_equal(
		str_find(info.gaps, STR("bullseye-updates: of 1 newer packages 1 have no")), -1);
}

/* Nothing of the machine's is asked: PATH and the keyrings of Debian decide here. */
static void unchecked(void **state)
{
	_cleanup_free_ char *path = NULL;
	_cleanup_arena_ struct arena arena = ARENA_INIT(0);
	_cleanup_db_ struct db *db = NULL;
	const struct options o = {.keyring = NULL};
	struct db_info info;
	struct err err;

	need_archive(true);
	path = strdup(getenv("PATH"));
	/* the script that copies the archive runs before: only the child of the feed is without gpgv */
	assert_int_equal(read_case("", &o, &err), 0);
	setenv("PATH", "/nonexistent", 1);
	{
		_cleanup_db_builder_ struct db_builder *builder = NULL;
		struct db_build_summary summary;
		char file[128];

		snprintf(file, sizeof(file), "%s/case.db", env.dir);
		assert_int_equal(db_builder_open(file, &builder, &err), 0);
		assert_int_equal(feed(&o, builder, &err), 0);
		assert_int_equal(db_builder_finish(builder, &summary, &err), 0);
	}
	setenv("PATH", path, 1);
	db = open_case(&err);
	assert_int_equal(db_info(db, &arena, &info, &err), 0);
	assert_true(str_find(info.gaps, STR("signature not checked: gpgv is not installed")) >= 0);
}

#define RESIGN "; \"$make\" release . bullseye-security"

static void spoilt(void **state)
{
	static const struct {
		const char *what;
		const char *script;
		struct options options;
		int r;
		const char *message;
	} cases[] = {
		{"not signed",
		 "rm dists/*/InRelease",
		 {0},
		 -ENOENT,
		 "cannot find suite 'bullseye-security'"},
		{"not signed, by name",
		 "cp dists/bullseye-security/Release dists/bullseye-security/InRelease",
		 {0},
		 -ERR_SIGNATURE,
		 "InRelease': it is not signed"},
		{"changed after signing",
		 "sed -i 's/^Version: 11/Version: 12/' dists/bullseye-security/InRelease",
		 {0},
		 -ERR_SIGNATURE,
		 "its signature is wrong"},
		{"changed after signing, though unsigned ones pass",
		 "sed -i 's/^Version: 11/Version: 12/' dists/bullseye-security/InRelease",
		 {.allow_unsigned = true},
		 -ERR_SIGNATURE,
		 "its signature is wrong"},
		{"text before the signed part",
		 "sed -i '1i Suite: bullseye-security' dists/bullseye-security/InRelease",
		 {0},
		 -ERR_SIGNATURE,
		 "it is not signed"},
		{"signature cut off",
		 "sed -i '/BEGIN PGP SIGNATURE/,$d' dists/bullseye-security/InRelease",
		 {0},
		 -ERR_SIGNATURE,
		 "no valid signature"},
		{"another key", "", {.keyring = "other.gpg"}, -ERR_SIGNATURE, "which is not in"},
		{"another key signed",
		 "\"$make\" release . bullseye-security other",
		 {0},
		 -ERR_SIGNATURE,
		 "which is not in"},
		{"no such keyring", "", {.keyring = "none.gpg"}, -ENOENT, "cannot read keyring"},
		{"another suite",
		 "cp dists/bullseye/InRelease dists/bullseye-security/InRelease",
		 {0},
		 -ERR_FORMAT,
		 "the mirror serves suite 'stable' (code name 'bullseye'), not "
		 "'bullseye-security'"},
		{"another main suite",
		 "cp dists/bullseye-security/InRelease dists/bullseye/InRelease",
		 {0},
		 -ERR_FORMAT,
		 "not 'bullseye'"},
		{"a main suite of another release",
		 "sed -i 's/^Version: 11/Version: 12/' dists/bullseye/Release; rm "
		 "dists/bullseye/InRelease; "
		 "gpg --batch --local-user archive --clearsign -o dists/bullseye/InRelease "
		 "dists/bullseye/Release",
		 {0},
		 -ERR_FORMAT,
		 "one is of 'Debian' 11, the other of 'Debian' 12"},
		{"another distribution",
		 "sed -i 's/^Origin: Debian/Origin: Other/' dists/*/Release; rm dists/*/InRelease; "
		 "for s in dists/*; do gpg --batch --local-user archive --clearsign -o "
		 "$s/InRelease $s/Release; done",
		 {0},
		 -ERR_UNSUPPORTED,
		 "the advisories of origin 'Other' have no known name"},
		{"web page for a release file",
		 "echo '<!DOCTYPE html><html>Log in</html>' >dists/bullseye-security/InRelease",
		 {0},
		 -ERR_FORMAT,
		 "it is a web page, not a release file"},
		{"no such suite",
		 "",
		 {.suite = "buster-security"},
		 -ENOENT,
		 "cannot find suite 'buster-security'"},
		{"the main suite",
		 "",
		 {.suite = "bullseye"},
		 -ERR_USAGE,
		 "such as 'bullseye-security'"},
		{"no such component",
		 "",
		 {.component = "none"},
		 -ENOENT,
		 "cannot find component 'none'"},
		{"no such architecture",
		 "",
		 {.architecture = "s390x", .component = "main"},
		 -ENOENT,
		 "for architecture 's390x': it has 'all amd64 arm64'"},
		{"no such architecture, and whatever components there are",
		 "",
		 {.architecture = "nope"},
		 -ENOENT,
		 "for architecture 'nope': it has 'all amd64 arm64'"},
		{"no such source package among those of an image",
		 "",
		 {.source = "nope"},
		 -ENOENT,
		 "none of the 1 source packages asked for is in bullseye-security or bullseye"},
		{"a source package that the main suite alone has",
		 "",
		 {.source = "same", .must_have = "same"},
		 0,
		 ""},
		{"no such source package by name",
		 "",
		 {.source = "foo", .must_have = "nope"},
		 -ENOENT,
		 "cannot find source package 'nope': neither '"},
		{"no such directory",
		 "",
		 {.url = "/nonexistent/mirror"},
		 -ENOENT,
		 "'/nonexistent/mirror'"},
		{"no such protocol",
		 "",
		 {.url = "ftp://mirror.example/debian"},
		 -EINVAL,
		 "not an http"},
		{"offline without a cache",
		 "",
		 {.url = "http://127.0.0.1:1/debian", .offline = true},
		 -ENOENT,
		 "offline, and it is not in the cache"},
		{"another index",
		 "printf x | dd of=$sec/Packages.xz bs=1 seek=100 conv=notrunc",
		 {0},
		 -ERR_DIGEST,
		 "Packages.xz': the release file names"},
		{"index cut off",
		 "truncate -s -100 $sec/Packages.xz",
		 {0},
		 -ERR_DIGEST,
		 "the release file names"},
		{"web page for an index",
		 "echo '<html>No such file</html>' >$sec/Packages.xz",
		 {0},
		 -ERR_DIGEST,
		 "it is a web page"},
		{"index larger than named",
		 "head -c 100000 /dev/zero >>$sec/Packages.xz",
		 {0},
		 -ERR_DIGEST,
		 "larger than the"},
		{"index with the right hash that is none",
		 "rm $sec/*; echo '<html>' >$sec/Packages" RESIGN,
		 {0},
		 -ERR_FORMAT,
		 "line 1: not a Packages index"},
		{"index that does not unpack",
		 "rm $sec/*; echo 'no xz' >$sec/Packages.xz" RESIGN,
		 {0},
		 -ERR_FORMAT,
		 "line 1: not a Packages index"},
		{"package cut off",
		 "truncate -s -1000 pool/libfoo*",
		 {0},
		 -ERR_DIGEST,
		 "bytes that the index names"},
		{"package changed",
		 "printf x | dd of=$(echo pool/libfoo*) bs=1 seek=20000 conv=notrunc",
		 {0},
		 -ERR_DIGEST,
		 "the index names sha256:"},
		{"package replaced by a web page",
		 "echo '<html>No such file</html>' >$(echo pool/libfoo*)",
		 {0},
		 -ERR_DIGEST,
		 "bytes that the index names"},
		{"package larger than named",
		 "cat pool/*bar* >>$(echo pool/libfoo*)",
		 {0},
		 -ERR_DIGEST,
		 "bytes that the index names"},
		{"path that leads out of the archive, nothing left to read",
		 "sed -i 's#^Filename: pool/native#Filename: ../pool/native#' $sec/Packages; rm "
		 "$sec/*.xz" RESIGN,
		 {.source = "native"},
		 0,
		 ""},
		{"no package at all, nothing pending",
		 ": >$sec/Packages; rm $sec/*.xz" RESIGN,
		 {0},
		 0,
		 ""},
	};

	need_archive(true);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err err;
		int r = read_case(cases[i].script, &cases[i].options, &err);

		if (r != cases[i].r || !strstr(err.text, cases[i].message))
			print_message("%s: %d, '%s'\n", cases[i].what, r, err.text);
		assert_int_equal(r, cases[i].r);
		assert_non_null(strstr(err.text, cases[i].message));
	}
}

/* Packages whose contents are hostile, though their hashes are right. */
static void hostile_packages(void **state)
{
	static const struct {
		const char *what, *script;
		int r;
		const char *message;
	} cases[] = {
		{"changelog that unpacks to 64 MiB",
		 "head -c 67108864 /dev/zero >bomb.changelog; deb . bomb bomb 2 gzip "
		 "bomb.changelog",
		 -ERR_LIMIT, "larger than the limit of 33554432 bytes"},
		{"not a package", "echo none >pool/bomb_2.deb", -ERR_FORMAT, "cannot read"},
		{"package without data", "printf '!<arch>\\n' >pool/bomb_2.deb", -ERR_FORMAT,
		 "it has no data.tar"},
		{"changelog that is not gzip",
		 "mkdir -p t/DEBIAN t/usr/share/doc/bomb; echo plain "
		 ">t/usr/share/doc/bomb/changelog.Debian.gz; "
		 "printf 'Package: bomb\\nVersion: 2\\nArchitecture: amd64\\nMaintainer: a "
		 "<a@b>\\nDescription: "
		 "x\\n' "
		 ">t/DEBIAN/control; dpkg-deb -b t pool/bomb_2.deb",
		 0, ""},
		{"changelog cut off inside gzip",
		 "mkdir -p t/DEBIAN t/usr/share/doc/bomb; gzip -c \"$(dirname "
		 "\"$make\")/foo.changelog\" | head -c 200 "
		 ">t/usr/share/doc/bomb/changelog.Debian.gz; "
		 "printf 'Package: bomb\\nVersion: 2\\nArchitecture: amd64\\nMaintainer: a "
		 "<a@b>\\nDescription: "
		 "x\\n' "
		 ">t/DEBIAN/control; dpkg-deb -b t pool/bomb_2.deb",
		 -ERR_FORMAT, "cannot read"},
	};

	need_archive(true);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_buf_ struct buf script = BUF_INIT((size_t)1 << 16);
		const struct options o = {.source = "bomb"};
		struct err err;
		int r;

		/* the maker's functions, without its last line, which runs one of them */
		buf_addf(&script,
			 "here=.; sed '$d' \"$make\" >functions; . ./functions; %s; "
			 "f=pool/bomb_2.deb; "
			 "{ printf 'Package: bomb\\nVersion: 2\\nFilename: %%s\\nSize: "
			 "%%s\\nSHA256: %%s\\n\\n' $f "
			 "$(stat -c %%s $f) $(sha256sum $f | cut -d' ' -f1); } >>$sec/Packages; rm "
			 "$sec/*.xz%s",
			 cases[i].script, RESIGN);
		assert_int_equal(buf_status(&script, NULL), 0);
		r = read_case(script.data, &o, &err);
		if (r != cases[i].r || !strstr(err.text, cases[i].message))
			print_message("%s: %d, '%s'\n", cases[i].what, r, err.text);
		assert_int_equal(r, cases[i].r);
		assert_non_null(strstr(err.text, cases[i].message));
	}
}

/* python3's own server over dir/case; its port, or 0. */
static unsigned serve(pid_t *ret_pid)
{
	_cleanup_free_ char *python = proc_find("python3");
	char line[128] = "", directory[96], *port;
	size_t len = 0;
	uint32_t number = 0;
	int ends[2];

	snprintf(directory, sizeof(directory), "%s/case", env.dir);
	if (!python || pipe2(ends, O_CLOEXEC) < 0)
		return 0;
	*ret_pid = fork();
	if (*ret_pid == 0) {
		dup2(ends[1], STDOUT_FILENO);
		close(STDERR_FILENO);
		open("/dev/null", O_WRONLY);
		execl(python, python, "-u", "-m", "http.server", "--bind", "127.0.0.1",
		      "--directory", directory, "0", (char *)NULL);
		_exit(127);
	}
	close(ends[1]);
	while (len < sizeof(line) - 1 && read(ends[0], line + len, 1) == 1 && line[len] != '\n')
		len++;
	close(ends[0]);
	/* "Serving HTTP on 127.0.0.1 port 43210 (http://127.0.0.1:43210/) ..." */
	port = strstr(line, " port ");
	if (port &&
	    str_parse_u32(str_sub(str_from(port + 6), 0, strcspn(port + 6, " ")), &number) < 0)
		number = 0;
	return number;
}

static int feed_again(const struct options *o, struct buf *out, struct err *err)
{
	_cleanup_db_builder_ struct db_builder *builder = NULL;
	_cleanup_arena_ struct arena arena = ARENA_INIT(0);
	_cleanup_db_ struct db *db = NULL;
	struct db_build_summary summary;
	char path[128];
	int r;

	*err = ERR_INIT;
	snprintf(path, sizeof(path), "%s/case.db", env.dir);
	assert_int_equal(db_builder_open(path, &builder, err), 0);
	r = feed(o, builder, err);
	if (r < 0)
		return r;
	assert_int_equal(db_builder_finish(builder, &summary, err), 0);
	db = open_case(err);
	buf_clear(out);
	describe(db, STR("foo"), &arena, out);
	describe(db, STR("bar"), &arena, out);
	return 0;
}

/* Over HTTP, then from the cache alone, then with the cache damaged. */
static void cached(void **state)
{
	_cleanup_buf_ struct buf first = BUF_INIT((size_t)1 << 16),
				 second = BUF_INIT((size_t)1 << 16);
	struct options o = sound();
	struct err err;
	unsigned port;
	char url[64];
	pid_t pid = -1;

	need_archive(false);
	assert_int_equal(run("rm -rf \"$D/case\" \"$D/cache\"; cp -a \"$D/good\" \"$D/case\""), 0);
	setenv("no_proxy", "127.0.0.1", 1);
	port = serve(&pid);
	if (!port) {
		print_message("skipped: python3 is not installed\n");
		skip();
	}
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/", port);
	o.url = url;
	if (feed_again(&o, &first, &err) < 0)
		fail_msg("%s", err.text);
	assert_true(first.len > 0);
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
	assert_int_equal(feed_again(&o, &second, &err), -EAGAIN);
	o.offline = true;
	if (feed_again(&o, &second, &err) < 0)
		fail_msg("%s", err.text);
	assert_string_equal(second.data, first.data);
	assert_int_equal(run("for f in \"$D\"/cache/changelog-*; do truncate -s -1 $f; done"), 0);
	assert_int_equal(feed_again(&o, &second, &err), -ENOENT);
	assert_non_null(strstr(err.text, "offline, and it is not in the cache"));
}

/* Who asked for one source package knows nothing about others. */
static void restricted(void **state)
{
	static const struct {
		const char *source, *asked;
		int r;
	} cases[] = {
		{NULL, "foo", 1},  {NULL, "nope", 1},	{"foo", "foo", 1},
		{"foo", "bar", 0}, {"same", "same", 1}, {"same", "foo", 0},
	};

	need_archive(false);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_db_ struct db *db = NULL;
		struct options o = sound();
		struct err err;

		o.source = cases[i].source;
		if (read_case("", &o, &err) < 0)
			fail_msg("%s", err.text);
		db = open_case(&err);
		assert_int_equal(db_asked(db, STR("Debian:11"), str_from(cases[i].asked), &err),
				 cases[i].r);
	}
}

/* A mirror that was asked just now is as new as its answer, while that is valid. */
static void freshness(void **state)
{
	static const char now[] = "2033-05-18T03:33:20Z", dated[] = "2026-09-12T09:27:08Z";
	static const struct {
		const char *valid_until;
		bool network, offline;
		const char *newest;
	} cases[] = {
		{NULL, true, false, now},
		{NULL, true, true, dated}, /* from the cache of the run before */
		{NULL, false, false, dated},
		{"Sat, 01 Jan 2033 00:00:00 UTC", true, false, dated},
		{"Sat, 01 Jan 2033 00:00:00 UTC", false, false, dated},
		{"Wed, 01 Jun 2033 00:00:00 UTC", true, false, now},
		{"some day", true, false, dated},
	};
	unsigned port;
	char url[64];
	pid_t pid = -1;

	need_archive(false);
	setenv("no_proxy", "127.0.0.1", 1);
	port = serve(&pid);
	if (!port) {
		print_message("skipped: python3 is not installed\n");
		skip();
	}
	setenv("SOURCE_DATE_EPOCH", "2000000000", 1);
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/", port);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_buf_ struct buf script = BUF_INIT(1 << 10);
		_cleanup_db_builder_ struct db_builder *builder = NULL;
		_cleanup_db_ struct db *db = NULL;
		struct options o = sound();
		struct db_build_summary summary;
		struct db_shard_info info;
		struct err err = ERR_INIT;
		char path[128];

		if (!cases[i].offline) {
			buf_addf(&script, "rm -rf \"$D/case\" \"$D/cache\"; cp -a \"$D/good\" "
					  "\"$D/case\"; cd \"$D/case\"; ");
			if (cases[i].valid_until)
				buf_addf(&script,
					 "echo '%s' >valid-until; \"$make\" release . "
					 "bullseye-security",
					 cases[i].valid_until);
			assert_int_equal(run(script.data), 0);
		}
		o.url = cases[i].network ? url : NULL;
		o.offline = cases[i].offline;
		snprintf(path, sizeof(path), "%s/case.db", env.dir);
		assert_int_equal(db_builder_open(path, &builder, &err), 0);
		if (feed(&o, builder, &err) < 0 || db_builder_finish(builder, &summary, &err) < 0)
			fail_msg("%zu: %s", i, err.text);
		db = open_case(&err);
		assert_int_equal(db_shard_info(db, STR("Debian:11"), &info), 0);
		if (!str_eq(info.newest, str_from(cases[i].newest)))
			fail_msg("%zu: %.*s", i, STR_FMT(info.newest));
		assert_true(str_eq(info.origin, STR("apt archive " SUITE " of 2026-09-12")));
	}
	unsetenv("SOURCE_DATE_EPOCH");
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records),	  cmocka_unit_test(gaps),
		cmocka_unit_test(gaps_of_suites), cmocka_unit_test(unchecked),
		cmocka_unit_test(spoilt),	  cmocka_unit_test(hostile_packages),
		cmocka_unit_test(cached),	  cmocka_unit_test(restricted),
		cmocka_unit_test(freshness),
	};

	return cmocka_run_group_tests(tests, make_archive, remove_archive);
}
