/*
 * How advisories lie in the database: the one place that knows the byte layout, for the builder, the
 * reader and the fuzzer. Reading takes any bytes: what does not fit is -ERR_FORMAT.
 *
 * The file is an LMDB environment without a directory (MDB_NOSUBDIR) and a seal (advisory/seal.h); its
 * named sub-databases are
 *
 *	meta		"schema" → varint; "info" → record_info
 *	shards		shard name → record_shard
 *	s/SHARD		package name → all entries of that package, one behind the other
 *	a/SHARD		package name → nothing: what a restricted shard was asked about
 *	advisories	number (unsigned int, MDB_INTEGERKEY) → advisory
 *	names		id or alias → numbers of the advisories that bear it, as varints
 *	cves		year << 32 | number (uint64_t, MDB_INTEGERKEY) → struct record_cve
 *
 * Advisories are numbered in the order in which the shards first name them, so those that one package
 * needs lie side by side. Integers and doubles have the machine's byte order, as LMDB's own pages do.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/compat.h"
#include "base/pack.h"
#include "core/advisory.h"

#define RECORD_DB_META	       "meta"
#define RECORD_DB_SHARDS       "shards"
#define RECORD_DB_SHARD_PREFIX "s/"
#define RECORD_DB_ASKED_PREFIX "a/"
#define RECORD_DB_ADVISORIES   "advisories"
#define RECORD_DB_NAMES	       "names"
#define RECORD_DB_CVES	       "cves"

/* Shards of one database: OSV has some 300; LMDB wants the number beforehand. */
enum { RECORD_SHARDS_MAX = 2000, RECORD_TABLES_MAX = 2 * RECORD_SHARDS_MAX + 16 };

void record_pack_advisory(struct buf *b, const struct advisory *a);
/* Strings are slices into bytes, arrays live in arena. 0, -ERR_FORMAT or -ENOMEM. */
int record_unpack_advisory(struct str bytes, struct arena *arena, struct advisory *ret);

/* An entry is the advisory's number as a varint and this: everything but advisory and package. */
void record_pack_affected(struct buf *b, const struct affected *a);
/* Reads one entry with its number. 0, -ERR_FORMAT or -ENOMEM. */
int record_unpack_entry(struct unpack *u, struct arena *arena, uint32_t *ret_number,
			struct affected *ret);

/* Passes over one entry, to look at its number alone: 0 or -ERR_FORMAT. */
int record_skip_entry(struct unpack *u, uint32_t *ret_number);

/* Scores as FIRST publishes them, in units of 1/100000; kev is year * 10000 + month * 100 + day or 0. */
struct record_cve {
	uint32_t epss, percentile; /* RECORD_NO_EPSS: not scored */
	uint32_t kev;
};

#define RECORD_NO_EPSS UINT32_MAX
enum { RECORD_EPSS_UNIT = 100000 };

/* The key of a CVE id ("CVE-2021-44228"): 0, or -EINVAL for what is none. */
int record_cve_key(struct str id, uint64_t *ret);
/* "YYYY-MM-DD", also at the head of a longer time: 0 or -EINVAL. */
int record_day(struct str date, uint32_t *ret);

/* Which of two RFC 3339 times in UTC is later: <0, 0, >0. Fractions of a second may be missing. */
int record_time_cmp(struct str a, struct str b);
/* "Debian" of "Debian:12". */
struct str record_shard_feed(struct str shard);

struct record_shard {
	struct str origin, newest;
	uint64_t packages, entries;
	bool restricted;
};

void record_pack_shard(struct buf *b, const struct record_shard *shard);
int record_unpack_shard(struct str bytes, struct record_shard *ret);

struct record_info {
	struct str built, newest, kev_date, epss_date, gaps;
	uint64_t advisories, withdrawn, bad_records;
};

void record_pack_info(struct buf *b, const struct record_info *info);
int record_unpack_info(struct str bytes, struct record_info *ret);
