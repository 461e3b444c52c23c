/* What run functions of every area need to say what they found. */
#pragma once

#include "base/compat.h"
#include "core/check.h"
#include "core/object.h"
#include "core/workload.h"

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

/* --- Objects (SUBJECT_OBJECT) -------------------------------------------------------------------- */

/* What is wrong at one place of an object, and what would mend it. */
struct fault {
	struct place place; /* a mapping, or one that its path says should be there */
	const char *
		field; /* below it: "securityContext.privileged", "ports[2].hostPort"; NULL: itself */
	struct str seen; /* the value there; empty: none */
	const char *
		wanted; /* to be written there, as a flow value: "true", "[ALL]"; NULL: nothing to write */
	bool remove;		/* what is there should go */
	enum severity severity; /* SEVERITY_NONE or SEVERITY_UNKNOWN: the row's */
};

/*
 * Emits a failure at that place, with the line and column of the deepest part of the field that is there,
 * and the edit in the words of the object's format. The message is as for check_emitf(): one sentence that
 * names container or field, without the object's own name, so that the same fault of a thousand objects
 * reads the same.
 */
int emit_fault(const struct check_run *run, const struct fault *fault, const char *fmt, ...)
	_printf_(3, 4);
/* The same with another outcome (unknown). */
int emit_at(const struct check_run *run, enum outcome outcome, const struct fault *fault,
	    const char *fmt, ...) _printf_(4, 5);
