/*
 * Facts of layers, kept between runs: one file per layer under $XDG_CACHE_HOME/cscplate/layers (else
 * ~/.cache). A file carries its own checksum and appears whole by rename(2), so any number of processes
 * may share the directory, on any file system, and a damaged file is simply made anew. ARCHITECTURE.md says
 * why this is not a database.
 */
#pragma once

#include "base/arena.h"
#include "base/compat.h"
#include "core/image.h"

struct layer_cache {
	char *dir; /* NULL: no cache */
};

#define LAYER_CACHE_INIT      ((struct layer_cache){0})
#define _cleanup_layer_cache_ _cleanup_(layer_cache_close)

/* Finds (and makes) the directory. A place that cannot be written leaves the cache off, with a note in
 * the log: a scan never fails for its cache. */
void layer_cache_open(struct layer_cache *cache);
void layer_cache_close(struct layer_cache *cache);

/* What is kept of a layer, each in a file of its own: see struct facts. */
enum cached { CACHED_FACTS, CACHED_OWNED };

/*
 * The facts of a layer, known by the digest of its blob and its diff id together: both were verified
 * when the facts were stored. True with *ret_facts in arena, false when there are none.
 */
bool layer_cache_get(const struct layer_cache *cache, const struct layer *layer, enum cached what,
		     struct arena *arena, struct str *ret_facts);
/* Stores facts, and removes the files longest unused when all together exceed LIMIT_CACHE_BYTES. */
void layer_cache_put(const struct layer_cache *cache, const struct layer *layer, enum cached what,
		     struct str facts);
