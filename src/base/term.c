/* The terminal: see term.h. */
#include "base/compat.h"

#include <pthread.h>
#include <sys/ioctl.h>

#include "base/buf.h"
#include "base/fd.h"
#include "base/term.h"
#include "base/utf8.h"

unsigned term_width(int fd)
{
	/* Nobody has a wider one; a wrong COLUMNS must not make a reporter pad for ever. */
	enum { WIDEST = 10000 };
	struct winsize size;
	uint32_t columns;

	if (str_parse_u32(str_from(getenv("COLUMNS")), &columns) == 0 && columns > 0 &&
	    columns <= WIDEST)
		return columns;
	if (ioctl(fd, TIOCGWINSZ, &size) < 0)
		return 0;
	/* Serial lines and some pseudo-terminals do not know their size. */
	return size.ws_col ? size.ws_col : 80;
}

bool term_wants_color(int fd)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	/* no-color.org: set and not empty. */
	if (no_color && *no_color)
		return false;
	return term && *term && strcmp(term, "dumb") != 0 && isatty(fd);
}

unsigned term_columns(struct str s)
{
	unsigned columns = 0;

	while (s.len) {
		uint32_t c;
		size_t len = utf8_decode(s, &c);

		columns += len ? utf8_columns(c) : 1;
		s = str_from_offset(s, len ? len : 1);
	}
	return columns;
}

enum { PROGRESS_INTERVAL_MS = 100 };
/* Carriage return, erase to the end of the line (ECMA-48 EL). */
#define WIPE "\r\033[K"

static struct {
	pthread_mutex_t lock;
	bool enabled;
	bool shown; /* read by a signal handler: atomic stores */
	struct timespec last;
} progress = {.lock = PTHREAD_MUTEX_INITIALIZER};

void progress_enable(bool on)
{
	pthread_mutex_lock(&progress.lock);
	progress.enabled = on && isatty(STDERR_FILENO);
	pthread_mutex_unlock(&progress.lock);
}

static bool is_due(void)
{
	struct timespec now;
	int64_t ms;

	if (clock_gettime(CLOCK_MONOTONIC, &now) < 0)
		return false;
	ms = (int64_t)(now.tv_sec - progress.last.tv_sec) * 1000 +
	     (now.tv_nsec - progress.last.tv_nsec) / 1000000;
	if (progress.shown && ms < PROGRESS_INTERVAL_MS)
		return false;
	progress.last = now;
	return true;
}

/* As much of s as fits the columns, without cutting a character. */
static struct str fit(struct str s, unsigned columns)
{
	struct str rest = s;
	unsigned used = 0;

	while (rest.len) {
		uint32_t c;
		size_t len = utf8_decode(rest, &c);

		used += len ? utf8_columns(c) : 1;
		if (used > columns)
			break;
		rest = str_from_offset(rest, len ? len : 1);
	}
	return str_sub(s, 0, s.len - rest.len);
}

static void draw(struct str text)
{
	_cleanup_buf_ struct buf printable = BUF_INIT(8192), line = BUF_INIT(8192);
	unsigned width = term_width(STDERR_FILENO);

	buf_add_printable(&printable, text);
	buf_add_str(&line, STR(WIPE));
	/* The last column stays free: some terminals wrap when it is written. */
	buf_add_str(&line, fit(buf_str(&printable), width > 1 ? width - 1 : 79));
	if (buf_status(&printable, NULL) < 0 || buf_status(&line, NULL) < 0)
		return;
	if (fd_write_full(STDERR_FILENO, line.data, line.len) < 0)
		progress.enabled = false;
	__atomic_store_n(&progress.shown, true, __ATOMIC_SEQ_CST);
}

void progress_show(const char *fmt, ...)
{
	char text[512];
	va_list args;

	pthread_mutex_lock(&progress.lock);
	if (progress.enabled && is_due()) {
		va_start(args, fmt);
		if (vsnprintf(text, sizeof(text), fmt, args) >= 0)
			draw(str_from(text));
		va_end(args);
	}
	pthread_mutex_unlock(&progress.lock);
}

void progress_clear(void)
{
	pthread_mutex_lock(&progress.lock);
	if (progress.shown && fd_write_full(STDERR_FILENO, WIPE, sizeof(WIPE) - 1) < 0)
		progress.enabled = false;
	__atomic_store_n(&progress.shown, false, __ATOMIC_SEQ_CST);
	pthread_mutex_unlock(&progress.lock);
}

void progress_abandon(void)
{
	if (__atomic_load_n(&progress.shown, __ATOMIC_SEQ_CST))
		(void)!write(STDERR_FILENO, WIPE, sizeof(WIPE) - 1);
}
