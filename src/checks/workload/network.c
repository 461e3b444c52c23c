/* Ports, and names that are told to a container. */
#include "base/compat.h"

#include "base/map.h"
#include "checks/workload/workload.h"

typedef int port_fn(const struct check_run *run, const struct container *c, const struct port *p);

/* Asks of each port of each container; nothing to ask is "not applicable". */
static int each_port(const struct check_run *run, port_fn *judge)
{
	const struct workload *w = run_object(run)->workload;
	int worst = VERDICT_NONE;

	for (size_t i = 0; w && i < w->n_containers; i++) {
		const struct container *c = &w->containers[i];

		for (size_t k = 0; k < c->n_ports; k++) {
			int r = judge(run, c, &c->ports[k]);

			if (r < 0)
				return r;
			worst = MAX(worst, r);
		}
	}
	return tally_verdict(run, worst);
}

static struct fault port_fault(const struct check_run *run, const struct port *p,
			       const char *kubernetes, const char *ecs)
{
	enum origin origin = run_object(run)->origin;

	return (struct fault){
		.place = p->place,
		.field = origin == ORIGIN_KUBERNETES ? kubernetes
			 : origin == ORIGIN_ECS	     ? ecs
						     : NULL,
		.severity = SEVERITY_UNKNOWN,
	};
}

static bool is_everywhere(struct str ip)
{
	return !ip.len || str_eq(ip, STR("0.0.0.0")) || str_eq(ip, STR("::")) ||
	       str_eq(ip, STR("[::]")) || str_eq(ip, STR("*"));
}

/* A port of the host that is a variable has no number and is one all the same. */
static bool is_published(const struct port *p)
{
	const struct yaml_node *node = p->place.node;

	if (p->host.set || p->host_ip.len)
		return true;
	return node && (node->kind == YAML_SCALAR ? str_find_char(node->text, ':') >= 0
						  : yaml_get(node, STR("published")) != NULL);
}

/* "5432:5432" needs an address before it; other spellings are for whoever wrote them. */
static void bind_to_loopback(const struct check_run *run, const struct port *p, struct fault *fault)
{
	const char *quote = run_object(run)->origin == ORIGIN_COMPOSE ? "\"" : "";
	const struct yaml_node *node = p->place.node;

	if (node && node->kind == YAML_SCALAR)
		fault->wanted = arena_printf(run->sink->arena, "%s127.0.0.1:%.*s%s", quote,
					     STR_FMT(node->text), quote)
					.ptr;
}

static int judge_published(const struct check_run *run, const struct container *c,
			   const struct port *p)
{
	const struct number *number = p->host.set ? &p->host : &p->container;
	struct fault fault;

	if (!is_published(p))
		return VERDICT_NONE;
	if (!is_everywhere(p->host_ip))
		return VERDICT_GOOD;
	fault = port_fault(run, p, NULL, NULL);
	fault.seen = p->host_ip;
	if (!p->host_ip.len)
		bind_to_loopback(run, p, &fault);
	if (!number->set)
		return fault_verdict(
			emit_fault(run, &fault,
				   "container '%.*s' publishes a port on every address of its host",
				   STR_FMT(c->name)));
	return fault_verdict(emit_fault(run, &fault,
					"container '%.*s' publishes port %" PRId64
					" on every address of its host",
					STR_FMT(c->name), number->value));
}

int run_published_port(struct check_run *run)
{
	const struct workload *w = other_workload(run);

	/* ECS cannot name an address, and Nomad's networks are of the client's configuration. */
	if (!w || run_object(run)->origin == ORIGIN_ECS ||
	    run_object(run)->origin == ORIGIN_NOMAD || w->host_network == TRUTH_YES)
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	return each_port(run, judge_published);
}

enum { FIRST_FREE_PORT = 1024, SSH_PORT = 22 };

/* TCP and UDP of one number are one port to whoever reads of it. */
static bool is_told(const struct container *c, const struct port *p, bool kubernetes)
{
	for (const struct port *q = c->ports; q < p; q++) {
		const struct number *number = kubernetes ? &q->container : &q->host;

		if (number->set && number->value == (kubernetes ? p->container : p->host).value)
			return true;
	}
	return false;
}

static int judge_privileged_port(const struct check_run *run, const struct container *c,
				 const struct port *p)
{
	bool kubernetes = is_kubernetes(run_object(run));
	const struct number *number = kubernetes ? &p->container : &p->host;
	struct fault fault;

	if (!number->set || number->value <= 0)
		return VERDICT_NONE;
	if (number->value >= FIRST_FREE_PORT)
		return VERDICT_GOOD;
	if (is_told(c, p, kubernetes))
		return VERDICT_NONE;
	fault = port_fault(run, p, "containerPort", "hostPort");
	return fault_verdict(emit_fault(
		run, &fault,
		"container '%.*s' %s port %" PRId64 ", which takes a privilege to open",
		STR_FMT(c->name), kubernetes ? "listens on" : "takes the host's", number->value));
}

int run_privileged_port(struct check_run *run)
{
	const struct object *o = run_object(run);

	/* In the host's network compose and podman publish nothing. */
	if (o->workload && o->workload->host_network == TRUTH_YES &&
	    (o->origin == ORIGIN_COMPOSE || o->origin == ORIGIN_QUADLET))
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	return each_port(run, judge_privileged_port);
}

static int judge_ssh(const struct check_run *run, const struct container *c, const struct port *p)
{
	struct fault fault;

	if (!p->container.set)
		return VERDICT_NONE;
	if (p->container.value != SSH_PORT || str_eq(p->protocol, STR("UDP")))
		return VERDICT_GOOD;
	fault = port_fault(run, p, "containerPort", "containerPort");
	fault.seen = STR("22");
	return fault_verdict(emit_fault(run, &fault,
					"container '%.*s' listens on port 22, which is that of SSH",
					STR_FMT(c->name)));
}

int run_ssh_port(struct check_run *run)
{
	return each_port(run, judge_ssh);
}

int run_host_aliases(struct check_run *run)
{
	const struct workload *w = kubernetes_workload(run);
	const struct fault fault = {.place = w ? w->pod : (struct place){0},
				    .field = "hostAliases",
				    .remove = true,
				    .severity = SEVERITY_UNKNOWN};

	if (!w)
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	if (!w->host_aliases || !w->host_aliases->n)
		return check_tally(run, OUTCOME_PASS);
	return emit_fault(run, &fault, "names are written into the pod's /etc/hosts");
}

/* --- Two of the same ----------------------------------------------------------------------------- */

static struct str protocol_of(const struct port *p)
{
	return p->protocol.len ? p->protocol : STR("TCP");
}

static bool same_port(const struct port *p, const struct port *q)
{
	return q->container.set && q->container.value == p->container.value &&
	       str_eq(q->host_ip, p->host_ip) && str_eq(protocol_of(p), protocol_of(q));
}

/* Containers that run together: init containers but for sidecars have ended by then, and ephemeral ones have
 * no ports. */
static bool runs_along(const struct container *c)
{
	return c->kind == CONTAINER_REGULAR || c->sidecar;
}

/* Up to so many, comparing each with each is quicker than a map. */
enum { FEW = 32 };

struct seen_ports {
	const struct port *few[FEW];
	size_t n;
	struct map many;
	struct arena keys;
};

static void seen_ports_release(struct seen_ports *seen)
{
	map_release(&seen->many);
	arena_release(&seen->keys);
}

static int is_in_map(struct seen_ports *seen, const struct port *p)
{
	struct str key = arena_printf(&seen->keys, "%" PRId64 "/%.*s/%.*s", p->container.value,
				      STR_FMT(protocol_of(p)), STR_FMT(p->host_ip));
	void **slot = key.ptr ? map_slot(&seen->many, key) : NULL;
	bool found;

	if (!slot)
		return -ENOMEM;
	found = *slot != NULL;
	*slot = seen;
	return found;
}

/* 1 if the same was there before, 0 if not, or -ENOMEM. */
static int is_taken(struct seen_ports *seen, const struct port *p)
{
	int r = 0;

	for (size_t i = 0; i < MIN(seen->n, (size_t)FEW); i++)
		if (same_port(p, seen->few[i]))
			return 1;
	if (seen->n >= FEW)
		r = is_in_map(seen, p);
	else
		seen->few[seen->n] = p;
	seen->n++;
	return r;
}

static int judge_ports(const struct check_run *run, const struct container *c,
		       struct seen_ports *seen)
{
	int worst = VERDICT_NONE;

	for (size_t k = 0; k < c->n_ports; k++) {
		const struct port *p = &c->ports[k];
		struct fault fault;
		int r = p->container.set ? is_taken(seen, p) : 0;

		worst = MAX(worst, (int)VERDICT_GOOD);
		if (r == 0)
			continue;
		fault = port_fault(run, p, "containerPort", NULL);
		if (r > 0)
			r = emit_fault(run, &fault,
				       "port %" PRId64 " of container '%.*s' is declared before",
				       p->container.value, STR_FMT(c->name));
		if (r < 0)
			return r;
		worst = VERDICT_FAULT;
	}
	return worst;
}

int run_duplicate_port(struct check_run *run)
{
	const struct workload *w = kubernetes_workload(run);
	_cleanup_(seen_ports_release) struct seen_ports seen;
	int worst = VERDICT_NONE;

	/* The first pointers are set before they are read. */
	seen.n = 0;
	seen.many = MAP_INIT;
	seen.keys = ARENA_INIT(0);
	for (size_t i = 0; w && i < w->n_containers; i++) {
		int r = runs_along(&w->containers[i]) ? judge_ports(run, &w->containers[i], &seen)
						      : VERDICT_NONE;

		if (r < 0)
			return r;
		worst = MAX(worst, r);
	}
	return tally_verdict(run, worst);
}
