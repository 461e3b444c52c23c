/* What run functions of every area need to say what they found. */
#pragma once

#include "base/compat.h"
#include "core/check.h"
#include "core/finding.h"

/* "s" behind a noun, but for one. */
const char *plural_s(size_t n);

/* Emits f with that message, which is in the sink's arena; -ENOMEM when it is null. */
int emit_message(const struct check_run *run, struct finding *f, struct str message);

/*
 * A finding about something that others need in order to look: unknown unless met. That something could
 * be looked at is no answer to a question, so that what is met is for information, with severity none.
 */
struct finding precondition(const struct check_run *run, bool met);
/* Emits one that is met. */
int emit_met(const struct check_run *run, struct str message);
