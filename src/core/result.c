/* Results: see result.h. */
#include "base/compat.h"

#include "core/check.h"
#include "core/result.h"

const char *coverage_kind_name(enum coverage_kind kind)
{
	static const char *const names[COVERAGE_KIND_MAX_] = {
		[COVERAGE_INPUT] = "input",
		[COVERAGE_FEED] = "feed",
		[COVERAGE_GAP] = "gap",
	};

	return kind < COVERAGE_KIND_MAX_ ? names[kind] : "?";
}

void result_release(struct result *result)
{
	vec_release(&result->coverage);
	vec_release(&result->findings);
	vec_release(&result->tallies);
}

int result_cover(struct result *result, enum coverage_kind kind, bool complete, struct str name,
		 struct str detail)
{
	struct coverage *coverage = vec_add(&result->coverage);

	if (!coverage)
		return -ENOMEM;
	*coverage = (struct coverage){
		.kind = kind, .name = name, .detail = detail, .complete = complete};
	return 0;
}

bool result_accepts_unknown(const struct result *result, const struct check *check)
{
	const struct policy *policy = result->policy;

	for (size_t i = 0; policy && i < policy->gate.n_accept_unknown; i++)
		if (str_eq(policy->gate.accept_unknown[i], str_from(check->id)))
			return true;
	return false;
}

bool result_passes_over(const struct result *result, const struct finding *f)
{
	const struct gate *gate = result->policy ? &result->policy->gate : NULL;

	return gate && gate->fail_on != GATE_NEVER && f->outcome == OUTCOME_FAIL && !f->waiver &&
	       !f->gates && f->severity == SEVERITY_UNKNOWN && f->vulnerability &&
	       (f->vulnerability->fixed_version.len > 0 || gate->unfixed) &&
	       !severity_at_least(SEVERITY_UNKNOWN, gate->fail_on);
}

static bool has_fix(const struct finding *f)
{
	return f->vulnerability && f->vulnerability->fixed_version.len > 0;
}

struct result_summary result_summarize(const struct result *result)
{
	struct result_summary s = {0};

	for (size_t i = 0; i < result->findings.len; i++) {
		const struct finding *f = &result->findings.items[i];

		if (f->outcome != OUTCOME_FAIL && f->outcome != OUTCOME_UNKNOWN)
			continue;
		s.gating += f->gates;
		s.expired_waivers += f->expired_waiver;
		if (f->waiver) {
			s.waived++;
		} else if (f->outcome == OUTCOME_FAIL) {
			s.failed++;
			s.by_severity[f->severity]++;
			s.fixable[f->severity] += has_fix(f);
			if (!result_passes_over(result, f))
				continue;
			if (result_accepts_unknown(result, f->check))
				s.unrated_accepted++;
			else
				s.unrated++;
		} else if (result_accepts_unknown(result, f->check)) {
			s.unknown_accepted++;
		} else {
			s.unknown++;
		}
	}
	return s;
}

int result_exit_code(const struct result *result)
{
	struct result_summary s = result_summarize(result);

	if (s.gating)
		return 1;
	return s.unknown || s.unrated ? 3 : 0;
}

/* What one finding says towards its question. */
enum voice { VOICE_NONE, VOICE_PASSED, VOICE_OPEN, VOICE_FAILED };

static enum voice voice_of(const struct finding *f)
{
	if (f->check->aside)
		return VOICE_NONE;
	switch (f->outcome) {
	case OUTCOME_PASS:
		/* Severity none marks a precondition: that packages were found answers no question. */
		return f->severity > SEVERITY_NONE ? VOICE_PASSED : VOICE_NONE;
	case OUTCOME_UNKNOWN:
		return VOICE_OPEN;
	case OUTCOME_FAIL:
		if (f->waiver)
			return VOICE_OPEN;
		/* The question about vulnerabilities is about those that have a fix. */
		if (f->vulnerability && !f->vulnerability->fixed_version.len)
			return VOICE_PASSED;
		return f->severity > SEVERITY_NONE ? VOICE_FAILED : VOICE_NONE;
	default:
		return VOICE_NONE;
	}
}

/* What passed without being told, or could not be told for what is wrong with its object. */
static enum voice voice_of_tally(const struct tally *t)
{
	if (t->check->aside || t->check->severity == SEVERITY_NONE)
		return VOICE_NONE;
	if (t->n[OUTCOME_UNKNOWN])
		return VOICE_OPEN;
	if (!t->n[OUTCOME_PASS])
		return VOICE_NONE;
	/* Manifests tell but a part of what a cluster is. */
	return t->check->question == Q_HOST_5 ? VOICE_OPEN : VOICE_PASSED;
}

void result_answers(const struct result *result, enum answer answers[QUESTION_MAX_])
{
	static const enum answer answer_of[] = {
		[VOICE_NONE] = ANSWER_NOT_ASSESSED,
		[VOICE_PASSED] = ANSWER_YES,
		[VOICE_OPEN] = ANSWER_PARTLY,
		[VOICE_FAILED] = ANSWER_NO,
	};
	enum voice loudest[QUESTION_MAX_] = {VOICE_NONE};

	for (size_t i = 0; i < result->findings.len; i++) {
		const struct finding *f = &result->findings.items[i];
		enum question_id q = f->check->question;

		if (q < QUESTION_MAX_)
			loudest[q] = MAX(loudest[q], voice_of(f));
	}
	for (size_t i = 0; i < result->tallies.len; i++) {
		const struct tally *t = &result->tallies.items[i];
		enum question_id q = t->check->question;

		if (q < QUESTION_MAX_)
			loudest[q] = MAX(loudest[q], voice_of_tally(t));
	}
	for (enum question_id q = 0; q < QUESTION_MAX_; q++)
		answers[q] = answer_of[loudest[q]];
	/* That the distribution is supported, say, is no answer where no vulnerability was looked for. */
	if (!result->compared && answers[Q_IMAGE_1] == ANSWER_YES)
		answers[Q_IMAGE_1] = ANSWER_NOT_ASSESSED;
}
