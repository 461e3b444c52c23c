/* The terminal: widths, colours, and the progress line on a pseudo-terminal. */
#include "base/compat.h"

#include <poll.h>
#include <setjmp.h>
#include <sys/ioctl.h>

#include <cmocka.h>

#include "base/fd.h"
#include "base/term.h"
#include "base/utf8.h"

/* A pseudo-terminal of 40 columns: where we look, and what programs write to. */
struct pty {
	int master, slave;
};

static struct pty pty_open(unsigned short columns)
{
	struct pty p = {.master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)};
	struct winsize size = {.ws_col = columns, .ws_row = 24};
	char name[64];

	assert_true(p.master >= 0);
	assert_int_equal(grantpt(p.master), 0);
	assert_int_equal(unlockpt(p.master), 0);
	assert_int_equal(ptsname_r(p.master, name, sizeof(name)), 0);
	p.slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(p.slave >= 0);
	assert_int_equal(ioctl(p.slave, TIOCSWINSZ, &size), 0);
	return p;
}

static void pty_close(struct pty *p)
{
	fd_closep(&p->slave);
	fd_closep(&p->master);
}

/* What has been written so far, as text. */
static const char *pty_text(const struct pty *p, char *to, size_t size)
{
	struct pollfd ready = {.fd = p->master, .events = POLLIN};
	size_t len = 0;

	while (poll(&ready, 1, 50) > 0 && len < size - 1) {
		ssize_t n = read(p->master, to + len, size - 1 - len);

		if (n <= 0)
			break;
		len += (size_t)n;
	}
	to[len] = '\0';
	return to;
}

static void columns(void **state)
{
	static const struct {
		struct str text;
		unsigned columns;
	} cases[] = {
		{STR(""), 0},		{STR("openssl"), 7}, {STR("a\tb\n"), 2},
		{STR("\033[1m"), 3},	{STR("REF…"), 4},    {STR("né"), 2},
		{STR("ne\xcc\x81"), 2}, /* combining acute */
		{STR("容器"), 4},	{STR("ﬁ"), 1},	     {STR("🚢"), 2},
		{STR("\xff\xfe"), 2}, /* shown as replacement marks */
		{STR("가"), 2},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(term_columns(cases[i].text), cases[i].columns);
}

static void utf8_forms(void **state)
{
	static const struct {
		struct str text;
		size_t len;
		uint32_t value;
	} cases[] = {
		{STR("a"), 1, 'a'},
		{STR("\xc3\xa9x"), 2, 0xe9},
		{STR("\xe2\x82\xac"), 3, 0x20ac},
		{STR("\xf4\x8f\xbf\xbf"), 4, 0x10ffff},
		{STR("\xc1\xbf"), 0, 0},
		{STR("\xe0\x80\xaf"), 0, 0},
		{STR("\xed\xbf\xbf"), 0, 0},
		{STR("\xf4\x90\x80\x80"), 0, 0},
		{STR("\xe2\x82"), 0, 0},
		{STR("\x80"), 0, 0},
		{STR(""), 0, 0},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint32_t value = 0;

		assert_int_equal(utf8_decode(cases[i].text, &value), cases[i].len);
		if (cases[i].len)
			assert_int_equal(value, cases[i].value);
	}
}

static void width(void **state)
{
	struct pty p = pty_open(40), unknown = pty_open(0);
	_cleanup_close_ int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	unsetenv("COLUMNS");
	assert_int_equal(term_width(p.slave), 40);
	assert_int_equal(term_width(unknown.slave), 80);
	assert_int_equal(term_width(null), 0);
	setenv("COLUMNS", "100", 1);
	assert_int_equal(term_width(p.slave), 100);
	setenv("COLUMNS", "99999999999", 1);
	assert_int_equal(term_width(p.slave), 40);
	setenv("COLUMNS", "wide", 1);
	assert_int_equal(term_width(p.slave), 40);
	unsetenv("COLUMNS");
	pty_close(&p);
	pty_close(&unknown);
}

static void color(void **state)
{
	static const struct {
		const char *no_color, *term;
		bool wanted;
	} cases[] = {
		{NULL, "xterm-256color", true}, {"", "xterm", true}, {"1", "xterm", false},
		{NULL, "dumb", false},		{NULL, NULL, false},
	};
	struct pty p = pty_open(80);
	_cleanup_close_ int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		if (cases[i].no_color)
			setenv("NO_COLOR", cases[i].no_color, 1);
		else
			unsetenv("NO_COLOR");
		if (cases[i].term)
			setenv("TERM", cases[i].term, 1);
		else
			unsetenv("TERM");
		assert_int_equal(term_wants_color(p.slave), cases[i].wanted);
		assert_false(term_wants_color(null));
	}
	pty_close(&p);
}

/* Everything between the two runs with standard error on the terminal. */
static int stderr_to(int fd)
{
	int saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10);

	assert_true(saved >= 0);
	assert_true(dup2(fd, STDERR_FILENO) >= 0);
	return saved;
}

static void stderr_back(int saved)
{
	assert_true(dup2(saved, STDERR_FILENO) >= 0);
	close(saved);
}

static void progress(void **state)
{
	struct pty p = pty_open(12);
	char text[512];
	int saved = stderr_to(p.slave);

	progress_show("not yet enabled");
	progress_enable(true);
	progress_show("layer %d \033[31m容器容器容器", 1);
	progress_show("too soon after the first");
	progress_clear();
	progress_clear();
	progress_show("again");
	progress_abandon();
	progress_clear();
	progress_enable(false);
	progress_show("never");
	stderr_back(saved);
	assert_string_equal(pty_text(&p, text, sizeof(text)), "\r\033[Klayer 1 \\x1"
							      "\r\033[K"
							      "\r\033[Kagain"
							      "\r\033[K"
							      "\r\033[K");
	pty_close(&p);
}

static void no_progress_elsewhere(void **state)
{
	int pipes[2], saved;
	char byte;

	assert_int_equal(pipe2(pipes, O_CLOEXEC | O_NONBLOCK), 0);
	saved = stderr_to(pipes[1]);
	progress_enable(true);
	progress_show("into a pipe");
	progress_clear();
	stderr_back(saved);
	assert_int_equal(read(pipes[0], &byte, 1), -1);
	close(pipes[0]);
	close(pipes[1]);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns),  cmocka_unit_test(utf8_forms),
		cmocka_unit_test(width),    cmocka_unit_test(color),
		cmocka_unit_test(progress), cmocka_unit_test(no_progress_elsewhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
