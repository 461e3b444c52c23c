/*
 * Making an advisory database: feeds (OSV exports, a distribution's package archive) add records to one
 * builder, which settles duplicates, sorts, writes one LMDB file beside its place and renames it in.
 *
 *	_cleanup_db_builder_ struct db_builder *b = NULL;
 *	r = db_builder_open(path, &b, err);
 *	db_builder_add(b, &advisory, entries, n, err);	... any number of times, from any thread
 *	db_builder_shard_origin(b, STR("Debian:11"), STR("apt archive bullseye-security"), SHARD_WHOLE, err);
 *	db_builder_add_gap(b, STR("vulnerabilities of Debian 11 that have no fix"), err);
 *	r = db_builder_finish(b, &summary, err);	... without it nothing appears at path
 *
 * The same records give the same file, byte for byte, in whatever order and from however many threads
 * they were added. The time of the build is SOURCE_DATE_EPOCH when that is set in the environment
 * (reproducible-builds.org/specs/source-date-epoch), else now.
 */
#pragma once

#include "base/compat.h"
#include "base/err.h"
#include "base/str.h"
#include "core/advisory.h"

/* Longer ids, package and shard names are refused: LMDB's longest key is 511 bytes. */
enum { DB_NAME_MAX = 500 };

struct db_builder;

/* What one record says of one package: affected.advisory need not be set, the record's id is used. */
struct affected_in {
	struct str shard; /* "Debian:12", as ecosystem_shard() and ecosystem_of_distro() name it */
	struct affected affected;
};

struct db_build_summary {
	uint64_t advisories; /* records in the database, the withdrawn among them */
	uint64_t withdrawn;
	uint64_t entries; /* (shard, package, record) rows */
	uint64_t shards;
	uint64_t replaced;    /* records that a newer one of the same id replaced */
	uint64_t bad_records; /* as counted by db_builder_add_bad() */
	uint64_t bytes;	      /* size of the file */
};

/*
 * Begins a database that db_builder_finish() will put at path. The temporary file beside it is made at
 * once, so that a directory that cannot be written is known before an hour of downloading.
 */
int db_builder_open(const char *path, struct db_builder **ret, struct err *err);

/* Drops what was built and removes the temporary file, unless finished. NULL is allowed. */
void db_builder_free(struct db_builder *builder);
static inline void db_builder_freep(struct db_builder **builder)
{
	db_builder_free(*builder);
}
#define _cleanup_db_builder_ _cleanup_(db_builder_freep)

/*
 * Adds one record and what it says of packages; everything is copied. Safe from several threads.
 *
 * advisory: id and feed must be set. vulns empty means that it is its own vulnerability (its id). cvss
 * scores are taken as given (match/cvss.h computes them). A withdrawn record keeps its row so that
 * it can be looked up, and shadows older ones of the same id; its entries are never returned.
 *
 * Two records of one id and one feed: the one with the later modified counts, the other is dropped. Of
 * one id in different feeds (one OSV record lies in the folder of every ecosystem that it names) each
 * shard takes its entries from one: the later modified, then the feed that the shard is named after.
 *
 * Returns 0, -ENOMEM, or -EINVAL for a record without id, or with a name that is empty or longer than
 * DB_NAME_MAX (nothing of it is added then; count it by db_builder_add_bad()).
 */
int db_builder_add(struct db_builder *builder, const struct advisory *advisory,
		   const struct affected_in *entries, size_t n_entries, struct err *err);

/* Counts a record that could not be used and names it in the log (--verbose): where is its file or place. */
void db_builder_add_bad(struct db_builder *builder, struct str where, const char *reason);

/*
 * Where a shard's records come from: "OSV export", "apt archive bullseye-security". Several origins of
 * one shard are all kept. A shard with an origin exists in the database even when it has no entry, which
 * says "this release was looked at and nothing is known", unlike a shard that is not there.
 *
 * An origin knows about the whole release, or only about the packages that it was asked for
 * (SHARD_RESTRICTED), which db_builder_restrict() names. A shard all of whose origins are restricted is
 * restricted: for other packages its silence means nothing (db_asked()).
 */
enum shard_coverage { SHARD_WHOLE, SHARD_RESTRICTED };

int db_builder_shard_origin(struct db_builder *builder, struct str shard, struct str origin,
			    enum shard_coverage coverage, struct err *err);
/* One package that the shard was asked for, whatever came of it. -EINVAL for a name that db_builder_add()
 * would refuse. */
int db_builder_restrict(struct db_builder *builder, struct str shard, struct str package,
			struct err *err);
/* The time up to which a source tells everything: the shard is as new as that, and as its newest record.
 * The latest counts; one after the build's does not. RFC 3339, in UTC. */
int db_builder_shard_as_of(struct db_builder *builder, struct str shard, struct str time,
			   struct err *err);

/* One line on what the sources cannot know, for the coverage of every report made with the database. */
int db_builder_add_gap(struct db_builder *builder, struct str text, struct err *err);

/* A CVE of CISA's catalogue and the day that it entered ("YYYY-MM-DD"); the earlier of two days counts.
 * -EINVAL for what is no CVE id or day. */
int db_builder_add_kev(struct db_builder *builder, struct str cve, struct str date,
		       struct err *err);
/* EPSS of a CVE, both values between 0 and 1 (stored to five decimals, as FIRST publishes them). */
int db_builder_add_epss(struct db_builder *builder, struct str cve, double epss, double percentile,
			struct err *err);
/* The day or time of the catalogue and of the scores, for db_info; the latest counts. */
int db_builder_kev_date(struct db_builder *builder, struct str date, struct err *err);
int db_builder_epss_date(struct db_builder *builder, struct str date, struct err *err);

/*
 * Writes the file and renames it in. All threads that add must have ended. Afterwards, and after a
 * failure, only db_builder_free() may follow; a failure leaves an older file at the path as it was.
 * Nothing to write, neither a record nor a shard that was looked at, is -ENODATA: what is known about CVEs
 * beside records does not count.
 */
int db_builder_finish(struct db_builder *builder, struct db_build_summary *ret, struct err *err);
