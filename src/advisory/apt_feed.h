/*
 * Advisories out of a Debian-style archive itself, for those who reach nothing but their package mirror:
 * the security (or another update) suite is compared with the release's main suite, and the changelog of
 * every source package that is newer there tells which CVEs the newer versions fix.
 *
 * What a record says: id "SUITE/SOURCE/CVE-…" ("SUITE/SOURCE/VERSION" for an update that names no CVE:
 * paths, so that nobody takes them for ids that the distribution gave out); one vulnerability; the shard
 * of the release ("Debian:11"), ranges in source package versions. A CVE belongs to the oldest changelog
 * entry that names it.
 *
 * Archive format: https://wiki.debian.org/DebianRepository/Format
 */
#pragma once

#include "base/compat.h"
#include "base/err.h"
#include "base/str.h"

struct db_builder;

/* Text that is NULL or a list that is empty takes the default that is named. */
struct apt_feed_options {
	/* Where archives live: "http://mirror/debian", "file:///srv/mirror/debian" or a local directory.
	 * Every suite is looked for in each in turn, and then in the place beside it, as Debian has it
	 * ("…/debian" for "…/debian-security" and the other way round). At least one. */
	const char *const *urls;
	size_t n_urls;
	/* Update suites, by suite name or code name: "bullseye-security". At least one. */
	const char *const *suites;
	size_t n_suites;
	/* The suite with the versions as released. Default: what stands before "-security", "-updates",
	 * … or "/updates" in each suite's name. */
	const char *main_suite;
	/* Default: all that the release file names. */
	const char *const *components;
	size_t n_components;
	/* dpkg's name ("amd64"). Default: this machine's where the suite has it, else amd64. */
	const char *architecture;
	/* Names of source packages; others are passed over, and the shard is restricted to these
	 * (db_builder_restrict()). Each suite, with its main suite, has to know one of them at least.
	 * Default: every source package. */
	const char *const *sources;
	size_t n_sources;
	/* Those of sources that the archive has to know, each of them: the names that a user typed. */
	const char *const *must_have;
	size_t n_must_have;
	/* Where downloads are kept by their hashes. Default: $XDG_CACHE_HOME/cscplate/apt (or below
	 * ~/.cache); "" keeps nothing. */
	const char *cache_dir;
	/* Files with the keys that may sign. Default: the archive keyrings that this machine has. */
	const char *const *keyrings;
	size_t n_keyrings;
	/* Takes archives without a signature, or signed by none of the keys; the database then says so.
	 * A signature that is wrong is refused all the same. */
	bool allow_unsigned;
	/* Answers from the cache (and from local directories) alone. */
	bool offline;
};

/*
 * Reads the suites and gives every record to the builder, in the order of suite, source and CVE, with the
 * gaps that this kind of source has. A release file whose signature is wrong is -ERR_SIGNATURE, of
 * another suite -ERR_FORMAT, a file that differs from its hash -ERR_DIGEST, an architecture or names of
 * source packages that the archive does not have -ENOENT; nothing that failed a check
 * is given to the builder. Without gpgv or a keyring on this machine it goes on, and the database says
 * that the signature was not checked.
 */
int apt_feed_read(const struct apt_feed_options *options, struct db_builder *builder,
		  struct err *err);
