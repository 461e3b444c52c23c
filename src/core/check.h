/*
 * Checks: rows in the static tables of src/checks/<area>/. A row names what it asks, of what kind of
 * subject, with which references and remedy; the engine calls its run function on every such subject.
 */
#pragma once

#include "base/arena.h"
#include "base/compat.h"
#include "base/err.h"
#include "core/finding.h"
#include "core/question.h"
#include "core/severity.h"

enum ref_standard {
	REF_CIS_DOCKER,	    /* CIS Docker Benchmark */
	REF_CIS_KUBERNETES, /* CIS Kubernetes Benchmark */
	REF_PSS,	    /* Kubernetes Pod Security Standards */
	REF_NIST_190,	    /* NIST SP 800-190 */
	REF_NSA,	    /* NSA/CISA Kubernetes Hardening Guide */
	REF_PCI,	    /* PCI DSS 4.0 */
	REF_GDPR,	    /* Regulation (EU) 2016/679 */
	REF_MAX_
};

/* "CIS Docker Benchmark" and so on. */
const char *ref_standard_name(enum ref_standard standard);

struct ref {
	enum ref_standard standard;
	const char *clause; /* "4.1", cited, never quoted */
};

/* A row's references: .refs = REFS({REF_NIST_190, "4.1.1"}, {REF_PCI, "6.3.3"}) */
#define REFS(...)                      \
	(const struct ref[])           \
	{                              \
		__VA_ARGS__,           \
		{                      \
			REF_MAX_, NULL \
		}                      \
	}

struct check_run;

struct check {
	const char *id;	   /* "IMG-VULN": forever */
	const char *title; /* what is wrong when it fails, one short line */
	enum question_id question;
	enum severity severity;
	enum subject_kind subject;
	const struct ref *refs; /* ends with REF_MAX_; NULL for none */
	const char *remedy;	/* what to do, one sentence or two */
	/* What other tools call it, for annotations that silence them: "privileged-container CKV_K8S_16", or
	 * NULL. */
	const char *aliases;
	/* Its question is only the nearest one: neither a pass nor a failure of it is an answer. */
	bool aside;
	/* Could it be looked at at all? Such a row runs whichever others were chosen. */
	bool always;
	/* Looks at run->input and reports by check_emit(). Failing to look is an unknown finding; a
	 * negative return is for out of memory only. */
	int (*run)(struct check_run *run);
};

/* The rows of one area; src/checks/areas.def lists the areas. */
struct check_area {
	const char *name, *title;
	const struct check *checks;
	size_t n_checks;
};

#define CHECK_AREA(name_, title_)                                        \
	const struct check_area check_area_##name_ = {.name = #name_,    \
						      .title = (title_), \
						      .checks = checks,  \
						      .n_checks = ARRAY_LEN(checks)}

/* Where findings go. The engine owns it; every run shares it. */
struct finding_sink {
	struct arena *arena;
	/* Takes one complete finding; returns 0 or -ENOMEM. */
	int (*take)(struct finding_sink *sink, const struct finding *finding);
	/* Counts an outcome that needs no words: one of thousands of objects that pass. */
	void (*tally)(struct finding_sink *sink, const struct check *check, enum outcome outcome);
};

/*
 * What a run function is handed. input is the subject in full: its type follows from check->subject and
 * is said in the header of the area's subjects (checks/inputs.h).
 */
struct check_run {
	const struct check *check;
	struct subject subject;
	const void *input;
	struct finding_sink *sink;
};

/* A finding of this run with check, severity, subject and layer filled in; complete it, then emit. */
struct finding check_finding(const struct check_run *run, enum outcome outcome);
/* Hands it to the sink: 0 or -ENOMEM. */
int check_emit(const struct check_run *run, const struct finding *finding);
/* Both at once with a message. */
int check_emitf(const struct check_run *run, enum outcome outcome, const char *fmt, ...)
	_printf_(3, 4);
/* Only counts a pass or "not applicable" of this run; always 0. For subjects that come by the thousand. */
int check_tally(const struct check_run *run, enum outcome outcome);
