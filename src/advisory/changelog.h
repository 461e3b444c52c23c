/*
 * Debian changelogs (deb-changelog(5)): the entries, newest first, and the CVE ids that they name. Pure.
 */
#pragma once

#include "base/compat.h"
#include "base/str.h"

/* "CVE-2023-4567890123" and its NUL; larger numbers are not taken for ids (core/cve.h). */
enum { CVE_ID_SIZE = 4 + 4 + 1 + 10 + 1 };

struct changelog_entry {
	struct str source, version;
	struct str text; /* the lines between heading and trailer, as they are */
	struct str
		date; /* of the trailer, RFC 5322: "Mon, 05 Jun 2023 10:00:00 +0200"; may be empty */
};

/*
 * The next entry; *rest becomes what follows. Lines that belong to no entry are passed over. False at the
 * end.
 */
bool changelog_next(struct str *rest, struct changelog_entry *ret);

/* A walk over the CVE ids in a text: CVE_SCAN(text). */
struct cve_scan {
	struct str rest;
	char year[5]; /* of the id before, "" when no shortened id may follow */
	bool in_braces;
};
#define CVE_SCAN(text) ((struct cve_scan){.rest = (text)})

/*
 * The next CVE id, in upper case. Two shortened forms are spelt out: "CVE-2021-3516, -3517 and -3518",
 * "CVE-2021-{3516,3517}". Bare numbers after an id are not taken for ids: they are bug numbers as often
 * ("CVE-2024-21011, 8319851"). False at the end.
 */
bool cve_next(struct cve_scan *scan, char ret_id[CVE_ID_SIZE]);

/*
 * What text says around the offset at (of a CVE id in it), in one line of at most size - 1 bytes: the item
 * of the list that holds it, else what fits of that item from the line that does. Blanks are joined; what
 * is left out at the end shows as "…".
 */
void changelog_summary(struct str text, size_t at, char *ret, size_t size);

/* "Mon, 05 Jun 2023 10:00:00 +0200" as seconds since 1970: 0, or -EINVAL. Release files have it too. */
int date_parse_rfc5322(struct str date, int64_t *ret);
