/*
 * Compose files (compose-spec): each service is an object. `extends` is followed inside the document; YAML's
 * own anchors and merge keys are resolved before. Variables stay as they are written, unless a default says
 * what they are when nobody sets them.
 */
#include "base/compat.h"

#include "base/map.h"
#include "manifest/draft.h"
#include "manifest/loose.h"
#include "manifest/manifest.h"

/* How far `extends` is followed: real files do it once or twice. */
enum { EXTENDS_DEPTH = 32 };
/* Pairs and items that all `extends` of a document may copy: a thousand services with a thousand each. */
enum { EXTENDS_COPIED = 1 << 20 };

struct compose {
	const struct yaml_node *root;
	struct map services, volumes, networks; /* name → node */
	size_t copied;				/* against EXTENDS_COPIED */
};

struct service {
	const struct compose *compose;
	struct draft draft;
	struct workload workload;
	const struct yaml_node *labels, *annotations;
	struct text cpu_quota;
};

/* --- Which document is one ----------------------------------------------------------------------- */

static bool is_any_of(struct str key, const char *const names[], size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(key, str_from(names[i])))
			return true;
	return false;
}

/* Keys that say much: few other formats have a mapping "services" whose members have one of these. */
static bool is_service(const struct yaml_node *node, bool sure)
{
	static const char *const strong[] = {"image", "build", "extends", "container_name"};
	static const char *const weak[] = {
		"cap_add",     "cap_drop",  "command",	    "configs",	    "depends_on",
		"deploy",      "devices",   "dns",	    "entrypoint",   "env_file",
		"environment", "expose",    "extra_hosts",  "group_add",    "healthcheck",
		"hostname",    "init",	    "ipc",	    "labels",	    "links",
		"logging",     "mem_limit", "network_mode", "networks",	    "pid",
		"pids_limit",  "ports",	    "privileged",   "profiles",	    "provider",
		"read_only",   "restart",   "secrets",	    "security_opt", "stdin_open",
		"sysctls",     "tmpfs",	    "tty",	    "ulimits",	    "user",
		"userns_mode", "volumes",   "volumes_from", "working_dir"};

	if (node->kind != YAML_MAPPING)
		return false;
	for (uint32_t i = 0; i < node->n; i++) {
		struct str key = node->pairs[i].key->text;

		if (is_any_of(key, strong, ARRAY_LEN(strong)) ||
		    (sure && is_any_of(key, weak, ARRAY_LEN(weak))))
			return true;
	}
	return false;
}

static bool is_compose(const struct yaml_node *root)
{
	static const char *const known[] = {"version", "name",	  "include", "services", "networks",
					    "volumes", "secrets", "configs", "models"};
	const struct yaml_node *services = yaml_get(root, STR("services"));
	bool sure = true;

	if (!services || services->kind != YAML_MAPPING ||
	    (yaml_get(root, STR("apiVersion")) && yaml_get(root, STR("kind"))))
		return false;
	for (uint32_t i = 0; i < root->n && sure; i++) {
		struct str key = root->pairs[i].key->text;

		sure = str_starts(key, STR("x-")) || is_any_of(key, known, ARRAY_LEN(known));
	}
	for (uint32_t i = 0; i < services->n; i++)
		if (is_service(services->pairs[i].value, sure))
			return true;
	return false;
}

static int index_keys(const struct yaml_node *root, struct str key, struct map *ret)
{
	const struct yaml_node *node = yaml_get(root, key);

	for (uint32_t i = 0; node && node->kind == YAML_MAPPING && i < node->n; i++) {
		void **slot = map_slot(ret, node->pairs[i].key->text);

		if (!slot)
			return -ENOMEM;
		*slot = (void *)(uintptr_t)node->pairs[i].value;
	}
	return 0;
}

/* --- extends ------------------------------------------------------------------------------------- */

static struct yaml_node *copy_node(struct reader *reader, const struct yaml_node *from)
{
	struct yaml_node *node = arena_new(reader->arena, struct yaml_node);

	if (node)
		*node = *from;
	return node;
}

/* The items of both, those of base first (compose-spec, Merge). */
static const struct yaml_node *merge_lists(struct reader *reader, const struct yaml_node *base,
					   const struct yaml_node *over)
{
	struct yaml_node *node = copy_node(reader, over);
	const struct yaml_node **items =
		arena_calloc(reader->arena, (size_t)base->n + over->n, sizeof(*items));

	if (!node || !items)
		return NULL;
	for (uint32_t i = 0; i < base->n; i++)
		items[i] = base->items[i];
	for (uint32_t i = 0; i < over->n; i++)
		items[base->n + i] = over->items[i];
	node->items = items;
	node->n = base->n + over->n;
	return node;
}

static const struct yaml_node *merge_mappings(struct reader *reader, const struct yaml_node *base,
					      const struct yaml_node *over, unsigned depth);

static const struct yaml_node *merge_values(struct reader *reader, struct str key,
					    const struct yaml_node *base,
					    const struct yaml_node *over, unsigned depth)
{
	/* Lists that are one value. */
	static const char *const whole[] = {"command", "entrypoint", "test"};

	if (base->kind != over->kind || base->kind == YAML_SCALAR ||
	    is_any_of(key, whole, ARRAY_LEN(whole)))
		return over;
	return base->kind == YAML_SEQUENCE ? merge_lists(reader, base, over)
					   : merge_mappings(reader, base, over, depth + 1);
}

static const struct yaml_node *merge_mappings(struct reader *reader, const struct yaml_node *base,
					      const struct yaml_node *over, unsigned depth)
{
	_cleanup_map_ struct map seen = MAP_INIT;
	struct yaml_node *node = copy_node(reader, over);
	struct yaml_pair *pairs =
		arena_calloc(reader->arena, (size_t)base->n + over->n, sizeof(*pairs));
	uint32_t n = over->n;

	/* A service nests some five levels: deeper there is nothing that is read. */
	if (depth > EXTENDS_DEPTH)
		return over;
	if (!node || !pairs)
		return NULL;
	for (uint32_t i = 0; i < over->n; i++) {
		void **slot = map_slot(&seen, over->pairs[i].key->text);

		if (!slot)
			return NULL;
		pairs[i] = over->pairs[i];
		*slot = &pairs[i];
	}
	for (uint32_t i = 0; i < base->n; i++) {
		struct yaml_pair *pair = map_get(&seen, base->pairs[i].key->text);

		if (!pair) {
			pairs[n++] = base->pairs[i];
			continue;
		}
		pair->value = merge_values(reader, pair->key->text, base->pairs[i].value,
					   pair->value, depth);
		if (!pair->value)
			return NULL;
	}
	node->pairs = pairs;
	node->n = n;
	return node;
}

/* Pairs and items below a node, as far as a merge may copy them. */
static size_t count_below(const struct yaml_node *node, unsigned depth)
{
	size_t n = node->kind == YAML_SCALAR ? 0 : node->n;

	if (node->kind == YAML_MAPPING && depth < 8)
		for (uint32_t i = 0; i < node->n && n < EXTENDS_COPIED; i++)
			n += count_below(node->pairs[i].value, depth + 1);
	return n;
}

static struct str extended_name(const struct yaml_node *extends, const struct yaml_node **ret_file)
{
	const struct yaml_node *service;

	if (extends->kind == YAML_SCALAR)
		return extends->text;
	service = yaml_get(extends, STR("service"));
	*ret_file = yaml_get(extends, STR("file"));
	return service && service->kind == YAML_SCALAR ? service->text : STR_NULL;
}

/* The service with all that it extends. What cannot be followed is a row in malformed. */
static int resolve_extends(struct reader *reader, struct compose *compose,
			   const struct yaml_node *service, const struct yaml_node **ret)
{
	struct place at = {.node = service, .field = STR("")};
	const struct yaml_node *next = service;

	for (unsigned depth = 0; *ret = service, true; depth++) {
		const struct yaml_node *extends = yaml_get(next, STR("extends")), *file = NULL;
		const char *reason = NULL;
		struct str name;

		if (!extends || reader_is_null(extends))
			return 0;
		name = extended_name(extends, &file);
		next = name.len ? map_get(&compose->services, name) : NULL;
		if (file)
			reason = "takes from another file, which is not read here";
		else if (!next || next->kind != YAML_MAPPING)
			reason = "names no service of this file";
		else if (depth == EXTENDS_DEPTH)
			reason = "goes on for too long, or in a circle";
		else if (compose->copied <= EXTENDS_COPIED)
			compose->copied += count_below(next, 0) + count_below(service, 0);
		if (!reason && compose->copied > EXTENDS_COPIED)
			reason = "makes the file larger than is read";
		if (reason)
			return reader_malformed(reader, &at, STR("extends"), -1, extends, "%s",
						reason);
		service = merge_mappings(reader, next, service, 0);
		if (!service)
			return -ENOMEM;
	}
}

/* --- Ports and volumes --------------------------------------------------------------------------- */

struct long_port {
	struct str name, host_ip, protocol, target, published;
};

static const struct field port_fields[] = {
	FIELD("name", loose_str, struct long_port, name),
	FIELD("host_ip", loose_str, struct long_port, host_ip),
	FIELD("protocol", loose_str, struct long_port, protocol),
	FIELD("target", loose_str, struct long_port, target),
	FIELD("published", loose_str, struct long_port, published),
};

static int port_item(struct reader *reader, const struct place *at, void *out)
{
	struct long_port seen = {0};
	struct port port = {.place = *at};
	const char *reason;
	int r;

	if (at->node->kind != YAML_MAPPING)
		return loose_port(reader, at, out);
	r = read_fields(reader, at, port_fields, ARRAY_LEN(port_fields), &seen);
	if (r < 0)
		return r;
	if (seen.target.len && docker_port_number(seen.target, &port.container, &reason) < 0)
		return reader_malformed(reader, at, STR("target"), -1,
					yaml_get(at->node, STR("target")), "%s", reason);
	if (seen.published.len && docker_port_number(seen.published, &port.host, &reason) < 0)
		return reader_malformed(reader, at, STR("published"), -1,
					yaml_get(at->node, STR("published")), "%s", reason);
	port.name = seen.name;
	port.host_ip = seen.host_ip;
	docker_known(&port.host_ip);
	if (seen.protocol.len) {
		port.protocol = docker_upper(seen.protocol, reader->arena);
		if (!port.protocol.ptr)
			return -ENOMEM;
	}
	return draft_port(out, &port);
}

static int read_ports(struct reader *reader, const struct place *at, struct str key,
		      const struct yaml_node *value, void *out)
{
	return loose_list(reader, at, key, value, false, port_item, out);
}

struct long_volume {
	struct str type, source, target;
	enum truth read_only;
	struct place bind;
};

static const struct field volume_fields[] = {
	FIELD("type", loose_str, struct long_volume, type),
	FIELD("source", loose_str, struct long_volume, source),
	FIELD("target", loose_str, struct long_volume, target),
	FIELD("read_only", loose_truth, struct long_volume, read_only),
	FIELD("bind", read_place, struct long_volume, bind),
};

static int long_volume(struct reader *reader, const struct place *at, struct docker_mount *ret)
{
	struct long_volume seen = {.target = STR("")};
	struct str propagation = STR("");
	const struct field bind[] = {{.key = {"propagation", 11}, .read = loose_str}};
	int r = read_fields(reader, at, volume_fields, ARRAY_LEN(volume_fields), &seen);

	if (r == 0 && seen.bind.node)
		r = read_fields(reader, &seen.bind, bind, ARRAY_LEN(bind), &propagation);
	if (r < 0)
		return r;
	docker_known(&seen.source);
	*ret = (struct docker_mount){.kind = DOCKER_VOLUME,
				     .source = seen.source,
				     .target = seen.target,
				     .read_only = seen.read_only,
				     .propagation = docker_propagation(propagation)};
	if (docker_mount_kind(seen.type, &ret->kind))
		return 1;
	r = reader_malformed(reader, at, STR("type"), -1, yaml_get(at->node, STR("type")),
			     "is no type of volume that exists");
	/* The worst that it could be. */
	ret->kind = docker_is_path(seen.source) ? DOCKER_BIND : DOCKER_OTHER;
	return r < 0 ? r : 1;
}

static struct str text_of(const struct yaml_node *node, struct str key)
{
	const struct yaml_node *value = yaml_get(node, key);

	return value && value->kind == YAML_SCALAR ? value->text : STR("");
}

/* A named volume may be a directory of the host after all: the local driver's options are those of
 * mount(8). */
static void resolve_volume(const struct compose *compose, struct docker_mount *mount)
{
	const struct yaml_node *volume, *options;
	struct str device, rest, option;
	bool bind = false;

	if (mount->kind != DOCKER_VOLUME || !mount->source.len)
		return;
	volume = map_get(&compose->volumes, mount->source);
	options = volume ? yaml_get(volume, STR("driver_opts")) : NULL;
	device = text_of(options, STR("device"));
	rest = text_of(options, STR("o"));
	while (str_split(&rest, ',', &option))
		bind = bind || str_eq(option, STR("bind")) || str_eq(option, STR("rbind"));
	docker_known(&device);
	if (!bind || !docker_is_path(device))
		return;
	mount->kind = DOCKER_BIND;
	mount->source = device;
}

static int volume_item(struct reader *reader, const struct place *at, void *out)
{
	struct service *service = out;
	struct docker_mount mount;
	const char *reason;
	int r;

	if (at->node->kind == YAML_MAPPING) {
		r = long_volume(reader, at, &mount);
		if (r < 0)
			return r;
	} else {
		r = loose_scalar(reader, at, "text or a mapping");
		if (r <= 0)
			return r;
		if (docker_volume(at->node->text, &mount, &reason) < 0)
			return loose_fault(reader, at, reason);
	}
	resolve_volume(service->compose, &mount);
	return draft_mount(reader, &service->draft, at, &mount);
}

static int read_volumes(struct reader *reader, const struct place *at, struct str key,
			const struct yaml_node *value, void *out)
{
	return loose_list(reader, at, key, value, false, volume_item, out);
}

/* The engine's own socket is mounted. */
static int read_api_socket(struct reader *reader, const struct place *at, struct str key,
			   const struct yaml_node *value, void *out)
{
	struct service *service = out;
	struct docker_mount mount = {.kind = DOCKER_BIND,
				     .source = STR("/var/run/docker.sock"),
				     .target = STR("/var/run/docker.sock"),
				     .propagation = STR("")};
	struct place place = {.node = value};
	enum truth truth = TRUTH_UNSET;
	int r = loose_truth(reader, at, key, value, &truth);

	if (r < 0 || truth != TRUTH_YES)
		return r;
	place.field = reader_path(reader, at->field, key, -1);
	return place.field.ptr ? draft_mount(reader, &service->draft, &place, &mount) : -ENOMEM;
}

/* --- Secrets and configurations ------------------------------------------------------------------ */

struct file_ref {
	struct str source, target;
};

static const struct field file_fields[] = {
	FIELD("source", loose_str, struct file_ref, source),
	FIELD("target", loose_str, struct file_ref, target),
};

static int file_item(struct reader *reader, const struct place *at, struct file_ref *ret)
{
	int r;

	if (at->node->kind == YAML_MAPPING) {
		r = read_fields(reader, at, file_fields, ARRAY_LEN(file_fields), ret);
		return r < 0 ? r : 1;
	}
	r = loose_scalar(reader, at, "text or a mapping");
	if (r > 0)
		ret->source = at->node->text;
	return r;
}

static int secret_item(struct reader *reader, const struct place *at, void *out)
{
	struct file_ref ref = {STR(""), STR("")};
	int r = file_item(reader, at, &ref);

	return r <= 0 ? r
		      : draft_mount_of(reader, out, at, VOLUME_SECRET, STR("secret"), ref.source,
				       ref.target);
}

static int config_item(struct reader *reader, const struct place *at, void *out)
{
	struct file_ref ref = {STR(""), STR("")};
	int r = file_item(reader, at, &ref);

	return r <= 0 ? r
		      : draft_mount_of(reader, out, at, VOLUME_CONFIG_MAP, STR("config"),
				       ref.source, ref.target);
}

static int read_secrets(struct reader *reader, const struct place *at, struct str key,
			const struct yaml_node *value, void *out)
{
	return loose_list(reader, at, key, value, false, secret_item, out);
}

static int read_configs(struct reader *reader, const struct place *at, struct str key,
			const struct yaml_node *value, void *out)
{
	return loose_list(reader, at, key, value, false, config_item, out);
}

/* --- Networks ------------------------------------------------------------------------------------ */

/* The network "host" of the engine, under whatever name: only an external one can be it. */
static bool is_host_network(const struct compose *compose, struct str name)
{
	const struct yaml_node *network = map_get(&compose->networks, name), *external;
	struct str real;

	if (!network)
		return false;
	if (str_eq(text_of(network, STR("driver")), STR("host")))
		return true;
	external = yaml_get(network, STR("external"));
	if (!external || docker_truth(text_of(network, STR("external"))) == TRUTH_NO)
		return false;
	real = text_of(network, STR("name"));
	if (!real.len)
		real = text_of(external, STR("name"));
	return str_eq(real.len ? real : name, STR("host"));
}

static int read_networks(struct reader *reader, const struct place *at, struct str key,
			 const struct yaml_node *value, void *out)
{
	struct service *service = out;

	if (value->kind == YAML_SCALAR)
		return reader_wrong_type(reader, at, key, -1, value, "a sequence or a mapping");
	for (uint32_t i = 0; i < value->n; i++) {
		const struct yaml_node *name =
			value->kind == YAML_MAPPING ? value->pairs[i].key : value->items[i];

		if (name->kind == YAML_SCALAR && is_host_network(service->compose, name->text))
			service->workload.host_network = TRUTH_YES;
	}
	return 0;
}

/* --- Resources ----------------------------------------------------------------------------------- */

static const struct field resource_fields[] = {
	FIELD("cpus", loose_limit, struct resources, cpu),
	FIELD("memory", loose_size, struct resources, memory),
	FIELD("pids", loose_pids, struct resources, pids),
};

static int read_resources(struct reader *reader, const struct place *at, struct str key,
			  const struct yaml_node *value, void *out)
{
	struct place place;
	int r = reader_mapping(reader, at, key, value, &place);

	return r <= 0 ? r
		      : read_fields(reader, &place, resource_fields, ARRAY_LEN(resource_fields),
				    out);
}

static const struct field deploy_resource_fields[] = {
	FIELD("limits", read_resources, struct service, draft.container.limits),
	FIELD("reservations", read_resources, struct service, draft.container.requests),
};

static int read_deploy_resources(struct reader *reader, const struct place *at, struct str key,
				 const struct yaml_node *value, void *out)
{
	struct place place;
	int r = reader_mapping(reader, at, key, value, &place);

	return r <= 0 ? r
		      : read_fields(reader, &place, deploy_resource_fields,
				    ARRAY_LEN(deploy_resource_fields), out);
}

static const struct field deploy_fields[] = {
	FIELD("replicas", loose_number, struct service, workload.replicas),
	FIELD_SELF("resources", read_deploy_resources),
};

static int read_deploy(struct reader *reader, const struct place *at, struct str key,
		       const struct yaml_node *value, void *out)
{
	struct place place;
	int r = reader_mapping(reader, at, key, value, &place);

	return r <= 0 ? r
		      : read_fields(reader, &place, deploy_fields, ARRAY_LEN(deploy_fields), out);
}

/* --- The service --------------------------------------------------------------------------------- */

static int read_healthcheck(struct reader *reader, const struct place *at, struct str key,
			    const struct yaml_node *value, void *out)
{
	struct handler *handler = out;
	const struct field fields[] = {{.key = {"disable", 7}, .read = loose_truth}};
	const struct yaml_node *test = yaml_get(value, STR("test")), *first = test;
	enum truth disabled = TRUTH_UNSET;
	int r = reader_mapping(reader, at, key, value, &handler->place);

	if (r <= 0)
		return r;
	r = read_fields(reader, &handler->place, fields, ARRAY_LEN(fields), &disabled);
	if (r < 0 || disabled == TRUTH_YES || !test)
		return r;
	if (test->kind == YAML_SEQUENCE)
		first = test->n ? test->items[0] : NULL;
	else if (test->kind == YAML_MAPPING)
		return reader_wrong_type(reader, &handler->place, STR("test"), -1, test,
					 "text or a sequence");
	handler->has_action = first && first->kind == YAML_SCALAR && first->text.len &&
			      !str_eq(first->text, STR("NONE"));
	return 0;
}

/* Handlers that stand in a list ([{command: …}]). */
static int read_hooks(struct reader *reader, const struct place *at, struct str key,
		      const struct yaml_node *value, void *out)
{
	struct handler *handler = out;

	if (value->kind != YAML_SEQUENCE)
		return reader_wrong_type(reader, at, key, -1, value, "a sequence");
	if (!value->n)
		return 0;
	handler->has_action = true;
	return MIN(reader_item(reader, at, key, 0, value->items[0], &handler->place), 0);
}

static int read_extra_hosts(struct reader *reader, const struct place *at, struct str key,
			    const struct yaml_node *value, void *out)
{
	struct workload *workload = out;

	if (value->kind == YAML_SCALAR)
		return reader_wrong_type(reader, at, key, -1, value, "a sequence or a mapping");
	if (value->kind == YAML_SEQUENCE)
		workload->host_aliases = value;
	return 0;
}

/* The container may then make device files that its engine does not know of. */
static int read_device_rules(struct reader *reader, const struct place *at, struct str key,
			     const struct yaml_node *value, void *out)
{
	if (value->kind == YAML_SEQUENCE && !value->n)
		return 0;
	return reader_malformed(reader, at, key, -1, value, "opens devices, which are not judged");
}

static int read_cgroup(struct reader *reader, const struct place *at, struct str key,
		       const struct yaml_node *value, void *out)
{
	enum truth host = TRUTH_UNSET;
	int r = loose_host(reader, at, key, value, &host);

	if (r < 0 || host != TRUTH_YES)
		return r;
	return reader_malformed(reader, at, key, -1, value,
				"shows the control groups of the host, which is not judged");
}

/* Volumes of a service are judged there; those of a container that runs already are nowhere. */
static int volumes_from_item(struct reader *reader, const struct place *at, void *out)
{
	int r = loose_scalar(reader, at, "text");

	if (r <= 0 || !str_starts(at->node->text, STR("container:")))
		return r;
	return loose_fault(reader, at, "takes volumes of a container that is not described here");
}

static int read_volumes_from(struct reader *reader, const struct place *at, struct str key,
			     const struct yaml_node *value, void *out)
{
	return loose_list(reader, at, key, value, false, volumes_from_item, out);
}

static int read_platform(struct reader *reader, const struct place *at, struct str key,
			 const struct yaml_node *value, void *out)
{
	bool *windows = out;
	struct str platform = STR("");
	int r = loose_str(reader, at, key, value, &platform);

	*windows = str_starts(platform, STR("windows"));
	return r;
}

static const struct field build_fields[] = {
	FIELD_SELF("args", loose_env),
};

/* Arguments end in the image, whoever has it. */
static int read_build(struct reader *reader, const struct place *at, struct str key,
		      const struct yaml_node *value, void *out)
{
	struct service *service = out;
	size_t before = service->draft.env.len;
	struct place place;
	int r;

	if (value->kind == YAML_SCALAR)
		return 0;
	r = reader_mapping(reader, at, key, value, &place);
	if (r > 0)
		r = read_fields(reader, &place, build_fields, ARRAY_LEN(build_fields),
				&service->draft);
	for (size_t i = before; r == 0 && i < service->draft.env.len; i++)
		service->draft.env.items[i].build = true;
	return r;
}

static const struct field service_fields[] = {
	FIELD("annotations", loose_labels, struct service, annotations),
	FIELD_SELF("build", read_build),
	FIELD("cap_add", loose_caps, struct service, draft.add),
	FIELD("cap_drop", loose_caps, struct service, draft.drop),
	FIELD_SELF("cgroup", read_cgroup),
	FIELD("command", loose_words, struct service, draft.args),
	FIELD("configs", read_configs, struct service, draft),
	FIELD("cpu_quota", loose_limit, struct service, cpu_quota),
	FIELD("cpus", loose_limit, struct service, draft.container.limits.cpu),
	FIELD_SELF("deploy", read_deploy),
	FIELD_SELF("device_cgroup_rules", read_device_rules),
	FIELD("devices", loose_devices, struct service, draft.devices),
	FIELD("entrypoint", loose_words, struct service, draft.command),
	FIELD("environment", loose_env, struct service, draft),
	FIELD("extra_hosts", read_extra_hosts, struct service, workload),
	FIELD("group_add", loose_texts, struct service, draft.groups),
	FIELD("healthcheck", read_healthcheck, struct service, draft.container.liveness),
	FIELD("image", loose_text, struct service, draft.container.image),
	FIELD("ipc", loose_host, struct service, workload.host_ipc),
	FIELD("labels", loose_labels, struct service, labels),
	FIELD("mem_limit", loose_size, struct service, draft.container.limits.memory),
	FIELD("mem_reservation", loose_size, struct service, draft.container.requests.memory),
	FIELD("network_mode", loose_host, struct service, workload.host_network),
	FIELD_SELF("networks", read_networks),
	FIELD("pid", loose_host, struct service, workload.host_pid),
	FIELD("pids_limit", loose_pids, struct service, draft.container.limits.pids),
	FIELD("platform", read_platform, struct service, workload.windows),
	FIELD("ports", read_ports, struct service, draft),
	FIELD("post_start", read_hooks, struct service, draft.container.post_start),
	FIELD("pre_stop", read_hooks, struct service, draft.container.pre_stop),
	FIELD("privileged", loose_truth, struct service, draft.container.security.privileged),
	FIELD("pull_policy", loose_str, struct service, draft.container.pull_policy),
	FIELD("read_only", loose_truth, struct service, draft.container.security.read_only_root),
	FIELD("restart", loose_str, struct service, workload.restart_policy),
	FIELD("scale", loose_number, struct service, workload.replicas),
	FIELD("secrets", read_secrets, struct service, draft),
	FIELD("security_opt", loose_security, struct service, draft.container.security),
	FIELD("stdin_open", loose_truth, struct service, draft.container.stdin_open),
	FIELD("sysctls", loose_keys, struct service, draft.sysctls),
	FIELD("tmpfs", loose_tmpfs, struct service, draft),
	FIELD("tty", loose_truth, struct service, draft.container.tty),
	FIELD_SELF("use_api_socket", read_api_socket),
	FIELD("user", loose_user, struct service, draft.container),
	FIELD("userns_mode", loose_host, struct service, workload.host_users),
	FIELD("uts", loose_host, struct service, workload.host_uts),
	FIELD_SELF("volumes", read_volumes),
	FIELD_SELF("volumes_from", read_volumes_from),
};

/* A service without networks is in the one called default (compose-spec, networks). */
static int default_network(struct reader *reader, const struct place *at, struct service *service)
{
	const struct yaml_node *node = at->node, *external;
	const struct yaml_node *networks = yaml_get(node, STR("networks"));
	const struct yaml_node *mode = yaml_get(node, STR("network_mode"));

	if ((mode && !reader_is_null(mode)) ||
	    (networks && networks->kind != YAML_SCALAR && networks->n))
		return 0;
	/* Once a mapping with a name, now a boolean. */
	external = yaml_get(map_get(&service->compose->networks, STR("default")), STR("external"));
	if (external && external->kind != YAML_SCALAR && !text_of(external, STR("name")).len)
		return reader_malformed(reader, at, STR("networks"), -1, external,
					"has a default network that is neither external nor not");
	if (is_host_network(service->compose, STR("default")))
		service->workload.host_network = TRUTH_YES;
	return 0;
}

/* Mappings with "!reset": what their other files make of them is not known. Lists and scalars are told where they
 * are read. */
static int check_tags(struct reader *reader, const struct place *at)
{
	for (uint32_t i = 0; i < at->node->n; i++) {
		const struct yaml_pair *pair = &at->node->pairs[i];

		if (pair->value->tagged && pair->value->kind == YAML_MAPPING &&
		    loose_tagged(reader, at, pair->key->text, pair->value) < 0)
			return -ENOMEM;
	}
	return 0;
}

static void service_release(struct service *service)
{
	draft_release(&service->draft);
}

static int read_service(struct reader *reader, struct str name, struct service *service,
			const struct place *at)
{
	struct container *c = &service->draft.container;
	struct container *container = arena_new(reader->arena, struct container);
	struct workload *w = &service->workload;
	int r;

	if (!container)
		return -ENOMEM;
	r = read_fields(reader, at, service_fields, ARRAY_LEN(service_fields), service);
	if (r == 0)
		r = check_tags(reader, at);
	if (r == 0)
		r = default_network(reader, at, service);
	if (r < 0)
		return r;
	if (!c->limits.cpu.set)
		c->limits.cpu = service->cpu_quota;
	c->name = name;
	c->place = *at;
	c->security.place = *at;
	if (draft_finish(reader, &service->draft, container) < 0)
		return -ENOMEM;
	w->pod = *at;
	w->labels = service->labels;
	w->annotations = service->annotations;
	w->containers = container;
	w->n_containers = 1;
	return draft_volumes(reader, NULL, 0, w);
}

static int hand_over(struct compose *compose, const struct yaml_pair *pair, struct str path,
		     manifest_fn *take, void *arg)
{
	/* Its own, so that a file of ten thousand services needs no more memory than one. */
	_cleanup_arena_ struct arena arena = ARENA_INIT(0);
	_cleanup_(service_release) struct service service = {.compose = compose};
	struct reader reader = READER_INIT(&arena, false);
	struct place at = {.field = STR("")};
	struct object object = {.origin = ORIGIN_COMPOSE,
				.path = path,
				.kind = STR("service"),
				.name = pair->key->text};
	int r;

	if (pair->value->kind == YAML_MAPPING) {
		object.field = reader_path(&reader, STR(".services"), pair->key->text, -1);
		if (!object.field.ptr)
			return -ENOMEM;
		r = resolve_extends(&reader, compose, pair->value, &at.node);
		if (r == 0)
			r = read_service(&reader, pair->key->text, &service, &at);
		object.labels = service.labels;
		object.annotations = service.annotations;
		object.workload = &service.workload;
	} else {
		at.node = yaml_get(compose->root, STR("services"));
		object.field = STR(".services");
		r = reader_wrong_type(&reader, &at, pair->key->text, -1, pair->value, "a mapping");
	}
	if (r < 0)
		return r;
	object.root = at.node;
	object.malformed = reader.malformed;
	object.n_malformed = reader.n_malformed;
	return take(arg, &object);
}

/* A file beside this one is judged where it stands; one from elsewhere nobody may have been told of. */
static bool is_elsewhere(struct str path)
{
	return str_starts(path, STR("/")) || str_starts(path, STR("../")) ||
	       str_find(path, STR("/../")) >= 0 || str_find(path, STR("://")) >= 0 ||
	       str_find_char(path, '$') >= 0 || str_starts(path, STR("git@"));
}

static int check_include(struct reader *reader, const struct place *at, ssize_t index,
			 const struct yaml_node *path)
{
	const struct yaml_node *const *items = &path;
	uint32_t n = 1;

	if (path->kind == YAML_SEQUENCE) {
		items = path->items;
		n = path->n;
	}
	for (uint32_t i = 0; i < n; i++) {
		if (items[i]->kind == YAML_SCALAR && !is_elsewhere(items[i]->text))
			continue;
		if (reader_malformed(reader, at, STR("include"), index, items[i],
				     "takes from elsewhere, which is not read here") < 0)
			return -ENOMEM;
	}
	return 0;
}

/* What the project takes from other files is a row of an object of its own. */
static int hand_over_includes(const struct yaml_node *root, struct str path, struct arena *arena,
			      manifest_fn *take, void *arg)
{
	const struct yaml_node *include = yaml_get(root, STR("include"));
	struct reader reader = READER_INIT(arena, false);
	struct place at = {.node = root, .field = STR("")};
	struct object object = {.origin = ORIGIN_COMPOSE,
				.path = path,
				.kind = STR("project"),
				.name = STR("include"),
				.root = root};

	if (!include || include->kind != YAML_SEQUENCE)
		return 0;
	for (uint32_t i = 0; i < include->n && reader.n_malformed < READER_MALFORMED; i++) {
		const struct yaml_node *item = include->items[i];
		const struct yaml_node *long_form = yaml_get(item, STR("path"));

		if (check_include(&reader, &at, i, long_form ? long_form : item) < 0)
			return -ENOMEM;
	}
	object.malformed = reader.malformed;
	object.n_malformed = reader.n_malformed;
	return object.n_malformed ? take(arg, &object) : 0;
}

static void compose_release(struct compose *compose)
{
	map_release(&compose->services);
	map_release(&compose->volumes);
	map_release(&compose->networks);
}

int manifest_compose(const struct yaml_node *root, struct str path, struct arena *arena,
		     manifest_fn *take, void *arg)
{
	_cleanup_(compose_release) struct compose compose = {.root = root};
	const struct yaml_node *services = yaml_get(root, STR("services"));
	int r;

	if (!is_compose(root))
		return 0;
	if (index_keys(root, STR("services"), &compose.services) < 0 ||
	    index_keys(root, STR("volumes"), &compose.volumes) < 0 ||
	    index_keys(root, STR("networks"), &compose.networks) < 0)
		return -ENOMEM;
	r = hand_over_includes(root, path, arena, take, arg);
	for (uint32_t i = 0; r >= 0 && i < services->n; i++) {
		/* An empty service is what its other files make of it. */
		if (reader_is_null(services->pairs[i].value))
			continue;
		r = hand_over(&compose, &services->pairs[i], path, take, arg);
	}
	return r < 0 ? r : 1;
}
