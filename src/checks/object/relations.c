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

enum { MESSAGE_MAX = 64 * 1024 };

bool relations_begin(struct relations *r, const struct check_run *run)
{
	const struct manifests_input *in = run->input;

	*r = (struct relations){.run = run, .manifests = in->manifests};
	return r->manifests->n_objects > 1;
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
	if (buf_status(&message, NULL) < 0 || !f.subject.name.ptr || !f.where.path.ptr ||
	    !f.where.field.ptr)
		return -ENOMEM;
	if (!named.ns.len && !named.name.len) /* the title is then the kind itself */
		f.subject.name = arena_str(arena, f.subject.name);
	if (!f.subject.name.ptr)
		return -ENOMEM;
	r->n_failed++;
	return emit_message(r->run, &f, arena_str(arena, buf_str(&message)));
}

int relations_end(const struct relations *r, int result)
{
	if (result < 0 || r->n_failed)
		return result;
	return check_tally(r->run, r->judged ? OUTCOME_PASS : OUTCOME_NOT_APPLICABLE);
}

/* --- Selectors ----------------------------------------------------------------------------------- */

static bool stop(void *arg, const struct pods *pods)
{
	return true;
}

/* Whom a selector selects can only be asked where something runs pods at all. */
static bool is_judged(const struct relations *r, const struct selector *selector)
{
	return selector->present && !selector->unclear && r->manifests->pods.len > 0;
}

static bool selects_any(const struct relations *r, const struct selector *selector,
			const struct space *space)
{
	return selector_visit(r->manifests, selector, space, stop, NULL);
}

int object_service_dangling(struct check_run *run)
{
	struct relations r;
	int result = 0;

	if (!relations_begin(&r, run))
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	for (size_t i = 0; result == 0 && i < r.manifests->services.len; i++) {
		const struct service *s = r.manifests->services.items[i];

		if (!is_judged(&r, &s->selector))
			continue;
		r.judged = true;
		if (!selects_any(&r, &s->selector, s->object->space))
			result = relations_fault(&r, s->object, &s->selector.spot,
						 "selects no pods among these files");
	}
	return relations_end(&r, result);
}

int object_netpol_dangling(struct check_run *run)
{
	struct relations r;
	int result = 0;

	if (!relations_begin(&r, run))
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	for (size_t i = 0; result == 0 && i < r.manifests->policies.len; i++) {
		const struct network_policy *p = r.manifests->policies.items[i];

		/* An empty one is for all pods there will ever be. */
		if (!is_judged(&r, &p->selector) || p->selector.n == 0)
			continue;
		r.judged = true;
		if (!selects_any(&r, &p->selector, p->object->space))
			result = relations_fault(&r, p->object, &p->selector.spot,
						 "selects no pods among these files");
	}
	return relations_end(&r, result);
}

int object_pdb_dangling(struct check_run *run)
{
	struct relations r;
	int result = 0;

	if (!relations_begin(&r, run))
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	for (size_t i = 0; result == 0 && i < r.manifests->budgets.len; i++) {
		const struct disruption_budget *b = r.manifests->budgets.items[i];

		if (b->selector.unclear || r.manifests->pods.len == 0)
			continue;
		r.judged = true;
		if (!b->selector.present)
			result = relations_fault(&r, b->object, &b->selector.spot,
						 "selects no pods: it has no selector");
		else if (!selects_any(&r, &b->selector, b->object->space))
			result = relations_fault(&r, b->object, &b->selector.spot,
						 "selects no pods among these files");
	}
	return relations_end(&r, result);
}

/* --- Ports --------------------------------------------------------------------------------------- */

struct port_search {
	struct str name;
	bool selected, found;
};

static bool has_port(void *arg, const struct pods *pods)
{
	struct port_search *search = arg;

	search->selected = true;
	for (size_t i = 0; i < pods->ports.n; i++)
		search->found |= str_eq(pods->ports.items[i], search->name);
	return search->found;
}

int object_service_port(struct check_run *run)
{
	struct relations r;
	int result = 0;

	if (!relations_begin(&r, run))
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	for (size_t i = 0; i < r.manifests->services.len; i++) {
		const struct service *s = r.manifests->services.items[i];

		for (size_t j = 0; result == 0 && j < s->n_ports; j++) {
			struct port_search search = {.name = s->ports[j].target};

			if (!search.name.len || !is_judged(&r, &s->selector))
				continue;
			selector_visit(r.manifests, &s->selector, s->object->space, has_port,
				       &search);
			if (!search.selected)
				continue; /* told by OBJ-SERVICE-DANGLING */
			r.judged = true;
			if (!search.found)
				result = relations_fault(&r, s->object, &s->ports[j].spot,
							 "no container of the pods that it selects "
							 "names a port '%.*s'",
							 STR_FMT(search.name));
		}
	}
	return relations_end(&r, result);
}

/* --- Names --------------------------------------------------------------------------------------- */

static bool has_service_port(const struct service *s, const struct backend *b)
{
	if (!b->port_number && !b->port_name.len)
		return true;
	for (size_t i = 0; i < s->n_ports; i++)
		if (b->port_number ? s->ports[i].number == b->port_number
				   : str_eq(s->ports[i].name, b->port_name))
			return true;
	return false;
}

static int judge_backend(struct relations *r, const struct ingress *ingress,
			 const struct backend *b)
{
	const struct declared *object =
		manifests_find(r->manifests, STR(""), STR("Service"), ingress->object->space->name,
			       b->service, false);

	if (!object)
		return relations_fault(r, ingress->object, &b->spot,
				       "there is no Service '%.*s' among these files",
				       STR_FMT(b->service));
	if (!object->service || has_service_port(object->service, b))
		return 0;
	if (b->port_number)
		return relations_fault(r, ingress->object, &b->spot,
				       "Service '%.*s' has no port %" PRIu64, STR_FMT(b->service),
				       b->port_number);
	return relations_fault(r, ingress->object, &b->spot, "Service '%.*s' has no port '%.*s'",
			       STR_FMT(b->service), STR_FMT(b->port_name));
}

int object_ingress_dangling(struct check_run *run)
{
	struct relations r;
	int result = 0;

	if (!relations_begin(&r, run) || r.manifests->services.len == 0)
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	for (size_t i = 0; i < r.manifests->ingresses.len; i++) {
		const struct ingress *ingress = r.manifests->ingresses.items[i];

		if (!manifests_can_miss(r.manifests, ingress->object->space->name))
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
	struct relations r;
	int result = 0;

	if (!relations_begin(&r, run) || r.manifests->pods.len == 0)
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	for (size_t i = 0; result == 0 && i < r.manifests->autoscalers.len; i++) {
		const struct autoscaler *a = r.manifests->autoscalers.items[i];
		const struct named *t = &a->target;

		if (!t->name.len || !t->kind.len || !manifests_can_miss(r.manifests, t->ns))
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
	struct relations r;
	int result = 0;

	if (!relations_begin(&r, run))
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
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
	struct relations r;
	int result = 0;

	if (!relations_begin(&r, run))
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	for (size_t i = 0; i < r.manifests->pods.len; i++) {
		const struct pods *pods = r.manifests->pods.items[i];

		for (size_t j = 0; result == 0 && j < pods->n_references; j++)
			result = judge_reference(&r, pods, &pods->references[j]);
	}
	return relations_end(&r, result);
}

int object_duplicate(struct check_run *run)
{
	struct relations r;
	int result = 0;

	if (!relations_begin(&r, run))
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	r.judged = true;
	for (size_t i = 0; result == 0 && i < r.manifests->duplicates.len; i++) {
		const struct duplicate *d = &r.manifests->duplicates.items[i];

		result = relations_fault(&r, d->again, NULL,
					 "is declared before, at %.*s:%" PRIu32
					 ": the one applied last wins",
					 STR_FMT(d->first->path), d->first->line);
	}
	return relations_end(&r, result);
}
