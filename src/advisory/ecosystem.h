/*
 * Which shards of the database speak about a distribution, and how: the one place that knows how
 * os-release ids, OSV ecosystem names and feeds relate.
 */
#pragma once

#include "base/arena.h"
#include "base/compat.h"
#include "core/distro.h"
#include "match/version.h"

enum { ECOSYSTEM_SHARDS = 4 };

/* The name by which a shard's feed knows packages. */
enum package_key { KEY_SOURCE, KEY_BINARY };

/* One distribution release, as the database sees it. */
struct ecosystem {
	enum version_scheme scheme;
	enum package_key key;
	struct str shards
		[ECOSYSTEM_SHARDS]; /* "Debian:12"; for Ubuntu with ESM also "Ubuntu:Pro:22.04:LTS" */
	size_t n_shards;
	/* What feeds of this kind cannot tell, for the report's coverage; empty if nothing. */
	struct str gap;
};

/* Returns 0, -ERR_UNSUPPORTED for a distribution that no feed speaks about, or -ENOMEM. */
int ecosystem_of_distro(const struct distro *distro, struct arena *arena, struct ecosystem *ret);

/*
 * The shard and channel for an OSV ecosystem string ("Red Hat:enterprise_linux:8::appstream" →
 * "Red Hat:8", "appstream"). Names without a rule of their own are shards of themselves.
 */
int ecosystem_shard(struct str osv_ecosystem, struct arena *arena, struct str *ret_shard,
		    struct str *ret_channel);
