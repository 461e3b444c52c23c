/* What the closing lines of reporters count that core's summary, being without memory, cannot. */
#pragma once

#include "base/compat.h"
#include "core/result.h"

/*
 * How many vulnerabilities, each counted once whatever number of packages have it, the gate passes over since
 * nobody rated them (result_passes_over): those that the policy accepts, or those that it does not. Returns
 * 0 or -ENOMEM.
 */
int verdict_count_unrated(const struct result *result, bool accepted, size_t *ret);
