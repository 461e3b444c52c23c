/* Findings about objects, grouped: see object_groups.h. */
#include "base/compat.h"

#include "report/object_groups.h"

#include "base/map.h"
#include "base/vec.h"
#include "core/check.h"

static int compare_uint(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static bool same_object(const struct finding *a, const struct finding *b)
{
	return str_eq(a->subject.name, b->subject.name) && str_eq(a->where.path, b->where.path);
}

/* Where objects of a result come from is their order: by file and line. */
static int compare_objects(const struct finding *a, const struct finding *b)
{
	int r = str_cmp(a->where.path, b->where.path);

	return r ? r : str_cmp(a->subject.name, b->subject.name);
}

/* Would the two read the same but for the object's name and place? */
static bool same_fault(const struct finding *a, const struct finding *b)
{
	return a->check == b->check && a->severity == b->severity && a->gates == b->gates &&
	       str_eq(a->message, b->message) && str_eq(a->where.field, b->where.field) &&
	       str_eq(a->edit, b->edit);
}

static bool same_faults(const struct object_group *group, const struct finding *const *findings,
			size_t n)
{
	if (group->n_findings != n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!same_fault(group->findings[i], findings[i]))
			return false;
	return true;
}

/* Equal for equal faults; in this process only. */
static uint64_t hash_faults(const struct finding *const *findings, size_t n)
{
	uint64_t hash = n;

	for (size_t i = 0; i < n; i++) {
		const struct finding *f = findings[i];

		hash = hash * UINT64_C(0x9e3779b97f4a7c15) + (uintptr_t)f->check;
		hash = hash * UINT64_C(0x9e3779b97f4a7c15) + str_hash(f->message);
		hash = hash * UINT64_C(0x9e3779b97f4a7c15) + str_hash(f->where.field);
	}
	return hash;
}

struct grouping {
	struct arena *arena;
	struct object_groups *groups;
	struct map by_hash; /* eight bytes of hash → the first group of it, index + 1 */
	struct hashed {
		uint64_t hash;
		size_t next; /* index + 1 of the next group of that hash */
		const struct finding **others;
		size_t cap;
	} * hashed;
};

static int add_other(struct grouping *g, size_t index, const struct finding *first)
{
	struct object_group *group = &g->groups->items[index];
	struct hashed *h = &g->hashed[index];

	if (group->n_others == h->cap) {
		size_t cap = h->cap ? 2 * h->cap : 8;
		const struct finding **bigger = arena_calloc(g->arena, cap, sizeof(*bigger));

		if (!bigger)
			return -ENOMEM;
		if (h->cap)
			memcpy(bigger, h->others, h->cap * sizeof(*bigger));
		h->others = bigger;
		h->cap = cap;
		group->others = bigger;
	}
	h->others[group->n_others++] = first;
	return 0;
}

/* The findings of one object: a group of their own, or one more object of a group. */
static int add_object(struct grouping *g, const struct finding *const *findings, size_t n)
{
	struct object_groups *groups = g->groups;
	struct hashed *h = &g->hashed[groups->len];
	struct object_group *group = &groups->items[groups->len];
	struct str key;
	void **slot;

	h->hash = hash_faults(findings, n);
	key = (struct str){(const char *)&h->hash, sizeof(h->hash)};
	slot = map_slot(&g->by_hash, key);
	if (!slot)
		return -ENOMEM;
	groups->n_objects++;
	for (size_t i = (uintptr_t)*slot; i; i = g->hashed[i - 1].next)
		if (same_faults(&groups->items[i - 1], findings, n))
			return add_other(g, i - 1, findings[0]);
	h->next = (uintptr_t)*slot;
	*slot = (void *)(uintptr_t)(groups->len + 1);
	*group = (struct object_group){
		.findings = findings, .n_findings = n, .worst = findings[0]->severity};
	for (size_t i = 0; i < n; i++) {
		group->by_severity[findings[i]->severity]++;
		group->gates |= findings[i]->gates;
	}
	groups->len++;
	return 0;
}

/* Worst first: by the numbers of findings from the highest severity down, then by place. */
static int compare_groups(const void *a_, const void *b_)
{
	const struct object_group *a = a_, *b = b_;
	int r;

	if (a->gates != b->gates)
		return a->gates ? -1 : 1;
	for (size_t s = SEVERITY_MAX_; s-- > 0;)
		if ((r = compare_uint(b->by_severity[s], a->by_severity[s])))
			return r;
	if ((r = compare_uint(b->n_others, a->n_others)))
		return r;
	return compare_objects(a->findings[0], b->findings[0]);
}

/* An object, and where its findings go in the array of all. */
struct told_object {
	const struct finding *first;
	size_t n, begin;
	struct told_object *next; /* of the same name, in another file */
};

VEC_TYPE(told_objects, struct told_object *);

/* The object that a finding is about; new when it is the first. NULL when out of memory. */
static struct told_object *find_object(struct arena *arena, struct map *by_name,
				       struct told_objects *list, const struct finding *f)
{
	void **slot = map_slot(by_name, f->subject.name);
	struct told_object *object, **item;

	if (!slot)
		return NULL;
	for (object = *slot; object; object = object->next)
		if (same_object(object->first, f))
			return object;
	object = arena_new(arena, struct told_object);
	item = object ? vec_add(list) : NULL;
	if (!item)
		return NULL;
	*object = (struct told_object){.first = f, .next = *slot};
	*slot = *item = object;
	return object;
}

/* Brings the findings of each object together. */
static int sort_by_object(struct arena *arena, const struct finding *const *findings, size_t n,
			  const struct finding **to, struct told_objects *list)
{
	_cleanup_map_ struct map by_name = MAP_INIT;
	struct told_object **objects = arena_calloc(arena, n, sizeof(*objects));
	size_t begin = 0;

	if (!objects)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		objects[i] = find_object(arena, &by_name, list, findings[i]);
		if (!objects[i])
			return -ENOMEM;
		objects[i]->n++;
	}
	for (size_t i = 0; i < list->len; i++) {
		list->items[i]->begin = begin;
		begin += list->items[i]->n;
		list->items[i]->n = 0;
	}
	for (size_t i = 0; i < n; i++)
		to[objects[i]->begin + objects[i]->n++] = findings[i];
	return 0;
}

int object_groups_make(struct arena *arena, const struct finding *const *findings, size_t n,
		       struct object_groups *ret)
{
	struct grouping g = {.arena = arena, .groups = ret, .by_hash = MAP_INIT};
	const struct finding **sorted = arena_calloc(arena, n, sizeof(*sorted));
	struct told_objects list = {0};
	int r = -ENOMEM;

	*ret = (struct object_groups){.n_findings = n};
	if (sorted)
		r = sort_by_object(arena, findings, n, sorted, &list);
	ret->items = arena_calloc(arena, list.len, sizeof(*ret->items));
	g.hashed = arena_calloc(arena, list.len, sizeof(*g.hashed));
	if (r == 0 && (!ret->items || !g.hashed))
		r = -ENOMEM;
	for (size_t i = 0; r == 0 && i < list.len; i++)
		r = add_object(&g, sorted + list.items[i]->begin, list.items[i]->n);
	map_release(&g.by_hash);
	vec_release(&list);
	if (r == 0 && ret->len > 1)
		qsort(ret->items, ret->len, sizeof(*ret->items), compare_groups);
	return r;
}

/* --- By fault ------------------------------------------------------------------------------------ */

static int compare_faults(const void *a_, const void *b_)
{
	const struct fault_group *a = a_, *b = b_;
	const struct finding *x = a->findings[0], *y = b->findings[0];
	int r;

	if (x->gates != y->gates)
		return x->gates ? -1 : 1;
	if (x->severity != y->severity)
		return x->severity > y->severity ? -1 : 1;
	if ((r = compare_uint(b->n_findings, a->n_findings)))
		return r;
	return strcmp(x->check->id, y->check->id);
}

int fault_groups_make(struct arena *arena, const struct finding *const *findings, size_t n,
		      struct fault_groups *ret)
{
	size_t n_groups = n > 0;

	for (size_t i = 1; i < n; i++)
		n_groups += findings[i]->check != findings[i - 1]->check ||
			    findings[i]->severity != findings[i - 1]->severity;
	*ret = (struct fault_groups){.items = arena_calloc(arena, n_groups, sizeof(*ret->items))};
	if (!ret->items)
		return -ENOMEM;
	for (size_t begin = 0, end; begin < n; begin = end) {
		struct fault_group *group = &ret->items[ret->len++];

		*group = (struct fault_group){.findings = findings + begin, .n_objects = 1};
		for (end = begin + 1; end < n && findings[end]->check == findings[begin]->check &&
				      findings[end]->severity == findings[begin]->severity;
		     end++)
			group->n_objects += !same_object(findings[end - 1], findings[end]);
		group->n_findings = end - begin;
	}
	if (ret->len > 1)
		qsort(ret->items, ret->len, sizeof(*ret->items), compare_faults);
	return 0;
}
