/*
 * Task definitions of Amazon ECS (API reference: RegisterTaskDefinition, DescribeTaskDefinition), and those
 * in templates of CloudFormation, which write the same names with a capital and may have functions
 * ({"Ref": …}) where a value is wanted.
 */
#include "base/compat.h"

#include "base/map.h"
#include "manifest/draft.h"
#include "manifest/loose.h"
#include "manifest/manifest.h"

/* Both spellings of a key. */
#define BOTH(lower_, upper_, read_, type_, member_) \
	FIELD(lower_, read_, type_, member_), FIELD(upper_, read_, type_, member_)
#define BOTH_SELF(lower_, upper_, read_) FIELD_SELF(lower_, read_), FIELD_SELF(upper_, read_)

struct task {
	struct workload workload;
	struct volume *volumes;
	size_t n_volumes;
	struct map by_name;	 /* name → struct volume */
	struct resources limits; /* of the task as a whole */
	const struct yaml_node *definitions;
	struct str definitions_key;
	struct str family;
};

/* --- Scalars ------------------------------------------------------------------------------------- */

static bool is_function(const struct yaml_node *node)
{
	/* The short form: "!Ref X". Sequences of arguments are told where a list is wanted. */
	if (node->tagged)
		return true;
	return node->kind == YAML_MAPPING && node->n == 1 &&
	       (str_eq(node->pairs[0].key->text, STR("Ref")) ||
		str_starts(node->pairs[0].key->text, STR("Fn::")));
}

/* The row for what CloudFormation works out; else what `read` makes of it. */
static int unless_function(struct reader *reader, const struct place *at, struct str key,
			   const struct yaml_node *value, void *out, field_fn *read)
{
	if (is_function(value))
		return reader_malformed(reader, at, key, -1, value,
					"is only known when the stack is made");
	return read(reader, at, key, value, out);
}

static int read_flag(struct reader *reader, const struct place *at, struct str key,
		     const struct yaml_node *value, void *out)
{
	return unless_function(reader, at, key, value, out, loose_truth);
}

static int read_mode(struct reader *reader, const struct place *at, struct str key,
		     const struct yaml_node *value, void *out)
{
	return unless_function(reader, at, key, value, out, loose_host);
}

static int read_user(struct reader *reader, const struct place *at, struct str key,
		     const struct yaml_node *value, void *out)
{
	return unless_function(reader, at, key, value, out, loose_user);
}

static int read_path(struct reader *reader, const struct place *at, struct str key,
		     const struct yaml_node *value, void *out)
{
	return unless_function(reader, at, key, value, out, loose_str);
}

/* "!Sub" keeps most of what is written; what has no variable is another function's argument. */
static bool is_opaque(const struct yaml_node *value)
{
	return is_function(value) &&
	       (value->kind != YAML_SCALAR || str_find(value->text, STR("${")) < 0);
}

/* Where nobody minds what a function gives: names, images, values. */
static int read_name(struct reader *reader, const struct place *at, struct str key,
		     const struct yaml_node *value, void *out)
{
	return is_opaque(value) ? 0 : loose_str(reader, at, key, value, out);
}

static int read_value(struct reader *reader, const struct place *at, struct str key,
		      const struct yaml_node *value, void *out)
{
	return is_opaque(value) ? 0 : loose_text(reader, at, key, value, out);
}

/* A limit is one, whatever its value. */
static int read_limit(struct reader *reader, const struct place *at, struct str key,
		      const struct yaml_node *value, void *out)
{
	struct text *text = out;

	if (!is_function(value))
		return loose_limit(reader, at, key, value, out);
	*text = (struct text){.set = true, .text = STR("a function")};
	return 0;
}

/* A task's memory may have a unit: "2 GB", "512" (RegisterTaskDefinition, memory); its CPUs "1 vCPU". */
static int read_task_limit(struct reader *reader, const struct place *at, struct str key,
			   const struct yaml_node *value, void *out)
{
	return is_function(value) ? read_limit(reader, at, key, value, out)
				  : loose_text(reader, at, key, value, out);
}

/* --- Lists of a container ------------------------------------------------------------------------ */

struct pair {
	struct str name;
	struct text value;
	struct str from;
};

static const struct field pair_fields[] = {
	BOTH("name", "Name", read_name, struct pair, name),
	BOTH("value", "Value", read_value, struct pair, value),
	BOTH("valueFrom", "ValueFrom", read_name, struct pair, from),
	BOTH("namespace", "Namespace", read_name, struct pair, name),
};

static int read_pair(struct reader *reader, const struct place *at, struct pair *ret)
{
	if (is_function(at->node))
		return 0;
	if (at->node->kind != YAML_MAPPING)
		return reader_not_mapping(reader, at);
	return read_fields(reader, at, pair_fields, ARRAY_LEN(pair_fields), ret);
}

static int env_item(struct reader *reader, const struct place *at, void *out)
{
	struct pair pair = {.name = STR("")};
	int r = read_pair(reader, at, &pair);
	struct env_var env = {.place = *at, .name = pair.name, .value = pair.value};

	return r < 0 || !pair.name.len ? r : draft_env(out, &env);
}

static int secret_item(struct reader *reader, const struct place *at, void *out)
{
	struct pair pair = {.name = STR("")};
	int r = read_pair(reader, at, &pair);
	struct env_var env = {
		.place = *at, .name = pair.name, .from_secret = true, .reference = pair.from};

	return r < 0 || !pair.name.len ? r : draft_env(out, &env);
}

static int sysctl_item(struct reader *reader, const struct place *at, void *out)
{
	struct pair pair = {.name = STR("")};
	int r = read_pair(reader, at, &pair);

	return r < 0 || !pair.name.len ? r : draft_text(out, pair.name);
}

static int read_env(struct reader *reader, const struct place *at, struct str key,
		    const struct yaml_node *value, void *out)
{
	return loose_list(reader, at, key, value, false, env_item, out);
}

static int read_secrets(struct reader *reader, const struct place *at, struct str key,
			const struct yaml_node *value, void *out)
{
	return loose_list(reader, at, key, value, false, secret_item, out);
}

static int read_sysctls(struct reader *reader, const struct place *at, struct str key,
			const struct yaml_node *value, void *out)
{
	return loose_list(reader, at, key, value, false, sysctl_item, out);
}

static int read_port_number(struct reader *reader, const struct place *at, struct str key,
			    const struct yaml_node *value, void *out)
{
	const char *reason;

	if (is_function(value))
		return 0;
	if (value->kind != YAML_SCALAR)
		return reader_wrong_type(reader, at, key, -1, value, "a port");
	if (docker_port_number(value->text, out, &reason) < 0)
		return reader_malformed(reader, at, key, -1, value, "%s", reason);
	return 0;
}

static const struct field port_fields[] = {
	BOTH("containerPort", "ContainerPort", read_port_number, struct port, container),
	BOTH("containerPortRange", "ContainerPortRange", read_port_number, struct port, container),
	BOTH("hostPort", "HostPort", read_port_number, struct port, host),
	BOTH("name", "Name", read_name, struct port, name),
	BOTH("protocol", "Protocol", read_name, struct port, protocol),
};

static int port_item(struct reader *reader, const struct place *at, void *out)
{
	struct port port = {.place = *at};
	int r;

	if (at->node->kind != YAML_MAPPING)
		return reader_not_mapping(reader, at);
	r = read_fields(reader, at, port_fields, ARRAY_LEN(port_fields), &port);
	if (r < 0)
		return r;
	/* 0 is as if it were not there: the engine picks a port. */
	if (port.host.value == 0)
		port.host = (struct number){0};
	if (port.protocol.len) {
		port.protocol = docker_upper(port.protocol, reader->arena);
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

struct ecs_container {
	const struct task *task;
	struct draft draft;
};

static const struct field mount_fields[] = {
	BOTH("sourceVolume", "SourceVolume", read_name, struct mount, name),
	BOTH("containerPath", "ContainerPath", read_name, struct mount, target),
	BOTH("readOnly", "ReadOnly", read_flag, struct mount, read_only),
};

static int mount_item(struct reader *reader, const struct place *at, void *out)
{
	struct ecs_container *c = out;
	struct mount mount = {.place = *at, .name = STR("")}, *slot;
	int r;

	if (at->node->kind != YAML_MAPPING)
		return reader_not_mapping(reader, at);
	r = read_fields(reader, at, mount_fields, ARRAY_LEN(mount_fields), &mount);
	if (r < 0)
		return r;
	mount.volume = map_get(&c->task->by_name, mount.name);
	if (mount.volume && mount.volume->kind == VOLUME_HOST_PATH)
		mount.source = mount.volume->reference;
	slot = vec_add(&c->draft.mounts);
	if (!slot)
		return -ENOMEM;
	*slot = mount;
	return 0;
}

static int read_mounts(struct reader *reader, const struct place *at, struct str key,
		       const struct yaml_node *value, void *out)
{
	return loose_list(reader, at, key, value, false, mount_item, out);
}

static const struct field tmpfs_fields[] = {
	BOTH("containerPath", "ContainerPath", read_name, struct docker_mount, target),
};

static int tmpfs_item(struct reader *reader, const struct place *at, void *out)
{
	struct docker_mount mount = {.kind = DOCKER_TMPFS, .propagation = STR("")};
	int r;

	if (at->node->kind != YAML_MAPPING)
		return reader_not_mapping(reader, at);
	r = read_fields(reader, at, tmpfs_fields, ARRAY_LEN(tmpfs_fields), &mount);
	return r < 0 ? r : draft_mount(reader, out, at, &mount);
}

static int read_tmpfs(struct reader *reader, const struct place *at, struct str key,
		      const struct yaml_node *value, void *out)
{
	return loose_list(reader, at, key, value, false, tmpfs_item, out);
}

/* Reads a mapping's known keys into the same out. */
static int read_below(struct reader *reader, const struct place *at, struct str key,
		      const struct yaml_node *value, const struct field *fields, size_t n,
		      void *out)
{
	if (is_function(value))
		return reader_malformed(reader, at, key, -1, value,
					"is only known when the stack is made");
	return read_inner(reader, at, key, value, fields, n, out);
}

static const struct field capability_fields[] = {
	BOTH("add", "Add", loose_caps, struct draft, add),
	BOTH("drop", "Drop", loose_caps, struct draft, drop),
};

static int read_capabilities(struct reader *reader, const struct place *at, struct str key,
			     const struct yaml_node *value, void *out)
{
	return read_below(reader, at, key, value, capability_fields, ARRAY_LEN(capability_fields),
			  out);
}

static const struct field linux_fields[] = {
	BOTH_SELF("capabilities", "Capabilities", read_capabilities),
	BOTH("devices", "Devices", loose_devices, struct draft, devices),
	BOTH_SELF("tmpfs", "Tmpfs", read_tmpfs),
};

static int read_linux(struct reader *reader, const struct place *at, struct str key,
		      const struct yaml_node *value, void *out)
{
	return read_below(reader, at, key, value, linux_fields, ARRAY_LEN(linux_fields), out);
}

static const struct field health_fields[] = {
	BOTH("command", "Command", loose_texts, struct draft, command),
};

static int read_health(struct reader *reader, const struct place *at, struct str key,
		       const struct yaml_node *value, void *out)
{
	_cleanup_draft_ struct draft test = {0};
	struct handler *handler = out;
	int r;

	if (is_function(value))
		return 0;
	r = reader_mapping(reader, at, key, value, &handler->place);
	if (r <= 0)
		return r;
	r = read_fields(reader, &handler->place, health_fields, ARRAY_LEN(health_fields), &test);
	handler->has_action = test.command.len && !str_eq(test.command.items[0], STR("NONE"));
	return r;
}

static const struct field container_fields[] = {
	BOTH("name", "Name", read_name, struct ecs_container, draft.container.name),
	BOTH("image", "Image", read_value, struct ecs_container, draft.container.image),
	BOTH("user", "User", read_user, struct ecs_container, draft.container),
	BOTH("privileged", "Privileged", read_flag, struct ecs_container,
	     draft.container.security.privileged),
	BOTH("readonlyRootFilesystem", "ReadonlyRootFilesystem", read_flag, struct ecs_container,
	     draft.container.security.read_only_root),
	BOTH("interactive", "Interactive", read_flag, struct ecs_container,
	     draft.container.stdin_open),
	BOTH("pseudoTerminal", "PseudoTerminal", read_flag, struct ecs_container,
	     draft.container.tty),
	BOTH("memory", "Memory", read_limit, struct ecs_container, draft.container.limits.memory),
	BOTH("memoryReservation", "MemoryReservation", read_limit, struct ecs_container,
	     draft.container.requests.memory),
	BOTH("cpu", "Cpu", read_limit, struct ecs_container, draft.container.requests.cpu),
	BOTH("command", "Command", loose_texts, struct ecs_container, draft.args),
	BOTH("entryPoint", "EntryPoint", loose_texts, struct ecs_container, draft.command),
	BOTH("environment", "Environment", read_env, struct ecs_container, draft),
	BOTH("secrets", "Secrets", read_secrets, struct ecs_container, draft),
	BOTH("portMappings", "PortMappings", read_ports, struct ecs_container, draft),
	BOTH_SELF("mountPoints", "MountPoints", read_mounts),
	BOTH("linuxParameters", "LinuxParameters", read_linux, struct ecs_container, draft),
	BOTH("dockerSecurityOptions", "DockerSecurityOptions", loose_security, struct ecs_container,
	     draft.container.security),
	BOTH("systemControls", "SystemControls", read_sysctls, struct ecs_container, draft.sysctls),
	BOTH("healthCheck", "HealthCheck", read_health, struct ecs_container,
	     draft.container.liveness),
};

static void container_release(struct ecs_container *c)
{
	draft_release(&c->draft);
}

static int read_container(struct reader *reader, const struct place *at, void *more,
			  struct container *ret)
{
	_cleanup_(container_release) struct ecs_container c = {.task = more};
	struct container *container = &c.draft.container;
	int r = read_fields(reader, at, container_fields, ARRAY_LEN(container_fields), &c);

	if (r < 0)
		return r;
	container->place = *at;
	container->security.place = *at;
	/* What the task may take no container of it can go beyond. */
	if (!container->limits.memory.set)
		container->limits.memory = c.task->limits.memory;
	if (!container->limits.cpu.set)
		container->limits.cpu = c.task->limits.cpu;
	r = draft_finish(reader, &c.draft, ret);
	return r < 0 ? r : 1;
}

/* --- Volumes ------------------------------------------------------------------------------------- */

static const struct field host_fields[] = {
	BOTH("sourcePath", "SourcePath", read_path, struct volume, reference),
};

/* Without a path the engine makes a directory that goes with the container. */
static int read_host(struct reader *reader, const struct place *at, struct str key,
		     const struct yaml_node *value, void *out)
{
	struct volume *volume = out;
	int r = read_below(reader, at, key, value, host_fields, ARRAY_LEN(host_fields), volume);

	volume->source = STR("host");
	volume->kind = volume->reference.len ? VOLUME_HOST_PATH : VOLUME_EMPTY_DIR;
	return r;
}

struct driver_options {
	struct str device, options;
};

static const struct field driver_option_fields[] = {
	FIELD("device", read_path, struct driver_options, device),
	FIELD("o", read_path, struct driver_options, options),
};

static int read_driver_options(struct reader *reader, const struct place *at, struct str key,
			       const struct yaml_node *value, void *out)
{
	struct driver_options seen = {STR(""), STR("")};
	struct volume *volume = out;
	struct str option;
	int r = read_below(reader, at, key, value, driver_option_fields,
			   ARRAY_LEN(driver_option_fields), &seen);

	while (str_split(&seen.options, ',', &option)) {
		if ((str_eq(option, STR("bind")) || str_eq(option, STR("rbind"))) &&
		    docker_is_path(seen.device)) {
			volume->kind = VOLUME_HOST_PATH;
			volume->reference = seen.device;
		}
	}
	return r;
}

static const struct field docker_volume_fields[] = {
	BOTH_SELF("driverOpts", "DriverOpts", read_driver_options),
};

static int read_docker_volume(struct reader *reader, const struct place *at, struct str key,
			      const struct yaml_node *value, void *out)
{
	struct volume *volume = out;

	volume->kind = VOLUME_CLAIM;
	volume->source = STR("dockerVolumeConfiguration");
	return read_below(reader, at, key, value, docker_volume_fields,
			  ARRAY_LEN(docker_volume_fields), out);
}

static int read_other_volume(struct reader *reader, const struct place *at, struct str key,
			     const struct yaml_node *value, void *out)
{
	struct volume *volume = out;

	volume->kind = VOLUME_OTHER;
	volume->source = key;
	return 0;
}

static const struct field volume_fields[] = {
	BOTH("name", "Name", read_name, struct volume, name),
	BOTH_SELF("host", "Host", read_host),
	BOTH_SELF("dockerVolumeConfiguration", "DockerVolumeConfiguration", read_docker_volume),
	BOTH_SELF("efsVolumeConfiguration", "EFSVolumeConfiguration", read_other_volume),
	BOTH_SELF("fsxWindowsFileServerVolumeConfiguration",
		  "FSxWindowsFileServerVolumeConfiguration", read_other_volume),
};

static int read_volume(struct reader *reader, const struct place *at, void *item)
{
	struct volume *volume = item;

	volume->place = *at;
	volume->kind = VOLUME_EMPTY_DIR;
	return read_fields(reader, at, volume_fields, ARRAY_LEN(volume_fields), volume);
}

static int read_volumes(struct reader *reader, const struct place *at, struct str key,
			const struct yaml_node *value, void *out)
{
	struct task *task = out;
	int r = reader_list(reader, at, key, value, sizeof(struct volume), READER_ITEMS,
			    read_volume, &task->volumes, &task->n_volumes);

	for (size_t i = 0; r == 0 && i < task->n_volumes; i++) {
		void **slot = map_slot(&task->by_name, task->volumes[i].name);

		if (!slot)
			return -ENOMEM;
		*slot = &task->volumes[i];
	}
	return r;
}

/* --- The task ------------------------------------------------------------------------------------ */

static int keep_definitions(struct reader *reader, const struct place *at, struct str key,
			    const struct yaml_node *value, void *out)
{
	struct task *task = out;

	task->definitions = value;
	task->definitions_key = key;
	return 0;
}

static int read_os(struct reader *reader, const struct place *at, struct str key,
		   const struct yaml_node *value, void *out)
{
	bool *windows = out;
	struct str family = STR("");
	int r = read_name(reader, at, key, value, &family);

	*windows = str_starts(family, STR("WINDOWS"));
	return r;
}

static const struct field platform_fields[] = {
	BOTH("operatingSystemFamily", "OperatingSystemFamily", read_os, struct workload, windows),
};

static int read_platform(struct reader *reader, const struct place *at, struct str key,
			 const struct yaml_node *value, void *out)
{
	return read_below(reader, at, key, value, platform_fields, ARRAY_LEN(platform_fields), out);
}

static const struct field task_fields[] = {
	BOTH_SELF("containerDefinitions", "ContainerDefinitions", keep_definitions),
	BOTH("family", "Family", read_name, struct task, family),
	BOTH("networkMode", "NetworkMode", read_mode, struct task, workload.host_network),
	BOTH("pidMode", "PidMode", read_mode, struct task, workload.host_pid),
	BOTH("ipcMode", "IpcMode", read_mode, struct task, workload.host_ipc),
	BOTH("memory", "Memory", read_task_limit, struct task, limits.memory),
	BOTH("cpu", "Cpu", read_task_limit, struct task, limits.cpu),
	BOTH("runtimePlatform", "RuntimePlatform", read_platform, struct task, workload),
	BOTH_SELF("volumes", "Volumes", read_volumes),
};

static int read_task(struct reader *reader, const struct place *at, struct task *task)
{
	int r = read_fields(reader, at, task_fields, ARRAY_LEN(task_fields), task);

	if (r < 0)
		return r;
	task->workload.pod = *at;
	/* After the volumes, which containers refer to. */
	if (task->definitions)
		r = draft_containers(reader, at, task->definitions_key, task->definitions,
				     read_container, task, &task->workload);
	return r < 0 ? r : draft_volumes(reader, task->volumes, task->n_volumes, &task->workload);
}

static void task_release(struct task *task)
{
	map_release(&task->by_name);
}

static int hand_over(const struct yaml_node *root, struct str field, struct str name,
		     struct str path, manifest_fn *take, void *arg)
{
	_cleanup_arena_ struct arena arena = ARENA_INIT(0);
	_cleanup_(task_release) struct task task = {.family = STR("")};
	struct reader reader = READER_INIT(&arena, false);
	struct place at = {.node = root, .field = STR("")};
	struct object object = {.origin = ORIGIN_ECS,
				.path = path,
				.kind = STR("task definition"),
				.root = root,
				.field = field,
				.workload = &task.workload};
	int r = read_task(&reader, &at, &task);

	if (r < 0)
		return r;
	object.name = task.family.len ? task.family : name;
	object.malformed = reader.malformed;
	object.n_malformed = reader.n_malformed;
	return take(arg, &object);
}

/* A resource whose properties cannot be read. */
static int hand_over_unread(const struct yaml_node *resource, struct str name, struct str path,
			    struct reader *reader, manifest_fn *take, void *arg)
{
	const struct yaml_node *properties = yaml_get(resource, STR("Properties"));
	struct place at = {.node = resource, .field = STR("")};
	struct object object = {.origin = ORIGIN_ECS,
				.path = path,
				.kind = STR("task definition"),
				.name = name,
				.root = resource};
	int r;

	reader->malformed = NULL;
	reader->n_malformed = reader->max_malformed = 0;
	object.field = reader_path(reader, STR(".Resources"), name, -1);
	if (!object.field.ptr)
		return -ENOMEM;
	if (properties)
		r = reader_wrong_type(reader, &at, STR("Properties"), -1, properties, "a mapping");
	else
		r = reader_malformed(reader, &at, STR(""), -1, resource, "has no Properties");
	if (r < 0)
		return r;
	object.malformed = reader->malformed;
	object.n_malformed = reader->n_malformed;
	return take(arg, &object);
}

static bool is_task(const struct yaml_node *node)
{
	const struct yaml_node *definitions = yaml_get(node, STR("containerDefinitions"));

	return definitions && (definitions->kind == YAML_SEQUENCE || yaml_get(node, STR("family")));
}

static bool is_task_resource(const struct yaml_node *resource)
{
	const struct yaml_node *type = yaml_get(resource, STR("Type"));

	return type && type->kind == YAML_SCALAR &&
	       (str_eq(type->text, STR("AWS::ECS::TaskDefinition")) ||
		str_eq(type->text, STR("AWS::ECS::DaemonTaskDefinition")));
}

static int read_template(const struct yaml_node *resources, struct str path, struct arena *arena,
			 manifest_fn *take, void *arg)
{
	struct reader reader = READER_INIT(arena, false);
	int found = 0;

	for (uint32_t i = 0; i < resources->n; i++) {
		const struct yaml_node *resource = resources->pairs[i].value;
		struct str name = resources->pairs[i].key->text, field;
		const struct yaml_node *properties;
		int r;

		if (!is_task_resource(resource))
			continue;
		found = 1;
		properties = yaml_get(resource, STR("Properties"));
		field = reader_path(&reader, STR(".Resources"), name, -1);
		if (field.ptr)
			field = arena_printf(arena, "%.*s.Properties", STR_FMT(field));
		if (!field.ptr)
			return -ENOMEM;
		if (properties && properties->kind == YAML_MAPPING)
			r = hand_over(properties, field, name, path, take, arg);
		else
			r = hand_over_unread(resource, name, path, &reader, take, arg);
		if (r < 0)
			return r;
	}
	return found;
}

int manifest_ecs(const struct yaml_node *root, struct str path, struct arena *arena,
		 manifest_fn *take, void *arg)
{
	const struct yaml_node *described = yaml_get(root, STR("taskDefinition"));
	const struct yaml_node *resources = yaml_get(root, STR("Resources"));
	int r;

	if (is_task(root))
		r = hand_over(root, STR(""), STR(""), path, take, arg);
	else if (described && is_task(described))
		r = hand_over(described, STR(".taskDefinition"), STR(""), path, take, arg);
	else if (resources && resources->kind == YAML_MAPPING)
		return read_template(resources, path, arena, take, arg);
	else
		return 0;
	return r < 0 ? r : 1;
}
