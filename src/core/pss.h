/*
 * Pod Security Standards (kubernetes.io/docs/concepts/security/pod-security-standards), which are versioned
 * like Kubernetes itself: the level and version that pods are held to.
 */
#pragma once

#include "base/compat.h"
#include "base/err.h"
#include "base/str.h"

enum pss_level { PSS_PRIVILEGED, PSS_BASELINE, PSS_RESTRICTED };

/* The newest version that the rows know: "latest". */
enum { PSS_LATEST = 37 };

struct pss {
	enum pss_level level;
	unsigned minor; /* 1.minor */
	/* Judged by that standard alone, where a control of restricted takes the place of the one of baseline
	 * that it narrows. Otherwise both are told, each for its own part. */
	bool alone;
};

/*
 * "baseline", "restricted:1.25", "restricted:v1.25", "baseline:latest": 0 with .alone set, or -ERR_USAGE
 * with a message. A version newer than PSS_LATEST is refused: nobody here knows what it asks.
 */
int pss_parse(const char *text, struct pss *ret, struct err *err);
/* "privileged", "baseline", "restricted". */
const char *pss_level_name(enum pss_level level);
