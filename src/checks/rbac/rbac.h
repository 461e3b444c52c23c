/* Between the files of area "rbac": the rows of rbac.c, and what they share. */
#pragma once

#include "base/compat.h"
#include "checks/kind.h"
#include "core/check.h"

/* The object as a Role or ClusterRole; false when it is none, or one that Kubernetes brings itself. */
bool rbac_is_role(const struct object *object);
bool rbac_is_cluster_role(const struct object *object);
/* RoleBinding or ClusterRoleBinding, also of Kubernetes itself. */
bool rbac_is_binding(const struct object *object);

/* Where text stands in a sequence below node, or -1. */
ssize_t rbac_find(const struct yaml_node *node, const char *key, struct str text);

int rbac_wildcard(struct check_run *run);
int rbac_aggregate(struct check_run *run);

int rbac_secrets(struct check_run *run);
int rbac_escalate(struct check_run *run);
int rbac_impersonate(struct check_run *run);
int rbac_exec(struct check_run *run);
int rbac_workloads(struct check_run *run);
int rbac_node_proxy(struct check_run *run);
int rbac_csr(struct check_run *run);
int rbac_tokens(struct check_run *run);
int rbac_webhooks(struct check_run *run);
int rbac_volumes(struct check_run *run);
int rbac_nodes(struct check_run *run);
int rbac_namespaces(struct check_run *run);
int rbac_system_config(struct check_run *run);
int rbac_events(struct check_run *run);

int rbac_cluster_admin(struct check_run *run);
int rbac_masters(struct check_run *run);
int rbac_anonymous(struct check_run *run);
int rbac_authenticated(struct check_run *run);
int rbac_default_account(struct check_run *run);
