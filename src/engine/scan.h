/*
 * One inspection of an image, from its reference to judged findings.
 */
#pragma once

#include "base/arena.h"
#include "base/compat.h"
#include "base/err.h"
#include "core/image.h"
#include "core/policy.h"
#include "core/result.h"

struct scan_options {
	struct platform platform; /* os empty: none asked for */
	const char *database;	  /* --db; NULL: the default places */
	uint64_t max_db_age;	  /* seconds; 0: any */
	uint64_t max_layer_size;  /* bytes; 0: the built-in limits */
	bool no_cache;
	bool verify; /* read layers again whose facts are cached */
	bool list_files, explain;
	bool no_database; /* nothing is compared; the checks of the image itself still run */
	const struct policy *policy;
	int64_t now; /* seconds since 1970 */
};

/* A finished inspection. It owns everything that its result points to, the open database included. */
struct scan;

/*
 * Inspects the image that reference names. An error means that there is no result: the image or the
 * database cannot be opened, or a layer's digest is not what its manifest says. Whatever else cannot be
 * read or judged is an unknown finding.
 */
int scan_image(const char *reference, const struct scan_options *options, struct scan **ret,
	       struct err *err);

/* Only the packages and the distribution, without findings: for commands that need to know what is
 * installed. */
int scan_packages(const char *reference, const struct scan_options *options, struct scan **ret,
		  struct err *err);

const struct result *scan_result(const struct scan *scan);

void scan_free(struct scan *scan);
static inline void scan_freep(struct scan **scan)
{
	scan_free(*scan);
}
#define _cleanup_scan_ _cleanup_(scan_freep)
