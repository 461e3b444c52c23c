/* Limits on memory, CPU and processes, and what is asked for. */
#include "base/compat.h"

#include "checks/workload/workload.h"

/* --- Quantities ---------------------------------------------------------------------------------- */

int quantity_parse(struct str text, double *ret)
{
	static const struct {
		struct str suffix;
		double factor;
	} suffixes[] = {
		{STR("Ki"), 0x1p10}, {STR("Mi"), 0x1p20}, {STR("Gi"), 0x1p30}, {STR("Ti"), 0x1p40},
		{STR("Pi"), 0x1p50}, {STR("Ei"), 0x1p60}, {STR("n"), 1e-9},    {STR("u"), 1e-6},
		{STR("m"), 1e-3},    {STR("k"), 1e3},	  {STR("M"), 1e6},     {STR("G"), 1e9},
		{STR("T"), 1e12},    {STR("P"), 1e15},	  {STR("E"), 1e18},    {STR(""), 1},
	};
	size_t at = 0, digits = 0;
	double value = 0, place = 1;
	bool fraction = false, negative = text.len && text.ptr[0] == '-';
	uint32_t exponent;

	for (at = text.len && (negative || text.ptr[0] == '+'); at < text.len; at++) {
		char c = text.ptr[at];

		if (c == '.' && !fraction) {
			fraction = true;
			continue;
		}
		if (c < '0' || c > '9')
			break;
		digits++;
		place /= fraction ? 10 : 1;
		value = fraction ? value + (c - '0') * place : value * 10 + (c - '0');
	}
	if (!digits)
		return -EINVAL;
	text = str_from_offset(text, at);
	value = negative ? -value : value;
	for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
		if (str_eq(text, suffixes[i].suffix)) {
			*ret = value * suffixes[i].factor;
			return 0;
		}
	}
	if (text.ptr[0] != 'e' && text.ptr[0] != 'E')
		return -EINVAL;
	text = str_from_offset(text, 1);
	negative = text.len && text.ptr[0] == '-';
	if (text.len && (negative || text.ptr[0] == '+'))
		text = str_from_offset(text, 1);
	/* Quantities end at 2^63. */
	if (str_parse_u32(text, &exponent) < 0 || exponent > 30)
		return -EINVAL;
	for (; exponent; exponent--)
		value = negative ? value / 10 : value * 10;
	*ret = value;
	return 0;
}

/* --- Limits -------------------------------------------------------------------------------------- */

/* "0" and "-1" are words for no limit in Docker's formats. */
static bool is_limit(const struct check_run *run, const struct text *text)
{
	if (!text->set || !text->text.len)
		return false;
	return is_kubernetes(run_object(run)) ||
	       (!str_eq(text->text, STR("0")) && !str_eq(text->text, STR("-1")));
}

/* Resources of a whole pod (.spec.resources, since Kubernetes 1.32). */
static bool pod_has(const struct check_run *run, const char *list, const char *resource)
{
	const struct object *o = run_object(run);
	const struct yaml_node *resources = yaml_get(o->workload->pod.node, STR("resources"));

	return is_kubernetes(o) && resources &&
	       scalar_at(yaml_get(resources, str_from(list)), resource).len;
}

/* Init containers end before others begin, and run one by one; ephemeral ones cannot have limits. */
static bool is_limited_kind(const struct container *c)
{
	return c->kind == CONTAINER_REGULAR || c->sidecar;
}

static int judge_memory_limit(const struct check_run *run, const struct container *c)
{
	struct fault fault;

	if (c->kind == CONTAINER_EPHEMERAL)
		return VERDICT_NONE;
	if (is_limit(run, &c->limits.memory) || pod_has(run, "limits", "memory"))
		return VERDICT_GOOD;
	fault = setting_fault(run, c, SETTING_MEMORY_LIMIT);
	fault.seen = c->limits.memory.text;
	return fault_verdict(
		emit_fault(run, &fault, "container '%.*s' has no memory limit", STR_FMT(c->name)));
}

/* Nomad limits tasks to 300 MB and a share of the CPU unless it is told otherwise. */
static bool limits_by_itself(const struct check_run *run)
{
	return run_object(run)->origin == ORIGIN_NOMAD;
}

int run_memory_limit(struct check_run *run)
{
	if (limits_by_itself(run))
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	return each_container(run, judge_memory_limit);
}

static int judge_cpu_limit(const struct check_run *run, const struct container *c)
{
	struct fault fault;

	if (c->kind == CONTAINER_EPHEMERAL)
		return VERDICT_NONE;
	if (is_limit(run, &c->limits.cpu) || pod_has(run, "limits", "cpu"))
		return VERDICT_GOOD;
	fault = setting_fault(run, c, SETTING_CPU_LIMIT);
	fault.seen = c->limits.cpu.text;
	return fault_verdict(
		emit_fault(run, &fault, "container '%.*s' has no CPU limit", STR_FMT(c->name)));
}

int run_cpu_limit(struct check_run *run)
{
	if (limits_by_itself(run))
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	return each_container(run, judge_cpu_limit);
}

/* A request that is missing is taken from the limit. */
static int judge_request(const struct check_run *run, const struct container *c,
			 const struct text *request, const struct text *limit, const char *what,
			 const char *field, const char *value)
{
	const struct fault fault = {
		.place = c->place, .field = field, .wanted = value, .severity = SEVERITY_UNKNOWN};

	if (!is_limited_kind(c))
		return VERDICT_NONE;
	if (request->set || limit->set || pod_has(run, "requests", what) ||
	    pod_has(run, "limits", what))
		return VERDICT_GOOD;
	return fault_verdict(
		emit_fault(run, &fault, "container '%.*s' requests no %s", STR_FMT(c->name), what));
}

static int judge_memory_request(const struct check_run *run, const struct container *c)
{
	return judge_request(run, c, &c->requests.memory, &c->limits.memory, "memory",
			     "resources.requests.memory", "128Mi");
}

static int judge_cpu_request(const struct check_run *run, const struct container *c)
{
	return judge_request(run, c, &c->requests.cpu, &c->limits.cpu, "cpu",
			     "resources.requests.cpu", "100m");
}

int run_memory_request(struct check_run *run)
{
	if (!kubernetes_workload(run))
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	return each_container(run, judge_memory_request);
}

int run_cpu_request(struct check_run *run)
{
	if (!kubernetes_workload(run))
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	return each_container(run, judge_cpu_request);
}

static int judge_pids(const struct check_run *run, const struct container *c)
{
	bool podman = run_object(run)->origin == ORIGIN_QUADLET;
	struct fault fault;

	/* podman-run(1): 2048 unless it is told otherwise. */
	if (c->limits.pids.set ? c->limits.pids.value > 0 : podman)
		return VERDICT_GOOD;
	fault = setting_fault(run, c, SETTING_PIDS_LIMIT);
	return fault_verdict(emit_fault(run, &fault,
					"container '%.*s' may start any number of processes",
					STR_FMT(c->name)));
}

int run_pids_limit(struct check_run *run)
{
	const struct object *o = run_object(run);

	/* The kubelet limits pods; an ECS task definition has no field for it. */
	if (is_kubernetes(o) || o->origin == ORIGIN_ECS)
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	return each_container(run, judge_pids);
}

/* --- Quantities that cannot be meant ------------------------------------------------------------- */

struct resource_pair {
	const struct text *request, *limit;
	const char *what, *request_field, *limit_field;
};

static int bad_quantity(const struct check_run *run, const struct container *c, const char *field,
			const struct text *text, const char *what, const char *reason)
{
	const struct fault fault = {.place = c->place,
				    .field = field,
				    .seen = text->text,
				    .severity = SEVERITY_UNKNOWN};

	return fault_verdict(emit_fault(run, &fault, "%s '%.*s' of container '%.*s' %s", what,
					STR_FMT(text->text), STR_FMT(c->name), reason));
}

/* Few machines have so many cores, and no container wants them: "250" for "250m". */
enum { MANY_CORES = 200 };

static int judge_pair(const struct check_run *run, const struct container *c,
		      const struct resource_pair *pair)
{
	/* Less than a page of memory: "512m" is half a byte. */
	const double least = pair->limit == &c->limits.memory ? 4096 : 0;
	double request = 0, limit = 0;

	if (pair->request->set &&
	    (quantity_parse(pair->request->text, &request) < 0 || request < 0))
		return bad_quantity(run, c, pair->request_field, pair->request, pair->what,
				    "is no quantity");
	if (pair->limit->set && (quantity_parse(pair->limit->text, &limit) < 0 || limit < 0))
		return bad_quantity(run, c, pair->limit_field, pair->limit, pair->what,
				    "is no quantity");
	if (pair->limit->set && limit < least)
		return bad_quantity(run, c, pair->limit_field, pair->limit, pair->what,
				    "is a few bytes at most (Mi or M is meant)");
	if (pair->limit == &c->limits.cpu && limit >= MANY_CORES)
		return bad_quantity(run, c, pair->limit_field, pair->limit, pair->what,
				    "is that many cores (m is meant)");
	if (pair->limit == &c->limits.cpu && request >= MANY_CORES)
		return bad_quantity(run, c, pair->request_field, pair->request, pair->what,
				    "is that many cores (m is meant)");
	if (pair->limit->set && pair->request->set && request > limit)
		return bad_quantity(run, c, pair->request_field, pair->request, pair->what,
				    "is requested beyond its limit");
	return pair->limit->set || pair->request->set ? VERDICT_GOOD : VERDICT_NONE;
}

static int judge_quantities(const struct check_run *run, const struct container *c)
{
	const struct resource_pair pairs[] = {
		{&c->requests.memory, &c->limits.memory, "memory", "resources.requests.memory",
		 "resources.limits.memory"},
		{&c->requests.cpu, &c->limits.cpu, "cpu", "resources.requests.cpu",
		 "resources.limits.cpu"},
		{&c->requests.ephemeral_storage, &c->limits.ephemeral_storage, "ephemeral storage",
		 "resources.requests.ephemeral-storage", "resources.limits.ephemeral-storage"},
	};
	int worst = VERDICT_NONE;

	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		int r = judge_pair(run, c, &pairs[i]);

		if (r < 0)
			return r;
		worst = MAX(worst, r);
	}
	return worst;
}

int run_quantities(struct check_run *run)
{
	if (!kubernetes_workload(run))
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	return each_container(run, judge_quantities);
}
