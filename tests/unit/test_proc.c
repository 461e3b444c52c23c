/* Running other programs. */
#include "base/compat.h"

#include <setjmp.h>

#include <cmocka.h>

#include "base/proc.h"

static void round_trip(void **state)
{
	/* More than a pipe holds, both ways: a child that writes while it reads must not block. */
	enum { SIZE = 1 << 20 };
	_cleanup_free_ char *bytes = malloc(SIZE);
	_cleanup_free_ char *cat = proc_find("cat");
	_cleanup_buf_ struct buf out = BUF_INIT((size_t)SIZE);
	const struct proc_output outputs[] = {{STDOUT_FILENO, &out}};
	const char *argv[] = {cat, NULL};
	struct err err = ERR_INIT;
	int status;

	assert_non_null(bytes);
	assert_non_null(cat);
	memset(bytes, 'x', SIZE);
	assert_int_equal(proc_run(argv, (struct str){bytes, SIZE}, outputs, 1, &status, &err), 0);
	assert_int_equal(status, 0);
	assert_int_equal(out.len, SIZE);
	assert_memory_equal(out.data, bytes, SIZE);
}

static void shell(const char *script, struct str input, size_t max, int want_r, int want_status,
		  const char *want_out, const char *want_extra)
{
	_cleanup_buf_ struct buf out = BUF_INIT(max), extra = BUF_INIT(max);
	const struct proc_output outputs[] = {{5, &extra}, {STDOUT_FILENO, &out}};
	const char *argv[] = {"/bin/sh", "-c", script, NULL};
	struct err err = ERR_INIT;
	int status = -1;

	assert_int_equal(proc_run(argv, input, outputs, ARRAY_LEN(outputs), &status, &err), want_r);
	assert_int_equal(status, want_status);
	if (want_r == 0) {
		assert_string_equal(out.data ? out.data : "", want_out);
		assert_string_equal(extra.data ? extra.data : "", want_extra);
	}
}

static void outputs_and_status(void **state)
{
	shell("echo a; echo b >&2; echo c >&5; exit 3", STR_NULL, 100, 0, 3, "a\n", "c\n");
	shell("cat", STR("in"), 100, 0, 0, "in", "");
	shell("kill -TERM $$", STR_NULL, 100, 0, 128 + 15, "", "");
	/* a child that does not read its input */
	shell("exec 0<&-; echo done", STR("much"), 100, 0, 0, "done\n", "");
	/* one that never ends writing */
	shell("while echo more; do :; done", STR_NULL, 1000, -ERR_LIMIT, -1, "", "");
}

static void unread_input(void **state)
{
	_cleanup_free_ char *bytes = calloc(1, 1 << 20);

	assert_non_null(bytes);
	shell("exit 0", (struct str){bytes, 1 << 20}, 100, 0, 0, "", "");
}

static void missing_program(void **state)
{
	const char *argv[] = {"/nonexistent/program", NULL};
	struct err err = ERR_INIT;
	int status;

	assert_null(proc_find("no-program-has-this-name"));
	assert_int_equal(proc_run(argv, STR_NULL, NULL, 0, &status, &err), 0);
	assert_int_equal(status, 127);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip),
		cmocka_unit_test(outputs_and_status),
		cmocka_unit_test(unread_input),
		cmocka_unit_test(missing_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
