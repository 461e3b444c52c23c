/*
 * Pod Security Standards: versions as they are written, and the pods of Kubernetes' own tests, each of which
 * must pass, or fail by the control that its file name tells.
 */
#include "base/compat.h"

#include <setjmp.h>

#include <cmocka.h>
#include <dirent.h>

#include "checks/checks.h"
#include "object_fixture.h"

/* --- Levels and versions ------------------------------------------------------------------------- */

static void levels_and_versions(void **state)
{
	static const struct {
		const char *text;
		enum pss_level level;
		unsigned minor;
	} good[] = {
		{"baseline", PSS_BASELINE, PSS_LATEST},
		{"restricted", PSS_RESTRICTED, PSS_LATEST},
		{"privileged", PSS_PRIVILEGED, PSS_LATEST},
		{"restricted:latest", PSS_RESTRICTED, PSS_LATEST},
		{"restricted:1.25", PSS_RESTRICTED, 25},
		{"restricted:v1.25", PSS_RESTRICTED, 25},
		{"baseline:1.0", PSS_BASELINE, 0},
		{"baseline:v1.37", PSS_BASELINE, 37},
	};
	static const char *const bad[] = {
		"",
		":",
		"Baseline",
		"strict",
		"baseline:",
		"baseline:1",
		"baseline:1.",
		"baseline:1.07",
		"baseline:2.0",
		"baseline:1.38",
		"baseline:v",
		"baseline:1.25.1",
		"baseline:1.-1",
		"baseline:1.+1",
		"baseline: 1.25",
		"baseline:vv1.25",
		"baseline:1.25 ",
		"baseline:01.2",
		"restricted:1.99999999999999999999",
	};

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		struct pss pss = {0};

		assert_int_equal(pss_parse(good[i].text, &pss, NULL), 0);
		assert_int_equal(pss.level, good[i].level);
		assert_int_equal(pss.minor, good[i].minor);
		assert_true(pss.alone);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct pss pss = {.minor = 7};
		struct err err = ERR_INIT;

		assert_int_equal(pss_parse(bad[i], &pss, &err), -ERR_USAGE);
		assert_int_equal(pss.minor, 7);
		assert_true(strlen(err.text) > 0);
	}
	assert_string_equal(pss_level_name(PSS_PRIVILEGED), "privileged");
	assert_string_equal(pss_level_name(PSS_BASELINE), "baseline");
	assert_string_equal(pss_level_name(PSS_RESTRICTED), "restricted");
}

/* --- Kubernetes' own pods ------------------------------------------------------------------------ */

static const struct check_area *pss_area(void)
{
	for (size_t a = 0; a < n_check_areas; a++)
		if (strcmp(check_areas[a]->name, "pss") == 0)
			return check_areas[a];
	fail_msg("there is no area pss");
	return NULL;
}

/* What a row cites as its control; the second is the control of baseline that it takes the place of. */
static bool cites(const struct check *c, struct str control)
{
	for (const struct ref *r = c->refs; r->standard != REF_MAX_; r++)
		if (r->standard == REF_PSS && str_eq_nocase(str_from(r->clause), control))
			return true;
	return false;
}

/* Pods that the API server would refuse for another reason if they did not break this control, too. */
static bool fails_with(struct str control, const char *id)
{
	static const struct {
		const char *control, *id;
	} known[] = {
		{"windowshostprocess", "PSS-HOST-NAMESPACES"},
		{"privileged", "PSS-ALLOW-PRIVILEGE-ESCALATION"},
		{"allowprivilegeescalation", "PSS-CAPABILITIES-RESTRICTED"},
	};

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (str_eq(control, str_from(known[i].control)) && strcmp(id, known[i].id) == 0)
			return true;
	return false;
}

struct sample {
	const char *path;
	struct pss pss;
	struct str control; /* empty: it must pass */
	size_t n_objects, n_named, n_others, n_applied;
};

static int judge_sample(void *arg, const struct object *object)
{
	struct sample *s = arg;
	const struct object_input in = {
		.object = object, .pss = s->pss, .target_minor = PSS_LATEST};

	const struct check_area *area = pss_area();

	assert_int_equal(object->n_malformed, 0);
	s->n_objects++;
	for (size_t i = 0; i < area->n_checks; i++) {
		const struct check *c = &area->checks[i];
		_cleanup_arena_ struct arena arena = ARENA_INIT(0);
		struct keeper k = {.sink = {&arena, keep_finding, keep_tally}};
		struct check_run run = {.check = c, .input = &in, .sink = &k.sink};

		assert_int_equal(c->run(&run), 0);
		s->n_applied += k.tallies[OUTCOME_NOT_APPLICABLE] == 0;
		if (cites(c, s->control))
			s->n_named += k.findings.len;
		else if (!fails_with(s->control, c->id) && k.findings.len) {
			s->n_others += k.findings.len;
			print_error("%s: %s 1.%u: %s: %.*s\n", s->path,
				    pss_level_name(s->pss.level), s->pss.minor, c->id,
				    STR_FMT(k.findings.items[0].message));
		}
		vec_release(&k.findings);
	}
	return 0;
}

/* How many things were not as they should be: 0 or 1. */
static size_t run_sample(const char *path, const char *name, struct pss pss, bool pass)
{
	struct manifest_file file = MANIFEST_FILE_INIT;
	struct str control = str_sub(str_from(name), 0, strcspn(name, "0123456789."));
	struct sample s = {.path = path, .pss = pss, .control = pass ? STR("") : control};
	bool good;

	manifest_file_open(&file, path);
	manifest_file_each(&file, judge_sample, &s);
	good = s.n_objects == 1 && s.n_applied > 0 && s.n_others == 0 && (s.n_named > 0) != pass;
	if (!good)
		print_error("%s: %s:1.%u: %zu objects, %zu findings of '%.*s', %zu others\n", path,
			    pss_level_name(pss.level), pss.minor, s.n_objects, s.n_named,
			    STR_FMT(s.control), s.n_others);
	manifest_file_release(&file);
	return !good;
}

/* The files of a folder, which hold for all versions from one minor to another. */
static size_t run_samples(const char *folder, struct pss pss, unsigned last, bool pass, size_t *n)
{
	struct dirent *entry;
	char path[4096];
	size_t bad = 0;
	DIR *dir = opendir(folder);

	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		if (!str_ends(str_from(entry->d_name), STR(".yaml")))
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		for (struct pss at = pss; at.minor <= last; at.minor++, ++*n)
			bad += run_sample(path, entry->d_name, at, pass);
	}
	closedir(dir);
	return bad;
}

static void kubernetes_samples(void **state)
{
	/* The last version until which nothing changed that would let a pod fail which passed. */
	static const struct {
		const char *folder;
		unsigned minor, last;
	} versions[] = {
		{"v1.0", 0, 7},	   {"v1.19", 19, 21}, {"v1.25", 25, 26},
		{"v1.30", 30, 30}, {"v1.35", 35, 37},
	};
	const char *shared = getenv("CSCPLATE_SHARED");
	char folder[2048];
	size_t bad = 0, n = 0;

	for (enum pss_level level = PSS_BASELINE; level <= PSS_RESTRICTED; level++) {
		for (size_t i = 0; i < ARRAY_LEN(versions); i++) {
			struct pss pss = {level, versions[i].minor, true};

			for (size_t pass = 0; pass < 2; pass++) {
				snprintf(folder, sizeof(folder), "%s/samples/pss/%s/%s/%s",
					 shared ? shared : "../shared", pss_level_name(level),
					 versions[i].folder, pass ? "pass" : "fail");
				if (access(folder, R_OK) < 0) {
					print_message("samples of Kubernetes are absent: %s\n",
						      folder);
					skip();
				}
				bad += run_samples(folder, pss, versions[i].last, pass, &n);
			}
		}
	}
	print_message("%zu pods judged, each by all rows\n", n);
	assert_int_equal(bad, 0);
}

/* --- Controls that take the place of others ------------------------------------------------------ */

/* The n-th control that the row names, or NULL. */
static const char *control_of(const struct check *c, size_t n)
{
	for (const struct ref *ref = c->refs; ref->standard != REF_MAX_; ref++)
		if (ref->standard == REF_PSS && n-- == 0)
			return ref->clause;
	return NULL;
}

static bool is_taken_over(const char *control)
{
	const struct check_area *area = pss_area();

	for (size_t i = 0; i < area->n_checks; i++) {
		const char *other = control_of(&area->checks[i], 1);

		if (other && strcmp(other, control) == 0)
			return true;
	}
	return false;
}

/* Whether the row looks at pods that are judged by restricted of the newest version. */
static bool looks_at(const struct check *c, const struct object *object, bool alone)
{
	_cleanup_arena_ struct arena arena = ARENA_INIT(0);
	struct keeper k = {.sink = {&arena, keep_finding, keep_tally}};
	const struct object_input in = {
		.object = object,
		.pss = {.level = PSS_RESTRICTED, .minor = PSS_LATEST, .alone = alone},
		.target_minor = PSS_LATEST,
	};
	struct check_run run = {.check = c, .input = &in, .sink = &k.sink};
	bool looks;

	assert_int_equal(c->run(&run), 0);
	looks = k.tallies[OUTCOME_NOT_APPLICABLE] == 0;
	vec_release(&k.findings);
	return looks;
}

static void rows_name_what_they_take_over(void **state)
{
	static const struct workload workload = {.pod.field = {"", 0}};
	const struct object object = {.origin = ORIGIN_KUBERNETES, .workload = &workload};
	const struct check_area *area = pss_area();
	size_t n = 0;

	for (size_t i = 0; i < area->n_checks; i++) {
		const struct check *c = &area->checks[i];
		bool taken = is_taken_over(control_of(c, 0));

		assert_true(looks_at(c, &object, false));
		if (looks_at(c, &object, true) == taken)
			fail_msg("%s: run functions and references do not agree", c->id);
		n += taken;
	}
	assert_true(n > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(levels_and_versions),
		cmocka_unit_test(rows_name_what_they_take_over),
		cmocka_unit_test(kubernetes_samples),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
