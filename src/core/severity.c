/* Severities: see severity.h. */
#include "base/compat.h"

#include "core/severity.h"

static const char *const names[SEVERITY_MAX_] = {
	[SEVERITY_NONE] = "none",	  [SEVERITY_NEGLIGIBLE] = "negligible",
	[SEVERITY_LOW] = "low",		  [SEVERITY_UNKNOWN] = "unknown",
	[SEVERITY_MEDIUM] = "medium",	  [SEVERITY_HIGH] = "high",
	[SEVERITY_CRITICAL] = "critical",
};

const char *severity_name(enum severity severity)
{
	return severity < SEVERITY_MAX_ ? names[severity] : "unknown";
}

int severity_parse(struct str name, enum severity *ret)
{
	for (enum severity s = 0; s < SEVERITY_MAX_; s++) {
		if (str_eq_nocase(name, str_from(names[s]))) {
			*ret = s;
			return 0;
		}
	}
	return -EINVAL;
}

bool severity_at_least(enum severity severity, enum severity threshold)
{
	if (severity == SEVERITY_UNKNOWN)
		severity = SEVERITY_MEDIUM;
	return severity != SEVERITY_NONE && severity >= threshold;
}
