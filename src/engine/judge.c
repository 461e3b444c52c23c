/* Running rows on objects: see judge.h. */
#include "base/compat.h"

#include "engine/judge.h"

#include "base/map.h"
#include "base/vec.h"
#include "checks/checks.h"
#include "checks/inputs.h"
#include "core/manifests.h"
#include "engine/object_waivers.h"
#include "manifest/manifest.h"

struct judge {
	const struct judge_options *options;
	judge_fn *take;
	void *arg;
	struct finding_sink sink;
	struct arena words; /* of the findings of one object */
	struct arena kept;  /* until the end */

	VEC(struct judge_row) rows;
	struct judge_row *row;	       /* that is running */
	struct object_waivers waivers; /* of the object that is judged */
	bool malformed;		       /* something in it has a wrong type */
	bool finishing;		       /* rows about relations are running */
	/* Of objects, for findings about relations: that they were asked about, and what they waive. Path, NUL and
	 * title → struct object_waivers; only when any is needed. */
	struct map remembered;
	bool filtered; /* by kind or namespace */

	struct manifests manifests;
	VEC(struct str) customs;
	struct map custom_names;
	size_t n_objects, n_judged;
};

/* --- Findings ------------------------------------------------------------------------------------ */

/* What findings of relations are looked up by; in words. .ptr is NULL when out of memory. */
static struct str key_of(struct judge *j, struct str path, struct str title)
{
	char *key = arena_alloc(&j->words, path.len + 1 + title.len), *end = key;

	if (!key)
		return STR_NULL;
	if (path.len)
		end = mempcpy(end, path.ptr, path.len);
	*end++ = '\0';
	if (title.len)
		end = mempcpy(end, title.ptr, title.len);
	return str_from_range(key, end);
}

static int remember(struct judge *j, const struct object *object, struct str title)
{
	struct object_waivers *item;
	struct str key;
	void **slot;

	if (!j->filtered && !j->waivers.n)
		return 0;
	key = key_of(j, object->path, title);
	item = arena_new(&j->kept, struct object_waivers);
	if (!key.ptr || !item || object_waivers_copy(&j->waivers, &j->kept, item) < 0)
		return -ENOMEM;
	key = arena_str(&j->kept, key);
	slot = key.ptr ? map_slot(&j->remembered, key) : NULL;
	if (!slot)
		return -ENOMEM;
	*slot = item;
	return 0;
}

static int take_finding(struct finding_sink *sink, const struct finding *f)
{
	struct judge *j = (struct judge *)((char *)sink - offsetof(struct judge, sink));
	const struct object_waivers *waivers = &j->waivers;
	struct str waived = STR("");

	if (j->finishing && f->subject.kind == SUBJECT_OBJECT &&
	    (j->filtered || j->remembered.len)) {
		struct str key = key_of(j, f->where.path, f->subject.name);
		const struct object_waivers *item = key.ptr ? map_get(&j->remembered, key) : NULL;

		if (!key.ptr)
			return -ENOMEM;
		if (!item && j->filtered)
			return 0;
		if (item)
			waivers = item;
	}
	/* A precondition that is met (emit_met()) is no answer, and so no pass. */
	j->row->n[f->outcome == OUTCOME_PASS && f->severity == SEVERITY_NONE
			  ? OUTCOME_NOT_APPLICABLE
			  : f->outcome]++;
	if (f->outcome == OUTCOME_PASS || f->outcome == OUTCOME_NOT_APPLICABLE)
		return 0;
	if (waivers->n)
		waived = object_waiver_reason(waivers, f);
	return j->take(j->arg, f, (size_t)(j->row - j->rows.items), waived);
}

static void take_tally(struct finding_sink *sink, const struct check *check, enum outcome outcome)
{
	struct judge *j = (struct judge *)((char *)sink - offsetof(struct judge, sink));

	(void)check; /* it is the running one */
	/* What an object has in the wrong type reads as if it were not there: that makes no pass. */
	if (outcome == OUTCOME_PASS && j->malformed)
		outcome = OUTCOME_UNKNOWN;
	j->row->n[outcome]++;
}

/* --- Rows ---------------------------------------------------------------------------------------- */

/* The rows about objects and manifests; only the standard's when it is all that counts. */
static int choose_rows(struct judge *j)
{
	const struct check *check;

	for (size_t number = 0; (check = check_at(number)); number++) {
		bool standard = strcmp(check_area_of(check)->name, "pss") == 0;
		struct judge_row *row;

		if (check->subject != SUBJECT_OBJECT && check->subject != SUBJECT_MANIFESTS)
			continue;
		if (j->options->pss.alone && !standard && !check->always)
			continue;
		row = vec_add(&j->rows);
		if (!row)
			return -ENOMEM;
		*row = (struct judge_row){.check = check, .number = number};
	}
	return 0;
}

/* Runs the rows that are about such a subject. */
static int run_rows(struct judge *j, struct subject subject, const void *input)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < j->rows.len; i++) {
		struct check_run run = {.check = j->rows.items[i].check,
					.subject = subject,
					.input = input,
					.sink = &j->sink};

		if (run.check->subject != subject.kind)
			continue;
		j->row = &j->rows.items[i];
		r = run.check->run(&run);
	}
	return r;
}

/* --- Objects ------------------------------------------------------------------------------------- */

/* The groups of Kubernetes' own API; all that came later end in its domain. */
static bool is_built_in(struct str group)
{
	static const char *const groups[] = {"",       "apps",	    "batch", "autoscaling",
					     "policy", "extensions"};

	for (size_t i = 0; i < ARRAY_LEN(groups); i++)
		if (str_eq(group, str_from(groups[i])))
			return true;
	return str_ends(group, STR(".k8s.io"));
}

static int note_custom(struct judge *j, const struct object *object)
{
	ssize_t slash = str_find_char(object->api_version, '/');
	struct str group = str_sub(object->api_version, 0, slash < 0 ? 0 : (size_t)slash);
	struct str kind, *item;
	void **slot;

	if (object->origin != ORIGIN_KUBERNETES || object->workload || is_built_in(group) ||
	    map_get(&j->custom_names, object->kind))
		return 0;
	kind = arena_str(&j->kept, object->kind);
	slot = kind.ptr ? map_slot(&j->custom_names, kind) : NULL;
	item = slot ? vec_add(&j->customs) : NULL;
	if (!item)
		return -ENOMEM;
	*slot = (void *)kind.ptr;
	*item = kind;
	return 0;
}

static bool is_one_of(struct str word, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq_nocase(word, str_from(words[i])))
			return true;
	return n == 0;
}

/* Is it asked about? What says no namespace goes to "default", as kubectl has it, if it is of a kind that has
 * namespaces at all. */
static bool is_wanted(const struct judge_options *o, const struct object *object)
{
	if (!is_one_of(object->kind, o->kinds, o->n_kinds))
		return false;
	if (!o->n_namespaces)
		return true;
	return !object_is_cluster_wide(object) &&
	       is_one_of(object->ns.len ? object->ns : STR("default"), o->namespaces,
			 o->n_namespaces);
}

static int judge_wanted(struct judge *j, const struct object *object)
{
	const struct object_input input = {
		.object = object, .pss = j->options->pss, .target_minor = j->options->target_minor};
	const struct subject subject = {.kind = SUBJECT_OBJECT,
					.name = object_title(object, &j->words)};
	int r = subject.name.ptr ? 0 : -ENOMEM;

	j->n_judged++;
	j->malformed = object->n_malformed > 0;
	if (r == 0 && !j->options->no_annotations)
		r = object_waivers_read(object, &j->words, &j->waivers);
	if (r == 0)
		r = remember(j, object, subject.name);
	if (r == 0)
		r = run_rows(j, subject, &input);
	j->waivers = (struct object_waivers){0};
	j->malformed = false;
	arena_reset(&j->words);
	return r;
}

int judge_object(struct judge *j, const struct object *object)
{
	int r = manifests_add(&j->manifests, object);

	j->n_objects++;
	if (r == 0)
		r = note_custom(j, object);
	return r == 0 && is_wanted(j->options, object) ? judge_wanted(j, object) : r;
}

int judge_finish(struct judge *j, const struct judge_gaps *gaps)
{
	const struct manifests_input input = {.manifests = &j->manifests,
					      .n_objects = j->n_objects,
					      .n_judged = j->n_judged,
					      .unreadable = gaps->unreadable,
					      .n_unreadable = gaps->n_unreadable,
					      .templates = gaps->templates,
					      .n_templates = gaps->n_templates};
	const struct subject subject = {.kind = SUBJECT_MANIFESTS, .name = STR("manifests")};

	j->finishing = true;
	return run_rows(j, subject, &input);
}

/* --- The judge ----------------------------------------------------------------------------------- */

int judge_new(const struct judge_options *options, judge_fn *take, void *arg, struct judge **ret)
{
	_cleanup_judge_ struct judge *j = calloc(1, sizeof(*j));

	if (!j)
		return -ENOMEM;
	j->options = options;
	j->take = take;
	j->arg = arg;
	j->manifests = MANIFESTS_INIT;
	j->filtered = options->n_kinds || options->n_namespaces;
	j->sink = (struct finding_sink){
		.arena = &j->words, .take = take_finding, .tally = take_tally};
	if (choose_rows(j) < 0)
		return -ENOMEM;
	*ret = TAKE_PTR(j);
	return 0;
}

void judge_free(struct judge *j)
{
	if (!j)
		return;
	arena_release(&j->words);
	arena_release(&j->kept);
	vec_release(&j->rows);
	vec_release(&j->customs);
	map_release(&j->remembered);
	map_release(&j->custom_names);
	manifests_release(&j->manifests);
	free(j);
}

const struct judge_row *judge_rows(const struct judge *j, size_t *ret_n)
{
	*ret_n = j->rows.len;
	return j->rows.items;
}

size_t judge_n_objects(const struct judge *j)
{
	return j->n_judged;
}

const struct str *judge_customs(const struct judge *j, size_t *ret_n)
{
	*ret_n = j->customs.len;
	return j->customs.items;
}
