/*
 * Reading tar archives with libarchive from a part of a file, without its file position: descriptors
 * are shared between processes that read at the same time.
 */
#pragma once

#include <archive.h>

#include "base/compat.h"
#include "base/err.h"

/* A part of a file. size UINT64_MAX: to its end. */
struct extent {
	int fd;
	uint64_t offset, size;
};

struct tar_input {
	struct extent extent;
	uint64_t at; /* relative to the extent */
	char *block;
};

/*
 * An archive reader for tar in any compression that libarchive knows, skipping by seeking where nothing
 * is compressed. input must outlive it; free both with archive_read_free() and tar_input_release().
 * Returns NULL with err set on failure.
 */
struct archive *tar_open(struct tar_input *input, const struct extent *extent, struct err *err);
void tar_input_release(struct tar_input *input);

/* An archive reader with all formats and filters set that we accept for a tar, not yet opened. */
struct archive *tar_new(void);

/* "<what>: <libarchive's own words>" with -ERR_FORMAT, or -ENOMEM. */
int tar_error(struct archive *a, struct err *err, const char *what);

static inline void archive_freep(struct archive **a)
{
	if (*a)
		archive_read_free(*a);
}
#define _cleanup_archive_ _cleanup_(archive_freep)
