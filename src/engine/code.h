/*
 * One inspection of sources: manifests among the files of directories, judged by the rows about objects.
 */
#pragma once

#include "base/compat.h"
#include "base/err.h"
#include "base/str.h"
#include "core/policy.h"
#include "core/pss.h"
#include "core/result.h"

struct code_options {
	struct pss pss;	       /* with pss.alone nothing but that standard is judged */
	unsigned target_minor; /* Kubernetes 1.N that objects are to run on */
	const char *const *kinds, *const *namespaces; /* none: all */
	size_t n_kinds, n_namespaces;
	bool no_annotations; /* annotations waive nothing */
	bool no_render;	     /* helm and kustomize are not run */
	bool explain;	     /* reporters show why */
	bool offline;	     /* nor is kustomize alone, which may fetch what it builds on */
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
