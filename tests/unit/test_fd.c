/* Files that appear whole or not at all: base/fd.h. */
#include "base/compat.h"

#include <setjmp.h>
#include <cmocka.h>
#include <dirent.h>

#include "base/fd.h"

static char dir[] = "/tmp/cscplate-fd-XXXXXX";
static char path[64];

static int setup(void **state)
{
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/file", dir);
	return 0;
}

static int teardown(void **state)
{
	unlink(path);
	return rmdir(dir);
}

static size_t count_files(void)
{
	DIR *d = opendir(dir);
	size_t n = 0;

	for (struct dirent *e; (e = readdir(d));)
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

static void expect_content(const char *wanted)
{
	_cleanup_buf_ struct buf b = BUF_INIT(100);
	struct err err = ERR_INIT;

	assert_int_equal(file_read(AT_FDCWD, path, &b, &err), 0);
	assert_string_equal(buf_str(&b).ptr, wanted);
}

static void write_file(const char *text, bool commit)
{
	_cleanup_atomic_file_ struct atomic_file f = ATOMIC_FILE_INIT;
	struct err err = ERR_INIT;

	assert_int_equal(atomic_file_open(&f, path, 0600, &err), 0);
	assert_int_equal(fd_write_full(f.fd, text, strlen(text)), 0);
	if (commit)
		assert_int_equal(atomic_file_commit(&f, &err), 0);
}

static void test_commit(void **state)
{
	write_file("old", true);
	expect_content("old");
	write_file("new", false);
	expect_content("old");
	assert_int_equal(count_files(), 1);
	write_file("new", true);
	expect_content("new");
	assert_int_equal(count_files(), 1);
}

/* A process that was killed leaves its temporary file; it is in nobody's way. */
static void test_left_behind(void **state)
{
	struct atomic_file lost = ATOMIC_FILE_INIT;
	struct err err = ERR_INIT;

	assert_int_equal(atomic_file_open(&lost, path, 0600, &err), 0);
	write_file("fresh", true);
	expect_content("fresh");
	assert_int_equal(count_files(), 2);
	/* What a dying process does in its signal handler. */
	atomic_file_unlink_all();
	assert_int_equal(count_files(), 1);
	atomic_file_release(&lost);
	expect_content("fresh");
}

static void test_refused(void **state)
{
	_cleanup_atomic_file_ struct atomic_file f = ATOMIC_FILE_INIT;
	_cleanup_buf_ struct buf b = BUF_INIT(3);
	struct err err = ERR_INIT;

	assert_int_equal(atomic_file_open(&f, "/proc/nowhere/file", 0600, &err), -ENOENT);
	assert_non_null(strstr(err.text, "cannot create '/proc/nowhere/file'"));
	assert_int_equal(file_read(AT_FDCWD, dir, &b, &err), -EINVAL);
	assert_non_null(strstr(err.text, "not a regular file"));
	write_file("four", true);
	assert_int_equal(file_read(AT_FDCWD, path, &b, &err), -ERR_LIMIT);
	assert_non_null(strstr(err.text, "limit of 3 bytes"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_commit),
		cmocka_unit_test(test_left_behind),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
