/*
 * The questions of the checklist, and how findings answer them. A question is what a person asks; its
 * answer is derived, never stored.
 */
#pragma once

#include "base/compat.h"
#include "base/str.h"

enum stage {
	STAGE_CODE,
	STAGE_BUILD,
	STAGE_TEST,
	STAGE_DEPLOY,
	STAGE_HOSTS,
	STAGE_RUN,
	STAGE_OBSERVE,
	STAGE_MAX_
};

enum question_id {
#define QUESTION(name, id, area, stage, text) name,
#include "core/questions.def"
#undef QUESTION
	QUESTION_MAX_
};

struct question {
	const char *id, *area, *text;
	enum stage stage;
};

extern const struct question questions[QUESTION_MAX_];

const char *stage_name(enum stage stage);

enum answer {
	ANSWER_NOT_ASSESSED, /* no check looked */
	ANSWER_YES,	     /* all that could be assessed passed, and all could */
	ANSWER_PARTLY,	     /* nothing failed, but something could not be assessed */
	ANSWER_NO,	     /* something failed */
	ANSWER_MAX_
};

/* "not assessed", "yes", "partly", "no". */
const char *answer_name(enum answer answer);
