/*
 * Failures at one place of an object, for rows with SUBJECT_OBJECT: what is wrong there, and the lines that
 * would mend it. Rows with SUBJECT_MANIFESTS speak of objects that are gone by then, and have
 * relations_fault() of checks/object/relations.h instead.
 */
#pragma once

#include "base/compat.h"
#include "core/check.h"
#include "core/object.h"
#include "core/workload.h"

struct fault {
	struct place place; /* a mapping, or one that its path says should be there */
	/* Below it: "securityContext.privileged", "ports[2].hostPort"; NULL: the place itself */
	const char *field;
	struct str seen; /* the value there; empty: none */
	/* To be written there, as a flow value of YAML: "true", "[ALL]"; NULL: nothing to write */
	const char *wanted;
	bool remove; /* what is there should go */
	/* What should go instead of that, whole, wherever it is: by its path alone */
	const struct str *gone;
	size_t n_gone;
	enum severity severity; /* SEVERITY_NONE or SEVERITY_UNKNOWN: the row's */
};

/*
 * Emits a failure at that place, with the line and column of the deepest part of the field that is there, and
 * the edit. The message is as for check_emitf(): one sentence that names container or field, without the
 * object's own name, so that the same fault of a thousand objects reads the same.
 *
 * The edit is lines that begin with "- " (there now, to go), "+ " (to be written) or two blanks (where that is),
 * as the document writes them: YAML in blocks, JSON with what is below a key on the key's line, or a unit. Commas
 * between lines of JSON are for whoever writes them. A list that would be left empty goes with its key.
 */
int emit_fault(const struct check_run *run, const struct fault *fault, const char *fmt, ...)
	_printf_(3, 4);
/* The same with another outcome (unknown). */
int emit_at(const struct check_run *run, enum outcome outcome, const struct fault *fault,
	    const char *fmt, ...) _printf_(4, 5);

/* Has a volume of the object's workload go, and the mounts of it: 0 or -ENOMEM. */
int fault_take_out_volume(const struct check_run *run, const struct volume *volume,
			  struct fault *fault);
