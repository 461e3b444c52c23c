/*
 * Kinds of Kubernetes' own API groups: every one that a release of it served or that its clients write (API
 * reference and changelogs, 1.2 to 1.36). A kind that is not there is a slip of the pen, which the API server
 * refuses; what else it might have meant is found by how little it differs.
 */
#include "base/compat.h"

#include "manifest/kubernetes.h"

/* clang-format off */
static const struct {
	struct str group;
	const char *kinds; /* with a blank between them */
} groups[] = {
	{STR(""), "Pod Service ConfigMap Secret ServiceAccount Namespace PersistentVolumeClaim PersistentVolume "
		  "Node Event Endpoints LimitRange ResourceQuota PodTemplate ReplicationController List Binding "
		  "ComponentStatus Status PodStatusResult RangeAllocation SerializedReference DeleteOptions "
		  "APIGroup APIResource APIVersions Config Eviction WatchEvent"},
	{STR("apps"), "Deployment StatefulSet DaemonSet ReplicaSet ControllerRevision Scale DeploymentRollback"},
	{STR("batch"), "Job CronJob JobTemplate ScheduledJob"},
	{STR("autoscaling"), "HorizontalPodAutoscaler Scale"},
	{STR("policy"), "PodDisruptionBudget Eviction PodSecurityPolicy"},
	{STR("extensions"), "Ingress Deployment DaemonSet ReplicaSet NetworkPolicy PodSecurityPolicy Scale Job "
			    "HorizontalPodAutoscaler DeploymentRollback ThirdPartyResource"},
	{STR("rbac.authorization.k8s.io"), "Role ClusterRole RoleBinding ClusterRoleBinding"},
	{STR("networking.k8s.io"), "Ingress NetworkPolicy IngressClass IPAddress ServiceCIDR ClusterCIDR"},
	{STR("storage.k8s.io"), "StorageClass VolumeAttachment CSIDriver CSINode CSIStorageCapacity "
				"VolumeAttributesClass"},
	{STR("storagemigration.k8s.io"), "StorageVersionMigration StorageState"},
	{STR("admissionregistration.k8s.io"),
	 "ValidatingWebhookConfiguration MutatingWebhookConfiguration ValidatingAdmissionPolicy "
	 "ValidatingAdmissionPolicyBinding MutatingAdmissionPolicy MutatingAdmissionPolicyBinding "
	 "InitializerConfiguration ExternalAdmissionHookConfiguration"},
	{STR("admission.k8s.io"), "AdmissionReview"},
	{STR("apiextensions.k8s.io"), "CustomResourceDefinition ConversionReview"},
	{STR("apiregistration.k8s.io"), "APIService"},
	{STR("authentication.k8s.io"), "TokenReview TokenRequest SelfSubjectReview"},
	{STR("authorization.k8s.io"), "SubjectAccessReview LocalSubjectAccessReview SelfSubjectAccessReview "
				      "SelfSubjectRulesReview"},
	{STR("certificates.k8s.io"), "CertificateSigningRequest ClusterTrustBundle PodCertificateRequest"},
	{STR("coordination.k8s.io"), "Lease LeaseCandidate"},
	{STR("discovery.k8s.io"), "EndpointSlice"},
	{STR("events.k8s.io"), "Event"},
	{STR("flowcontrol.apiserver.k8s.io"), "FlowSchema PriorityLevelConfiguration"},
	{STR("internal.apiserver.k8s.io"), "StorageVersion"},
	{STR("node.k8s.io"), "RuntimeClass"},
	{STR("scheduling.k8s.io"), "PriorityClass Workload PodGroup"},
	{STR("settings.k8s.io"), "PodPreset"},
};
/* clang-format on */

/* Longer ones are no slips of a known one. */
enum { KIND_MAX = 48, SLIPS = 2 };

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* How many characters are to be put in, taken out or changed, whatever the case (Levenshtein). */
static unsigned distance(struct str a, struct str b)
{
	unsigned row[KIND_MAX + 1];

	if (a.len > KIND_MAX || b.len > KIND_MAX)
		return KIND_MAX;
	for (unsigned j = 0; j <= b.len; j++)
		row[j] = j;
	for (unsigned i = 1; i <= a.len; i++) {
		unsigned before = row[0];

		row[0] = i;
		for (unsigned j = 1; j <= b.len; j++) {
			unsigned changed = before + (lower(a.ptr[i - 1]) != lower(b.ptr[j - 1]));

			before = row[j];
			row[j] = MIN(changed, MIN(row[j], row[j - 1]) + 1);
		}
	}
	return row[b.len];
}

/* The nearest kind of the list; its distance in *ret_distance, KIND_MAX when there is none. */
static struct str find_nearest(const char *kinds, struct str kind, unsigned *ret_distance)
{
	struct str rest = str_from(kinds), word, nearest = STR("");

	*ret_distance = KIND_MAX;
	while (str_split(&rest, ' ', &word)) {
		unsigned d = distance(kind, word);

		if (d < *ret_distance) {
			*ret_distance = d;
			nearest = word;
		}
	}
	return nearest;
}

static bool has_kind(const char *kinds, struct str kind)
{
	struct str rest = str_from(kinds), word;

	while (str_split(&rest, ' ', &word))
		if (str_eq(word, kind))
			return true;
	return false;
}

static const char *kinds_of(struct str group)
{
	for (size_t i = 0; i < ARRAY_LEN(groups); i++)
		if (str_eq(group, groups[i].group))
			return groups[i].kinds;
	return NULL;
}

bool kubernetes_has_group(struct str group)
{
	return kinds_of(group) != NULL;
}

bool kubernetes_has_kind(struct str group, struct str kind)
{
	const char *kinds = kinds_of(group);

	if (!kinds)
		return false;
	if (str_ends(kind, STR("List")) && has_kind(kinds, str_sub(kind, 0, kind.len - 4)))
		return true;
	return has_kind(kinds, kind);
}

bool kubernetes_is_kind(struct str kind)
{
	for (size_t i = 0; i < ARRAY_LEN(groups); i++)
		if (has_kind(groups[i].kinds, kind))
			return true;
	return false;
}

struct str kubernetes_nearest_kind(struct str group, struct str kind)
{
	const char *kinds = kinds_of(group);
	struct str nearest = STR("");
	unsigned d = KIND_MAX;

	if (kinds)
		nearest = find_nearest(kinds, kind, &d);
	return d <= SLIPS && d < kind.len ? nearest : STR("");
}
