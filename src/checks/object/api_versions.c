/*
 * API versions that are on their way out: the Kubernetes "Deprecated API Migration Guide", and the life
 * cycles that k8s.io/api records of each kind.
 */
#include "base/compat.h"

#include "checks/fault.h"
#include "checks/object/object.h"

/* Kubernetes 1.N; removed is 0 where no release has stopped serving it yet. */
struct api {
	struct str version, kind; /* kind: empty for all of that version */
	unsigned deprecated, removed;
	const char *replacement; /* NULL: none */
};

/* clang-format off */
static const struct api apis[] = {
	{STR("extensions/v1beta1"), STR("Ingress"), 14, 22, "networking.k8s.io/v1"},
	{STR("extensions/v1beta1"), STR("NetworkPolicy"), 9, 16, "networking.k8s.io/v1"},
	{STR("extensions/v1beta1"), STR("PodSecurityPolicy"), 10, 16, NULL},
	{STR("extensions/v1beta1"), STR("Deployment"), 9, 16, "apps/v1"},
	{STR("extensions/v1beta1"), STR("DaemonSet"), 9, 16, "apps/v1"},
	{STR("extensions/v1beta1"), STR("ReplicaSet"), 9, 16, "apps/v1"},
	{STR("apps/v1beta1"), STR(""), 9, 16, "apps/v1"},
	{STR("apps/v1beta2"), STR(""), 9, 16, "apps/v1"},
	{STR("networking.k8s.io/v1beta1"), STR("Ingress"), 19, 22, "networking.k8s.io/v1"},
	{STR("networking.k8s.io/v1beta1"), STR("IngressClass"), 19, 22, "networking.k8s.io/v1"},
	{STR("networking.k8s.io/v1beta1"), STR("IPAddress"), 34, 0, "networking.k8s.io/v1"},
	{STR("networking.k8s.io/v1beta1"), STR("ServiceCIDR"), 34, 0, "networking.k8s.io/v1"},
	{STR("networking.k8s.io/v1alpha1"), STR("ClusterCIDR"), 29, 29, NULL},
	{STR("policy/v1beta1"), STR("PodDisruptionBudget"), 21, 25, "policy/v1"},
	{STR("policy/v1beta1"), STR("PodSecurityPolicy"), 21, 25, NULL},
	{STR("policy/v1beta1"), STR("Eviction"), 22, 25, "policy/v1"},
	{STR("batch/v1beta1"), STR("CronJob"), 21, 25, "batch/v1"},
	{STR("batch/v2alpha1"), STR("CronJob"), 8, 21, "batch/v1"},
	{STR("autoscaling/v2beta1"), STR("HorizontalPodAutoscaler"), 22, 25, "autoscaling/v2"},
	{STR("autoscaling/v2beta2"), STR("HorizontalPodAutoscaler"), 23, 26, "autoscaling/v2"},
	{STR("rbac.authorization.k8s.io/v1alpha1"), STR(""), 17, 23, "rbac.authorization.k8s.io/v1"},
	{STR("rbac.authorization.k8s.io/v1beta1"), STR(""), 17, 22, "rbac.authorization.k8s.io/v1"},
	{STR("admissionregistration.k8s.io/v1beta1"), STR("MutatingWebhookConfiguration"), 16, 22, "admissionregistration.k8s.io/v1"},
	{STR("admissionregistration.k8s.io/v1beta1"), STR("ValidatingWebhookConfiguration"), 16, 22, "admissionregistration.k8s.io/v1"},
	{STR("admissionregistration.k8s.io/v1beta1"), STR("ValidatingAdmissionPolicy"), 30, 0, "admissionregistration.k8s.io/v1"},
	{STR("admissionregistration.k8s.io/v1beta1"), STR("ValidatingAdmissionPolicyBinding"), 30, 0, "admissionregistration.k8s.io/v1"},
	{STR("admissionregistration.k8s.io/v1alpha1"), STR("ValidatingAdmissionPolicy"), 29, 0, "admissionregistration.k8s.io/v1"},
	{STR("admissionregistration.k8s.io/v1alpha1"), STR("ValidatingAdmissionPolicyBinding"), 29, 0, "admissionregistration.k8s.io/v1"},
	{STR("apiextensions.k8s.io/v1beta1"), STR("CustomResourceDefinition"), 16, 22, "apiextensions.k8s.io/v1"},
	{STR("apiregistration.k8s.io/v1beta1"), STR("APIService"), 19, 22, "apiregistration.k8s.io/v1"},
	{STR("authentication.k8s.io/v1beta1"), STR("TokenReview"), 19, 22, "authentication.k8s.io/v1"},
	{STR("authorization.k8s.io/v1beta1"), STR(""), 19, 22, "authorization.k8s.io/v1"},
	{STR("certificates.k8s.io/v1beta1"), STR("CertificateSigningRequest"), 19, 22, "certificates.k8s.io/v1"},
	{STR("coordination.k8s.io/v1beta1"), STR("Lease"), 19, 22, "coordination.k8s.io/v1"},
	{STR("scheduling.k8s.io/v1alpha1"), STR("PriorityClass"), 14, 23, "scheduling.k8s.io/v1"},
	{STR("scheduling.k8s.io/v1beta1"), STR("PriorityClass"), 14, 22, "scheduling.k8s.io/v1"},
	{STR("settings.k8s.io/v1alpha1"), STR("PodPreset"), 19, 20, NULL},
	{STR("storage.k8s.io/v1beta1"), STR("CSIDriver"), 19, 22, "storage.k8s.io/v1"},
	{STR("storage.k8s.io/v1beta1"), STR("CSINode"), 17, 22, "storage.k8s.io/v1"},
	{STR("storage.k8s.io/v1beta1"), STR("StorageClass"), 19, 22, "storage.k8s.io/v1"},
	{STR("storage.k8s.io/v1beta1"), STR("VolumeAttachment"), 19, 22, "storage.k8s.io/v1"},
	{STR("storage.k8s.io/v1beta1"), STR("CSIStorageCapacity"), 24, 27, "storage.k8s.io/v1"},
	{STR("storage.k8s.io/v1beta1"), STR("VolumeAttributesClass"), 34, 0, "storage.k8s.io/v1"},
	{STR("storage.k8s.io/v1alpha1"), STR("VolumeAttachment"), 21, 24, "storage.k8s.io/v1"},
	{STR("events.k8s.io/v1beta1"), STR("Event"), 22, 25, "events.k8s.io/v1"},
	{STR("discovery.k8s.io/v1beta1"), STR("EndpointSlice"), 21, 25, "discovery.k8s.io/v1"},
	{STR("node.k8s.io/v1beta1"), STR("RuntimeClass"), 22, 25, "node.k8s.io/v1"},
	{STR("flowcontrol.apiserver.k8s.io/v1beta1"), STR(""), 23, 26, "flowcontrol.apiserver.k8s.io/v1"},
	{STR("flowcontrol.apiserver.k8s.io/v1beta2"), STR(""), 26, 29, "flowcontrol.apiserver.k8s.io/v1"},
	{STR("flowcontrol.apiserver.k8s.io/v1beta3"), STR(""), 29, 32, "flowcontrol.apiserver.k8s.io/v1"},
	{STR("resource.k8s.io/v1alpha1"), STR(""), 27, 27, "resource.k8s.io/v1"},
	{STR("resource.k8s.io/v1alpha2"), STR(""), 31, 31, "resource.k8s.io/v1"},
	{STR("resource.k8s.io/v1beta1"), STR(""), 34, 0, "resource.k8s.io/v1"},
	{STR("resource.k8s.io/v1beta2"), STR(""), 36, 0, "resource.k8s.io/v1"},
	{STR("v1"), STR("ComponentStatus"), 19, 0, NULL},
	{STR("v1"), STR("Endpoints"), 33, 0, NULL},
};
/* clang-format on */

static const struct api *api_of(const struct object *o)
{
	/* Nearly all objects are of a stable version. */
	if (str_find(o->api_version, STR("alpha")) < 0 &&
	    str_find(o->api_version, STR("beta")) < 0 && !str_eq(o->kind, STR("Endpoints")) &&
	    !str_eq(o->kind, STR("ComponentStatus")))
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(apis); i++)
		if (str_eq(o->api_version, apis[i].version) &&
		    (!apis[i].kind.len || str_eq(o->kind, apis[i].kind)))
			return &apis[i];
	return NULL;
}

/* Is it written in another way in the version that took its place? Then that alone to be changed would be wrong. */
static bool is_rewritten(const struct api *api)
{
	static const struct str kinds[] = {
		STR("Ingress"),
		STR("CustomResourceDefinition"),
		STR("MutatingWebhookConfiguration"),
		STR("ValidatingWebhookConfiguration"),
		STR("CertificateSigningRequest"),
		STR("EndpointSlice"),
	};

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (str_eq(api->kind, kinds[i]))
			return true;
	return str_eq(api->version, STR("autoscaling/v2beta1"));
}

static struct fault api_fault(const struct object *o, const struct api *api)
{
	return (struct fault){.place = {.node = o->root, .field = STR("")},
			      .field = "apiVersion",
			      .seen = o->api_version,
			      .wanted = is_rewritten(api) ? NULL : api->replacement,
			      .severity = SEVERITY_UNKNOWN};
}

int object_api_removed(struct check_run *run)
{
	const struct object_input *in = run->input;
	const struct object *o = in->object;
	const struct api *api;
	struct fault fault;

	if (o->origin != ORIGIN_KUBERNETES)
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	api = api_of(o);
	if (!api || !api->removed || in->target_minor < api->removed)
		return check_tally(run, OUTCOME_PASS);
	fault = api_fault(o, api);
	return emit_fault(run, &fault, "%.*s of %.*s is not served since Kubernetes 1.%u%s%s",
			  STR_FMT(o->kind), STR_FMT(o->api_version), api->removed,
			  api->replacement ? "; it is in " : "",
			  api->replacement ? api->replacement : "");
}

int object_api_deprecated(struct check_run *run)
{
	const struct object_input *in = run->input;
	const struct object *o = in->object;
	const struct api *api;
	struct fault fault;

	if (o->origin != ORIGIN_KUBERNETES)
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	api = api_of(o);
	if (!api || in->target_minor < api->deprecated)
		return check_tally(run, OUTCOME_PASS);
	/* What is gone is told so. */
	if (api->removed && in->target_minor >= api->removed)
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	fault = api_fault(o, api);
	return emit_fault(run, &fault, "%.*s of %.*s is deprecated since Kubernetes 1.%u%s%s",
			  STR_FMT(o->kind), STR_FMT(o->api_version), api->deprecated,
			  api->replacement ? "; it moves to " : "",
			  api->replacement ? api->replacement : "");
}
