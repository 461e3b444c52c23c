/*
 * Every maximum in one place, each with its reason. Over a limit is an error or an unknown finding that
 * names it; nothing is cut silently.
 */
#pragma once

#include "base/compat.h"

#define KiB(n) ((size_t)(n) << 10)
#define MiB(n) ((size_t)(n) << 20)
#define GiB(n) ((uint64_t)(n) << 30)

/* A path in an archive: Linux itself refuses longer ones (PATH_MAX). */
#define LIMIT_PATH_LEN		((size_t)4096)
/* image-spec documents (index, manifest, config): registries refuse manifests above 4 MiB; configs with
 * long histories reach some hundred KiB. */
#define LIMIT_IMAGE_JSON	MiB(8)
/* Layers of one image: overlayfs mounts at most some 500. */
#define LIMIT_LAYERS		((size_t)1024)
/* Manifests in one index, counting nested ones. */
#define LIMIT_INDEX_ENTRIES	((size_t)4096)
/* dpkg status and apk installed files: a desktop with 5,000 packages has 6 MiB. */
#define LIMIT_PACKAGE_DB_TEXT	MiB(64)
/* RPM databases: an everything-installed Fedora has 200 MiB. */
#define LIMIT_PACKAGE_DB_BINARY MiB(256)
/* os-release and other small texts. */
#define LIMIT_SMALL_TEXT	KiB(256)
/* Packages of one image, and the files that they own. */
#define LIMIT_PACKAGES		((size_t)200000)
#define LIMIT_OWNED_FILES	((size_t)5000000)
/* Bytes of facts that one layer may yield: 200,000 packages without their files need a quarter. */
#define LIMIT_LAYER_FACTS	MiB(256)
/* The same of all layers of an image together. */
#define LIMIT_IMAGE_FACTS	MiB(512)
/* Things of one layer that could not be read and are named one by one; the rest is counted. */
#define LIMIT_LAYER_UNREADABLE	((size_t)200)
/* Layers read at once, however many processors there are: each may take LIMIT_CONFINED_MEMORY. */
#define LIMIT_LAYERS_AT_ONCE	((size_t)8)
/* Links remembered in one layer because a database may lie behind them. */
#define LIMIT_LAYER_LINKS	((size_t)65536)
/* Uncompressed bytes of one layer: above it is a bomb, or needs --max-layer-size. */
#define LIMIT_LAYER_BYTES	GiB(64)
/* How many times larger a layer may be than what is stored, once it is above the floor: a file system
 * of real files compresses 2 to 20 times; disk images full of zeros need --max-layer-size. */
#define LIMIT_COMPRESSION_RATIO ((uint64_t)250)
#define LIMIT_RATIO_FLOOR	GiB(1)
/* Entries of one layer: what a 64 GiB layer of empty files would have. */
#define LIMIT_LAYER_ENTRIES	((uint64_t)128 << 20)
/* A confined process: memory and seconds of CPU time. */
#define LIMIT_CONFINED_MEMORY	GiB(4)
#define LIMIT_CONFINED_SECONDS	((unsigned)1800)
/* Symbolic links followed while one path is resolved, as the kernel does (MAXSYMLINKS). */
#define LIMIT_LINKS_FOLLOWED	((unsigned)40)
/* One advisory record as JSON; the largest real one has 3 MiB. */
#define LIMIT_ADVISORY_JSON	MiB(32)
/* Records in one feed archive. */
#define LIMIT_ADVISORIES	((size_t)16 << 20)
/* The address space that an advisory database may take; LMDB wants it named beforehand. */
#define LIMIT_DATABASE_BYTES	GiB(16)
/* A policy or configuration file. */
#define LIMIT_CONFIG_TEXT	MiB(4)
/* The layer cache on disk, all files together; the oldest go first. */
#define LIMIT_CACHE_BYTES	MiB(512)
/* Downloads: release files and indexes of an archive, one package file. */
#define LIMIT_APT_INDEX		MiB(512)
#define LIMIT_APT_PACKAGE	GiB(2)
/* A changelog out of a package file: linux has 2 MiB. */
#define LIMIT_CHANGELOG		MiB(32)
/* One file of manifests: rendered charts of whole platforms have 20 MiB. */
#define LIMIT_MANIFEST_TEXT	MiB(64)
/* Files looked at below one directory, and how deep it may go. */
#define LIMIT_CODE_FILES	((size_t)1000000)
#define LIMIT_CODE_DEPTH	((unsigned)64)
/* Findings of one inspection of sources as they are packed: some 30 bytes each. */
#define LIMIT_CODE_RESULT	MiB(512)
/* Texts compared by one row about what objects say of each other: less than a second. Services or budgets, one
 * for each of 10,000 workloads, with selectors as people write them take some 100,000. */
#define LIMIT_RELATION_STEPS	((uint64_t)64 << 20)
/* Findings of one file, and of all: a chart of a whole platform has some thousand. Beyond, the rest is unknown. */
#define LIMIT_FILE_FINDINGS	((size_t)500000)
#define LIMIT_CODE_FINDINGS	((size_t)2000000)
/* Seconds of CPU time for a reader of so many files: one takes some milliseconds. */
#define LIMIT_CODE_SECONDS(n)	((unsigned)(120 + (n) / 50))
