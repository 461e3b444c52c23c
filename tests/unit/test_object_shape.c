/*
 * The row OBJ-SHAPE: whatever rows about objects read, of a wrong type it is told of. The objects here have
 * everything that rows of the areas "object" and "rbac" and manifests_add() read; each value is given a wrong
 * type in its turn.
 */
#include "base/compat.h"

#include <setjmp.h>

#include <cmocka.h>

#include "base/yaml.h"
#include "checks/checks.h"
#include "object_fixture.h"

static const char *const objects[] = {
	/* A value that is read as it is, without regard to its type, has no place in these. */
	"apiVersion: v1\nkind: Service\n"
	"metadata: {name: web, namespace: s, labels: {a: b}, annotations: {a: b}}\n"
	"spec: {type: LoadBalancer, selector: {a: b}, externalIPs: [1.2.3.4], "
	"loadBalancerSourceRanges: [1.2.3.0/24], ports: [{name: p, port: 80, targetPort: http}]}\n",

	"apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: web}\n"
	"spec: {defaultBackend: {service: {name: s, port: {number: 80}}}, "
	"tls: [{hosts: [a.example]}], rules: [{host: a.example, http: {paths: [{backend: {service: "
	"{name: s, port: {name: p}}}}]}}]}\n",

	"apiVersion: extensions/v1beta1\nkind: Ingress\nmetadata: {name: web}\n"
	"spec: {backend: {serviceName: s, servicePort: 80}, rules: [{http: {paths: [{backend: "
	"{serviceName: s, servicePort: p}}]}}]}\n",

	"apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: web}\n"
	"spec: {podSelector: {matchLabels: {a: b}, matchExpressions: [{key: a, operator: In, "
	"values: [b]}]}, policyTypes: [Ingress], ingress: [{ports: [], from: [{podSelector: "
	"{matchLabels: {a: b}}, namespaceSelector: {matchLabels: {a: b}}}, {ipBlock: {cidr: "
	"0.0.0.0/0, except: []}}]}], egress: [{ports: [], to: [{podSelector: {}, "
	"namespaceSelector: "
	"{}}, {ipBlock: {cidr: 0.0.0.0/0, except: []}}]}]}\n",

	"apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: web}\n"
	"spec: {minAvailable: 1, maxUnavailable: 10%, selector: {matchLabels: {a: b}, "
	"matchExpressions: [{key: a, operator: Exists}]}}\n",

	"apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: web}\n"
	"spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}, minReplicas: "
	"1, "
	"maxReplicas: 2}\n",

	"apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\n"
	"metadata: {name: web, labels: {a: b}}\n"
	"rules: [{apiGroups: [\"\"], resources: [pods], resourceNames: [web], verbs: [get]}, "
	"{nonResourceURLs: [/metrics], verbs: [get]}]\n"
	"aggregationRule: {clusterRoleSelectors: [{matchLabels: {a: b}, matchExpressions: "
	"[{key: a, operator: Exists}]}]}\n",

	"apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: web}\n"
	"roleRef: {kind: Role, name: r}\n"
	"subjects: [{kind: ServiceAccount, name: a, namespace: s}]\n",

	"apiVersion: v1\nkind: Secret\nmetadata: {name: web, annotations: {a: b}}\n"
	"type: Opaque\ndata: {a: Yg==}\nstringData: {a: b}\n",

	"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata: {a: b}\nbinaryData: {}\n",

	"apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: default}\n"
	"automountServiceAccountToken: false\n",

	"apiVersion: v1\nkind: Namespace\nmetadata: {name: web, labels: {a: b}}\n",

	"apiVersion: v1\nkind: PersistentVolume\nmetadata: {name: web}\n"
	"spec: {hostPath: {path: /data}}\n",

	"apiVersion: apiregistration.k8s.io/v1\nkind: APIService\nmetadata: {name: web}\n"
	"spec: {insecureSkipTLSVerify: true}\n",

	"apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingWebhookConfiguration\n"
	"metadata: {name: web}\n"
	"webhooks: [{failurePolicy: Fail, namespaceSelector: {matchLabels: {a: b}, "
	"matchExpressions: [{key: a, operator: Exists}]}, objectSelector: {matchLabels: {a: "
	"b}}}]\n",

	"apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicy\n"
	"metadata: {name: web}\nspec: {failurePolicy: Fail}\n",

	"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: s}\n"
	"spec:\n  replicas: 2\n"
	"  selector: {matchLabels: {a: b}, matchExpressions: [{key: a, operator: In, values: "
	"[b]}]}\n"
	"  template:\n    metadata: {labels: {a: b}}\n    spec:\n"
	"      serviceAccountName: a\n      imagePullSecrets: [{name: s}]\n"
	"      volumes: [{name: a, configMap: {name: m, optional: false}}, {name: b, secret: "
	"{secretName: s, optional: false}}, {name: c, persistentVolumeClaim: {claimName: c}}]\n"
	"      containers:\n        - {name: c, image: i, ports: [{name: p, containerPort: 80}], "
	"envFrom: [{configMapRef: {name: m, optional: false}}, {secretRef: {name: s, optional: "
	"false}}]"
	", env: [{name: A, valueFrom: {secretKeyRef: {name: s, key: k, optional: false}}}, {name: "
	"B, "
	"valueFrom: {configMapKeyRef: {name: m, key: k, optional: false}}}]}\n",

	"apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: web}\n"
	"spec: {template: {metadata: {name: s}}}\n",

	"apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: web}\n"
	"spec: {target: {name: s}}\n",

	"apiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: {name: web}\n"
	"spec: {secretName: s}\n",

	"apiVersion: secrets.hashicorp.com/v1beta1\nkind: VaultStaticSecret\nmetadata: {name: "
	"web}\n"
	"spec: {destination: {name: s}}\n",
};

/* --- Judging one document ------------------------------------------------------------------------ */

static int judge_object(void *arg, const struct object *object)
{
	struct keeper *k = arg;
	const struct object_input in = {.object = object};
	struct check_run run = {
		.check = check_by_id(STR("OBJ-SHAPE")), .input = &in, .sink = &k->sink};

	run.subject = (struct subject){.kind = SUBJECT_OBJECT, .name = object->kind};
	assert_int_equal(run.check->run(&run), 0);
	return 0;
}

/* How many values of the document are told of as unknown; *field is the place of the first. */
static size_t count_unknown(const struct yaml_node *root, char field[256])
{
	_cleanup_arena_ struct arena arena = ARENA_INIT(0);
	struct keeper k = {.sink = {.arena = &arena, .take = keep_finding, .tally = keep_tally}};
	size_t n = 0;

	assert_int_equal(manifest_document(root, STR("x.yaml"), &arena, judge_object, &k),
			 MANIFEST_OBJECTS);
	for (size_t i = 0; i < k.findings.len; i++) {
		if (n == 0)
			snprintf(field, 256, "%.*s", STR_FMT(k.findings.items[i].where.field));
		n += k.findings.items[i].outcome == OUTCOME_UNKNOWN;
	}
	vec_release(&k.findings);
	return n;
}

/* --- Wrong types --------------------------------------------------------------------------------- */

static const struct yaml_node some_text = {.kind = YAML_SCALAR, .text = {"text", 4}};
static const struct yaml_node some_truth = {
	.kind = YAML_SCALAR, .plain = true, .text = {"true", 4}};
static const struct yaml_node *const some_items[] = {&some_text};
static const struct yaml_node some_list = {.kind = YAML_SEQUENCE, .n = 1, .items = some_items};

static bool is_truth(const struct yaml_node *node)
{
	bool truth;

	return yaml_bool(node, &truth) == 0;
}

/* What every value of a kind is replaced by, unless that is as good as what was there. */
static const struct yaml_node *wrong_value(const struct yaml_node *node, size_t i)
{
	const struct yaml_node *const wrong[] = {&some_list, &some_text, &some_truth};

	if (node->kind == YAML_SCALAR && (i == 1 || (i == 2 && is_truth(node))))
		return is_truth(node) && i == 1 ? wrong[i] : NULL;
	if (node->kind == YAML_SEQUENCE && i == 0)
		return NULL;
	return i < ARRAY_LEN(wrong) ? wrong[i] : NULL;
}

struct walk {
	const struct yaml_node *root;
	char path[256];
	size_t n_tried, n_silent;
};

/* The nodes are ours: those of a document that this test has parsed. */
static void try_wrong_types(struct walk *walk, struct yaml_node *node)
{
	const struct yaml_node good = *node;

	for (size_t i = 0; i < 3; i++) {
		const struct yaml_node *wrong = wrong_value(&good, i);
		char field[256] = "";

		if (!wrong)
			continue;
		*node = *wrong;
		walk->n_tried++;
		if (count_unknown(walk->root, field) == 0 ||
		    strncmp(field, walk->path, strlen(walk->path)) != 0) {
			print_error("%s as %s: '%s' is told\n", walk->path, yaml_describe(wrong),
				    field);
			walk->n_silent++;
		}
		*node = good;
	}
}

static void walk_below(struct walk *walk, const struct yaml_node *node)
{
	size_t len = strlen(walk->path);

	for (uint32_t i = 0; node->kind != YAML_SCALAR && i < node->n; i++) {
		const struct yaml_node *value = node->items[i];
		bool root = node == walk->root;

		if (node->kind == YAML_MAPPING) {
			struct str key = node->pairs[i].key->text;

			value = node->pairs[i].value;
			/* These make the object what it is: see test_manifest.c. */
			if (root && (str_eq(key, STR("apiVersion")) || str_eq(key, STR("kind"))))
				continue;
			/* Keys of one letter are somebody's own, which the table has as "{}". */
			if (key.len > 1)
				snprintf(walk->path + len, sizeof(walk->path) - len, ".%.*s",
					 STR_FMT(key));
		} else {
			snprintf(walk->path + len, sizeof(walk->path) - len, "[%" PRIu32 "]", i);
		}
		walk_below(walk, value);
		try_wrong_types(walk, (struct yaml_node *)value);
		walk->path[len] = '\0';
	}
}

static void every_wrong_type_is_told(void **state)
{
	size_t n_tried = 0, n_silent = 0;

	for (size_t i = 0; i < ARRAY_LEN(objects); i++) {
		_cleanup_arena_ struct arena arena = ARENA_INIT(0);
		struct walk walk = {0};
		struct err err = ERR_INIT;
		char field[256] = "";

		assert_int_equal(yaml_parse(str_from(objects[i]), &arena, &walk.root, &err), 0);
		if (count_unknown(walk.root, field) != 0)
			fail_msg("%s of object %zu is told, and is as it should be", field, i);
		walk_below(&walk, walk.root);
		n_tried += walk.n_tried;
		n_silent += walk.n_silent;
	}
	assert_true(n_tried > 500);
	assert_int_equal(n_silent, 0);
}

/* --- Numbers ------------------------------------------------------------------------------------- */

static void numbers_are_no_text(void **state)
{
	static const struct {
		const char *value;
		bool good;
	} cases[] = {{"80", true},    {"'80'", false}, {"http", false}, {"true", false},
		     {"[80]", false}, {"{}", false},   {"null", true},	{"yes", false},
		     {"0x50", true},  {"-1", true},    {"''", false},	{"8 0", false}};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_arena_ struct arena arena = ARENA_INIT(0);
		const struct yaml_node *root;
		struct err err = ERR_INIT;
		char text[256], field[256];

		snprintf(text, sizeof(text),
			 "{apiVersion: v1, kind: Service, spec: {ports: [{port: %s}]}}",
			 cases[i].value);
		assert_int_equal(yaml_parse(str_from(text), &arena, &root, &err), 0);
		if ((count_unknown(root, field) == 0) != cases[i].good)
			fail_msg("a port of %s is %s", cases[i].value,
				 cases[i].good ? "told" : "not told");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_wrong_type_is_told),
		cmocka_unit_test(numbers_are_no_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
