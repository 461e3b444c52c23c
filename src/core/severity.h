/* How bad a finding is. Ordered: a later value is worse. */
#pragma once

#include "base/compat.h"
#include "base/str.h"

enum severity {
	SEVERITY_NONE,	     /* for information; never gates */
	SEVERITY_NEGLIGIBLE, /* the vendor says it does not matter in practice */
	SEVERITY_LOW,
	SEVERITY_UNKNOWN, /* nobody rated it yet: a gate treats it as medium, for silence is never harmless */
	SEVERITY_MEDIUM,
	SEVERITY_HIGH,
	SEVERITY_CRITICAL,
	SEVERITY_MAX_
};

/* "none" … "critical"; never NULL. */
const char *severity_name(enum severity severity);
/* Reads such a name, whatever its case: 0 or -EINVAL. */
int severity_parse(struct str name, enum severity *ret);
/* Does it count at a gate that begins at threshold? */
bool severity_at_least(enum severity severity, enum severity threshold);
