/* The policy: reading (tests/data/policy holds what must be refused, with the message), and applying. */
#include "base/compat.h"

#include <dirent.h>
#include <setjmp.h>

#include <cmocka.h>

#include "base/fd.h"
#include "core/check.h"
#include "core/policy.h"

static struct policy parse(struct arena *arena, const char *text)
{
	struct policy policy = policy_default(STR("2026-06-15"));
	struct err err = ERR_INIT;

	if (policy_parse(&policy, arena, "test.yaml", str_from(text), &err) < 0)
		fail_msg("%s", err.text);
	return policy;
}

static void expect_str(struct str s, const char *text)
{
	assert_int_equal(s.len, strlen(text));
	assert_memory_equal(s.ptr, text, s.len);
}

static void whole_policy(void **state)
{
	_cleanup_arena_ struct arena arena = {0};
	struct policy policy = parse(
		&arena, "version: 1\n"
			"gate: { fail-on: High, unfixed: true, accept-unknown: [IMG-EOL, X] }\n"
			"waivers:\n"
			"  - id: CVE-2023-1234\n"
			"    scope: { package: openssl, path: '/usr/*', image: 'a?b', source: s, "
			"field: .x }\n"
			"    reason: not reachable\n"
			"    expires: 2028-02-29\n"
			"  - { id: IMG-USER, reason: 5 }\n"
			"regrade:\n"
			"  - { id: IMG-EOL, severity: low, reason: old }\n");

	assert_int_equal(policy.gate.fail_on, SEVERITY_HIGH);
	assert_true(policy.gate.unfixed);
	assert_int_equal(policy.gate.n_accept_unknown, 2);
	expect_str(policy.gate.accept_unknown[1], "X");
	assert_int_equal(policy.n_waivers, 2);
	expect_str(policy.waivers[0].id, "CVE-2023-1234");
	expect_str(policy.waivers[0].scope.package, "openssl");
	expect_str(policy.waivers[0].scope.source, "s");
	expect_str(policy.waivers[0].scope.path, "/usr/*");
	expect_str(policy.waivers[0].scope.image, "a?b");
	expect_str(policy.waivers[0].scope.field, ".x");
	expect_str(policy.waivers[0].reason, "not reachable");
	expect_str(policy.waivers[0].expires, "2028-02-29");
	assert_int_equal(policy.waivers[0].line, 4);
	assert_int_equal(policy.waivers[1].line, 8);
	expect_str(policy.waivers[1].reason, "5");
	assert_int_equal(policy.n_regrades, 1);
	assert_int_equal(policy.regrades[0].severity, SEVERITY_LOW);
	expect_str(policy.path, "test.yaml");
	expect_str(policy.today, "2026-06-15");
}

static void small_policies(void **state)
{
	static const char *const texts[] = {
		"", "# nothing\n", "{}", "version: 1\n", "waivers: []\n", "regrade: []\n"};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		_cleanup_arena_ struct arena arena = {0};
		struct policy policy = parse(&arena, texts[i]);

		assert_int_equal(policy.gate.fail_on, SEVERITY_LOW);
		assert_false(policy.gate.unfixed);
		assert_int_equal(policy.n_waivers, 0);
		assert_int_equal(policy.n_regrades, 0);
	}
}

static void gate_words(void **state)
{
	static const char *const good[] = {"negligible", "low",	     "medium",
					   "high",	 "critical", "never"};
	static const char *const bad[] = {"none", "unknown", "", "highest"};
	enum severity severity = SEVERITY_NONE;

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		assert_int_equal(gate_parse(str_from(good[i]), &severity), 0);
		assert_string_equal(gate_name(severity), good[i]);
	}
	assert_int_equal(severity, GATE_NEVER);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(gate_parse(str_from(bad[i]), &severity), -EINVAL);
}

static const char *source_path(char *to, size_t size, const char *name)
{
	const char *source = getenv("CSCPLATE_SOURCE");

	snprintf(to, size, "%s/%s", source ? source : ".", name);
	return to;
}

/* Each bad-*.yaml begins with "# expect: " and what the message says. */
static void refuse_file(const char *path)
{
	_cleanup_arena_ struct arena arena = {0};
	_cleanup_buf_ struct buf text = BUF_INIT(65536);
	struct policy policy = policy_default(STR("2026-06-15")), before = policy;
	struct str rest, line, prefix = STR("# expect: ");
	struct err err = ERR_INIT;
	char wanted[512];

	assert_int_equal(file_read(AT_FDCWD, path, &text, &err), 0);
	rest = buf_str(&text);
	assert_true(str_next_line(&rest, &line) && str_starts(line, prefix));
	line = str_from_offset(line, prefix.len);
	snprintf(wanted, sizeof(wanted), "cannot read policy 'p.yaml': %.*s", STR_FMT(line));
	assert_int_equal(policy_parse(&policy, &arena, "p.yaml", buf_str(&text), &err),
			 -ERR_FORMAT);
	if (strncmp(err.text, wanted, strlen(wanted)) != 0)
		fail_msg("%s: wanted '%s', got '%s'", path, wanted, err.text);
	/* Untouched on failure. */
	assert_memory_equal(&policy, &before, sizeof(policy));
}

static void refused(void **state)
{
	char folder[PATH_MAX], path[PATH_MAX + 300];
	struct dirent *entry;
	size_t n = 0;
	DIR *dir = opendir(source_path(folder, sizeof(folder), "tests/data/policy"));

	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		if (!str_starts(str_from(entry->d_name), STR("bad-")))
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		refuse_file(path);
		n++;
	}
	closedir(dir);
	assert_true(n >= 30);
}

/* The example of docs/policy.md is a policy, and it uses every key that the page explains. */
static void documented_example(void **state)
{
	_cleanup_arena_ struct arena arena = {0};
	_cleanup_buf_ struct buf page = BUF_INIT(1 << 20);
	struct policy policy;
	struct str text;
	struct err err = ERR_INIT;
	char path[PATH_MAX];
	ssize_t at;

	source_path(path, sizeof(path), "docs/policy.md");
	assert_int_equal(file_read(AT_FDCWD, path, &page, &err), 0);
	text = buf_str(&page);
	at = str_find(text, STR("```yaml\n"));
	assert_true(at >= 0);
	text = str_from_offset(text, (size_t)at + strlen("```yaml\n"));
	at = str_find(text, STR("```"));
	assert_true(at >= 0);
	text = arena_str(&arena, str_sub(text, 0, (size_t)at));
	policy = parse(&arena, text.ptr);
	assert_int_equal(policy.gate.fail_on, SEVERITY_HIGH);
	assert_int_equal(policy.gate.n_accept_unknown, 1);
	assert_int_equal(policy.n_waivers, 2);
	assert_int_equal(policy.n_regrades, 1);
}

static const struct check check_vuln = {.id = "IMG-VULN", .severity = SEVERITY_MEDIUM};
static const struct check check_user = {.id = "IMG-USER", .severity = SEVERITY_HIGH};

static const struct str aliases[] = {STR("DLA-3449-1"), STR("DSA-5417-1")};
static const struct vulnerability fixable = {
	.id = STR("CVE-2023-0464"),
	.aliases = aliases,
	.n_aliases = ARRAY_LEN(aliases),
	.fixed_version = STR("1.1.1n-0+deb11u5"),
};
static const struct vulnerability unfixed = {.id = STR("CVE-2024-0001")};
static const struct package openssl = {.name = STR("libssl1.1"), .source_name = STR("openssl")};

static struct finding vuln_finding(const struct vulnerability *v, enum severity severity)
{
	return (struct finding){
		.check = &check_vuln,
		.outcome = OUTCOME_FAIL,
		.severity = severity,
		.subject = {.kind = SUBJECT_PACKAGE, .package = &openssl},
		.where = {.path = STR("/var/lib/dpkg/status"), .layer = LAYER_NONE},
		.vulnerability = v,
	};
}

static struct finding apply(struct policy *policy, struct finding finding)
{
	policy_apply(policy, STR("registry/app:1.2"), &finding);
	return finding;
}

static void gates(void **state)
{
	static const struct {
		enum severity fail_on;
		bool unfixed;
		const struct vulnerability *v;
		enum outcome outcome;
		enum severity severity;
		bool gates;
	} cases[] = {
		{SEVERITY_LOW, false, &fixable, OUTCOME_FAIL, SEVERITY_LOW, true},
		{SEVERITY_LOW, false, &fixable, OUTCOME_FAIL, SEVERITY_NEGLIGIBLE, false},
		{SEVERITY_LOW, false, &fixable, OUTCOME_FAIL, SEVERITY_NONE, false},
		{SEVERITY_HIGH, false, &fixable, OUTCOME_FAIL, SEVERITY_MEDIUM, false},
		{SEVERITY_HIGH, false, &fixable, OUTCOME_FAIL, SEVERITY_CRITICAL, true},
		{SEVERITY_MEDIUM, false, &fixable, OUTCOME_FAIL, SEVERITY_UNKNOWN, true},
		{SEVERITY_HIGH, false, &fixable, OUTCOME_FAIL, SEVERITY_UNKNOWN, false},
		{SEVERITY_LOW, false, &unfixed, OUTCOME_FAIL, SEVERITY_CRITICAL, false},
		{SEVERITY_LOW, true, &unfixed, OUTCOME_FAIL, SEVERITY_CRITICAL, true},
		{SEVERITY_LOW, false, NULL, OUTCOME_FAIL, SEVERITY_HIGH, true},
		{SEVERITY_LOW, true, &fixable, OUTCOME_UNKNOWN, SEVERITY_HIGH, false},
		{SEVERITY_LOW, true, &fixable, OUTCOME_PASS, SEVERITY_HIGH, false},
		{SEVERITY_LOW, true, &fixable, OUTCOME_NOT_APPLICABLE, SEVERITY_HIGH, false},
		{GATE_NEVER, true, &fixable, OUTCOME_FAIL, SEVERITY_CRITICAL, false},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct policy policy = policy_default(STR("2026-06-15"));
		struct finding f = vuln_finding(cases[i].v, cases[i].severity);

		policy.gate =
			(struct gate){.fail_on = cases[i].fail_on, .unfixed = cases[i].unfixed};
		f.outcome = cases[i].outcome;
		assert_int_equal(apply(&policy, f).gates, cases[i].gates);
	}
}

static void waivers(void **state)
{
	static const struct {
		const char *waiver;
		bool waived, expired;
	} cases[] = {
		{"{ id: CVE-2023-0464, reason: r }", true, false},
		{"{ id: DSA-5417-1, reason: r }", true, false},
		{"{ id: IMG-VULN, reason: r }", true, false},
		{"{ id: cve-2023-0464, reason: r }", false, false},
		{"{ id: CVE-2023-046, reason: r }", false, false},
		{"{ id: CVE-2023-0464, reason: r, expires: 2026-06-15 }", true, false},
		{"{ id: CVE-2023-0464, reason: r, expires: 2026-06-14 }", false, true},
		{"{ id: CVE-2023-0464, reason: r, scope: { package: libssl1.1 } }", true, false},
		{"{ id: CVE-2023-0464, reason: r, scope: { package: 'lib*' } }", true, false},
		{"{ id: CVE-2023-0464, reason: r, scope: { package: openssl } }", false, false},
		{"{ id: CVE-2023-0464, reason: r, scope: { source: openssl } }", true, false},
		{"{ id: CVE-2023-0464, reason: r, scope: { source: 'opens?l' } }", true, false},
		{"{ id: CVE-2023-0464, reason: r, scope: { source: 'opens?' } }", false, false},
		{"{ id: CVE-2023-0464, reason: r, scope: { path: '/var/*/status' } }", true, false},
		{"{ id: CVE-2023-0464, reason: r, scope: { path: '*/*/*/*/*/*' } }", false, false},
		{"{ id: CVE-2023-0464, reason: r, scope: { image: 'registry/app:*' } }", true,
		 false},
		{"{ id: CVE-2023-0464, reason: r, scope: { image: '*/app' } }", false, false},
		{"{ id: CVE-2023-0464, reason: r, scope: { image: '*', source: nginx } }", false,
		 false},
		{"{ id: CVE-2023-0464, reason: r, scope: { field: '*' } }", false, false},
		{"{ id: CVE-2023-0464, reason: r, scope: { package: nginx }, expires: 2020-01-01 }",
		 false, false},
		/* One that has run out and one that has not. */
		{"{ id: IMG-VULN, reason: r, expires: 2026-01-01 }, { id: DSA-5417-1, reason: r }",
		 true, false},
		{"{ id: DSA-5417-1, reason: r }, { id: IMG-VULN, reason: r, expires: 2026-01-01 }",
		 true, false},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_arena_ struct arena arena = {0};
		struct str text = arena_printf(&arena, "waivers: [%s]\n", cases[i].waiver);
		struct policy policy = parse(&arena, text.ptr);
		struct finding f = apply(&policy, vuln_finding(&fixable, SEVERITY_HIGH));

		if ((f.waiver != NULL) != cases[i].waived || f.expired_waiver != cases[i].expired)
			fail_msg("%s: waived %d, expired %d", cases[i].waiver, f.waiver != NULL,
				 f.expired_waiver);
		assert_int_equal(f.gates, !cases[i].waived);
		assert_int_equal(policy.waivers[0].used, cases[i].expired || cases[i].waived);
	}
}

static void only_what_failed_is_waived(void **state)
{
	_cleanup_arena_ struct arena arena = {0};
	struct policy policy = parse(&arena, "waivers: [{ id: IMG-USER, reason: r }]\n"
					     "regrade: [{ id: IMG-USER, severity: low }]\n");
	struct finding f = {.check = &check_user, .severity = SEVERITY_HIGH};

	f.outcome = OUTCOME_PASS;
	assert_null(apply(&policy, f).waiver);
	assert_int_equal(apply(&policy, f).severity, SEVERITY_HIGH);
	assert_false(policy.waivers[0].used);
	f.outcome = OUTCOME_UNKNOWN;
	assert_non_null(apply(&policy, f).waiver);
	f.outcome = OUTCOME_FAIL;
	assert_ptr_equal(apply(&policy, f).waiver, &policy.waivers[0]);
}

static void regrades(void **state)
{
	_cleanup_arena_ struct arena arena = {0};
	struct policy policy =
		parse(&arena,
		      "gate: { fail-on: medium }\n"
		      "regrade:\n"
		      "  - { id: IMG-VULN, severity: low }\n"
		      "  - { id: CVE-2023-0464, severity: critical, scope: { source: openssl } }\n"
		      "  - { id: CVE-2023-0464, severity: none, scope: { source: nginx } }\n");
	struct finding f = apply(&policy, vuln_finding(&fixable, SEVERITY_HIGH));

	assert_int_equal(f.severity, SEVERITY_CRITICAL);
	assert_int_equal(f.severity_before, SEVERITY_HIGH);
	assert_true(f.gates);
	assert_true(policy.regrades[0].used);
	assert_true(policy.regrades[1].used);
	assert_false(policy.regrades[2].used);
	f = apply(&policy, vuln_finding(&unfixed, SEVERITY_HIGH));
	assert_int_equal(f.severity, SEVERITY_LOW);
	assert_false(f.gates);
}

/* Patterns that drive a matcher with one way back per star into the ground. */
static void patterns_are_quick(void **state)
{
	_cleanup_arena_ struct arena arena = {0};
	_cleanup_buf_ struct buf text = BUF_INIT(1 << 20), name = BUF_INIT(1 << 20);
	struct package package = {0};
	struct policy policy;
	struct finding f = vuln_finding(&fixable, SEVERITY_HIGH);

	buf_addf(&text, "waivers: [{ id: IMG-VULN, reason: r, scope: { package: '");
	for (int i = 0; i < 1000; i++) {
		buf_addf(&text, "*a");
		buf_addf(&name, "aaaaaaaaaa");
	}
	buf_addf(&text, "b' } }]\n");
	policy = parse(&arena, text.data);
	package.name = buf_str(&name);
	f.subject.package = &package;
	assert_null(apply(&policy, f).waiver);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_policy),
		cmocka_unit_test(small_policies),
		cmocka_unit_test(gate_words),
		cmocka_unit_test(refused),
		cmocka_unit_test(documented_example),
		cmocka_unit_test(gates),
		cmocka_unit_test(waivers),
		cmocka_unit_test(only_what_failed_is_waived),
		cmocka_unit_test(regrades),
		cmocka_unit_test(patterns_are_quick),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
