/*
 * Vulnerabilities grouped by the source package that has them, since that is what gets upgraded: what to
 * do first comes first. Facts to print, nothing printed.
 */
#pragma once

#include "base/arena.h"
#include "base/compat.h"
#include "core/finding.h"

/* Worth a mark beside the id: one in ten such is exploited within a month. */
#define EPSS_HIGH 0.1

/* One vulnerability of one source package, whatever number of its packages are installed. */
struct vuln_entry {
	const struct finding *const *findings; /* worst first */
	size_t n_findings;
	const struct vulnerability *vulnerability; /* of the first finding */
	enum severity severity;			   /* the worst */
	bool gates;				   /* one of the findings does */
};

/* In CISA's catalogue of known exploited vulnerabilities? */
bool vuln_entry_is_exploited(const struct vuln_entry *entry);
/* 0 when it is not known. */
double vuln_entry_epss(const struct vuln_entry *entry);

/* What one version of a source package has that goes away with one upgrade. */
struct vuln_group {
	struct str source, installed;
	struct str wanted; /* what to upgrade to; empty without a fix */
	struct vuln_entry
		*entries; /* exploited first, then worst, then likeliest to be exploited */
	size_t n_entries;
	size_t by_severity[SEVERITY_MAX_];
	enum severity worst;
	bool gates;
	size_t n_exploited;
	double epss; /* the highest */
};

struct vuln_groups {
	struct vuln_group *items; /* exploited first, then worst */
	size_t len;
	/* Sums; a source that is installed in two versions has two groups and is one source. */
	size_t by_severity[SEVERITY_MAX_];
	size_t n_vulnerabilities, n_exploited, n_sources, n_packages;
	size_t n_gating_vulnerabilities, n_gating_packages;
};

/*
 * Groups n findings, each with a vulnerability; sorts them in place. Everything is in the arena and points
 * to the findings. Returns 0 or -ENOMEM.
 */
int vuln_groups_make(struct arena *arena, const struct finding **findings, size_t n,
		     struct vuln_groups *ret);
