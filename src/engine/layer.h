/*
 * Reading one layer, or one directory tree, in a confined process.
 */
#pragma once

#include "base/confine.h"
#include "base/compat.h"
#include "base/err.h"
#include "engine/collect.h"
#include "source/source.h"

struct layer_job {
	int fd;			  /* the archive or blob; for a directory the directory itself */
	struct location location; /* kind LOCATION_FILE: fd is the blob */
	bool is_directory;
	uint64_t max_size; /* of the uncompressed layer; 0: the built-in limits */
	const struct alias *aliases;
	size_t n_aliases;
};

/* Starts the reader of one layer; its result is packed facts (facts_open). job must live until then. */
int layer_start(struct confined *c, struct layer_job *job, struct err *err);

/*
 * The stored bytes are digested by a process of its own that does nothing else. The one that parses them
 * could be taken over by them, and then say of its digest whatever the manifest wants to hear. Only in an
 * archive that is compressed as a whole the bytes cannot be had without parsing.
 */
bool layer_digested_apart(const struct layer_job *job);
int layer_start_digest(struct confined *c, struct layer_job *job, struct err *err);
/* What that process gave: 0 or -ERR_FORMAT. */
int layer_take_digest(struct str result, unsigned char ret_digest[SHA256_SIZE], uint64_t *ret_size);

/* What the reader does in its process; for tests and fuzzers also without one. */
int layer_read(void *job, struct buf *result, struct err *err);
