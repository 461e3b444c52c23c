/*
 * All layers of an image: from the cache where they are known, else read by confined processes, as many
 * at once as there are processors.
 */
#pragma once

#include "base/arena.h"
#include "base/compat.h"
#include "base/err.h"
#include "core/result.h"
#include "engine/facts.h"
#include "engine/merge.h"
#include "source/source.h"

struct layers_options {
	bool no_cache, verify;
	bool with_files; /* also the files that packages own, from the cache */
	uint64_t max_layer_size;
	/* Reads the layers once more for files that lie where only links of this image lead: nothing is
	 * cached, verified or covered a second time. */
	const struct alias *aliases;
	size_t n_aliases;
	/* Called once when the first readers run, to use the time until they are done; may be NULL. */
	void (*meanwhile)(void *arg);
	void *arg;
};

/*
 * Reads every layer of source. *ret_facts has one entry per layer, with slices that live in arena; a
 * layer that could not be read has empty facts and a row in unreadable. Coverage rows go to result. A
 * layer whose bytes have another digest than the manifest or configuration names is -ERR_DIGEST.
 */
int layers_read(const struct source *source, const struct layers_options *options,
		struct arena *arena, struct facts **ret_facts, struct unreadable_list *unreadable,
		struct result *result, struct err *err);
