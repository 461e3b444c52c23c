/*
 * Where an image's documents and layers are kept: the files of an OCI layout directory, or the members
 * of a tar archive. Used in the confined process that describes an image; layers are only located here.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/compat.h"
#include "base/err.h"
#include "base/map.h"
#include "base/pack.h"
#include "base/str.h"
#include "base/vec.h"

/* Where the bytes of a layer are, so that another process can find them again. */
enum location_kind {
	LOCATION_MISSING, /* the store does not have it (a foreign layer, or an incomplete copy) */
	LOCATION_FILE,	  /* a file below the directory: member */
	LOCATION_EXTENT,  /* offset and size in the archive */
	LOCATION_MEMBER, /* in an archive that is compressed as a whole: offset is the number of its header */
	LOCATION_KIND_MAX_
};

struct location {
	enum location_kind kind;
	struct str member;
	uint64_t offset, size;
};

struct store_member {
	struct str name;
	struct str link;    /* target, when it is a link */
	struct str content; /* small documents of a compressed archive */
	uint64_t offset, size;
};

struct store {
	int fd;
	bool is_directory;
	bool compressed; /* an archive compressed as a whole: members are found by number */
	uint64_t n_headers;
	struct arena *arena;
	VEC(struct store_member *) members;
	struct map by_name;
};

/* Opens what fd is: a directory, or an archive, whose members are listed. fd stays the caller's. */
int store_open(struct store *s, int fd, struct arena *arena, struct err *err);
void store_release(struct store *s);

/* Is there a file of this name? */
bool store_has(const struct store *s, const char *name);
/* Reads a whole document, at most max bytes; -ENOENT when it is not there. */
int store_read(const struct store *s, const char *name, struct buf *b, struct err *err);
/* Where a layer's bytes are; a name that is not there gives LOCATION_MISSING. Returns 0 or -ENOMEM. */
int store_locate(const struct store *s, const char *name, struct location *ret);

/* Opens name below the directory dirfd, never leaving it by links: a descriptor or -errno. */
int open_beneath(int dirfd, const char *name, int flags);
