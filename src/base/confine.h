/*
 * Hostile bytes are read in a confined process: a fork of this one that has given up everything but
 * the descriptors it was handed, before it looks at the first byte. No new privileges, a seccomp filter
 * that knows no file names, sockets, programs or signals to others, Landlock for the directories it may
 * read, and limits on memory and CPU time. What it found comes back as bytes, which the parent must
 * treat as hostile too.
 *
 * The parent must have no other threads while it forks.
 */
#pragma once

#include "base/buf.h"
#include "base/compat.h"
#include "base/err.h"
#include "base/str.h"

enum { CONFINE_FDS = 8 };

struct confine_options {
	int keep_fds[CONFINE_FDS]; /* the descriptors it may use; all others are closed */
	size_t n_keep_fds;
	int read_dir;	   /* a directory below which it may open files for reading, or -1 */
	uint64_t memory;   /* bytes of address space */
	unsigned seconds;  /* of CPU time */
	size_t max_result; /* bytes */
};

/* Runs in the confined process: what it adds to result is what the parent gets. Its error (message and
 * code) reaches the parent's err. */
typedef int confined_fn(void *arg, struct buf *result, struct err *err);

/* A confined process, running or ended. */
struct confined {
	pid_t pid; /* 0: none */
	int result_fd;
	void *map;
	size_t map_len;
};

#define CONFINED_INIT	   ((struct confined){.result_fd = -1})
#define _cleanup_confined_ _cleanup_(confine_release)

/* Starts one. arg and everything it points to is as it was at the call (a copy, by fork). */
int confine_start(struct confined *c, confined_fn *fn, void *arg,
		  const struct confine_options *options, struct err *err);
/*
 * Waits for its end. 0 with *ret_result, valid until confine_release(); or the function's own error; or
 * -ERR_CRASHED when it was ended by a signal or a limit, with a message that says which.
 */
int confine_wait(struct confined *c, struct str *ret_result, struct err *err);
/* Ends it if it runs, and frees the result. */
void confine_release(struct confined *c);

/* Can the kernel keep a process below read_dir? Without, only the other restrictions hold. */
bool confine_has_landlock(void);
/* What this kernel and build give: "landlock abi 4, seccomp". */
void confine_describe(struct buf *b);
