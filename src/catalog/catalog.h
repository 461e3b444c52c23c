/*
 * Catalogers: what is installed, read from the files of a root filesystem. One file per ecosystem, one
 * row each. Everything here runs in a confined process on hostile bytes: a cataloger gets a whole file
 * and yields packages or distribution facts; it opens nothing and keeps nothing.
 *
 * The engine sees each regular file once, asks every row whether it bids for the path, reads the file
 * (up to the row's limit) and hands it over. Which of several layers' files counts is settled later, by
 * path, when layers are merged; so a cataloger never looks at two files.
 */
#pragma once

#include "base/arena.h"
#include "base/compat.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "core/distro.h"
#include "core/package.h"

/* What one file turned out to be. Stable numbers: they are stored in the layer cache. */
enum catalog_kind {
	CATALOG_PACKAGES = 1, /* a whole package database, or one file of it (status.d/x) */
	/* Files of one package, from beside the database. Two such files of one owner are joined by path:
	 * dpkg's x.list has every path (empty directories too) and no digest, x.md5sums the digests. */
	CATALOG_OWNED_FILES = 2,
	CATALOG_DISTRO = 3,	  /* os-release and cousins */
	CATALOG_REPOSITORIES = 4, /* configured repositories: /etc/apk/repositories, apt sources */
	CATALOG_KIND_MAX_,
};

VEC_TYPE(package_list, struct package);
VEC_TYPE(owned_file_list, struct owned_file);
VEC_TYPE(repository_list, struct str);

/* What a cataloger fills in; strings are slices into the file's bytes or the arena. */
struct catalog_entry {
	enum catalog_kind kind;
	struct package_list packages; /* CATALOG_PACKAGES */
	struct str owner;	      /* CATALOG_OWNED_FILES: "name" or "name:arch" */
	struct owned_file_list files; /* CATALOG_OWNED_FILES */
	struct distro distro;	      /* CATALOG_DISTRO: without path and layer */
	/* CATALOG_DISTRO: of several files the lowest rank wins, 0 being /etc/os-release; a file that
	 * names no distribution (empty id) comes last. */
	unsigned rank;
	/* CATALOG_REPOSITORIES: one line or URI-suite-component each */
	struct repository_list repositories;
	size_t skipped;		    /* records that were malformed and passed over */
	struct str skipped_example; /* "line 812: no Version", or empty */
};

void catalog_entry_release(struct catalog_entry *entry);

struct cataloger {
	const char *name; /* "dpkg" */
	/* Raise it when the same bytes give another result: cached facts are then read anew. */
	unsigned version;
	/*
	 * Does it want this file? The path (no leading '/', no "." or "..") comes in two, split at its last
	 * slash; folder is empty where there is none, name never. Runs on every entry: it must be cheap.
	 */
	bool (*bid)(struct str folder, struct str name);
	size_t limit; /* the largest file it takes (core/limits.h) */
	/*
	 * The directories (clean paths, NULL-terminated) in which its files count. bid() goes by the end of
	 * a path, since a parent may be a link; after the merge a file counts only if it lies in one of
	 * these, links followed. A database in /opt/chroot is not the image's.
	 */
	const char *const *places;
	/*
	 * Reads one file. Single bad records are counted in entry->skipped; only a file that cannot be
	 * read at all is an error (-ERR_FORMAT, -ERR_LIMIT, -ENOMEM), whose message names the line or
	 * offset.
	 */
	int (*read)(struct str path, struct str bytes, struct arena *arena,
		    struct catalog_entry *entry, struct err *err);
};

extern const struct cataloger *const catalogers[];
extern const size_t n_catalogers;

/* The index of the cataloger that wants the path, or -1. */
int catalog_bid(struct str path);

/*
 * After the merge: completes what single files could not know. Sets distro->channel from the repository
 * lines, and marks packages that the distribution did not build (third_party).
 */
int catalog_finish(struct distro *distro, const struct str *repositories, size_t n_repositories,
		   struct package *packages, size_t n_packages, struct arena *arena);

/* End of support of a release. */
struct eol {
	const char *distro, *release; /* "debian", "10" */
	const char *date; /* "YYYY-MM-DD": last day of (free, public) security updates */
};

/* The row for the distro, or NULL when there is none. Sub-releases ("3.18.4") find their row ("3.18"). */
const struct eol *eol_find(const struct distro *distro);
