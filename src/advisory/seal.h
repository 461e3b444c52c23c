/*
 * The end of a database file: behind LMDB's last page, a mark and the SHA-256 of all bytes before it.
 * LMDB's pages have no checksum and are followed as they lie, so that a file is compared with its seal
 * before LMDB sees it. The seal finds damage; who can write the file can write a seal as well.
 */
#pragma once

#include "base/compat.h"
#include "base/err.h"

enum { SEAL_SIZE = 48 };

/* Writes the seal of the first size bytes behind them, where the file then ends. name is for messages. */
int seal_write(int fd, uint64_t size, const char *name, struct err *err);

/*
 * Compares a file with its seal: 0, -ERR_FORMAT if there is none, -ERR_DIGEST if it does not match; both
 * without a message. st is fd's.
 *
 * Reading all of a large file takes longer than a scan, so that a match is remembered below
 * $XDG_CACHE_HOME/cscplate/databases under a name made of path, device, inode, size and times: who
 * changes the file changes these. A file changed in the last moments is not remembered, since its times
 * could not tell a further change. What cannot be remembered, or cached false, is read every time.
 */
int seal_check(int fd, const char *path, const struct stat *st, bool cached, struct err *err);
