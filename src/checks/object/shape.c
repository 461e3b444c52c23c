/*
 * Is everything of the type that its format wants? Readers tell of what they look at; what only rows of this
 * area and of "rbac" look at is checked here, by tables of paths (Kubernetes API reference). A row that reads
 * such a value as absent is thereby never the only one to speak.
 */
#include "base/compat.h"

#include "base/buf.h"
#include "checks/fault.h"
#include "checks/object/object.h"
#include "core/field.h"
#include "core/scalar.h"

enum want {
	WANT_MAPPING,
	WANT_SEQUENCE,
	WANT_LABELS,	  /* a mapping, and not without end */
	WANT_EXPRESSIONS, /* a sequence, the same */
	WANT_TEXT,
	WANT_TRUTH,
	WANT_NUMBER,
	WANT_PORT,
	WANT_MAX_
};

/* "a.b[].c{}": keys, every item of a sequence, every value of a mapping. What is above has its own row. */
struct shape {
	const char *path;
	enum want want;
};

struct shapes {
	struct str group, kinds[2];
	const struct shape *shapes;
};

#define STR_INIT(text)                   \
	{                                \
		(text), sizeof(text) - 1 \
	}
#define END                     \
	{                       \
		NULL, WANT_MAX_ \
	}
#define SELECTOR(at)                                                                            \
	{at, WANT_MAPPING}, {at ".matchLabels", WANT_LABELS}, {at ".matchLabels{}", WANT_TEXT}, \
		{at ".matchExpressions", WANT_EXPRESSIONS},                                     \
		{at ".matchExpressions[]", WANT_MAPPING},                                       \
		{at ".matchExpressions[].key", WANT_TEXT},                                      \
		{at ".matchExpressions[].operator", WANT_TEXT},                                 \
		{at ".matchExpressions[].values", WANT_EXPRESSIONS},                            \
	{                                                                                       \
		at ".matchExpressions[].values[]", WANT_TEXT                                    \
	}
/* Of networking.k8s.io/v1, and of the versions before. */
#define BACKEND(at)                                                                           \
	{at, WANT_MAPPING}, {at ".service", WANT_MAPPING}, {at ".service.name", WANT_TEXT},   \
		{at ".service.port", WANT_MAPPING}, {at ".service.port.number", WANT_NUMBER}, \
		{at ".service.port.name", WANT_TEXT}, {at ".serviceName", WANT_TEXT},         \
	{                                                                                     \
		at ".servicePort", WANT_PORT                                                  \
	}
#define PEERS(direction, at)                                                        \
	{"spec." direction, WANT_SEQUENCE}, {"spec." direction "[]", WANT_MAPPING}, \
		{"spec." direction "[].ports", WANT_SEQUENCE},                      \
		{"spec." direction "[]." at, WANT_SEQUENCE},                        \
		{"spec." direction "[]." at "[]", WANT_MAPPING},                    \
		{"spec." direction "[]." at "[].ipBlock", WANT_MAPPING},            \
		{"spec." direction "[]." at "[].ipBlock.cidr", WANT_TEXT},          \
		{"spec." direction "[]." at "[].ipBlock.except", WANT_SEQUENCE},    \
		SELECTOR("spec." direction "[]." at "[].podSelector"),              \
		SELECTOR("spec." direction "[]." at "[].namespaceSelector")

/* clang-format off */
static const struct shape role_shapes[] = {
	{"rules", WANT_SEQUENCE},
	{"rules[]", WANT_MAPPING},
	{"rules[].apiGroups", WANT_SEQUENCE},
	{"rules[].apiGroups[]", WANT_TEXT},
	{"rules[].resources", WANT_SEQUENCE},
	{"rules[].resources[]", WANT_TEXT},
	{"rules[].verbs", WANT_SEQUENCE},
	{"rules[].verbs[]", WANT_TEXT},
	{"rules[].resourceNames", WANT_SEQUENCE},
	{"rules[].resourceNames[]", WANT_TEXT},
	{"rules[].nonResourceURLs", WANT_SEQUENCE},
	{"rules[].nonResourceURLs[]", WANT_TEXT},
	{"aggregationRule", WANT_MAPPING},
	{"aggregationRule.clusterRoleSelectors", WANT_SEQUENCE},
	SELECTOR("aggregationRule.clusterRoleSelectors[]"),
	END
};

static const struct shape binding_shapes[] = {
	{"subjects", WANT_SEQUENCE},
	{"subjects[]", WANT_MAPPING},
	{"subjects[].kind", WANT_TEXT},
	{"subjects[].name", WANT_TEXT},
	{"subjects[].namespace", WANT_TEXT},
	{"roleRef", WANT_MAPPING},
	{"roleRef.kind", WANT_TEXT},
	{"roleRef.name", WANT_TEXT},
	END
};

static const struct shape service_shapes[] = {
	{"spec", WANT_MAPPING},
	{"spec.type", WANT_TEXT},
	{"spec.selector", WANT_LABELS},
	{"spec.selector{}", WANT_TEXT},
	{"spec.externalIPs", WANT_SEQUENCE},
	{"spec.externalIPs[]", WANT_TEXT},
	{"spec.loadBalancerSourceRanges", WANT_SEQUENCE},
	{"spec.loadBalancerSourceRanges[]", WANT_TEXT},
	{"spec.ports", WANT_SEQUENCE},
	{"spec.ports[]", WANT_MAPPING},
	{"spec.ports[].name", WANT_TEXT},
	{"spec.ports[].port", WANT_NUMBER},
	{"spec.ports[].targetPort", WANT_PORT},
	END
};

static const struct shape ingress_shapes[] = {
	{"spec", WANT_MAPPING},
	{"spec.tls", WANT_SEQUENCE},
	{"spec.tls[]", WANT_MAPPING},
	{"spec.tls[].hosts", WANT_SEQUENCE},
	{"spec.tls[].hosts[]", WANT_TEXT},
	{"spec.rules", WANT_SEQUENCE},
	{"spec.rules[]", WANT_MAPPING},
	{"spec.rules[].host", WANT_TEXT},
	{"spec.rules[].http", WANT_MAPPING},
	{"spec.rules[].http.paths", WANT_SEQUENCE},
	{"spec.rules[].http.paths[]", WANT_MAPPING},
	BACKEND("spec.rules[].http.paths[].backend"),
	BACKEND("spec.defaultBackend"),
	BACKEND("spec.backend"),
	END
};

static const struct shape policy_shapes[] = {
	{"spec", WANT_MAPPING},
	SELECTOR("spec.podSelector"),
	{"spec.policyTypes", WANT_SEQUENCE},
	{"spec.policyTypes[]", WANT_TEXT},
	PEERS("ingress", "from"),
	PEERS("egress", "to"),
	END
};

static const struct shape budget_shapes[] = {
	{"spec", WANT_MAPPING},
	SELECTOR("spec.selector"),
	{"spec.minAvailable", WANT_PORT},
	{"spec.maxUnavailable", WANT_PORT},
	END
};

static const struct shape autoscaler_shapes[] = {
	{"spec", WANT_MAPPING},
	{"spec.scaleTargetRef", WANT_MAPPING},
	{"spec.scaleTargetRef.kind", WANT_TEXT},
	{"spec.scaleTargetRef.name", WANT_TEXT},
	{"spec.scaleTargetRef.apiVersion", WANT_TEXT},
	{"spec.minReplicas", WANT_NUMBER},
	{"spec.maxReplicas", WANT_NUMBER},
	END
};

static const struct shape secret_shapes[] = {
	{"type", WANT_TEXT},
	{"data", WANT_MAPPING},
	{"data{}", WANT_TEXT},
	{"stringData", WANT_MAPPING},
	{"stringData{}", WANT_TEXT},
	END
};

static const struct shape config_map_shapes[] = {
	{"data", WANT_MAPPING},
	{"data{}", WANT_TEXT},
	{"binaryData", WANT_MAPPING},
	END
};

static const struct shape account_shapes[] = {
	{"automountServiceAccountToken", WANT_TRUTH},
	END
};

static const struct shape volume_shapes[] = {
	{"spec", WANT_MAPPING},
	{"spec.hostPath", WANT_MAPPING},
	{"spec.hostPath.path", WANT_TEXT},
	END
};

static const struct shape api_service_shapes[] = {
	{"spec", WANT_MAPPING},
	{"spec.insecureSkipTLSVerify", WANT_TRUTH},
	END
};

static const struct shape webhook_shapes[] = {
	{"webhooks", WANT_SEQUENCE},
	{"webhooks[]", WANT_MAPPING},
	{"webhooks[].failurePolicy", WANT_TEXT},
	SELECTOR("webhooks[].namespaceSelector"),
	SELECTOR("webhooks[].objectSelector"),
	END
};

static const struct shape admission_policy_shapes[] = {
	{"spec", WANT_MAPPING},
	{"spec.failurePolicy", WANT_TEXT},
	END
};

/* The pod's template is the reader's. */
static const struct shape controller_shapes[] = {
	SELECTOR("spec.selector"),
	END
};

/* Without matchLabels. */
static const struct shape replication_shapes[] = {
	{"spec.selector", WANT_LABELS},
	{"spec.selector{}", WANT_TEXT},
	END
};

/* Where the name of the Secret is that they make. */
static const struct shape sealed_shapes[] = {
	{"spec", WANT_MAPPING},
	{"spec.template", WANT_MAPPING},
	{"spec.template.metadata", WANT_MAPPING},
	{"spec.template.metadata.name", WANT_TEXT},
	END
};

static const struct shape external_shapes[] = {
	{"spec", WANT_MAPPING},
	{"spec.target", WANT_MAPPING},
	{"spec.target.name", WANT_TEXT},
	END
};

static const struct shape certificate_shapes[] = {
	{"spec", WANT_MAPPING},
	{"spec.secretName", WANT_TEXT},
	END
};

static const struct shape vault_shapes[] = {
	{"spec", WANT_MAPPING},
	{"spec.destination", WANT_MAPPING},
	{"spec.destination.name", WANT_TEXT},
	END
};

static const struct shapes all_shapes[] = {
	{STR_INIT("apps"), {STR_INIT("Deployment"), STR_INIT("StatefulSet")}, controller_shapes},
	{STR_INIT("apps"), {STR_INIT("DaemonSet"), STR_INIT("ReplicaSet")}, controller_shapes},
	{STR_INIT("extensions"), {STR_INIT("Deployment"), STR_INIT("ReplicaSet")}, controller_shapes},
	{STR_INIT("extensions"), {STR_INIT("DaemonSet"), STR_INIT("")}, controller_shapes},
	{STR_INIT("batch"), {STR_INIT("Job"), STR_INIT("")}, controller_shapes},
	{STR_INIT(""), {STR_INIT("ReplicationController"), STR_INIT("")}, replication_shapes},
	{STR_INIT("rbac.authorization.k8s.io"), {STR_INIT("Role"), STR_INIT("ClusterRole")}, role_shapes},
	{STR_INIT("rbac.authorization.k8s.io"), {STR_INIT("RoleBinding"), STR_INIT("ClusterRoleBinding")},
	 binding_shapes},
	{STR_INIT(""), {STR_INIT("Service"), STR_INIT("")}, service_shapes},
	{STR_INIT(""), {STR_INIT("Secret"), STR_INIT("")}, secret_shapes},
	{STR_INIT(""), {STR_INIT("ConfigMap"), STR_INIT("")}, config_map_shapes},
	{STR_INIT(""), {STR_INIT("ServiceAccount"), STR_INIT("")}, account_shapes},
	{STR_INIT(""), {STR_INIT("PersistentVolume"), STR_INIT("")}, volume_shapes},
	{STR_INIT("networking.k8s.io"), {STR_INIT("Ingress"), STR_INIT("")}, ingress_shapes},
	{STR_INIT("extensions"), {STR_INIT("Ingress"), STR_INIT("")}, ingress_shapes},
	{STR_INIT("networking.k8s.io"), {STR_INIT("NetworkPolicy"), STR_INIT("")}, policy_shapes},
	{STR_INIT("extensions"), {STR_INIT("NetworkPolicy"), STR_INIT("")}, policy_shapes},
	{STR_INIT("policy"), {STR_INIT("PodDisruptionBudget"), STR_INIT("")}, budget_shapes},
	{STR_INIT("autoscaling"), {STR_INIT("HorizontalPodAutoscaler"), STR_INIT("")}, autoscaler_shapes},
	{STR_INIT("apiregistration.k8s.io"), {STR_INIT("APIService"), STR_INIT("")}, api_service_shapes},
	{STR_INIT("admissionregistration.k8s.io"),
	 {STR_INIT("ValidatingWebhookConfiguration"), STR_INIT("MutatingWebhookConfiguration")},
	 webhook_shapes},
	{STR_INIT("admissionregistration.k8s.io"),
	 {STR_INIT("ValidatingAdmissionPolicy"), STR_INIT("MutatingAdmissionPolicy")},
	 admission_policy_shapes},
	{STR_INIT("bitnami.com"), {STR_INIT("SealedSecret"), STR_INIT("")}, sealed_shapes},
	{STR_INIT("external-secrets.io"), {STR_INIT("ExternalSecret"), STR_INIT("")}, external_shapes},
	{STR_INIT("cert-manager.io"), {STR_INIT("Certificate"), STR_INIT("")}, certificate_shapes},
	{STR_INIT("secrets.hashicorp.com"), {STR_INIT("VaultStaticSecret"), STR_INIT("VaultDynamicSecret")},
	 vault_shapes},
};
/* clang-format on */

/* --- Walking ------------------------------------------------------------------------------------- */

enum {
	MAX_DEPTH = 8, /* parts of a path that stand for many: the tables have three at most */
	FIELD_MAX = 64 * 1024,
};

/* Which item or key is taken at each part that stands for many. */
struct walk {
	const struct check_run *run;
	const struct shape *shape;
	size_t n;
	uint32_t index[MAX_DEPTH];
	struct str key[MAX_DEPTH];
	size_t n_findings;
};

/* Whether it is a good one is another question. */
static bool is_number(const struct yaml_node *node)
{
	int64_t value;
	enum scalar scalar = scalar_of(node, true, &value);

	return scalar == SCALAR_INTEGER || scalar == SCALAR_FRACTION;
}

static bool is_wanted(const struct yaml_node *node, enum want want)
{
	bool truth;

	switch (want) {
	case WANT_MAPPING:
		return node->kind == YAML_MAPPING;
	case WANT_SEQUENCE:
		return node->kind == YAML_SEQUENCE;
	case WANT_LABELS:
		return node->kind == YAML_MAPPING && node->n <= SELECTOR_REQUIREMENTS;
	case WANT_EXPRESSIONS:
		return node->kind == YAML_SEQUENCE && node->n <= SELECTOR_REQUIREMENTS;
	case WANT_TEXT:
		return field_is_text(node);
	case WANT_TRUTH:
		return field_truth(node, &truth) == 0;
	case WANT_NUMBER:
		return is_number(node);
	case WANT_PORT:
		return node->kind == YAML_SCALAR && field_truth(node, &truth) < 0;
	case WANT_MAX_:
		break;
	}
	return true;
}

/* The path with its items and keys put in. */
static struct str walked_field(const struct walk *w)
{
	_cleanup_buf_ struct buf field = BUF_INIT(FIELD_MAX);
	size_t n = 0;

	buf_add_char(&field, '.');
	for (const char *p = w->shape->path; *p; p++) {
		if (p[0] == '[') {
			buf_addf(&field, "[%" PRIu32 "]", w->index[n++]);
			p++;
		} else if (p[0] == '{') {
			buf_addf(&field, "['%.*s']", STR_FMT(w->key[n]));
			n++;
			p++;
		} else {
			buf_add_char(&field, *p);
		}
	}
	if (field.status == -ENOMEM)
		return STR_NULL;
	/* A key of many pages: the table's path says where, too. */
	if (buf_status(&field, NULL) < 0)
		return arena_printf(w->run->sink->arena, ".%s", w->shape->path);
	return arena_str(w->run->sink->arena, buf_str(&field));
}

/* For a person: without the dot before it; "the object" for the root. */
static struct str field_name(struct str field)
{
	if (field.len <= 1)
		return STR("the object");
	return field.ptr[0] == '.' ? str_from_offset(field, 1) : field;
}

/* A text that the decoder takes for something else: y, no, 1.10, 08. Units are no YAML. */
static const char *quote_hint(const struct object *object, const struct yaml_node *node,
			      bool text_wanted)
{
	return text_wanted && node && node->kind == YAML_SCALAR && node->plain &&
			       object->origin != ORIGIN_QUADLET
		       ? ": quote it"
		       : "";
}

/* Of a boolean the word is told, which may look like none; other values may be secrets. */
static int emit_malformed(const struct check_run *run, const struct malformed *m)
{
	const struct fault fault = {.place = {.node = m->node, .field = m->field}};
	struct str field = field_name(m->field);
	const char *hint =
		quote_hint(run_object(run), m->node, str_ends(m->reason, STR("text is wanted")));
	bool truth;

	if (hint[0] && field_truth(m->node, &truth) == 0)
		return emit_at(run, OUTCOME_UNKNOWN, &fault,
			       "%.*s is %.*s, which YAML reads as a boolean, text is wanted%s",
			       STR_FMT(field), STR_FMT(m->node->text), hint);
	return emit_at(run, OUTCOME_UNKNOWN, &fault, "%.*s %.*s%s", STR_FMT(field),
		       STR_FMT(m->reason), hint);
}

static int emit_shape(struct walk *w, const struct yaml_node *node)
{
	static const char *const wanted[WANT_MAX_] = {
		[WANT_MAPPING] = "a mapping", [WANT_SEQUENCE] = "a sequence",
		[WANT_LABELS] = "a mapping",  [WANT_EXPRESSIONS] = "a sequence",
		[WANT_TEXT] = "text",	      [WANT_TRUTH] = "a boolean",
		[WANT_NUMBER] = "a number",   [WANT_PORT] = "a number or text",
	};
	bool few = w->shape->want == WANT_LABELS || w->shape->want == WANT_EXPRESSIONS;
	struct fault fault = {.place = {.node = node, .field = walked_field(w)}};

	if (!fault.place.field.ptr)
		return -ENOMEM;
	w->n_findings++;
	if (few && node->n > SELECTOR_REQUIREMENTS)
		return emit_at(w->run, OUTCOME_UNKNOWN, &fault, "%.*s has more than %d items",
			       STR_FMT(field_name(fault.place.field)), SELECTOR_REQUIREMENTS);
	return emit_at(w->run, OUTCOME_UNKNOWN, &fault, "%.*s is %s, %s is wanted%s",
		       STR_FMT(field_name(fault.place.field)), yaml_describe(node),
		       wanted[w->shape->want],
		       quote_hint(run_object(w->run), node, w->shape->want == WANT_TEXT));
}

static int walk(struct walk *w, const struct yaml_node *node, const char *rest);

static int walk_items(struct walk *w, const struct yaml_node *node, const char *rest)
{
	int r = 0;

	w->n++;
	for (uint32_t i = 0; r == 0 && i < node->n; i++) {
		if (node->kind == YAML_SEQUENCE) {
			w->index[w->n - 1] = i;
			r = walk(w, node->items[i], rest);
		} else {
			w->key[w->n - 1] = node->pairs[i].key->text;
			if (!yaml_is_null(node->pairs[i].value))
				r = walk(w, node->pairs[i].value, rest);
		}
	}
	w->n--;
	return r;
}

/* As deep as the path is long. What is above and of the wrong type is told by its own row. */
static int walk(struct walk *w, const struct yaml_node *node, const char *rest)
{
	size_t len;

	if (!*rest)
		return is_wanted(node, w->shape->want) ? 0 : emit_shape(w, node);
	if (rest[0] == '[' || rest[0] == '{')
		return node->kind == (rest[0] == '[' ? YAML_SEQUENCE : YAML_MAPPING)
			       ? walk_items(w, node, rest + 2)
			       : 0;
	rest += *rest == '.';
	len = strcspn(rest, ".[{");
	node = yaml_get(node, (struct str){rest, len});
	return node && !yaml_is_null(node) ? walk(w, node, rest + len) : 0;
}

static const struct shape *find_shapes(const struct object *object)
{
	for (size_t i = 0; i < ARRAY_LEN(all_shapes); i++)
		for (size_t j = 0; j < ARRAY_LEN(all_shapes[i].kinds); j++)
			if (all_shapes[i].kinds[j].len &&
			    is_kind(object, all_shapes[i].group, all_shapes[i].kinds[j]))
				return all_shapes[i].shapes;
	return NULL;
}

/* A binding of the whole cluster has no namespace that would be meant (rbac/v1, Subject). */
static int judge_subjects(struct walk *w)
{
	const struct yaml_node *const *subjects;
	size_t n = field_items(run_object(w->run)->root, "subjects", &subjects);
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++) {
		struct fault fault = {.place = {.node = subjects[i]}, .field = "namespace"};

		if (!str_eq(field_text(subjects[i], "kind"), STR("ServiceAccount")) ||
		    field_at(subjects[i], "namespace"))
			continue;
		fault.place.field = arena_printf(w->run->sink->arena, ".subjects[%zu]", i);
		if (!fault.place.field.ptr)
			return -ENOMEM;
		w->n_findings++;
		r = emit_at(w->run, OUTCOME_UNKNOWN, &fault,
			    "subjects[%zu] is a ServiceAccount of no namespace, which is refused",
			    i);
	}
	return r;
}

int object_shape(struct check_run *run)
{
	const struct object *object = run_object(run);
	const struct shape *shapes = find_shapes(object);
	struct walk w = {.run = run};
	int r = 0;

	for (size_t i = 0; r == 0 && i < object->n_malformed; i++) {
		w.n_findings++;
		r = emit_malformed(run, &object->malformed[i]);
	}
	if (r == 0 && is_kind(object, STR("rbac.authorization.k8s.io"), STR("ClusterRoleBinding")))
		r = judge_subjects(&w);
	for (; r == 0 && shapes && shapes->path; shapes++) {
		w.shape = shapes;
		r = walk(&w, object->root, shapes->path);
	}
	return r < 0 || w.n_findings ? r : check_tally(run, OUTCOME_PASS);
}
