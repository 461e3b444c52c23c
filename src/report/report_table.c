/*
 * The result for a person: what was looked at, what to do first, what is left, whether the gate is met.
 * Vulnerabilities are grouped by source package, since that is what gets upgraded; other findings by
 * check. Sections are in the files table_*.c.
 */
#include "base/compat.h"

#include "core/check.h"
#include "report/report.h"
#include "report/table.h"
#include "report/verdict.h"

/* --- Small pieces -------------------------------------------------------------------------------- */

enum style table_severity_style(enum severity severity)
{
	static const enum style styles[SEVERITY_MAX_] = {
		[SEVERITY_NONE] = STYLE_FAINT,	   [SEVERITY_NEGLIGIBLE] = STYLE_FAINT,
		[SEVERITY_LOW] = STYLE_MILD,	   [SEVERITY_UNKNOWN] = STYLE_WARN,
		[SEVERITY_MEDIUM] = STYLE_WARN,	   [SEVERITY_HIGH] = STYLE_BAD,
		[SEVERITY_CRITICAL] = STYLE_WORST,
	};

	return severity < SEVERITY_MAX_ ? styles[severity] : STYLE_PLAIN;
}

const char *table_severity_name(enum severity severity)
{
	return severity == SEVERITY_UNKNOWN ? "unrated" : severity_name(severity);
}

struct cell table_severity(enum severity severity)
{
	return (struct cell){str_from(table_severity_name(severity)),
			     table_severity_style(severity)};
}

void table_section(struct table *t)
{
	if (t->began)
		page_line(&t->page);
	t->began = true;
}

void table_title(struct table *t, enum style style, const char *title)
{
	table_section(t);
	page_putf(&t->page, style, "%s", title);
}

void table_add_token(struct table *t, struct token_list *tokens, struct token token)
{
	struct token *slot = vec_add(tokens);

	if (slot)
		*slot = token;
	else
		t->page.status = -ENOMEM;
}

struct str table_told(struct table *t, const struct finding *f)
{
	if (!f->where.line && f->subject.kind == SUBJECT_FILE)
		return page_printf(&t->page, "%s: %s", safe(t, f->where.path), safe(t, f->message));
	if (!f->where.line)
		return f->message;
	return page_printf(&t->page, "%s:%" PRIu32 ": %s", safe(t, f->where.path), f->where.line,
			   safe(t, f->message));
}

void table_add_finding(struct table *t, struct finding_list *list, const struct finding *f)
{
	const struct finding **slot = vec_add(list);

	if (slot)
		*slot = f;
	else
		t->page.status = -ENOMEM;
}

/* --- Sorting findings out ------------------------------------------------------------------------ */

static void sort_out(struct table *t, const struct finding *f)
{
	bool fail = f->outcome == OUTCOME_FAIL, unknown = f->outcome == OUTCOME_UNKNOWN;

	if (!fail && !unknown) {
		table_add_finding(t, &t->rest, f);
		return;
	}
	if (f->expired_waiver)
		table_add_finding(t, &t->expired, f);
	if (f->waiver)
		table_add_finding(t, &t->waived, f);
	else if (unknown)
		table_add_finding(
			t, result_accepts_unknown(t->result, f->check) ? &t->accepted : &t->unknown,
			f);
	else if (f->subject.kind == SUBJECT_OBJECT)
		table_add_finding(t, &t->objects, f);
	else if (!f->vulnerability)
		table_add_finding(t, &t->failed, f);
	else if (f->severity == SEVERITY_NONE)
		table_add_finding(t, &t->informational, f);
	else if (f->vulnerability->fixed_version.len)
		table_add_finding(t, &t->fixable, f);
	else
		table_add_finding(t, &t->unfixed, f);
}

/* Without what has no say in the verdict. */
static void keep_decisive(const struct table *t, struct finding_list *list)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->len; i++) {
		const struct finding *f = list->items[i];

		if (f->gates || (result_passes_over(t->result, f) &&
				 !result_accepts_unknown(t->result, f->check)))
			list->items[kept++] = f;
	}
	list->len = kept;
}

static void make_groups(struct table *t, struct finding_list *list, struct vuln_groups *groups)
{
	if (vuln_groups_make(&t->page.arena, list->items, list->len, groups) < 0)
		t->page.status = -ENOMEM;
}

/* --- The checklist and the verdict --------------------------------------------------------------- */

static void write_checklist(struct table *t)
{
	static const enum style styles[ANSWER_MAX_] = {
		[ANSWER_NOT_ASSESSED] = STYLE_FAINT,
		[ANSWER_YES] = STYLE_GOOD,
		[ANSWER_PARTLY] = STYLE_WARN,
		[ANSWER_NO] = STYLE_BAD,
	};
	enum answer answers[QUESTION_MAX_];
	struct grid grid = {.n_columns = 3};

	result_answers(t->result, answers);
	for (enum question_id q = 0; q < QUESTION_MAX_; q++) {
		struct grid_row *row;

		if (answers[q] == ANSWER_NOT_ASSESSED)
			continue;
		row = grid_add(&t->page, &grid);
		if (!row)
			break;
		row->cells[0].text = str_from(questions[q].id);
		row->cells[1] =
			(struct cell){str_from(answer_name(answers[q])), styles[answers[q]]};
		row->cells[2].text = str_from(questions[q].text);
	}
	if (!grid.rows.len)
		return;
	table_title(t, STYLE_TITLE, "Checklist");
	page_line(&t->page);
	grid_finish(&t->page, &grid, 2);
}

static enum severity fail_on_of(const struct table *t)
{
	return t->result->policy ? t->result->policy->gate.fail_on : SEVERITY_LOW;
}

static struct str failed_text(struct table *t)
{
	struct page *page = &t->page;
	const char *fail_on = gate_name(fail_on_of(t));
	bool only_fixes = t->gating_fixable == t->summary.gating;

	const char *findings = page_plural(page, t->summary.gating, "finding", "findings");
	const char *upgrades =
		page_plural(page, t->fixable_groups.n_gating_packages, "package", "packages");
	if (!t->fixable_groups.n_gating_packages)
		return page_printf(page, "%s at or above %s", findings, fail_on);
	if (!only_fixes)
		return page_printf(page, "%s at or above %s: upgrade %s to be rid of %s", findings,
				   fail_on, upgrades, page_count(page, t->gating_fixable));
	return page_printf(page, "%s at or above %s %s a fix: upgrade %s",
			   page_plural(page, t->fixable_groups.n_gating_vulnerabilities,
				       "vulnerability", "vulnerabilities"),
			   fail_on,
			   t->fixable_groups.n_gating_vulnerabilities == 1 ? "has" : "have",
			   upgrades);
}

static struct str passed_text(struct table *t)
{
	enum severity fail_on = fail_on_of(t);

	if (fail_on == GATE_NEVER)
		return STR("by policy, no finding counts");
	return page_printf(&t->page, "nothing that counts is at or above %s", gate_name(fail_on));
}

static struct str unrated_text(struct table *t, size_t n, const char *which)
{
	struct page *page = &t->page;

	return page_printf(page, "%s%s could not be held against the gate at %s",
			   page_plural(page, n, "unrated vulnerability", "unrated vulnerabilities"),
			   which, gate_name(fail_on_of(t)));
}

static struct str join(struct table *t, struct str a, struct str b)
{
	return a.len ? page_printf(&t->page, "%s; %s", safe(t, a), safe(t, b)) : b;
}

/* What the gate says, and then whatever nobody can say. */
static struct str verdict_text(struct table *t, int code)
{
	struct page *page = &t->page;
	struct str text = STR_NULL;

	if (code == 1)
		text = failed_text(t);
	else if (code == 0 && t->result->compared)
		text = passed_text(t);
	if (t->summary.unknown)
		text = join(t, text,
			    page_printf(page, "%s could not be assessed",
					page_plural(page, t->summary.unknown, "thing", "things")));
	if (t->unrated)
		text = join(t, text, unrated_text(t, t->unrated, ""));
	if (t->unrated_accepted)
		text = join(t, text,
			    unrated_text(t, t->unrated_accepted, ", which the policy accepts,"));
	if (!t->result->compared)
		text = join(t, text, STR("the packages were not compared with advisories"));
	return text;
}

static void write_verdict(struct table *t)
{
	static const struct verdict {
		const char *word;
		enum style style;
		const char *meaning;
	} verdicts[] = {
		[0] = {"PASS", STYLE_GOOD, "the gate was met"},
		[1] = {"FAIL", STYLE_WORST, "the gate was not met"},
		[3] = {"INCOMPLETE", STYLE_WARN,
		       "nothing that was seen fails the gate, but not all could be seen"},
	};
	static const struct verdict not_compared = {"NOT COMPARED", STYLE_WARN,
						    "nothing else fails the gate"};
	int code = result_exit_code(t->result);
	const struct verdict *verdict =
		code == 0 && !t->result->compared ? &not_compared : &verdicts[code];
	const char *meaning = verdict->meaning;
	unsigned indent = (unsigned)strlen(verdict->word) + 2;
	struct page *page = &t->page;

	if (code == 3 && !t->summary.unknown)
		meaning = "nothing that was rated fails the gate, but not all was rated";
	table_section(t);
	page_putf(page, verdict->style, "%s", verdict->word);
	page_blanks(page, 2);
	page_wrap(page, STYLE_TITLE, indent, indent, verdict_text(t, code));
	page_blanks(page, indent);
	page_wrap(page, STYLE_FAINT, indent, indent,
		  page_printf(page, "exit status %d: %s", code, meaning));
	if (code != 3 || !t->unrated)
		return;
	page_blanks(page, indent);
	page_wrap(page, STYLE_FAINT, indent, indent,
		  STR("to do: rate them (regrade in the policy), count them (--fail-on medium), or "
		      "accept them (gate.accept-unknown: [IMG-VULN])"));
}

static void write_sections(struct table *t)
{
	bool quiet = t->options->quiet;

	if (!quiet)
		table_header(t);
	if (!quiet && !t->result->database.len && t->result->n_packages)
		table_inventory(t);
	if (t->fixable.len)
		table_fixable(t);
	if (t->unfixed.len)
		table_unfixed(t);
	if (t->informational.len && !quiet)
		table_informational(t);
	if (t->objects.len)
		table_objects(t, &t->objects);
	if (t->failed.len)
		table_checks(t, &t->failed, STYLE_TITLE, "Other findings");
	if (t->unknown.len)
		table_checks(t, &t->unknown, STYLE_WARN, "Could not be assessed");
	if (t->accepted.len && !quiet)
		table_checks(t, &t->accepted, STYLE_FAINT,
			     "Could not be assessed, which the policy accepts");
	if (t->expired.len)
		table_expired(t);
	if (t->waived.len && !quiet)
		table_waived(t);
	if (!quiet)
		table_unused(t);
	if (t->options->verbose && t->rest.len)
		table_rest(t);
	if (!quiet)
		write_checklist(t);
	write_verdict(t);
}

static int write_table(const struct result *result, const struct report_options *options, FILE *out,
		       struct err *err)
{
	struct table t = {.page = PAGE_INIT(out, options->color, options->width),
			  .result = result,
			  .options = options,
			  .summary = result_summarize(result)};
	struct finding_list *const lists[] = {&t.fixable, &t.unfixed, &t.informational, &t.objects,
					      &t.failed,  &t.unknown, &t.accepted,	&t.waived,
					      &t.expired, &t.rest};
	int r;

	for (size_t i = 0; i < result->findings.len; i++)
		sort_out(&t, &result->findings.items[i]);
	for (size_t i = 0; i < t.fixable.len; i++)
		t.gating_fixable += t.fixable.items[i]->gates;
	if (options->quiet) {
		keep_decisive(&t, &t.fixable);
		keep_decisive(&t, &t.unfixed);
		keep_decisive(&t, &t.objects);
		keep_decisive(&t, &t.failed);
	}
	if (verdict_count_unrated(result, false, &t.unrated) < 0 ||
	    verdict_count_unrated(result, true, &t.unrated_accepted) < 0)
		t.page.status = -ENOMEM;
	make_groups(&t, &t.fixable, &t.fixable_groups);
	make_groups(&t, &t.unfixed, &t.unfixed_groups);
	make_groups(&t, &t.informational, &t.informational_groups);
	if (t.page.status == 0)
		write_sections(&t);
	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		vec_release(lists[i]);
	r = page_status(&t.page, err);
	page_release(&t.page);
	return r;
}

const struct reporter reporter_table = {
	.name = "table",
	.summary = "for people: what to do first, what is left, whether the gate is met",
	.write = write_table,
};
