/*
 * What the files of area "workload" share: walking containers, settings in the words of each format, and the
 * run functions that the table in workload.c names. Nothing outside this folder includes it.
 */
#pragma once

#include "base/compat.h"
#include "checks/fault.h"
#include "checks/inputs.h"
#include "checks/kind.h"
#include "core/check.h"

/* --- Settings ------------------------------------------------------------------------------------ */

/* What a row may want to be written or taken out, whatever the format calls it. */
enum setting {
	SETTING_PRIVILEGED,
	SETTING_HOST_NETWORK,
	SETTING_HOST_PID,
	SETTING_HOST_IPC,
	SETTING_HOST_UTS,
	SETTING_HOST_USERS,
	SETTING_SECCOMP,
	SETTING_CONFINEMENT, /* AppArmor, SELinux */
	SETTING_NEW_PRIVILEGES,
	SETTING_USER,
	SETTING_CAPABILITIES_ADDED,
	SETTING_CAPABILITIES_DROPPED,
	SETTING_DEVICES,
	SETTING_READ_ONLY_ROOT,
	SETTING_MEMORY_LIMIT,
	SETTING_CPU_LIMIT,
	SETTING_PIDS_LIMIT,
	SETTING_IMAGE,
	SETTING_PULL,
	SETTING_TTY,
	SETTING_STDIN,
	SETTING_HEALTH,
	SETTING_RESTART,
	SETTING_COMMAND,
	SETTING_MAX_
};

/*
 * A fault at the setting's field of that container (or of the pod that it is in, where the format keeps it
 * there), with the value to write; seen and severity are for the row to add. The field is the container
 * itself where the format has none for it.
 */
struct fault setting_fault(const struct check_run *run, const struct container *c,
			   enum setting setting);
/* The same for one item of the setting's list, which should go: the one that begins with that word ("seccomp",
 * "/dev/sda", a capability in whatever case), about the at-th. */
struct fault setting_item_fault(const struct check_run *run, const struct container *c,
				enum setting setting, size_t at, struct str word);
/* Does the table say where the format has it, or that it has none? For tests. */
bool setting_is_stated(enum setting setting, enum origin origin);

/*
 * A field of the format by the name that it has at that place: templates of CloudFormation begin those of ECS
 * with a capital. NULL when out of memory, which whoever emits the fault will say.
 */
const char *origin_field(const struct check_run *run, struct place place, const char *field);

/* --- Walking ------------------------------------------------------------------------------------- */

/* What a row says of one part of an object. A negative number is an error. */
enum verdict {
	VERDICT_NONE, /* does not concern it */
	VERDICT_GOOD,
	VERDICT_FAULT, /* a finding was emitted */
};

/* A verdict from what an emit function returned. */
static inline int fault_verdict(int r)
{
	return r < 0 ? r : VERDICT_FAULT;
}

typedef int container_fn(const struct check_run *run, const struct container *c);

/* Asks of each container and tallies what came of it: 0 or a negative code. */
int each_container(const struct check_run *run, container_fn *judge);
/* Tallies one verdict: 0, or the negative code that it is. */
int tally_verdict(const struct check_run *run, int verdict);

static inline bool is_kubernetes(const struct object *o)
{
	return o->origin == ORIGIN_KUBERNETES;
}

/* A Kubernetes object of that kind that runs pods. */
static inline bool runs_as(const struct object *o, const char *kind)
{
	return is_kubernetes(o) && o->workload && str_eq(o->kind, str_from(kind));
}

/* The workload of a Kubernetes object, or NULL. */
static inline const struct workload *kubernetes_workload(const struct check_run *run)
{
	const struct object *o = run_object(run);

	return is_kubernetes(o) ? o->workload : NULL;
}

/* The workload of any other format, or NULL. */
static inline const struct workload *other_workload(const struct check_run *run)
{
	const struct object *o = run_object(run);

	return is_kubernetes(o) ? NULL : o->workload;
}

/* The object itself, for fields that lie outside its pod: ".spec.strategy". */
static inline struct place object_place(const struct object *o)
{
	return (struct place){.node = o->root, .field = STR("")};
}

/* The scalar at a key as text, or the empty text. */
struct str scalar_at(const struct yaml_node *mapping, const char *key);

/* Whether pods of it are meant to run for good: not those of jobs, nor pods that end. */
bool runs_for_good(const struct object *o);

/* --- Quantities (Kubernetes API reference, "Quantity") ------------------------------------------- */

/* "500m", "1.5Gi", "2e3": 0, or -EINVAL for what is no quantity. */
int quantity_parse(struct str text, double *ret);

/* --- Run functions, by file ---------------------------------------------------------------------- */

/* isolation.c */
int run_privileged(struct check_run *run);
int run_host_network(struct check_run *run);
int run_host_pid(struct check_run *run);
int run_host_ipc(struct check_run *run);
int run_host_uts(struct check_run *run);
int run_host_users(struct check_run *run);
int run_seccomp_off(struct check_run *run);
int run_confinement_off(struct check_run *run);
int run_new_privileges(struct check_run *run);
int run_as_root(struct check_run *run);
int run_low_uid(struct check_run *run);
int run_root_group(struct check_run *run);
int run_capabilities_added(struct check_run *run);
int run_drop_all(struct check_run *run);
int run_net_raw(struct check_run *run);
int run_read_only_root(struct check_run *run);
int run_devices(struct check_run *run);
int run_shared_processes(struct check_run *run);
int run_interactive(struct check_run *run);

/* paths.c */
int run_engine_socket(struct check_run *run);
int run_host_path(struct check_run *run);
int run_mount_propagation(struct check_run *run);

/* resources.c */
int run_memory_limit(struct check_run *run);
int run_cpu_limit(struct check_run *run);
int run_memory_request(struct check_run *run);
int run_cpu_request(struct check_run *run);
int run_pids_limit(struct check_run *run);
int run_quantities(struct check_run *run);

/* images.c */
int run_image_tag(struct check_run *run);
int run_image_digest(struct check_run *run);
int run_image_pull(struct check_run *run);

/* network.c */
int run_published_port(struct check_run *run);
int run_privileged_port(struct check_run *run);
int run_ssh_port(struct check_run *run);
int run_host_aliases(struct check_run *run);
int run_duplicate_port(struct check_run *run);

/* secrets.c */
int run_secret_in_env(struct check_run *run);
int run_secret_in_command(struct check_run *run);
int run_secret_as_env(struct check_run *run);

/* identity.c */
int run_token_automount(struct check_run *run);
int run_service_account(struct check_run *run);
int run_service_account_field(struct check_run *run);
int run_namespace(struct check_run *run);

/* reliability.c */
int run_liveness(struct check_run *run);
int run_readiness(struct check_run *run);
int run_probes_identical(struct check_run *run);
int run_probe_port(struct check_run *run);
int run_replicas(struct check_run *run);
int run_spread(struct check_run *run);
int run_bare_pod(struct check_run *run);
int run_restart(struct check_run *run);
int run_grace(struct check_run *run);
int run_rollout(struct check_run *run);
int run_duplicate_env(struct check_run *run);
int run_cron_concurrency(struct check_run *run);
int run_cron_deadline(struct check_run *run);
int run_job_ttl(struct check_run *run);
int run_job_deadline(struct check_run *run);
int run_job_restart(struct check_run *run);
