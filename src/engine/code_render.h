/*
 * Charts and kustomizations among files, turned into the manifests that they stand for by the user's own
 * helm and kustomize. Their output is bytes to be read in the confined process like any file's.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/compat.h"
#include "base/err.h"
#include "base/vec.h"
#include "engine/code_judge.h"

struct rendering {
	struct code_file file; /* its bytes are out's; or skip says why there are none */
	struct buf out;
};

VEC_TYPE(renderings, struct rendering);
void renderings_release(struct renderings *r);

/*
 * Renders every chart and kustomization whose file is among the n files below root, and takes what went
 * into it off the list. What its program is missing for stays, and gets a rendering that says so. Returns
 * 0 or a negative code.
 */
int renderings_make(struct renderings *ret, const char *root, bool offline, struct code_file *files,
		    size_t *n, struct arena *arena, struct err *err);
