/*
 * One inspection of sources: manifests among the files of directories, judged by the rows about objects.
 */
#pragma once

#include "base/compat.h"
#include "base/err.h"
#include "base/str.h"
#include "core/policy.h"
#include "core/result.h"
#include "engine/judge.h"

struct code_options {
	struct judge_options judge;
	bool no_render; /* helm and kustomize are not run */
	bool explain;	/* reporters show why */
	bool offline;	/* nor is kustomize alone, which may fetch what it builds on */
	const struct policy *policy;
};

/* A finished inspection; it owns everything that its result points to. */
struct code;

/*
 * Inspects files, directories with all below them, and standard input ("-"). An error means that there is no
 * result: a path cannot be opened. A file that cannot be read or understood is an unknown finding.
 */
int code_inspect(const char *const *paths, size_t n_paths, const struct code_options *options,
		 struct code **ret, struct err *err);

const struct result *code_result(const struct code *code);

void code_free(struct code *code);
static inline void code_freep(struct code **code)
{
	code_free(*code);
}
#define _cleanup_code_ _cleanup_(code_freep)
