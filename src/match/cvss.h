/*
 * Base scores of CVSS vectors (FIRST: v2 guide §3.2.1, v3.0 and v3.1 §7.1, v4.0 §8 with its table of
 * macro vectors).
 */
#pragma once

#include "base/compat.h"
#include "base/str.h"
#include "core/severity.h"

/* Scores a vector of any version. Optional (temporal, threat, environmental, supplemental) metrics are
 * checked for form; for v4.0 threat and environmental ones count as its specification says. 0 or -EINVAL. */
int cvss_score(struct str vector, double *ret_version, double *ret_score);
/* The qualitative rating of a score (v3 §5, v4 §6; v2 as NVD rates it). */
enum severity cvss_rating(double version, double score);
