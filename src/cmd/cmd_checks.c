/* cscplate checks: lists and explains the checks and the questions that they answer. */
#include "base/compat.h"

#include "base/json.h"
#include "checks/checks.h"
#include "cmd/command.h"
#include "cmd/output.h"
#include "report/page.h"

struct context {
	int format; /* enum view_format */
};

static const struct option options[] = {
	VIEW_FORMAT_OPTION(offsetof(struct context, format)),
	OPTION_END,
};

static struct page new_page(const struct globals *globals, const struct cmd_output *output)
{
	struct report_options o = cmd_report_options(globals, output);

	return PAGE_INIT(output->stream, o.color, o.width);
}

static void field(struct json *j, const char *key, const char *value)
{
	json_field(j, key, str_from(value));
}

static void check_json(struct json *j, const struct check *check)
{
	json_object_begin(j);
	field(j, "id", check->id);
	field(j, "title", check->title);
	field(j, "area", check_area_of(check)->name);
	field(j, "question", questions[check->question].id);
	field(j, "stage", stage_name(questions[check->question].stage));
	field(j, "severity", check_severity_name(check));
	field(j, "subject", subject_kind_name(check->subject));
	json_key(j, "references");
	json_array_begin(j);
	for (const struct ref *ref = check->refs; ref && ref->standard != REF_MAX_; ref++) {
		json_object_begin(j);
		field(j, "standard", ref_standard_name(ref->standard));
		field(j, "clause", ref->clause);
		json_object_end(j);
	}
	json_array_end(j);
	json_key(j, "aliases");
	json_array_begin(j);
	for (struct str rest = str_from(check->aliases), alias; str_next_word(&rest, &alias);)
		json_str(j, alias);
	json_array_end(j);
	field(j, "remedy", check->remedy);
	json_object_end(j);
}

static void question_json(struct json *j, enum question_id q)
{
	json_object_begin(j);
	field(j, "id", questions[q].id);
	field(j, "text", questions[q].text);
	field(j, "area", questions[q].area);
	field(j, "stage", stage_name(questions[q].stage));
	json_key(j, "checks");
	json_array_begin(j);
	for (size_t a = 0; a < n_check_areas; a++)
		for (size_t i = 0; i < check_areas[a]->n_checks; i++)
			if (check_areas[a]->checks[i].question == q)
				json_str(j, str_from(check_areas[a]->checks[i].id));
	json_array_end(j);
	json_object_end(j);
}

/* --- checks list --------------------------------------------------------------------------------- */

static void list_json(FILE *out)
{
	struct json j = JSON_INIT(out, VIEW_INDENT);

	json_object_begin(&j);
	json_key(&j, "checks");
	json_array_begin(&j);
	for (size_t a = 0; a < n_check_areas; a++)
		for (size_t i = 0; i < check_areas[a]->n_checks; i++)
			check_json(&j, &check_areas[a]->checks[i]);
	json_array_end(&j);
	json_object_end(&j);
	json_finish(&j);
}

static void list_table(struct page *page)
{
	for (size_t a = 0; a < n_check_areas; a++) {
		const struct check_area *area = check_areas[a];
		struct grid grid = {.n_columns = 4,
				    .titles = {"CHECK", "SEVERITY", "QUESTION", "FAILS WHEN"}};

		if (a)
			page_line(page);
		page_put(page, STYLE_TITLE, str_from(area->title));
		page_line(page);
		for (size_t i = 0; i < area->n_checks; i++) {
			const struct check *check = &area->checks[i];
			struct grid_row *row = grid_add(page, &grid);

			if (!row)
				break;
			row->cells[0] = (struct cell){str_from(check->id), STYLE_TITLE};
			row->cells[1].text = str_from(check_severity_name(check));
			row->cells[2].text = str_from(questions[check->question].id);
			row->cells[3].text = str_from(check->title);
		}
		grid_finish(page, &grid, 2);
	}
}

static int run_list(const struct globals *globals, void *context, const char *const *args,
		    size_t n_args, struct err *err)
{
	const struct context *c = context;
	_cleanup_cmd_output_ struct cmd_output output = CMD_OUTPUT_INIT;
	int r = cmd_output_open(globals, &output, err);

	if (r < 0)
		return r;
	if (c->format == VIEW_JSON) {
		list_json(output.stream);
	} else {
		_cleanup_page_ struct page page = new_page(globals, &output);

		list_table(&page);
		r = page_status(&page, err);
	}
	return r < 0 ? r : cmd_output_commit(&output, err);
}

const struct command cmd_checks_list = {
	.name = "checks list",
	.summary = "list every check",
	.description = "A severity that varies is that of each finding: a "
		       "vulnerability brings its own.",
	.options = options,
	.context_size = sizeof(struct context),
	.run = run_list,
};

/* --- checks explain ------------------------------------------------------------------------------ */

static void explain_line(struct page *page, const char *label, struct str text)
{
	enum { COLUMN = 13 };

	page_blanks(page, 2);
	page_put(page, STYLE_FAINT, str_from(label));
	page_blanks(page, COLUMN - 2 - (unsigned)strlen(label));
	page_wrap(page, STYLE_PLAIN, COLUMN, COLUMN, text);
}

static void explain_check(struct page *page, const struct check *check)
{
	const struct question *q = &questions[check->question];
	const char *label = "see";

	page_put(page, STYLE_TITLE, str_from(check->id));
	page_blanks(page, 2);
	page_wrap(page, STYLE_PLAIN, (unsigned)strlen(check->id) + 2, 13, str_from(check->title));
	explain_line(page, "question", page_printf(page, "%s  %s", q->id, q->text));
	explain_line(page, "stage", str_from(stage_name(q->stage)));
	explain_line(page, "severity", str_from(check_severity_name(check)));
	explain_line(page, "looks at", str_from(subject_kind_name(check->subject)));
	explain_line(page, "to do", str_from(check->remedy));
	for (const struct ref *ref = check->refs; ref && ref->standard != REF_MAX_; ref++) {
		explain_line(
			page, label,
			page_printf(page, "%s %s", ref_standard_name(ref->standard), ref->clause));
		label = "";
	}
	if (check->aliases)
		explain_line(page, "elsewhere", str_from(check->aliases));
}

static void explain_question(struct page *page, enum question_id q)
{
	const char *label = "checks";

	page_put(page, STYLE_TITLE, str_from(questions[q].id));
	page_blanks(page, 2);
	page_wrap(page, STYLE_PLAIN, (unsigned)strlen(questions[q].id) + 2, 13,
		  str_from(questions[q].text));
	explain_line(page, "area", str_from(questions[q].area));
	explain_line(page, "stage", str_from(stage_name(questions[q].stage)));
	for (size_t a = 0; a < n_check_areas; a++) {
		for (size_t i = 0; i < check_areas[a]->n_checks; i++) {
			const struct check *check = &check_areas[a]->checks[i];

			if (check->question != q)
				continue;
			explain_line(page, label,
				     page_printf(page, "%s  %s", check->id, check->title));
			label = "";
		}
	}
	if (label[0])
		explain_line(page, label, STR("none yet"));
}

static enum question_id question_by_id(const char *id)
{
	enum question_id q = 0;

	while (q < QUESTION_MAX_ && !str_eq_nocase(str_from(questions[q].id), str_from(id)))
		q++;
	return q;
}

static void closest(const char *id, const char *candidate, size_t *distance, const char **ret)
{
	size_t d = str_distance(str_from(id), str_from(candidate));

	if (d < *distance) {
		*distance = d;
		*ret = candidate;
	}
}

static int unknown_id(const char *id, struct err *err)
{
	const char *found = NULL;
	size_t distance = strlen(id) / 3 + 2; /* farther ones are no slips of the finger */

	for (size_t a = 0; a < n_check_areas; a++)
		for (size_t i = 0; i < check_areas[a]->n_checks; i++)
			closest(id, check_areas[a]->checks[i].id, &distance, &found);
	for (enum question_id q = 0; q < QUESTION_MAX_; q++)
		closest(id, questions[q].id, &distance, &found);
	if (found)
		return err_set(
			err, ERR_USAGE,
			"cannot explain '%s': no check or question has that id; did you mean '%s'",
			id, found);
	return err_set(err, ERR_USAGE, "cannot explain '%s': no check or question has that id", id);
}

static void explain_json(FILE *out, const char *const *args, size_t n_args)
{
	struct json j = JSON_INIT(out, VIEW_INDENT);

	json_object_begin(&j);
	json_key(&j, "checks");
	json_array_begin(&j);
	for (size_t i = 0; i < n_args; i++) {
		const struct check *check = check_by_id(str_from(args[i]));

		if (check)
			check_json(&j, check);
	}
	json_array_end(&j);
	json_key(&j, "questions");
	json_array_begin(&j);
	for (size_t i = 0; i < n_args; i++) {
		enum question_id q = question_by_id(args[i]);

		if (q < QUESTION_MAX_)
			question_json(&j, q);
	}
	json_array_end(&j);
	json_object_end(&j);
	json_finish(&j);
}

static void explain_table(struct page *page, const char *const *args, size_t n_args)
{
	for (size_t i = 0; i < n_args; i++) {
		const struct check *check = check_by_id(str_from(args[i]));

		if (i)
			page_line(page);
		if (check)
			explain_check(page, check);
		else
			explain_question(page, question_by_id(args[i]));
	}
}

static int run_explain(const struct globals *globals, void *context, const char *const *args,
		       size_t n_args, struct err *err)
{
	const struct context *c = context;
	_cleanup_cmd_output_ struct cmd_output output = CMD_OUTPUT_INIT;
	int r = 0;

	for (size_t i = 0; r == 0 && i < n_args; i++)
		if (!check_by_id(str_from(args[i])) && question_by_id(args[i]) == QUESTION_MAX_)
			r = unknown_id(args[i], err);
	if (r == 0)
		r = cmd_output_open(globals, &output, err);
	if (r < 0)
		return r;
	if (c->format == VIEW_JSON) {
		explain_json(output.stream, args, n_args);
	} else {
		_cleanup_page_ struct page page = new_page(globals, &output);

		explain_table(&page, args, n_args);
		r = page_status(&page, err);
	}
	return r < 0 ? r : cmd_output_commit(&output, err);
}

/* Every id that can be explained. */
static const char *id_word(size_t i)
{
	for (size_t a = 0; a < n_check_areas; a++) {
		if (i < check_areas[a]->n_checks)
			return check_areas[a]->checks[i].id;
		i -= check_areas[a]->n_checks;
	}
	return i < QUESTION_MAX_ ? questions[i].id : NULL;
}

static const struct example explain_examples[] = {
	{"cscplate checks explain IMG-EOL",
	 "what it means, what to do, which benchmarks ask for it"},
	{"cscplate checks explain Q-IMAGE-1", "a question, and the checks that answer it"},
	{NULL, NULL},
};

const struct command cmd_checks_explain = {
	.name = "checks explain",
	.summary = "explain checks, or questions of the checklist",
	.args = "ID…",
	.description = "An ID is that of a check or of a question. Each check "
		       "has a page of its own in docs/checks.",
	.min_args = 1,
	.max_args = UINT_MAX,
	.arg_words = id_word,
	.options = options,
	.context_size = sizeof(struct context),
	.run = run_explain,
	.examples = explain_examples,
};

/* --- checks questions ---------------------------------------------------------------------------- */

static void questions_json(FILE *out)
{
	struct json j = JSON_INIT(out, VIEW_INDENT);

	json_object_begin(&j);
	json_key(&j, "questions");
	json_array_begin(&j);
	for (enum question_id q = 0; q < QUESTION_MAX_; q++)
		question_json(&j, q);
	json_array_end(&j);
	json_object_end(&j);
	json_finish(&j);
}

static size_t count_checks(enum question_id q)
{
	size_t n = 0;

	for (size_t a = 0; a < n_check_areas; a++)
		for (size_t i = 0; i < check_areas[a]->n_checks; i++)
			n += check_areas[a]->checks[i].question == q;
	return n;
}

static void questions_table(struct page *page)
{
	for (enum question_id q = 0; q < QUESTION_MAX_;) {
		const char *area = questions[q].area;
		struct grid grid = {.n_columns = 4,
				    .titles = {"QUESTION", "STAGE", "CHECKS", ""},
				    .right = {[2] = true}};

		if (q)
			page_line(page);
		page_put(page, STYLE_TITLE, str_from(area));
		page_line(page);
		for (; q < QUESTION_MAX_ && strcmp(questions[q].area, area) == 0; q++) {
			struct grid_row *row = grid_add(page, &grid);

			if (!row)
				break;
			row->cells[0] = (struct cell){str_from(questions[q].id), STYLE_TITLE};
			row->cells[1].text = str_from(stage_name(questions[q].stage));
			row->cells[2].text = str_from(page_count(page, count_checks(q)));
			row->cells[3].text = str_from(questions[q].text);
		}
		grid_finish(page, &grid, 2);
	}
}

static int run_questions(const struct globals *globals, void *context, const char *const *args,
			 size_t n_args, struct err *err)
{
	const struct context *c = context;
	_cleanup_cmd_output_ struct cmd_output output = CMD_OUTPUT_INIT;
	int r = cmd_output_open(globals, &output, err);

	if (r < 0)
		return r;
	if (c->format == VIEW_JSON) {
		questions_json(output.stream);
	} else {
		_cleanup_page_ struct page page = new_page(globals, &output);

		questions_table(&page);
		r = page_status(&page, err);
	}
	return r < 0 ? r : cmd_output_commit(&output, err);
}

const struct command cmd_checks_questions = {
	.name = "checks questions",
	.summary = "list the questions of the checklist, and how many checks answer each",
	.description = "A question that no check answers is never "
		       "answered yes.",
	.options = options,
	.context_size = sizeof(struct context),
	.run = run_questions,
};
