/* Between the files of area "object": the rows of object.c, and what they share. */
#pragma once

#include "base/compat.h"
#include "checks/kind.h"
#include "core/check.h"

/* "[prefix.]key", or "[prefix]['key']" for a key that needs it; NULL when out of memory. */
const char *object_key_field(struct arena *arena, const char *prefix, struct str key);

int object_shape(struct check_run *run);

/* apiVersions that are on their way out */
int object_api_removed(struct check_run *run);
int object_api_deprecated(struct check_run *run);

/* Services, Ingresses, NetworkPolicies */
int object_service_exposed(struct check_run *run);
int object_service_external_ips(struct check_run *run);
int object_ingress_tls(struct check_run *run);
int object_ingress_host(struct check_run *run);
int object_ingress_snippet(struct check_run *run);
int object_netpol_open(struct check_run *run);

/* Secrets and what should be one */
int object_secret_data(struct check_run *run);
int object_token_secret(struct check_run *run);
int object_config_map_credential(struct check_run *run);

/* What the cluster is made of */
int object_namespace_pss(struct check_run *run);
int object_default_token(struct check_run *run);
int object_volume_host_path(struct check_run *run);
int object_webhook_ignore(struct check_run *run);
int object_webhook_exempt(struct check_run *run);
int object_api_service_tls(struct check_run *run);
int object_psp(struct check_run *run);
int object_pdb_blocks(struct check_run *run);
int object_selector(struct check_run *run);

/* What objects say of others: run on struct manifests_input */
int object_netpol_missing(struct check_run *run);
int object_netpol_dangling(struct check_run *run);
int object_service_dangling(struct check_run *run);
int object_service_port(struct check_run *run);
int object_ingress_dangling(struct check_run *run);
int object_pdb_dangling(struct check_run *run);
int object_pdb_replicas(struct check_run *run);
int object_pdb_missing(struct check_run *run);
int object_hpa_dangling(struct check_run *run);
int object_binding_dangling(struct check_run *run);
int object_reference_dangling(struct check_run *run);
int object_duplicate(struct check_run *run);
int object_namespace_quota(struct check_run *run);
