/*
 * What the newer entries of a Debian changelog fix. Pure.
 */
#pragma once

#include "advisory/changelog.h"
#include "base/compat.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"

/* A CVE, and the entry that names it. */
struct fix {
	char cve[CVE_ID_SIZE];
	struct changelog_entry entry;
	struct str version; /* from which on packages have the fix: see below */
	size_t at;	    /* of the id, in the entry's text */
};

VEC_TYPE(fixes, struct fix);

/*
 * Collects from the entries above the first that is not newer than base, in dpkg's order; an empty base is
 * older than all. A CVE of several of them belongs to the last, which is the oldest. Entries from there on
 * are not asked, also for a CVE that a newer one names again: bullseye's git names CVE-2019-1387 in
 * 1:2.24.0-2 and again in 1:2.30.2-1+deb11u3, which completes the fix and is what Debian's tracker names.
 *
 * The version is the lowest of the entries down to that one, for all of them have the fix: it is the entry's
 * own but for backports, where "5.2-3~deb11u1" stands above "5.2-3" and is older.
 *
 * *ret_reaches says whether the changelog goes back as far as base.
 */
int fixes_collect(struct str changelog, struct str base, struct fixes *fixes, bool *ret_reaches,
		  struct err *err);

static inline void fixes_release(struct fixes *fixes)
{
	vec_release(fixes);
}
