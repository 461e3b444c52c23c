/* The questions of the checklist: see question.h. */
#include "base/compat.h"

#include "core/question.h"

const struct question questions[QUESTION_MAX_] = {
#define QUESTION(name, id_, area_, stage_, text_) \
	[name] = {.id = (id_), .area = (area_), .text = (text_), .stage = (stage_)},
#include "core/questions.def"
#undef QUESTION
};

const char *stage_name(enum stage stage)
{
	static const char *const names[STAGE_MAX_] = {
		[STAGE_CODE] = "code",	     [STAGE_BUILD] = "build", [STAGE_TEST] = "test",
		[STAGE_DEPLOY] = "deploy",   [STAGE_HOSTS] = "hosts", [STAGE_RUN] = "run",
		[STAGE_OBSERVE] = "observe",
	};

	return stage < STAGE_MAX_ ? names[stage] : "?";
}

const char *answer_name(enum answer answer)
{
	static const char *const names[ANSWER_MAX_] = {
		[ANSWER_NOT_ASSESSED] = "not assessed",
		[ANSWER_YES] = "yes",
		[ANSWER_PARTLY] = "partly",
		[ANSWER_NO] = "no",
	};

	return answer < ANSWER_MAX_ ? names[answer] : "?";
}
