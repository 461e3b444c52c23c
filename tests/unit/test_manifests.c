/* What is remembered of objects for what they say of each other: names, namespaces, labels, selectors. */
#include "base/compat.h"

#include <setjmp.h>

#include <cmocka.h>

#include "base/yaml.h"
#include "core/manifests.h"
#include "manifest/manifest.h"

struct adding {
	struct manifests *manifests;
	int r;
};

static int add_object(void *arg, const struct object *object)
{
	struct adding *adding = arg;

	adding->r = manifests_add(adding->manifests, object);
	return adding->r;
}

/* Documents of a text; its bytes and nodes are gone afterwards, so that nothing may point to them. */
static int add_text(struct manifests *m, const char *path, const char *text)
{
	char *bytes = strdup(text), *name = strdup(path);
	struct adding adding = {.manifests = m};
	const struct yaml_node *root;
	struct err err = ERR_INIT;
	struct yaml *yaml;

	assert_int_equal(yaml_open(str_from(bytes), &yaml, &err), 0);
	for (;;) {
		_cleanup_arena_ struct arena arena = ARENA_INIT(0);
		int r = yaml_next(yaml, &arena, &root, &err);

		assert_true(r >= 0);
		if (r == 0 ||
		    manifest_document(root, str_from(name), &arena, add_object, &adding) < 0)
			break;
	}
	yaml_close(yaml);
	free(bytes);
	free(name);
	return adding.r;
}

static void add(struct manifests *m, const char *path, const char *text)
{
	assert_int_equal(add_text(m, path, text), 0);
}

/* A pod of a namespace ("": none) with labels, and a policy with a selector: both in flow style. */
static void add_pod(struct manifests *m, const char *ns, const char *labels)
{
	char text[1024];

	snprintf(text, sizeof(text),
		 "{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: %s, labels: %s}, "
		 "spec: {containers: [{name: c, image: i}]}}",
		 *ns ? ns : "null", labels);
	add(m, "pod.yaml", text);
}

static void add_policy(struct manifests *m, const char *ns, const char *selector)
{
	char text[1024];

	snprintf(text, sizeof(text),
		 "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: n, "
		 "namespace: %s}, spec: {podSelector: %s}}",
		 *ns ? ns : "null", selector);
	add(m, "policy.yaml", text);
}

/* --- Selectors ----------------------------------------------------------------------------------- */

/* Kubernetes API reference, LabelSelectorRequirement; labels.Requirement.Matches of apimachinery. */
static const struct {
	const char *selector, *labels;
	bool matches, unclear;
} selectors[] = {
	{"{}", "{app: web}", true},
	{"{}", "{}", true},
	{"{matchLabels: {app: web}}", "{app: web, tier: front}", true},
	{"{matchLabels: {app: web}}", "{app: api}", false},
	{"{matchLabels: {app: web}}", "{}", false},
	{"{matchLabels: {app: web, tier: back}}", "{app: web, tier: front}", false},
	{"{matchLabels: {app: \"\"}}", "{app: \"\"}", true},
	{"{matchLabels: {app: \"\"}}", "{}", false},
	{"{matchExpressions: [{key: app, operator: In, values: [api, web]}]}", "{app: web}", true},
	{"{matchExpressions: [{key: app, operator: In, values: [web]}]}", "{app: web}", true},
	{"{matchExpressions: [{key: app, operator: In, values: [api]}]}", "{app: web}", false},
	{"{matchExpressions: [{key: app, operator: In, values: []}]}", "{app: web}", false},
	{"{matchExpressions: [{key: app, operator: NotIn, values: [api]}]}", "{app: web}", true},
	{"{matchExpressions: [{key: app, operator: NotIn, values: [api]}]}", "{}", true},
	{"{matchExpressions: [{key: app, operator: NotIn, values: [web]}]}", "{app: web}", false},
	{"{matchExpressions: [{key: app, operator: Exists}]}", "{app: web}", true},
	{"{matchExpressions: [{key: app, operator: Exists}]}", "{tier: web}", false},
	{"{matchExpressions: [{key: app, operator: DoesNotExist}]}", "{tier: web}", true},
	{"{matchExpressions: [{key: app, operator: DoesNotExist}]}", "{app: web}", false},
	{"{matchLabels: {app: web}, matchExpressions: [{key: x, operator: Exists}]}", "{app: web}",
	 false},
	{"{matchLabels: {app: web}, matchExpressions: [{key: x, operator: Exists}]}",
	 "{app: web, x: z}", true},
	/* The key and the value of a label do not run into each other. */
	{"{matchLabels: {ab: c}}", "{a: bc}", false},
	/* A selector with a wrong type in it selects nobody knows whom. */
	{"{matchLabels: {app: 12}}", "{app: web}", false, true},
	{"{matchLabels: web}", "{app: web}", true, true},
	{"{matchExpressions: [{key: app, operator: Like}]}", "{app: web}", false, true},
	{"{matchExpressions: [{operator: Exists}]}", "{}", false, true},
	{"web", "{app: web}", true, true},
};

static int found(void *arg, const struct pods *pods, uint64_t *steps)
{
	++*(size_t *)arg;
	return 0;
}

static size_t count_selected(const struct manifests *m, size_t policy)
{
	const struct network_policy *p = m->policies.items[policy];
	uint64_t steps = UINT64_MAX;
	size_t n = 0;

	assert_int_equal(selector_visit(m, &p->selector, p->object->space, &steps, found, &n), 0);
	return n;
}

static void selectors_match_as_in_kubernetes(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(selectors); i++) {
		_cleanup_manifests_ struct manifests m = MANIFESTS_INIT;
		const struct selector *selector;
		uint64_t steps = 1000;

		add_pod(&m, "shop", selectors[i].labels);
		add_policy(&m, "shop", selectors[i].selector);
		selector = &m.policies.items[0]->selector;
		assert_true(selector->present);
		if (selector->unclear != selectors[i].unclear ||
		    selector_matches(selector, m.pods.items[0], &steps) != selectors[i].matches ||
		    (count_selected(&m, 0) == 1) != selectors[i].matches)
			fail_msg("%s of %s", selectors[i].selector, selectors[i].labels);
	}
}

/* Text of a mapping of n labels. */
static char *many_labels(size_t n)
{
	char *text = calloc(n + 2, 16);
	size_t len = 1;

	text[0] = '{';
	for (size_t i = 0; i < n; i++)
		len += (size_t)snprintf(text + len, 16, "%sl%zu: a", i ? ", " : "", i);
	text[len] = '}';
	return text;
}

static void long_selectors_are_unclear(void **state)
{
	for (size_t n = SELECTOR_REQUIREMENTS; n <= SELECTOR_REQUIREMENTS + 1; n++) {
		_cleanup_manifests_ struct manifests m = MANIFESTS_INIT;
		_cleanup_free_ char *labels = many_labels(n), *text = calloc(n + 32, 16);

		snprintf(text, (n + 32) * 16,
			 "{apiVersion: v1, kind: Service, metadata: {name: s}, spec: {selector: "
			 "%s}}",
			 labels);
		add(&m, "service.yaml", text);
		assert_int_equal(m.services.items[0]->selector.unclear, n > SELECTOR_REQUIREMENTS);
	}
}

/* Whichever comes first, the pod or the policy. */
static void namespaces_keep_apart(void **state)
{
	static const struct {
		const char *pod, *policy;
		bool matches;
	} cases[] = {
		{"shop", "shop", true}, {"shop", "bank", false}, {"", "shop", true},
		{"shop", "", true},	{"", "", true},		 {"default", "", true},
		{"", "default", true},
	};
	static const char *const kinds[] = {"{matchLabels: {app: web}}", "{}",
					    "{matchExpressions: [{key: app, operator: Exists}]}"};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		for (size_t j = 0; j < 2 * ARRAY_LEN(kinds); j++) {
			_cleanup_manifests_ struct manifests m = MANIFESTS_INIT;

			if (j % 2)
				add_policy(&m, cases[i].policy, kinds[j / 2]);
			add_pod(&m, cases[i].pod, "{app: web}");
			if (!(j % 2))
				add_policy(&m, cases[i].policy, kinds[j / 2]);
			if (count_selected(&m, 0) != cases[i].matches)
				fail_msg("pod in '%s', policy in '%s', %s", cases[i].pod,
					 cases[i].policy, kinds[j / 2]);
		}
	}
}

static void only_those_selected_are_visited(void **state)
{
	_cleanup_manifests_ struct manifests m = MANIFESTS_INIT;

	for (size_t i = 0; i < 1000; i++) {
		char labels[64];

		snprintf(labels, sizeof(labels), "{app: web-%zu, part-of: shop}", i % 10);
		add_pod(&m, i % 2 ? "shop" : "bank", labels);
	}
	add_policy(&m, "shop", "{matchLabels: {part-of: shop, app: web-3}}");
	add_policy(&m, "", "{matchLabels: {part-of: shop, app: web-3}}");
	add_policy(&m, "", "{matchLabels: {part-of: shop}}");
	add_policy(&m, "bank", "{matchLabels: {app: web-3}}");
	assert_int_equal(count_selected(&m, 0), 100);
	assert_int_equal(count_selected(&m, 1), 100);
	assert_int_equal(count_selected(&m, 2), 1000);
	assert_int_equal(count_selected(&m, 3), 0);
}

static int stop_at_second(void *arg, const struct pods *pods, uint64_t *steps)
{
	return ++*(size_t *)arg == 2;
}

/* Whatever the number of steps: all are visited, or it is said that they were not enough. */
static void searches_end_when_no_steps_are_left(void **state)
{
	_cleanup_manifests_ struct manifests m = MANIFESTS_INIT;
	const struct network_policy *p;
	uint64_t steps, enough = 0;
	size_t n;

	for (size_t i = 0; i < 5; i++)
		add_pod(&m, i % 2 ? "shop" : "", "{app: web, tier: front}");
	add_policy(&m, "shop",
		   "{matchLabels: {app: web}, matchExpressions: [{key: tier, operator: NotIn, "
		   "values: [back, top]}]}");
	p = m.policies.items[0];
	for (;; enough++) {
		steps = enough;
		n = 0;
		if (selector_visit(&m, &p->selector, p->object->space, &steps, found, &n) == 0)
			break;
		assert_true(n < 5);
		assert_int_equal(steps, 0);
	}
	assert_int_equal(n, 5);
	assert_int_equal(steps, 0);
	/* For each of two namespaces two requirements, for each pod itself and (2 + 1) + (2 + 2) texts. */
	assert_int_equal(enough, 2 * 2 + 5 * (1 + 3 + 4));
	steps = enough;
	n = 0;
	assert_int_equal(
		selector_visit(&m, &p->selector, p->object->space, &steps, stop_at_second, &n), 1);
	assert_int_equal(n, 2);
}

/* Long texts that are the same but for their end take longer to compare. */
static void long_texts_cost_more(void **state)
{
	uint64_t steps = 100;

	assert_true(selector_spend(&steps, 10, STR("app")));
	assert_int_equal(steps, 90);
	assert_true(selector_spend(&steps, 10, (struct str){"", 4 * SELECTOR_STEP}));
	assert_int_equal(steps, 40);
	assert_false(selector_spend(&steps, 41, STR("")));
	assert_int_equal(steps, 0);
	assert_true(selector_spend(&steps, 0, STR("app")));
}

/* --- Names --------------------------------------------------------------------------------------- */

static bool has(const struct manifests *m, const char *group, const char *kind, const char *ns,
		const char *name, bool cluster)
{
	return manifests_find(m, str_from(group), str_from(kind), str_from(ns), str_from(name),
			      cluster) != NULL;
}

static void objects_are_found_by_name(void **state)
{
	_cleanup_manifests_ struct manifests m = MANIFESTS_INIT;

	add(&m, "a.yaml",
	    "{apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop}}\n---\n"
	    "{apiVersion: v1, kind: Service, metadata: {name: any}}\n---\n"
	    "{apiVersion: extensions/v1beta1, kind: Ingress, metadata: {name: web}}\n---\n"
	    "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: r, "
	    "namespace: shop}}\n---\n"
	    "{apiVersion: v1, kind: Service, metadata: {generateName: made-}}\n---\n"
	    "{apiVersion: external-secrets.io/v1, kind: ExternalSecret, metadata: {name: e, "
	    "namespace: shop}, spec: {target: {name: password}}}\n---\n"
	    "{apiVersion: bitnami.com/v1alpha1, kind: SealedSecret, metadata: {name: sealed, "
	    "namespace: shop}, spec: {}}");
	assert_int_equal(m.n_objects, 7);
	assert_true(has(&m, "", "Service", "shop", "web", false));
	assert_false(has(&m, "", "Service", "bank", "web", false));
	assert_false(has(&m, "serving.knative.dev", "Service", "shop", "web", false));
	assert_false(has(&m, "", "ConfigMap", "shop", "web", false));
	assert_true(has(&m, "", "Service", "shop", "any", false));
	assert_true(has(&m, "networking.k8s.io", "Ingress", "", "web", false));
	assert_true(has(&m, "rbac.authorization.k8s.io", "ClusterRole", "bank", "r", true));
	assert_false(has(&m, "", "Service", "", "made-", false));
	assert_true(has(&m, "", "Secret", "shop", "password", false));
	assert_true(has(&m, "", "Secret", "shop", "sealed", false));
	assert_false(has(&m, "", "Secret", "bank", "sealed", false));
	assert_true(manifests_can_miss(&m, STR("shop")));
	assert_false(manifests_can_miss(&m, STR("")));
}

static void long_names_are_names(void **state)
{
	_cleanup_manifests_ struct manifests m = MANIFESTS_INIT;
	char name[2000], text[4096];

	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	snprintf(text, sizeof(text), "{apiVersion: v1, kind: Service, metadata: {name: %s}}", name);
	add(&m, "a.yaml", text);
	assert_true(has(&m, "", "Service", "", name, false));
	name[1000] = 'y';
	assert_false(has(&m, "", "Service", "", name, false));
}

static void the_same_twice_in_one_folder(void **state)
{
	static const char web[] = "{apiVersion: v1, kind: ConfigMap, metadata: {name: web}}";
	_cleanup_manifests_ struct manifests m = MANIFESTS_INIT;

	add(&m, "base/web.yaml", web);
	add(&m, "prod/web.yaml", web);
	add(&m, "test/web.yaml", web);
	add(&m, "base.yaml", web);
	assert_int_equal(m.duplicates.len, 0);
	add(&m, "prod/again.yaml", web);
	assert_int_equal(m.duplicates.len, 1);
	assert_true(str_eq(m.duplicates.items[0].first->path, STR("prod/web.yaml")));
	assert_true(str_eq(m.duplicates.items[0].again->path, STR("prod/again.yaml")));
	add(&m, "base/again.yaml", web);
	assert_int_equal(m.duplicates.len, 2);
	assert_true(str_eq(m.duplicates.items[1].first->path, STR("base/web.yaml")));
	add(&m, "base/other.yaml", "{apiVersion: v1, kind: Secret, metadata: {name: web}}");
	assert_int_equal(m.duplicates.len, 2);
}

/* --- What is kept -------------------------------------------------------------------------------- */

static const char everything[] =
	"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\n"
	"spec:\n  replicas: 3\n  template:\n    metadata: {labels: {app: web}}\n    spec:\n"
	"      serviceAccountName: worker\n      imagePullSecrets: [{name: pull}]\n"
	"      volumes:\n        - {name: a, configMap: {name: files}}\n"
	"        - {name: b, secret: {secretName: keys, optional: true}}\n"
	"        - {name: c, persistentVolumeClaim: {claimName: data}}\n"
	"      containers:\n        - name: web\n          image: i\n"
	"          ports: [{name: http, containerPort: 80}, {containerPort: 81}]\n"
	"          envFrom: [{configMapRef: {name: files}}, {secretRef: {name: env}}]\n"
	"          env:\n            - {name: A, valueFrom: {secretKeyRef: {name: one, key: k}}}\n"
	"            - {name: B, value: plain}\n"
	"---\napiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\n"
	"spec:\n  selector: {app: web}\n  ports:\n    - {name: http, port: 80, targetPort: http}\n"
	"    - {port: 81, targetPort: 8081}\n"
	"---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: web}\n"
	"spec:\n  rules:\n    - http:\n        paths:\n          - backend: {service: {name: web, "
	"port: {name: http}}}\n"
	"---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: web}\n"
	"spec: {minAvailable: 2, selector: {matchLabels: {app: web}}}\n"
	"---\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: web}\n"
	"roleRef: {kind: Role, name: web}\n"
	"subjects: [{kind: User, name: u}, {kind: ServiceAccount, name: worker, namespace: shop}]\n"
	"---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: web}\n"
	"spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}\n"
	"---\napiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: one}\n";

static void assert_reference(const struct object_reference *r, enum reference_kind kind,
			     const char *name, const char *field, unsigned line)
{
	assert_int_equal(r->kind, kind);
	assert_string_equal(r->name.ptr, name);
	assert_string_equal(r->spot.field.ptr, field);
	assert_int_equal(r->spot.line, line);
}

static void what_matters_is_kept(void **state)
{
	_cleanup_manifests_ struct manifests m = MANIFESTS_INIT;
	const struct pods *pods;

	add(&m, "a/all.yaml", everything);
	pods = m.pods.items[0];
	assert_int_equal(pods->replicas.value, 3);
	assert_int_equal(pods->ports.n, 1);
	assert_string_equal(pods->ports.items[0].ptr, "http");
	assert_int_equal(pods->object->line, 1);
	assert_string_equal(pods->object->folder.ptr, "a");
	assert_ptr_equal(pods->object->folder.ptr, m.services.items[0]->object->folder.ptr);
	assert_int_equal(pods->n_references, 6);
	assert_reference(&pods->references[0], REFERENCE_SERVICE_ACCOUNT, "worker",
			 ".spec.template.spec.serviceAccountName", 9);
	assert_reference(&pods->references[1], REFERENCE_SECRET, "pull",
			 ".spec.template.spec.imagePullSecrets", 10);
	assert_reference(&pods->references[2], REFERENCE_CONFIG_MAP, "files",
			 ".spec.template.spec.volumes[0]", 12);
	assert_reference(&pods->references[3], REFERENCE_CLAIM, "data",
			 ".spec.template.spec.volumes[2]", 14);
	assert_reference(&pods->references[4], REFERENCE_SECRET, "one",
			 ".spec.template.spec.containers[0].env[0]", 21);
	assert_reference(&pods->references[5], REFERENCE_SECRET, "env",
			 ".spec.template.spec.containers[0].envFrom", 19);
	assert_int_equal(m.services.items[0]->n_ports, 2);
	assert_string_equal(m.services.items[0]->ports[0].target.ptr, "http");
	assert_int_equal(m.services.items[0]->ports[1].target.len, 0);
	assert_int_equal(m.services.items[0]->ports[1].number, 81);
	assert_string_equal(m.ingresses.items[0]->backends[0].port_name.ptr, "http");
	assert_string_equal(m.budgets.items[0]->min_available.text.ptr, "2");
	assert_int_equal(m.bindings.items[0]->n_accounts, 1);
	assert_string_equal(m.bindings.items[0]->accounts[0].spot.field.ptr, ".subjects[1]");
	assert_string_equal(m.autoscalers.items[0]->target.group.ptr, "apps");
}

static void other_origins_are_not_kept(void **state)
{
	_cleanup_manifests_ struct manifests m = MANIFESTS_INIT;

	add(&m, "compose.yaml", "services: {web: {image: i}}\n");
	assert_int_equal(m.n_objects, 0);
	assert_int_equal(m.pods.len, 0);
}

static void memory_runs_out_anywhere(void **state)
{
	size_t n_failed = 0;

	for (size_t max = 1;; max += 7) {
		_cleanup_manifests_ struct manifests m = MANIFESTS_INIT;

		m.arena.max = max;
		if (add_text(&m, "a/all.yaml", everything) == 0)
			break;
		n_failed++;
	}
	assert_true(n_failed > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(selectors_match_as_in_kubernetes),
		cmocka_unit_test(long_selectors_are_unclear),
		cmocka_unit_test(namespaces_keep_apart),
		cmocka_unit_test(only_those_selected_are_visited),
		cmocka_unit_test(searches_end_when_no_steps_are_left),
		cmocka_unit_test(long_texts_cost_more),
		cmocka_unit_test(objects_are_found_by_name),
		cmocka_unit_test(long_names_are_names),
		cmocka_unit_test(the_same_twice_in_one_folder),
		cmocka_unit_test(what_matters_is_kept),
		cmocka_unit_test(other_origins_are_not_kept),
		cmocka_unit_test(memory_runs_out_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
