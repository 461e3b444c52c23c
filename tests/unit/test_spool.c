/* Downloads that are handed out only when they are what was expected: advisory/spool.h. */
#include "base/compat.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "advisory/spool.h"
#include "base/fd.h"

static char directory[] = "/tmp/cscplate-spool-XXXXXX";
static const struct str contents = STR("what the index names\n");

static int set_up(void **state)
{
	return mkdtemp(directory) ? 0 : -1;
}

static int tear_down(void **state)
{
	return rmdir(directory);
}

/* A server that sends one answer without a length, which goes on until the client hangs up. */
static pid_t serve(const char *prefix, char *url, size_t size)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);
	int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	pid_t pid;

	assert_true(server >= 0 && bind(server, (struct sockaddr *)&address, len) == 0 &&
		    listen(server, 4) == 0 &&
		    getsockname(server, (struct sockaddr *)&address, &len) == 0);
	snprintf(url, size, "http://127.0.0.1:%u/x", ntohs(address.sin_port));
	pid = fork();
	if (pid == 0) {
		static const char head[] = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n";
		static char block[65536];
		char request[4096];
		int fd = accept(server, NULL, NULL);

		signal(SIGPIPE, SIG_IGN);
		if (read(fd, request, sizeof(request)) > 0 &&
		    fd_write_full(fd, head, sizeof(head) - 1) == 0 &&
		    fd_write_full(fd, prefix, strlen(prefix)) == 0)
			while (fd_write_full(fd, block, sizeof(block)) == 0)
				;
		_exit(0);
	}
	close(server);
	return pid;
}

static int download(const char *url, uint64_t size, struct str wanted, int *ret, struct err *err)
{
	unsigned char digest[SHA256_SIZE];
	struct http *http = NULL;
	int r;

	*err = ERR_INIT;
	sha256_of(wanted, digest);
	assert_int_equal(http_new(NULL, &http, err), 0);
	r = spool_download(http, url, size, digest, directory, ret, err);
	http_free(http);
	return r;
}

static void test_local(void **state)
{
	_cleanup_buf_ struct buf back = BUF_INIT(4096);
	char path[128], url[160];
	struct err err;
	struct stat st;
	int fd;

	snprintf(path, sizeof(path), "%s/file", directory);
	snprintf(url, sizeof(url), "file://%s", path);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0 && fd_write_full(fd, contents.ptr, contents.len) == 0);
	close(fd);
	fd = -1;
	assert_int_equal(download(url, contents.len, contents, &fd, &err), 0);
	assert_int_equal(fd_read_all(fd, url, &back, &err), 0);
	assert_true(str_eq(buf_str(&back), contents));
	/* Nobody else can open it, and nothing has to be removed. */
	assert_true(fstat(fd, &st) == 0 && st.st_nlink == 0);
	close(fd);
	fd = -1;
	assert_int_equal(download(url, contents.len, STR("else"), &fd, &err), -ERR_DIGEST);
	assert_non_null(strstr(err.text, "the index names sha256:"));
	assert_int_equal(download(url, contents.len - 1, contents, &fd, &err), -ERR_DIGEST);
	assert_non_null(strstr(err.text, "bytes that the index names"));
	assert_int_equal(download(url, contents.len + 1, contents, &fd, &err), -ERR_DIGEST);
	unlink(path);
	assert_int_equal(download(url, contents.len, contents, &fd, &err), -ENOENT);
	assert_int_equal(fd, -1);
}

static void test_endless(void **state)
{
	char url[64];
	struct err err;
	int fd = -1;
	pid_t pid;

	setenv("no_proxy", "127.0.0.1", 1);
	/* What comes first is right. */
	pid = serve(contents.ptr, url, sizeof(url));
	assert_int_equal(download(url, contents.len, contents, &fd, &err), -ERR_DIGEST);
	assert_non_null(strstr(err.text, "bytes that the index names"));
	assert_int_equal(fd, -1);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_local),
		cmocka_unit_test(test_endless),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
