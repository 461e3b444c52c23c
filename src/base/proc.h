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

/*
 * Runs argv (argv[0] is a path) with input on its standard input and collects its outputs, of which
 * there are at most four, with different descriptors. Descriptors that are not named are /dev/null
 * (0, 1, 2) or closed. Waits for the end; *ret_status is the exit code, or 128 + signal. Too much
 * output ends the child and is an error.
 */
int proc_run(const char *const *argv, struct str input, const struct proc_output *outputs,
	     size_t n_outputs, int *ret_status, struct err *err);
