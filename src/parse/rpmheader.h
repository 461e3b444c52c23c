/*
 * Header blobs as rpm keeps them in its databases: two counts, an index of 16-byte entries (tag, type,
 * offset, count), and the data that the entries point to, all big-endian. Facts: rpm,
 * docs/manual/format.md and hregions.md, include/rpm/rpmtag.h, lib/header.c. Everything that is not
 * needed is passed over unlooked at, so a header that rpm would refuse may be read here; never the other
 * way round.
 */
#pragma once

#include "base/compat.h"
#include "base/err.h"
#include "base/str.h"

/* An array of strings or integers inside the blob; empty where the header has none. */
struct rpmheader_array {
	const unsigned char *ptr;
	const unsigned char *end; /* of the data */
	uint32_t count;
	unsigned width; /* bytes of one integer; 0 for strings */
};

/* Slices into the blob; empty where the header does not say. */
struct rpmheader {
	struct str name, version, release, arch, vendor, license, source_rpm, modularity_label;
	uint32_t epoch;	      /* 0 also when there is none */
	uint32_t digest_algo; /* RFC 4880 section 9.4; 1 (MD5) unless it is said */
	/* File i is dir_names[dir_indexes[i]] followed by base_names[i]; very old packages have whole
	 * paths in old_names instead. */
	struct rpmheader_array base_names, dir_names, dir_indexes, old_names;
	struct rpmheader_array file_digests, file_flags, file_modes, file_states;
};

enum {
	RPMHEADER_FILE_GHOST = 1 << 6, /* in file_flags: not part of the package's payload */
	RPMHEADER_STATE_NORMAL =
		0, /* in file_states: what is not one of these two is not installed */
	RPMHEADER_STATE_NETSHARED = 3,
};

/*
 * Reads the index. Returns 0, or -ERR_FORMAT with a message that names the offset in the blob when the
 * counts do not fit the blob or an entry that is needed has a wrong type or points outside. Strings of
 * arrays are checked only as they are read.
 */
int rpmheader_parse(struct str blob, struct rpmheader *ret, struct err *err);

/* Cuts the first string off the array; false when there is none, or it does not end within the data. */
bool rpmheader_next_string(struct rpmheader_array *strings, struct str *ret);

/* Integer i of the array; 0 when the array is shorter. */
uint32_t rpmheader_integer(const struct rpmheader_array *integers, uint32_t i);
