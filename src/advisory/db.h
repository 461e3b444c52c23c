/*
 * The advisory database: one LMDB file, read-only once built, with a sub-database per shard (ecosystem
 * and release). Many processes may read one file at once, without any lock: a file is never changed in
 * place, only replaced by rename (advisory/build.h), and a reader keeps the one it has opened. What it
 * returns are slices into the map: valid until db_close(). A struct db belongs to one thread.
 *
 * What the file's pages refer to is trusted once the file matches the seal at its end (advisory/seal.h),
 * which finds damage but no enemy. Records inside are read with every bound checked.
 */
#pragma once

#include "base/arena.h"
#include "base/compat.h"
#include "base/err.h"
#include "base/sha256.h"
#include "core/advisory.h"
#include "match/match.h"

/* Raised when the layout changes; a file of another schema is refused with what to do. */
enum { DB_SCHEMA = 2 };

struct db;

/* Where the database is looked for when none is named: $CSCPLATE_DB is an option's business; here the
 * per-user place ($XDG_DATA_HOME/cscplate/advisories.db), then /var/lib/cscplate/advisories.db. Returns 0 with
 * the path of the first that exists, or -ENOENT with the per-user path. */
int db_default_path(struct arena *arena, struct str *ret_path);
/* Where to write when no place is named: always the per-user one, whatever lies there or in the system's.
 * -ENOENT if there is none, since neither $XDG_DATA_HOME nor $HOME is an absolute path. */
int db_write_path(struct arena *arena, struct str *ret_path, struct err *err);

/*
 * Opens for reading. A file that is cut short, damaged, not a database, or of another schema is an error
 * that says so; nothing is read beyond the file's end.
 */
int db_open(const char *path, struct db **ret, struct err *err);
/* The same with nothing read from the user's cache or written to it: all of the file is compared with its
 * checksum, whenever that was done last (--no-cache, --verify). */
int db_open_uncached(const char *path, struct db **ret, struct err *err);
/* SHA-256 of the file's bytes, as "sha256sum FILE" has it. */
int db_checksum(const char *path, unsigned char ret_digest[SHA256_SIZE], struct err *err);
void db_close(struct db *db);
static inline void db_closep(struct db **db)
{
	if (*db)
		db_close(*db);
}
#define _cleanup_db_ _cleanup_(db_closep)

struct db_shard_info {
	struct str name;   /* "Debian:12" */
	struct str feed;   /* "Debian" */
	struct str origin; /* "OSV export", "apt archive bullseye-security" */
	struct str newest; /* RFC 3339 time of its newest record */
	uint64_t packages, entries;
	bool restricted; /* knows about some packages only, see db_asked() */
};

struct db_info {
	struct str built;		/* RFC 3339 */
	struct str newest;		/* of all shards */
	struct str kev_date, epss_date; /* empty when not built in */
	uint64_t advisories, withdrawn, bad_records;
	const struct db_shard_info *shards; /* sorted by name */
	size_t n_shards;
	struct str gaps; /* what its sources cannot know, one per line; may be empty */
	unsigned schema;
};

int db_info(struct db *db, struct arena *arena, struct db_info *ret, struct err *err);
/*
 * Does silence of the shard on a package mean that nothing is known of it? 1: the shard was asked about
 * it, or is not restricted. 0: nobody asked (the database was built for other packages), or there is no
 * such shard. Negative on error.
 */
int db_asked(struct db *db, struct str shard, struct str package, struct err *err);
/* The shard's row of db_info: 0, -ENOENT if the database does not have it and for no other reason, else the
 * code of what went wrong. */
int db_shard_info(struct db *db, struct str shard, struct db_shard_info *ret);

/*
 * Adds every entry that shard has for a package name to list; installed is copied into each. Withdrawn
 * records are not returned. A name or shard that is not there adds nothing. Advisories are shared
 * between entries and kept by db.
 */
int db_candidates(struct db *db, struct str shard, struct str package, struct str installed,
		  struct arena *arena, struct candidate_list *list, struct err *err);

/*
 * Everything about a name: records that bear it as id or alias, withdrawn ones too, with all that they
 * say of packages; without such a record, every entry of the package of that name, and their records.
 * Reads the whole database once. Nothing found is no error.
 */
struct db_search {
	const struct advisory **advisories; /* sorted by id and feed */
	size_t n_advisories;
	const struct candidate *rows; /* sorted by shard, package and advisory */
	size_t n_rows;
};

int db_search(struct db *db, struct str name, struct arena *arena, struct db_search *ret,
	      struct err *err);

/* One record by its own id or any alias; -ENOENT if there is none. */
int db_advisory(struct db *db, struct str id, struct arena *arena, const struct advisory **ret,
		struct err *err);

/* Fills in EPSS and KEV of a vulnerability whose id is a CVE. */
int db_enrich(struct db *db, struct vulnerability *vulnerability, struct err *err);
