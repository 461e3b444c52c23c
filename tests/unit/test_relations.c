/*
 * Rows about what objects say of others, where their fixtures, which are one file each, do not reach: several
 * folders, and so many comparisons that a row gives up.
 */
#include "base/compat.h"

#include <setjmp.h>

#include <cmocka.h>

#include "checks/checks.h"
#include "object_fixture.h"

static int add_object(void *arg, const struct object *object)
{
	return manifests_add(arg, object);
}

static void add(struct manifests *m, const char *path, struct str text)
{
	struct manifest_file file = {.path = str_from(path), .bytes = BUF_INIT(MiB(64))};

	buf_add_str(&file.bytes, text);
	assert_int_equal(buf_status(&file.bytes, NULL), 0);
	manifest_file_each(&file, add_object, m);
	assert_int_equal(file.unreadable.len, 0);
	manifest_file_release(&file);
}

static void run_row(const char *id, const struct manifests *m, struct keeper *k)
{
	const struct manifests_input in = {.manifests = m, .n_objects = m->n_objects};
	struct check_run run = {.check = check_by_id(str_from(id)), .input = &in, .sink = &k->sink};

	assert_non_null(run.check);
	run.subject = (struct subject){.kind = SUBJECT_MANIFESTS, .name = STR("manifests")};
	assert_int_equal(run.check->run(&run), 0);
}

/* --- Folders ------------------------------------------------------------------------------------- */

static void add_budget(struct manifests *m, const char *path)
{
	add(m, path,
	    STR("{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: web}, spec: "
		"{minAvailable: 2, selector: {matchLabels: {app: web}}}}"));
}

static void add_workload(struct manifests *m, const char *path, const char *replicas)
{
	char text[512];

	snprintf(text, sizeof(text),
		 "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: "
		 "%s, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, "
		 "image: i}]}}}}",
		 replicas);
	add(m, path, str_from(text));
}

/* A budget of two in "base/pdb.yaml", and workloads. */
static const struct {
	struct {
		const char *path, *replicas;
	} workloads[3];
	enum outcome outcome;
} folder_cases[] = {
	{{{"base/a.yaml", "2"}}, OUTCOME_FAIL},
	{{{"base/a.yaml", "3"}}, OUTCOME_PASS},
	{{{"base/a.yaml", "1"}, {"base/b.yaml", "2"}}, OUTCOME_PASS},
	/* A variant of another folder is not added. */
	{{{"base/a.yaml", "1"}, {"prod/a.yaml", "3"}}, OUTCOME_FAIL},
	{{{"prod/a.yaml", "3"}, {"base/a.yaml", "1"}}, OUTCOME_FAIL},
	{{{"base/a.yaml", "3"}, {"test/a.yaml", "1"}}, OUTCOME_PASS},
	{{{"base/a.yaml", "1"}, {"base/prod/a.yaml", "3"}}, OUTCOME_FAIL},
	{{{"base/a.yaml", "null"}, {"prod/a.yaml", "1"}}, OUTCOME_NOT_APPLICABLE},
	{{{"base/a.yaml", "3"}, {"prod/a.yaml", "null"}}, OUTCOME_PASS},
	/* None beside the budget. */
	{{{"prod/a.yaml", "2"}}, OUTCOME_FAIL},
	{{{"prod/a.yaml", "1"}, {"prod/b.yaml", "2"}}, OUTCOME_PASS},
	{{{"prod/a.yaml", "1"}, {"test/a.yaml", "1"}}, OUTCOME_NOT_APPLICABLE},
};

static void replicas_are_counted_by_folder(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(folder_cases); i++) {
		_cleanup_manifests_ struct manifests m = MANIFESTS_INIT;
		_cleanup_arena_ struct arena arena = ARENA_INIT(0);
		struct keeper k = {.sink = {&arena, keep_finding, keep_tally}};
		enum outcome outcome = OUTCOME_PASS;

		add_budget(&m, "base/pdb.yaml");
		for (size_t j = 0; j < 3 && folder_cases[i].workloads[j].path; j++)
			add_workload(&m, folder_cases[i].workloads[j].path,
				     folder_cases[i].workloads[j].replicas);
		run_row("OBJ-PDB-REPLICAS", &m, &k);
		assert_int_equal(keeper_tallies(&k) + k.findings.len, 1);
		if (k.findings.len)
			outcome = k.findings.items[0].outcome;
		else if (k.tallies[OUTCOME_NOT_APPLICABLE])
			outcome = OUTCOME_NOT_APPLICABLE;
		if (outcome != folder_cases[i].outcome)
			fail_msg("case %zu: %s", i, outcome_name(outcome));
		vec_release(&k.findings);
	}
}

/* --- Too many comparisons ------------------------------------------------------------------------ */

/* As many as selectors may have, and enough pods that comparing some selectors with all is too much. */
enum { LABELS = SELECTOR_REQUIREMENTS - 2, PODS = 72, SELECTORS = 3, PORTS = 8400 };

static void put_labels(struct buf *text, const char *more)
{
	buf_addf(text, "{");
	for (size_t i = 0; i < LABELS; i++)
		buf_addf(text, "l%zu: web, ", i);
	buf_addf(text, "%s}", more);
}

/* Half of the pods have label "even", half "odd"; others want both, so that they come to the end of none. */
static void put_pods(struct buf *text)
{
	for (size_t i = 0; i < PODS; i++) {
		buf_addf(text,
			 "---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: pod-%zu\n  labels: ",
			 i);
		put_labels(text, i % 2 ? "odd: web" : "even: web");
		buf_addf(text, "\nspec: {containers: [{name: c, image: i}]}\n");
	}
}

static void put_selectors(struct buf *text, const char *labels)
{
	static const struct {
		const char *version, *kind, *before, *behind;
	} kinds[] = {
		{"v1", "Service", "{ports: [{port: 80, targetPort: none}], selector: ", "}"},
		{"networking.k8s.io/v1", "NetworkPolicy", "{podSelector: {matchLabels: ", "}}"},
		{"policy/v1", "PodDisruptionBudget",
		 "{minAvailable: 1, selector: {matchLabels: ", "}}"},
	};

	for (size_t i = 0; i < SELECTORS * ARRAY_LEN(kinds); i++) {
		size_t kind = i % ARRAY_LEN(kinds);

		buf_addf(text,
			 "---\napiVersion: %s\nkind: %s\nmetadata: {name: object-%zu}\nspec: %s",
			 kinds[kind].version, kinds[kind].kind, i, kinds[kind].before);
		put_labels(text, labels);
		buf_addf(text, "%s\n", kinds[kind].behind);
	}
}

/* One Service with many ports, and an Ingress that asks each time for one that is not among them. */
static void put_ports(struct buf *text)
{
	buf_addf(text, "---\napiVersion: v1\nkind: Service\nmetadata: {name: many}\nspec:\n"
		       "  ports:\n");
	for (size_t i = 0; i < PORTS; i++)
		buf_addf(text, "    - {name: p%zu, port: 1}\n", i);
	buf_addf(text,
		 "---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: many}\n"
		 "spec:\n  rules:\n    - http:\n        paths:\n");
	for (size_t i = 0; i < PORTS; i++)
		buf_addf(text,
			 "          - {backend: {service: {name: many, port: {number: 2}}}}\n");
}

/* The last finding says that the row gave up; those before it are of what it had seen by then. */
static void assert_gives_up(const char *id, const struct manifests *m)
{
	_cleanup_arena_ struct arena arena = ARENA_INIT(0);
	struct keeper k = {.sink = {&arena, keep_finding, keep_tally}};
	const struct finding *last;

	run_row(id, m, &k);
	if (k.findings.len == 0)
		fail_msg("%s says nothing", id);
	last = &k.findings.items[k.findings.len - 1];
	if (last->outcome != OUTCOME_UNKNOWN || str_find(last->message, STR("a limit")) < 0)
		fail_msg("%s: %.*s", id, STR_FMT(last->message));
	assert_int_equal(keeper_tallies(&k), 0);
	vec_release(&k.findings);
}

static void rows_give_up(void **state)
{
	_cleanup_buf_ struct buf text = BUF_INIT(MiB(32));
	_cleanup_manifests_ struct manifests none = MANIFESTS_INIT, all = MANIFESTS_INIT,
					     ports = MANIFESTS_INIT;

	put_pods(&text);
	put_selectors(&text, "even: web, odd: web");
	add(&none, "a.yaml", buf_str(&text));
	assert_gives_up("OBJ-SERVICE-DANGLING", &none);
	assert_gives_up("OBJ-NETPOL-DANGLING", &none);
	assert_gives_up("OBJ-PDB-DANGLING", &none);

	buf_clear(&text);
	put_pods(&text);
	put_selectors(&text, "even: web");
	add(&all, "a.yaml", buf_str(&text));
	assert_gives_up("OBJ-SERVICE-PORT", &all);
	assert_gives_up("OBJ-NETPOL-MISSING", &all);
	assert_gives_up("OBJ-PDB-MISSING", &all);
	assert_gives_up("OBJ-PDB-REPLICAS", &all);

	buf_clear(&text);
	put_ports(&text);
	add(&ports, "a.yaml", buf_str(&text));
	assert_gives_up("OBJ-INGRESS-DANGLING", &ports);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replicas_are_counted_by_folder),
		cmocka_unit_test(rows_give_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
