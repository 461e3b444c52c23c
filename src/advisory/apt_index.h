/*
 * Packages indexes of a Debian-style archive: which source packages there are, at which version, and the
 * binary packages built from them. Pure.
 */
#pragma once

#include "base/arena.h"
#include "base/compat.h"
#include "base/err.h"
#include "base/map.h"
#include "base/sha256.h"
#include "base/str.h"
#include "base/vec.h"

struct apt_binary {
	struct str name, path; /* path: below the archive's base */
	uint64_t size;
	unsigned char sha256[SHA256_SIZE];
	struct apt_binary *next;
};

struct apt_source {
	struct str name, version;    /* the highest version that something was built from */
	struct apt_binary *binaries; /* those of that version */
};

/* All strings are slices of the texts that were added, which have to outlive it. */
struct apt_index {
	struct arena arena;
	VEC(struct apt_source) sources; /* in the order in which they were met */
	struct map by_name;
	uint64_t bad; /* stanzas that were passed over */
};

#define APT_INDEX_INIT ((struct apt_index){.arena = ARENA_INIT(0)})
void apt_index_release(struct apt_index *index);

/*
 * Adds the text of one Packages file. wanted, when not NULL, holds the source packages that count.
 * with_binaries false leaves the lists of binaries empty. Stanzas without what they need are counted; a
 * text in which nothing is a package is -ERR_FORMAT. name is for messages.
 */
int apt_index_add(struct apt_index *index, const char *name, struct str text,
		  const struct map *wanted, bool with_binaries, struct err *err);

const struct apt_source *apt_index_find(const struct apt_index *index, struct str source);
