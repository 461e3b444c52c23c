/* Running other programs. */
#include "base/compat.h"

#include <setjmp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "base/proc.h"

/* Time that no test takes, unless it hangs. */
static const struct proc_options patient = {.dir = AT_FDCWD, .seconds = 600};

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
	assert_int_equal(
		proc_run(argv, (struct str){bytes, SIZE}, outputs, 1, &patient, &status, &err), 0);
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

	assert_int_equal(
		proc_run(argv, input, outputs, ARRAY_LEN(outputs), &patient, &status, &err),
		want_r);
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
	assert_int_equal(proc_run(argv, STR_NULL, NULL, 0, &patient, &status, &err), 0);
	assert_int_equal(status, 127);
}

/* Orphans come to this process (see main): waits for the end of that one, and hangs if it never ends. */
static void await_end(struct str line)
{
	uint64_t pid;

	assert_int_equal(str_parse_u64(str_trim(line), &pid), 0);
	assert_true(pid > 1);
	assert_true(waitpid((pid_t)pid, NULL, 0) == (pid_t)pid || errno == ECHILD);
	assert_int_equal(kill((pid_t)pid, 0), -1);
}

/* Runs a script that says the number of a process, which must be gone afterwards. */
static void leaves_nothing(const char *script, unsigned seconds, int want_r)
{
	_cleanup_buf_ struct buf out = BUF_INIT((size_t)1 << 20);
	const struct proc_output outputs[] = {{STDOUT_FILENO, &out}};
	const struct proc_options options = {.dir = AT_FDCWD, .seconds = seconds};
	const char *argv[] = {"/bin/sh", "-c", script, NULL};
	struct str rest, line;
	struct err err = ERR_INIT;
	int status = -1;

	assert_int_equal(proc_run(argv, STR_NULL, outputs, 1, &options, &status, &err), want_r);
	rest = buf_str(&out);
	assert_true(str_next_line(&rest, &line));
	await_end(line);
	if (want_r == -ETIMEDOUT)
		assert_string_equal(err.text,
				    "cannot run '/bin/sh': it did not end within 1 seconds");
}

static void what_is_left_behind(void **state)
{
	/* It hangs itself, with its outputs open and closed. */
	leaves_nothing("echo $$; exec sleep 3600", 1, -ETIMEDOUT);
	leaves_nothing("echo $$; exec sleep 3600 >&- 2>&-", 1, -ETIMEDOUT);
	/* What it started does. */
	leaves_nothing("sleep 3600 & echo $!; wait", 1, -ETIMEDOUT);
	/* It ends, but what it started holds the pipe, or has let go of it. */
	leaves_nothing("sleep 3600 & echo $!", 600, 0);
	leaves_nothing("sleep 3600 >/dev/null & echo $!", 600, 0);
	/* It is ended for what it writes. */
	leaves_nothing("sleep 3600 & echo $!; while echo more; do :; done", 600, -ERR_LIMIT);
}

/* A process that waits for a program which says the number of one that must not outlive it. */
static void with_its_parent(bool killed)
{
	struct str line;
	char text[64];
	int ends[2], status;
	ssize_t n;
	pid_t pid;

	assert_int_equal(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		_cleanup_buf_ struct buf out = BUF_INIT((size_t)4096);
		const struct proc_output outputs[] = {{STDOUT_FILENO, &out}};
		const char *argv[] = {"/bin/sh", "-c", "echo $$ >&9; exec sleep 3600", NULL};
		struct err err = ERR_INIT;

		dup2(ends[1], 9);
		/* SIGTERM's handler is what main has. */
		signal(SIGTERM, (void (*)(int))(uintptr_t)proc_kill_all);
		proc_run(argv, STR_NULL, outputs, 1, &patient, &status, &err);
		_exit(0);
	}
	close(ends[1]);
	n = read(ends[0], text, sizeof(text));
	assert_true(n > 0);
	line = (struct str){text, (size_t)n};
	kill(pid, killed ? SIGKILL : SIGTERM);
	waitpid(pid, &status, 0);
	assert_int_equal(WIFSIGNALED(status), killed);
	await_end(line);
	close(ends[0]);
}

static void ends_with_its_parent(void **state)
{
	with_its_parent(true);
	with_its_parent(false);
}

static void directory_and_limits(void **state)
{
	_cleanup_buf_ struct buf out = BUF_INIT((size_t)4096);
	const struct proc_output outputs[] = {{STDOUT_FILENO, &out}};
	const char *argv[] = {"/bin/sh", "-c", "/bin/pwd; ulimit -v; ulimit -t; ulimit -c", NULL};
	int dir = open("/usr/share", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct proc_options options = {.dir = dir, .seconds = 50, .memory = 1 << 30};
	struct err err = ERR_INIT;
	int status;

	assert_true(dir >= 0);
	assert_int_equal(proc_run(argv, STR_NULL, outputs, 1, &options, &status, &err), 0);
	assert_string_equal(out.data, "/usr/share\n1048576\n200\n0\n");
	close(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip),		cmocka_unit_test(outputs_and_status),
		cmocka_unit_test(unread_input),		cmocka_unit_test(missing_program),
		cmocka_unit_test(what_is_left_behind),	cmocka_unit_test(ends_with_its_parent),
		cmocka_unit_test(directory_and_limits),
	};

	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
