/*
 * Files and descriptors. Every descriptor is close-on-exec; reads and writes resume after signals.
 */
#pragma once

#include "base/buf.h"
#include "base/compat.h"
#include "base/err.h"

void fd_closep(int *fd); /* closes *fd unless negative */
#define _cleanup_close_ _cleanup_(fd_closep)
#define TAKE_FD(fd)                        \
	({                                 \
		int *take_fd_ = &(fd);     \
		int taken_fd_ = *take_fd_; \
		*take_fd_ = -1;            \
		taken_fd_;                 \
	})

/* Opens for reading, never blocking on a FIFO or terminal. Returns the descriptor or -errno. */
int fd_open_read(int dirfd, const char *path, struct err *err);

/* Reads until len bytes or the end; returns how many, or -errno. */
ssize_t fd_read_full(int fd, void *to, size_t len);
/* The same at an offset, leaving the file position alone. */
ssize_t fd_pread_full(int fd, void *to, size_t len, uint64_t offset);
/* Writes all of it: 0 or -errno. */
int fd_write_full(int fd, const void *from, size_t len);
/* Appends all that is left in fd to b (whose maximum holds). name is for messages. */
int fd_read_all(int fd, const char *name, struct buf *b, struct err *err);
/* A whole regular file appended to b; a directory, device or FIFO is refused. */
int file_read(int dirfd, const char *path, struct buf *b, struct err *err);

/* mkdir -p of path's directories with mode 0700; existing ones are left alone. */
int dir_make_parents(const char *path, struct err *err);

/*
 * A file that appears whole or not at all: written beside its place, renamed in by commit. Release
 * without commit (also by the cleanup) removes what was written and leaves an older file as it was.
 */
struct atomic_file {
	int fd;	      /* where to write */
	FILE *file;   /* NULL until atomic_file_stream() */
	bool no_sync; /* commit does not wait for the disk */
	char *path, *temp;
	struct temp *noted; /* for atomic_file_unlink_all() */
};

#define ATOMIC_FILE_INIT      ((struct atomic_file){.fd = -1})
#define _cleanup_atomic_file_ _cleanup_(atomic_file_release)

int atomic_file_open(struct atomic_file *f, const char *path, mode_t mode, struct err *err);
/* A stdio stream over fd, owned by f. NULL when out of memory. */
FILE *atomic_file_stream(struct atomic_file *f);
int atomic_file_commit(struct atomic_file *f, struct err *err);
void atomic_file_release(struct atomic_file *f);
/* Async-signal-safe: unlinks the temporary files of all open atomic files, for a dying process. */
void atomic_file_unlink_all(void);
