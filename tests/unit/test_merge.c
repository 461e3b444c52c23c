/* Merging layers: whiteouts, opaque directories, links, duplicates, attribution. */
#include "base/compat.h"

#include <setjmp.h>
#include <cmocka.h>

#include "core/limits.h"
#include "engine/collect.h"
#include "engine/merge.h"

enum { MAX_LAYERS_HERE = 8 };

struct fixture {
	struct arena arena;
	struct collector collectors[MAX_LAYERS_HERE];
	struct buf packed[MAX_LAYERS_HERE];
	struct facts facts[MAX_LAYERS_HERE];
	size_t n;
	struct merged merged;
};

static void begin(struct fixture *f)
{
	*f = (struct fixture){0};
}

static struct collector *add_layer(struct fixture *f)
{
	struct collector *c = &f->collectors[f->n];
	struct err err = ERR_INIT;

	assert_int_equal(collector_init(c, NULL, 0, &err), 0);
	f->n++;
	return c;
}

static void add_file(struct collector *c, const char *path, const char *content)
{
	struct err err = ERR_INIT;
	int r = collector_entry(c, ENTRY_FILE, str_from(path), STR(""), true, &err);

	if (r >= 0)
		assert_int_equal(collector_content(c, r, str_from(content), &err), 0);
	else
		assert_int_equal(r, COLLECT_NOTHING);
}

static void add_link(struct collector *c, enum entry_type type, const char *path,
		     const char *target)
{
	struct err err = ERR_INIT;

	assert_int_equal(collector_entry(c, type, str_from(path), str_from(target), true, &err),
			 COLLECT_NOTHING);
}

static void merge(struct fixture *f)
{
	struct err err = ERR_INIT;

	for (size_t i = 0; i < f->n; i++) {
		f->packed[i] = BUF_INIT(MiB(16));
		assert_int_equal(collector_finish(&f->collectors[i], &f->packed[i], &err), 0);
		assert_int_equal(facts_open(buf_str(&f->packed[i]), &f->facts[i]), 0);
	}
	assert_int_equal(merge_layers(f->facts, f->n, true, &f->arena, &f->merged, &err), 0);
}

static void end(struct fixture *f)
{
	for (size_t i = 0; i < f->n; i++) {
		collector_release(&f->collectors[i]);
		buf_release(&f->packed[i]);
	}
	merged_release(&f->merged);
	arena_release(&f->arena);
}

static void expect_str(struct str seen, const char *wanted)
{
	if (!str_eq(seen, str_from(wanted)))
		fail_msg("'%.*s' is not '%s'", STR_FMT(seen), wanted);
}

#define STATUS(name, version)                                                                     \
	"Package: " name "\nStatus: install ok installed\nArchitecture: amd64\nVersion: " version \
	"\n\n"

static void expect_package(const struct fixture *f, size_t i, const char *name, const char *version,
			   int layer)
{
	assert_true(i < f->merged.packages.len);
	expect_str(f->merged.packages.items[i].name, name);
	expect_str(f->merged.packages.items[i].version, version);
	assert_int_equal(layer, f->merged.packages.items[i].layer);
}

static void test_attribution(void **state)
{
	struct fixture f;

	begin(&f);
	add_file(add_layer(&f), "./var/lib/dpkg/status", STATUS("a", "1") STATUS("b", "1"));
	add_file(add_layer(&f), "etc/motd", "");
	add_file(add_layer(&f), "var/lib/dpkg/status",
		 STATUS("a", "1") STATUS("b", "2") STATUS("c", "1"));
	add_file(add_layer(&f), "var/lib/dpkg/status",
		 STATUS("a", "1") STATUS("b", "2") STATUS("c", "1") STATUS("d", "1"));
	merge(&f);
	assert_int_equal(f.merged.packages.len, 4);
	expect_package(&f, 0, "a", "1", 0);
	expect_package(&f, 1, "b", "2", 2);
	expect_package(&f, 2, "c", "1", 2);
	expect_package(&f, 3, "d", "1", 3);
	end(&f);
}

/* A version that went and came back belongs to the layer that brought it back. */
static void test_attribution_gap(void **state)
{
	struct fixture f;

	begin(&f);
	add_file(add_layer(&f), "var/lib/dpkg/status", STATUS("a", "1") STATUS("b", "1"));
	add_file(add_layer(&f), "var/lib/dpkg/status", STATUS("b", "1"));
	add_file(add_layer(&f), "var/lib/dpkg/status", STATUS("a", "1") STATUS("b", "1"));
	merge(&f);
	expect_package(&f, 0, "a", "1", 2);
	expect_package(&f, 1, "b", "1", 0);
	end(&f);
}

static void test_whiteout(void **state)
{
	static const char *const whiteouts[] = {
		"var/lib/dpkg/.wh.status",   "var/lib/.wh.dpkg",       ".wh.var",
		"var/lib/dpkg/.wh..wh..opq", "./var/lib/.wh..wh..opq", ".wh..wh..opq",
	};

	for (size_t i = 0; i < ARRAY_LEN(whiteouts); i++) {
		struct fixture f;

		begin(&f);
		add_file(add_layer(&f), "var/lib/dpkg/status", STATUS("a", "1"));
		add_file(add_layer(&f), whiteouts[i], "");
		merge(&f);
		if (f.merged.packages.len)
			fail_msg("%s does not hide", whiteouts[i]);
		end(&f);
	}
}

/* Whiteouts are about lower layers: a file of the same layer stays, whichever comes first. */
static void test_whiteout_same_layer(void **state)
{
	struct collector *c;
	struct fixture f;

	begin(&f);
	add_file(add_layer(&f), "var/lib/dpkg/status", STATUS("old", "1"));
	c = add_layer(&f);
	add_file(c, "var/lib/dpkg/status", STATUS("new", "1"));
	add_file(c, "var/lib/dpkg/.wh..wh..opq", "");
	merge(&f);
	assert_int_equal(f.merged.packages.len, 1);
	expect_package(&f, 0, "new", "1", 1);
	end(&f);
}

/* Something else in the place of a directory above hides what was below it. */
static void test_replaced_directory(void **state)
{
	struct fixture f;

	begin(&f);
	add_file(add_layer(&f), "var/lib/dpkg/status", STATUS("a", "1"));
	add_file(add_layer(&f), "var/lib/dpkg", "now a file");
	merge(&f);
	assert_int_equal(f.merged.packages.len, 0);
	end(&f);
}

static void test_duplicates(void **state)
{
	struct collector *c;
	struct fixture f;

	begin(&f);
	c = add_layer(&f);
	add_file(c, "var/lib/dpkg/status", STATUS("first", "1"));
	add_file(c, "./var//lib/dpkg/status", STATUS("second", "1"));
	merge(&f);
	assert_int_equal(f.merged.packages.len, 1);
	expect_package(&f, 0, "second", "1", 0);
	end(&f);
}

/* A database counts where it really lies, links followed, and once. */
static void test_links(void **state)
{
	struct collector *c;
	struct fixture f;

	begin(&f);
	c = add_layer(&f);
	add_link(c, ENTRY_SYMLINK, "var", "data/./var");
	add_link(c, ENTRY_SYMLINK, "lib", "usr/lib");
	add_file(c, "data/var/lib/dpkg/status", STATUS("a", "1"));
	add_file(c, "usr/lib/apk/db/installed", "P:musl\nV:1.2.3-r0\nA:x86_64\n\n");
	merge(&f);
	assert_int_equal(f.merged.packages.len, 2);
	expect_package(&f, 0, "a", "1", 0);
	expect_package(&f, 1, "musl", "1.2.3-r0", 0);
	end(&f);
}

static void test_link_to_file(void **state)
{
	struct collector *c;
	struct fixture f;

	begin(&f);
	c = add_layer(&f);
	add_file(c, "usr/lib/os.release.d/os-release-fedora", "ID=fedora\nVERSION_ID=39\n");
	add_link(c, ENTRY_SYMLINK, "usr/lib/os-release", "./os.release.d/os-release-fedora");
	add_link(c, ENTRY_SYMLINK, "etc/os-release", "../usr/lib/os-release");
	merge(&f);
	expect_str(f.merged.distro.id, "fedora");
	expect_str(f.merged.distro.version_id, "39");
	assert_int_equal(f.merged.unreadable.len, 0);
	end(&f);
}

static void test_link_loop(void **state)
{
	struct collector *c;
	struct fixture f;

	begin(&f);
	c = add_layer(&f);
	add_link(c, ENTRY_SYMLINK, "var", "etc/../var");
	add_link(c, ENTRY_SYMLINK, "etc", "/etc");
	add_link(c, ENTRY_SYMLINK, "lib", "../../../..");
	add_file(c, "var/lib/dpkg/status", STATUS("a", "1"));
	merge(&f);
	assert_int_equal(f.merged.packages.len, 0);
	end(&f);
}

static void test_dangling_link(void **state)
{
	struct fixture f;

	begin(&f);
	add_link(add_layer(&f), ENTRY_SYMLINK, "var/lib/dpkg/status", "/srv/dpkg/db");
	merge(&f);
	assert_int_equal(f.merged.packages.len, 0);
	assert_int_equal(f.merged.unreadable.len, 1);
	expect_str(f.merged.unreadable.items[0].path, "/var/lib/dpkg/status");
	end(&f);
}

static void test_hard_link(void **state)
{
	struct collector *c;
	struct fixture f;

	begin(&f);
	c = add_layer(&f);
	add_file(c, "srv/lib/dpkg/status", STATUS("a", "1"));
	add_link(c, ENTRY_HARDLINK, "var/lib/dpkg/status", "./srv/lib/dpkg/status");
	merge(&f);
	assert_int_equal(f.merged.packages.len, 1);
	expect_package(&f, 0, "a", "1", 0);
	end(&f);
}

/* What only links of this image lead to, is asked for in another pass. */
static void test_aliases(void **state)
{
	struct collector *c;
	struct fixture first, second;
	struct err err = ERR_INIT;

	begin(&first);
	c = add_layer(&first);
	add_link(c, ENTRY_SYMLINK, "var/lib/dpkg", "../../srv/state");
	add_file(c, "srv/state/status", STATUS("a", "1"));
	merge(&first);
	assert_int_equal(first.merged.packages.len, 0);
	assert_int_equal(first.merged.aliases.len, 1);
	expect_str(first.merged.aliases.items[0].real, "srv/state");
	expect_str(first.merged.aliases.items[0].known, "var/lib/dpkg");

	begin(&second);
	c = &second.collectors[0];
	assert_int_equal(collector_init(c, first.merged.aliases.items, 1, &err), 0);
	second.n = 1;
	add_link(c, ENTRY_SYMLINK, "var/lib/dpkg", "../../srv/state");
	add_file(c, "srv/state/status", STATUS("a", "1"));
	add_file(c, "srv/state/info/a.list", "/usr/bin/a\n");
	merge(&second);
	assert_int_equal(second.merged.packages.len, 1);
	expect_package(&second, 0, "a", "1", 0);
	expect_str(second.merged.packages.items[0].path, "/srv/state/status");
	end(&second);
	end(&first);
}

/* A hard link to a file of a lower layer, which container runtimes make when they can. */
static void test_hard_link_to_lower_layer(void **state)
{
	struct fixture f;

	begin(&f);
	add_file(add_layer(&f), "opt/lib/dpkg/status", STATUS("a", "1"));
	add_link(add_layer(&f), ENTRY_HARDLINK, "var/lib/dpkg/status", "opt/lib/dpkg/status");
	merge(&f);
	assert_int_equal(f.merged.packages.len, 1);
	end(&f);
}

/* Many links to nowhere take no time that grows with their square. */
static void test_many_links(void **state)
{
	struct collector *c;
	struct fixture f;
	char path[64];

	begin(&f);
	c = add_layer(&f);
	for (int i = 0; i < 8000; i++) {
		snprintf(path, sizeof(path), "var/lib/dpkg/status.d/l%d", i);
		add_link(c, ENTRY_SYMLINK, path, "/nowhere");
		snprintf(path, sizeof(path), "var/lib/dpkg/status.d/f%d", i);
		add_file(c, path, "Package: a\nVersion: 1\n");
	}
	merge(&f);
	assert_int_equal(f.merged.packages.len, 8000);
	assert_int_equal(f.merged.unreadable.len, 8000);
	end(&f);
}

/* A root filesystem inside the image is not the image's. */
static void test_nested_root(void **state)
{
	struct fixture f;

	begin(&f);
	add_file(add_layer(&f), "opt/chroot/var/lib/dpkg/status", STATUS("a", "1"));
	merge(&f);
	assert_int_equal(f.merged.packages.len, 0);
	assert_false(f.merged.has_package_database);
	end(&f);
}

static void test_owned_files(void **state)
{
	struct collector *c;
	struct fixture f;

	begin(&f);
	c = add_layer(&f);
	add_file(c, "var/lib/dpkg/status", STATUS("a", "1") STATUS("ab", "1"));
	add_file(c, "var/lib/dpkg/info/a.list", "/.\n/usr\n/usr/bin\n/usr/bin/a\n/usr/share/a\n");
	add_file(c, "var/lib/dpkg/info/a.md5sums", "d41d8cd98f00b204e9800998ecf8427e  usr/bin/a\n");
	merge(&f);
	assert_int_equal(f.merged.packages.items[0].n_files, 2);
	expect_str(f.merged.packages.items[0].files[0].path, "/usr/bin/a");
	expect_str(f.merged.packages.items[0].files[0].digest,
		   "md5:d41d8cd98f00b204e9800998ecf8427e");
	assert_int_equal(f.merged.packages.items[0].files[1].digest.len, 0);
	assert_int_equal(f.merged.packages.items[1].n_files, 0);
	end(&f);
}

static void test_path_clean(void **state)
{
	static const struct {
		const char *name, *clean;
		bool unsafe;
	} rows[] = {
		{"a/b", "a/b", false},
		{"./a//b/", "a/b", false},
		{"/a/./b", "a/b", false},
		{"a/../b", "b", true},
		{"../../etc/x", "etc/x", true},
		{"", "", false},
		{"/", "", false},
		{"a/b/../../..", "", true},
		{"...", "...", false},
		{"a/..b/c..", "a/..b/c..", false},
	};
	char to[4096 + 1];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		bool unsafe = false;

		assert_int_equal(path_clean(str_from(rows[i].name), to, &unsafe),
				 strlen(rows[i].clean));
		assert_string_equal(to, rows[i].clean);
		assert_int_equal(unsafe, rows[i].unsafe);
	}
}

/* Facts that somebody damaged are an error, never a crash. */
static void test_damaged_facts(void **state)
{
	struct fixture f;
	struct err err = ERR_INIT;

	begin(&f);
	add_file(add_layer(&f), "var/lib/dpkg/status", STATUS("a", "1"));
	merge(&f);
	for (size_t i = 0; i < f.packed[0].len; i++) {
		for (int bit = 0; bit < 8; bit += 3) {
			struct merged merged = {0};
			struct facts facts;

			f.packed[0].data[i] ^= (char)(1 << bit);
			if (facts_open(buf_str(&f.packed[0]), &facts) == 0 &&
			    merge_layers(&facts, 1, true, &f.arena, &merged, &err) == 0)
				merged_release(&merged);
			f.packed[0].data[i] ^= (char)(1 << bit);
		}
		if (facts_open(str_sub(buf_str(&f.packed[0]), 0, i), &f.facts[0]) == 0) {
			struct merged merged = {0};

			if (merge_layers(f.facts, 1, true, &f.arena, &merged, &err) == 0)
				merged_release(&merged);
		}
	}
	end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_attribution),
		cmocka_unit_test(test_attribution_gap),
		cmocka_unit_test(test_whiteout),
		cmocka_unit_test(test_whiteout_same_layer),
		cmocka_unit_test(test_replaced_directory),
		cmocka_unit_test(test_duplicates),
		cmocka_unit_test(test_links),
		cmocka_unit_test(test_link_to_file),
		cmocka_unit_test(test_link_loop),
		cmocka_unit_test(test_dangling_link),
		cmocka_unit_test(test_hard_link),
		cmocka_unit_test(test_hard_link_to_lower_layer),
		cmocka_unit_test(test_aliases),
		cmocka_unit_test(test_many_links),
		cmocka_unit_test(test_nested_root),
		cmocka_unit_test(test_owned_files),
		cmocka_unit_test(test_path_clean),
		cmocka_unit_test(test_damaged_facts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
