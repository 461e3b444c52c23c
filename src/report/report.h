/*
 * Reporters: one file per format, one row each. A reporter writes a finished result to a stream and
 * nothing else; it never decides what is worth telling.
 */
#pragma once

#include "base/compat.h"
#include "base/err.h"
#include "core/result.h"

struct report_options {
	bool color;	/* ANSI colours */
	unsigned width; /* columns of the terminal, 0 when it is none: no wrapping then */
	bool quiet;	/* only what gates */
	bool verbose;	/* also what passed or was waived */
};

struct reporter {
	const char *name;    /* "json": the value of --format */
	const char *summary; /* for --help */
	/* Returns 0 or a negative code; write errors show in ferror(out) too. */
	int (*write)(const struct result *result, const struct report_options *options, FILE *out,
		     struct err *err);
};

extern const struct reporter *const reporters[];
extern const size_t n_reporters;

/* The reporter of that name, or NULL. */
const struct reporter *reporter_find(struct str name);
