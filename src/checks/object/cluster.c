/* What the cluster itself is made of: namespaces, admission, volumes, accounts, budgets, selectors. */
#include "base/compat.h"

#include "checks/fault.h"
#include "checks/object/object.h"
#include "core/field.h"

static const struct str admission = {"admissionregistration.k8s.io", 28};

/* --- Namespaces and accounts ---------------------------------------------------------------------- */

/* Kubernetes' own, whose pods are privileged by nature. */
static bool is_system_namespace(struct str name)
{
	return str_eq(name, STR("kube-system")) || str_eq(name, STR("kube-public")) ||
	       str_eq(name, STR("kube-node-lease"));
}

int object_namespace_pss(struct check_run *run)
{
	const struct object *object = run_object(run);
	struct fault fault = {
		.place = {object->root, STR("")},
		.field = "metadata.labels['pod-security.kubernetes.io/enforce']",
		.wanted = "restricted",
	};
	const struct yaml_node *label;
	struct str level;

	if (!is_kind(object, STR(""), STR("Namespace")) || is_system_namespace(object->name))
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	label = yaml_get(object->labels, STR("pod-security.kubernetes.io/enforce"));
	level = field_text(label, "");
	if (str_eq(level, STR("restricted")) || str_eq(level, STR("baseline")))
		return check_tally(run, OUTCOME_PASS);
	if (!label)
		return emit_fault(run, &fault, "no Pod Security level is enforced");
	fault.seen = arena_str(run->sink->arena, level);
	if (!fault.seen.ptr)
		return -ENOMEM;
	if (str_eq(level, STR("privileged")))
		return emit_fault(
			run, &fault,
			"the Pod Security level is 'privileged', which allows everything");
	return emit_fault(run, &fault, "'%.*s' is no Pod Security level", STR_FMT(level));
}

int object_default_token(struct check_run *run)
{
	const struct object *object = run_object(run);

	if (!is_kind(object, STR(""), STR("ServiceAccount")) ||
	    !str_eq(object->name, STR("default")))
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	if (field_is(object->root, "automountServiceAccountToken", false))
		return check_tally(run, OUTCOME_PASS);
	return emit_fault(run,
			  &(struct fault){.place = {object->root, STR("")},
					  .field = "automountServiceAccountToken",
					  .wanted = "false"},
			  "every pod that names no ServiceAccount gets a token of this one");
}

/* --- Volumes, API services, Pod Security Policies ------------------------------------------------- */

/* Is it that folder, or in it? */
static bool is_below(struct str path, struct str folder)
{
	return str_starts(path, folder) && (path.len == folder.len || path.ptr[folder.len] == '/');
}

/* The whole of a node, or a socket of what runs its containers: who has that has the node. */
static bool is_node_itself(struct str path)
{
	while (path.len && path.ptr[path.len - 1] == '/')
		path.len--;
	return path.len == 0 || str_ends(path, STR(".sock"));
}

/* Folders of a node's own that no disk for volumes is mounted in. */
static bool is_system_path(struct str path)
{
	static const struct str folders[] = {
		STR("/etc"), STR("/var/run"), STR("/run"),  STR("/var/lib/kubelet"),
		STR("/dev"), STR("/proc"),    STR("/sys"),  STR("/var/lib/etcd"),
		STR("/usr"), STR("/boot"),    STR("/root"), STR("/var/log"),
	};

	for (size_t i = 0; i < ARRAY_LEN(folders); i++)
		if (is_below(path, folders[i]))
			return true;
	return is_node_itself(path);
}

int object_volume_host_path(struct check_run *run)
{
	const struct object *object = run_object(run);
	const struct yaml_node *host, *local;
	struct fault fault = {.field = "path"};

	if (!is_kind(object, STR(""), STR("PersistentVolume")))
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	host = field_at(object->root, "spec.hostPath");
	local = field_at(object->root, "spec.local");
	/* A disk of a node is what "local" is for. */
	if (!host && !(field_at(local, "path") && is_system_path(field_text(local, "path"))))
		return check_tally(run, OUTCOME_PASS);
	fault.place = host ? (struct place){host, STR(".spec.hostPath")}
			   : (struct place){local, STR(".spec.local")};
	fault.seen = arena_str(run->sink->arena, field_text(fault.place.node, "path"));
	if (!fault.seen.ptr)
		return -ENOMEM;
	if (field_at(fault.place.node, "path") && is_node_itself(fault.seen))
		fault.severity = SEVERITY_CRITICAL;
	return emit_fault(run, &fault,
			  "is '%.*s' of a node, past what Pod Security says of host paths",
			  STR_FMT(fault.seen));
}

int object_api_service_tls(struct check_run *run)
{
	const struct object *object = run_object(run);

	if (!is_kind(object, STR("apiregistration.k8s.io"), STR("APIService")))
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	if (!field_is(object->root, "spec.insecureSkipTLSVerify", true))
		return check_tally(run, OUTCOME_PASS);
	return emit_fault(run,
			  &(struct fault){.place = {field_at(object->root, "spec"), STR(".spec")},
					  .field = "insecureSkipTLSVerify",
					  .seen = STR("true"),
					  .remove = true},
			  "the API server does not check whom it hands requests to");
}

int object_psp(struct check_run *run)
{
	const struct object_input *in = run->input;

	if (!is_kind(in->object, STR("policy"), STR("PodSecurityPolicy")) &&
	    !is_kind(in->object, STR("extensions"), STR("PodSecurityPolicy")))
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	/* Removed in 1.25 (Kubernetes deprecated API migration guide). */
	if (in->target_minor < 25)
		return check_tally(run, OUTCOME_PASS);
	return emit_fault(run,
			  &(struct fault){.place = {in->object->root, STR("")}, .field = "kind"},
			  "nothing enforces a PodSecurityPolicy since Kubernetes 1.25");
}

/* --- Admission ----------------------------------------------------------------------------------- */

static bool is_validating(const struct object *object)
{
	return is_kind(object, admission, STR("ValidatingWebhookConfiguration"));
}

static bool is_webhook(const struct object *object)
{
	return is_validating(object) ||
	       is_kind(object, admission, STR("MutatingWebhookConfiguration"));
}

static bool is_admission_policy(const struct object *object)
{
	return is_kind(object, admission, STR("ValidatingAdmissionPolicy")) ||
	       is_kind(object, admission, STR("MutatingAdmissionPolicy"));
}

/* Fail is the default of v1; Ignore was that of v1beta1. */
static bool ignores_failure(const struct object *object, const struct yaml_node *node)
{
	struct str policy = field_text(node, "failurePolicy");

	return str_eq(policy, STR("Ignore")) ||
	       (!policy.len &&
		str_eq(object->api_version, STR("admissionregistration.k8s.io/v1beta1")) &&
		is_webhook(object));
}

static int emit_ignored(const struct check_run *run, const struct yaml_node *node, struct str field)
{
	const struct object *object = run_object(run);
	const struct fault fault = {
		.place = {node, field},
		.field = "failurePolicy",
		.seen = STR("Ignore"),
		.wanted = "Fail",
		/* A mutating one mostly adds something; a validating one is there to refuse. */
		.severity = is_kind(object, admission, STR("MutatingWebhookConfiguration"))
				    ? SEVERITY_LOW
				    : SEVERITY_UNKNOWN,
	};

	return emit_fault(run, &fault,
			  "whatever it would have refused is let in when it does not answer");
}

int object_webhook_ignore(struct check_run *run)
{
	const struct object *object = run_object(run);
	const struct yaml_node *const *hooks, *spec;
	bool failed = false;
	size_t n;

	if (is_admission_policy(object)) {
		spec = field_at(object->root, "spec");
		return ignores_failure(object, spec) ? emit_ignored(run, spec, STR(".spec"))
						     : check_tally(run, OUTCOME_PASS);
	}
	if (!is_webhook(object))
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	n = field_items(object->root, "webhooks", &hooks);
	for (size_t i = 0; i < n; i++) {
		struct str field;
		int r;

		if (!ignores_failure(object, hooks[i]))
			continue;
		field = arena_printf(run->sink->arena, ".webhooks[%zu]", i);
		r = field.ptr ? emit_ignored(run, hooks[i], field) : -ENOMEM;
		if (r < 0)
			return r;
		failed = true;
	}
	return failed ? 0 : check_tally(run, OUTCOME_PASS);
}

/*
 * Whoever writes an object writes its labels: a selector over them lets the judged decide whether to be
 * judged. The same holds of namespaces and their owners, but for the label with their name, which the API
 * server sets.
 */
static bool can_opt_out_by_namespace(const struct yaml_node *selector)
{
	const struct yaml_node *const *expressions;
	size_t n = field_items(selector, "matchExpressions", &expressions);
	const struct yaml_node *labels = field_at(selector, "matchLabels");

	for (size_t i = 0; i < n; i++)
		if (!str_eq(field_text(expressions[i], "key"), STR("kubernetes.io/metadata.name")))
			return true;
	for (size_t i = 0; labels && labels->kind == YAML_MAPPING && i < labels->n; i++)
		if (!str_eq(labels->pairs[i].key->text, STR("kubernetes.io/metadata.name")))
			return true;
	return false;
}

static const char *opt_out(const struct yaml_node *hook)
{
	const struct yaml_node *objects = field_at(hook, "objectSelector");

	if (objects && objects->kind == YAML_MAPPING && objects->n)
		return "objectSelector";
	return can_opt_out_by_namespace(field_at(hook, "namespaceSelector")) ? "namespaceSelector"
									     : NULL;
}

int object_webhook_exempt(struct check_run *run)
{
	const struct object *object = run_object(run);
	const struct yaml_node *const *hooks;
	bool failed = false;
	size_t n;

	if (!is_validating(object))
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	n = field_items(object->root, "webhooks", &hooks);
	for (size_t i = 0; i < n; i++) {
		struct fault fault = {.place = {.node = hooks[i]}, .field = opt_out(hooks[i])};
		int r;

		if (!fault.field)
			continue;
		fault.place.field = arena_printf(run->sink->arena, ".webhooks[%zu]", i);
		if (!fault.place.field.ptr)
			return -ENOMEM;
		r = emit_fault(run, &fault, "a label of the %s decides whether it is asked at all",
			       fault.field[0] == 'o' ? "object" : "namespace");
		if (r < 0)
			return r;
		failed = true;
	}
	return failed ? 0 : check_tally(run, OUTCOME_PASS);
}

/* --- Budgets ------------------------------------------------------------------------------------- */

int object_pdb_blocks(struct check_run *run)
{
	const struct object *object = run_object(run);
	const struct yaml_node *max, *min;
	struct fault fault = {.place = {NULL, STR(".spec")}};

	if (!is_kind(object, STR("policy"), STR("PodDisruptionBudget")))
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	fault.place.node = field_at(object->root, "spec");
	max = field_at(fault.place.node, "maxUnavailable");
	min = field_at(fault.place.node, "minAvailable");
	if (max && max->kind == YAML_SCALAR &&
	    (str_eq(max->text, STR("0")) || str_eq(max->text, STR("0%")))) {
		fault.field = "maxUnavailable";
		fault.wanted = "1";
		fault.seen = arena_str(run->sink->arena, max->text);
	} else if (min && min->kind == YAML_SCALAR && str_eq(min->text, STR("100%"))) {
		fault.field = "minAvailable";
		fault.seen = STR("100%");
	} else {
		return check_tally(run, OUTCOME_PASS);
	}
	return emit_fault(run, &fault,
			  "no pod may ever be evicted, so that no node can be drained");
}

/* --- Selectors of controllers -------------------------------------------------------------------- */

static bool has_text(const struct yaml_node *values, struct str text)
{
	for (size_t i = 0; values && values->kind == YAML_SEQUENCE && i < values->n; i++)
		if (values->items[i]->kind == YAML_SCALAR && str_eq(values->items[i]->text, text))
			return true;
	return false;
}

/* As LabelSelectorRequirement says; an operator that there is not is told by nobody here. */
static bool expression_holds(const struct yaml_node *expression, const struct yaml_node *labels)
{
	struct str op = field_text(expression, "operator");
	const struct yaml_node *value = yaml_get(labels, field_text(expression, "key"));
	const struct yaml_node *values = field_at(expression, "values");
	bool is_in = value && value->kind == YAML_SCALAR && has_text(values, value->text);

	if (str_eq(op, STR("In")))
		return is_in;
	if (str_eq(op, STR("NotIn")))
		return !is_in;
	if (str_eq(op, STR("Exists")))
		return value != NULL;
	return !str_eq(op, STR("DoesNotExist")) || !value;
}

/* The first of the pairs that the labels lack, or NULL. */
static const struct yaml_pair *missing_pair(const struct yaml_node *pairs,
					    const struct yaml_node *labels)
{
	for (size_t i = 0; pairs && pairs->kind == YAML_MAPPING && i < pairs->n; i++) {
		const struct yaml_pair *pair = &pairs->pairs[i];
		const struct yaml_node *value = yaml_get(labels, pair->key->text);

		if (pair->value->kind == YAML_SCALAR && (!value || value->kind != YAML_SCALAR ||
							 !str_eq(value->text, pair->value->text)))
			return pair;
	}
	return NULL;
}

/* What is longer is told by OBJ-SHAPE. */
static bool can_compare(const struct yaml_node *const *expressions, size_t n)
{
	const struct yaml_node *const *values;

	for (size_t i = 0; n <= SELECTOR_REQUIREMENTS && i < n; i++)
		if (field_items(expressions[i], "values", &values) > SELECTOR_REQUIREMENTS)
			return false;
	return n <= SELECTOR_REQUIREMENTS;
}

static bool has_selector(const struct object *object)
{
	return is_kind(object, STR("apps"), STR("Deployment")) ||
	       is_kind(object, STR("apps"), STR("StatefulSet")) ||
	       is_kind(object, STR("apps"), STR("DaemonSet")) ||
	       is_kind(object, STR("apps"), STR("ReplicaSet"));
}

int object_selector(struct check_run *run)
{
	const struct object *object = run_object(run);
	struct fault fault = {.place = {NULL, STR(".spec.selector")}};
	const struct yaml_node *const *expressions;
	const struct yaml_node *labels, *wanted;
	const struct yaml_pair *pair;
	size_t n;

	if (!object->workload || !has_selector(object))
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	labels = object->workload->labels;
	fault.place.node = field_at(object->root, "spec.selector");
	if (!fault.place.node) {
		/* Older versions took the template's labels. */
		if (!str_eq(object->api_version, STR("apps/v1")))
			return check_tally(run, OUTCOME_NOT_APPLICABLE);
		fault.place = (struct place){field_at(object->root, "spec"), STR(".spec")};
		fault.field = "selector";
		return emit_fault(run, &fault, "there is no selector");
	}
	wanted = field_at(fault.place.node, "matchLabels");
	if (wanted && wanted->n > SELECTOR_REQUIREMENTS) /* told by OBJ-SHAPE */
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	pair = missing_pair(wanted, labels);
	if (pair) {
		fault.field = object_key_field(run->sink->arena, "matchLabels", pair->key->text);
		if (!fault.field)
			return -ENOMEM;
		return emit_fault(run, &fault, "the pods' labels lack '%.*s: %.*s'",
				  STR_FMT(pair->key->text), STR_FMT(pair->value->text));
	}
	n = field_items(fault.place.node, "matchExpressions", &expressions);
	if (!can_compare(expressions, n))
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	for (size_t i = 0; i < n; i++) {
		if (expression_holds(expressions[i], labels))
			continue;
		fault.field = arena_printf(run->sink->arena, "matchExpressions[%zu]", i).ptr;
		if (!fault.field)
			return -ENOMEM;
		return emit_fault(run, &fault, "the pods' labels do not meet the selector");
	}
	return check_tally(run, OUTCOME_PASS);
}
