/*
 * cscplate: from arguments to a command and from its end to an exit code. The only place that prints
 * errors.
 */
#include "base/compat.h"

#include <malloc.h>
#include <signal.h>

#include "base/buf.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/proc.h"
#include "base/term.h"
#include "cmd/help.h"
#include "cmd/options.h"
#include "cmd/output.h"
#include "cmd/version.h"

enum { EXIT_ERROR = 2 };
/* Allocations up to here come from the heap, and that much free memory stays in it: the most that malloc takes. */
enum { KEPT_MEMORY = 32 << 20 };

static pid_t main_pid;

/* Only async-signal-safe calls. Forked helpers have this handler too and must leave our files alone. */
static void die(int signal_number)
{
	if (getpid() == main_pid) {
		proc_kill_all();
		progress_abandon();
		atomic_file_unlink_all();
	}
	_exit(128 + signal_number);
}

static void set_up_signals(void)
{
	struct sigaction action = {.sa_handler = die}, ignore = {.sa_handler = SIG_IGN}, old;
	static const int deadly[] = {SIGHUP, SIGINT, SIGTERM};

	main_pid = getpid();
	for (size_t i = 0; i < ARRAY_LEN(deadly); i++) {
		/* What the parent ignores (nohup, background jobs) stays ignored. */
		if (sigaction(deadly[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			sigaction(deadly[i], &action, NULL);
	}
	/* A reader that goes away shows as EPIPE. */
	sigaction(SIGPIPE, &ignore, NULL);
}

/* A closed standard descriptor would be given to the next file that is opened, and then written to. */
static int fill_standard_fds(void)
{
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) != fd)
			return -1;
	return 0;
}

static void print_line(const char *kind, const char *text)
{
	_cleanup_buf_ struct buf line = BUF_INIT(16 * 1024);

	progress_clear();
	buf_addf(&line, "cscplate: %s", kind);
	buf_add_printable(&line, str_from(text));
	buf_add_char(&line, '\n');
	if (buf_status(&line, NULL) == 0)
		(void)!fd_write_full(STDERR_FILENO, line.data, line.len);
}

static void print_note(enum log_level level, const char *text)
{
	print_line(level == LOG_WARNING ? "warning: " : "", text);
}

static int show_help(const struct invocation *inv, struct err *err)
{
	if (inv->command)
		return help_command(stdout, inv->command, err);
	if (inv->group) {
		help_group(stdout, inv->group);
		return 0;
	}
	return help_overview(stdout, err);
}

static int run_command(struct invocation *inv, struct err *err)
{
	const struct globals *globals = &inv->globals;
	int r;

	log_init(globals->quiet	    ? LOG_QUIET
		 : globals->verbose ? LOG_DEBUG
				    : LOG_WARNING,
		 print_note);
	if (inv->note)
		log_info("%s", inv->note);
	progress_enable(globals->progress && !globals->quiet);
	r = inv->command->run(globals, inv->context, inv->args.items, inv->args.len, err);
	progress_clear();
	return r;
}

/* An exit code, or a negative code with err set. */
static int run(int argc, char **argv, struct arena *arena, struct err *err)
{
	_cleanup_invocation_ struct invocation inv = {0};
	struct command_table table = {commands, n_commands};
	size_t n_args = argc > 0 ? (size_t)argc - 1 : 0;
	int r;

	r = invocation_read_args(&inv, table, n_args, (const char *const *)argv + 1, arena, err);
	if (r < 0)
		return r;
	if (inv.help)
		return show_help(&inv, err);
	if (!inv.command && !inv.version) {
		if (inv.group)
			help_group(stderr, inv.group);
		else
			help_short(stderr);
		return EXIT_ERROR;
	}
	r = invocation_complete(&inv, table, err);
	if (r < 0)
		return r;
	if (inv.version) {
		version_print(stdout, inv.globals.verbose);
		return 0;
	}
	return run_command(&inv, err);
}

int main(int argc, char **argv)
{
	_cleanup_arena_ struct arena arena = {0};
	struct err err = ERR_INIT;
	int r;

	if (fill_standard_fds() < 0)
		return EXIT_ERROR;
	/* A run is short: memory comes in larger pieces, and goes back at the end. So too in the processes that it
	 * forks, where what was freed serves the next file or layer. */
	mallopt(M_TOP_PAD, 1 << 20);
	mallopt(M_MMAP_THRESHOLD, KEPT_MEMORY);
	mallopt(M_TRIM_THRESHOLD, KEPT_MEMORY);
	set_up_signals();
	r = run(argc, argv, &arena, &err);
	/* Errors of standard output show late, when its buffer is written. */
	if (r >= 0) {
		int written = cmd_flush(stdout);

		if (written == 0)
			return r;
		r = err_errno(&err, -written, "cannot write 'standard output'");
	}
	print_line("error: ", err.text[0] ? err.text : err_code_text(r));
	return EXIT_ERROR;
}
