/*
 * The installed database of apk-tools (lib/apk/db/installed), its text form of version 2, which version
 * 3 still writes: one "X:value" line per field, a blank line between packages; after the fields of a
 * package its directories (F:) with their files (R:) and these files' checksums (Z:). Facts: apk-tools,
 * src/database.c and src/package.c; doc/apk-v2.5.scd.
 */
#pragma once

#include "base/compat.h"
#include "base/str.h"

/* One package; slices are parts of the text, empty where a field is missing. */
struct apkdb_package {
	struct str name, version, arch, origin, license, maintainer;
	bool broken;	  /* f: names files, scripts or attributes that could not be installed */
	bool cut_digests; /* f: has S: checksums are SHA-256 cut to the length of SHA-1 */
	struct str files; /* the lines from the first F: on */
	size_t line;	  /* of its first field, from 1 */
	size_t malformed; /* lines that are no field */
	size_t malformed_line;
};

struct apkdb {
	struct str rest;
	size_t line;
};

#define APKDB_INIT(text) ((struct apkdb){.rest = (text), .line = 1})

/* The next package, false at the end. A package without name or version is given all the same. */
bool apkdb_next(struct apkdb *db, struct apkdb_package *ret);

struct apkdb_file {
	struct str folder, name; /* relative to the root; folder is empty for the root itself */
	struct str checksum;	 /* "Q1…", or empty */
};

/* Cuts the next file off package->files, false at the end; *folder keeps the F: line between calls. */
bool apkdb_next_file(struct str *files, struct str *folder, struct apkdb_file *ret);

enum { APKDB_DIGEST_TEXT = sizeof("sha256:") + 64 };

/*
 * A checksum as "sha1:<hex>" or "sha256:<hex>" with a NUL: "Q1" or "Q2" and base64, or "X1" or "X2" and
 * hex (apk-tools, src/apk_crypto.h). Returns its length, or 0 for what is neither.
 */
size_t apkdb_digest(struct str checksum, char text[APKDB_DIGEST_TEXT]);
