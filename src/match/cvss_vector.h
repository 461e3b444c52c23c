/* What the CVSS versions share: metrics as rows, vectors as value numbers. */
#pragma once

#include "base/compat.h"
#include "base/str.h"

struct metric {
	const char *name;
	const char
		*values; /* blank-separated; a metric's value is kept as its place in this list */
};

enum { METRICS_MAX = 32, METRIC_ABSENT = -1 };

/* The metrics of one version. */
struct metric_set {
	const struct metric *metrics;
	size_t n, n_base;	 /* the first n_base must be in every vector */
	const char *not_defined; /* what the others may say instead of a value */
};

/*
 * Reads NAME:VALUE/NAME:VALUE…, in any order, each metric at most once. What is left out or not defined
 * is METRIC_ABSENT. 0 or -EINVAL.
 */
int cvss_parse(struct str vector, const struct metric_set *set, int values[METRICS_MAX]);

/* Base scores in tenths; the prefix "CVSS:x.y/" is gone. 0 or -EINVAL. */
int cvss2_score(struct str vector, int *ret_tenths);
int cvss3_score(struct str vector,
		int *ret_tenths); /* 3.0 and 3.1 differ in neither value nor formula */
int cvss4_score(struct str vector, int *ret_tenths);
