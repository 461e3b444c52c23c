/*
 * Reporters against files: each made-up result in tests/data/report/in is written in every format and
 * compared, byte for byte, with tests/data/report/NAME.FORMAT. CSCPLATE_UPDATE=1 writes these files anew;
 * then look at the difference. Whether they are valid is tests/cli/report.bats' business.
 */
#include "base/compat.h"

#include <setjmp.h>

#include <cmocka.h>

#include "base/fd.h"
#include "base/term.h"
#include "report/advice.h"
#include "report/report.h"
#include "report/vuln_groups.h"
#include "report_fixture.h"

static const char *source_root(void)
{
	const char *root = getenv("CSCPLATE_SOURCE");

	return root ? root : ".";
}

static const char *const names[] = {
	"findings", "clean",	 "waived",  "expired",		"unknown", "files",
	"hostile",  "inventory", "unrated", "unrated-accepted", "objects", "objects-many"};

/* What a file's suffix says about how it was made. */
static const struct {
	const char *suffix, *reporter;
	struct report_options options;
	bool explain;
} variants[] = {
	{"json", "json", {0}, false},
	{"sarif", "sarif", {0}, false},
	{"table", "table", {0}, false},
	{"80.table", "table", {.width = 80}, false},
	{"color.table", "table", {.color = true, .width = 120}, false},
	{"quiet.table", "table", {.width = 100, .quiet = true}, false},
	{"verbose.table", "table", {.width = 100, .verbose = true}, false},
	{"explain.table", "table", {.width = 100}, true},
};

static void load(struct fixture *fx, const char *name)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/tests/data/report/in/%s.json", source_root(), name);
	assert_int_equal(fixture_load(fx, path), 0);
}

/* What a reporter writes, as a malloc'd string. The version is not what is tested. */
static struct str render(struct fixture *fx, const char *name, const struct report_options *options)
{
	const struct reporter *reporter = reporter_find(str_from(name));
	struct err err = ERR_INIT;
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(reporter);
	assert_non_null(out);
	assert_int_equal(reporter->write(&fx->result, options, out, &err), 0);
	assert_int_equal(ferror(out), 0);
	assert_int_equal(fclose(out), 0);
	return (struct str){text, len};
}

/* The program's version becomes 0.0.0. */
static void add_without_version(struct buf *b, struct str text)
{
	static const char quoted[] = "\"" CSCPLATE_VERSION "\"";
	ssize_t at;

	while ((at = str_find(text, str_from(quoted))) >= 0) {
		buf_add_str(b, str_sub(text, 0, (size_t)at));
		buf_add_str(b, STR("\"0.0.0\""));
		text = str_from_offset(text, (size_t)at + sizeof(quoted) - 1);
	}
	buf_add_str(b, text);
}

static void write_golden(const char *path, struct str text)
{
	_cleanup_atomic_file_ struct atomic_file file = ATOMIC_FILE_INIT;

	assert_int_equal(atomic_file_open(&file, path, 0644, NULL), 0);
	assert_int_equal(fd_write_full(file.fd, text.ptr, text.len), 0);
	assert_int_equal(atomic_file_commit(&file, NULL), 0);
}

static void compare(const char *path, struct str got, struct str wanted)
{
	unsigned line = 1;
	struct str a, b;

	while (str_next_line(&got, &a)) {
		if (!str_next_line(&wanted, &b))
			b = STR("(the end)");
		if (!str_eq(a, b))
			fail_msg("%s:%u: it is now\n    %.*s\nand was\n    %.*s", path, line,
				 STR_FMT(a), STR_FMT(b));
		line++;
	}
	if (str_next_line(&wanted, &b))
		fail_msg("%s:%u: it now ends before\n    %.*s", path, line, STR_FMT(b));
}

static void check_golden(const char *name, size_t variant)
{
	_cleanup_buf_ struct buf got = BUF_INIT(MiB(16)), wanted = BUF_INIT(MiB(16));
	struct fixture fx;
	struct err err = ERR_INIT;
	struct str text;
	char path[4096];

	load(&fx, name);
	fx.result.explain = variants[variant].explain;
	text = render(&fx, variants[variant].reporter, &variants[variant].options);
	add_without_version(&got, text);
	assert_int_equal(buf_status(&got, NULL), 0);
	snprintf(path, sizeof(path), "%s/tests/data/report/%s.%s", source_root(), name,
		 variants[variant].suffix);
	if (getenv("CSCPLATE_UPDATE"))
		write_golden(path, buf_str(&got));
	if (file_read(AT_FDCWD, path, &wanted, &err) < 0)
		fail_msg("%s", err.text);
	if (!str_eq(buf_str(&got), buf_str(&wanted)))
		compare(path, buf_str(&got), buf_str(&wanted));
	free((void *)text.ptr);
	fixture_release(&fx);
}

static void results_are_written_as_before(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		for (size_t v = 0; v < ARRAY_LEN(variants); v++)
			check_golden(names[i], v);
}

static bool is_color(struct str s, size_t *ret_len)
{
	size_t i = 2;

	if (!str_starts(s, STR("\033[")))
		return false;
	while (i < s.len && ((s.ptr[i] >= '0' && s.ptr[i] <= '9') || s.ptr[i] == ';'))
		i++;
	*ret_len = i + 1;
	return i < s.len && s.ptr[i] == 'm';
}

/* Nothing that a terminal acts on but our own colours; no blanks at the ends of lines. */
static void nothing_hostile_reaches_the_terminal(void **state)
{
	for (size_t v = 0; v < ARRAY_LEN(variants); v++) {
		struct fixture fx;
		struct str text, rest;

		load(&fx, "hostile");
		fx.result.explain = variants[v].explain;
		text = render(&fx, variants[v].reporter, &variants[v].options);
		for (rest = text; rest.len; rest = str_from_offset(rest, 1)) {
			unsigned char c = (unsigned char)rest.ptr[0];
			size_t len = 0;

			if (variants[v].options.color && is_color(rest, &len)) {
				rest = str_from_offset(rest, len - 1);
				continue;
			}
			if ((c < 0x20 && c != '\n') || c == 0x7f)
				fail_msg("hostile.%s: byte %02x at %zu", variants[v].suffix, c,
					 (size_t)(rest.ptr - text.ptr));
			if (c == ' ' && rest.len > 1 && rest.ptr[1] == '\n')
				fail_msg("hostile.%s: a blank at the end of a line, at %zu",
					 variants[v].suffix, (size_t)(rest.ptr - text.ptr));
		}
		free((void *)text.ptr);
		fixture_release(&fx);
	}
}

/* Colour adds codes and changes nothing else. */
static void colour_changes_no_text(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		_cleanup_buf_ struct buf bare = BUF_INIT(MiB(16));
		struct report_options plain = {.width = 90, .verbose = true};
		struct report_options color = {.width = 90, .verbose = true, .color = true};
		struct fixture fx;
		struct str a, b;

		load(&fx, names[i]);
		a = render(&fx, "table", &plain);
		b = render(&fx, "table", &color);
		for (struct str rest = b; rest.len;) {
			size_t len = 1;

			if (!is_color(rest, &len))
				buf_add_char(&bare, rest.ptr[0]);
			rest = str_from_offset(rest, len);
		}
		assert_true(str_eq(a, buf_str(&bare)));
		free((void *)a.ptr);
		free((void *)b.ptr);
		fixture_release(&fx);
	}
}

/* Any width is survived, and the widest table is the one without a width. */
static void every_width_works(void **state)
{
	struct fixture fx;

	load(&fx, "hostile");
	for (unsigned width = 1; width < 200; width++) {
		struct report_options options = {.width = width};
		struct str text = render(&fx, "table", &options);

		assert_true(text.len > 0);
		free((void *)text.ptr);
	}
	fixture_release(&fx);
}

/* No line is wider than the terminal, from 80 columns on; words that are longer than a line stay whole. */
static void no_line_is_too_wide(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct fixture fx;

		load(&fx, names[i]);
		for (unsigned width = 80; width < 200; width += 7) {
			struct report_options options = {.width = width, .verbose = width % 2};
			struct str text = render(&fx, "table", &options), rest = text, line;

			while (str_next_line(&rest, &line))
				if (term_columns(line) > width)
					fail_msg("%s: wider than %u:\n%.*s", names[i], width,
						 STR_FMT(line));
			free((void *)text.ptr);
		}
		fixture_release(&fx);
	}
}

/* The question about vulnerabilities is about those that have a fix; preconditions answer nothing. */
static void questions_are_answered(void **state)
{
	static const struct vulnerability fixed = {.id = STR("CVE-1"), .fixed_version = STR("2")};
	static const struct vulnerability unfixed = {.id = STR("CVE-2")};
	static const struct {
		enum outcome outcome;
		enum severity severity;
		const struct vulnerability *vulnerability;
		enum answer alone, with_pass;
	} cases[] = {
		{OUTCOME_FAIL, SEVERITY_HIGH, &fixed, ANSWER_NO, ANSWER_NO},
		{OUTCOME_FAIL, SEVERITY_UNKNOWN, &fixed, ANSWER_NO, ANSWER_NO},
		{OUTCOME_FAIL, SEVERITY_CRITICAL, &unfixed, ANSWER_YES, ANSWER_YES},
		/* Kernel headers: for information, whether there is a fix or not. */
		{OUTCOME_FAIL, SEVERITY_NONE, &fixed, ANSWER_NOT_ASSESSED, ANSWER_YES},
		/* A precondition that was met, and one that was not. */
		{OUTCOME_PASS, SEVERITY_NONE, NULL, ANSWER_NOT_ASSESSED, ANSWER_YES},
		{OUTCOME_UNKNOWN, SEVERITY_MEDIUM, NULL, ANSWER_PARTLY, ANSWER_PARTLY},
	};
	const struct check *check = check_by_id(STR("IMG-VULN"));

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct finding findings[] = {
			{.check = check,
			 .outcome = cases[i].outcome,
			 .severity = cases[i].severity,
			 .vulnerability = cases[i].vulnerability},
			{.check = check, .outcome = OUTCOME_PASS, .severity = SEVERITY_UNKNOWN},
		};
		struct result result = {.compared = true,
					.findings = {.items = findings, .len = 1}};
		enum answer answers[QUESTION_MAX_];

		result_answers(&result, answers);
		assert_int_equal(answers[Q_IMAGE_1], cases[i].alone);
		result.findings.len = 2;
		result_answers(&result, answers);
		assert_int_equal(answers[Q_IMAGE_1], cases[i].with_pass);
		/* Nothing was compared: whatever passed, it was not the packages. */
		result.compared = false;
		result_answers(&result, answers);
		assert_int_equal(answers[Q_IMAGE_1], cases[i].with_pass == ANSWER_YES
							     ? ANSWER_NOT_ASSESSED
							     : cases[i].with_pass);
	}
}

/* Exploited before worst; sums count vulnerabilities, sources and packages, not findings. */
static void vulnerabilities_are_grouped(void **state)
{
	static const struct vulnerability exploited = {.id = STR("CVE-2"),
						       .kev_added = STR("2024")};
	static const struct vulnerability other = {.id = STR("CVE-1")};
	static const struct package a = {.name = STR("a"), .source_name = STR("src")};
	static const struct package b = {.name = STR("b"), .source_name = STR("src")};
	static const struct package c = {.name = STR("c")};
	const struct check *check = check_by_id(STR("IMG-VULN"));
#define F(p, v, s, g)                                                         \
	{                                                                     \
		.check = check, .severity = (s), .subject = {.package = (p)}, \
		.vulnerability = (v), .gates = (g)                            \
	}
	const struct finding findings[] = {
		F(&a, &other, SEVERITY_HIGH, false),
		F(&b, &other, SEVERITY_CRITICAL, true),
		F(&c, &exploited, SEVERITY_LOW, false),
		F(&c, &other, SEVERITY_MEDIUM, true),
	};
#undef F
	const struct finding *list[] = {&findings[0], &findings[1], &findings[2], &findings[3]};
	_cleanup_arena_ struct arena arena = ARENA_INIT(0);
	struct vuln_groups groups;

	assert_int_equal(vuln_groups_make(&arena, list, ARRAY_LEN(list), &groups), 0);
	assert_int_equal(groups.len, 2);
	assert_true(str_eq(groups.items[0].source, STR("c")));
	assert_true(str_eq(groups.items[0].entries[0].vulnerability->id, STR("CVE-2")));
	assert_int_equal(groups.items[0].worst, SEVERITY_MEDIUM);
	assert_int_equal(groups.items[1].n_entries, 1);
	assert_int_equal(groups.items[1].worst, SEVERITY_CRITICAL);
	assert_int_equal(groups.n_vulnerabilities, 3);
	assert_int_equal(groups.n_exploited, 1);
	assert_int_equal(groups.n_sources, 2);
	assert_int_equal(groups.n_packages, 3);
	assert_int_equal(groups.n_gating_vulnerabilities, 2);
	assert_int_equal(groups.n_gating_packages, 2);
	assert_int_equal(vuln_groups_make(&arena, list, 0, &groups), 0);
	assert_int_equal(groups.len, 0);
}

/* One command for all packages; beyond so many names, the one that upgrades everything. */
static void remedies_are_summed_up(void **state)
{
	static const struct {
		const char *distro;
		enum package_type type;
		size_t most, n_packages;
		const char *remedy, *text, *command;
	} cases[] = {
		{"debian", PACKAGE_DPKG, 2, 2,
		 "or add: RUN apt-get update && apt-get install --only-upgrade -y %s",
		 "or add:", "RUN apt-get update && apt-get install --only-upgrade -y"},
		{"debian", PACKAGE_DPKG, 1, 0,
		 "or add: RUN apt-get update && apt-get install --only-upgrade -y %s",
		 "or add:", "RUN apt-get update && apt-get upgrade -y"},
		{"alpine", PACKAGE_APK, 1, 0, "or add: RUN apk upgrade --no-cache %s",
		 "or add:", "RUN apk upgrade --no-cache"},
		{"photon", PACKAGE_RPM, 1, 0, "or add: RUN tdnf update -y %s",
		 "or add:", "RUN tdnf update -y"},
		{"debian", PACKAGE_DPKG, 1, 2, "get rid of %s", "get rid of", ""},
		{"debian", PACKAGE_DPKG, 1, 0, "rebuild", "rebuild", ""},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_arena_ struct arena arena = ARENA_INIT(0);
		struct distro distro = {.id = str_from(cases[i].distro)};
		struct package packages[] = {{.name = STR("b"), .type = cases[i].type},
					     {.name = STR("a"), .type = cases[i].type}};
		struct finding findings[3] = {0};
		const struct finding *list[3];
		struct advice_list advice;

		/* The second package twice. */
		for (size_t k = 0; k < ARRAY_LEN(findings); k++) {
			const struct package *p = &packages[k ? 1 : 0];
			ssize_t at = str_find(str_from(cases[i].remedy), STR("%s"));

			findings[k].subject.package = p;
			findings[k].remedy =
				at < 0 ? str_from(cases[i].remedy)
				       : arena_printf(&arena, "%.*s%.*s", (int)at, cases[i].remedy,
						      STR_FMT(p->name));
			list[k] = &findings[k];
		}
		assert_int_equal(
			advice_make(&arena, list, ARRAY_LEN(list), &distro, cases[i].most, &advice),
			0);
		assert_int_equal(advice.len, 1);
		assert_true(str_eq(advice.items[0].text, str_from(cases[i].text)));
		assert_true(str_eq(advice.items[0].command, str_from(cases[i].command)));
		assert_int_equal(advice.items[0].n_packages, cases[i].n_packages);
		if (cases[i].n_packages)
			assert_true(str_eq(advice.items[0].packages[0], STR("a")));
	}
}

/* A fingerprint stays when versions change: code scanning knows the finding again. */
static void fingerprints_outlive_versions(void **state)
{
	struct fixture fx;
	struct str before, after, line_a, line_b;
	struct report_options options = {0};
	size_t compared = 0;

	load(&fx, "findings");
	before = render(&fx, "sarif", &options);
	for (size_t i = 0; i < fx.result.n_packages; i++)
		fx.packages[i].version = STR("99");
	for (size_t i = 0; i < fx.result.findings.len; i++) {
		struct finding *f = &fx.result.findings.items[i];

		if (f->subject.package)
			f->subject.name = arena_printf(&fx.arena, "%.*s 99",
						       STR_FMT(f->subject.package->name));
		f->message = STR("another one");
		f->where.layer = 0;
	}
	after = render(&fx, "sarif", &options);
	struct str a = before, b = after;
	while (str_next_line(&a, &line_a) && str_next_line(&b, &line_b)) {
		if (str_find(line_a, STR("cscplate/v1")) < 0)
			continue;
		assert_true(str_eq(line_a, line_b));
		compared++;
	}
	assert_true(compared > 10);
	free((void *)before.ptr);
	free((void *)after.ptr);
	fixture_release(&fx);
}

static void reporters_are_found(void **state)
{
	assert_non_null(reporter_find(STR("table")));
	assert_non_null(reporter_find(STR("json")));
	assert_non_null(reporter_find(STR("sarif")));
	assert_null(reporter_find(STR("xml")));
	assert_null(reporter_find(STR_NULL));
	for (size_t i = 0; i < n_reporters; i++) {
		assert_ptr_equal(reporter_find(str_from(reporters[i]->name)), reporters[i]);
		assert_true(strlen(reporters[i]->summary) > 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(results_are_written_as_before),
		cmocka_unit_test(nothing_hostile_reaches_the_terminal),
		cmocka_unit_test(colour_changes_no_text),
		cmocka_unit_test(every_width_works),
		cmocka_unit_test(no_line_is_too_wide),
		cmocka_unit_test(questions_are_answered),
		cmocka_unit_test(vulnerabilities_are_grouped),
		cmocka_unit_test(remedies_are_summed_up),
		cmocka_unit_test(fingerprints_outlive_versions),
		cmocka_unit_test(reporters_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
