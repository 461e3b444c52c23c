/* Advisories: see advisory.h. */
#include "base/compat.h"

#include "core/advisory.h"

const char *vuln_status_name(enum vuln_status status)
{
	static const char *const names[VULN_STATUS_MAX_] = {
		[VULN_AFFECTED] = "affected",
		[VULN_WILL_NOT_FIX] = "will not fix",
		[VULN_FIX_DEFERRED] = "fix deferred",
		[VULN_END_OF_LIFE] = "end of life",
		[VULN_NOT_AFFECTED] = "not affected",
		[VULN_UNDER_INVESTIGATION] = "under investigation",
	};

	return status < VULN_STATUS_MAX_ ? names[status] : "?";
}
