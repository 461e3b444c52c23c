/* What the rows about several objects share. */
#pragma once

#include "base/compat.h"
#include "checks/inputs.h"
#include "core/check.h"

/* What one run of such a row has come to. */
struct relations {
	const struct check_run *run;
	const struct manifests *manifests;
	bool judged; /* there was something to say something about */
	size_t n_failed;
};

/* Of one object alone nothing can be said: false. */
bool relations_begin(struct relations *r, const struct check_run *run);
/* A failure of that object at a place in it; NULL: at the object itself. */
int relations_fault(struct relations *r, const struct declared *object, const struct spot *spot,
		    const char *fmt, ...) _printf_(4, 5);
/* Counts what no finding says; result is that of the last step. */
int relations_end(const struct relations *r, int result);
