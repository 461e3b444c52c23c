/* What keeps a workload running: probes, replicas, updates, and the ways of jobs. Kubernetes for the most. */
#include "base/compat.h"

#include "base/map.h"
#include "checks/workload/workload.h"

/* --- Probes -------------------------------------------------------------------------------------- */

/* A disabled health check of compose files and units is as good as none. */
static int judge_liveness(const struct check_run *run, const struct container *c)
{
	struct fault fault;

	if (c->kind != CONTAINER_REGULAR)
		return VERDICT_NONE;
	if (is_kubernetes(run_object(run)) ? c->liveness.place.node != NULL
					   : c->liveness.has_action)
		return VERDICT_GOOD;
	fault = setting_fault(run, c, SETTING_HEALTH);
	return fault_verdict(
		emit_fault(run, &fault, "container '%.*s' has no %s", STR_FMT(c->name),
			   is_kubernetes(run_object(run)) ? "liveness probe" : "health check"));
}

int run_liveness(struct check_run *run)
{
	const struct object *o = run_object(run);

	/* Nomad checks services, which a group has or has not. */
	if (is_kubernetes(o) ? !runs_for_good(o) : o->origin == ORIGIN_NOMAD)
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	return each_container(run, judge_liveness);
}

static int judge_readiness(const struct check_run *run, const struct container *c)
{
	const struct fault fault = {
		.place = c->place, .field = "readinessProbe", .severity = SEVERITY_UNKNOWN};

	if (c->kind != CONTAINER_REGULAR)
		return VERDICT_NONE;
	if (c->readiness.place.node)
		return VERDICT_GOOD;
	return fault_verdict(emit_fault(run, &fault, "container '%.*s' has no readiness probe",
					STR_FMT(c->name)));
}

int run_readiness(struct check_run *run)
{
	if (!runs_for_good(run_object(run)))
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	return each_container(run, judge_readiness);
}

/* No probe that a person writes has more nodes; beyond it, two are taken to differ. */
enum { PROBE_NODES = 256 };

static bool same_node(const struct yaml_node *a, const struct yaml_node *b, size_t *budget)
{
	if (a == b)
		return true;
	if (*budget == 0 || a->kind != b->kind || a->n != b->n || a->n > PROBE_NODES)
		return false;
	(*budget)--;
	if (a->kind == YAML_SCALAR)
		return str_eq(a->text, b->text);
	for (uint32_t i = 0; i < a->n; i++) {
		const struct yaml_node *other =
			a->kind == YAML_MAPPING ? yaml_get(b, a->pairs[i].key->text) : b->items[i];

		if (!other || !same_node(a->kind == YAML_MAPPING ? a->pairs[i].value : a->items[i],
					 other, budget))
			return false;
	}
	return true;
}

static int judge_identical(const struct check_run *run, const struct container *c)
{
	const struct fault fault = {
		.place = c->place, .field = "livenessProbe", .severity = SEVERITY_UNKNOWN};
	size_t budget = PROBE_NODES;

	if (!c->liveness.place.node || !c->readiness.place.node)
		return VERDICT_NONE;
	if (!same_node(c->liveness.place.node, c->readiness.place.node, &budget))
		return VERDICT_GOOD;
	return fault_verdict(emit_fault(
		run, &fault, "liveness and readiness probe of container '%.*s' are the same",
		STR_FMT(c->name)));
}

int run_probes_identical(struct check_run *run)
{
	if (!kubernetes_workload(run))
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	return each_container(run, judge_identical);
}

/* The port that a probe names; numbers need no declaration. */
static struct str probe_port_name(const struct handler *probe)
{
	static const char *const actions[] = {"httpGet", "tcpSocket"};

	for (size_t i = 0; i < ARRAY_LEN(actions); i++) {
		struct str port =
			scalar_at(yaml_get(probe->place.node, str_from(actions[i])), "port");
		uint64_t number;

		if (port.len && str_parse_u64(port, &number) < 0)
			return port;
	}
	return STR_NULL;
}

static int judge_probe_port(const struct check_run *run, const struct container *c)
{
	const struct handler *probes[] = {&c->liveness, &c->readiness, &c->startup};
	int worst = VERDICT_NONE;

	for (size_t i = 0; i < ARRAY_LEN(probes); i++) {
		struct str name = probes[i]->place.node ? probe_port_name(probes[i]) : STR_NULL;
		const struct fault fault = {
			.place = probes[i]->place, .seen = name, .severity = SEVERITY_UNKNOWN};
		bool found = !name.len;
		int r;

		for (size_t k = 0; k < c->n_ports && !found; k++)
			found = str_eq(c->ports[k].name, name);
		if (name.len)
			worst = MAX(worst, (int)VERDICT_GOOD);
		if (found)
			continue;
		r = emit_fault(
			run, &fault,
			"a probe of container '%.*s' asks port '%.*s', which it does not have",
			STR_FMT(c->name), STR_FMT(name));
		if (r < 0)
			return r;
		worst = VERDICT_FAULT;
	}
	return worst;
}

int run_probe_port(struct check_run *run)
{
	if (!kubernetes_workload(run))
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	return each_container(run, judge_probe_port);
}

/* --- Replicas and updates ------------------------------------------------------------------------ */

int run_replicas(struct check_run *run)
{
	const struct object *o = run_object(run);
	const struct fault fault = {.place = object_place(o),
				    .field = "spec.replicas",
				    .seen = STR("1"),
				    .wanted = "2",
				    .severity = SEVERITY_UNKNOWN};

	/* None is switched off on purpose; where nothing is said, an autoscaler may say it. */
	if (!runs_as(o, "Deployment") || !o->workload || !o->workload->replicas.set ||
	    o->workload->replicas.value <= 0)
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	if (o->workload->replicas.value >= 2)
		return check_tally(run, OUTCOME_PASS);
	return emit_fault(run, &fault, "there is one replica only, and none while it is replaced");
}

int run_spread(struct check_run *run)
{
	const struct object *o = run_object(run);
	const struct workload *w = o->workload;
	const struct fault fault = {.place = w ? w->pod : (struct place){0},
				    .field = "topologySpreadConstraints",
				    .severity = SEVERITY_UNKNOWN};

	if (!w || w->replicas.value < 2 ||
	    (!runs_as(o, "Deployment") && !runs_as(o, "StatefulSet") && !runs_as(o, "ReplicaSet") &&
	     !runs_as(o, "ReplicationController")))
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	if (w->has_affinity || w->has_spread)
		return check_tally(run, OUTCOME_PASS);
	return emit_fault(run, &fault, "nothing keeps its replicas from running on one node");
}

int run_bare_pod(struct check_run *run)
{
	const struct object *o = run_object(run);
	const struct fault fault = {.place = object_place(o),
				    .field = "kind",
				    .seen = STR("Pod"),
				    .severity = SEVERITY_UNKNOWN};
	const struct yaml_node *metadata, *owners;

	if (!runs_as(o, "Pod"))
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	metadata = yaml_get(o->root, STR("metadata"));
	owners = yaml_get(metadata, STR("ownerReferences"));
	/* A kubelet owns its static pods. Pods that end are no service that could be missed. */
	if (!runs_for_good(o) || scalar_at(o->annotations, "kubernetes.io/config.mirror").len)
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	if (owners && owners->kind == YAML_SEQUENCE && owners->n)
		return check_tally(run, OUTCOME_PASS);
	return emit_fault(run, &fault,
			  "the pod has no controller that would run it again elsewhere");
}

int run_restart(struct check_run *run)
{
	const struct object *o = run_object(run);
	struct fault fault;
	struct str policy;

	if (o->origin != ORIGIN_COMPOSE || !o->workload)
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	policy = o->workload->restart_policy;
	if (!str_eq(policy, STR("always")) && !str_eq(policy, STR("unless-stopped")) &&
	    !str_eq(policy, STR("on-failure")))
		return check_tally(run, OUTCOME_PASS);
	fault = setting_fault(run, NULL, SETTING_RESTART);
	fault.seen = policy;
	return emit_fault(run, &fault, "it is restarted (%.*s) however often it fails",
			  STR_FMT(policy));
}

int run_grace(struct check_run *run)
{
	const struct workload *w = kubernetes_workload(run);
	const struct fault fault = {.place = w ? w->pod : (struct place){0},
				    .field = "terminationGracePeriodSeconds",
				    .seen = STR("0"),
				    .wanted = "30",
				    .severity = SEVERITY_UNKNOWN};

	if (!w || !w->grace_seconds.set)
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	if (w->grace_seconds.value > 0)
		return check_tally(run, OUTCOME_PASS);
	return emit_fault(run, &fault, "containers are killed without time to finish");
}

int run_rollout(struct check_run *run)
{
	const struct object *o = run_object(run);
	bool deployment = runs_as(o, "Deployment");
	const char *field = deployment ? "strategy" : "updateStrategy";
	const struct yaml_node *spec, *strategy;
	struct fault fault = {.place = object_place(o), .severity = SEVERITY_UNKNOWN};

	if (!deployment && !runs_as(o, "StatefulSet") && !runs_as(o, "DaemonSet"))
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	spec = yaml_get(o->root, STR("spec"));
	strategy = yaml_get(spec, str_from(field));
	fault.seen = scalar_at(strategy, "type");
	fault.field = deployment ? "spec.strategy.type" : "spec.updateStrategy.type";
	fault.wanted = "RollingUpdate";
	/* One replica has nothing to roll, and a volume that only one pod may have needs Recreate. */
	if (str_eq(fault.seen, STR("Recreate")) && o->workload && o->workload->replicas.value >= 2)
		return emit_fault(run, &fault, "an update takes all replicas down at once");
	if (str_eq(fault.seen, STR("OnDelete")))
		return emit_fault(run, &fault, "an update waits until somebody deletes the pods");
	strategy = yaml_get(strategy, STR("rollingUpdate"));
	fault.seen = scalar_at(strategy, "maxUnavailable");
	fault.field = deployment ? "spec.strategy.rollingUpdate.maxUnavailable"
				 : "spec.updateStrategy.rollingUpdate.maxUnavailable";
	fault.wanted = "25%";
	if (str_eq(fault.seen, STR("100%")))
		return emit_fault(run, &fault, "an update may take all replicas down at once");
	return check_tally(run, OUTCOME_PASS);
}

/* --- Environment --------------------------------------------------------------------------------- */

/* Up to so many, comparing each with each is quicker than a map. */
enum { FEW = 32 };

/* Whether an earlier variable has the name of the i-th: 1, 0, or -ENOMEM. */
static int is_repeated(const struct container *c, size_t i, struct map *seen)
{
	struct str name = c->env[i].name;
	void **slot;
	bool found;

	if (c->n_env <= FEW) {
		for (size_t k = 0; k < i; k++)
			if (!c->env[k].build && str_eq(c->env[k].name, name))
				return 1;
		return 0;
	}
	slot = map_slot(seen, name);
	if (!slot)
		return -ENOMEM;
	found = *slot != NULL;
	*slot = seen;
	return found;
}

static int judge_duplicate_env(const struct check_run *run, const struct container *c)
{
	_cleanup_map_ struct map seen = MAP_INIT;
	int worst = c->n_env ? VERDICT_GOOD : VERDICT_NONE;

	for (size_t i = 0; i < c->n_env; i++) {
		const struct fault fault = {.place = c->env[i].place,
					    .field = "name",
					    .seen = c->env[i].name,
					    .severity = SEVERITY_UNKNOWN};
		int r = c->env[i].build ? 0 : is_repeated(c, i, &seen);

		if (r > 0)
			r = emit_fault(
				run, &fault,
				"variable %.*s of container '%.*s' is set twice, and the last "
				"one counts",
				STR_FMT(c->env[i].name), STR_FMT(c->name));
		else if (r == 0)
			continue;
		if (r < 0)
			return r;
		worst = VERDICT_FAULT;
	}
	return worst;
}

int run_duplicate_env(struct check_run *run)
{
	if (!kubernetes_workload(run))
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	return each_container(run, judge_duplicate_env);
}

/* --- Jobs ---------------------------------------------------------------------------------------- */

int run_cron_concurrency(struct check_run *run)
{
	const struct object *o = run_object(run);
	struct fault fault = {.place = object_place(o),
			      .field = "spec.concurrencyPolicy",
			      .wanted = "Forbid",
			      .severity = SEVERITY_UNKNOWN};

	if (!runs_as(o, "CronJob"))
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	fault.seen = scalar_at(yaml_get(o->root, STR("spec")), "concurrencyPolicy");
	if (fault.seen.len && !str_eq(fault.seen, STR("Allow")))
		return check_tally(run, OUTCOME_PASS);
	return emit_fault(run, &fault, "a run may begin while the last one is still going");
}

int run_cron_deadline(struct check_run *run)
{
	const struct object *o = run_object(run);
	const struct fault fault = {.place = object_place(o),
				    .field = "spec.startingDeadlineSeconds",
				    .wanted = "300",
				    .severity = SEVERITY_UNKNOWN};

	if (!runs_as(o, "CronJob"))
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	if (scalar_at(yaml_get(o->root, STR("spec")), "startingDeadlineSeconds").len)
		return check_tally(run, OUTCOME_PASS);
	return emit_fault(run, &fault, "nothing says how late a run may begin");
}

/* The spec of the jobs that the object makes, or that it is. */
static const struct yaml_node *job_spec(const struct object *o)
{
	const struct yaml_node *spec = yaml_get(o->root, STR("spec"));

	if (runs_as(o, "Job"))
		return spec;
	if (!runs_as(o, "CronJob"))
		return NULL;
	return yaml_get(yaml_get(spec, STR("jobTemplate")), STR("spec"));
}

int run_job_ttl(struct check_run *run)
{
	const struct object *o = run_object(run);
	const struct fault fault = {.place = object_place(o),
				    .field = "spec.ttlSecondsAfterFinished",
				    .wanted = "3600",
				    .severity = SEVERITY_UNKNOWN};
	const struct yaml_node *owners =
		yaml_get(yaml_get(o->root, STR("metadata")), STR("ownerReferences"));

	/* A CronJob keeps a few of its jobs and deletes the others; so do other owners. */
	if (!runs_as(o, "Job") || owners)
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	if (scalar_at(job_spec(o), "ttlSecondsAfterFinished").len)
		return check_tally(run, OUTCOME_PASS);
	return emit_fault(run, &fault, "the job and its pods stay when it is done");
}

int run_job_deadline(struct check_run *run)
{
	const struct object *o = run_object(run);
	const struct yaml_node *spec = job_spec(o);
	const struct fault fault = {
		.place = object_place(o),
		.field = runs_as(o, "Job") ? "spec.activeDeadlineSeconds"
					   : "spec.jobTemplate.spec.activeDeadlineSeconds",
		.wanted = "3600",
		.severity = SEVERITY_UNKNOWN};

	if (!spec)
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	if (scalar_at(spec, "activeDeadlineSeconds").len ||
	    (o->workload && scalar_at(o->workload->pod.node, "activeDeadlineSeconds").len))
		return check_tally(run, OUTCOME_PASS);
	return emit_fault(run, &fault, "the job may run for ever");
}

int run_job_restart(struct check_run *run)
{
	const struct object *o = run_object(run);
	const struct workload *w = o->workload;
	const struct fault fault = {.place = w ? w->pod : (struct place){0},
				    .field = "restartPolicy",
				    .seen = w ? w->restart_policy : STR_NULL,
				    .wanted = "OnFailure",
				    .severity = SEVERITY_UNKNOWN};

	if (!w || (!runs_as(o, "Job") && !runs_as(o, "CronJob")))
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	if (str_eq(w->restart_policy, STR("Never")) || str_eq(w->restart_policy, STR("OnFailure")))
		return check_tally(run, OUTCOME_PASS);
	return emit_fault(run, &fault,
			  "the API server refuses a job whose pods are restarted always");
}
