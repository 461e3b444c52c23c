/* Walking the containers of an object, and what else rows of several files need: see workload.h. */
#include "base/compat.h"

#include "checks/workload/workload.h"

int tally_verdict(const struct check_run *run, int verdict)
{
	switch (verdict) {
	case VERDICT_NONE:
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	case VERDICT_GOOD:
		return check_tally(run, OUTCOME_PASS);
	case VERDICT_FAULT:
		return 0;
	default:
		return verdict;
	}
}

int each_container(const struct check_run *run, container_fn *judge)
{
	const struct workload *w = run_object(run)->workload;
	int worst = VERDICT_NONE;

	for (size_t i = 0; w && i < w->n_containers; i++) {
		int r = judge(run, &w->containers[i]);

		if (r < 0)
			return r;
		worst = MAX(worst, r);
	}
	return tally_verdict(run, worst);
}

struct str scalar_at(const struct yaml_node *mapping, const char *key)
{
	const struct yaml_node *node = yaml_get(mapping, str_from(key));

	return node && node->kind == YAML_SCALAR && !yaml_is_null(node) ? node->text : STR_NULL;
}

bool runs_for_good(const struct object *o)
{
	if (!is_kubernetes(o) || !o->workload || runs_as(o, "Job") || runs_as(o, "CronJob"))
		return false;
	return !str_eq(o->workload->restart_policy, STR("Never")) &&
	       !str_eq(o->workload->restart_policy, STR("OnFailure"));
}
