/* Objects: see object.h. */
#include "base/compat.h"

#include "core/object.h"

const char *origin_name(enum origin origin)
{
	static const char *const names[ORIGIN_MAX_] = {
		[ORIGIN_KUBERNETES] = "kubernetes", [ORIGIN_COMPOSE] = "compose",
		[ORIGIN_QUADLET] = "quadlet",	    [ORIGIN_ECS] = "ecs",
		[ORIGIN_NOMAD] = "nomad",
	};

	return origin < ORIGIN_MAX_ ? names[origin] : "?";
}

struct str object_title(const struct object *object, struct arena *arena)
{
	if (object->ns.len)
		return arena_printf(arena, "%.*s %.*s/%.*s", STR_FMT(object->kind),
				    STR_FMT(object->ns), STR_FMT(object->name));
	if (object->name.len)
		return arena_printf(arena, "%.*s %.*s", STR_FMT(object->kind),
				    STR_FMT(object->name));
	return object->kind.len ? object->kind : STR("object");
}

bool object_is_cluster_wide(const struct object *object)
{
	static const struct {
		struct str group, kind;
	} kinds[] = {
		{STR(""), STR("Namespace")},
		{STR(""), STR("Node")},
		{STR(""), STR("PersistentVolume")},
		{STR("rbac.authorization.k8s.io"), STR("ClusterRole")},
		{STR("rbac.authorization.k8s.io"), STR("ClusterRoleBinding")},
		{STR("apiextensions.k8s.io"), STR("CustomResourceDefinition")},
		{STR("apiregistration.k8s.io"), STR("APIService")},
		{STR("admissionregistration.k8s.io"), STR("MutatingWebhookConfiguration")},
		{STR("admissionregistration.k8s.io"), STR("ValidatingWebhookConfiguration")},
		{STR("admissionregistration.k8s.io"), STR("MutatingAdmissionPolicy")},
		{STR("admissionregistration.k8s.io"), STR("MutatingAdmissionPolicyBinding")},
		{STR("admissionregistration.k8s.io"), STR("ValidatingAdmissionPolicy")},
		{STR("admissionregistration.k8s.io"), STR("ValidatingAdmissionPolicyBinding")},
		{STR("certificates.k8s.io"), STR("CertificateSigningRequest")},
		{STR("certificates.k8s.io"), STR("ClusterTrustBundle")},
		{STR("extensions"), STR("PodSecurityPolicy")},
		{STR("flowcontrol.apiserver.k8s.io"), STR("FlowSchema")},
		{STR("flowcontrol.apiserver.k8s.io"), STR("PriorityLevelConfiguration")},
		{STR("networking.k8s.io"), STR("IngressClass")},
		{STR("networking.k8s.io"), STR("IPAddress")},
		{STR("networking.k8s.io"), STR("ServiceCIDR")},
		{STR("node.k8s.io"), STR("RuntimeClass")},
		{STR("policy"), STR("PodSecurityPolicy")},
		{STR("resource.k8s.io"), STR("DeviceClass")},
		{STR("resource.k8s.io"), STR("ResourceSlice")},
		{STR("scheduling.k8s.io"), STR("PriorityClass")},
		{STR("storage.k8s.io"), STR("CSIDriver")},
		{STR("storage.k8s.io"), STR("CSINode")},
		{STR("storage.k8s.io"), STR("StorageClass")},
		{STR("storage.k8s.io"), STR("VolumeAttachment")},
		{STR("storage.k8s.io"), STR("VolumeAttributesClass")},
	};
	ssize_t slash = str_find_char(object->api_version, '/');
	struct str group = str_sub(object->api_version, 0, slash < 0 ? 0 : (size_t)slash);

	for (size_t i = 0; object->origin == ORIGIN_KUBERNETES && i < ARRAY_LEN(kinds); i++)
		if (str_eq(object->kind, kinds[i].kind) && str_eq(group, kinds[i].group))
			return true;
	return false;
}
