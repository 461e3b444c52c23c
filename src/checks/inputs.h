/*
 * What the engine hands to run functions: facts only, the rows decide. Which type check_run.input points
 * to follows from check->subject:
 *
 *   SUBJECT_IMAGE     struct image_input
 *   SUBJECT_DATABASE  struct database_input
 *   SUBJECT_OBJECT    struct object_input
 *   SUBJECT_MANIFESTS struct manifests_input
 *
 * The engine calls each row once per subject. Rows about packages are rows of the image, too: they emit
 * one finding for each package (and vulnerability) that is not as it should be, with a subject of
 * SUBJECT_PACKAGE, and one pass for the whole image when there is none. So a clean image says that it
 * was looked at without a line for each of its packages.
 */
#pragma once

#include "base/compat.h"
#include "base/str.h"
#include "core/advisory.h"
#include "core/distro.h"
#include "core/image.h"
#include "core/manifests.h"
#include "core/object.h"
#include "core/package.h"
#include "core/pss.h"
#include "core/workload.h"

/* One installed package and what the matcher said of it. */
struct package_input {
	const struct package *package;
	/* It was compared with advisories; false when there is no database, no shard for the distribution,
	 * or the package is not the distribution's (package->third_party). */
	bool judged;
	const struct vulnerability *vulnerabilities;
	size_t n_vulnerabilities;
	/* The highest of their fixed versions, in the order of the package's scheme: what to upgrade to so
	 * that every fix there is comes in. Empty when none has a fix. */
	struct str upgrade_to;
};

/* Something of the image that should have been read and could not be. */
struct unreadable {
	struct str
		what; /* "layer 3", "package database", "version of 'foo'": names it in a sentence */
	struct str path;   /* inside the image, or empty */
	int layer;	   /* index into image.layers, or LAYER_NONE */
	struct str reason; /* "a limit was exceeded: …", as an err says it */
};

struct image_input {
	const struct image *image;
	const struct distro *distro;
	const struct package_input *packages; /* in the order of package_compare */
	size_t n_packages;
	bool has_package_database; /* a file of one was seen, whatever was in it */
	bool has_feed; /* some feed speaks about this distribution (ecosystem_of_distro said so) */
	struct str
		eol; /* "YYYY-MM-DD", the last day of security updates; empty: not known or rolling */
	struct str today; /* "YYYY-MM-DD" */
	const struct unreadable *unreadable;
	size_t n_unreadable;
};

/* A shard that the distribution needs. */
struct shard_input {
	struct str name; /* "Debian:12" */
	bool present;
};

struct database_input {
	bool wanted;	 /* false: only an inventory was asked for, nothing is to be compared */
	bool present;	 /* it exists and was opened; the members below it hold only then */
	struct str path; /* the database, or where one was looked for */
	struct str built,
		newest; /* RFC 3339: when it was built; its newest record or suite. May be empty */
	uint64_t built_age,
		newest_age; /* seconds between them and now; 0 when empty or in the future */
	uint64_t max_age;   /* seconds; 0: any age will do */
	const struct shard_input *shards; /* what the distribution needs; none when it is unknown */
	size_t n_shards;
	/* Packages that a database which was built for some packages only was never asked about, and one of
	 * their names in the feed. */
	size_t n_not_asked;
	struct str not_asked;
};

/* Sources that mean nothing before they are rendered, and were not. */
struct unrendered {
	struct str path;
	struct str reason; /* "helm is not installed"; empty: nobody knows how to */
	struct str remedy; /* empty: the row's */
};

/* One object. Rows about what it is not (a Role for those about containers) tally "not applicable". */
struct object_input {
	const struct object *object;
	struct pss pss; /* what the rows of the Pod Security Standards go by */
	unsigned
		target_minor; /* Kubernetes 1.N that it is to run on, for what is deprecated or gone */
};

/*
 * What was declared together, once all of it has been read: for rows about what objects say of others, and
 * about what could not be read.
 */
struct manifests_input {
	const struct manifests *manifests;
	size_t n_objects;		     /* that were found, of every kind */
	size_t n_judged;		     /* of these, those that were asked about */
	const struct unreadable *unreadable; /* files: path and reason */
	size_t n_unreadable;
	const struct unrendered *templates;
	size_t n_templates;
};
