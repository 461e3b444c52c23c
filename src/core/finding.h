/*
 * One check applied to one subject, with evidence: a CVE, a leaked key, a benchmark item, an admission
 * denial and a runtime alert are all this. Findings live in the arena of their result.
 */
#pragma once

#include "base/compat.h"
#include "base/str.h"
#include "core/advisory.h"
#include "core/image.h"
#include "core/package.h"
#include "core/severity.h"

struct check;
struct waiver;

enum outcome {
	OUTCOME_PASS,
	OUTCOME_FAIL,
	OUTCOME_NOT_APPLICABLE,
	OUTCOME_UNKNOWN, /* could not look; never folded into pass */
	OUTCOME_MAX_
};

/* "pass", "fail", "not-applicable", "unknown". */
const char *outcome_name(enum outcome outcome);

enum subject_kind {
	SUBJECT_IMAGE,
	SUBJECT_IMAGE_CONFIG,
	SUBJECT_LAYER,
	SUBJECT_PACKAGE,
	SUBJECT_FILE,
	SUBJECT_OBJECT,
	SUBJECT_HOST,
	SUBJECT_CONTAINER,
	SUBJECT_ENDPOINT,
	SUBJECT_EVENT,
	SUBJECT_DATABASE,
	SUBJECT_MANIFESTS,
	SUBJECT_KIND_MAX_
};

const char *subject_kind_name(enum subject_kind kind);

/* What a finding is about. name is always set; the rest where it makes sense. */
struct subject {
	enum subject_kind kind;
	struct str name; /* "openssl 1.1.1n-0+deb11u3", "deploy/web", an image reference… */
	const struct package *package;
};

/* Where a person would go and look. */
struct where {
	struct str path;
	uint32_t line, column; /* from 1; 0 when they say nothing */
	int layer;	       /* index into image.layers, or LAYER_NONE */
	struct str field;      /* path inside a document: ".spec.containers[0].image" */
};

struct finding {
	const struct check *check;
	enum outcome outcome;
	enum severity severity;	       /* after policy */
	enum severity severity_before; /* as the check gave it */
	struct subject subject;
	struct where where;
	struct str message;	 /* the evidence as one sentence, no full stop */
	struct str seen, wanted; /* the evidence as data, either may be empty */
	struct str remedy;	 /* what to do about this very finding; empty: the check's remedy */
	struct str edit; /* the lines to write there ("+ …") or take out ("- …"), or empty */
	const struct vulnerability *vulnerability; /* NULL unless it is one */

	const struct waiver *waiver; /* what hides it; NULL when nothing does */
	bool expired_waiver;	     /* a waiver for it exists but has run out */
	bool gates;		     /* counts against the gate */
};

/* Worst first, then by check, subject and vulnerability: for qsort over findings. */
int finding_compare(const void *a, const void *b);
