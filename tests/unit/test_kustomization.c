/* What kustomizations list, and where that leads. */
#include "base/compat.h"

#include <setjmp.h>

#include <cmocka.h>

#include "manifest/kustomization.h"

static void locate(void **state)
{
	static const struct {
		const char *directory, *path, *want; /* NULL: nowhere */
	} rows[] = {
		{"", "x.yaml", "x.yaml"},
		{"a/b/", "x.yaml", "a/b/x.yaml"},
		{"a/b/", "./x//y/.", "a/b/x/y"},
		{"a/b/", "../c/", "a/c"},
		{"a/b/", "..", "a"},
		{"a/b/", "../..", ""},
		{"", ".", ""},
		{"a/", "../...", "..."},
		{"a/", "b\\..\\c", "a/b\\..\\c"},
		{"a/", "b c\"d", "a/b c\"d"},
		{"a/", "-x", "a/-x"},
		{"a/", "v1.2/x.yaml", "a/v1.2/x.yaml"},
		{"a/", "x@y.yaml", NULL},
		{"a/", "", NULL},
		{"a/", "/a/x.yaml", NULL},
		{"a/", "../..", NULL},
		{"", "..", NULL},
		{"a/", "../../a/x.yaml", NULL},
		{"a/", "https://example.com/x.yaml", NULL},
		{"a/", "github.com/org/repo", NULL},
		{"a/", "GitHub.com/org/repo", NULL},
		{"a/", "git@example.com:org/repo", NULL},
		{"a/", "git::x", NULL},
		{"a/", "ssh://x/y", NULL},
	};
	_cleanup_buf_ struct buf path = BUF_INIT((size_t)4096);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		bool found = kustomization_locate(str_from(rows[i].directory),
						  str_from(rows[i].path), &path);

		if (found != (rows[i].want != NULL) ||
		    (found && !str_eq(buf_str(&path), str_from(rows[i].want))))
			fail_msg("'%s' from '%s': %s", rows[i].path, rows[i].directory,
				 found ? path.data : "nowhere");
	}
}

static int take(void *arg, struct str path)
{
	buf_addf(arg, "%.*s ", STR_FMT(path));
	return 0;
}

static void reads(const char *text, int want_r, const char *want)
{
	_cleanup_arena_ struct arena arena = {0};
	_cleanup_buf_ struct buf got = BUF_INIT((size_t)1 << 20);
	struct err err = ERR_INIT;

	assert_int_equal(kustomization_read(str_from(text), &arena, take, &got, &err), want_r);
	assert_string_equal(got.data ? got.data : "", want);
}

static void fields(void **state)
{
	reads("resources: [a, b]\nbases:\n- c\ncomponents: [d]\n", 0, "a b c d ");
	reads("patches: [{path: a, target: {}}, {patch: x}, b]\nopenapi: {path: c}\n", 0, "b a c ");
	reads("patchesStrategicMerge: [a, \"x: 1\\ny: 2\"]\ntransformers:\n- |-\n  a: 1\n  b: 2\n",
	      0, "a ");
	reads("configMapGenerator: [{files: [a, k=b], literals: [x=y], envs: [c=d]}]\n", 0,
	      "a b c=d ");
	reads("helmCharts: [{name: x, valuesFile: a, additionalValuesFiles: [b]}]\n", 0, "a b ");
	reads("Resources: [a]\nnamespace: b\nimages: [{name: c}]\n", 0, "");
}

static void odd_ones(void **state)
{
	reads("", 0, "");
	reads("- a\n", 0, "");
	reads("resources: {a: b}\npatches: 3\nopenapi: [path]\nreplacements: {path: a}\n", 0,
	      "3 a ");
	reads("resources: [\"\", ~, [a], {b: c}]\n", 0, "~ ");
	reads("resources: [a\n", -ERR_FORMAT, "");
}

static void too_many(void **state)
{
	_cleanup_arena_ struct arena arena = {0};
	_cleanup_buf_ struct buf text = BUF_INIT((size_t)1 << 20), got = BUF_INIT((size_t)1 << 20);
	struct err err = ERR_INIT;

	buf_add_str(&text, STR("resources: ["));
	for (size_t i = 0; i < KUSTOMIZATION_PATHS + 1; i++)
		buf_add_str(&text, STR("a,"));
	buf_add_str(&text, STR("]\n"));
	assert_int_equal(kustomization_read(buf_str(&text), &arena, take, &got, &err), -ERR_FORMAT);
	assert_non_null(strstr(err.text, "lists more than 16384 paths"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(locate),
		cmocka_unit_test(fields),
		cmocka_unit_test(odd_ones),
		cmocka_unit_test(too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
