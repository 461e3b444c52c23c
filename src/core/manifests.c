/* Objects remembered for what they say of each other: see manifests.h. */
#include "base/compat.h"

#include "core/manifests.h"
#include "core/manifests_build.h"

void manifests_release(struct manifests *m)
{
	vec_release(&m->pods);
	vec_release(&m->services);
	vec_release(&m->ingresses);
	vec_release(&m->policies);
	vec_release(&m->budgets);
	vec_release(&m->autoscalers);
	vec_release(&m->bindings);
	vec_release(&m->namespaces);
	vec_release(&m->duplicates);
	for (size_t i = 0; i < m->spaces.len; i++)
		map_release(&m->spaces.items[i]->labels);
	map_release(&m->anywhere.labels);
	vec_release(&m->spaces);
	map_release(&m->strings);
	map_release(&m->space_map);
	map_release(&m->kinds);
	map_release(&m->names);
	map_release(&m->files);
	buf_release(&m->scratch);
	arena_release(&m->arena);
	*m = MANIFESTS_INIT;
}

struct str manifests_intern(struct manifests *m, struct str s)
{
	const char *known = map_get(&m->strings, s);
	void **slot;
	struct str copy;

	if (known)
		return (struct str){known, s.len};
	copy = arena_str(&m->arena, s);
	slot = copy.ptr ? map_slot(&m->strings, copy) : NULL;
	if (!slot)
		return STR_NULL;
	*slot = (void *)copy.ptr;
	return copy;
}

/* --- Kinds and namespaces ------------------------------------------------------------------------ */

/*
 * Keys of maps are put together from a head of fixed size and one or two texts. Looking something up takes
 * room on the stack where it is enough, since it is done for every reference.
 */
struct key {
	struct buf large;
	char small[256];
};

#define KEY_INIT      ((struct key){.large = BUF_INIT(SIZE_MAX / 4)})
#define _cleanup_key_ _cleanup_(key_release)

static void key_release(struct key *key)
{
	buf_release(&key->large);
}

/* .ptr is NULL when out of memory. */
static struct str join(struct key *key, const void *head, size_t head_len, struct str a,
		       struct str b)
{
	char *at = key->small;

	if (head_len + a.len + b.len > sizeof(key->small)) {
		buf_clear(&key->large);
		at = buf_reserve(&key->large, head_len + a.len + b.len);
		if (!at)
			return STR_NULL;
	}
	memcpy(at, head, head_len);
	if (a.len)
		memcpy(at + head_len, a.ptr, a.len);
	if (b.len)
		memcpy(at + head_len + a.len, b.ptr, b.len);
	return (struct str){at, head_len + a.len + b.len};
}

static struct str kind_key(struct key *key, struct str group, struct str name)
{
	return join(key, &group.len, sizeof(group.len), group, name);
}

static const struct declared_kind *add_kind(struct manifests *m, struct str group, struct str name)
{
	struct declared_kind *kind = m->last_kind;
	_cleanup_key_ struct key room = KEY_INIT;
	struct str key;
	void **slot;

	if (kind && str_eq(kind->name, name) && str_eq(kind->group, group))
		return kind;
	key = kind_key(&room, group, name);
	kind = key.ptr ? map_get(&m->kinds, key) : NULL;
	if (!kind && key.ptr) {
		kind = arena_new(&m->arena, struct declared_kind);
		key = arena_str(&m->arena, key);
		slot = kind && key.ptr ? map_slot(&m->kinds, key) : NULL;
		if (!slot)
			return NULL;
		*slot = kind;
		kind->group = str_sub(key, sizeof(group.len), group.len);
		kind->name = str_from_offset(key, sizeof(group.len) + group.len);
		kind->index = (uint32_t)m->kinds.len - 1;
	}
	m->last_kind = kind;
	return kind;
}

static struct space *add_space(struct manifests *m, struct str name)
{
	struct space *space = m->last_space, **item;
	void **slot;

	if (space && str_eq(space->name, name))
		return space;
	space = m->last_space = map_get(&m->space_map, name);
	if (space)
		return space;
	space = arena_new(&m->arena, struct space);
	item = space ? vec_add(&m->spaces) : NULL;
	if (!item)
		return NULL;
	*item = space;
	space->index = (uint32_t)m->spaces.len - 1;
	space->name = arena_str(&m->arena, name);
	slot = space->name.ptr ? map_slot(&m->space_map, space->name) : NULL;
	if (!slot)
		return NULL;
	*slot = space;
	m->last_space = space;
	return space;
}

bool manifests_can_miss(const struct manifests *m, struct str ns)
{
	size_t n_nameless = map_get(&m->space_map, STR("")) != NULL;

	return ns.len || m->spaces.len == n_nameless;
}

/* --- Objects by name ----------------------------------------------------------------------------- */

/* Kind and namespace by number, then the name: what no name can imitate. */
struct name_head {
	uint32_t kind, space;
};

static struct str name_key(struct key *key, const struct declared_kind *kind,
			   const struct space *space, struct str name)
{
	const struct name_head head = {.kind = kind->index, .space = space->index};

	return join(key, &head, sizeof(head), name, STR(""));
}

int manifests_alias(struct manifests *m, const struct declared *object, struct str group,
		    struct str kind_name, struct str name)
{
	const struct declared_kind *kind = add_kind(m, group, kind_name);
	_cleanup_key_ struct key room = KEY_INIT;
	struct str key = kind ? name_key(&room, kind, object->space, name) : STR_NULL;
	void **slot;

	if (!key.ptr)
		return -ENOMEM;
	if (map_get(&m->names, key))
		return 0;
	key = arena_str(&m->arena, key);
	slot = key.ptr ? map_slot(&m->names, key) : NULL;
	if (!slot)
		return -ENOMEM;
	*slot = (void *)object;
	return 0;
}

/* The same name again: in the folder of another it is a duplicate. */
static int add_again(struct manifests *m, const struct declared *first, struct declared *object,
		     struct str key)
{
	struct str folder = object->folder;
	_cleanup_key_ struct key room = KEY_INIT;
	struct duplicate *duplicate;
	void **slot;

	if (folder.ptr != first->folder.ptr) {
		key = join(&room, &folder.len, sizeof(folder.len), folder, key);
		key = key.ptr ? arena_str(&m->arena, key) : key;
		slot = key.ptr ? map_slot(&m->files, key) : NULL;
		if (!slot)
			return -ENOMEM;
		if (!*slot) {
			*slot = object;
			return 0;
		}
		first = *slot;
	}
	duplicate = vec_add(&m->duplicates);
	if (!duplicate)
		return -ENOMEM;
	*duplicate = (struct duplicate){.first = first, .again = object};
	return 0;
}

/* Stores it under its name, which becomes the end of the key. */
static int add_name(struct manifests *m, struct declared *object, struct str name)
{
	_cleanup_key_ struct key room = KEY_INIT;
	struct str key = name_key(&room, object->kind, object->space, name);
	void **slot;

	key = key.ptr ? arena_str(&m->arena, key) : key;
	slot = key.ptr ? map_slot(&m->names, key) : NULL;
	if (!slot)
		return -ENOMEM;
	object->name = str_from_offset(key, key.len - name.len);
	if (*slot)
		return add_again(m, *slot, object, key);
	*slot = object;
	return 0;
}

const struct declared *manifests_find(const struct manifests *m, struct str group,
				      struct str kind_name, struct str ns, struct str name,
				      bool cluster)
{
	_cleanup_key_ struct key room = KEY_INIT;
	struct str key = kind_key(&room, group, kind_name);
	const struct declared_kind *kind = key.ptr ? map_get(&m->kinds, key) : NULL;
	const struct declared *found = NULL;
	const struct str spaces[2] = {cluster ? STR("") : ns, STR("")};

	for (size_t i = 0; kind && !found && i < ARRAY_LEN(spaces); i++) {
		const struct space *space = map_get(&m->space_map, spaces[i]);

		key = space ? name_key(&room, kind, space, name) : STR_NULL;
		found = key.ptr ? map_get(&m->names, key) : NULL;
	}
	return found;
}

/* --- Labels of pods ------------------------------------------------------------------------------ */

/* The length of the label's key, the key, the value. */
static struct str label_key(struct key *room, struct str key, struct str value)
{
	return join(room, &key.len, sizeof(key.len), key, value);
}

struct str manifests_label_key(struct manifests *m, struct str key, struct str value)
{
	_cleanup_key_ struct key room = KEY_INIT;
	struct str text = label_key(&room, key, value);

	return text.ptr ? arena_str(&m->arena, text) : text;
}

static struct label *find_label(struct manifests *m, struct space *space, struct str key,
				struct str value)
{
	_cleanup_key_ struct key room = KEY_INIT;
	struct str text = label_key(&room, key, value);
	struct label *label = text.ptr ? map_get(&space->labels, text) : NULL;
	void **slot;

	if (label || !text.ptr)
		return label;
	label = arena_new(&m->arena, struct label);
	text = arena_str(&m->arena, text);
	slot = label && text.ptr ? map_slot(&space->labels, text) : NULL;
	if (!slot)
		return NULL;
	*slot = label;
	label->key = str_sub(text, sizeof(key.len), key.len);
	label->value = str_from_offset(text, sizeof(key.len) + key.len);
	return label;
}

const struct label *manifests_add_label(struct manifests *m, struct space *space, struct str key,
					struct str value, const struct pods *pods)
{
	struct label *label = find_label(m, space, key, value);
	struct label_pods *entry = label ? arena_new(&m->arena, struct label_pods) : NULL;

	if (!entry)
		return NULL;
	*entry = (struct label_pods){.next = label->first, .pods = pods};
	label->first = entry;
	label->n++;
	return label;
}

int manifests_want_anywhere(struct manifests *m)
{
	if (m->wants_anywhere)
		return 0;
	m->wants_anywhere = true;
	for (size_t i = 0; i < m->pods.len; i++) {
		const struct pods *pods = m->pods.items[i];

		for (size_t j = 0; pods->object->space->name.len && j < pods->n_labels; j++)
			if (!manifests_add_label(m, &m->anywhere, pods->labels[j]->key,
						 pods->labels[j]->value, pods))
				return -ENOMEM;
	}
	return 0;
}

/* --- Selectors ----------------------------------------------------------------------------------- */

bool selector_spend(uint64_t *steps, size_t n, struct str text)
{
	uint64_t price = (uint64_t)n * (1 + text.len / SELECTOR_STEP);

	if (*steps < price) {
		*steps = 0;
		return false;
	}
	*steps -= price;
	return true;
}

static bool has_value(struct text_list values, struct str value)
{
	for (size_t i = 0; i < values.n; i++)
		if (str_eq(values.items[i], value))
			return true;
	return false;
}

/* 1, 0 or -E2BIG. */
static int requirement_holds(const struct requirement *r, const struct pods *pods, uint64_t *steps)
{
	const struct label *label = NULL;

	if (!selector_spend(steps, pods->n_labels, r->key))
		return -E2BIG;
	for (size_t i = 0; !label && i < pods->n_labels; i++)
		if (str_eq(pods->labels[i]->key, r->key))
			label = pods->labels[i];
	if (label && !selector_spend(steps, r->values.n, label->value))
		return -E2BIG;
	switch (r->op) {
	case SELECTOR_IN:
		return label && has_value(r->values, label->value);
	case SELECTOR_NOT_IN:
		return !label || !has_value(r->values, label->value);
	case SELECTOR_EXISTS:
		return label != NULL;
	case SELECTOR_DOES_NOT_EXIST:
		return label == NULL;
	}
	return 0;
}

int selector_matches(const struct selector *selector, const struct pods *pods, uint64_t *steps)
{
	int r = 1;

	for (size_t i = 0; r > 0 && i < selector->n; i++)
		r = requirement_holds(&selector->requirements[i], pods, steps);
	return r;
}

/*
 * The rarest label that pods must have to match, among those that leave no choice: 1, 0 when no pod has one of
 * them, or -E2BIG. *ret is NULL when there are none such, and all pods are to be looked at.
 */
static int rarest_label(const struct selector *selector, const struct space *space, uint64_t *steps,
			const struct label **ret)
{
	*ret = NULL;
	for (size_t i = 0; i < selector->n; i++) {
		const struct requirement *r = &selector->requirements[i];
		const struct label *label;

		if (!selector_spend(steps, 1, r->label))
			return -E2BIG;
		if (!r->label.len)
			continue;
		label = map_get(&space->labels, r->label);
		if (!label)
			return 0;
		if (!*ret || label->n < (*ret)->n)
			*ret = label;
	}
	return 1;
}

struct visit {
	const struct manifests *manifests;
	const struct selector *selector;
	pods_fn *visit;
	void *arg;
	uint64_t *steps;
};

static int visit_pods(const struct visit *v, const struct pods *pods)
{
	int r = selector_spend(v->steps, 1, STR("")) ? selector_matches(v->selector, pods, v->steps)
						     : -E2BIG;

	return r > 0 ? v->visit(v->arg, pods, v->steps) : r;
}

static int visit_space(const struct visit *v, const struct space *space)
{
	const struct manifests *m = v->manifests;
	const struct label *rarest;
	int r = rarest_label(v->selector, space, v->steps, &rarest);

	if (r <= 0)
		return r;
	r = 0;
	if (rarest) {
		for (const struct label_pods *l = rarest->first; r == 0 && l; l = l->next)
			r = visit_pods(v, l->pods);
		return r;
	}
	for (const struct pods *p = space->first; r == 0 && p; p = p->next)
		r = visit_pods(v, p);
	for (size_t i = 0; r == 0 && space == &m->anywhere && i < m->pods.len; i++)
		if (m->pods.items[i]->object->space->name.len)
			r = visit_pods(v, m->pods.items[i]);
	return r;
}

int selector_visit(const struct manifests *m, const struct selector *selector,
		   const struct space *space, uint64_t *steps, pods_fn *visit, void *arg)
{
	const struct visit v = {m, selector, visit, arg, steps};
	const struct space *nameless = map_get(&m->space_map, STR(""));
	int r = visit_space(&v, space->name.len ? space : &m->anywhere);

	return r == 0 && nameless ? visit_space(&v, nameless) : r;
}

/* --- Adding -------------------------------------------------------------------------------------- */

static struct str folder_of(struct str path)
{
	ssize_t slash = str_rfind_char(path, '/');

	return str_sub(path, 0, slash < 0 ? 0 : (size_t)slash);
}

/* Objects of one file come one after the other. */
static int set_path(struct manifests *m, struct str path)
{
	if (m->path.ptr && str_eq(m->path, path))
		return 0;
	m->path = manifests_intern(m, path);
	m->folder = manifests_intern(m, folder_of(path));
	return m->path.ptr && m->folder.ptr ? 0 : -ENOMEM;
}

struct declared *manifests_declare(struct manifests *m, const struct declaration *object)
{
	struct declared *declared = arena_new(&m->arena, struct declared);

	m->anywhere.index = UINT32_MAX;
	if (!declared || set_path(m, object->path) < 0)
		return NULL;
	*declared = (struct declared){
		.kind = add_kind(m, object->group, object->kind),
		.space = add_space(m, object->ns),
		.path = m->path,
		.folder = m->folder,
	};
	if (!declared->kind || !declared->space)
		return NULL;
	if (object->root) {
		declared->line = object->root->line;
		declared->column = object->root->column;
	}
	if (object->referable) {
		if (add_name(m, declared, object->name) < 0)
			return NULL;
	} else {
		declared->name = arena_str(&m->arena, object->name);
		if (!declared->name.ptr)
			return NULL;
	}
	m->n_objects++;
	return declared;
}
