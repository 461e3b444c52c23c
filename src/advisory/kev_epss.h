/*
 * What is known about CVEs beside advisories: whether they are exploited (CISA's catalogue, KEV) and how
 * likely that is (FIRST's EPSS). Files may be compressed (unpack.h).
 */
#pragma once

#include "advisory/build.h"
#include "base/compat.h"
#include "base/err.h"

/*
 * A KEV catalogue into the builder: CISA's JSON (known_exploited_vulnerabilities.json), or CSV of which
 * the first column is the CVE, and the date is the column whose title names a date or a day first seen
 * (CISA's CSV has dateAdded), else the second. Lines of no CVE are counted as bad records. Returns 0, or
 * -ERR_FORMAT for a file that is neither.
 */
int kev_read(const char *path, struct db_builder *builder, struct err *err);

/*
 * EPSS scores into the builder: CSV with the columns cve,epss,percentile after an optional
 * line "#model_version:…,score_date:…" (first.org/epss/data_stats).
 */
int epss_read(const char *path, struct db_builder *builder, struct err *err);

/* The same from bytes, which are not compressed; name is for messages. */
int kev_parse(const char *name, struct str bytes, struct db_builder *builder, struct err *err);
int epss_parse(const char *name, struct str bytes, struct db_builder *builder, struct err *err);
