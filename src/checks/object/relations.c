/*
 * What objects say of others: is it there, does anything match? What is not among the files may well be in the
 * cluster, so that messages say "among these files" and severities are low; and where nothing of a kind was
 * given, nobody says that one is missing.
 */
#include "base/compat.h"

#include "base/buf.h"
#include "checks/emit.h"
#include "checks/object/object.h"
#include "checks/object/relations.h"
#include "core/limits.h"

enum { MESSAGE_MAX = 64 * 1024 };

struct relations relations_begin(const struct check_run *run)
{
	static const struct manifests nothing;
	const struct manifests_input *in = run->input;
	bool alone = in->manifests->n_objects < 2;

	return (struct relations){.run = run,
				  .manifests = alone ? &nothing : in->manifests,
				  .steps = LIMIT_RELATION_STEPS};
}

int relations_fault(struct relations *r, const struct declared *object, const struct spot *spot,
		    const char *fmt, ...)
{
	const struct object named = {
		.kind = object->kind->name, .ns = object->space->name, .name = object->name};
	struct arena *arena = r->run->sink->arena;
	_cleanup_buf_ struct buf message = BUF_INIT(MESSAGE_MAX);
	struct finding f = check_finding(r->run, OUTCOME_FAIL);
	va_list args;

	va_start(args, fmt);
	buf_vaddf(&message, fmt, args);
	va_end(args);
	f.subject = (struct subject){.kind = SUBJECT_OBJECT, .name = object_title(&named, arena)};
	/* Findings outlive what was remembered. */
	f.where.path = arena_str(arena, object->path);
	f.where.line = spot ? spot->line : object->line;
	f.where.column = spot ? spot->column : object->column;
	f.where.field = arena_str(arena, spot ? spot->field : STR("."));
	if (message.status == -ENOMEM || !f.subject.name.ptr || !f.where.path.ptr ||
	    !f.where.field.ptr)
		return -ENOMEM;
	if (!named.ns.len && !named.name.len) /* the title is then the kind itself */
		f.subject.name = arena_str(arena, f.subject.name);
	if (!f.subject.name.ptr)
		return -ENOMEM;
	r->n_failed++;
	/* A name of many pages: what is wrong can be said without it. */
	return emit_message(r->run, &f,
			    buf_status(&message, NULL) < 0 ? str_from(r->run->check->title)
							   : arena_str(arena, buf_str(&message)));
}

int relations_end(const struct relations *r, int result)
{
	if (result == -E2BIG)
		return check_emitf(r->run, OUTCOME_UNKNOWN,
				   "not all of it was compared: a limit was exceeded: "
				   "%" PRIu64 " comparisons",
				   LIMIT_RELATION_STEPS);
	if (result < 0 || r->n_failed)
		return result;
	return check_tally(r->run, r->judged ? OUTCOME_PASS : OUTCOME_NOT_APPLICABLE);
}

/* --- Selectors ----------------------------------------------------------------------------------- */

bool relations_can_select(const struct relations *r, const struct selector *selector)
{
	return selector->present && !selector->unclear && r->manifests->pods.len > 0;
}

static int stop(void *arg, const struct pods *pods, uint64_t *steps)
{
	return 1;
}

/* Of an object that there is something to select for: a failure when there is nothing. */
static int judge_selector(struct relations *r, const struct declared *object,
			  const struct selector *selector)
{
	int result = selector_visit(r->manifests, selector, object->space, &r->steps, stop, NULL);

	r->judged = true;
	if (result != 0)
		return MIN(result, 0);
	return relations_fault(r, object, &selector->spot, "selects no pods among these files");
}

int object_service_dangling(struct check_run *run)
{
	struct relations r = relations_begin(run);
	int result = 0;

	for (size_t i = 0; result == 0 && i < r.manifests->services.len; i++) {
		const struct service *s = r.manifests->services.items[i];

		if (relations_can_select(&r, &s->selector))
			result = judge_selector(&r, s->object, &s->selector);
	}
	return relations_end(&r, result);
}

int object_netpol_dangling(struct check_run *run)
{
	struct relations r = relations_begin(run);
	int result = 0;

	for (size_t i = 0; result == 0 && i < r.manifests->policies.len; i++) {
		const struct network_policy *p = r.manifests->policies.items[i];

		/* An empty one is for all pods there will ever be. */
		if (relations_can_select(&r, &p->selector) && p->selector.n > 0)
			result = judge_selector(&r, p->object, &p->selector);
	}
	return relations_end(&r, result);
}

int object_pdb_dangling(struct check_run *run)
{
	struct relations r = relations_begin(run);
	int result = 0;

	for (size_t i = 0; result == 0 && i < r.manifests->budgets.len; i++) {
		const struct disruption_budget *b = r.manifests->budgets.items[i];

		if (relations_can_select(&r, &b->selector)) {
			result = judge_selector(&r, b->object, &b->selector);
		} else if (!b->selector.unclear && r.manifests->pods.len > 0) {
			r.judged = true;
			result = relations_fault(&r, b->object, &b->selector.spot,
						 "selects no pods: it has no selector");
		}
	}
	return relations_end(&r, result);
}

/* --- Budgets and replicas ------------------------------------------------------------------------ */

struct replica_count {
	int64_t replicas;
	bool unknown; /* something does not say how many, or nothing keeps up their number */
	bool selected;
};

/*
 * Replicas by folder: the same workload in several folders is mostly there in variants, of which one runs.
 */
struct folder_counts {
	struct str own;			  /* the folder of the budget */
	struct replica_count here, there; /* in it; in one other */
	struct str other;
	bool several; /* there are more than that other */
};

static int count_replicas(void *arg, const struct pods *pods, uint64_t *steps)
{
	struct folder_counts *counts = arg;
	struct str folder = pods->object->folder;
	bool own = folder.ptr == counts->own.ptr;
	struct replica_count *count = own ? &counts->here : &counts->there;

	if (!own) {
		counts->several |= counts->other.ptr && counts->other.ptr != folder.ptr;
		counts->other = folder;
	}
	count->selected = true;
	if (!pods->replicas.set || pods->replicas.value < 0 || pods->replicas.value > INT32_MAX)
		count->unknown = true;
	else
		count->replicas += pods->replicas.value;
	return 0;
}

static int judge_replicas(struct relations *r, const struct disruption_budget *b, uint32_t min)
{
	struct folder_counts counts = {.own = b->object->folder};
	const struct replica_count *count;
	int result = selector_visit(r->manifests, &b->selector, b->object->space, &r->steps,
				    count_replicas, &counts);

	if (result < 0)
		return result;
	count = counts.here.selected ? &counts.here : &counts.there;
	/* In none of several folders with replicas it is plain which ones the budget is for. */
	if (!count->selected || count->unknown || (!counts.here.selected && counts.several))
		return 0;
	r->judged = true;
	if (count->replicas > min)
		return 0;
	return relations_fault(r, b->object, &b->min_spot,
			       "%" PRIu32 " are to stay up, and there are %" PRId64
			       ": no pod may ever be evicted",
			       min, count->replicas);
}

int object_pdb_replicas(struct check_run *run)
{
	struct relations r = relations_begin(run);
	int result = 0;

	for (size_t i = 0; result == 0 && i < r.manifests->budgets.len; i++) {
		const struct disruption_budget *b = r.manifests->budgets.items[i];
		uint32_t min;

		if (b->min_available.set && relations_can_select(&r, &b->selector) &&
		    str_parse_u32(b->min_available.text, &min) == 0)
			result = judge_replicas(&r, b, min);
	}
	return relations_end(&r, result);
}

/* --- Ports --------------------------------------------------------------------------------------- */

struct port_search {
	struct str name;
	bool selected;
};

/* 1 when the pods have that port. */
static int has_port(void *arg, const struct pods *pods, uint64_t *steps)
{
	struct port_search *search = arg;

	search->selected = true;
	if (!selector_spend(steps, pods->ports.n, search->name))
		return -E2BIG;
	for (size_t i = 0; i < pods->ports.n; i++)
		if (str_eq(pods->ports.items[i], search->name))
			return 1;
	return 0;
}

static int judge_port(struct relations *r, const struct service *s, const struct service_port *port)
{
	struct port_search search = {.name = port->target};
	int result = selector_visit(r->manifests, &s->selector, s->object->space, &r->steps,
				    has_port, &search);

	if (result < 0 || !search.selected) /* nothing selected: OBJ-SERVICE-DANGLING */
		return result;
	r->judged = true;
	if (result > 0)
		return 0;
	return relations_fault(r, s->object, &port->spot,
			       "no container of the pods that it selects names a port '%.*s'",
			       STR_FMT(search.name));
}

int object_service_port(struct check_run *run)
{
	struct relations r = relations_begin(run);
	int result = 0;

	for (size_t i = 0; result == 0 && i < r.manifests->services.len; i++) {
		const struct service *s = r.manifests->services.items[i];

		if (!relations_can_select(&r, &s->selector))
			continue;
		for (size_t j = 0; result == 0 && j < s->n_ports; j++)
			if (s->ports[j].target.len)
				result = judge_port(&r, s, &s->ports[j]);
	}
	return relations_end(&r, result);
}

/* --- Names --------------------------------------------------------------------------------------- */

/* 1, 0 or -E2BIG. */
static int has_service_port(const struct service *s, const struct backend *b, uint64_t *steps)
{
	if (!b->port_number && !b->port_name.len)
		return 1;
	if (!selector_spend(steps, s->n_ports, b->port_name))
		return -E2BIG;
	for (size_t i = 0; i < s->n_ports; i++)
		if (b->port_number ? s->ports[i].number == b->port_number
				   : str_eq(s->ports[i].name, b->port_name))
			return 1;
	return 0;
}

static int judge_backend(struct relations *r, const struct ingress *ingress,
			 const struct backend *b)
{
	const struct declared *object =
		manifests_find(r->manifests, STR(""), STR("Service"), ingress->object->space->name,
			       b->service, false);
	int found;

	if (!object)
		return relations_fault(r, ingress->object, &b->spot,
				       "there is no Service '%.*s' among these files",
				       STR_FMT(b->service));
	found = object->service ? has_service_port(object->service, b, &r->steps) : 1;
	if (found != 0)
		return MIN(found, 0);
	if (b->port_number)
		return relations_fault(r, ingress->object, &b->spot,
				       "Service '%.*s' has no port %" PRIu64, STR_FMT(b->service),
				       b->port_number);
	return relations_fault(r, ingress->object, &b->spot, "Service '%.*s' has no port '%.*s'",
			       STR_FMT(b->service), STR_FMT(b->port_name));
}

int object_ingress_dangling(struct check_run *run)
{
	struct relations r = relations_begin(run);
	int result = 0;

	for (size_t i = 0; result == 0 && i < r.manifests->ingresses.len; i++) {
		const struct ingress *ingress = r.manifests->ingresses.items[i];

		/* Where no Service was given at all, none is missing. */
		if (r.manifests->services.len == 0 ||
		    !manifests_can_miss(r.manifests, ingress->object->space->name))
			continue;
		for (size_t j = 0; result == 0 && j < ingress->n; j++) {
			r.judged = true;
			result = judge_backend(&r, ingress, &ingress->backends[j]);
		}
	}
	return relations_end(&r, result);
}

int object_hpa_dangling(struct check_run *run)
{
	struct relations r = relations_begin(run);
	int result = 0;

	for (size_t i = 0; result == 0 && i < r.manifests->autoscalers.len; i++) {
		const struct autoscaler *a = r.manifests->autoscalers.items[i];
		const struct named *t = &a->target;

		if (r.manifests->pods.len == 0 || !t->name.len || !t->kind.len ||
		    !manifests_can_miss(r.manifests, t->ns))
			continue;
		r.judged = true;
		if (!manifests_find(r.manifests, t->group, t->kind, t->ns, t->name, false))
			result = relations_fault(&r, a->object, &t->spot,
						 "there is no %.*s '%.*s' among these files",
						 STR_FMT(t->kind), STR_FMT(t->name));
	}
	return relations_end(&r, result);
}

/* Whether something of that kind was given for a namespace at all. */
static bool has_kind(const struct manifests *m, struct str ns, enum reference_kind kind)
{
	const struct space *own = map_get(&m->space_map, ns);
	const struct space *nameless = map_get(&m->space_map, STR(""));

	return (own && own->has[kind]) || (nameless && nameless->has[kind]);
}

/* Roles that every cluster has, and those of add-ons, which no one writes down beside his own. */
static bool is_builtin_role(struct str name)
{
	static const char *const names[] = {"cluster-admin", "admin", "edit", "view"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (str_eq(name, str_from(names[i])))
			return true;
	return str_starts(name, STR("system:"));
}

static int judge_role(struct relations *r, const struct role_binding *b)
{
	bool cluster = str_eq(b->role.kind, STR("ClusterRole"));

	if (!b->role.name.len || !b->role.kind.len || is_builtin_role(b->role.name) ||
	    (!cluster && !manifests_can_miss(r->manifests, b->role.ns)))
		return 0;
	r->judged = true;
	if (manifests_find(r->manifests, b->role.group, b->role.kind, b->role.ns, b->role.name,
			   cluster))
		return 0;
	return relations_fault(r, b->object, &b->role.spot,
			       "there is no %.*s '%.*s' among these files", STR_FMT(b->role.kind),
			       STR_FMT(b->role.name));
}

int object_binding_dangling(struct check_run *run)
{
	struct relations r = relations_begin(run);
	int result = 0;

	for (size_t i = 0; result == 0 && i < r.manifests->bindings.len; i++) {
		const struct role_binding *b = r.manifests->bindings.items[i];

		result = judge_role(&r, b);
		for (size_t j = 0; result == 0 && j < b->n_accounts; j++) {
			const struct named *a = &b->accounts[j];

			if (str_eq(a->name, STR("default")) ||
			    !manifests_can_miss(r.manifests, a->ns) ||
			    !has_kind(r.manifests, a->ns, REFERENCE_SERVICE_ACCOUNT))
				continue;
			r.judged = true;
			if (manifests_find(r.manifests, STR(""), STR("ServiceAccount"), a->ns,
					   a->name, false))
				continue;
			result = relations_fault(
				&r, b->object, &a->spot,
				"there is no ServiceAccount '%.*s' among these files",
				STR_FMT(a->name));
		}
	}
	return relations_end(&r, result);
}

/* --- What pods refer to --------------------------------------------------------------------------- */

static int judge_reference(struct relations *r, const struct pods *pods,
			   const struct object_reference *reference)
{
	static const struct str kinds[] = {
		[REFERENCE_CONFIG_MAP] = {"ConfigMap", 9},
		[REFERENCE_SECRET] = {"Secret", 6},
		[REFERENCE_SERVICE_ACCOUNT] = {"ServiceAccount", 14},
		[REFERENCE_CLAIM] = {"PersistentVolumeClaim", 21},
	};
	const struct space *space = pods->object->space;
	struct str kind = kinds[reference->kind];

	/* These are made in every namespace by Kubernetes itself. */
	if (str_eq(reference->name, STR("kube-root-ca.crt")) ||
	    (reference->kind == REFERENCE_SERVICE_ACCOUNT &&
	     str_eq(reference->name, STR("default"))))
		return 0;
	/* Many keep Secrets elsewhere: only where some are given can one be missing. */
	if (!has_kind(r->manifests, space->name, reference->kind) ||
	    !manifests_can_miss(r->manifests, space->name))
		return 0;
	r->judged = true;
	if (manifests_find(r->manifests, STR(""), kind, space->name, reference->name, false))
		return 0;
	return relations_fault(r, pods->object, &reference->spot,
			       "there is no %.*s '%.*s' among these files", STR_FMT(kind),
			       STR_FMT(reference->name));
}

int object_reference_dangling(struct check_run *run)
{
	struct relations r = relations_begin(run);
	int result = 0;

	for (size_t i = 0; result == 0 && i < r.manifests->pods.len; i++) {
		const struct pods *pods = r.manifests->pods.items[i];

		for (size_t j = 0; result == 0 && j < pods->n_references; j++)
			result = judge_reference(&r, pods, &pods->references[j]);
	}
	return relations_end(&r, result);
}

int object_duplicate(struct check_run *run)
{
	struct relations r = relations_begin(run);
	int result = 0;

	r.judged = r.manifests->n_objects > 0;
	for (size_t i = 0; result == 0 && i < r.manifests->duplicates.len; i++) {
		const struct duplicate *d = &r.manifests->duplicates.items[i];

		result = relations_fault(&r, d->again, NULL,
					 "is declared before, at %.*s:%" PRIu32
					 ": the one applied last wins",
					 STR_FMT(d->first->path), d->first->line);
	}
	return relations_end(&r, result);
}
