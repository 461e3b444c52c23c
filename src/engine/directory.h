/*
 * A root filesystem that lies in a directory, read as if it were one layer. Runs in a confined process.
 */
#pragma once

#include "base/buf.h"
#include "base/compat.h"
#include "base/err.h"
#include "engine/collect.h"

/* Walks the tree below fd without following links or entering the kernel's own file systems (/proc,
 * /sys…), and appends packed facts to result. Directories and files that cannot be read become facts
 * of their own. */
int directory_read(int fd, const struct alias *aliases, size_t n_aliases, struct buf *result,
		   struct err *err);
