/*
 * One OSV record (ossf/osv-schema, schema.md 1.7) as our model has it: pure, bytes in, structs out.
 */
#pragma once

#include "advisory/build.h"
#include "base/arena.h"
#include "base/compat.h"
#include "base/err.h"

struct osv_record {
	struct advisory advisory;
	const struct affected_in *entries;
	size_t n_entries;
};

/*
 * Reads one JSON document. feed is the folder it came from, or empty: then it is the ecosystem that the
 * record names first. Everything lives in arena; nothing points into json.
 *
 * What the schema leaves open is settled here, feed by feed:
 * - CVEs of aliases and upstream (and of related, in the errata of Red Hat, its rebuilds and SUSE, which put
 *   them there) are the vulnerabilities; ids made from a CVE (DEBIAN-CVE-…) count as aliases of it.
 * - Errata that fix bugs only (ALBA, RHEA, SUSE-RU… without a CVE) are kept without entries.
 * - Ranges of commits (GIT) are passed over; a fix "0" for every range means not affected.
 * - Debian's urgency, Ubuntu's priority, and the grades of Red Hat, AlmaLinux, Rocky and GitHub become the
 *   vendor's severity; the module streams that an erratum's title names become those of its modular packages.
 * - SUSE's records name sources, but list the binaries with their versions: these become the entries.
 * - Of the links the first five are kept, those to advisories before all others; the rest are left out. A
 *   summary is the record's, or the first sentence of its details, cut at 200 bytes, which shows as "…".
 *
 * Returns 0 or -ENOMEM; for a record that cannot be used -ERR_FORMAT, or -ERR_LIMIT where it is larger or
 * names more than any real one does. The message says what is wrong, without the record's name, which the
 * caller knows.
 */
int osv_parse(struct str json, struct str feed, struct arena *arena, struct osv_record *ret,
	      struct err *err);
