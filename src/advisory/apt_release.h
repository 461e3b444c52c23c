/*
 * Release files of a Debian-style archive: what the suite is, and the hashes of its indexes. Pure.
 * https://wiki.debian.org/DebianRepository/Format, "Release" files.
 */
#pragma once

#include "base/compat.h"
#include "base/err.h"
#include "base/sha256.h"
#include "base/str.h"

struct apt_release {
	struct str origin, label, suite, codename, version;
	struct str date, valid_until;	      /* RFC 5322 */
	struct str architectures, components; /* blank-separated */
	bool by_hash;
	struct str sha256; /* lines of "hash size path" */
};

struct apt_file {
	struct str path; /* below dists/SUITE/ */
	uint64_t size;
	unsigned char sha256[SHA256_SIZE];
};

/* name is for messages. Text that is no release file, or one without SHA-256 hashes, is -ERR_FORMAT. */
int apt_release_parse(const char *name, struct str text, struct apt_release *ret, struct err *err);

/* Is it the suite, by suite name or code name? */
bool apt_release_is(const struct apt_release *release, struct str suite);

/* The row of a file: 0, or -ENOENT; a row that is malformed counts as none. */
int apt_release_file(const struct apt_release *release, struct str path, struct apt_file *ret);

/*
 * The OSV ecosystem of the release: "Debian:11", "Ubuntu:22.04:LTS" (ossf/osv-schema, "Defined
 * ecosystems"). -ERR_UNSUPPORTED for other origins and for suites without a version (sid).
 */
int apt_release_ecosystem(const char *name, const struct apt_release *release, char *ret,
			  size_t size, struct err *err);

/* Is word one of the blank-separated words of list? */
bool apt_has_word(struct str list, struct str word);
