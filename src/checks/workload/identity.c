/* Who a pod is to the API server, and in which namespace objects lie. */
#include "base/compat.h"

#include "checks/workload/workload.h"

static bool is_default_account(const struct workload *w)
{
	return !w->service_account.len || str_eq(w->service_account, STR("default"));
}

int run_token_automount(struct check_run *run)
{
	const struct workload *w = kubernetes_workload(run);
	struct fault fault = {.place = w ? w->pod : (struct place){0},
			      .field = "automountServiceAccountToken",
			      .wanted = "false",
			      .severity = SEVERITY_UNKNOWN};

	if (!w)
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	/* An account of its own says that the token is wanted; that it is the default one is told below. */
	if (w->automount_token != TRUTH_UNSET || !is_default_account(w))
		return check_tally(run, OUTCOME_PASS);
	return emit_fault(run, &fault,
			  "the token of the default service account is mounted into containers, "
			  "though nothing says that they need it");
}

int run_service_account(struct check_run *run)
{
	const struct workload *w = kubernetes_workload(run);
	struct fault fault = {.place = w ? w->pod : (struct place){0},
			      .field = "serviceAccountName",
			      .seen = w ? w->service_account : STR_NULL,
			      .severity = SEVERITY_UNKNOWN};

	if (!w)
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	if (!is_default_account(w) || w->automount_token != TRUTH_YES)
		return check_tally(run, OUTCOME_PASS);
	return emit_fault(
		run, &fault,
		"the pod asks for the API token of its namespace's default service account");
}

int run_service_account_field(struct check_run *run)
{
	const struct workload *w = kubernetes_workload(run);
	struct fault fault = {.place = w ? w->pod : (struct place){0},
			      .field = "serviceAccount",
			      .remove = true,
			      .severity = SEVERITY_UNKNOWN};

	if (!w)
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	fault.seen = scalar_at(w->pod.node, "serviceAccount");
	/* The API server fills in both: they agree in whatever comes from a cluster. */
	if (!fault.seen.len || str_eq(fault.seen, scalar_at(w->pod.node, "serviceAccountName")))
		return check_tally(run, OUTCOME_PASS);
	return emit_fault(run, &fault,
			  "the account is named by the deprecated field serviceAccount");
}

/* Kinds that live in a namespace and that people write. */
static bool is_namespaced(const struct object *o)
{
	static const struct str kinds[] = {
		STR("ConfigMap"),
		STR("Secret"),
		STR("Service"),
		STR("Ingress"),
		STR("ServiceAccount"),
		STR("NetworkPolicy"),
		STR("Role"),
		STR("RoleBinding"),
		STR("PersistentVolumeClaim"),
		STR("PodDisruptionBudget"),
		STR("HorizontalPodAutoscaler"),
	};

	if (o->workload)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (str_eq(o->kind, kinds[i]))
			return true;
	return false;
}

int run_namespace(struct check_run *run)
{
	const struct object *o = run_object(run);
	struct fault fault = {.place = object_place(o),
			      .field = "metadata.namespace",
			      .seen = o->ns,
			      .severity = SEVERITY_UNKNOWN};

	/* What the cluster itself puts there. */
	if (!is_kubernetes(o) || !is_namespaced(o) ||
	    (is_kind(o, STR(""), STR("Service")) && str_eq(o->name, STR("kubernetes"))) ||
	    (is_kind(o, STR(""), STR("ServiceAccount")) && str_eq(o->name, STR("default"))) ||
	    (is_kind(o, STR(""), STR("ConfigMap")) && str_eq(o->name, STR("kube-root-ca.crt"))))
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	if (o->ns.len && !str_eq(o->ns, STR("default")))
		return check_tally(run, OUTCOME_PASS);
	if (o->ns.len)
		return emit_fault(run, &fault, "it is put into the namespace 'default'");
	/* Whoever applies it may name one. */
	fault.severity = SEVERITY_NEGLIGIBLE;
	return emit_fault(
		run, &fault,
		"it names no namespace, so that it is put into the current one, or 'default'");
}
