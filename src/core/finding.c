/* Findings: see finding.h. */
#include "base/compat.h"

#include "core/check.h"
#include "core/finding.h"

const char *outcome_name(enum outcome outcome)
{
	static const char *const names[OUTCOME_MAX_] = {
		[OUTCOME_PASS] = "pass",
		[OUTCOME_FAIL] = "fail",
		[OUTCOME_NOT_APPLICABLE] = "not-applicable",
		[OUTCOME_UNKNOWN] = "unknown",
	};

	return outcome < OUTCOME_MAX_ ? names[outcome] : "?";
}

const char *subject_kind_name(enum subject_kind kind)
{
	static const char *const names[SUBJECT_KIND_MAX_] = {
		[SUBJECT_IMAGE] = "image",	 [SUBJECT_IMAGE_CONFIG] = "image-config",
		[SUBJECT_LAYER] = "layer",	 [SUBJECT_PACKAGE] = "package",
		[SUBJECT_FILE] = "file",	 [SUBJECT_OBJECT] = "object",
		[SUBJECT_HOST] = "host",	 [SUBJECT_CONTAINER] = "container",
		[SUBJECT_ENDPOINT] = "endpoint", [SUBJECT_EVENT] = "event",
		[SUBJECT_DATABASE] = "database", [SUBJECT_MANIFESTS] = "manifests",
	};

	return kind < SUBJECT_KIND_MAX_ ? names[kind] : "?";
}

/* What a person reads first: failures, then what could not be looked at, then the rest. */
static int outcome_rank(enum outcome outcome)
{
	switch (outcome) {
	case OUTCOME_FAIL:
		return 0;
	case OUTCOME_UNKNOWN:
		return 1;
	default:
		return 2 + (int)outcome;
	}
}

static int compare_uint(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

/* Where and what: so that the order is total and qsort's lack of stability cannot show. */
static int compare_places(const struct finding *a, const struct finding *b)
{
	int r;

	if ((r = str_cmp(a->where.path, b->where.path)))
		return r;
	if ((r = compare_uint(a->where.line, b->where.line)))
		return r;
	if ((r = compare_uint(a->where.column, b->where.column)))
		return r;
	if ((r = str_cmp(a->where.field, b->where.field)))
		return r;
	if (a->where.layer != b->where.layer)
		return a->where.layer < b->where.layer ? -1 : 1;
	return str_cmp(a->message, b->message);
}

static struct str vulnerability_id(const struct finding *f)
{
	return f->vulnerability ? f->vulnerability->id : STR_NULL;
}

int finding_compare(const void *a_, const void *b_)
{
	const struct finding *a = a_, *b = b_;
	int r;

	if ((r = outcome_rank(a->outcome) - outcome_rank(b->outcome)))
		return r;
	if (a->severity != b->severity)
		return a->severity > b->severity ? -1 : 1;
	if ((r = strcmp(a->check->id, b->check->id)))
		return r;
	if ((r = str_cmp(a->subject.name, b->subject.name)))
		return r;
	if ((r = str_cmp(vulnerability_id(a), vulnerability_id(b))))
		return r;
	return compare_places(a, b);
}
