/*
 * Kubernetes objects: what says apiVersion and kind, as kubectl and the API server decode it. Those that
 * carry a pod have a workload; all others are handed over as they are.
 */
#include "base/compat.h"

#include "manifest/kubernetes.h"
#include "manifest/manifest.h"

/* Where a kind has its pod. */
enum shape {
	SHAPE_POD,	     /* .spec, .metadata */
	SHAPE_SPEC_TEMPLATE, /* .spec.template.spec */
	SHAPE_JOB_TEMPLATE,  /* .spec.jobTemplate.spec.template.spec */
	SHAPE_TEMPLATE,	     /* .template.spec */
};

/* The kinds that carry a pod, and every apiVersion that ever served them (Kubernetes changelogs). */
static const struct kind {
	struct str name;
	enum shape shape;
	const char *versions[4];
} kinds[] = {
	{{"Deployment", 10},
	 SHAPE_SPEC_TEMPLATE,
	 {"apps/v1", "apps/v1beta2", "apps/v1beta1", "extensions/v1beta1"}},
	{{"Pod", 3}, SHAPE_POD, {"v1"}},
	{{"StatefulSet", 11}, SHAPE_SPEC_TEMPLATE, {"apps/v1", "apps/v1beta2", "apps/v1beta1"}},
	{{"DaemonSet", 9}, SHAPE_SPEC_TEMPLATE, {"apps/v1", "apps/v1beta2", "extensions/v1beta1"}},
	{{"ReplicaSet", 10},
	 SHAPE_SPEC_TEMPLATE,
	 {"apps/v1", "apps/v1beta2", "extensions/v1beta1"}},
	{{"ReplicationController", 21}, SHAPE_SPEC_TEMPLATE, {"v1"}},
	{{"Job", 3}, SHAPE_SPEC_TEMPLATE, {"batch/v1", "batch/v2alpha1", "extensions/v1beta1"}},
	{{"CronJob", 7}, SHAPE_JOB_TEMPLATE, {"batch/v1", "batch/v1beta1", "batch/v2alpha1"}},
	{{"PodTemplate", 11}, SHAPE_TEMPLATE, {"v1"}},
};

/* What may be an object: its top, with what the list that it is in says for items without a kind. Members
 * are NULL when they are null or not there. */
struct top {
	const struct yaml_node *root;
	struct str field;
	const struct yaml_node *api_version, *kind, *metadata, *items;
	struct str list_kind, list_api_version;
};

struct source {
	struct str path;
	manifest_fn *take;
	void *arg;
	bool template; /* an object was a template, and not handed over */
};

static bool has_braces(struct str text)
{
	return text.len && memchr(text.ptr, '{', text.len) && str_find(text, STR("{{")) >= 0;
}

static struct top find_top(const struct yaml_node *root, struct str field)
{
	struct top top = {.root = root, .field = field};

	for (uint32_t i = 0; root->kind == YAML_MAPPING && i < root->n; i++) {
		const struct yaml_node *value = root->pairs[i].value;
		struct str key = root->pairs[i].key->text;

		if (reader_is_null(value))
			continue;
		if (key_is(key, STR("apiVersion")))
			top.api_version = value;
		else if (key_is(key, STR("kind")))
			top.kind = value;
		else if (key_is(key, STR("metadata")))
			top.metadata = value;
		else if (key_is(key, STR("items")))
			top.items = value;
	}
	return top;
}

static bool is_text(const struct yaml_node *node)
{
	static const struct reader any = {.yaml_1_1 = true};
	int64_t number;

	return reader_scalar(&any, node, &number) == SCALAR_TEXT;
}

/* --- The workload -------------------------------------------------------------------------------- */

static struct str group_of(struct str api_version)
{
	ssize_t slash = str_find_char(api_version, '/');

	return slash < 0 ? STR("") : str_sub(api_version, 0, (size_t)slash);
}

/* Also for a version that does not exist, or a group of Kubernetes' own that has no such kind: the API
 * server refuses such an object, but it is plain what was meant. */
static const struct kind *find_kind(const struct object *object, bool *ret_served)
{
	static const char *const own[] = {"", "apps", "batch", "extensions"};
	struct str group = group_of(object->api_version);
	const struct kind *kind = NULL;
	bool ours = false, served = false;

	for (size_t i = 0; !kind && i < ARRAY_LEN(kinds); i++)
		if (key_is(object->kind, kinds[i].name))
			kind = &kinds[i];
	for (size_t i = 0; kind && !ours && i < ARRAY_LEN(own); i++)
		ours = str_eq(group, str_from(own[i]));
	if (!ours)
		return NULL;
	for (size_t i = 0; !served && i < ARRAY_LEN(kind->versions) && kind->versions[i]; i++)
		served = str_eq(object->api_version, str_from(kind->versions[i]));
	*ret_served = served;
	return kind;
}

/* Goes down to a mapping that has to be there: 1, or 0 with a row in malformed, or -ENOMEM. */
static int descend(struct reader *reader, struct place *at, struct str key)
{
	const struct yaml_node *value = yaml_get(at->node, key);

	if (!value || reader_is_null(value))
		return MIN(reader_malformed(reader, at, key, -1, at->node,
					    "is not there, a mapping is wanted"),
			   0);
	return reader_mapping(reader, at, key, value, at);
}

/* Leads from the object to what has the pod's metadata and spec. */
static int find_template(struct reader *reader, enum shape shape, struct place *at)
{
	static const struct str steps[][5] = {
		[SHAPE_POD] = {{NULL, 0}},
		[SHAPE_SPEC_TEMPLATE] = {{"spec", 4}, {"template", 8}},
		[SHAPE_JOB_TEMPLATE] = {{"spec", 4},
					{"jobTemplate", 11},
					{"spec", 4},
					{"template", 8}},
		[SHAPE_TEMPLATE] = {{"template", 8}},
	};
	int r = 1;

	for (size_t i = 0; r > 0 && steps[shape][i].len; i++)
		r = descend(reader, at, steps[shape][i]);
	return r;
}

static int read_pod_metadata(struct reader *reader, const struct place *at,
			     struct workload *workload)
{
	static const struct field fields[] = {
		FIELD("labels", read_text_map, struct workload, labels),
		FIELD("annotations", read_text_map, struct workload, annotations),
	};
	const struct yaml_node *value = yaml_get(at->node, STR("metadata"));
	int r;

	if (!value || reader_is_null(value))
		return 0;
	r = reader_mapping(reader, at, STR("metadata"), value, &workload->metadata);
	return r > 0 ? read_fields(reader, &workload->metadata, fields, ARRAY_LEN(fields), workload)
		     : r;
}

static int read_spec(struct reader *reader, const struct place *root, struct workload *workload)
{
	static const struct field fields[] = {
		FIELD("replicas", read_int32, struct workload, replicas),
		FIELD_SELF("minReadySeconds", check_int32),
		FIELD_SELF("revisionHistoryLimit", check_int32),
		FIELD_SELF("progressDeadlineSeconds", check_int32),
		FIELD_SELF("parallelism", check_int32),
		FIELD_SELF("completions", check_int32),
		FIELD_SELF("backoffLimit", check_int32),
		FIELD_SELF("activeDeadlineSeconds", check_int64),
		FIELD_SELF("paused", check_truth),
		FIELD_SELF("suspend", check_truth),
		FIELD_SELF("serviceName", check_text),
	};
	struct place spec = {yaml_get(root->node, STR("spec")), STR(".spec")};

	return read_fields(reader, &spec, fields, ARRAY_LEN(fields), workload);
}

static int read_workload(struct reader *reader, const struct kind *kind, const struct place *root,
			 const struct place *metadata, struct object *object)
{
	struct workload *workload = arena_new(reader->arena, struct workload);
	struct place at = *root;
	int r;

	if (!workload)
		return -ENOMEM;
	workload->template = kind->shape != SHAPE_POD;
	r = find_template(reader, kind->shape, &at);
	if (r > 0 && kind->shape == SHAPE_SPEC_TEMPLATE)
		r = read_spec(reader, root, workload) < 0 ? -ENOMEM : r;
	if (r <= 0)
		return r;
	if (kind->shape == SHAPE_POD) {
		workload->metadata = *metadata;
		workload->labels = object->labels;
		workload->annotations = object->annotations;
	} else {
		r = read_pod_metadata(reader, &at, workload);
		if (r < 0)
			return r;
	}
	r = descend(reader, &at, STR("spec"));
	if (r <= 0)
		return r;
	r = kubernetes_pod(reader, &at, workload);
	if (r < 0)
		return r;
	object->workload = workload;
	return 0;
}

/* --- The object ---------------------------------------------------------------------------------- */

static int read_type(struct reader *reader, const struct place *at, struct str key,
		     const struct yaml_node *value, struct str inherited, struct str *ret)
{
	int r;

	*ret = inherited;
	if (!value)
		return inherited.len ? 0
				     : reader_malformed(reader, at, key, -1, at->node,
							"is not there, text is wanted");
	r = read_str(reader, at, key, value, ret);
	if (r == 0 && ret->len == 0 && is_text(value))
		r = reader_malformed(reader, at, key, -1, value, "is empty");
	return r;
}

static int read_metadata(struct reader *reader, const struct place *at,
			 const struct yaml_node *value, struct place *metadata,
			 struct object *object)
{
	struct names {
		struct object object;
		struct str generate;
	} names = {.object = *object};
	static const struct field fields[] = {
		FIELD("name", read_str, struct names, object.name),
		FIELD("namespace", read_str, struct names, object.ns),
		FIELD("labels", read_text_map, struct names, object.labels),
		FIELD("annotations", read_text_map, struct names, object.annotations),
		FIELD("generateName", read_str, struct names, generate),
	};
	int r;

	if (!value)
		return 0;
	r = reader_mapping(reader, at, STR("metadata"), value, metadata);
	if (r <= 0)
		return r;
	r = read_fields(reader, metadata, fields, ARRAY_LEN(fields), &names);
	if (r < 0)
		return r;
	*object = names.object;
	if (object->name.len == 0)
		object->name = names.generate;
	return 0;
}

/* Where what the API server never takes has braces, somebody is to fill in something first. Not so for an
 * image or an argument: whoever has a cluster judged could hide a pod behind one. */
static bool is_template(const struct reader *reader, const struct object *object)
{
	return reader->template || has_braces(object->api_version) || has_braces(object->kind) ||
	       has_braces(object->name) || has_braces(object->ns);
}

static int take_object(const struct top *top, struct arena *arena, struct source *source)
{
	struct reader reader = READER_INIT(arena, true);
	struct object object = {.origin = ORIGIN_KUBERNETES,
				.path = source->path,
				.root = top->root,
				.field = top->field};
	const struct place at = {top->root, STR("")};
	struct place metadata = {.field = STR(".metadata")};
	const struct kind *kind;
	bool served = true;
	int r = top->root->contested ? reader_contested(&reader, &at) : 0;

	if (r == 0)
		r = read_type(&reader, &at, STR("apiVersion"), top->api_version,
			      top->list_api_version, &object.api_version);
	if (r == 0)
		r = read_type(&reader, &at, STR("kind"), top->kind, top->list_kind, &object.kind);
	if (r == 0)
		r = read_metadata(&reader, &at, top->metadata, &metadata, &object);
	kind = find_kind(&object, &served);
	if (r == 0 && !served && object.api_version.len)
		r = reader_malformed(&reader, &at, STR("apiVersion"), -1, top->api_version,
				     "never had a kind %.*s", STR_FMT(kind->name));
	if (r == 0 && kind)
		r = read_workload(&reader, kind, &at, &metadata, &object);
	if (r < 0)
		return r;
	if (is_template(&reader, &object)) {
		source->template = true;
		return 0;
	}
	object.malformed = reader.malformed;
	object.n_malformed = reader.n_malformed;
	r = source->take(source->arg, &object);
	return MIN(r, 0);
}

/* --- Lists and documents ------------------------------------------------------------------------- */

/* Configuration of programs that looks like an object and is none: what kubectl, kustomize, kubeadm, kind
 * and components of Kubernetes read from files. */
static bool is_configuration(struct str api_version, struct str kind)
{
	struct str group = group_of(api_version);

	return str_ends(group, STR(".config.k8s.io")) || str_eq(group, STR("kubeadm.k8s.io")) ||
	       str_eq(group, STR("kind.x-k8s.io")) ||
	       (str_eq(api_version, STR("v1")) && str_eq(kind, STR("Config")));
}

static struct str text_or(const struct yaml_node *node, struct str otherwise)
{
	return node && is_text(node) ? node->text : otherwise;
}

static int take_list(const struct top *list, struct arena *arena, struct source *source);

/* As API machinery tells a list (unstructured.UnstructuredJSONScheme): by its items. How deep lists may lie
 * in lists is bounded by the depth of a document. */
static int take_any(const struct top *top, struct arena *arena, struct source *source)
{
	if (top->items && top->items->kind == YAML_SEQUENCE)
		return take_list(top, arena, source);
	return take_object(top, arena, source);
}

static int take_items(const struct top *list, const struct top *of_list, struct reader *reader,
		      struct source *source)
{
	/* An object is let go before the next is read, however many there are. */
	_cleanup_arena_ struct arena arena = ARENA_INIT(reader->arena->max);
	const struct place at = {list->root, STR("")};
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < list->items->n; i++) {
		const struct yaml_node *node = list->items->items[i];
		struct reader of_item = READER_INIT(&arena, true);
		struct top item = find_top(node, STR_NULL);

		if (node->kind != YAML_MAPPING || (!item.kind && !of_list->list_kind.len)) {
			r = reader_malformed(reader, &at, STR("items"), i, node,
					     "is no object with a kind");
			continue;
		}
		/* Only an item without a kind takes over what the list says. */
		if (!item.kind) {
			item.list_kind = of_list->list_kind;
			item.list_api_version = of_list->list_api_version;
		}
		item.field = reader_path(&of_item, list->field, STR("items"), i);
		r = item.field.ptr ? take_any(&item, &arena, source) : -ENOMEM;
		arena_reset(&arena);
	}
	return r;
}

/* An item that is no object spoils its list, which is then handed over as an object of its own. */
static int take_list(const struct top *list, struct arena *arena, struct source *source)
{
	struct reader reader = READER_INIT(arena, true);
	struct object object = {
		.origin = ORIGIN_KUBERNETES,
		.path = source->path,
		.root = list->root,
		.field = list->field,
		.api_version = text_or(list->api_version, list->list_api_version),
		.kind = text_or(list->kind, list->list_kind),
	};
	struct top of_list = {.list_kind = object.kind, .list_api_version = object.api_version};
	int r;

	if (str_ends(object.kind, STR("List")))
		of_list.list_kind.len -= strlen("List");
	r = take_items(list, &of_list, &reader, source);
	if (r < 0 || !reader.n_malformed)
		return r;
	object.malformed = reader.malformed;
	object.n_malformed = reader.n_malformed;
	r = source->take(source->arg, &object);
	return MIN(r, 0);
}

int manifest_kubernetes(const struct yaml_node *root, struct str path, struct arena *arena,
			manifest_fn *take, void *arg)
{
	struct source source = {.path = path, .take = take, .arg = arg};
	struct top top = find_top(root, STR(""));
	int r;

	if (!top.api_version || !top.kind ||
	    is_configuration(text_or(top.api_version, STR("")), text_or(top.kind, STR(""))))
		return MANIFEST_NONE;
	r = take_any(&top, arena, &source);
	if (r < 0)
		return r;
	return source.template ? MANIFEST_TEMPLATE : MANIFEST_OBJECTS;
}
