/* What check rows share: see check.h. */
#include "base/compat.h"

#include "base/buf.h"
#include "core/check.h"

/* A message is one sentence. */
enum { MESSAGE_MAX = 64 * 1024 };

const char *ref_standard_name(enum ref_standard standard)
{
	static const char *const names[REF_MAX_] = {
		[REF_CIS_DOCKER] = "CIS Docker Benchmark",
		[REF_CIS_KUBERNETES] = "CIS Kubernetes Benchmark",
		[REF_PSS] = "Kubernetes Pod Security Standards",
		[REF_NIST_190] = "NIST SP 800-190",
		[REF_NSA] = "NSA/CISA Kubernetes Hardening Guide",
		[REF_PCI] = "PCI DSS 4.0",
		[REF_GDPR] = "GDPR",
	};

	return standard < REF_MAX_ ? names[standard] : "?";
}

struct finding check_finding(const struct check_run *run, enum outcome outcome)
{
	const struct package *package = run->subject.package;

	return (struct finding){
		.check = run->check,
		.outcome = outcome,
		.severity = run->check->severity,
		.severity_before = run->check->severity,
		.subject = run->subject,
		.where.layer = package ? package->layer : LAYER_NONE,
	};
}

int check_emit(const struct check_run *run, const struct finding *finding)
{
	return run->sink->take(run->sink, finding);
}

int check_emitf(const struct check_run *run, enum outcome outcome, const char *fmt, ...)
{
	_cleanup_buf_ struct buf message = BUF_INIT(MESSAGE_MAX);
	struct finding finding = check_finding(run, outcome);
	va_list args;

	va_start(args, fmt);
	buf_vaddf(&message, fmt, args);
	va_end(args);
	if (message.status == -ENOMEM)
		return -ENOMEM;
	/* A name of many pages: what is wrong can be said without it. */
	finding.message = buf_status(&message, NULL) < 0
				  ? str_from(run->check->title)
				  : arena_str(run->sink->arena, buf_str(&message));
	if (!finding.message.ptr)
		return -ENOMEM;
	return check_emit(run, &finding);
}

int check_tally(const struct check_run *run, enum outcome outcome)
{
	run->sink->tally(run->sink, run->check, outcome);
	return 0;
}
