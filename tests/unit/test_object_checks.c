/*
 * Checks of objects: their fixtures in tests/checks/ID are manifests as people write them. Lines of comment
 * at the top say what must come of one:
 *
 *     # what: one line for whoever reads it
 *     # expect: .spec.containers[0].securityContext.privileged: part of the message
 *     # edit: - privileged: true
 *     # edit: + privileged: false
 *     # pss: baseline:1.18 alone
 *     # target: 1.25
 *
 * "expect" stands once for each finding; the part of the message may be left away, and "-" is for a finding
 * without a field. Lines of "edit" below it are all lines of that finding's edit. "pss" and "target" are what the row is handed; without them, restricted of the newest
 * version together with baseline, and the newest version.
 *
 * CSCPLATE_CHECKS in the environment, such as PSS-, leaves out the checks whose id does not begin so.
 */
#include "base/compat.h"

#include <setjmp.h>

#include <cmocka.h>
#include <dirent.h>

#include "check_fixture.h"
#include "checks/fault.h"
#include "object_fixture.h"

enum { EDIT_LINES = 32 };

struct expected {
	struct str field, part;
	struct str edit[EDIT_LINES];
	size_t n_edit; /* 0: it is not asked */
	bool met;
};

struct fixture {
	struct manifest_file file;
	enum outcome outcome;
	struct pss pss;
	unsigned target_minor;
	VEC(struct expected) expected;
};

static size_t n_problems;

static void problem(const char *path, const char *fmt, ...) _printf_(2, 3);
static void problem(const char *path, const char *fmt, ...)
{
	char text[4096];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	print_error("%s: %s\n", path, text);
	n_problems++;
}

/* --- Reading a fixture --------------------------------------------------------------------------- */

static void read_expected(struct fixture *fx, struct str value)
{
	struct expected *e = vec_add(&fx->expected);
	ssize_t colon = str_find(value, STR(": "));

	e->field = colon < 0 ? value : str_sub(value, 0, (size_t)colon);
	e->part = colon < 0 ? STR("") : str_trim(str_from_offset(value, (size_t)colon + 2));
	if (str_eq(e->field, STR("-")))
		e->field = STR("");
}

/* The blanks at the beginning of an edit's line are its own, but for one. */
static void read_edit(struct fixture *fx, const char *path, struct str line)
{
	struct expected *e = fx->expected.len ? &fx->expected.items[fx->expected.len - 1] : NULL;

	if (e && e->n_edit < EDIT_LINES)
		e->edit[e->n_edit++] = str_from_offset(line, strlen(" edit: "));
	else
		problem(path, "an edit without a finding, or with too many lines");
}

static void read_pss(struct fixture *fx, const char *path, struct str value)
{
	struct str word = {0}, rest = value;
	struct err err = ERR_INIT;
	char text[64];

	str_next_word(&rest, &word);
	snprintf(text, sizeof(text), "%.*s", STR_FMT(word));
	if (pss_parse(text, &fx->pss, &err) < 0)
		problem(path, "%s", err.text);
	fx->pss.alone = str_eq(str_trim(rest), STR("alone"));
}

static void read_line(struct fixture *fx, const char *path, struct str line)
{
	ssize_t colon = str_find_char(line, ':');
	struct str key = str_trim(str_sub(line, 0, colon < 0 ? 0 : (size_t)colon));
	struct str value = str_trim(str_from_offset(line, (size_t)(colon + 1)));
	uint32_t minor = 0;

	if (str_eq(key, STR("expect"))) {
		read_expected(fx, value);
	} else if (str_eq(key, STR("edit"))) {
		read_edit(fx, path, line);
	} else if (str_eq(key, STR("pss"))) {
		read_pss(fx, path, value);
	} else if (str_eq(key, STR("target"))) {
		if (!str_starts(value, STR("1.")) ||
		    str_parse_u32(str_from_offset(value, 2), &minor) < 0)
			problem(path, "'%.*s' is no version", STR_FMT(value));
		fx->target_minor = minor;
	}
}

static void open_fixture(struct fixture *fx, const char *path, const char *name)
{
	struct str rest, line;

	*fx = (struct fixture){
		.file = MANIFEST_FILE_INIT,
		.outcome = fixture_outcome(name),
		.pss = {.level = PSS_RESTRICTED, .minor = PSS_LATEST},
		.target_minor = PSS_LATEST,
	};
	if (fx->outcome == OUTCOME_MAX_)
		problem(path, "the name does not begin with pass, fail, unknown or na");
	manifest_file_open(&fx->file, path);
	rest = buf_str(&fx->file.bytes);
	while (str_next_line(&rest, &line) && str_starts(line, STR("#")))
		read_line(fx, path, str_from_offset(line, 1));
}

static void close_fixture(struct fixture *fx)
{
	vec_release(&fx->expected);
	manifest_file_release(&fx->file);
}

/* --- Running rows on it -------------------------------------------------------------------------- */

struct runner {
	const struct check *check;
	struct finding_sink *sink;
	const struct fixture *fx;
	struct manifests *manifests; /* NULL: not wanted */
	size_t n_objects;
	int r; /* what the row returned, when that was a failure */
	void (*after)(struct runner *runner, const struct object *object);
};

static void run_check(struct runner *runner, const void *input, struct str name)
{
	struct check_run run = {
		.check = runner->check,
		.subject = {.kind = runner->check->subject, .name = name},
		.input = input,
		.sink = runner->sink,
	};
	int r = runner->check->run(&run);

	if (r < 0)
		runner->r = r;
}

static int take_object(void *arg, const struct object *object)
{
	struct runner *runner = arg;
	const struct object_input in = {
		.object = object, .pss = runner->fx->pss, .target_minor = runner->fx->target_minor};

	runner->n_objects++;
	if (runner->manifests)
		assert_int_equal(manifests_add(runner->manifests, object), 0);
	if (runner->check && runner->check->subject == SUBJECT_OBJECT)
		run_check(runner, &in, object->name);
	if (runner->after)
		runner->after(runner, object);
	return 0;
}

static void run_on_manifests(struct runner *runner, struct manifest_file *file)
{
	const struct manifests_input in = {
		.manifests = runner->manifests,
		.n_objects = runner->n_objects,
		.n_judged = runner->n_objects,
		.unreadable = file->unreadable.items,
		.n_unreadable = file->unreadable.len,
		.templates = file->templates.items,
		.n_templates = file->templates.len,
	};

	run_check(runner, &in, STR("manifests"));
}

static int run_on_fixture(const struct check *c, struct fixture *fx, struct finding_sink *sink)
{
	_cleanup_manifests_ struct manifests manifests = MANIFESTS_INIT;
	struct runner runner = {.check = c, .sink = sink, .fx = fx, .manifests = &manifests};

	manifest_file_each(&fx->file, take_object, &runner);
	if (c->subject == SUBJECT_MANIFESTS)
		run_on_manifests(&runner, &fx->file);
	return runner.r;
}

/* --- What came of it ----------------------------------------------------------------------------- */

static void check_finding_form(const struct check *c, const char *path, const struct finding *f)
{
	if (!f->message.len || f->message.ptr[f->message.len - 1] == '.')
		problem(path, "the message '%.*s' is empty or ends with a full stop",
			STR_FMT(f->message));
	if (f->severity != f->severity_before)
		problem(path, "'%.*s' has two severities", STR_FMT(f->message));
	if (c->subject != SUBJECT_OBJECT)
		return;
	if (!str_eq(f->where.path, str_from(path)) || !f->where.line || !f->where.column)
		problem(path, "'%.*s' has no position in the file", STR_FMT(f->message));
	if (!str_starts(f->where.field, STR(".")))
		problem(path, "'%.*s' has the field '%.*s'", STR_FMT(f->message),
			STR_FMT(f->where.field));
}

static bool has_edit(const struct expected *e, struct str edit)
{
	struct str line;
	size_t n = 0;

	while (str_next_line(&edit, &line))
		if (n >= e->n_edit || !str_eq(e->edit[n++], line))
			return false;
	return n == e->n_edit;
}

static bool meets(struct fixture *fx, const char *path, const struct finding *f)
{
	for (size_t i = 0; i < fx->expected.len; i++) {
		struct expected *e = &fx->expected.items[i];

		if (!e->met && str_eq(e->field, f->where.field) &&
		    str_find(f->message, e->part) >= 0) {
			if (e->n_edit && !has_edit(e, f->edit))
				problem(path, "the edit of %.*s is\n%.*s", STR_FMT(e->field),
					STR_FMT(f->edit));
			e->met = true;
			return true;
		}
	}
	return false;
}

static void compare(const struct check *c, const char *path, struct fixture *fx,
		    const struct keeper *k)
{
	bool wants_findings = fx->outcome == OUTCOME_FAIL || fx->outcome == OUTCOME_UNKNOWN;
	size_t n_passes = k->tallies[OUTCOME_PASS];

	for (size_t i = 0; i < k->findings.len; i++) {
		const struct finding *f = &k->findings.items[i];

		check_finding_form(c, path, f);
		if (f->outcome == OUTCOME_PASS || f->outcome == OUTCOME_NOT_APPLICABLE)
			n_passes += f->outcome == fx->outcome;
		else if (f->outcome != fx->outcome || !meets(fx, path, f))
			problem(path, "not expected: %s %.*s: %.*s", outcome_name(f->outcome),
				STR_FMT(f->where.field), STR_FMT(f->message));
	}
	for (size_t i = 0; i < fx->expected.len; i++)
		if (!fx->expected.items[i].met)
			problem(path, "expected, but not found: %.*s %.*s",
				STR_FMT(fx->expected.items[i].field),
				STR_FMT(fx->expected.items[i].part));
	if (wants_findings && !fx->expected.len)
		problem(path, "expects no finding");
	if (fx->outcome == OUTCOME_PASS && !n_passes)
		problem(path, "the check passed for nothing in it");
	if (fx->outcome == OUTCOME_NOT_APPLICABLE &&
	    (keeper_tallies(k) != k->tallies[OUTCOME_NOT_APPLICABLE] ||
	     keeper_tallies(k) + k->findings.len == 0))
		problem(path, "the check applied to something in it, or saw nothing");
}

/* --- Every fixture ------------------------------------------------------------------------------- */

typedef void fixture_fn(const struct check *c, const char *path, const char *name,
			bool seen[OUTCOME_MAX_]);

static void each_fixture(const struct check *c, fixture_fn *fn, bool seen[OUTCOME_MAX_])
{
	struct dirent **entries;
	char folder[2048], path[4096];
	int n;

	snprintf(folder, sizeof(folder), "%s/tests/checks/%s", source_root(), c->id);
	n = scandir(folder, &entries, NULL, alphasort);
	if (n < 0) {
		problem(folder, "%s has no fixtures", c->id);
		return;
	}
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
		if (entries[i]->d_name[0] != '.')
			fn(c, path, entries[i]->d_name, seen);
		free(entries[i]);
	}
	free(entries);
}

static void each_object_check(void (*fn)(const struct check *c))
{
	const char *prefix = getenv("CSCPLATE_CHECKS");

	n_problems = 0;
	for (size_t a = 0; a < n_check_areas; a++) {
		for (size_t i = 0; i < check_areas[a]->n_checks; i++) {
			const struct check *c = &check_areas[a]->checks[i];

			if (is_about_objects(c) &&
			    (!prefix || str_starts(str_from(c->id), str_from(prefix))))
				fn(c);
		}
	}
	assert_int_equal(n_problems, 0);
}

static void judge_fixture(const struct check *c, const char *path, const char *name,
			  bool seen[OUTCOME_MAX_])
{
	_cleanup_arena_ struct arena arena = ARENA_INIT(0);
	struct keeper k = {.sink = {.arena = &arena, .take = keep_finding, .tally = keep_tally}};
	struct fixture fx;

	open_fixture(&fx, path, name);
	assert_int_equal(run_on_fixture(c, &fx, &k.sink), 0);
	compare(c, path, &fx, &k);
	if (fx.outcome < OUTCOME_MAX_)
		seen[fx.outcome] = true;
	vec_release(&k.findings);
	close_fixture(&fx);
}

static void judge_fixtures(const struct check *c)
{
	bool seen[OUTCOME_MAX_] = {0};

	each_fixture(c, judge_fixture, seen);
	n_problems += !compare_outcomes(c, seen);
}

static void fixtures_give_what_they_expect(void **state)
{
	each_object_check(judge_fixtures);
}

/* --- Every row on every object ------------------------------------------------------------------- */

/* Whatever the object: findings, or one outcome; never silence, never both. */
static void run_all_rows(struct runner *all, const struct object *object)
{
	for (size_t a = 0; a < n_check_areas; a++) {
		for (size_t i = 0; i < check_areas[a]->n_checks; i++) {
			_cleanup_arena_ struct arena arena = ARENA_INIT(0);
			struct keeper k = {.sink = {&arena, keep_finding, keep_tally}};
			struct runner one = {.check = &check_areas[a]->checks[i],
					     .sink = &k.sink,
					     .fx = all->fx};

			if (one.check->subject != SUBJECT_OBJECT)
				continue;
			take_object(&one, object);
			assert_int_equal(one.r, 0);
			if (keeper_tallies(&k) + (k.findings.len != 0) != 1)
				problem(all->fx->file.path.ptr, "%s: %zu findings, %zu tallies",
					one.check->id, k.findings.len, keeper_tallies(&k));
			vec_release(&k.findings);
		}
	}
}

static void cross_fixture(const struct check *c, const char *path, const char *name,
			  bool seen[OUTCOME_MAX_])
{
	struct fixture fx;
	struct runner runner = {.fx = &fx, .after = run_all_rows};

	open_fixture(&fx, path, name);
	manifest_file_each(&fx.file, take_object, &runner);
	close_fixture(&fx);
}

static void cross_fixtures(const struct check *c)
{
	each_fixture(c, cross_fixture, NULL);
}

static void rows_always_answer(void **state)
{
	each_object_check(cross_fixtures);
}

/* --- Out of memory ------------------------------------------------------------------------------- */

static int take_nothing(struct finding_sink *sink, const struct finding *finding)
{
	return -ENOMEM;
}

static void tally_nothing(struct finding_sink *sink, const struct check *check,
			  enum outcome outcome)
{
}

/* An arena that is full at once, and a sink that takes nothing. */
static void starve_fixture(const struct check *c, const char *path, const char *name,
			   bool seen[OUTCOME_MAX_])
{
	if (fixture_outcome(name) != OUTCOME_FAIL)
		return;
	for (size_t full = 0; full < 2; full++) {
		_cleanup_arena_ struct arena arena = ARENA_INIT(full);
		struct finding_sink sink = {&arena, take_nothing, tally_nothing};
		struct fixture fx;

		open_fixture(&fx, path, name);
		if (run_on_fixture(c, &fx, &sink) != -ENOMEM)
			problem(path, "running out of memory was not passed on");
		close_fixture(&fx);
	}
}

static void starve_fixtures(const struct check *c)
{
	each_fixture(c, starve_fixture, NULL);
}

static void failing_sink_is_passed_on(void **state)
{
	each_object_check(starve_fixtures);
}

/* --- A row that should not say so ---------------------------------------------------------------- */

static int speak_of_one_object(struct check_run *run)
{
	return emit_fault(run, &(struct fault){.field = "spec", .wanted = "{}"}, "is wrong");
}

/* What is handed to rows about all manifests is no object. */
static void faults_are_of_objects(void **state)
{
	_cleanup_arena_ struct arena arena = ARENA_INIT(0);
	_cleanup_manifests_ struct manifests manifests = MANIFESTS_INIT;
	struct keeper k = {.sink = {&arena, keep_finding, keep_tally}};
	const struct manifests_input in = {.manifests = &manifests};
	const struct check check = {
		.id = "X", .title = "all is wrong", .subject = SUBJECT_MANIFESTS};
	struct check_run run = {.check = &check, .input = &in, .sink = &k.sink};

	assert_int_equal(speak_of_one_object(&run), 0);
	assert_int_equal(k.findings.len, 1);
	assert_int_equal(k.findings.items[0].outcome, OUTCOME_UNKNOWN);
	assert_true(str_eq(k.findings.items[0].message, STR("all is wrong")));
	assert_int_equal(k.findings.items[0].where.field.len, 0);
	vec_release(&k.findings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fixtures_give_what_they_expect),
		cmocka_unit_test(rows_always_answer),
		cmocka_unit_test(failing_sink_is_passed_on),
		cmocka_unit_test(faults_are_of_objects),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
