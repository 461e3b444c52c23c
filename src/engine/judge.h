/*
 * Judging objects: the rows about objects are run on each as it comes, and those about what objects say of
 * each other once all have come. Whose objects they are (files, an API, an admission request) is for the
 * caller to know. Nothing is read here and nothing kept but what relations need.
 */
#pragma once

#include "base/compat.h"
#include "base/str.h"
#include "core/finding.h"
#include "core/object.h"
#include "core/pss.h"

struct unreadable;
struct unrendered;

struct judge_options {
	struct pss pss;	       /* with pss.alone no other rows are run */
	unsigned target_minor; /* Kubernetes 1.N that objects are to run on */
	const char *const *kinds, *const *namespaces; /* none: all */
	size_t n_kinds, n_namespaces;
	bool no_annotations; /* annotations waive nothing */
};

/* A row and what came of it so far. */
struct judge_row {
	const struct check *check;
	size_t number;		/* check_at() */
	size_t n[OUTCOME_MAX_]; /* how often */
};

/* Takes what failed or is unknown, and why an annotation of its object waives it (or an empty text). Texts are
 * valid during the call. Returns 0 or a negative code, which ends the judging. */
typedef int judge_fn(void *arg, const struct finding *finding, size_t row, struct str waived);

/* What the caller could not hand over. */
struct judge_gaps {
	const struct unreadable *unreadable; /* files: path and reason */
	size_t n_unreadable;
	const struct unrendered *templates; /* charts and kustomizations, too */
	size_t n_templates;
};

struct judge;

/* options and what they point to must stay. 0 or -ENOMEM. */
int judge_new(const struct judge_options *options, judge_fn *take, void *arg, struct judge **ret);
void judge_free(struct judge *judge);
static inline void judge_freep(struct judge **judge)
{
	judge_free(*judge);
}
#define _cleanup_judge_ _cleanup_(judge_freep)

/* One object, which may go afterwards. 0 or a negative code: -ENOMEM or what take returned. */
int judge_object(struct judge *judge, const struct object *object);
/* All have come: the rows about relations, and about what could not be judged. */
int judge_finish(struct judge *judge, const struct judge_gaps *gaps);

const struct judge_row *judge_rows(const struct judge *judge, size_t *ret_n);
/* Objects that were judged, those left out by kind and namespace not counted. */
size_t judge_n_objects(const struct judge *judge);
/* Kinds of custom resources that came, each once: no row looks into them. */
const struct str *judge_customs(const struct judge *judge, size_t *ret_n);
