/*
 * What the user decided: waivers, re-grades, and the gate. Read from cscplate-policy.yaml
 * (docs/policy.md has the whole of it):
 *
 *   version: 1
 *   gate: { fail-on: high, unfixed: false, accept-unknown: [IMG-EOL] }
 *   waivers:
 *     - id: CVE-2023-1234            # a check id, or any name of a vulnerability
 *       scope: { package: openssl, path: "/usr/lib/?*", image: "registry/app:?*" }
 *       reason: not reachable, see TICKET-7
 *       expires: 2026-12-31
 *   regrade:
 *     - { id: IMG-EOL, severity: low, scope: {…}, reason: … }
 *
 * One policy is applied to every finding of every engine, here and nowhere else. What an object's own annotations
 * waive (engine/object_waivers.h) is looked up before, and is the policy's to overrule.
 */
#pragma once

#include "base/arena.h"
#include "base/compat.h"
#include "base/err.h"
#include "base/str.h"
#include "core/finding.h"
#include "core/severity.h"

/* All patterns that are set must match; '*' and '?' as in fnmatch(3) without path rules. */
struct scope {
	struct str package, source, path, image, field;
	struct str object; /* "Deployment shop/web", "service db" */
};

struct waiver {
	struct str id;
	struct scope scope;
	struct str reason;
	struct str expires; /* "YYYY-MM-DD", the last day that it holds; empty: never */
	uint32_t line;	    /* in the policy file */
	bool used;	    /* set by policy_apply */
};

struct regrade {
	struct str id;
	struct scope scope;
	enum severity severity;
	struct str reason;
	uint32_t line;
	bool used; /* set by policy_apply */
};

/* The threshold that nothing reaches: "fail-on: never". */
#define GATE_NEVER SEVERITY_MAX_

struct gate {
	enum severity
		fail_on; /* findings at or above it count; default low; GATE_NEVER: none does */
	bool unfixed;	 /* vulnerabilities without a fix count too */
	const struct str *
		accept_unknown; /* check ids whose unknown findings do not make a result incomplete */
	size_t n_accept_unknown;
};

struct policy {
	struct str path; /* the file, for messages; empty for the built-in policy */
	struct gate gate;
	struct waiver *waivers;
	size_t n_waivers;
	struct regrade *regrades;
	size_t n_regrades;
	struct str today; /* "YYYY-MM-DD": waivers that expire before it no longer hide */
};

/* The words for a gate: "negligible", "low", "medium", "high", "critical", "never". */
const char *gate_name(enum severity fail_on);
/* Reads such a word: 0 or -EINVAL. */
int gate_parse(struct str word, enum severity *ret);

/* The built-in policy: no waivers, gate at low, unfixed not counted. today is copied as a slice. */
struct policy policy_default(struct str today);

/*
 * Reads YAML into *policy (which holds defaults before). name is for messages, which have the form
 * "cannot read policy 'FILE': line 3, column 5: …". Unknown keys, bad severities, dates that do not
 * exist, a waiver without id or reason, an id with '*' or '?' are errors. What it keeps is copied into arena.
 */
int policy_parse(struct policy *policy, struct arena *arena, const char *name, struct str text,
		 struct err *err);

/* Can anything of that image be in the scope? What is for other images says nothing about this one. */
bool scope_has_image(const struct scope *scope, struct str image);

/*
 * Sets severity, severity_before, waiver, expired_waiver and gates of the finding, once. image is matched
 * by scope.image. Of several re-grades that match the last counts; only what failed or is unknown can be
 * waived. A waiver that the finding has already (an annotation beside its subject) stays unless one of the
 * policy's takes its place.
 */
void policy_apply(const struct policy *policy, struct str image, struct finding *finding);
