/* What the rows about several objects share. */
#pragma once

#include "base/compat.h"
#include "checks/inputs.h"
#include "core/check.h"

/* What one run of such a row has come to. */
struct relations {
	const struct check_run *run;
	const struct manifests *manifests; /* none of which says anything when there is but one */
	uint64_t steps;			   /* that are left of LIMIT_RELATION_STEPS */
	bool judged;			   /* there was something to say something about */
	size_t n_failed;
};

struct relations relations_begin(const struct check_run *run);
/* A failure of that object at a place in it; NULL: at the object itself. */
int relations_fault(struct relations *r, const struct declared *object, const struct spot *spot,
		    const char *fmt, ...) _printf_(4, 5);
/* Counts what no finding says; result is that of the last step, or -E2BIG when no steps were left. */
int relations_end(const struct relations *r, int result);

/*
 * Can it be asked whom it selects? Only where something runs pods at all, and not of one with a wrong type in
 * it: that is told by OBJ-SHAPE.
 */
bool relations_can_select(const struct relations *r, const struct selector *selector);
