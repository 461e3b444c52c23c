/*
 * Compressed files and archives that advisories come in. What libarchive may take them for is listed in
 * one place: it runs programs found by $PATH for formats that it cannot read itself (lrzip, grzip), and
 * it is built without some libraries now and then, so "all" is never asked for.
 */
#pragma once

#include <archive.h>

#include "base/buf.h"
#include "base/compat.h"
#include "base/err.h"

static inline void unpack_closep(struct archive **a)
{
	if (*a)
		archive_read_free(*a);
}
#define _cleanup_unpack_ _cleanup_(unpack_closep)

/* A reader that takes plain bytes, gzip, xz and zstd, and as yet no format. -ERR_UNSUPPORTED when this
 * libarchive would need a program for one of these. */
int unpack_new(struct archive **ret, struct err *err);

/* What libarchive says: -ENOMEM, or -ERR_FORMAT with its message as it is, without a file's name. */
int unpack_error(struct archive *a, struct err *err);

/* Appends bytes to to, whose maximum holds, decompressed if they are compressed. name is for messages. */
int unpack_bytes(const char *name, struct str bytes, struct buf *to, struct err *err);
