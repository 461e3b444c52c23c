/* Annotations that waive: see object_waivers.h. */
#include "base/compat.h"

#include "engine/object_waivers.h"

#include "base/vec.h"
#include "core/check.h"
#include "core/workload.h"

/* Annotations of one object that are looked at: more are no honest manifest's. */
enum { MAX_WAIVERS = 256 };

struct reading {
	struct arena *arena;
	VEC(struct object_waiver) list;
	int status;
};

/* A name is waived by an annotation; what says why may be empty. */
static void add(struct reading *rd, struct str name, struct str key, struct str why)
{
	struct object_waiver *w;

	name = str_trim(name);
	why = str_trim(why);
	if (!name.len || rd->status < 0 || rd->list.len == MAX_WAIVERS)
		return;
	w = vec_add(&rd->list);
	if (!w) {
		rd->status = -ENOMEM;
		return;
	}
	w->name = name;
	w->reason = arena_printf(rd->arena, "annotation %.*s%s%.*s", STR_FMT(key),
				 why.len ? ": " : "", STR_FMT(why));
	if (!w->reason.ptr)
		rd->status = -ENOMEM;
}

static void read_annotation(struct reading *rd, struct str key, struct str value)
{
	static const struct str ours = {"ignore.cscplate.io/", 19},
				linter = {"ignore-check.kube-linter.io/", 28},
				checkov = {"checkov.io/skip", 15};
	struct str rest = value, name;

	if (str_starts(key, ours)) {
		/* Ours want a reason: without one nothing is waived. */
		if (str_trim(value).len)
			add(rd, str_from_offset(key, ours.len), key, value);
	} else if (str_starts(key, linter)) {
		add(rd, str_from_offset(key, linter.len), key, value);
	} else if (str_eq(key, STR("kube-linter.io/ignore-all"))) {
		/* So sweeping a word wants a reason, too. */
		if (str_trim(value).len)
			add(rd, STR("*"), key, value);
	} else if (str_starts(key, checkov)) {
		str_split(&rest, '=', &name);
		add(rd, name, key, rest.ptr ? rest : STR(""));
	} else if (str_eq(key, STR("kube-score/ignore"))) {
		while (str_split(&rest, ',', &name))
			add(rd, name, key, STR(""));
	}
}

static void read_annotations(struct reading *rd, const struct yaml_node *annotations)
{
	for (size_t i = 0; annotations && annotations->kind == YAML_MAPPING && i < annotations->n;
	     i++)
		if (annotations->pairs[i].value->kind == YAML_SCALAR)
			read_annotation(rd, annotations->pairs[i].key->text,
					annotations->pairs[i].value->text);
}

int object_waivers_read(const struct object *object, struct arena *arena,
			struct object_waivers *ret)
{
	struct reading rd = {.arena = arena};
	struct object_waiver *items = NULL;

	*ret = (struct object_waivers){0};
	read_annotations(&rd, object->annotations);
	if (object->workload && object->workload->template)
		read_annotations(&rd, object->workload->annotations);
	if (rd.list.len && rd.status == 0) {
		items = arena_calloc(arena, rd.list.len, sizeof(*items));
		if (items)
			memcpy(items, rd.list.items, rd.list.len * sizeof(*items));
		else
			rd.status = -ENOMEM;
		*ret = (struct object_waivers){items, items ? rd.list.len : 0};
	}
	vec_release(&rd.list);
	return rd.status;
}

int object_waivers_copy(const struct object_waivers *waivers, struct arena *arena,
			struct object_waivers *ret)
{
	struct object_waiver *items = arena_calloc(arena, waivers->n, sizeof(*items));

	if (!items)
		return -ENOMEM;
	for (size_t i = 0; i < waivers->n; i++) {
		items[i].name = arena_str(arena, waivers->items[i].name);
		items[i].reason = arena_str(arena, waivers->items[i].reason);
		if (!items[i].name.ptr || !items[i].reason.ptr)
			return -ENOMEM;
	}
	*ret = (struct object_waivers){items, waivers->n};
	return 0;
}

static bool is_called(const struct check *check, struct str name)
{
	struct str rest = str_from(check->aliases), alias;

	if (str_eq_nocase(name, str_from(check->id)))
		return true;
	while (check->aliases && str_next_word(&rest, &alias))
		if (str_eq_nocase(name, alias))
			return true;
	return false;
}

struct str object_waiver_reason(const struct object_waivers *waivers, const struct finding *f)
{
	for (size_t i = 0; i < waivers->n; i++)
		if (str_eq(waivers->items[i].name, STR("*")) ||
		    is_called(f->check, waivers->items[i].name))
			return waivers->items[i].reason;
	return STR("");
}
