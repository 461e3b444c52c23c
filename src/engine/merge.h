/*
 * Layers into one root filesystem: which files of which layer count once whiteouts, replaced directories
 * and links are applied (image-spec, layer.md), and what they say together.
 */
#pragma once

#include "base/arena.h"
#include "base/compat.h"
#include "base/err.h"
#include "checks/inputs.h"
#include "engine/collect.h"
#include "engine/facts.h"

VEC_TYPE(unreadable_list, struct unreadable);
VEC_TYPE(alias_list, struct alias);

struct merged {
	struct distro distro;
	struct package_list packages; /* sorted by package_compare */
	struct line_list repositories;
	struct unreadable_list unreadable;
	bool has_package_database;
	/* Where databases lie that no cataloger knows by name, found by following links: read the layers once
	 * more with these (layers_options.aliases), and merge again. */
	struct alias_list aliases;
};

void merged_release(struct merged *m);

/*
 * Merges n layers, lowest first. Strings of the result are slices into the facts or live in arena.
 * with_files also decodes the files that packages own. Each package gets the layer that brought its
 * installed version in: the first of the unbroken run of layers whose database lists that version.
 * Returns 0, -ENOMEM, -ERR_LIMIT, or -ERR_FORMAT when facts are damaged.
 */
int merge_layers(const struct facts *layers, size_t n, bool with_files, struct arena *arena,
		 struct merged *ret, struct err *err);
