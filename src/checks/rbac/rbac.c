/*
 * Checks of area "rbac": what roles allow and to whom bindings give them. Rows are run on struct
 * object_input; all but Role, ClusterRole and their bindings are not their concern.
 */
#include "base/compat.h"

#include "checks/inputs.h"
#include "checks/rbac/rbac.h"
#include "core/check.h"

/* clang-format off */
static const struct check checks[] = {
	{
		.id = "RBAC-WILDCARD",
		.title = "role grants rights by a wildcard",
		.question = Q_HOST_5,
		.severity = SEVERITY_CRITICAL,
		.subject = SUBJECT_OBJECT,
		.refs = REFS({REF_CIS_KUBERNETES, "5.1.3"}, {REF_NIST_190, "4.3.1"}, {REF_PCI, "7.2.2"}, {REF_NSA, "Authentication and authorization"}),
		.remedy = "name the API groups, resources and verbs that are needed, "
			  "each in a rule of its own",
		.aliases = "wildcard-in-rules CKV_K8S_49 KSV-0044 KSV-0045 KSV-0046",
		.run = rbac_wildcard,
	},
	{
		.id = "RBAC-SECRETS",
		.title = "role may read Secrets",
		.question = Q_HOST_5,
		.severity = SEVERITY_HIGH,
		.subject = SUBJECT_OBJECT,
		.refs = REFS({REF_CIS_KUBERNETES, "5.1.2"}, {REF_NIST_190, "4.3.2"}, {REF_NSA, "Authentication and authorization"}),
		.remedy = "take secrets out of the rule, or allow get alone and name "
			  "the Secrets in resourceNames",
		.aliases = "access-to-secrets KSV-0041",
		.run = rbac_secrets,
	},
	{
		.id = "RBAC-ESCALATE",
		.title = "role may give away more than it has",
		.question = Q_HOST_5,
		.severity = SEVERITY_HIGH,
		.subject = SUBJECT_OBJECT,
		.refs = REFS({REF_CIS_KUBERNETES, "5.1.8"}, {REF_NIST_190, "4.3.1"}, {REF_NSA, "Authentication and authorization"}),
		.remedy = "take bind and escalate out; where an operator has to bind, "
			  "name the roles in resourceNames",
		.aliases = "CKV_K8S_157 CKV_K8S_158",
		.run = rbac_escalate,
	},
	{
		.id = "RBAC-IMPERSONATE",
		.title = "role may impersonate others",
		.question = Q_HOST_5,
		.severity = SEVERITY_HIGH,
		.subject = SUBJECT_OBJECT,
		.refs = REFS({REF_CIS_KUBERNETES, "5.1.8"}, {REF_NIST_190, "4.3.2"}, {REF_NSA, "Authentication and authorization"}),
		.remedy = "take impersonate out, or name whom in resourceNames",
		.aliases = "KSV-0043",
		.run = rbac_impersonate,
	},
	{
		.id = "RBAC-EXEC",
		.title = "role may get into running containers",
		.question = Q_HOST_5,
		.severity = SEVERITY_HIGH,
		.subject = SUBJECT_OBJECT,
		.refs = REFS({REF_NIST_190, "4.3.2"}, {REF_NSA, "Authentication and authorization"}),
		.remedy = "take pods/exec, pods/attach, pods/portforward and "
			  "pods/ephemeralcontainers out of standing roles; grant them "
			  "for a time when they are needed",
		.aliases = "KSV-0053 KSV-0054",
		.run = rbac_exec,
	},
	{
		.id = "RBAC-WORKLOADS",
		.title = "role may create pods",
		.question = Q_HOST_5,
		.severity = SEVERITY_MEDIUM,
		.subject = SUBJECT_OBJECT,
		.refs = REFS({REF_CIS_KUBERNETES, "5.1.4"}, {REF_NIST_190, "4.3.1"}, {REF_NSA, "Authentication and authorization"}),
		.remedy = "leave deploying to the pipeline's account, in a Role of the "
			  "namespace where it deploys",
		.aliases = "access-to-create-pods KSV-0048",
		.run = rbac_workloads,
	},
	{
		.id = "RBAC-NODE-PROXY",
		.title = "role may talk to the kubelet through nodes/proxy",
		.question = Q_HOST_5,
		.severity = SEVERITY_HIGH,
		.subject = SUBJECT_OBJECT,
		.refs = REFS({REF_CIS_KUBERNETES, "5.1.10"}, {REF_NIST_190, "4.3.5"}, {REF_NSA, "Authentication and authorization"}),
		.remedy = "take nodes/proxy out; metrics are had with nodes/metrics and"
			  " nodes/stats",
		.run = rbac_node_proxy,
	},
	{
		.id = "RBAC-CSR",
		.title = "role may approve certificates",
		.question = Q_HOST_5,
		.severity = SEVERITY_HIGH,
		.subject = SUBJECT_OBJECT,
		.refs = REFS({REF_CIS_KUBERNETES, "5.1.11"}, {REF_NIST_190, "4.3.2"}, {REF_NSA, "Authentication and authorization"}),
		.remedy = "take the approval out, or name in resourceNames the one "
			  "signer that is meant",
		.aliases = "CKV_K8S_156",
		.run = rbac_csr,
	},
	{
		.id = "RBAC-TOKENS",
		.title = "role may create tokens of ServiceAccounts",
		.question = Q_HOST_5,
		.severity = SEVERITY_HIGH,
		.subject = SUBJECT_OBJECT,
		.refs = REFS({REF_CIS_KUBERNETES, "5.1.13"}, {REF_NIST_190, "4.3.2"}, {REF_NSA, "Authentication and authorization"}),
		.remedy = "take serviceaccounts/token out, or name the accounts in resourceNames",
		.run = rbac_tokens,
	},
	{
		.id = "RBAC-WEBHOOKS",
		.title = "role may change admission webhooks and policies",
		.question = Q_HOST_5,
		.severity = SEVERITY_HIGH,
		.subject = SUBJECT_OBJECT,
		.refs = REFS({REF_CIS_KUBERNETES, "5.1.12"}, {REF_NIST_190, "4.3.1"}, {REF_NSA, "Authentication and authorization"}),
		.remedy = "leave these to cluster administrators, or name the one "
			  "configuration in resourceNames",
		.aliases = "CKV_K8S_155",
		.run = rbac_webhooks,
	},
	{
		.id = "RBAC-VOLUMES",
		.title = "role may create PersistentVolumes",
		.question = Q_HOST_5,
		.severity = SEVERITY_MEDIUM,
		.subject = SUBJECT_OBJECT,
		.refs = REFS({REF_CIS_KUBERNETES, "5.1.9"}, {REF_NIST_190, "4.5.5"}, {REF_NSA, "Authentication and authorization"}),
		.remedy = "let a StorageClass make volumes, and claims ask for them",
		.run = rbac_volumes,
	},
	{
		.id = "RBAC-NODES",
		.title = "role may change nodes",
		.question = Q_HOST_5,
		.severity = SEVERITY_MEDIUM,
		.subject = SUBJECT_OBJECT,
		.refs = REFS({REF_NIST_190, "4.3.5"}, {REF_NSA, "Authentication and authorization"}),
		.remedy = "leave nodes to the control plane and to cluster administrators",
		.run = rbac_nodes,
	},
	{
		.id = "RBAC-NAMESPACES",
		.title = "role may change the labels of namespaces",
		.question = Q_HOST_5,
		.severity = SEVERITY_MEDIUM,
		.subject = SUBJECT_OBJECT,
		.refs = REFS({REF_CIS_KUBERNETES, "5.2.1"}, {REF_NIST_190, "4.3.1"}, {REF_NSA, "Authentication and authorization"}),
		.remedy = "take update and patch of namespaces out: labels of a "
			  "namespace are a matter of its administrators",
		.run = rbac_namespaces,
	},
	{
		.id = "RBAC-SYSTEM-CONFIG",
		.title = "role may write ConfigMaps in kube-system",
		.question = Q_HOST_5,
		.severity = SEVERITY_MEDIUM,
		.subject = SUBJECT_OBJECT,
		.refs = REFS({REF_NIST_190, "4.3.1"}, {REF_NSA, "Authentication and authorization"}),
		.remedy = "name the ConfigMaps in resourceNames, or keep them in a "
			  "namespace of their own",
		.aliases = "KSV-0049",
		.run = rbac_system_config,
	},
	{
		.id = "RBAC-EVENTS",
		.title = "role may delete events",
		.question = Q_HOST_5,
		.severity = SEVERITY_LOW,
		.subject = SUBJECT_OBJECT,
		.refs = REFS({REF_NIST_190, "4.3.2"}, {REF_PCI, "10.3.2"}, {REF_NSA, "Audit logging and threat detection"}),
		.remedy = "take delete and deletecollection of events out: they expire "
			  "by themselves",
		.run = rbac_events,
	},
	{
		.id = "RBAC-AGGREGATE",
		.title = "role adds too much to view, edit or admin",
		.question = Q_HOST_5,
		.severity = SEVERITY_MEDIUM,
		.subject = SUBJECT_OBJECT,
		.refs = REFS({REF_NIST_190, "4.3.1"}, {REF_CIS_KUBERNETES, "5.1.8"}, {REF_NSA, "Authentication and authorization"}),
		.remedy = "take the rule out, or the label that aggregates it",
		.aliases = "aggregate-to-admin-escalation",
		.run = rbac_aggregate,
	},
	{
		.id = "RBAC-CLUSTER-ADMIN",
		.title = "binding gives cluster-admin",
		.question = Q_HOST_5,
		.severity = SEVERITY_HIGH,
		.subject = SUBJECT_OBJECT,
		.refs = REFS({REF_CIS_KUBERNETES, "5.1.1"}, {REF_NIST_190, "4.3.1"}, {REF_PCI, "7.2.2"}, {REF_NSA, "Authentication and authorization"}),
		.remedy = "bind a role with the rights that are needed, in the "
			  "namespaces where they are",
		.aliases = "cluster-admin-role-binding KSV-0111",
		.run = rbac_cluster_admin,
	},
	{
		.id = "RBAC-MASTERS",
		.title = "binding names the group system:masters",
		.question = Q_HOST_5,
		.severity = SEVERITY_HIGH,
		.subject = SUBJECT_OBJECT,
		.refs = REFS({REF_CIS_KUBERNETES, "5.1.7"}, {REF_NIST_190, "4.3.1"}, {REF_NSA, "Authentication and authorization"}),
		.remedy = "use a group of your own: who is in system:masters cannot be "
			  "stopped by taking a binding away",
		.run = rbac_masters,
	},
	{
		.id = "RBAC-ANONYMOUS",
		.title = "binding gives rights to those without a login",
		.question = Q_HOST_5,
		.severity = SEVERITY_CRITICAL,
		.subject = SUBJECT_OBJECT,
		.refs = REFS({REF_NIST_190, "4.3.2"}, {REF_NSA, "Authentication and authorization"}),
		.remedy = "bind named users, groups or ServiceAccounts",
		.run = rbac_anonymous,
	},
	{
		.id = "RBAC-AUTHENTICATED",
		.title = "binding gives rights to everybody with a login",
		.question = Q_HOST_5,
		.severity = SEVERITY_HIGH,
		.subject = SUBJECT_OBJECT,
		.refs = REFS({REF_NIST_190, "4.3.1"}, {REF_PCI, "7.2.2"}, {REF_NSA, "Authentication and authorization"}),
		.remedy = "bind named users, groups or ServiceAccounts",
		.run = rbac_authenticated,
	},
	{
		.id = "RBAC-DEFAULT-ACCOUNT",
		.title = "binding gives rights to a default ServiceAccount",
		.question = Q_HOST_5,
		.severity = SEVERITY_MEDIUM,
		.subject = SUBJECT_OBJECT,
		.refs = REFS({REF_CIS_KUBERNETES, "5.1.5"}, {REF_NIST_190, "4.3.1"}, {REF_NSA, "Authentication and authorization"}),
		.remedy = "make a ServiceAccount for the workload, name it in the pod, "
			  "and bind that",
		.aliases = "CKV_K8S_42",
		.run = rbac_default_account,
	},
};
/* clang-format on */

CHECK_AREA(rbac, "rights in the cluster");
