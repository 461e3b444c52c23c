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

/* DeploymentStrategy and its like; how many pods is a number or a share of them. */
static int read_strategy(struct reader *reader, const struct place *at, struct str key,
			 const struct yaml_node *value, void *out)
{
	static const struct field fields[] = {
		FIELD_SELF("type", check_text),
		FIELD_SELF("rollingUpdate", check_mapping),
	};
	static const struct field rolling_fields[] = {FIELD_SELF("partition", check_int32)};
	const struct yaml_node *rolling = yaml_get(value, STR("rollingUpdate"));
	struct place place;
	int r = reader_mapping(reader, at, key, value, &place);

	if (r > 0)
		r = read_fields(reader, &place, fields, ARRAY_LEN(fields), NULL);
	if (r < 0 || !rolling || rolling->kind != YAML_MAPPING)
		return r;
	r = reader_mapping(reader, &place, STR("rollingUpdate"), rolling, &place);
	return r > 0 ? read_fields(reader, &place, rolling_fields, ARRAY_LEN(rolling_fields), NULL)
		     : r;
}

/* What controllers say of themselves, each some of it. */
static int read_spec(struct reader *reader, const struct place *spec, struct workload *workload)
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
		FIELD_SELF("strategy", read_strategy),
		FIELD_SELF("updateStrategy", read_strategy),
		FIELD_SELF("podManagementPolicy", check_text),
		FIELD_SELF("schedule", check_text),
		FIELD_SELF("timeZone", check_text),
		FIELD_SELF("concurrencyPolicy", check_text),
		FIELD_SELF("startingDeadlineSeconds", check_int64),
		FIELD_SELF("successfulJobsHistoryLimit", check_int32),
		FIELD_SELF("failedJobsHistoryLimit", check_int32),
		FIELD_SELF("ttlSecondsAfterFinished", check_int32),
		FIELD_SELF("completionMode", check_text),
	};

	return read_fields(reader, spec, fields, ARRAY_LEN(fields), workload);
}

/* Of a CronJob that of its Jobs as well. What is no mapping is told by find_template(). */
static int read_specs(struct reader *reader, enum shape shape, const struct place *root,
		      struct workload *workload)
{
	struct place spec = {yaml_get(root->node, STR("spec")), STR(".spec")};
	struct place job = {yaml_get(yaml_get(spec.node, STR("jobTemplate")), STR("spec")),
			    STR(".spec.jobTemplate.spec")};
	int r = read_spec(reader, &spec, workload);

	if (r < 0 || shape != SHAPE_JOB_TEMPLATE)
		return r;
	return read_spec(reader, &job, workload);
}

/* The pod whose metadata is there already, at its spec. */
static int read_pod(struct reader *reader, const struct place *spec, struct workload *workload,
		    struct object *object)
{
	int r = kubernetes_pod(reader, object, spec, workload);

	if (r == 0)
		object->workload = workload;
	return r;
}

static void take_own_metadata(const struct place *metadata, const struct object *object,
			      struct workload *workload)
{
	workload->metadata = *metadata;
	workload->labels = object->labels;
	workload->annotations = object->annotations;
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
	if (r > 0 && (kind->shape == SHAPE_SPEC_TEMPLATE || kind->shape == SHAPE_JOB_TEMPLATE))
		r = read_specs(reader, kind->shape, root, workload) < 0 ? -ENOMEM : r;
	if (r <= 0)
		return r;
	if (kind->shape == SHAPE_POD) {
		take_own_metadata(metadata, object, workload);
	} else {
		r = read_pod_metadata(reader, &at, workload);
		if (r < 0)
			return r;
	}
	r = descend(reader, &at, STR("spec"));
	return r <= 0 ? r : read_pod(reader, &at, workload, object);
}

/* --- Workloads of other kinds ---------------------------------------------------------------------- */

/* Nodes that are looked at, of one object: none that etcd takes has as many. */
enum { SEARCH_NODES = 1 << 20 };

/* Where an object of a kind that is not known has containers. */
struct search {
	struct reader *reader;
	bool pod; /* .spec may be a pod's: Kubernetes' own kind was meant */
	uint32_t n_nodes;
	struct place template, spec; /* of the first pod; template is the mapping around spec */
	struct place other;	     /* the first container elsewhere */
};

static bool has_image(const struct yaml_node *node)
{
	const struct yaml_node *image =
		node->kind == YAML_MAPPING ? yaml_get(node, STR("image")) : NULL;

	return image && image->kind == YAML_SCALAR && !reader_is_null(image);
}

static bool has_images(const struct yaml_node *list)
{
	for (uint32_t i = 0; list && list->kind == YAML_SEQUENCE && i < list->n; i++)
		if (has_image(list->items[i]))
			return true;
	return false;
}

/* Containers as Tekton, Argo Workflows and operators write them: not in a pod's spec. */
static bool has_other_container(const struct yaml_node *node)
{
	static const struct str lists[] = {STR("initContainers"), STR("steps"), STR("sidecars")};
	static const struct str single[] = {STR("container"), STR("script")};

	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		if (has_images(yaml_get(node, lists[i])))
			return true;
	for (size_t i = 0; i < ARRAY_LEN(single); i++) {
		const struct yaml_node *value = yaml_get(node, single[i]);

		if (value && has_image(value))
			return true;
	}
	return false;
}

/* Notes what a mapping is; true: it is a pod's spec, below which nothing is searched. */
static bool note_pod(struct search *search, const struct place *above, const struct place *at,
		     struct str key)
{
	bool pod = has_images(yaml_get(at->node, STR("containers")));
	bool template = str_eq(key, STR("spec")) && (str_ends(above->field, STR("emplate")) ||
						     (search->pod && above->field.len == 0));

	if (pod && template && !search->spec.node) {
		search->template = *above;
		search->spec = *at;
		return true;
	}
	if (!search->other.node && (pod || has_other_container(at->node)))
		search->other = *at;
	return pod;
}

/* Everything below, whose depth is bounded by that of a document: 0 or -ENOMEM. */
static int search_below(struct search *search, const struct place *above, const struct place *at,
			struct str key)
{
	const struct yaml_node *node = at->node;
	int r = 0;

	if (node->kind == YAML_SCALAR || search->n_nodes > SEARCH_NODES)
		return 0;
	if (node->kind == YAML_MAPPING && note_pod(search, above, at, key))
		return 0;
	for (uint32_t i = 0; r == 0 && i < node->n; i++) {
		bool mapping = node->kind == YAML_MAPPING;
		struct str name = mapping ? node->pairs[i].key->text : STR("");
		struct place below = {mapping ? node->pairs[i].value : node->items[i], STR_NULL};

		search->n_nodes++;
		if (below.node->kind == YAML_SCALAR)
			continue;
		below.field =
			reader_path(search->reader, at->field, name, mapping ? -1 : (ssize_t)i);
		r = below.field.ptr ? search_below(search, at, &below, name) : -ENOMEM;
	}
	return r;
}

static int tell_unread(struct search *search, const struct place *root)
{
	if (search->n_nodes > SEARCH_NODES)
		return reader_malformed(search->reader, root, STR(""), -1, root->node,
					"has more values than are searched for containers");
	if (!search->other.node)
		return 0;
	return reader_malformed(search->reader, &search->other, STR(""), -1, search->other.node,
				"has containers that are not read: what the kind makes of them is "
				"not known");
}

/* Custom resources that have a pod somewhere: by what it looks like. Only one is judged; if there is more, that is
 * told. */
static int read_custom_workload(struct reader *reader, const struct place *root,
				const struct place *metadata, bool own, struct object *object)
{
	struct search search = {.reader = reader, .pod = own};
	struct workload *workload;
	int r = search_below(&search, root, root, STR(""));

	if (r == 0)
		r = tell_unread(&search, root);
	if (r < 0 || !search.spec.node)
		return r;
	workload = arena_new(reader->arena, struct workload);
	if (!workload)
		return -ENOMEM;
	workload->template = search.template.node != root->node;
	if (workload->template)
		r = read_pod_metadata(reader, &search.template, workload);
	else
		take_own_metadata(metadata, object, workload);
	return r < 0 ? r : read_pod(reader, &search.spec, workload, object);
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
	/* Roles and bindings may be called anything that fits in a path (k8s.io/apimachinery path segment name). */
	bool free_name = str_eq(group_of(object->api_version), STR("rbac.authorization.k8s.io"));

	return reader->template || has_braces(object->api_version) || has_braces(object->kind) ||
	       (!free_name && has_braces(object->name)) || has_braces(object->ns);
}

/* Of an object that is none of `kinds`. */
static int read_other(struct reader *reader, const struct top *top, const struct place *metadata,
		      struct object *object)
{
	const struct place at = {top->root, STR("")};
	struct str group = group_of(object->api_version), nearest;
	bool typed = object->api_version.len && object->kind.len;
	bool own = !typed || kubernetes_has_group(group);
	int r = 0;

	if (typed && kubernetes_has_kind(group, object->kind))
		return 0;
	if (typed && own) {
		nearest = kubernetes_nearest_kind(group, object->kind);
		r = reader_malformed(
			reader, &at, STR("kind"), -1, top->kind,
			nearest.len ? "is none that %.*s of Kubernetes has; meant is perhaps %.*s"
				    : "is none that %.*s of Kubernetes has%.*s",
			STR_FMT(object->api_version), STR_FMT(nearest));
	}
	return r < 0 ? r : read_custom_workload(reader, &at, metadata, own, object);
}

static int read_type_and_names(struct reader *reader, const struct top *top, struct place *metadata,
			       struct object *object)
{
	const struct place at = {top->root, STR("")};
	int r = top->root->contested ? reader_contested(reader, &at) : 0;

	if (r == 0)
		r = read_type(reader, &at, STR("apiVersion"), top->api_version,
			      top->list_api_version, &object->api_version);
	if (r == 0)
		r = read_type(reader, &at, STR("kind"), top->kind, top->list_kind, &object->kind);
	return r < 0 ? r : read_metadata(reader, &at, top->metadata, metadata, object);
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
	int r = read_type_and_names(&reader, top, &metadata, &object);

	/* The items of a list are taken elsewhere. */
	if (r == 0 && top->items && str_ends(object.kind, STR("List")))
		r = reader_wrong_type(&reader, &at, STR("items"), -1, top->items, "a sequence");
	kind = find_kind(&object, &served);
	if (r == 0 && !served && object.api_version.len)
		r = reader_malformed(&reader, &at, STR("apiVersion"), -1, top->api_version,
				     "never had a kind %.*s", STR_FMT(kind->name));
	if (r == 0)
		r = kind ? read_workload(&reader, kind, &at, &metadata, &object)
			 : read_other(&reader, top, &metadata, &object);
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
static int take_review(const struct top *review, struct arena *arena, struct source *source);

static bool is_review(const struct top *top)
{
	struct str api_version = text_or(top->api_version, top->list_api_version);

	return str_eq(text_or(top->kind, top->list_kind), STR("AdmissionReview")) &&
	       str_eq(group_of(api_version), STR("admission.k8s.io"));
}

/* As API machinery tells a list (unstructured.UnstructuredJSONScheme): by its items. How deep lists may lie
 * in lists is bounded by the depth of a document. */
static int take_any(const struct top *top, struct arena *arena, struct source *source)
{
	if (top->items && top->items->kind == YAML_SEQUENCE)
		return take_list(top, arena, source);
	if (is_review(top))
		return take_review(top, arena, source);
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

static bool needs_no_object(const struct yaml_node *operation)
{
	struct str text = text_or(operation, STR(""));

	return str_eq(text, STR("DELETE")) || str_eq(text, STR("CONNECT"));
}

/* Leads from a review to the object in it, if there is one: 1, 0 or -ENOMEM. What is wrong on the way, and
 * that a request has none which must have one, are rows in malformed. */
static int find_reviewed(struct reader *reader, struct place *at)
{
	int r = descend(reader, at, STR("request"));
	const struct yaml_node *object;

	if (r <= 0)
		return r;
	object = yaml_get(at->node, STR("object"));
	if ((!object || reader_is_null(object)) &&
	    needs_no_object(yaml_get(at->node, STR("operation"))))
		return 0;
	return descend(reader, at, STR("object"));
}

/*
 * What the API server asks a webhook (AdmissionReview of admission.k8s.io): judged is the object that there
 * would be, not what there was. Without one, or with something wrong around it, the review is handed over, too.
 */
static int take_review(const struct top *review, struct arena *arena, struct source *source)
{
	struct reader reader = READER_INIT(arena, true);
	struct object object = {
		.origin = ORIGIN_KUBERNETES,
		.path = source->path,
		.root = review->root,
		.field = review->field,
		.api_version = text_or(review->api_version, review->list_api_version),
		.kind = text_or(review->kind, review->list_kind),
	};
	struct place at = {review->root, STR("")};
	int r = review->root->contested ? reader_contested(&reader, &at) : 0, found;

	found = r < 0 ? r : find_reviewed(&reader, &at);
	if (found > 0) {
		struct str request = reader_path(&reader, review->field, STR("request"), -1);
		struct top top = find_top(at.node, STR_NULL);

		top.field =
			request.ptr ? reader_path(&reader, request, STR("object"), -1) : request;
		found = top.field.ptr ? take_any(&top, arena, source) : -ENOMEM;
		if (found == 0 && !reader.n_malformed)
			return 0;
	}
	if (found < 0)
		return found;
	object.malformed = reader.malformed;
	object.n_malformed = reader.n_malformed;
	r = source->take(source->arg, &object);
	return MIN(r, 0);
}

/* "v1", "apps/v1beta1"; Grafana's configuration has 1, and others a name. */
static bool is_version(const struct yaml_node *node)
{
	struct str text = text_or(node, STR("")), group;
	ssize_t slash = str_find_char(text, '/');

	group = str_sub(text, 0, slash < 0 ? 0 : (size_t)slash);
	text = str_from_offset(text, slash < 0 ? 0 : (size_t)slash + 1);
	return text.len > 1 && text.ptr[0] == 'v' && text.ptr[1] >= '1' && text.ptr[1] <= '9' &&
	       (slash < 0 || group.len);
}

static bool has(const struct yaml_node *root, struct str key, enum yaml_kind kind)
{
	const struct yaml_node *value = yaml_get(root, key);

	return value && value->kind == kind;
}

/* Without one of apiVersion and kind, or with another spelling ("Kind"), kubectl refuses it; if nobody told, it
 * would have passed. Chart.yaml of Helm has apiVersion, name and version. */
static bool is_object(const struct top *top)
{
	const struct yaml_node *root = top->root;
	bool metadata, body;

	if (top->api_version && top->kind)
		return true;
	if (root->kind != YAML_MAPPING)
		return false;
	metadata = has(root, STR("metadata"), YAML_MAPPING);
	body = has(root, STR("spec"), YAML_MAPPING) || has(root, STR("containers"), YAML_SEQUENCE);
	if (top->api_version)
		return (metadata && body) ||
		       (is_version(top->api_version) && !(has(root, STR("name"), YAML_SCALAR) &&
							  has(root, STR("version"), YAML_SCALAR)));
	if (top->kind)
		return metadata && (body || kubernetes_is_kind(text_or(top->kind, STR(""))));
	return metadata && body;
}

int manifest_kubernetes(const struct yaml_node *root, struct str path, struct arena *arena,
			manifest_fn *take, void *arg)
{
	struct source source = {.path = path, .take = take, .arg = arg};
	struct top top = find_top(root, STR(""));
	int r;

	if (!is_object(&top) ||
	    is_configuration(text_or(top.api_version, STR("")), text_or(top.kind, STR(""))))
		return MANIFEST_NONE;
	r = take_any(&top, arena, &source);
	if (r < 0)
		return r;
	return source.template ? MANIFEST_TEMPLATE : MANIFEST_OBJECTS;
}
