/*
 * OSV exports into a database builder: the layout of OSV's data dump (google.github.io/osv.dev/data),
 * ECOSYSTEM/all.zip, or plain files ID.json.
 */
#pragma once

#include "advisory/build.h"
#include "base/compat.h"
#include "base/err.h"

struct osv_feed_options {
	/* Each a zip of JSON files, a JSON file, or a directory. In a directory all.zip counts, else its
	 * .json files, and its directories likewise; loose files beside folders of an export (counts,
	 * KEV) are passed over. A folder that holds all.zip or JSON names the feed. */
	const char *const *paths;
	size_t n_paths;
	unsigned threads; /* 0: as many as there are processors, four at most */
};

struct osv_feed_summary {
	uint64_t archives, records; /* the bad ones among them */
	uint64_t bad_records;
};

/*
 * Bad records are counted and logged. An archive that is cut short or none, a path without records, or a
 * read error is an error that names it; the builder is then not to be finished.
 */
int osv_feed_read(const struct osv_feed_options *options, struct db_builder *builder,
		  struct osv_feed_summary *ret, struct err *err);
