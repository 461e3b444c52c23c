/*
 * Rules that grant something dangerous. Each row is a table of grants; a rule is compared with them as the
 * authorizer of Kubernetes does: names are equal, "*" stands for all, "*" before "/exec" for any resource
 * with that subresource ("pods/" with "*" behind it is no wildcard).
 */
#include "base/compat.h"

#include "base/buf.h"
#include "checks/fault.h"
#include "checks/rbac/rbac.h"
#include "core/field.h"

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

struct grant {
	const char *group;
	const char *const *resources, *const *verbs; /* any of them */
	/* In a ClusterRole; in a Role; in either when limited to names. SEVERITY_NONE: no fault there. */
	enum severity cluster, role, named;
	const char *why;
};

/* What was found of a grant in a rule. */
struct match {
	const char *resource;
	bool wildcard; /* a "*" is what grants it */
	ssize_t verb;  /* the first in the rule's list */
	size_t n_verbs;
	char verbs[128]; /* "get, list" */
};

ssize_t rbac_find(const struct yaml_node *node, const char *key, struct str text)
{
	const struct yaml_node *const *items;
	size_t n = field_items(node, key, &items);

	for (size_t i = 0; i < n; i++)
		if (items[i]->kind == YAML_SCALAR && str_eq(items[i]->text, text))
			return (ssize_t)i;
	return -1;
}

static bool is_named(const struct yaml_node *rule)
{
	const struct yaml_node *const *items;

	return field_items(rule, "resourceNames", &items) > 0;
}

/* Names that are worth as much as any: to bind, to impersonate, to sign for. */
static bool names_are_powerful(const struct yaml_node *rule)
{
	static const char *const names[] = {
		"cluster-admin",
		"system:masters",
		"kubernetes.io/*",
		"kubernetes.io/kube-apiserver-client",
		"kubernetes.io/kube-apiserver-client-kubelet",
	};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (rbac_find(rule, "resourceNames", str_from(names[i])) >= 0)
			return true;
	return false;
}

/* ResourceMatches of kubernetes/pkg/apis/rbac/v1/evaluation_helpers.go */
static bool find_resource(const struct yaml_node *rule, const char *resource, bool *ret_wildcard)
{
	const char *slash = strchr(resource, '/');
	char any[64];

	if (rbac_find(rule, "resources", str_from(resource)) >= 0)
		return true;
	*ret_wildcard = true;
	if (rbac_find(rule, "resources", STR("*")) >= 0)
		return true;
	snprintf(any, sizeof(any), "*%s", slash ? slash : "");
	return slash && rbac_find(rule, "resources", str_from(any)) >= 0;
}

/* A request to create has no name yet, so that a rule with names never allows one; what lies below an object
 * has the object's. */
static bool can_be_named(const char *verb, const char *resource)
{
	return strchr(resource, '/') ||
	       (strcmp(verb, "create") != 0 && strcmp(verb, "deletecollection") != 0);
}

static void find_verbs(const struct yaml_node *rule, const struct grant *grant, bool named,
		       struct match *match)
{
	ssize_t any = rbac_find(rule, "verbs", STR("*"));
	size_t len = 0;

	match->verb = -1;
	match->n_verbs = 0;
	for (size_t i = 0; grant->verbs[i]; i++) {
		ssize_t at = rbac_find(rule, "verbs", str_from(grant->verbs[i]));

		if ((at < 0 && any < 0) ||
		    (named && !can_be_named(grant->verbs[i], match->resource)))
			continue;
		match->wildcard |= at < 0;
		at = at < 0 ? any : at;
		if (match->verb < 0 || at < match->verb)
			match->verb = at;
		match->n_verbs++;
		if (len < sizeof(match->verbs))
			len += (size_t)snprintf(match->verbs + len, sizeof(match->verbs) - len,
						"%s%s", len ? ", " : "", grant->verbs[i]);
	}
}

static bool find_grant(const struct yaml_node *rule, const struct grant *grant, struct match *ret)
{
	bool any_group = rbac_find(rule, "apiGroups", STR("*")) >= 0;

	if (!any_group && rbac_find(rule, "apiGroups", str_from(grant->group)) < 0)
		return false;
	for (size_t i = 0; grant->resources[i]; i++) {
		*ret = (struct match){.resource = grant->resources[i], .wildcard = any_group};
		if (!find_resource(rule, ret->resource, &ret->wildcard))
			continue;
		find_verbs(rule, grant, is_named(rule), ret);
		if (ret->n_verbs)
			return true;
	}
	return false;
}

static enum severity grant_severity(const struct yaml_node *rule, const struct grant *grant,
				    bool cluster)
{
	enum severity severity = cluster ? grant->cluster : grant->role;

	if (severity != SEVERITY_NONE && is_named(rule) && !names_are_powerful(rule))
		return grant->named;
	return severity;
}

static int emit_grant(const struct check_run *run, const struct yaml_node *rule, size_t index,
		      const struct grant *grant, const struct match *match, enum severity severity)
{
	struct arena *arena = run->sink->arena;
	struct str place = arena_printf(arena, ".rules[%zu]", index);
	struct str field = arena_printf(arena, "verbs[%zd]", match->verb);
	const struct yaml_node *const *items;
	bool single = match->n_verbs == 1 && !match->wildcard;
	bool last = field_items(rule, "verbs", &items) == 1;
	/* A rule without verbs is refused: without its last one it goes whole, unless it allows more. */
	bool whole = single && last && field_items(rule, "resources", &items) == 1;

	if (!place.ptr || !field.ptr)
		return -ENOMEM;
	return emit_fault(run,
			  &(struct fault){
				  .place = {.node = rule, .field = place},
				  .field = field.ptr,
				  .seen = arena_str(arena, str_from(match->verbs)),
				  .remove = single && !last,
				  .gone = whole ? &place : NULL,
				  .n_gone = whole,
				  .severity = severity,
			  },
			  "may %s %s%s: %s", match->verbs, match->resource,
			  match->wildcard ? " (by a wildcard)" : "", grant->why);
}

/* What grants everything is told by RBAC-WILDCARD, and not once more by each row. */
static bool grants_everything(const struct yaml_node *rule)
{
	return rbac_find(rule, "verbs", STR("*")) >= 0 &&
	       rbac_find(rule, "resources", STR("*")) >= 0;
}

static int judge(const struct check_run *run, const struct grant *grants, size_t n_grants)
{
	const struct object *object = run_object(run);
	bool cluster = rbac_is_cluster_role(object), told = false, failed = false;
	const struct yaml_node *const *rules;
	size_t n;

	if (!rbac_is_role(object))
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	n = field_items(object->root, "rules", &rules);
	for (size_t i = 0; i < n; i++) {
		if (grants_everything(rules[i])) {
			told = true;
			continue;
		}
		for (size_t j = 0; j < n_grants; j++) {
			enum severity severity;
			struct match match;
			int r;

			if (!find_grant(rules[i], &grants[j], &match))
				continue;
			severity = grant_severity(rules[i], &grants[j], cluster);
			if (severity == SEVERITY_NONE)
				continue;
			r = emit_grant(run, rules[i], i, &grants[j], &match, severity);
			if (r < 0)
				return r;
			failed = true;
			break;
		}
	}
	/* The rules of an aggregated role are put together in the cluster. */
	told |= n == 0 && field_at(object->root, "aggregationRule");
	if (failed)
		return 0;
	return check_tally(run, told ? OUTCOME_NOT_APPLICABLE : OUTCOME_PASS);
}

int rbac_secrets(struct check_run *run)
{
	const struct grant grants[] = {
		{"", LIST("secrets"), LIST("get", "list", "watch"), SEVERITY_HIGH, SEVERITY_MEDIUM,
		 SEVERITY_NONE, "that is every Secret in its reach, tokens and keys among them"},
	};

	return judge(run, grants, ARRAY_LEN(grants));
}

int rbac_escalate(struct check_run *run)
{
	const struct grant grants[] = {
		{"rbac.authorization.k8s.io", LIST("clusterroles", "roles"),
		 LIST("escalate", "bind"), SEVERITY_HIGH, SEVERITY_MEDIUM, SEVERITY_LOW,
		 "the holder can give away more than it has"},
	};

	return judge(run, grants, ARRAY_LEN(grants));
}

int rbac_impersonate(struct check_run *run)
{
	const struct grant grants[] = {
		{"", LIST("users", "groups"), LIST("impersonate"), SEVERITY_HIGH, SEVERITY_NONE,
		 SEVERITY_LOW, "the holder can act as anybody"},
		{"", LIST("serviceaccounts"), LIST("impersonate"), SEVERITY_HIGH, SEVERITY_MEDIUM,
		 SEVERITY_LOW, "the holder can act as any ServiceAccount in its reach"},
		{"authentication.k8s.io", LIST("uids", "userextras"), LIST("impersonate"),
		 SEVERITY_MEDIUM, SEVERITY_NONE, SEVERITY_LOW,
		 "the holder can claim attributes of others"},
	};

	return judge(run, grants, ARRAY_LEN(grants));
}

int rbac_exec(struct check_run *run)
{
	/* A WebSocket begins with GET: "get" opens a session as "create" does. */
	const struct grant grants[] = {
		{"", LIST("pods/exec", "pods/attach"), LIST("create", "get"), SEVERITY_HIGH,
		 SEVERITY_MEDIUM, SEVERITY_LOW, "the holder gets into running containers"},
		{"", LIST("pods/ephemeralcontainers"), LIST("update", "patch"), SEVERITY_HIGH,
		 SEVERITY_MEDIUM, SEVERITY_LOW, "the holder adds a container to running pods"},
		{"", LIST("pods/portforward"), LIST("create", "get"), SEVERITY_MEDIUM,
		 SEVERITY_MEDIUM, SEVERITY_LOW,
		 "the holder reaches ports of pods past any NetworkPolicy"},
	};

	return judge(run, grants, ARRAY_LEN(grants));
}

int rbac_workloads(struct check_run *run)
{
	const char *why = "new pods can mount any Secret and use any ServiceAccount there";
	const struct grant grants[] = {
		{"", LIST("pods"), LIST("create"), SEVERITY_MEDIUM, SEVERITY_LOW, SEVERITY_LOW,
		 why},
		{"", LIST("replicationcontrollers"), LIST("create", "update", "patch"),
		 SEVERITY_MEDIUM, SEVERITY_LOW, SEVERITY_LOW, why},
		{"apps", LIST("deployments", "daemonsets", "statefulsets", "replicasets"),
		 LIST("create", "update", "patch"), SEVERITY_MEDIUM, SEVERITY_LOW, SEVERITY_LOW,
		 why},
		/* The template of a Job never changes. */
		{"batch", LIST("jobs"), LIST("create"), SEVERITY_MEDIUM, SEVERITY_LOW, SEVERITY_LOW,
		 why},
		{"batch", LIST("cronjobs"), LIST("create", "update", "patch"), SEVERITY_MEDIUM,
		 SEVERITY_LOW, SEVERITY_LOW, why},
	};

	return judge(run, grants, ARRAY_LEN(grants));
}

int rbac_node_proxy(struct check_run *run)
{
	const struct grant grants[] = {
		{"", LIST("nodes/proxy"), LIST("get", "create", "update", "patch", "delete"),
		 SEVERITY_HIGH, SEVERITY_NONE, SEVERITY_MEDIUM,
		 "the kubelet's API runs commands in every pod of a node, past admission and "
		 "audit"},
	};

	return judge(run, grants, ARRAY_LEN(grants));
}

int rbac_csr(struct check_run *run)
{
	const struct grant grants[] = {
		{"certificates.k8s.io", LIST("signers"), LIST("approve", "sign"), SEVERITY_HIGH,
		 SEVERITY_NONE, SEVERITY_LOW, "the holder has certificates issued in any name"},
		{"certificates.k8s.io", LIST("certificatesigningrequests/approval"),
		 LIST("update", "patch"), SEVERITY_MEDIUM, SEVERITY_NONE, SEVERITY_LOW,
		 "with a right to a signer, the holder has certificates issued in any name"},
	};

	return judge(run, grants, ARRAY_LEN(grants));
}

int rbac_tokens(struct check_run *run)
{
	const struct grant grants[] = {
		{"", LIST("serviceaccounts/token"), LIST("create"), SEVERITY_HIGH, SEVERITY_MEDIUM,
		 SEVERITY_LOW, "the holder makes tokens of any ServiceAccount in its reach"},
	};

	return judge(run, grants, ARRAY_LEN(grants));
}

int rbac_webhooks(struct check_run *run)
{
	const struct grant grants[] = {
		{"admissionregistration.k8s.io",
		 LIST("validatingwebhookconfigurations", "mutatingwebhookconfigurations",
		      "validatingadmissionpolicies", "validatingadmissionpolicybindings",
		      "mutatingadmissionpolicies", "mutatingadmissionpolicybindings"),
		 LIST("create", "update", "patch", "delete", "deletecollection"), SEVERITY_HIGH,
		 SEVERITY_NONE, SEVERITY_LOW,
		 "the holder reads and changes what is admitted, or turns a policy off"},
	};

	return judge(run, grants, ARRAY_LEN(grants));
}

int rbac_volumes(struct check_run *run)
{
	const struct grant grants[] = {
		{"", LIST("persistentvolumes"), LIST("create"), SEVERITY_MEDIUM, SEVERITY_NONE,
		 SEVERITY_NONE, "a volume can be any directory of a node"},
	};

	return judge(run, grants, ARRAY_LEN(grants));
}

int rbac_nodes(struct check_run *run)
{
	const struct grant grants[] = {
		{"", LIST("nodes", "nodes/status"),
		 LIST("create", "update", "patch", "delete", "deletecollection"), SEVERITY_MEDIUM,
		 SEVERITY_NONE, SEVERITY_LOW,
		 "labels and taints decide where pods run, and which Secrets a node may read"},
	};

	return judge(run, grants, ARRAY_LEN(grants));
}

int rbac_namespaces(struct check_run *run)
{
	const struct grant grants[] = {
		{"", LIST("namespaces"), LIST("update", "patch"), SEVERITY_MEDIUM, SEVERITY_MEDIUM,
		 SEVERITY_LOW, "its labels set the Pod Security level and whom policies let in"},
	};

	return judge(run, grants, ARRAY_LEN(grants));
}

int rbac_system_config(struct check_run *run)
{
	/* To create one alone changes nothing that is there: electing a leader takes it. */
	const struct grant grants[] = {
		{"", LIST("configmaps"), LIST("update", "patch", "delete", "deletecollection"),
		 SEVERITY_NONE, SEVERITY_MEDIUM, SEVERITY_NONE,
		 "DNS, kube-proxy and cloud logins are configured there"},
	};
	const struct object *object = run_object(run);

	if (!rbac_is_role(object) || rbac_is_cluster_role(object) ||
	    !str_eq(object->ns, STR("kube-system")))
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	return judge(run, grants, ARRAY_LEN(grants));
}

int rbac_events(struct check_run *run)
{
	const char *why = "who did something can remove the traces";
	const struct grant grants[] = {
		{"", LIST("events"), LIST("delete", "deletecollection"), SEVERITY_LOW, SEVERITY_LOW,
		 SEVERITY_LOW, why},
		{"events.k8s.io", LIST("events"), LIST("delete", "deletecollection"), SEVERITY_LOW,
		 SEVERITY_LOW, SEVERITY_LOW, why},
	};

	return judge(run, grants, ARRAY_LEN(grants));
}
