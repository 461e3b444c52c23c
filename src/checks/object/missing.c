/* What every namespace or workload should have beside it: a NetworkPolicy, a disruption budget, a quota. */
#include "base/compat.h"

#include "checks/emit.h"
#include "checks/object/object.h"
#include "checks/object/relations.h"

/* --- Network policies ---------------------------------------------------------------------------- */

/* What something selects: workloads, by their index, and whole namespaces. */
struct marks {
	bool *pods, *spaces;
	bool everything;
	bool nameless; /* what says no namespace: it may be in one of those marked */
};

static void marks_release(struct marks *marks)
{
	free(marks->pods);
	free(marks->spaces);
}

static int marks_init(struct marks *marks, const struct manifests *m)
{
	marks->pods = calloc(m->pods.len + 1, sizeof(*marks->pods));
	marks->spaces = calloc(m->spaces.len + 1, sizeof(*marks->spaces));
	return marks->pods && marks->spaces ? 0 : -ENOMEM;
}

static int mark(void *arg, const struct pods *pods, uint64_t *steps)
{
	bool *marks = arg;

	marks[pods->index] = true;
	return 0;
}

/*
 * Marks what a selector selects. One for all pods of a namespace marks that, and not each of them: many such
 * would take as long as there are pods, each. So does an unclear one, which could be for any: it is told of,
 * and not held against others.
 */
static int mark_selected(struct marks *marks, struct relations *r, const struct selector *selector,
			 const struct space *space)
{
	if (!selector->unclear && selector->n)
		return selector_visit(r->manifests, selector, space, &r->steps, mark, marks->pods);
	if (space->name.len)
		marks->nameless = marks->spaces[space->index] = true;
	else
		marks->everything = true;
	return 0;
}

static bool is_marked(const struct marks *marks, const struct pods *pods)
{
	const struct space *space = pods->object->space;

	return marks->everything || marks->pods[pods->index] || marks->spaces[space->index] ||
	       (marks->nameless && !space->name.len);
}

/* Where a person would look: at the namespace itself when it was given, or at one of what is in it. */
static const struct declared *space_object(const struct manifests *m, const struct space *space,
					   const struct declared *other)
{
	const struct declared *ns =
		manifests_find(m, STR(""), STR("Namespace"), STR(""), space->name, true);

	return ns ? ns : other;
}

static int judge_space(struct relations *r, const struct space *space, const struct marks *marks)
{
	const struct declared *first = NULL;
	size_t n = 0;

	if (!space->n_pods)
		return 0;
	r->judged = true;
	for (const struct pods *p = space->first; p; p = p->next)
		if (!is_marked(marks, p)) {
			first = p->object; /* the list begins with the last */
			n++;
		}
	if (n == 0)
		return 0;
	first = space_object(r->manifests, space, first);
	if (!space->name.len)
		return relations_fault(r, first, NULL,
				       "no NetworkPolicy among these files limits who reaches %zu "
				       "workload%s that name%s no namespace",
				       n, plural_s(n), n == 1 ? "s" : "");
	return relations_fault(r, first, NULL,
			       "no NetworkPolicy among these files limits who reaches %zu of %zu "
			       "workload%s in namespace '%.*s'",
			       n, space->n_pods, plural_s(space->n_pods), STR_FMT(space->name));
}

int object_netpol_missing(struct check_run *run)
{
	_cleanup_(marks_release) struct marks marks = {0};
	struct relations r = relations_begin(run);
	const struct manifests *m = r.manifests;
	int result = marks_init(&marks, m);

	for (size_t i = 0; result == 0 && i < m->policies.len; i++)
		if (m->policies.items[i]->ingress)
			result = mark_selected(&marks, &r, &m->policies.items[i]->selector,
					       m->policies.items[i]->object->space);
	for (size_t i = 0; result == 0 && i < m->spaces.len; i++)
		result = judge_space(&r, m->spaces.items[i], &marks);
	return relations_end(&r, result);
}

/* --- Disruption budgets -------------------------------------------------------------------------- */

static bool is_replicated(const struct pods *pods)
{
	struct str kind = pods->object->kind->name;

	return pods->replicas.set && pods->replicas.value > 1 &&
	       (str_eq(kind, STR("Deployment")) || str_eq(kind, STR("StatefulSet")));
}

int object_pdb_missing(struct check_run *run)
{
	_cleanup_(marks_release) struct marks marks = {0};
	struct relations r = relations_begin(run);
	const struct manifests *m = r.manifests;
	int result = marks_init(&marks, m);

	for (size_t i = 0; result == 0 && i < m->budgets.len; i++)
		if (m->budgets.items[i]->selector.present)
			result = mark_selected(&marks, &r, &m->budgets.items[i]->selector,
					       m->budgets.items[i]->object->space);
	for (size_t i = 0; result == 0 && i < m->pods.len; i++) {
		const struct pods *pods = m->pods.items[i];

		if (!is_replicated(pods))
			continue;
		r.judged = true;
		if (!is_marked(&marks, pods))
			result = relations_fault(&r, pods->object, NULL,
						 "no PodDisruptionBudget among these files keeps "
						 "any of its replicas up");
	}
	return relations_end(&r, result);
}

/* --- Quotas -------------------------------------------------------------------------------------- */

int object_namespace_quota(struct check_run *run)
{
	struct relations r = relations_begin(run);
	const struct space *anywhere = map_get(&r.manifests->space_map, STR(""));
	int result = 0;

	for (size_t i = 0; result == 0 && i < r.manifests->namespaces.len; i++) {
		const struct declared *ns = r.manifests->namespaces.items[i];
		const struct space *space = map_get(&r.manifests->space_map, ns->name);
		bool quota = (space && space->has_quota) || (anywhere && anywhere->has_quota);

		/* One that nothing else is declared in gets its objects from elsewhere, quota and all. */
		if (!space || !space->n_pods)
			continue;
		r.judged = true;
		if (!quota)
			result = relations_fault(&r, ns, NULL,
						 "no ResourceQuota among these files limits what "
						 "it may use");
	}
	return relations_end(&r, result);
}
