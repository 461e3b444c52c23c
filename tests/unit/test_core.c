/* The model: names, packages in packed form, findings in order, and what a result amounts to. */
#include "base/compat.h"

#include <setjmp.h>

#include <cmocka.h>

#include "core/check.h"
#include "core/cve.h"
#include "core/package.h"
#include "core/result.h"

/* Every name exists, once, and what is outside the enumeration does not crash. */
#define EXPECT_NAMES(function, type, max)                                                      \
	do {                                                                                   \
		for (int i = 0; i < (int)(max); i++) {                                         \
			assert_non_null(function((type)i));                                    \
			assert_string_not_equal(function((type)i), "?");                       \
			for (int k = 0; k < i; k++)                                            \
				assert_string_not_equal(function((type)i), function((type)k)); \
		}                                                                              \
		assert_non_null(function((type)(max)));                                        \
	} while (0)

static void names(void **state)
{
	EXPECT_NAMES(outcome_name, enum outcome, OUTCOME_MAX_);
	EXPECT_NAMES(subject_kind_name, enum subject_kind, SUBJECT_KIND_MAX_);
	EXPECT_NAMES(ref_standard_name, enum ref_standard, REF_MAX_);
	EXPECT_NAMES(coverage_kind_name, enum coverage_kind, COVERAGE_KIND_MAX_);
	EXPECT_NAMES(package_type_name, enum package_type, PACKAGE_TYPE_MAX_);
	EXPECT_NAMES(image_kind_name, enum image_kind, IMAGE_KIND_MAX_);
	EXPECT_NAMES(vuln_status_name, enum vuln_status, VULN_STATUS_MAX_);
	EXPECT_NAMES(stage_name, enum stage, STAGE_MAX_);
	EXPECT_NAMES(answer_name, enum answer, ANSWER_MAX_);
	assert_string_equal(outcome_name(OUTCOME_NOT_APPLICABLE), "not-applicable");
	assert_string_equal(vuln_status_name(VULN_WILL_NOT_FIX), "will not fix");
	assert_string_equal(image_kind_name(IMAGE_OCI_LAYOUT), "oci-layout");
}

static void cves(void **state)
{
	static const char *const good[] = {"CVE-1999-0001", "CVE-2024-1234", "CVE-2021-44228",
					   "CVE-2024-4294967295"};
	static const char *const bad[] = {
		"",
		"CVE-",
		"CVE-x",
		"CVE-2024",
		"CVE-2024-",
		"CVE-2024-123",
		"CVE-2024-01234",
		"CVE-2024-1234x",
		"CVE-2024-1234 ",
		"CVE-20245-1234",
		"cve-2024-1234",
		"CVE-2024-4294967296",
		"CVE-+024-1234",
		"CVE-2024-{1,2,3}",
		"CVE_2024-1234",
		"DEBIAN-CVE-2024-1234",
	};

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		assert_true(cve_is_id(str_from(good[i])));
		for (size_t len = 0; len < strlen("CVE-2024-1234"); len++)
			assert_false(cve_is_id(str_sub(str_from(good[i]), 0, len)));
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(cve_is_id(str_from(bad[i])));
	assert_true(str_eq(cve_inside(STR("DEBIAN-CVE-2024-1234")), STR("CVE-2024-1234")));
	assert_true(str_eq(cve_inside(STR("CVE-2024-1234")), STR("CVE-2024-1234")));
	assert_int_equal(cve_inside(STR("DEBIAN-CVE-2024-1234-fix")).len, 0);
	assert_int_equal(cve_inside(STR("GHSA-aaaa-bbbb-cccc")).len, 0);
}

static void severities(void **state)
{
	for (enum severity s = 0; s < SEVERITY_MAX_; s++) {
		enum severity back = SEVERITY_MAX_;

		assert_int_equal(severity_parse(str_from(severity_name(s)), &back), 0);
		assert_int_equal(back, s);
	}
	assert_true(severity_at_least(SEVERITY_UNKNOWN, SEVERITY_MEDIUM));
	assert_false(severity_at_least(SEVERITY_UNKNOWN, SEVERITY_HIGH));
	assert_false(severity_at_least(SEVERITY_NONE, SEVERITY_NONE));
}

static const struct owned_file owned[] = {
	{STR("/usr/bin/openssl"), STR("md5:00112233445566778899aabbccddeeff")},
	{STR("/usr/share/doc/openssl/\xff\xfe\n odd"), STR("")},
};

static const struct package sample = {
	.type = PACKAGE_RPM,
	.name = STR("openssl"),
	.version = STR("1:1.1.1n-0+deb11u3"),
	.arch = STR("amd64"),
	.source_name = STR("openssl"),
	.source_version = STR("1.1.1n-0+deb11u3"),
	.module = STR("nodejs:12:8010020190612143724:cdc1202b"),
	.vendor = STR("Debian OpenSSL Team"),
	.license = STR("OpenSSL"),
	.broken = true,
	.third_party = STR("vendor 'Docker'"),
	.path = STR("/var/lib/dpkg/status"),
	.layer = 3,
	.files = owned,
	.n_files = ARRAY_LEN(owned),
};

static void expect_same(struct str a, struct str b)
{
	assert_true(str_eq(a, b));
}

static void packing(void **state)
{
	_cleanup_arena_ struct arena arena = {0};
	_cleanup_buf_ struct buf b = BUF_INIT(65536);
	struct package p = {0}, empty = {0};
	struct unpack u;

	package_pack(&b, &sample);
	package_pack(&b, &empty);
	assert_int_equal(buf_status(&b, NULL), 0);
	u = unpack_init(buf_str(&b));
	assert_int_equal(package_unpack(&u, &arena, &p), 0);
	assert_int_equal(p.type, sample.type);
	expect_same(p.name, sample.name);
	expect_same(p.version, sample.version);
	expect_same(p.arch, sample.arch);
	expect_same(p.source_name, sample.source_name);
	expect_same(p.source_version, sample.source_version);
	expect_same(p.module, sample.module);
	expect_same(p.vendor, sample.vendor);
	expect_same(p.license, sample.license);
	expect_same(p.third_party, sample.third_party);
	assert_true(p.broken);
	assert_int_equal(p.path.len, 0);
	assert_int_equal(p.layer, LAYER_NONE);
	assert_int_equal(p.n_files, sample.n_files);
	for (size_t i = 0; i < p.n_files; i++) {
		expect_same(p.files[i].path, sample.files[i].path);
		expect_same(p.files[i].digest, sample.files[i].digest);
	}
	assert_int_equal(package_unpack(&u, &arena, &p), 0);
	assert_int_equal(p.n_files, 0);
	assert_true(unpack_done(&u));
}

static void packed_garbage(void **state)
{
	_cleanup_buf_ struct buf b = BUF_INIT(65536);

	package_pack(&b, &sample);
	for (size_t len = 0; len < b.len; len++) {
		_cleanup_arena_ struct arena arena = {0};
		_cleanup_free_ char *cut = malloc(len ? len : 1);
		struct package p;
		struct unpack u;

		assert_non_null(cut);
		memcpy(cut, b.data, len);
		u = unpack_init((struct str){cut, len});
		assert_int_equal(package_unpack(&u, &arena, &p), 0);
		assert_true(u.failed);
	}
	for (size_t at = 0; at < b.len; at++) {
		for (int bit = 0; bit < 8; bit++) {
			_cleanup_arena_ struct arena arena = ARENA_INIT(1 << 20);
			struct package p;
			struct unpack u;

			b.data[at] = (char)(b.data[at] ^ (1 << bit));
			u = unpack_init(buf_str(&b));
			assert_true(package_unpack(&u, &arena, &p) <= 0);
			b.data[at] = (char)(b.data[at] ^ (1 << bit));
		}
	}
}

static void package_order(void **state)
{
	/* In order: each is before the next. */
	static const struct package packages[] = {
		{.name = STR("a"), .version = STR("2")},
		{.name = STR("a"), .version = STR("3"), .arch = STR("amd64"), .path = STR("/x")},
		{.name = STR("a"), .version = STR("3"), .arch = STR("amd64"), .path = STR("/y")},
		{.name = STR("a"), .version = STR("3"), .arch = STR("i386"), .path = STR("/a")},
		{.name = STR("ab"), .version = STR("1")},
		{.name = STR("b")},
	};

	for (size_t i = 0; i < ARRAY_LEN(packages); i++)
		for (size_t k = 0; k < ARRAY_LEN(packages); k++) {
			int r = package_compare(&packages[i], &packages[k]);

			assert_int_equal((r > 0) - (r < 0), (i > k) - (i < k));
		}
}

static const struct check check_a = {
	.id = "A-CHECK", .question = Q_IMAGE_1, .severity = SEVERITY_HIGH};
static const struct check check_b = {
	.id = "B-CHECK", .question = Q_IMAGE_2, .severity = SEVERITY_LOW};
static const struct vulnerability cve_1 = {.id = STR("CVE-1"), .fixed_version = STR("2")};
static const struct vulnerability cve_2 = {.id = STR("CVE-2")};

static void finding_order(void **state)
{
#define F(check_, outcome_, severity_, name_, ...)                                  \
	{                                                                           \
		.check = &(check_), .outcome = (outcome_), .severity = (severity_), \
		.subject.name = STR(name_), __VA_ARGS__                             \
	}
	static const struct finding findings[] = {
		F(check_b, OUTCOME_FAIL, SEVERITY_CRITICAL, "z", .vulnerability = NULL),
		F(check_a, OUTCOME_FAIL, SEVERITY_HIGH, "a", .vulnerability = &cve_2),
		F(check_a, OUTCOME_FAIL, SEVERITY_HIGH, "b", .vulnerability = &cve_1),
		F(check_a, OUTCOME_FAIL, SEVERITY_HIGH, "b", .vulnerability = &cve_2),
		F(check_a, OUTCOME_FAIL, SEVERITY_HIGH, "b", .vulnerability = &cve_2,
		  .where.line = 2),
		F(check_a, OUTCOME_FAIL, SEVERITY_HIGH, "b", .vulnerability = &cve_2,
		  .where.line = 10),
		F(check_a, OUTCOME_FAIL, SEVERITY_HIGH, "b", .vulnerability = &cve_2,
		  .where.path = STR("/a")),
		F(check_b, OUTCOME_FAIL, SEVERITY_HIGH, "a", .vulnerability = NULL),
		F(check_a, OUTCOME_FAIL, SEVERITY_NONE, "a", .vulnerability = NULL),
		F(check_a, OUTCOME_UNKNOWN, SEVERITY_CRITICAL, "a", .vulnerability = NULL),
		F(check_a, OUTCOME_UNKNOWN, SEVERITY_LOW, "a", .vulnerability = NULL),
		F(check_a, OUTCOME_PASS, SEVERITY_CRITICAL, "a", .vulnerability = NULL),
		F(check_a, OUTCOME_NOT_APPLICABLE, SEVERITY_CRITICAL, "a", .vulnerability = NULL),
	};

	for (size_t i = 0; i < ARRAY_LEN(findings); i++)
		for (size_t k = 0; k < ARRAY_LEN(findings); k++) {
			int r = finding_compare(&findings[i], &findings[k]);

			if ((r > 0) - (r < 0) != (i > k) - (i < k))
				fail_msg("findings %zu and %zu compare as %d", i, k, r);
		}
}

static struct finding *add(struct result *result, const struct check *check, enum outcome outcome,
			   enum severity severity)
{
	struct finding *f = vec_add(&result->findings);

	assert_non_null(f);
	f->check = check;
	f->outcome = outcome;
	f->severity = severity;
	return f;
}

static void summary_and_exit_codes(void **state)
{
	static const struct str accepted[] = {STR("B-CHECK")};
	static struct waiver waiver;
	struct policy policy = policy_default(STR("2026-06-15"));
	struct result result = RESULT_INIT;
	struct result_summary s;

	result.policy = &policy;
	assert_int_equal(result_exit_code(&result), 0);
	add(&result, &check_a, OUTCOME_PASS, SEVERITY_HIGH);
	add(&result, &check_a, OUTCOME_FAIL, SEVERITY_LOW)->expired_waiver = true;
	add(&result, &check_a, OUTCOME_FAIL, SEVERITY_HIGH)->vulnerability = &cve_1;
	add(&result, &check_a, OUTCOME_FAIL, SEVERITY_HIGH)->vulnerability = &cve_2;
	add(&result, &check_a, OUTCOME_FAIL, SEVERITY_HIGH)->waiver = &waiver;
	assert_int_equal(result_exit_code(&result), 0);
	add(&result, &check_b, OUTCOME_UNKNOWN, SEVERITY_HIGH);
	assert_int_equal(result_exit_code(&result), 3);
	policy.gate.accept_unknown = accepted;
	policy.gate.n_accept_unknown = 1;
	assert_int_equal(result_exit_code(&result), 0);
	add(&result, &check_a, OUTCOME_UNKNOWN, SEVERITY_HIGH)->waiver = &waiver;
	assert_int_equal(result_exit_code(&result), 0);
	add(&result, &check_a, OUTCOME_UNKNOWN, SEVERITY_HIGH);
	assert_int_equal(result_exit_code(&result), 3);
	add(&result, &check_a, OUTCOME_FAIL, SEVERITY_CRITICAL)->gates = true;
	assert_int_equal(result_exit_code(&result), 1);

	s = result_summarize(&result);
	assert_int_equal(s.failed, 4);
	assert_int_equal(s.by_severity[SEVERITY_HIGH], 2);
	assert_int_equal(s.by_severity[SEVERITY_LOW], 1);
	assert_int_equal(s.by_severity[SEVERITY_CRITICAL], 1);
	assert_int_equal(s.fixable[SEVERITY_HIGH], 1);
	assert_int_equal(s.waived, 2);
	assert_int_equal(s.unknown, 1);
	assert_int_equal(s.unknown_accepted, 1);
	assert_int_equal(s.gating, 1);
	assert_int_equal(s.expired_waivers, 1);
	result_release(&result);
}

/* Silence is never harmless: a gate above medium passes over what nobody rated, and says so. */
static void unrated_is_incomplete(void **state)
{
	static const struct vulnerability fixable = {.id = STR("CVE-1"), .fixed_version = STR("2")};
	static const struct vulnerability unfixed = {.id = STR("CVE-2")};
	static const struct str accepted[] = {STR("A-CHECK")};
	static struct waiver waiver;
	static const struct {
		enum severity fail_on;
		bool unfixed;
		const struct vulnerability *v;
		enum severity severity;
		const struct waiver *waiver;
		bool accept, passed_over;
		int exit_code;
	} cases[] = {
		{SEVERITY_HIGH, false, &fixable, SEVERITY_UNKNOWN, NULL, false, true, 3},
		{SEVERITY_CRITICAL, false, &fixable, SEVERITY_UNKNOWN, NULL, false, true, 3},
		{SEVERITY_HIGH, true, &unfixed, SEVERITY_UNKNOWN, NULL, false, true, 3},
		{SEVERITY_HIGH, false, &fixable, SEVERITY_UNKNOWN, NULL, true, true, 0},
		{SEVERITY_HIGH, false, &unfixed, SEVERITY_UNKNOWN, NULL, false, false, 0},
		{SEVERITY_HIGH, false, &fixable, SEVERITY_UNKNOWN, &waiver, false, false, 0},
		{SEVERITY_HIGH, false, &fixable, SEVERITY_MEDIUM, NULL, false, false, 0},
		{SEVERITY_HIGH, false, NULL, SEVERITY_UNKNOWN, NULL, false, false, 0},
		{GATE_NEVER, false, &fixable, SEVERITY_UNKNOWN, NULL, false, false, 0},
		{SEVERITY_MEDIUM, false, &fixable, SEVERITY_UNKNOWN, NULL, false, false, 0},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct policy policy = policy_default(STR("2026-06-15"));
		struct result result = {.policy = &policy};
		struct finding *f = add(&result, &check_a, OUTCOME_FAIL, cases[i].severity);
		struct result_summary s;

		policy.gate.fail_on = cases[i].fail_on;
		policy.gate.unfixed = cases[i].unfixed;
		policy.gate.accept_unknown = accepted;
		policy.gate.n_accept_unknown = cases[i].accept;
		f->vulnerability = cases[i].v;
		f->waiver = cases[i].waiver;
		assert_int_equal(result_passes_over(&result, f), cases[i].passed_over);
		s = result_summarize(&result);
		assert_int_equal(s.unrated, cases[i].passed_over && !cases[i].accept);
		assert_int_equal(s.unrated_accepted, cases[i].passed_over && cases[i].accept);
		assert_int_equal(result_exit_code(&result), cases[i].exit_code);
		add(&result, &check_b, OUTCOME_FAIL, SEVERITY_CRITICAL)->gates = true;
		assert_int_equal(result_exit_code(&result), 1);
		result_release(&result);
	}
}

static void answers(void **state)
{
	enum { PASS = 1, FAIL = 2, NA = 4, UNKNOWN = 8, WAIVED = 16, INFORMATION = 32 };
	static const struct {
		int findings;
		enum answer answer;
	} cases[] = {
		{0, ANSWER_NOT_ASSESSED},
		{NA, ANSWER_NOT_ASSESSED},
		{INFORMATION, ANSWER_NOT_ASSESSED},
		{PASS, ANSWER_YES},
		{PASS | NA | INFORMATION, ANSWER_YES},
		{PASS | UNKNOWN, ANSWER_PARTLY},
		{UNKNOWN, ANSWER_PARTLY},
		{PASS | WAIVED, ANSWER_PARTLY},
		{PASS | FAIL, ANSWER_NO},
		{FAIL | UNKNOWN | WAIVED, ANSWER_NO},
	};
	static struct waiver waiver;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct result result = {.compared = true};
		enum answer answers[QUESTION_MAX_];

		if (cases[i].findings & PASS)
			add(&result, &check_a, OUTCOME_PASS, SEVERITY_HIGH);
		if (cases[i].findings & FAIL)
			add(&result, &check_a, OUTCOME_FAIL, SEVERITY_NEGLIGIBLE);
		if (cases[i].findings & NA)
			add(&result, &check_a, OUTCOME_NOT_APPLICABLE, SEVERITY_HIGH);
		if (cases[i].findings & UNKNOWN)
			add(&result, &check_a, OUTCOME_UNKNOWN, SEVERITY_HIGH);
		if (cases[i].findings & WAIVED)
			add(&result, &check_a, OUTCOME_FAIL, SEVERITY_HIGH)->waiver = &waiver;
		if (cases[i].findings & INFORMATION)
			add(&result, &check_a, OUTCOME_FAIL, SEVERITY_NONE);
		result_answers(&result, answers);
		assert_int_equal(answers[Q_IMAGE_1], cases[i].answer);
		assert_int_equal(answers[Q_IMAGE_2], ANSWER_NOT_ASSESSED);
		result_release(&result);
	}
}

static void coverage(void **state)
{
	struct result result = RESULT_INIT;

	assert_int_equal(result_cover(&result, COVERAGE_FEED, true, STR("Debian:12"), STR("d")), 0);
	assert_int_equal(result_cover(&result, COVERAGE_GAP, false, STR("g"), STR("")), 0);
	assert_int_equal(result.coverage.len, 2);
	assert_true(result.coverage.items[0].complete);
	expect_same(result.coverage.items[0].name, STR("Debian:12"));
	result_release(&result);
	assert_int_equal(result.coverage.len, 0);
}

struct kept_sink {
	struct finding_sink sink;
	struct finding finding;
};

static int keep(struct finding_sink *sink, const struct finding *finding)
{
	((struct kept_sink *)sink)->finding = *finding;
	return 0;
}

static void emitting(void **state)
{
	_cleanup_arena_ struct arena arena = {0};
	struct kept_sink kept = {.sink = {.arena = &arena, .take = keep}};
	struct check_run run = {
		.check = &check_a,
		.subject = {.kind = SUBJECT_PACKAGE, .name = STR("openssl"), .package = &sample},
		.sink = &kept.sink,
	};

	assert_int_equal(check_emitf(&run, OUTCOME_UNKNOWN, "cannot read '%s'", "x"), 0);
	expect_same(kept.finding.message, STR("cannot read 'x'"));
	assert_ptr_equal(kept.finding.check, &check_a);
	assert_int_equal(kept.finding.outcome, OUTCOME_UNKNOWN);
	assert_int_equal(kept.finding.severity, SEVERITY_HIGH);
	assert_int_equal(kept.finding.severity_before, SEVERITY_HIGH);
	assert_int_equal(kept.finding.where.layer, sample.layer);
	expect_same(kept.finding.subject.name, STR("openssl"));
	run.subject.package = NULL;
	assert_int_equal(check_emitf(&run, OUTCOME_PASS, "fine"), 0);
	assert_int_equal(kept.finding.where.layer, LAYER_NONE);
	arena.max = 1;
	assert_int_equal(check_emitf(&run, OUTCOME_PASS, "no room for this"), -ENOMEM);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(cves),
		cmocka_unit_test(severities),
		cmocka_unit_test(packing),
		cmocka_unit_test(packed_garbage),
		cmocka_unit_test(package_order),
		cmocka_unit_test(finding_order),
		cmocka_unit_test(summary_and_exit_codes),
		cmocka_unit_test(unrated_is_incomplete),
		cmocka_unit_test(answers),
		cmocka_unit_test(coverage),
		cmocka_unit_test(emitting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
