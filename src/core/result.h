/*
 * What one inspection yields, whoever made it: what was looked at, how far, and the findings. This is
 * all that reporters see.
 */
#pragma once

#include "base/arena.h"
#include "base/compat.h"
#include "base/vec.h"
#include "core/distro.h"
#include "core/finding.h"
#include "core/image.h"
#include "core/package.h"
#include "core/policy.h"
#include "core/question.h"

enum coverage_kind {
	COVERAGE_INPUT, /* a layer, directory or file that was read, or could not be */
	COVERAGE_FEED,	/* a shard of the advisory database that was asked */
	COVERAGE_GAP,	/* something known to be outside what the sources can tell */
	COVERAGE_KIND_MAX_
};

const char *coverage_kind_name(enum coverage_kind kind);

struct coverage {
	enum coverage_kind kind;
	struct str name;   /* "layer 2 sha256:…", "Debian:12" */
	struct str detail; /* "14,012 entries, 425 MB", "snapshot 2026-08-21, 34,027 entries" */
	bool complete;
};

/* How often a check came to each outcome. Subjects that come by the thousand are counted when they pass, not
 * told one by one. */
struct tally {
	const struct check *check;
	size_t n[OUTCOME_MAX_];
};

/* What `cscplate --version` and every report name. */
#define CSCPLATE_NAME "cscplate"

struct result {
	struct arena *arena; /* all strings below; owned by whoever made the result */
	struct str command;  /* "image" */
	struct str target;   /* as the user wrote it */
	bool has_image;
	struct image image;
	struct distro distro;
	const struct package *packages; /* sorted by package_compare */
	size_t n_packages;
	VEC(struct coverage) coverage;
	/* With policy applied. By outcome, severity and check as finding_compare() has it; within these by it, too,
	 * or, of objects, as they stand in their files. */
	VEC(struct finding) findings;
	VEC(struct tally) tallies; /* of checks that count instead of telling what passed */
	const struct policy *policy;
	struct str database;	  /* path of the advisory database, or empty */
	struct str database_date; /* RFC 3339 of its newest record, or empty */
	/* The packages were held against the advisories of their distribution: not with --inventory, nor
	 * without a database that has them. A result that was not compared meets no gate. */
	bool compared;
	/* The one standard that was judged by ("Pod Security Standard restricted, version 1.31"), or empty. */
	struct str standard;
	bool list_files; /* reporters may list the files that packages own */
	bool explain;	 /* reporters show why each finding is one */
};

#define RESULT_INIT ((struct result){0})
void result_release(struct result *result); /* the vectors; not the arena */

int result_cover(struct result *result, enum coverage_kind kind, bool complete, struct str name,
		 struct str detail);

/* Does the policy take it that this check could not be assessed (gate.accept-unknown)? */
bool result_accepts_unknown(const struct result *result, const struct check *check);

/*
 * Would this vulnerability count at the gate, had anyone rated it? At a threshold above what unknown counts
 * as (medium), silence would else pass for harmless. Not so with "fail-on: never".
 */
bool result_passes_over(const struct result *result, const struct finding *finding);

/* Counts for the closing lines of every reporter and for the exit code. */
struct result_summary {
	size_t by_severity[SEVERITY_MAX_]; /* failed, not waived */
	size_t fixable[SEVERITY_MAX_];	   /* of these, vulnerabilities that have a fix */
	size_t failed;			   /* outcome fail, not waived */
	size_t waived;			   /* failed or unknown, and waived */
	size_t unknown;		 /* neither waived nor accepted: they make a result incomplete */
	size_t unknown_accepted; /* by gate.accept-unknown */
	size_t unrated; /* failed, but passed over (result_passes_over): they make it incomplete, too */
	size_t unrated_accepted; /* by gate.accept-unknown */
	size_t gating, expired_waivers;
};

struct result_summary result_summarize(const struct result *result);

/* 0 met the gate, 1 did not, 3 incomplete: an unknown finding, or a vulnerability that the gate passes over
 * since nobody rated it, that the policy does not accept. A gate that was not met comes first. */
int result_exit_code(const struct result *result);

/*
 * The answers that the findings give to every question: no when something failed, partly when something
 * is unknown or waived, yes when something passed. A vulnerability without a fix counts as passed: the
 * question is about those that have one. What is for information only (severity none) answers nothing,
 * be it a failure or a precondition that was met. Where nothing was compared with advisories, the question
 * about vulnerabilities is never answered by yes.
 */
void result_answers(const struct result *result, enum answer answers[QUESTION_MAX_]);
