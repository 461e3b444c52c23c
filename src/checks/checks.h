/*
 * All checks. A check is a row in the table of its area's folder; areas are listed once, in areas.def.
 */
#pragma once

#include "base/compat.h"
#include "base/str.h"
#include "core/check.h"

extern const struct check_area *const check_areas[];
extern const size_t n_check_areas;

/* Checks by number, from 0 on in the order of lists; NULL behind the last. Numbers are this process's and its
 * children's, and nobody else's. */
const struct check *check_at(size_t number);

/* The row with that id, whatever its case, or NULL. */
const struct check *check_by_id(struct str id);
/* The area that a row stands in, or NULL. */
const struct check_area *check_area_of(const struct check *check);
/* Its severity for lists: "varies" when each finding has its own (a row with SEVERITY_UNKNOWN). */
const char *check_severity_name(const struct check *check);
