/*
 * The bytes of one layer, read once: as they come from the file they are digested, decompressed,
 * digested again, and handed out block by block. Digests are computed by a second thread, so that on two
 * cores they cost no time of their own.
 *
 *   layer_stream_open → layer_stream_next until 0 → layer_stream_finish → layer_stream_free
 */
#pragma once

#include "base/compat.h"
#include "base/err.h"
#include "base/sha256.h"

/* Where stored bytes come from: returns how many were read, 0 at the end, or -errno. */
struct byte_source {
	ssize_t (*read)(void *context, void *to, size_t len);
	void *context;
};

struct layer_stream;

struct layer_digests {
	unsigned char stored[SHA256_SIZE];	 /* of the bytes as stored: the blob's digest */
	unsigned char uncompressed[SHA256_SIZE]; /* of the tar: the diff id */
	uint64_t stored_size, uncompressed_size;
	bool plain; /* not compressed: the stored bytes are the tar */
};

struct layer_stream_options {
	/* The largest uncompressed size; 0 takes LIMIT_LAYER_BYTES and the limit on the compression ratio. */
	uint64_t max_size;
	/* The stored bytes are digested elsewhere: then a layer that is not compressed has no digest here. */
	bool no_stored_digest;
};

/*
 * The compression is told from the first bytes, whatever the media type says: none, gzip (RFC 1952,
 * several members allowed) and zstd (RFC 8878) directly, others through libarchive.
 */
int layer_stream_open(const struct byte_source *from, const struct layer_stream_options *options,
		      struct layer_stream **ret, struct err *err);

/* The next block: its length with *ret_block valid until the next call, 0 at the end, or an error
 * (-ERR_FORMAT, -ERR_LIMIT, -ENOMEM, -errno), which sticks. */
ssize_t layer_stream_next(struct layer_stream *s, const void **ret_block, struct err *err);

/*
 * Reads what is left, as far as a digest needs it, and gives the digests; those that were not asked for, or
 * cannot be known after a failure, are all zero. After corrupt compression the stored bytes are still
 * read to their end; after a failure to read them there is no digest at all.
 */
int layer_stream_finish(struct layer_stream *s, struct layer_digests *ret, struct err *err);

void layer_stream_free(struct layer_stream *s);
static inline void layer_stream_freep(struct layer_stream **s)
{
	layer_stream_free(*s);
}
#define _cleanup_layer_stream_ _cleanup_(layer_stream_freep)
