/* Could the sources be looked at? Rows are run on struct manifests_input. */
#include "base/compat.h"

#include "checks/emit.h"
#include "checks/inputs.h"
#include "core/check.h"

/* A finding about one file. */
static struct finding file_finding(const struct check_run *run, struct str path)
{
	struct finding f = check_finding(run, OUTCOME_UNKNOWN);

	f.subject = (struct subject){.kind = SUBJECT_FILE, .name = path};
	f.where.path = path;
	return f;
}

/* "line 3, column 5: …" → where that is; what follows is the reason. */
static struct str read_place(struct str reason, struct where *where)
{
	struct str rest = reason, line, column;

	if (!str_starts(rest, STR("line ")))
		return reason;
	rest = str_from_offset(rest, strlen("line "));
	if (!str_split(&rest, ',', &line) || !rest.ptr || !str_starts(rest, STR(" column ")))
		return reason;
	rest = str_from_offset(rest, strlen(" column "));
	if (!str_split(&rest, ':', &column) || !rest.ptr || str_parse_u32(line, &where->line) < 0 ||
	    str_parse_u32(column, &where->column) < 0)
		return reason;
	return str_trim(rest);
}

static int code_readable(struct check_run *run)
{
	const struct manifests_input *in = run->input;

	for (size_t i = 0; i < in->n_unreadable; i++) {
		const struct unreadable *u = &in->unreadable[i];
		struct finding f = file_finding(run, u->path);
		struct str reason = read_place(u->reason, &f.where);
		int r = emit_message(
			run, &f,
			arena_printf(run->sink->arena, "cannot be judged: %.*s", STR_FMT(reason)));

		if (r < 0)
			return r;
	}
	return in->n_unreadable ? 0 : emit_met(run, STR("every file could be read"));
}

static int code_rendered(struct check_run *run)
{
	const struct manifests_input *in = run->input;

	for (size_t i = 0; i < in->n_templates; i++) {
		const struct unrendered *t = &in->templates[i];
		struct finding f = file_finding(run, t->path);
		int r;

		f.remedy = t->remedy;
		r = emit_message(run, &f,
				 arena_printf(run->sink->arena,
					      "not assessed: it must be rendered before anybody "
					      "can say what it means%s%.*s",
					      t->reason.len ? ", and " : "", STR_FMT(t->reason)));
		if (r < 0)
			return r;
	}
	return in->n_templates ? 0 : emit_met(run, STR("nothing had to be rendered"));
}

static int code_found(struct check_run *run)
{
	const struct manifests_input *in = run->input;

	if (in->n_objects && !in->n_judged)
		return check_emitf(run, OUTCOME_UNKNOWN,
				   "none of %zu object%s is of the kinds and namespaces asked for",
				   in->n_objects, plural_s(in->n_objects));
	if (in->n_objects || in->n_unreadable || in->n_templates)
		return emit_met(run, STR("there are manifests"));
	return check_emitf(run, OUTCOME_UNKNOWN, "no manifest of a known kind was found");
}

/* clang-format off */
static const struct check checks[] = {
	{
		.id = "CODE-READ",
		.title = "file could not be read or understood",
		.question = Q_BUILD_3,
		.aside = true,
		.severity = SEVERITY_MEDIUM,
		.subject = SUBJECT_MANIFESTS,
		.refs = REFS({REF_NIST_190, "4.3.4"}),
		.remedy = "mend the file at the line that is named; leave files that are no manifests out of what is "
			  "inspected",
		.always = true,
		.run = code_readable,
	},
	{
		.id = "CODE-TEMPLATE",
		.title = "template was not rendered",
		.question = Q_BUILD_3,
		.aside = true,
		.severity = SEVERITY_MEDIUM,
		.subject = SUBJECT_MANIFESTS,
		.refs = REFS({REF_NIST_190, "4.3.4"}),
		.remedy = "install helm or kustomize, or render it first and inspect what comes out: "
			  "helm template CHART | cscplate code -",
		.always = true,
		.run = code_rendered,
	},
	{
		.id = "CODE-FOUND",
		.title = "no manifest was found",
		.question = Q_BUILD_3,
		.aside = true,
		.severity = SEVERITY_MEDIUM,
		.subject = SUBJECT_MANIFESTS,
		.refs = REFS({REF_NIST_190, "4.3.4"}),
		.remedy = "name the files themselves: what lies below a directory is only read when it is called "
			  "*.yaml, *.yml, *.json or like a Quadlet unit",
		.always = true,
		.run = code_found,
	},
};
/* clang-format on */

CHECK_AREA(code, "sources");
