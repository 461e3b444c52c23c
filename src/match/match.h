/*
 * The matcher: packages against advisory entries. Pure: no database, no I/O.
 */
#pragma once

#include "base/arena.h"
#include "base/compat.h"
#include "base/err.h"
#include "base/vec.h"
#include "core/advisory.h"
#include "core/package.h"
#include "match/version.h"

/* One advisory entry that names a package, ready to be judged. */
struct candidate {
	struct affected affected;
	const struct advisory *advisory;
	struct str shard;     /* "Debian:12" */
	struct str installed; /* the version to compare: the source's or the binary's */
};

VEC_TYPE(candidate_list, struct candidate);

/* What one entry says of one version. */
enum verdict {
	VERDICT_OUTSIDE, /* its ranges and versions do not hold the version, and name no fix below it */
	VERDICT_FIXED, /* the version is at or above a fix that the entry names */
	VERDICT_AFFECTED,
	VERDICT_NOT_AFFECTED, /* the vendor says so */
};

/*
 * Judges version by entry (OSV schema, "Evaluation"): in any range, or listed in versions. For
 * VERDICT_AFFECTED, *ret_fixed is the fix that ends the range it lies in (empty when none, the highest
 * when it lies in several); otherwise it is left alone. An entry without ranges and versions says
 * nothing, unless its status is "not affected".
 */
enum verdict match_affected(enum version_scheme scheme, const struct affected *entry,
			    struct str version, struct str *ret_fixed);

/*
 * All vulnerabilities of one package: candidates are judged, those of one vulnerability (by CVE and
 * alias) become one entry with every name and one evidence row for each record that holds the version.
 * Withdrawn records are passed over; architecture and module are compared here (module.h).
 *
 *   - A fix that one record names and the version has settles the open end of another record, but not a
 *     higher fix or a last affected version.
 *   - Of several fixes that the version lacks, the highest is fixed_version.
 *   - A vendor's "not affected" beats every record that says otherwise or nothing.
 *   - The severity is the vendor's, else the rating of the best CVSS vector (newest version first).
 *   - Text, dates and CVSS of a record about this vulnerability alone come before those of one about many.
 *
 * The result is sorted by id and lives in arena, with slices into the candidates; it does not depend on
 * their order. EPSS and KEV are left to db_enrich(). Returns 0 or -ENOMEM.
 */
int match_package(enum version_scheme scheme, const struct package *package,
		  const struct candidate *candidates, size_t n_candidates, struct arena *arena,
		  struct vulnerability **ret, size_t *ret_n);
