/* Confined processes: what comes back, and what cannot be done inside. */
#include "base/compat.h"

#include <setjmp.h>
#include <cmocka.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/confine.h"
#include "base/fd.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED true
#else
#define SANITIZED false
#endif

static const struct confine_options options = {
	.read_dir = -1, .memory = 1 << 30, .seconds = 2, .max_result = 1 << 20};

static int run(confined_fn *fn, const struct confine_options *o, struct buf *out, struct err *err)
{
	_cleanup_confined_ struct confined c = CONFINED_INIT;
	struct str result;
	int r = confine_start(&c, fn, NULL, o, err);

	if (r == 0)
		r = confine_wait(&c, &result, err);
	if (r == 0)
		buf_add_str(out, result);
	return r;
}

static void expect(confined_fn *fn, const struct confine_options *o, int status, const char *text)
{
	struct buf out = BUF_INIT(1 << 20);
	struct err err = ERR_INIT;
	int r = run(fn, o, &out, &err);

	assert_int_equal(r, status);
	if (!strstr(r < 0 ? err.text : buf_str(&out).ptr, text))
		fail_msg("'%s' has no '%s'", r < 0 ? err.text : buf_str(&out).ptr, text);
	buf_release(&out);
}

static int say(void *arg, struct buf *result, struct err *err)
{
	buf_addf(result, "hello");
	return 0;
}

static int fail_here(void *arg, struct buf *result, struct err *err)
{
	return err_set(err, ERR_FORMAT, "line 3: nonsense");
}

static int crash(void *arg, struct buf *result, struct err *err)
{
	raise(SIGKILL); /* not allowed, so: */
	__builtin_trap();
}

static int spin(void *arg, struct buf *result, struct err *err)
{
	volatile bool on = true;

	while (on)
		;
	return 0;
}

static int too_much(void *arg, struct buf *result, struct err *err)
{
	for (;;)
		if (buf_status(result, NULL) < 0)
			return buf_status(result, err);
		else
			buf_addf(result, "0123456789");
}

/* Tries what a taken-over parser would want to do; says what worked. */
static int escape(void *arg, struct buf *result, struct err *err)
{
	if (open("/etc/passwd", O_RDONLY) >= 0)
		buf_addf(result, "open ");
	if (socket(AF_INET, SOCK_STREAM, 0) >= 0)
		buf_addf(result, "socket ");
	if (fork() >= 0)
		buf_addf(result, "fork ");
	if (kill(getppid(), 0) == 0)
		buf_addf(result, "kill ");
	execl("/bin/true", "true", NULL);
	if (memfd_create("x", 0) >= 0)
		buf_addf(result, "memfd ");
	for (int fd = 3; fd < 64; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			buf_addf(result, "fd%d ", fd);
	buf_addf(result, "done");
	return 0;
}

static void *thread(void *arg)
{
	*(int *)arg = 7;
	return NULL;
}

static int use_thread(void *arg, struct buf *result, struct err *err)
{
	pthread_t id;
	int value = 0;

	if (pthread_create(&id, NULL, thread, &value) == 0)
		pthread_join(id, NULL);
	buf_addf(result, "value %d", value);
	return 0;
}

static void test_results(void **state)
{
	expect(say, &options, 0, "hello");
	expect(use_thread, &options, 0, "value 7");
	expect(fail_here, &options, -ERR_FORMAT, "line 3: nonsense");
	expect(too_much, &options, -ERR_LIMIT, "limit of 1048576 bytes");
}

static void test_crashes(void **state)
{
	if (SANITIZED)
		skip();
	expect(crash, &options, -ERR_CRASHED, "died of signal");
	expect(spin, &options, -ERR_CRASHED, "died of signal 9");
}

static void test_escape(void **state)
{
	struct buf out = BUF_INIT(1 << 20);
	struct err err = ERR_INIT;
	int extra = open("/dev/null", O_RDONLY);

	if (SANITIZED)
		skip();
	assert_int_equal(run(escape, &options, &out, &err), 0);
	/* One descriptor is open: the one for the result. */
	assert_true(str_ends(buf_str(&out), STR("done")));
	assert_int_equal(str_find(buf_str(&out), STR("fd")), 0);
	assert_null(strstr(buf_str(&out).ptr + 2, "fd"));
	buf_release(&out);
	close(extra);
}

/* Sizes of descriptors, by both of the C library's ways, but nothing by a name, with or without the flag. */
static int look_at_names(void *arg, struct buf *result, struct err *err)
{
	static const int flags[] = {0, AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH};
	struct stat st = {0};
	int fd;

	for (fd = 3; fd < 64 && fstat(fd, &st) < 0; fd++)
		if (errno != EBADF)
			buf_addf(result, "error %d ", errno);
	if (fd == 64 || !S_ISREG(st.st_mode) || fstatat(fd, "", &st, AT_EMPTY_PATH) < 0)
		buf_addf(result, "no fstat ");
	errno = 0;
	if (fstat(-1, &st) == 0 || errno != EBADF)
		buf_addf(result, "error %d for no descriptor ", errno);
	for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
		errno = 0;
		if (fstatat(AT_FDCWD, "/etc/passwd", &st, flags[i]) == 0 || errno != EPERM)
			buf_addf(result, "name with flags %d: error %d ", flags[i], errno);
		errno = 0;
		if (fstatat(fd, "/nonexistent", &st, flags[i]) == 0 || errno != EPERM)
			buf_addf(result, "absent name with flags %d: error %d ", flags[i], errno);
	}
	errno = 0;
	if (syscall(SYS_newfstatat, fd, NULL, &st, AT_EMPTY_PATH) == 0 || errno != EPERM)
		buf_addf(result, "no name: error %d ", errno);
	if (access("/etc/passwd", F_OK) == 0 || readlink("/proc/self/exe", (char[8]){0}, 8) >= 0)
		buf_addf(result, "access ");
	buf_addf(result, "done");
	return 0;
}

/* The same from a thread: the handler is the process's. */
static void *look_in_thread(void *arg)
{
	look_at_names(NULL, arg, NULL);
	return NULL;
}

static int look_from_thread(void *arg, struct buf *result, struct err *err)
{
	pthread_t id;

	if (pthread_create(&id, NULL, look_in_thread, result) == 0)
		pthread_join(id, NULL);
	return 0;
}

static void test_names(void **state)
{
	struct buf out = BUF_INIT(1 << 20);
	struct err err = ERR_INIT;
	sigset_t blocked;

	if (SANITIZED)
		skip();
#if !defined(__x86_64__) && !defined(__aarch64__)
	print_message("skipped: newfstatat is not trapped on this machine\n");
	skip();
#endif
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGSYS);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	if (run(look_at_names, &options, &out, &err) < 0)
		fail_msg("%s", err.text);
	assert_string_equal(buf_str(&out).ptr, "done");
	buf_clear(&out);
	if (run(look_from_thread, &options, &out, &err) < 0)
		fail_msg("%s", err.text);
	assert_string_equal(buf_str(&out).ptr, "done");
	sigprocmask(SIG_UNBLOCK, &blocked, NULL);
	buf_release(&out);
}

static int read_inside(void *arg, struct buf *result, struct err *err)
{
	int dir = options.read_dir;
	struct stat st;

	for (dir = 3; dir < 64 && openat(dir, "inside", O_RDONLY) < 0; dir++)
		;
	buf_addf(result, "%s ", dir < 64 ? "inside" : "nothing");
	if (fstatat(dir, "inside", &st, AT_SYMLINK_NOFOLLOW) < 0 || fstat(dir, &st) < 0)
		buf_addf(result, "no stat ");
	if (openat(dir, "../outside", O_RDONLY) >= 0 || open("/etc/passwd", O_RDONLY) >= 0)
		buf_addf(result, "outside ");
	if (openat(dir, "inside", O_WRONLY) >= 0 ||
	    openat(dir, "new", O_CREAT | O_WRONLY, 0600) >= 0)
		buf_addf(result, "write ");
	return 0;
}

static void test_directory(void **state)
{
	char base[] = "/tmp/cscplate-confine-XXXXXX";
	struct confine_options o = options;
	char path[128];
	int fd;

	assert_non_null(mkdtemp(base));
	snprintf(path, sizeof(path), "%s/dir", base);
	assert_int_equal(mkdir(path, 0700), 0);
	o.read_dir = open(path, O_RDONLY | O_DIRECTORY);
	fd = openat(o.read_dir, "inside", O_CREAT | O_WRONLY, 0600);
	close(fd);
	fd = openat(o.read_dir, "../outside", O_CREAT | O_WRONLY, 0600);
	close(fd);
	expect(read_inside, &o, 0, "inside ");
	{
		struct buf out = BUF_INIT(1 << 20), kernel = BUF_INIT(1 << 10);
		struct err err = ERR_INIT;

		confine_describe(&kernel);
		assert_int_equal(run(read_inside, &o, &out, &err), 0);
		if (!strstr(kernel.data, "no landlock"))
			assert_string_equal(buf_str(&out).ptr, "inside ");
		buf_release(&out);
		buf_release(&kernel);
	}
	unlinkat(o.read_dir, "inside", 0);
	unlinkat(o.read_dir, "../outside", 0);
	close(o.read_dir);
	rmdir(path);
	rmdir(base);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_results),	  cmocka_unit_test(test_crashes),
		cmocka_unit_test(test_escape),	  cmocka_unit_test(test_names),
		cmocka_unit_test(test_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
