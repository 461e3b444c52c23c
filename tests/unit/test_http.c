/* The HTTP client against a server on the loopback interface, with everything that goes wrong. */
#include "base/compat.h"

#include <setjmp.h>
#include <signal.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "base/fd.h"
#include "base/proc.h"
#include "net/http.h"

struct server {
	pid_t pid;
	char port[16];
};

static int start_server(void **state)
{
	static struct server server;
	char *python = proc_find("python3");
	const char *source = getenv("CSCPLATE_SOURCE");
	struct buf script = BUF_INIT((size_t)4096);
	int ends[2];
	size_t len = 0;

	*state = NULL;
	/* Proxies of the machine must not be asked for the loopback interface. */
	setenv("no_proxy", "127.0.0.1", 1);
	if (!python)
		return 0;
	buf_addf(&script, "%s/tests/data/http/server.py", source ? source : ".");
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	server.pid = fork();
	if (server.pid == 0) {
		dup2(ends[1], STDOUT_FILENO);
		execl(python, python, script.data, (char *)NULL);
		_exit(127);
	}
	close(ends[1]);
	while (len < sizeof(server.port) - 1 && read(ends[0], server.port + len, 1) == 1 &&
	       server.port[len] != '\n')
		len++;
	close(ends[0]);
	free(python);
	buf_release(&script);
	if (server.pid < 0 || len == 0)
		return -1;
	server.port[len] = '\0';
	*state = &server;
	return 0;
}

static int stop_server(void **state)
{
	struct server *server = *state;

	if (server) {
		kill(server->pid, SIGTERM);
		waitpid(server->pid, NULL, 0);
	}
	return 0;
}

static const struct server *need_server(void **state)
{
	if (!*state) {
		print_message("skipped: python3 is not installed\n");
		skip();
	}
	return *state;
}

static void url_of(const struct server *server, const char *path, char *url, size_t size)
{
	snprintf(url, size, "http://127.0.0.1:%s%s", server->port, path);
}

/* One GET with a client of its own. */
static int get(const struct server *server, const char *path, size_t max, struct buf *b,
	       struct err *err)
{
	const struct http_options options = {.connect_seconds = 5, .stall_seconds = 1};
	_cleanup_http_ struct http *http = NULL;
	char url[256];
	int r;

	url_of(server, path, url, sizeof(url));
	*b = BUF_INIT(max);
	*err = ERR_INIT;
	assert_int_equal(http_new(&options, &http, err), 0);
	r = http_get(http, url, b, err);
	if (r < 0)
		assert_non_null(strstr(err->text, url));
	return r;
}

static void answers(void **state)
{
	const struct server *server = need_server(state);
	static const struct {
		const char *path;
		size_t max;
		int r;
		size_t len;
		const char *what; /* the body, or a part of the message */
	} cases[] = {
		{"/ok", 100, 0, 5, "hello"},
		{"/ok", 5, 0, 5, "hello"},
		{"/empty", 100, 0, 0, ""},
		{"/agent", 100, 0, sizeof("cscplate/" CSCPLATE_VERSION) - 1,
		 "cscplate/" CSCPLATE_VERSION},
		{"/redirect", 100, 0, 5, "hello"},
		{"/large", 3000000, 0, 3000000, NULL},
		{"/chunked", 3000000, 0, 3000000, NULL},
		{"/none", 100, -ENOENT, 0, "HTTP status 404 Not Found"},
		{"/403", 100, -EACCES, 0, "HTTP status 403 Forbidden"},
		{"/503", 100, -EAGAIN, 0, "HTTP status 503 Service Unavailable"},
		{"/nowhere", 100, -EIO, 0, "HTTP status 302"},
		{"/loop", 100, -ELOOP, 0, "redirects"},
		{"/to-file", 1 << 20, -EIO, 0, "file"},
		{"/ok", 4, -ERR_LIMIT, 0, "larger than the limit of 4 bytes"},
		{"/large", 2999999, -ERR_LIMIT, 0, "larger than the limit of 2999999 bytes"},
		{"/chunked", 2999999, -ERR_LIMIT, 0, "larger than the limit of 2999999 bytes"},
		{"/short", 100, -ERR_FORMAT, 0, "4 bytes"},
		{"/drop", 100, -EAGAIN, 0, "Empty reply"},
		{"/hang", 100, -ETIMEDOUT, 0, "too slow"},
		{"/stall", 100, -ETIMEDOUT, 0, "too slow"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct buf b;
		struct err err;
		int r = get(server, cases[i].path, cases[i].max, &b, &err);

		if (r != cases[i].r)
			print_message("%s: %d, %s\n", cases[i].path, r, err.text);
		assert_int_equal(r, cases[i].r);
		if (r == 0) {
			assert_int_equal(b.len, cases[i].len);
			if (cases[i].what)
				assert_string_equal(b.data ? b.data : "", cases[i].what);
		} else {
			assert_non_null(strstr(err.text, cases[i].what));
		}
		buf_release(&b);
	}
}

/* A reader that is slow makes the sender wait: nothing is lost, and little is kept. */
static void streaming(void **state)
{
	const struct server *server = need_server(state);
	const struct timespec pause = {.tv_nsec = 1000000};
	_cleanup_http_ struct http *http = NULL;
	struct err err = ERR_INIT;
	uint64_t total = 0;
	char url[256];

	url_of(server, "/large", url, sizeof(url));
	assert_int_equal(http_new(NULL, &http, &err), 0);
	for (int again = 0; again < 2; again++) {
		const void *bytes;
		ssize_t n;

		assert_int_equal(http_open(http, url, 3000000, &err), 0);
		/* the first time it is left in the middle */
		while ((n = http_read(http, &bytes, &err)) > 0 && (again || total < 100000)) {
			for (ssize_t i = 0; i < n; i++)
				assert_int_equal(((const char *)bytes)[i], 'x');
			total += (uint64_t)n;
			nanosleep(&pause, NULL);
		}
		total = again ? total : 0;
	}
	assert_int_equal(total, 3000000);
	http_close(http);
	assert_true(http_read(http, &(const void *){NULL}, &err) < 0);
}

struct each {
	const struct server *server;
	unsigned calls;
	unsigned lengths[40];
};

static int each_work(void *context, size_t number, struct http *http, struct err *err)
{
	struct each *each = context;
	_cleanup_buf_ struct buf b = BUF_INIT(100);
	char url[256];
	int r;

	__atomic_add_fetch(&each->calls, 1, __ATOMIC_RELAXED);
	url_of(each->server, number == 20 || number == 30 ? "/none" : "/ok", url, sizeof(url));
	r = http_get(http, url, &b, err);
	each->lengths[number] = (unsigned)b.len;
	return r;
}

static void several(void **state)
{
	struct each each = {.server = need_server(state)};
	struct err err = ERR_INIT;

	assert_int_equal(http_each(20, 8, NULL, each_work, &each, &err), 0);
	assert_int_equal(each.calls, 20);
	for (size_t i = 0; i < 20; i++)
		assert_int_equal(each.lengths[i], 5);
	assert_int_equal(http_each(0, 8, NULL, each_work, &each, &err), 0);
	assert_int_equal(http_each(40, 8, NULL, each_work, &each, &err), -ENOENT);
	assert_non_null(strstr(err.text, "404"));
}

static void no_server(void **state)
{
	static const struct {
		const char *url;
		int r;
	} cases[] = {
		{"ftp://127.0.0.1/x", -EINVAL},
		{"relative/path", -EINVAL},
		{"", -EINVAL},
		{"http://127.0.0.1:1/x", -EAGAIN},
		{"http://name.invalid/x", -EIO},
		{"http://", -EIO},
		{"file:///nonexistent/file", -ENOENT},
		{"file:///etc", -EINVAL},
		{"file:///dev/zero", -EINVAL},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_http_ struct http *http = NULL;
		_cleanup_buf_ struct buf b = BUF_INIT(100);
		struct err err = ERR_INIT;

		assert_int_equal(http_new(NULL, &http, &err), 0);
		assert_int_equal(http_get(http, cases[i].url, &b, &err), cases[i].r);
		assert_int_equal(err.code, -cases[i].r);
	}
}

static void files(void **state)
{
	char path[] = "/tmp/cscplate test.XXXXXX", url[64];
	int fd = mkstemp(path);
	struct buf b = BUF_INIT(5), small = BUF_INIT(4);
	_cleanup_http_ struct http *http = NULL;
	struct err err = ERR_INIT;

	assert_true(fd >= 0);
	assert_int_equal(fd_write_full(fd, "hello", 5), 0);
	close(fd);
	snprintf(url, sizeof(url), "file:///tmp/cscplate%%20test%s", strrchr(path, '.'));
	assert_int_equal(http_new(NULL, &http, &err), 0);
	assert_int_equal(http_get(http, url, &b, &err), 0);
	assert_string_equal(b.data, "hello");
	assert_int_equal(http_get(http, url, &small, &err), -ERR_LIMIT);
	buf_release(&b);
	buf_release(&small);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers),   cmocka_unit_test(streaming), cmocka_unit_test(several),
		cmocka_unit_test(no_server), cmocka_unit_test(files),
	};

	return cmocka_run_group_tests(tests, start_server, stop_server);
}
