/*
 * Charts and kustomizations among files, turned into the manifests that they stand for by the user's own
 * helm and kustomize. Their output is bytes to be read in the confined process like any file's; here it is
 * only cut where helm says that another template begins.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/compat.h"
#include "base/err.h"
#include "base/vec.h"
#include "engine/code_judge.h"

struct renderings {
	VEC(struct code_file) files; /* to be judged: what was rendered, or why it was not */
	VEC(struct buf) outputs;     /* the bytes behind them */
};

void renderings_release(struct renderings *r);

/*
 * Renders the charts and kustomizations below dir, of which the n files are sorted by name, and takes off the
 * list what goes into them:
 *
 * - of a chart its Chart.yaml and templates, and those of charts below its charts/, rendered or not, for they
 *   mean nothing as they are;
 * - of a kustomization, once it is rendered, its own file and what it lists, and of kustomizations that it lists
 *   the same. Those that others list are not rendered on their own. What no kustomization lists stays, and so
 *   does everything when it could not be rendered.
 *
 * What is not rendered (its program is missing, fails, or must not be run) is a file that says why. A lone
 * file (dir is -1) cannot be rendered. Returns 0 or a negative code.
 */
int renderings_make(struct renderings *ret, int dir, const struct code_options *options,
		    struct code_file *files, size_t *n, struct arena *arena, struct err *err);
