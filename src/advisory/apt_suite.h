/*
 * Suites of package archives: found, checked, and their Packages indexes read.
 */
#pragma once

#include "advisory/apt_cache.h"
#include "advisory/apt_index.h"
#include "advisory/apt_release.h"
#include "advisory/apt_signature.h"
#include "base/buf.h"
#include "base/compat.h"
#include "base/err.h"
#include "base/vec.h"
#include "core/limits.h"
#include "net/http.h"

/* Release files: that of Ubuntu with all its translations has some 300 kB. */
#define LIMIT_APT_RELEASE MiB(4)

/* What all suites of one run share. */
struct apt_archive {
	VEC(char *) bases; /* URLs without a '/' at the end, in the order in which they are asked */
	struct apt_cache cache;
	struct apt_keys keys;
	bool offline;
};

struct apt_suite {
	const char *name; /* as asked for */
	char *base;	  /* the URL below which it was found */
	char *url;	  /* of its release file */
	struct buf text;  /* of the release file: what was signed */
	struct str doubt; /* on its signature, or empty */
	bool fetched;	  /* over the network just now, not from a directory or the cache */
	struct apt_release release;
	struct apt_index index;
	VEC(struct buf) packages; /* the texts that index has slices of */
};

#define APT_ARCHIVE_INIT ((struct apt_archive){0})
/* Adds base URLs or directories, each with the place beside it behind all that are named. */
int apt_archive_add_bases(struct apt_archive *archive, const char *const *urls, size_t n,
			  struct err *err);
void apt_archive_release(struct apt_archive *archive);

#define APT_SUITE_INIT \
	((struct apt_suite){.text = BUF_INIT(LIMIT_APT_RELEASE), .index = APT_INDEX_INIT})
void apt_suite_release(struct apt_suite *suite);

/* Finds the suite and checks its release file: signature, name. */
int apt_suite_open(const struct apt_archive *archive, struct http *http, const char *name,
		   struct apt_suite *suite, struct err *err);

/*
 * Fetches one Packages index, checks its hash and appends its text to ret_text. -ENOENT if the suite has
 * no such component or architecture.
 */
int apt_suite_fetch_packages(const struct apt_archive *archive, struct http *http,
			     const struct apt_suite *suite, struct str component,
			     struct str architecture, struct buf *ret_text, struct err *err);

/*
 * The changelog of a source package in the suite, from the smallest of its binary packages that has it,
 * appended to ret_text. Returns 1, or 0 if none has it.
 */
int apt_suite_changelog(const struct apt_archive *archive, struct http *http,
			const struct apt_suite *suite, const struct apt_source *source,
			struct buf *ret_text, struct err *err);
