/*
 * Running another program: given arguments, no shell, output collected.
 */
#pragma once

#include "base/buf.h"
#include "base/compat.h"
#include "base/err.h"
#include "base/str.h"

/* A descriptor of the child whose output is appended to to (whose maximum holds). */
struct proc_output {
	int fd; /* as the child sees it: 1, 2, or one that an argument names */
	struct buf *to;
};

/* Where a program is, by $PATH: a malloc'd path, or NULL if it is nowhere (or memory is out). */
char *proc_find(const char *program) _must_check_;

/* How a program is run. */
struct proc_options {
	int dir;	  /* it starts in that directory; AT_FDCWD: in ours */
	unsigned seconds; /* by the clock, until it is ended; of CPU time it may take some more */
	uint64_t
		memory; /* bytes of address space for each of its processes; 0: as many as we have */
};

/*
 * Runs argv (argv[0] is an absolute path) with input on its standard input and collects its outputs, of
 * which there are at most four, with different descriptors. Descriptors that are not named are /dev/null
 * (0, 1, 2) or closed. *ret_status is its exit code, or 128 + signal.
 *
 * It and all that it starts are a process group of their own, of which nothing is left when this returns:
 * what still runs when the program itself has ended, too much output, or too much time (-ETIMEDOUT) end the
 * whole group. Only what leaves the group (setsid(2)) is not found; the limits hold for it, too.
 */
int proc_run(const char *const *argv, struct str input, const struct proc_output *outputs,
	     size_t n_outputs, const struct proc_options *options, int *ret_status,
	     struct err *err);

/* Async-signal-safe: ends every program that runs, with its group, for a dying process. */
void proc_kill_all(void);
