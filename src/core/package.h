/*
 * What is installed: one package as its database describes it. All strings are slices into the arena
 * of the scan (or whoever filled the package); empty means the database does not say.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/compat.h"
#include "base/pack.h"
#include "base/str.h"

enum package_type { PACKAGE_DPKG, PACKAGE_APK, PACKAGE_RPM, PACKAGE_TYPE_MAX_ };

/* "dpkg", "apk", "rpm". */
const char *package_type_name(enum package_type type);

/* No layer: the package was read from a directory, not from an image. */
enum { LAYER_NONE = -1 };

struct owned_file {
	struct str path;   /* absolute, begins with '/' */
	struct str digest; /* "md5:…", "sha1:…", "sha256:…" in lower-case hex, or empty */
};

struct package {
	enum package_type type;
	struct str name;
	struct str version; /* as the native tool prints it, epoch included ("1:2.3-4") */
	struct str arch;
	struct str source_name; /* as the feeds name it; equal to name when nothing else is said */
	struct str source_version; /* likewise, with the source's own epoch */
	struct str module;  /* rpm modularity label "nodejs:12:8010020190612143724:cdc1202b" */
	struct str vendor;  /* rpm Vendor, dpkg Maintainer */
	struct str license; /* as written there */
	bool broken;	    /* half-installed, unpacked and the like: present, not configured */
	/* Not built by the distribution: why this is known ("vendor 'Docker'"), else empty. */
	struct str third_party;

	struct str path; /* the database it was read from, absolute inside the image */
	int layer;	 /* index into image.layers of the layer that brought this version in */

	const struct owned_file *files;
	size_t n_files;
};

/* Writes all of p but path and layer; reading back gives slices into the bytes and files in arena. */
void package_pack(struct buf *b, const struct package *p);
/* Returns 0 or -ENOMEM; a malformed input sets u->failed. */
int package_unpack(struct unpack *u, struct arena *arena, struct package *ret);

/* By name, then version, then architecture, then path: for qsort. */
int package_compare(const void *a, const void *b);
