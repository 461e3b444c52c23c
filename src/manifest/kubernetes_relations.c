/*
 * Takes apart the kinds of objects that others refer to, or that refer to others (Kubernetes API
 * reference), and keeps copies of what matters. What has a wrong type is left out, and a selector with such a
 * thing in it is marked as unclear: the row OBJ-SHAPE tells of both.
 */
#include "base/compat.h"

#include "core/field.h"
#include "core/manifests.h"
#include "core/manifests_build.h"
#include "manifest/manifest.h"

/* One object being read. */
struct reading {
	struct manifests *m;
	const struct object *object;
	struct declared *declared;
};

/* --- Kinds --------------------------------------------------------------------------------------- */

/* Kinds that began in "extensions" and moved, by the Kubernetes API reference up to 1.22. */
static struct str group_of(struct str api_version, struct str kind)
{
	ssize_t slash = str_find_char(api_version, '/');
	struct str group = slash < 0 ? STR("") : str_sub(api_version, 0, (size_t)slash);

	if (!str_eq(group, STR("extensions")))
		return group;
	return str_eq(kind, STR("Ingress")) || str_eq(kind, STR("NetworkPolicy"))
		       ? STR("networking.k8s.io")
		       : STR("apps");
}

static struct str keep(const struct reading *r, struct str s)
{
	return manifests_intern(r->m, s);
}

/* --- Places -------------------------------------------------------------------------------------- */

/* A place at node, or at the object when there is none, with the path's two parts joined. */
static int keep_spot(const struct reading *r, const struct yaml_node *node, struct str field,
		     const char *suffix, struct spot *ret)
{
	struct buf *scratch = &r->m->scratch;

	if (!node)
		node = r->object->root;
	buf_clear(scratch);
	buf_add_str(scratch, field);
	buf_add_str(scratch, str_from(suffix));
	if (buf_status(scratch, NULL) < 0)
		return -ENOMEM;
	*ret = (struct spot){.field = keep(r, buf_str(scratch))};
	if (node) {
		ret->line = node->line;
		ret->column = node->column;
	}
	return ret->field.ptr ? 0 : -ENOMEM;
}

/* The same at a dotted path from the object's root. */
static int keep_spot_at(const struct reading *r, const char *path, struct spot *ret)
{
	return keep_spot(r, field_at(r->object->root, path), STR("."), path, ret);
}

/* --- Selectors ----------------------------------------------------------------------------------- */

static int keep_values(const struct reading *r, const struct yaml_node *node, bool *unclear,
		       struct text_list *ret)
{
	struct str *items;

	if (!node)
		return 0;
	if (node->kind != YAML_SEQUENCE || node->n > SELECTOR_REQUIREMENTS) {
		*unclear = true;
		return 0;
	}
	items = arena_calloc(&r->m->arena, node->n, sizeof(*items));
	if (!items)
		return -ENOMEM;
	for (size_t i = 0; i < node->n; i++) {
		*unclear |= !field_is_text(node->items[i]);
		items[i] = keep(r, node->items[i]->kind == YAML_SCALAR ? node->items[i]->text
								       : STR(""));
		if (!items[i].ptr)
			return -ENOMEM;
	}
	*ret = (struct text_list){.items = items, .n = node->n};
	return 0;
}

/* A pair of matchLabels: one value that it must have. */
static int keep_pair(const struct reading *r, const struct yaml_pair *pair, bool *unclear,
		     struct requirement *ret)
{
	struct str *value = arena_new(&r->m->arena, struct str);
	struct str key = pair->key->text;

	*unclear |= !field_is_text(pair->value);
	*ret = (struct requirement){.op = SELECTOR_IN, .values = {value, 1}};
	ret->label = manifests_label_key(
		r->m, key, pair->value->kind == YAML_SCALAR ? pair->value->text : STR(""));
	if (!value || !ret->label.ptr)
		return -ENOMEM;
	ret->key = str_sub(ret->label, sizeof(key.len), key.len);
	*value = str_from_offset(ret->label, sizeof(key.len) + key.len);
	return 0;
}

static int keep_expression(const struct reading *r, const struct yaml_node *node, bool *unclear,
			   struct requirement *ret)
{
	static const struct {
		const char *name;
		enum selector_op op;
	} ops[] = {
		{"In", SELECTOR_IN},
		{"NotIn", SELECTOR_NOT_IN},
		{"Exists", SELECTOR_EXISTS},
		{"DoesNotExist", SELECTOR_DOES_NOT_EXIST},
	};
	struct str key = field_text(node, "key"), op = field_text(node, "operator");
	size_t i = 0;

	while (i < ARRAY_LEN(ops) && !str_eq(op, str_from(ops[i].name)))
		i++;
	if (!key.ptr || i == ARRAY_LEN(ops)) {
		*unclear = true;
		i = 0;
	}
	*ret = (struct requirement){.op = ops[i].op, .key = keep(r, key)};
	if (!ret->key.ptr || keep_values(r, field_at(node, "values"), unclear, &ret->values) < 0)
		return -ENOMEM;
	if (ret->op != SELECTOR_IN || ret->values.n != 1)
		return 0;
	ret->label = manifests_label_key(r->m, ret->key, ret->values.items[0]);
	return ret->label.ptr ? 0 : -ENOMEM;
}

/* labels: a mapping of texts; expressions: a sequence. Both may be NULL. */
static int keep_selector(const struct reading *r, const struct yaml_node *labels,
			 const struct yaml_node *expressions, struct selector *ret)
{
	size_t n_labels, n_expressions;
	struct requirement *requirements;
	int result = 0;

	ret->unclear |= labels && labels->kind != YAML_MAPPING;
	ret->unclear |= expressions && expressions->kind != YAML_SEQUENCE;
	n_labels = labels && labels->kind == YAML_MAPPING ? labels->n : 0;
	n_expressions = expressions && expressions->kind == YAML_SEQUENCE ? expressions->n : 0;
	if (n_labels > SELECTOR_REQUIREMENTS || n_expressions > SELECTOR_REQUIREMENTS) {
		ret->unclear = true;
		return 0;
	}
	if (n_labels + n_expressions == 0)
		return 0;
	if (!r->declared->space->name.len && manifests_want_anywhere(r->m) < 0)
		return -ENOMEM;
	requirements = arena_calloc(&r->m->arena, n_labels + n_expressions, sizeof(*requirements));
	if (!requirements)
		return -ENOMEM;
	for (size_t i = 0; i < n_labels && result == 0; i++)
		result = keep_pair(r, &labels->pairs[i], &ret->unclear, &requirements[i]);
	for (size_t i = 0; i < n_expressions && result == 0; i++)
		result = keep_expression(r, expressions->items[i], &ret->unclear,
					 &requirements[n_labels + i]);
	ret->requirements = requirements;
	ret->n = n_labels + n_expressions;
	return result;
}

/* A LabelSelector at a dotted path. */
static int keep_label_selector(const struct reading *r, const char *path, struct selector *ret)
{
	const struct yaml_node *node = field_at(r->object->root, path);

	*ret = (struct selector){.present = node != NULL,
				 .unclear = node && node->kind != YAML_MAPPING};
	if (keep_spot_at(r, path, &ret->spot) < 0)
		return -ENOMEM;
	return keep_selector(r, field_at(node, "matchLabels"), field_at(node, "matchExpressions"),
			     ret);
}

/* --- Workloads ----------------------------------------------------------------------------------- */

VEC_TYPE(references, struct object_reference);

static int add_reference(const struct reading *r, struct references *list, enum reference_kind kind,
			 struct str name, const struct yaml_node *node, struct str field,
			 const char *suffix)
{
	/* A name is mostly asked for again soon; looking at all of a long list would take for ever. */
	size_t first = list->len > 32 ? list->len - 32 : 0;
	struct object_reference *reference;

	if (!name.len)
		return 0;
	for (size_t i = first; i < list->len; i++)
		if (list->items[i].kind == kind && str_eq(list->items[i].name, name))
			return 0;
	reference = vec_add(list);
	if (!reference)
		return -ENOMEM;
	reference->kind = kind;
	reference->name = arena_str(&r->m->arena, name);
	return reference->name.ptr ? keep_spot(r, node, field, suffix, &reference->spot) : -ENOMEM;
}

static bool is_optional(const struct yaml_node *source)
{
	return field_is(source, "optional", true);
}

static int add_volume(const struct reading *r, struct references *list, const struct volume *v)
{
	static const struct {
		enum volume_kind kind;
		enum reference_kind reference;
		const char *key;
	} kinds[] = {
		{VOLUME_CONFIG_MAP, REFERENCE_CONFIG_MAP, "configMap"},
		{VOLUME_SECRET, REFERENCE_SECRET, "secret"},
		{VOLUME_CLAIM, REFERENCE_CLAIM, "persistentVolumeClaim"},
	};

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (v->kind == kinds[i].kind && !is_optional(field_at(v->place.node, kinds[i].key)))
			return add_reference(r, list, kinds[i].reference, v->reference,
					     v->place.node, v->place.field, "");
	return 0;
}

static int add_env(const struct reading *r, struct references *list, const struct env_var *env)
{
	const char *key = env->from_secret ? "valueFrom.secretKeyRef" : "valueFrom.configMapKeyRef";
	const struct yaml_node *source;

	if (!env->reference.len)
		return 0;
	source = field_at(env->place.node, key);
	if (!source || is_optional(source))
		return 0;
	return add_reference(r, list, env->from_secret ? REFERENCE_SECRET : REFERENCE_CONFIG_MAP,
			     env->reference, env->place.node, env->place.field, "");
}

static int add_env_from(const struct reading *r, struct references *list, const struct container *c)
{
	const struct yaml_node *const *items;
	size_t n = field_items(c->place.node, "envFrom", &items);

	for (size_t i = 0; i < n; i++) {
		const struct yaml_node *map = field_at(items[i], "configMapRef");
		const struct yaml_node *secret = field_at(items[i], "secretRef");

		if ((map && !is_optional(map) &&
		     add_reference(r, list, REFERENCE_CONFIG_MAP, field_text(map, "name"), map,
				   c->place.field, ".envFrom") < 0) ||
		    (secret && !is_optional(secret) &&
		     add_reference(r, list, REFERENCE_SECRET, field_text(secret, "name"), secret,
				   c->place.field, ".envFrom") < 0))
			return -ENOMEM;
	}
	return 0;
}

static int collect_references(const struct reading *r, const struct workload *w,
			      struct references *list)
{
	if (add_reference(r, list, REFERENCE_SERVICE_ACCOUNT, w->service_account,
			  field_at(w->pod.node, "serviceAccountName"), w->pod.field,
			  ".serviceAccountName") < 0)
		return -ENOMEM;
	for (size_t i = 0; i < w->pull_secrets.n; i++)
		if (add_reference(r, list, REFERENCE_SECRET, w->pull_secrets.items[i],
				  field_at(w->pod.node, "imagePullSecrets"), w->pod.field,
				  ".imagePullSecrets") < 0)
			return -ENOMEM;
	for (size_t i = 0; i < w->n_volumes; i++)
		if (add_volume(r, list, &w->volumes[i]) < 0)
			return -ENOMEM;
	for (size_t i = 0; i < w->n_containers; i++) {
		const struct container *c = &w->containers[i];

		for (size_t j = 0; j < c->n_env; j++)
			if (add_env(r, list, &c->env[j]) < 0)
				return -ENOMEM;
		if (add_env_from(r, list, c) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int keep_references(const struct reading *r, const struct workload *w, struct pods *pods)
{
	struct references list = {0};
	struct object_reference *copy = NULL;
	int result = collect_references(r, w, &list);

	if (result == 0 && list.len) {
		copy = arena_calloc(&r->m->arena, list.len, sizeof(*copy));
		if (copy)
			memcpy(copy, list.items, list.len * sizeof(*copy));
		result = copy ? 0 : -ENOMEM;
	}
	pods->references = copy;
	pods->n_references = copy ? list.len : 0;
	vec_release(&list);
	return result;
}

static int keep_ports(const struct reading *r, const struct workload *w, struct pods *pods)
{
	struct str *names;
	size_t n = 0;

	for (size_t i = 0; i < w->n_containers; i++)
		for (size_t j = 0; j < w->containers[i].n_ports; j++)
			n += w->containers[i].ports[j].name.len > 0;
	if (n == 0)
		return 0;
	names = arena_calloc(&r->m->arena, n, sizeof(*names));
	if (!names)
		return -ENOMEM;
	n = 0;
	for (size_t i = 0; i < w->n_containers; i++)
		for (size_t j = 0; j < w->containers[i].n_ports; j++)
			if (w->containers[i].ports[j].name.len) {
				names[n] = keep(r, w->containers[i].ports[j].name);
				if (!names[n++].ptr)
					return -ENOMEM;
			}
	pods->ports = (struct text_list){.items = names, .n = n};
	return 0;
}

static int keep_labels(const struct reading *r, const struct yaml_node *node, struct pods *pods)
{
	struct space *space = r->m->spaces.items[r->declared->space->index];
	bool anywhere = r->m->wants_anywhere && space->name.len;
	const struct label **labels;

	if (!node || node->kind != YAML_MAPPING || node->n == 0)
		return 0;
	labels = arena_calloc(&r->m->arena, node->n, sizeof(const struct label *));
	if (!labels)
		return -ENOMEM;
	pods->labels = labels;
	for (size_t i = 0; i < node->n; i++) {
		struct str key = node->pairs[i].key->text, value = node->pairs[i].value->text;
		const struct label *label;

		if (node->pairs[i].value->kind != YAML_SCALAR)
			continue;
		label = manifests_add_label(r->m, space, key, value, pods);
		if (!label ||
		    (anywhere && !manifests_add_label(r->m, &r->m->anywhere, key, value, pods)))
			return -ENOMEM;
		labels[pods->n_labels++] = label;
	}
	return 0;
}

static int read_workload(const struct reading *r)
{
	const struct workload *w = r->object->workload;
	struct pods *pods = arena_new(&r->m->arena, struct pods), **slot;
	struct space *space = r->m->spaces.items[r->declared->space->index];

	slot = pods ? vec_add(&r->m->pods) : NULL;
	if (!slot)
		return -ENOMEM;
	*slot = pods;
	pods->object = r->declared;
	pods->index = r->m->pods.len - 1;
	pods->replicas = w->replicas;
	pods->next = space->first;
	space->first = pods;
	space->n_pods++;
	if (keep_labels(r, w->labels, pods) < 0 || keep_ports(r, w, pods) < 0)
		return -ENOMEM;
	return keep_references(r, w, pods);
}

/* --- Services and what stands before them -------------------------------------------------------- */

/* A port by number or name; anything else reads as neither. */
static int keep_port(const struct reading *r, const struct yaml_node *node, uint64_t *ret_number,
		     struct str *ret_name)
{
	uint64_t number;

	if (node && node->kind == YAML_SCALAR && yaml_uint(node, &number) == 0) {
		*ret_number = number;
		return 0;
	}
	*ret_name = keep(r, node ? field_text(node, "") : STR_NULL);
	return ret_name->ptr ? 0 : -ENOMEM;
}

static int keep_service_ports(const struct reading *r, struct service *service)
{
	const struct yaml_node *const *items;
	size_t n = field_items(r->object->root, "spec.ports", &items);
	struct service_port *ports;
	struct str no_name;

	if (n == 0)
		return 0;
	ports = arena_calloc(&r->m->arena, n, sizeof(*ports));
	if (!ports)
		return -ENOMEM;
	service->ports = ports;
	service->n_ports = n;
	for (size_t i = 0; i < n; i++) {
		const struct yaml_node *target = field_at(items[i], "targetPort");
		uint64_t number = 0;
		char field[64];

		snprintf(field, sizeof(field), ".spec.ports[%zu]", i);
		ports[i].name = keep(r, field_text(items[i], "name"));
		if (!ports[i].name.ptr ||
		    keep_port(r, field_at(items[i], "port"), &ports[i].number, &no_name) < 0 ||
		    keep_port(r, target, &number, &ports[i].target) < 0 ||
		    keep_spot(r, target ? target : items[i], str_from(field),
			      target ? ".targetPort" : "", &ports[i].spot) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int read_service(const struct reading *r)
{
	struct service *service = arena_new(&r->m->arena, struct service);
	const struct service **slot = service ? vec_add(&r->m->services) : NULL;
	const struct yaml_node *spec = field_at(r->object->root, "spec");
	const struct yaml_node *selector = field_at(spec, "selector");

	if (!slot)
		return -ENOMEM;
	*slot = service;
	service->object = r->declared;
	r->declared->service = service;
	if (str_eq(field_text(spec, "type"), STR("ExternalName")))
		selector = NULL;
	/* Without one, somebody else says where the Service leads. */
	service->selector.present = selector && !(selector->kind == YAML_MAPPING && !selector->n);
	if (keep_spot_at(r, "spec.selector", &service->selector.spot) < 0 ||
	    keep_selector(r, selector, NULL, &service->selector) < 0)
		return -ENOMEM;
	return keep_service_ports(r, service);
}

VEC_TYPE(backends, struct backend);

/* An IngressBackend of v1 ("service.name") or v1beta1 ("serviceName"); a resource backend is none. */
static int add_backend(const struct reading *r, struct backends *list, const struct yaml_node *node,
		       const char *field)
{
	struct str name = field_text(node, "service.name");
	const struct yaml_node *port = field_at(node, "service.port.number");
	struct backend *backend;

	if (!port)
		port = field_at(node, "service.port.name");
	if (!name.len) {
		name = field_text(node, "serviceName");
		port = field_at(node, "servicePort");
	}
	if (!name.len)
		return 0;
	backend = vec_add(list);
	if (!backend)
		return -ENOMEM;
	backend->service = keep(r, name);
	if (!backend->service.ptr ||
	    keep_port(r, port, &backend->port_number, &backend->port_name) < 0)
		return -ENOMEM;
	return keep_spot(r, node, str_from(field), "", &backend->spot);
}

static int collect_backends(const struct reading *r, struct backends *list)
{
	const struct yaml_node *spec = field_at(r->object->root, "spec");
	const struct yaml_node *const *rules, *const *paths;
	size_t n_rules = field_items(spec, "rules", &rules);

	if (add_backend(r, list, field_at(spec, "defaultBackend"), ".spec.defaultBackend") < 0 ||
	    add_backend(r, list, field_at(spec, "backend"), ".spec.backend") < 0)
		return -ENOMEM;
	for (size_t i = 0; i < n_rules; i++) {
		size_t n_paths = field_items(rules[i], "http.paths", &paths);

		for (size_t j = 0; j < n_paths; j++) {
			char field[96];

			snprintf(field, sizeof(field), ".spec.rules[%zu].http.paths[%zu].backend",
				 i, j);
			if (add_backend(r, list, field_at(paths[j], "backend"), field) < 0)
				return -ENOMEM;
		}
	}
	return 0;
}

static int read_ingress(const struct reading *r)
{
	struct ingress *ingress = arena_new(&r->m->arena, struct ingress);
	const struct ingress **slot = ingress ? vec_add(&r->m->ingresses) : NULL;
	struct backends list = {0};
	struct backend *copy = NULL;
	int result;

	if (!slot)
		return -ENOMEM;
	*slot = ingress;
	ingress->object = r->declared;
	result = collect_backends(r, &list);
	if (result == 0 && list.len) {
		copy = arena_calloc(&r->m->arena, list.len, sizeof(*copy));
		if (copy)
			memcpy(copy, list.items, list.len * sizeof(*copy));
		result = copy ? 0 : -ENOMEM;
	}
	ingress->backends = copy;
	ingress->n = copy ? list.len : 0;
	vec_release(&list);
	return result;
}

/* --- Policies, budgets, targets ------------------------------------------------------------------- */

/* Ingress is always meant when policyTypes does not say; egress when there are rules for it. */
static int read_network_policy(const struct reading *r)
{
	struct network_policy *policy = arena_new(&r->m->arena, struct network_policy);
	const struct network_policy **slot = policy ? vec_add(&r->m->policies) : NULL;
	const struct yaml_node *const *types;
	size_t n = field_items(r->object->root, "spec.policyTypes", &types);

	if (!slot)
		return -ENOMEM;
	*slot = policy;
	policy->object = r->declared;
	policy->ingress = n == 0;
	policy->egress = n == 0 && field_at(r->object->root, "spec.egress");
	for (size_t i = 0; i < n; i++) {
		policy->ingress |= str_eq(field_text(types[i], ""), STR("Ingress"));
		policy->egress |= str_eq(field_text(types[i], ""), STR("Egress"));
	}
	return keep_label_selector(r, "spec.podSelector", &policy->selector);
}

static int read_budget(const struct reading *r)
{
	struct disruption_budget *budget = arena_new(&r->m->arena, struct disruption_budget);
	const struct disruption_budget **slot = budget ? vec_add(&r->m->budgets) : NULL;
	const struct yaml_node *min = field_at(r->object->root, "spec.minAvailable");

	if (!slot)
		return -ENOMEM;
	*slot = budget;
	budget->object = r->declared;
	if (min && min->kind == YAML_SCALAR) {
		budget->min_available.set = true;
		budget->min_available.text = keep(r, min->text);
		if (!budget->min_available.text.ptr ||
		    keep_spot_at(r, "spec.minAvailable", &budget->min_spot) < 0)
			return -ENOMEM;
	}
	if (keep_label_selector(r, "spec.selector", &budget->selector) < 0)
		return -ENOMEM;
	/* An empty selector selected nothing before policy/v1 (KEP-85). */
	if (budget->selector.n == 0 && str_eq(r->object->api_version, STR("policy/v1beta1")))
		budget->selector.present = false;
	return 0;
}

/* name, kind and group as they stand below node. */
static int keep_named(const struct reading *r, const struct yaml_node *node, struct str group,
		      struct str ns, struct named *ret)
{
	ret->group = keep(r, group);
	ret->kind = keep(r, field_text(node, "kind"));
	ret->ns = keep(r, ns);
	ret->name = keep(r, field_text(node, "name"));
	return ret->group.ptr && ret->kind.ptr && ret->ns.ptr && ret->name.ptr ? 0 : -ENOMEM;
}

static int read_autoscaler(const struct reading *r)
{
	struct autoscaler *scaler = arena_new(&r->m->arena, struct autoscaler);
	const struct autoscaler **slot = scaler ? vec_add(&r->m->autoscalers) : NULL;
	const struct yaml_node *target = field_at(r->object->root, "spec.scaleTargetRef");
	struct str version = field_text(target, "apiVersion");

	if (!slot)
		return -ENOMEM;
	*slot = scaler;
	scaler->object = r->declared;
	if (keep_named(r, target, group_of(version, field_text(target, "kind")),
		       r->declared->space->name, &scaler->target) < 0)
		return -ENOMEM;
	return keep_spot_at(r, "spec.scaleTargetRef", &scaler->target.spot);
}

static int read_binding(const struct reading *r)
{
	struct role_binding *binding = arena_new(&r->m->arena, struct role_binding);
	const struct role_binding **slot = binding ? vec_add(&r->m->bindings) : NULL;
	const struct yaml_node *role = field_at(r->object->root, "roleRef");
	const struct yaml_node *const *subjects;
	size_t n = field_items(r->object->root, "subjects", &subjects);
	struct named *accounts;

	if (!slot)
		return -ENOMEM;
	*slot = binding;
	binding->object = r->declared;
	if (keep_named(r, role, STR("rbac.authorization.k8s.io"), r->declared->space->name,
		       &binding->role) < 0 ||
	    keep_spot_at(r, "roleRef", &binding->role.spot) < 0)
		return -ENOMEM;
	accounts = arena_calloc(&r->m->arena, n, sizeof(*accounts));
	if (!accounts)
		return -ENOMEM;
	binding->accounts = accounts;
	for (size_t i = 0; i < n; i++) {
		struct named *account = &accounts[binding->n_accounts];
		struct str ns = field_text(subjects[i], "namespace");
		char field[48];

		if (!str_eq(field_text(subjects[i], "kind"), STR("ServiceAccount")))
			continue;
		snprintf(field, sizeof(field), ".subjects[%zu]", i);
		if (keep_named(r, subjects[i], STR(""), ns.len ? ns : r->declared->space->name,
			       account) < 0 ||
		    keep_spot(r, subjects[i], str_from(field), "", &account->spot) < 0)
			return -ENOMEM;
		binding->n_accounts++;
	}
	return 0;
}

static int read_namespace(const struct reading *r)
{
	const struct declared **slot = vec_add(&r->m->namespaces);

	if (!slot)
		return -ENOMEM;
	*slot = r->declared;
	return 0;
}

/* --- What is there to be referred to -------------------------------------------------------------- */

static void mark(const struct reading *r, enum reference_kind kind)
{
	r->m->spaces.items[r->declared->space->index]->has[kind] = true;
}

static int read_config_map(const struct reading *r)
{
	mark(r, REFERENCE_CONFIG_MAP);
	return 0;
}

static int read_secret(const struct reading *r)
{
	mark(r, REFERENCE_SECRET);
	return 0;
}

static int read_service_account(const struct reading *r)
{
	mark(r, REFERENCE_SERVICE_ACCOUNT);
	return 0;
}

static int read_claim(const struct reading *r)
{
	mark(r, REFERENCE_CLAIM);
	return 0;
}

static int read_quota(const struct reading *r)
{
	r->m->spaces.items[r->declared->space->index]->has_quota = true;
	return 0;
}

static int read_limit_range(const struct reading *r)
{
	r->m->spaces.items[r->declared->space->index]->has_limit_range = true;
	return 0;
}

/* A controller that makes a Secret: of the same name, or of the one that is said at that path. */
static int read_secret_source(const struct reading *r, const char *path)
{
	struct str said = field_text(r->object->root, path);

	mark(r, REFERENCE_SECRET);
	return manifests_alias(r->m, r->declared, STR(""), STR("Secret"),
			       said.len ? said : r->declared->name);
}

static int read_sealed_secret(const struct reading *r)
{
	return read_secret_source(r, "spec.template.metadata.name");
}

static int read_external_secret(const struct reading *r)
{
	return read_secret_source(r, "spec.target.name");
}

static int read_certificate(const struct reading *r)
{
	return read_secret_source(r, "spec.secretName");
}

static int read_vault_secret(const struct reading *r)
{
	return read_secret_source(r, "spec.destination.name");
}

static int read_object(struct manifests *m, const struct object *object, struct declared *declared)
{
	static const struct {
		const char *group, *kind;
		int (*read)(const struct reading *r);
	} kinds[] = {
		{"", "Service", read_service},
		{"", "ConfigMap", read_config_map},
		{"", "Secret", read_secret},
		{"", "ServiceAccount", read_service_account},
		{"", "PersistentVolumeClaim", read_claim},
		{"", "Namespace", read_namespace},
		{"", "ResourceQuota", read_quota},
		{"", "LimitRange", read_limit_range},
		{"networking.k8s.io", "Ingress", read_ingress},
		{"networking.k8s.io", "NetworkPolicy", read_network_policy},
		{"policy", "PodDisruptionBudget", read_budget},
		{"autoscaling", "HorizontalPodAutoscaler", read_autoscaler},
		{"rbac.authorization.k8s.io", "RoleBinding", read_binding},
		{"rbac.authorization.k8s.io", "ClusterRoleBinding", read_binding},
		{"bitnami.com", "SealedSecret", read_sealed_secret},
		{"external-secrets.io", "ExternalSecret", read_external_secret},
		{"cert-manager.io", "Certificate", read_certificate},
		{"secrets.hashicorp.com", "VaultStaticSecret", read_vault_secret},
		{"secrets.hashicorp.com", "VaultDynamicSecret", read_vault_secret},
	};
	const struct reading r = {.m = m, .object = object, .declared = declared};

	if (object->workload)
		return read_workload(&r);
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (str_eq(declared->kind->name, str_from(kinds[i].kind)) &&
		    str_eq(declared->kind->group, str_from(kinds[i].group)))
			return kinds[i].read(&r);
	return 0;
}

int manifests_add(struct manifests *m, const struct object *object)
{
	struct str group = group_of(object->api_version, object->kind);
	struct declared *declared;

	if (object->origin != ORIGIN_KUBERNETES)
		return 0;
	declared = manifests_declare(
		m,
		&(struct declaration){
			.group = group,
			.kind = object->kind,
			.ns = object_is_cluster_wide(object) ? STR("") : object->ns,
			.name = object->name,
			/* A name that Kubernetes is to make up is nobody's to refer to. */
			.referable = object->name.len &&
				     yaml_get(yaml_get(object->root, STR("metadata")), STR("name")),
			.path = object->path,
			.root = object->root,
		});
	return declared ? read_object(m, object, declared) : -ENOMEM;
}
