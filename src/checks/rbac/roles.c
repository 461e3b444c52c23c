/* Roles as a whole: who they are, wildcards in their rules, and what is added to others by aggregation. */
#include "base/compat.h"

#include "checks/fault.h"
#include "checks/rbac/rbac.h"
#include "core/field.h"

static const struct str rbac_group = {"rbac.authorization.k8s.io", 25};

/* clang-format off */
/* The roles of the API server's bootstrap policy (kubernetes/plugin/pkg/auth/authorizer/rbac/bootstrappolicy,
 * 1.9 to 1.36). */
static const char *const cluster_roles[] = {
	"admin", "cluster-admin", "edit", "view",
	"system:aggregate-to-admin", "system:aggregate-to-edit", "system:aggregate-to-view",
	"system:auth-delegator", "system:aws-cloud-provider", "system:basic-user",
	"system:certificates.k8s.io:certificatesigningrequests:nodeclient",
	"system:certificates.k8s.io:certificatesigningrequests:selfnodeclient",
	"system:certificates.k8s.io:kube-apiserver-client-approver",
	"system:certificates.k8s.io:kube-apiserver-client-kubelet-approver",
	"system:certificates.k8s.io:kubelet-serving-approver",
	"system:certificates.k8s.io:legacy-unknown-approver",
	"system:cluster-trust-bundle-discovery", "system:csi-external-attacher",
	"system:csi-external-provisioner", "system:discovery", "system:heapster",
	"system:kube-aggregator", "system:kube-controller-manager", "system:kube-dns",
	"system:kube-scheduler", "system:kubelet-api-admin", "system:monitoring", "system:node",
	"system:node-bootstrapper", "system:node-problem-detector", "system:node-proxier",
	"system:persistent-volume-provisioner", "system:public-info-viewer",
	"system:service-account-issuer-discovery", "system:volume-scheduler",
};

/* Those of controllers, behind "system:controller:". */
static const char *const controllers[] = {
	"attachdetach-controller", "certificate-controller", "clusterrole-aggregation-controller",
	"cronjob-controller", "daemon-set-controller", "deployment-controller",
	"device-taint-eviction-controller", "disruption-controller", "endpoint-controller",
	"endpointslice-controller", "endpointslicemirroring-controller",
	"ephemeral-volume-controller", "expand-controller", "generic-garbage-collector",
	"horizontal-pod-autoscaler", "job-controller",
	"kube-apiserver-serving-clustertrustbundle-publisher",
	"legacy-service-account-token-cleaner", "namespace-controller", "node-controller",
	"persistent-volume-binder", "pod-garbage-collector", "podcertificaterequestcleaner",
	"pv-protection-controller", "pvc-protection-controller", "replicaset-controller",
	"replication-controller", "resource-claim-controller", "resourcequota-controller",
	"root-ca-cert-publisher", "route-controller", "selinux-warning-controller",
	"service-account-controller", "service-ca-cert-publisher", "service-cidrs-controller",
	"service-controller", "statefulset-controller", "storage-version-garbage-collector",
	"storage-version-migrator-controller", "taint-eviction-controller",
	"ttl-after-finished-controller", "ttl-controller",
	"validatingadmissionpolicy-status-controller",
	"volumeattributesclass-protection-controller",
};

/* Of a namespace: of kube-system, but for the first, which kube-public has as well. */
static const char *const roles[] = {
	"system:controller:bootstrap-signer", "extension-apiserver-authentication-reader",
	"system::leader-locking-kube-controller-manager",
	"system::leader-locking-kube-scheduler", "system:controller:cloud-provider",
	"system:controller:token-cleaner",
};
/* clang-format on */

static bool is_one_of(struct str name, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(name, str_from(names[i])))
			return true;
	return false;
}

static bool is_bootstrap_role(const struct object *object, bool cluster)
{
	static const struct str controller = {"system:controller:", 18};
	struct str name = object->name;

	if (!cluster)
		return (str_eq(object->ns, STR("kube-system")) &&
			is_one_of(name, roles, ARRAY_LEN(roles))) ||
		       (str_eq(object->ns, STR("kube-public")) && is_one_of(name, roles, 1));
	if (str_starts(name, controller))
		return is_one_of(str_from_offset(name, controller.len), controllers,
				 ARRAY_LEN(controllers));
	return is_one_of(name, cluster_roles, ARRAY_LEN(cluster_roles));
}

/* What the API server makes and mends by itself (kubernetes.io, "Default roles and role bindings"): label and
 * name, since anybody can write either. What a binding gives to whom is told even so. */
static bool is_bootstrapped(const struct object *object, bool cluster)
{
	return str_eq(field_text(yaml_get(object->labels, STR("kubernetes.io/bootstrapping")), ""),
		      STR("rbac-defaults")) &&
	       is_bootstrap_role(object, cluster);
}

bool rbac_is_cluster_role(const struct object *object)
{
	return is_kind(object, rbac_group, STR("ClusterRole")) && !is_bootstrapped(object, true);
}

bool rbac_is_role(const struct object *object)
{
	return (is_kind(object, rbac_group, STR("Role")) && !is_bootstrapped(object, false)) ||
	       rbac_is_cluster_role(object);
}

bool rbac_is_binding(const struct object *object)
{
	return is_kind(object, rbac_group, STR("RoleBinding")) ||
	       is_kind(object, rbac_group, STR("ClusterRoleBinding"));
}

/* --- Wildcards ----------------------------------------------------------------------------------- */

/* Where the wildcards of a rule stand; -1: there is none. */
struct wildcards {
	ssize_t verb, resource, group, url;
};

static struct wildcards find_wildcards(const struct yaml_node *rule)
{
	return (struct wildcards){
		.verb = rbac_find(rule, "verbs", STR("*")),
		.resource = rbac_find(rule, "resources", STR("*")),
		.group = rbac_find(rule, "apiGroups", STR("*")),
		.url = rbac_find(rule, "nonResourceURLs", STR("*")),
	};
}

/* Does it reach what Kubernetes itself is made of, and not only somebody's custom resources? */
static bool reaches_core(const struct yaml_node *rule)
{
	return rbac_find(rule, "apiGroups", STR("")) >= 0 ||
	       rbac_find(rule, "apiGroups", STR("*")) >= 0 ||
	       rbac_find(rule, "apiGroups", STR("apps")) >= 0 ||
	       rbac_find(rule, "apiGroups", rbac_group) >= 0;
}

/* The first verb that does more than look, or -1. */
static ssize_t find_writing_verb(const struct yaml_node *rule)
{
	const struct yaml_node *const *verbs;
	size_t n = field_items(rule, "verbs", &verbs);

	for (size_t i = 0; i < n; i++) {
		struct str verb = field_text(verbs[i], "");

		if (!str_eq(verb, STR("get")) && !str_eq(verb, STR("list")) &&
		    !str_eq(verb, STR("watch")))
			return (ssize_t)i;
	}
	return -1;
}

/* What is not of the core: Secrets are. */
static bool only_reads(const struct yaml_node *rule, const struct wildcards *w)
{
	return w->verb < 0 && w->group < 0 && find_writing_verb(rule) < 0 &&
	       rbac_find(rule, "apiGroups", STR("")) < 0;
}

static enum severity wildcard_severity(const struct yaml_node *rule, const struct wildcards *w,
				       bool cluster)
{
	const struct yaml_node *const *items;
	enum severity severity;

	if (field_items(rule, "resourceNames", &items) > 0)
		return SEVERITY_LOW;
	if (only_reads(rule, w))
		return SEVERITY_LOW;
	if (w->verb >= 0 && w->resource >= 0 && w->group >= 0)
		return cluster ? SEVERITY_CRITICAL : SEVERITY_HIGH;
	if (w->verb >= 0 && w->resource >= 0)
		severity = cluster ? SEVERITY_HIGH : SEVERITY_MEDIUM;
	else if (w->verb >= 0 || w->resource >= 0)
		severity = SEVERITY_MEDIUM;
	else
		return SEVERITY_LOW;
	if (field_items(rule, "resources", &items) > 0 && !reaches_core(rule))
		return severity == SEVERITY_HIGH ? SEVERITY_MEDIUM : SEVERITY_LOW;
	return severity;
}

static int emit_wildcard(const struct check_run *run, const struct yaml_node *rule, size_t index,
			 const struct wildcards *w)
{
	struct arena *arena = run->sink->arena;
	const char *key = w->verb >= 0	     ? "verbs"
			  : w->resource >= 0 ? "resources"
			  : w->group >= 0    ? "apiGroups"
					     : "nonResourceURLs";
	ssize_t at = w->verb >= 0	? w->verb
		     : w->resource >= 0 ? w->resource
		     : w->group >= 0	? w->group
					: w->url;
	const struct yaml_node *const *items;
	bool urls = field_items(rule, "resources", &items) == 0;
	struct fault fault = {
		.place = {.node = rule, .field = arena_printf(arena, ".rules[%zu]", index)},
		.field = arena_printf(arena, "%s[%zd]", key, at).ptr,
		.seen = STR("*"),
		.severity = wildcard_severity(rule, w, rbac_is_cluster_role(run_object(run))),
	};

	if (!fault.place.field.ptr || !fault.field)
		return -ENOMEM;
	if (urls)
		return emit_fault(run, &fault, "allows %s on %s that is no resource",
				  w->verb >= 0 ? "every verb" : "its verbs",
				  w->url >= 0 ? "every URL" : "a URL");
	return emit_fault(run, &fault, "allows %s on %s%s",
			  w->verb >= 0		? "every verb"
			  : only_reads(rule, w) ? "its verbs, which only read,"
						: "its verbs",
			  w->resource >= 0 ? "every resource" : "the resources named",
			  w->group >= 0 ? " of every API group" : " of the API groups named");
}

int rbac_wildcard(struct check_run *run)
{
	const struct object *object = run_object(run);
	const struct yaml_node *const *rules;
	bool failed = false;
	size_t n;

	if (!rbac_is_role(object))
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	n = field_items(object->root, "rules", &rules);
	for (size_t i = 0; i < n; i++) {
		struct wildcards w = find_wildcards(rules[i]);
		int r;

		if (w.verb < 0 && w.resource < 0 && w.group < 0 && w.url < 0)
			continue;
		r = emit_wildcard(run, rules[i], i, &w);
		if (r < 0)
			return r;
		failed = true;
	}
	if (failed)
		return 0;
	return check_tally(run, n == 0 && field_at(object->root, "aggregationRule")
					? OUTCOME_NOT_APPLICABLE
					: OUTCOME_PASS);
}

/* --- Aggregation --------------------------------------------------------------------------------- */

static bool is_aggregated_to(const struct object *object, struct str label)
{
	return str_eq(field_text(yaml_get(object->labels, label), ""), STR("true"));
}

static bool reads_secrets(const struct yaml_node *rule)
{
	bool core = rbac_find(rule, "apiGroups", STR("")) >= 0 ||
		    rbac_find(rule, "apiGroups", STR("*")) >= 0;

	return core && (rbac_find(rule, "resources", STR("secrets")) >= 0 ||
			rbac_find(rule, "resources", STR("*")) >= 0);
}

static bool writes_rbac(const struct yaml_node *rule)
{
	return find_writing_verb(rule) >= 0 && (rbac_find(rule, "apiGroups", rbac_group) >= 0 ||
						rbac_find(rule, "apiGroups", STR("*")) >= 0);
}

/* Why the rule is more than those who have that role are meant to have; NULL when it is not. */
static const char *exceeds(const struct yaml_node *rule, bool view, const char **ret_key,
			   ssize_t *ret_at)
{
	ssize_t verb = find_writing_verb(rule);

	*ret_key = "verbs";
	*ret_at = verb < 0 ? 0 : verb;
	if (writes_rbac(rule))
		return "may change roles and bindings";
	if (view && verb >= 0)
		return "may do more than read";
	if (view && reads_secrets(rule)) {
		*ret_key = "resources";
		*ret_at = MAX(rbac_find(rule, "resources", STR("secrets")), 0);
		return "may read Secrets";
	}
	return NULL;
}

static int judge_aggregated(const struct check_run *run, const char *role, bool *failed)
{
	const struct object *object = run_object(run);
	struct arena *arena = run->sink->arena;
	const struct yaml_node *const *rules;
	size_t n = field_items(object->root, "rules", &rules);

	for (size_t i = 0; i < n; i++) {
		const char *key, *why;
		ssize_t at;
		struct fault fault;
		int r;

		why = exceeds(rules[i], strcmp(role, "view") == 0, &key, &at);
		if (!why)
			continue;
		fault = (struct fault){
			.place = {rules[i], arena_printf(arena, ".rules[%zu]", i)},
			.field = arena_printf(arena, "%s[%zd]", key, at).ptr,
		};
		if (!fault.place.field.ptr || !fault.field)
			return -ENOMEM;
		r = emit_fault(run, &fault, "whoever has the role '%s' %s", role, why);
		if (r < 0)
			return r;
		*failed = true;
	}
	return 0;
}

/* An aggregationRule whose selector is empty takes in every ClusterRole there is. */
static int judge_selectors(const struct check_run *run, bool *failed)
{
	const struct object *object = run_object(run);
	struct arena *arena = run->sink->arena;
	const struct yaml_node *rule = field_at(object->root, "aggregationRule");
	const struct yaml_node *const *items;
	size_t n = field_items(rule, "clusterRoleSelectors", &items);

	for (size_t i = 0; i < n; i++) {
		struct fault fault = {.place = {rule, STR(".aggregationRule")},
				      .severity = SEVERITY_HIGH};
		int r;

		if (items[i]->kind != YAML_MAPPING || items[i]->n)
			continue;
		fault.field = arena_printf(arena, "clusterRoleSelectors[%zu]", i).ptr;
		if (!fault.field)
			return -ENOMEM;
		r = emit_fault(run, &fault, "takes in the rules of every ClusterRole");
		if (r < 0)
			return r;
		*failed = true;
	}
	return 0;
}

int rbac_aggregate(struct check_run *run)
{
	const struct object *object = run_object(run);
	bool view, edit, failed = false;
	int r;

	if (!rbac_is_cluster_role(object))
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	view = is_aggregated_to(object, STR("rbac.authorization.k8s.io/aggregate-to-view"));
	edit = is_aggregated_to(object, STR("rbac.authorization.k8s.io/aggregate-to-edit"));
	if (!view && !edit && !field_at(object->root, "aggregationRule") &&
	    !is_aggregated_to(object, STR("rbac.authorization.k8s.io/aggregate-to-admin")))
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	r = judge_selectors(run, &failed);
	/* "view" is the narrower promise; what breaks it would break that of "edit" again. */
	if (r == 0 && view)
		r = judge_aggregated(run, "view", &failed);
	else if (r == 0 && edit)
		r = judge_aggregated(run, "edit", &failed);
	return r < 0 || failed ? r : check_tally(run, OUTCOME_PASS);
}
