/*
 * The databases that rpm keeps its headers in. Each reader walks the file's bytes and hands over every
 * header blob (rpmheader.h); indexes are not looked at. Nothing is opened and nothing is written.
 */
#pragma once

#include "base/compat.h"
#include "base/err.h"
#include "base/str.h"

struct rpmdb_record {
	struct str blob; /* valid during the call only; empty when there is a problem */
	uint64_t number; /* of the package, as the database numbers it */
	uint64_t offset; /* where in the file the record begins; 0 for SQLite, which does not say */
	const char *problem; /* why this one record cannot be read, or NULL */
};

/* Called for every record. A negative return ends the walk and is what the reader returns. */
typedef int rpmdb_visit(void *context, const struct rpmdb_record *record);

/*
 * By what the file begins with. All return 0, what visit returned, or -ERR_FORMAT, -ERR_UNSUPPORTED or
 * -ENOMEM with a message that names the offset where something is wrong; records before it have been
 * handed over by then. However the file lies, the blobs of a walk are not larger than the file together,
 * and the work is bounded by its size.
 */
int rpmdb_read(struct str bytes, rpmdb_visit *visit, void *context, struct err *err);

/* rpmdb.sqlite: table Packages, columns hnum and blob (rpm, lib/backend/sqlite.c). */
int rpmdb_read_sqlite(struct str bytes, rpmdb_visit *visit, void *context, struct err *err);

/* Packages.db, "ndb": slots of 16 bytes that point to blobs (rpm, lib/backend/ndb/rpmpkg.c). */
int rpmdb_read_ndb(struct str bytes, rpmdb_visit *visit, void *context, struct err *err);

/*
 * Packages: a hash of Berkeley DB 3 to 5 in either byte order, keys being package numbers (rpm,
 * lib/backend/bdb_ro.c; Berkeley DB, src/dbinc/db_page.h).
 */
int rpmdb_read_bdb(struct str bytes, rpmdb_visit *visit, void *context, struct err *err);
