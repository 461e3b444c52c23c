/* See emit.h. */
#include "base/compat.h"

#include "checks/emit.h"

const char *plural_s(size_t n)
{
	return n == 1 ? "" : "s";
}

int emit_message(const struct check_run *run, struct finding *f, struct str message)
{
	if (!message.ptr)
		return -ENOMEM;
	f->message = message;
	return check_emit(run, f);
}

struct finding precondition(const struct check_run *run, bool met)
{
	struct finding f = check_finding(run, met ? OUTCOME_PASS : OUTCOME_UNKNOWN);

	if (met)
		f.severity = f.severity_before = SEVERITY_NONE;
	return f;
}

int emit_met(const struct check_run *run, struct str message)
{
	struct finding f = precondition(run, true);

	return emit_message(run, &f, message);
}
