/*
 * Jobs of Nomad as JSON: what its API takes and gives ({"Job": {…}}, or the job alone) and what
 * `nomad job run -output` prints. Each task group is an object. Of the drivers docker and podman are judged;
 * a task of another one is a row in malformed, since nobody looks at what it may do.
 */
#include "base/compat.h"

#include "base/map.h"
#include "manifest/draft.h"
#include "manifest/loose.h"
#include "manifest/manifest.h"

struct group {
	struct workload workload;
	struct str name;
	struct volume *volumes;
	size_t n_volumes;
	struct map volumes_by_name; /* name → struct volume */
	struct map ports_by_label;  /* label → struct port */
	const struct yaml_node *tasks, *meta;
	struct handler check; /* of a service of the group */
};

struct task {
	struct group *group;
	struct draft draft;
	struct str driver;
	struct place config;
	struct workload modes; /* namespaces of this task */
	struct number cpu, cores, memory, memory_max, memory_hard;
	enum truth cpu_hard;
	bool init, sidecar;
};

/* --- Small things -------------------------------------------------------------------------------- */

/* A block of HCL is a list of mappings once it is JSON; a lone mapping is taken for one, too. */
static int read_blocks(struct reader *reader, const struct place *at, struct str key,
		       const struct yaml_node *value, loose_item_fn *item, void *out)
{
	struct place place;
	int r;

	if (value->kind != YAML_MAPPING)
		return loose_list(reader, at, key, value, false, item, out);
	r = reader_mapping(reader, at, key, value, &place);
	return r <= 0 ? r : item(reader, &place, out);
}

static struct text number_text(struct reader *reader, struct number number, bool *failed)
{
	struct str text = arena_printf(reader->arena, "%" PRId64, number.value);

	*failed = *failed || !text.ptr;
	return (struct text){.set = number.value > 0, .text = number.value > 0 ? text : STR("")};
}

/* --- Config of docker and podman ----------------------------------------------------------------- */

struct config_mount {
	struct str type, source, target;
	enum truth read_only;
	struct str propagation;
};

static int read_bind_options(struct reader *reader, const struct place *at, struct str key,
			     const struct yaml_node *value, void *out);

static const struct field mount_fields[] = {
	FIELD("type", loose_str, struct config_mount, type),
	FIELD("source", loose_str, struct config_mount, source),
	FIELD("target", loose_str, struct config_mount, target),
	FIELD("readonly", loose_truth, struct config_mount, read_only),
	FIELD_SELF("bind_options", read_bind_options),
};

static int bind_options(struct reader *reader, const struct place *at, void *out)
{
	static const struct field fields[] = {
		FIELD("propagation", loose_str, struct config_mount, propagation),
	};

	if (at->node->kind != YAML_MAPPING)
		return reader_not_mapping(reader, at);
	return read_fields(reader, at, fields, ARRAY_LEN(fields), out);
}

static int read_bind_options(struct reader *reader, const struct place *at, struct str key,
			     const struct yaml_node *value, void *out)
{
	return read_blocks(reader, at, key, value, bind_options, out);
}

static int mount_item(struct reader *reader, const struct place *at, void *out)
{
	struct config_mount seen = {.type = STR("volume"), .target = STR("")};
	struct docker_mount mount = {.kind = DOCKER_OTHER};
	int r;

	if (at->node->kind != YAML_MAPPING)
		return reader_not_mapping(reader, at);
	r = read_fields(reader, at, mount_fields, ARRAY_LEN(mount_fields), &seen);
	if (r == 0 && !docker_mount_kind(seen.type, &mount.kind))
		r = reader_malformed(reader, at, STR("type"), -1, yaml_get(at->node, STR("type")),
				     "is no type of mount that exists");
	if (r < 0)
		return r;
	mount.source = seen.source;
	mount.target = seen.target;
	mount.read_only = seen.read_only;
	mount.propagation = docker_propagation(seen.propagation);
	return draft_mount(reader, out, at, &mount);
}

static int read_mounts(struct reader *reader, const struct place *at, struct str key,
		       const struct yaml_node *value, void *out)
{
	return read_blocks(reader, at, key, value, mount_item, out);
}

/* A list of mappings whose keys are names: sysctl { net.core.somaxconn = "1" }. */
static int keys_item(struct reader *reader, const struct place *at, void *out)
{
	struct str_list *list = out;

	if (at->node->kind != YAML_MAPPING)
		return reader_not_mapping(reader, at);
	for (uint32_t i = 0; i < at->node->n; i++) {
		if (reader->items == READER_ITEMS)
			return loose_fault(reader, at, "has more keys than are read");
		reader->items++;
		if (draft_text(list, at->node->pairs[i].key->text) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int read_sysctl(struct reader *reader, const struct place *at, struct str key,
		       const struct yaml_node *value, void *out)
{
	return read_blocks(reader, at, key, value, keys_item, out);
}

/* Labels of ports that the group has. */
static int port_item(struct reader *reader, const struct place *at, void *out)
{
	struct task *task = out;
	const struct port *port;
	int r = loose_scalar(reader, at, "text");

	if (r <= 0)
		return r;
	port = map_get(&task->group->ports_by_label, at->node->text);
	return port ? draft_port(&task->draft, port) : 0;
}

static int read_ports(struct reader *reader, const struct place *at, struct str key,
		      const struct yaml_node *value, void *out)
{
	return loose_list(reader, at, key, value, false, port_item, out);
}

/* apparmor_profile of podman: "unconfined" or a name. */
static int read_apparmor(struct reader *reader, const struct place *at, struct str key,
			 const struct yaml_node *value, void *out)
{
	struct security *security = out;
	struct str name = STR("");
	int r = loose_str(reader, at, key, value, &name);

	if (r < 0 || !name.len)
		return r;
	security->has_apparmor = true;
	security->apparmor.set = true;
	security->apparmor.text =
		str_eq(name, STR("unconfined")) ? STR("Unconfined") : STR("Localhost");
	return 0;
}

/* selinux_opts of podman: the values of --security-opt label=. */
static int selinux_item(struct reader *reader, const struct place *at, void *out)
{
	const char *reason;
	struct str option;
	int r = loose_scalar(reader, at, "text");

	if (r <= 0)
		return r;
	option = arena_printf(reader->arena, "label=%.*s", STR_FMT(at->node->text));
	if (!option.ptr)
		return -ENOMEM;
	if (docker_security_opt(option, out, &reason) < 0)
		return loose_fault(reader, at, reason);
	return 0;
}

static int read_selinux(struct reader *reader, const struct place *at, struct str key,
			const struct yaml_node *value, void *out)
{
	return loose_list(reader, at, key, value, false, selinux_item, out);
}

static int read_network(struct reader *reader, const struct place *at, struct str key,
			const struct yaml_node *value, void *out)
{
	/* What a variable gives is a network's name more often than not; it is never a namespace. */
	if (value->kind == YAML_SCALAR && docker_has_variable(value->text))
		return 0;
	return loose_host(reader, at, key, value, out);
}

static const struct field config_fields[] = {
	FIELD("apparmor_profile", read_apparmor, struct task, draft.container.security),
	FIELD("args", loose_words, struct task, draft.args),
	FIELD("cap_add", loose_caps, struct task, draft.add),
	FIELD("cap_drop", loose_caps, struct task, draft.drop),
	FIELD("command", loose_words, struct task, draft.command),
	FIELD("cpu_hard_limit", loose_truth, struct task, cpu_hard),
	FIELD("devices", loose_devices, struct task, draft.devices),
	FIELD("group_add", loose_texts, struct task, draft.groups),
	FIELD("image", loose_text, struct task, draft.container.image),
	FIELD("interactive", loose_truth, struct task, draft.container.stdin_open),
	FIELD("ipc_mode", loose_host, struct task, modes.host_ipc),
	FIELD("memory_hard_limit", loose_number, struct task, memory_hard),
	FIELD("mount", read_mounts, struct task, draft),
	FIELD("mounts", read_mounts, struct task, draft),
	FIELD("network_mode", read_network, struct task, modes.host_network),
	FIELD("pid_mode", loose_host, struct task, modes.host_pid),
	FIELD("pids_limit", loose_pids, struct task, draft.container.limits.pids),
	FIELD_SELF("ports", read_ports),
	FIELD("privileged", loose_truth, struct task, draft.container.security.privileged),
	FIELD("readonly_rootfs", loose_truth, struct task, draft.container.security.read_only_root),
	FIELD("security_opt", loose_security, struct task, draft.container.security),
	FIELD("selinux_opts", read_selinux, struct task, draft.container.security),
	FIELD("sysctl", read_sysctl, struct task, draft.sysctls),
	FIELD("tmpfs", loose_tmpfs, struct task, draft),
	FIELD("tty", loose_truth, struct task, draft.container.tty),
	FIELD("userns", loose_host, struct task, modes.host_users),
	FIELD("userns_mode", loose_host, struct task, modes.host_users),
	FIELD("uts_mode", loose_host, struct task, modes.host_uts),
	FIELD("volumes", loose_volumes, struct task, draft),
};

/* --- Tasks --------------------------------------------------------------------------------------- */

struct template
{
	struct str text, path;
	enum truth env;
};

static const struct field template_fields[] = {
	FIELD("DestPath", loose_str, struct template, path),
	FIELD("EmbeddedTmpl", loose_str, struct template, text),
	FIELD("Envvars", loose_truth, struct template, env),
};

/* Lines NAME=VALUE, whose values may come from Vault, Consul or Nomad's variables. */
static int template_item(struct reader *reader, const struct place *at, void *out)
{
	struct template seen = {.text = STR(""), .path = STR("")};
	struct str line;
	int r;

	if (at->node->kind != YAML_MAPPING)
		return reader_not_mapping(reader, at);
	r = read_fields(reader, at, template_fields, ARRAY_LEN(template_fields), &seen);
	if (r < 0 || seen.env != TRUTH_YES)
		return r;
	while (str_next_line(&seen.text, &line)) {
		struct env_var env = {.place = *at};
		struct str value;
		ssize_t equals;

		line = str_trim(line);
		equals = str_find_char(line, '=');
		if (equals <= 0 || line.ptr[0] == '#' || str_starts(line, STR("{{")))
			continue;
		if (reader->items == READER_ITEMS)
			return loose_fault(reader, at, "has more lines than are read");
		reader->items++;
		env.name = str_trim(str_sub(line, 0, (size_t)equals));
		value = str_trim(str_from_offset(line, (size_t)equals + 1));
		env.from_secret = str_find(value, STR("{{")) >= 0;
		if (env.from_secret)
			env.reference = seen.path;
		else
			env.value = (struct text){.set = true, .text = value};
		if (draft_env(out, &env) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int read_templates(struct reader *reader, const struct place *at, struct str key,
			  const struct yaml_node *value, void *out)
{
	return loose_list(reader, at, key, value, false, template_item, out);
}

static const struct field volume_mount_fields[] = {
	FIELD("Volume", loose_str, struct mount, name),
	FIELD("Destination", loose_str, struct mount, target),
	FIELD("ReadOnly", loose_truth, struct mount, read_only),
	FIELD("PropagationMode", loose_str, struct mount, propagation),
};

static int volume_mount_item(struct reader *reader, const struct place *at, void *out)
{
	struct task *task = out;
	struct mount mount = {.place = *at, .name = STR("")}, *slot;
	int r;

	if (at->node->kind != YAML_MAPPING)
		return reader_not_mapping(reader, at);
	r = read_fields(reader, at, volume_mount_fields, ARRAY_LEN(volume_mount_fields), &mount);
	if (r < 0)
		return r;
	/* "private", "host-to-task" and "bidirectional". */
	if (str_eq(mount.propagation, STR("bidirectional")))
		mount.propagation = STR("Bidirectional");
	else if (str_eq(mount.propagation, STR("host-to-task")))
		mount.propagation = STR("HostToContainer");
	else
		mount.propagation = STR("");
	mount.volume = map_get(&task->group->volumes_by_name, mount.name);
	slot = vec_add(&task->draft.mounts);
	if (!slot)
		return -ENOMEM;
	*slot = mount;
	return 0;
}

static int read_volume_mounts(struct reader *reader, const struct place *at, struct str key,
			      const struct yaml_node *value, void *out)
{
	return loose_list(reader, at, key, value, false, volume_mount_item, out);
}

struct lifecycle {
	struct str hook;
	enum truth sidecar;
};

static const struct field lifecycle_fields[] = {
	FIELD("Hook", loose_str, struct lifecycle, hook),
	FIELD("Sidecar", loose_truth, struct lifecycle, sidecar),
};

static int read_lifecycle(struct reader *reader, const struct place *at, struct str key,
			  const struct yaml_node *value, void *out)
{
	struct task *task = out;
	struct lifecycle seen = {.hook = STR("")};
	int r = read_inner(reader, at, key, value, lifecycle_fields, ARRAY_LEN(lifecycle_fields),
			   &seen);

	task->init = str_eq(seen.hook, STR("prestart"));
	task->sidecar = seen.sidecar == TRUTH_YES;
	return r;
}

static const struct field resource_fields[] = {
	FIELD("CPU", loose_number, struct task, cpu),
	FIELD("Cores", loose_number, struct task, cores),
	FIELD("MemoryMB", loose_number, struct task, memory),
	FIELD("MemoryMaxMB", loose_number, struct task, memory_max),
};

static int read_resources(struct reader *reader, const struct place *at, struct str key,
			  const struct yaml_node *value, void *out)
{
	return read_inner(reader, at, key, value, resource_fields, ARRAY_LEN(resource_fields), out);
}

/* The first check of a service is enough to know that health is asked for. */
static int service_item(struct reader *reader, const struct place *at, void *out)
{
	struct handler *handler = out;
	const struct yaml_node *checks;

	if (at->node->kind != YAML_MAPPING)
		return reader_not_mapping(reader, at);
	checks = yaml_get(at->node, STR("Checks"));
	if (!checks || reader_is_null(checks))
		return 0;
	if (checks->kind != YAML_SEQUENCE)
		return reader_wrong_type(reader, at, STR("Checks"), -1, checks, "a sequence");
	if (!checks->n || handler->has_action)
		return 0;
	handler->has_action = true;
	return MIN(reader_item(reader, at, STR("Checks"), 0, checks->items[0], &handler->place), 0);
}

static int read_services(struct reader *reader, const struct place *at, struct str key,
			 const struct yaml_node *value, void *out)
{
	return loose_list(reader, at, key, value, false, service_item, out);
}

static const struct field task_fields[] = {
	FIELD("Config", read_place, struct task, config),
	FIELD("Driver", loose_str, struct task, driver),
	FIELD("Env", loose_env, struct task, draft),
	FIELD_SELF("Lifecycle", read_lifecycle),
	FIELD("Name", loose_str, struct task, draft.container.name),
	FIELD_SELF("Resources", read_resources),
	FIELD("Services", read_services, struct task, draft.container.liveness),
	FIELD("Templates", read_templates, struct task, draft),
	FIELD("User", loose_user, struct task, draft.container),
	FIELD_SELF("VolumeMounts", read_volume_mounts),
};

/* Memory is a hard limit unless there is a larger one; CPU is a share unless the driver is told else. */
static int set_resources(struct reader *reader, struct task *task)
{
	struct container *c = &task->draft.container;
	struct number hard = task->memory_hard.value > 0 ? task->memory_hard : task->memory_max;
	bool failed = false;

	c->limits.memory =
		number_text(reader, hard.set && hard.value ? hard : task->memory, &failed);
	c->requests.memory = number_text(reader, task->memory, &failed);
	c->requests.cpu = number_text(reader, task->cpu, &failed);
	if (task->cores.value > 0)
		c->limits.cpu = number_text(reader, task->cores, &failed);
	else if (task->cpu_hard == TRUTH_YES)
		c->limits.cpu = c->requests.cpu;
	return failed ? -ENOMEM : 0;
}

/* One task in a namespace of the host is enough. */
static void add_mode(enum truth *group, enum truth task)
{
	if (task == TRUTH_YES || *group == TRUTH_UNSET)
		*group = task;
}

static void task_release(struct task *task)
{
	draft_release(&task->draft);
}

static int read_task(struct reader *reader, const struct place *at, void *more,
		     struct container *ret)
{
	_cleanup_(task_release) struct task task = {.group = more, .driver = STR("")};
	struct container *c = &task.draft.container;
	struct workload *w = &task.group->workload;
	int r = read_fields(reader, at, task_fields, ARRAY_LEN(task_fields), &task);

	if (r < 0)
		return r;
	if (!str_eq(task.driver, STR("docker")) && !str_eq(task.driver, STR("podman"))) {
		r = reader_malformed(reader, at, STR("Driver"), -1,
				     yaml_get(at->node, STR("Driver")),
				     "is a driver whose tasks are not judged");
		return r;
	}
	if (task.config.node)
		r = read_fields(reader, &task.config, config_fields, ARRAY_LEN(config_fields),
				&task);
	if (r == 0)
		r = set_resources(reader, &task);
	if (r < 0)
		return r;
	c->place = *at;
	c->security.place = task.config.node ? task.config : *at;
	c->kind = task.init ? CONTAINER_INIT : CONTAINER_REGULAR;
	c->sidecar = task.init && task.sidecar;
	if (!c->liveness.has_action)
		c->liveness = task.group->check;
	add_mode(&w->host_network, task.modes.host_network);
	add_mode(&w->host_pid, task.modes.host_pid);
	add_mode(&w->host_ipc, task.modes.host_ipc);
	add_mode(&w->host_uts, task.modes.host_uts);
	add_mode(&w->host_users, task.modes.host_users);
	r = draft_finish(reader, &task.draft, ret);
	return r < 0 ? r : 1;
}

/* --- Groups -------------------------------------------------------------------------------------- */

struct group_volume {
	struct str type, source;
};

static const struct field volume_fields[] = {
	FIELD("Type", loose_str, struct group_volume, type),
	FIELD("Source", loose_str, struct group_volume, source),
};

/* Volumes of the host are known by a name that the client's configuration gives to a directory. */
static int read_volume(struct reader *reader, const struct place *at, struct str name,
		       struct volume *ret)
{
	struct group_volume seen = {STR(""), STR("")};
	int r = read_fields(reader, at, volume_fields, ARRAY_LEN(volume_fields), &seen);

	*ret = (struct volume){.place = *at,
			       .name = name,
			       .kind = str_eq(seen.type, STR("csi")) ? VOLUME_CSI : VOLUME_CLAIM,
			       .source = seen.type,
			       .reference = seen.source};
	return r;
}

static int read_volumes(struct reader *reader, const struct place *at, struct str key,
			const struct yaml_node *value, void *out)
{
	struct group *group = out;
	struct place place;
	int r = reader_mapping(reader, at, key, value, &place);

	if (r <= 0)
		return r;
	group->volumes = arena_calloc(reader->arena, value->n, sizeof(*group->volumes));
	if (!group->volumes)
		return -ENOMEM;
	for (uint32_t i = 0; i < value->n; i++) {
		struct str name = value->pairs[i].key->text;
		struct place below;
		void **slot;

		r = reader_mapping(reader, &place, name, value->pairs[i].value, &below);
		if (r == 0)
			continue;
		if (r > 0)
			r = read_volume(reader, &below, name, &group->volumes[group->n_volumes]);
		if (r < 0)
			return r;
		slot = map_slot(&group->volumes_by_name, name);
		if (!slot)
			return -ENOMEM;
		*slot = &group->volumes[group->n_volumes++];
	}
	return 0;
}

static int read_port_number(struct reader *reader, const struct place *at, struct str key,
			    const struct yaml_node *value, void *out)
{
	struct number *number = out;
	const char *reason;

	if (value->kind != YAML_SCALAR)
		return reader_wrong_type(reader, at, key, -1, value, "a port");
	if (docker_port_number(value->text, number, &reason) < 0)
		return reader_malformed(reader, at, key, -1, value, "%s", reason);
	/* Zero and -1 are for whoever places the task. */
	if (!number->value)
		*number = (struct number){0};
	return 0;
}

static int read_to(struct reader *reader, const struct place *at, struct str key,
		   const struct yaml_node *value, void *out)
{
	if (value->kind == YAML_SCALAR && str_eq(value->text, STR("-1")))
		return 0;
	return read_port_number(reader, at, key, value, out);
}

static const struct field port_fields[] = {
	FIELD("Label", loose_str, struct port, name),
	FIELD("Value", read_port_number, struct port, host),
	FIELD("To", read_to, struct port, container),
};

static int group_port_item(struct reader *reader, const struct place *at, void *out)
{
	struct group *group = out;
	struct port *port = arena_new(reader->arena, struct port);
	void **slot;
	int r;

	if (!port)
		return -ENOMEM;
	if (at->node->kind != YAML_MAPPING)
		return reader_not_mapping(reader, at);
	port->place = *at;
	r = read_fields(reader, at, port_fields, ARRAY_LEN(port_fields), port);
	if (r < 0 || !port->name.len)
		return r;
	slot = map_slot(&group->ports_by_label, port->name);
	if (!slot)
		return -ENOMEM;
	*slot = port;
	return 0;
}

static int read_group_ports(struct reader *reader, const struct place *at, struct str key,
			    const struct yaml_node *value, void *out)
{
	return loose_list(reader, at, key, value, false, group_port_item, out);
}

static const struct field network_fields[] = {
	FIELD_SELF("DynamicPorts", read_group_ports),
	FIELD_SELF("ReservedPorts", read_group_ports),
};

static int network_item(struct reader *reader, const struct place *at, void *out)
{
	if (at->node->kind != YAML_MAPPING)
		return reader_not_mapping(reader, at);
	return read_fields(reader, at, network_fields, ARRAY_LEN(network_fields), out);
}

static int read_networks(struct reader *reader, const struct place *at, struct str key,
			 const struct yaml_node *value, void *out)
{
	return loose_list(reader, at, key, value, false, network_item, out);
}

static const struct field restart_fields[] = {
	FIELD("Mode", loose_str, struct workload, restart_policy),
};

static int read_restart(struct reader *reader, const struct place *at, struct str key,
			const struct yaml_node *value, void *out)
{
	return read_inner(reader, at, key, value, restart_fields, ARRAY_LEN(restart_fields), out);
}

static const struct field group_fields[] = {
	FIELD("Count", loose_number, struct group, workload.replicas),
	FIELD("Meta", loose_labels, struct group, meta),
	FIELD("Name", loose_str, struct group, name),
	FIELD_SELF("Networks", read_networks),
	FIELD("RestartPolicy", read_restart, struct group, workload),
	FIELD("Services", read_services, struct group, check),
	FIELD("Tasks", read_any, struct group, tasks),
	FIELD_SELF("Volumes", read_volumes),
};

static int read_group(struct reader *reader, const struct place *at, struct group *group)
{
	struct workload *w = &group->workload;
	int r = read_fields(reader, at, group_fields, ARRAY_LEN(group_fields), group);

	if (r < 0)
		return r;
	w->pod = *at;
	w->annotations = group->meta;
	if (group->tasks)
		r = draft_containers(reader, at, STR("Tasks"), group->tasks, read_task, group, w);
	if (r < 0)
		return r;
	return draft_volumes(reader, group->volumes, group->n_volumes, w);
}

static void group_release(struct group *group)
{
	map_release(&group->volumes_by_name);
	map_release(&group->ports_by_label);
}

/* --- Jobs ---------------------------------------------------------------------------------------- */

struct job {
	struct place at;
	const struct yaml_node *groups, *meta;
	struct str ns;
};

static int hand_over(const struct job *job, uint32_t i, struct str path, manifest_fn *take,
		     void *arg)
{
	_cleanup_arena_ struct arena arena = ARENA_INIT(0);
	_cleanup_(group_release) struct group group = {.name = STR("")};
	struct reader reader = READER_INIT(&arena, false);
	struct place at = {.node = job->groups->items[i], .field = STR("")};
	struct object object = {
		.origin = ORIGIN_NOMAD, .path = path, .kind = STR("group"), .ns = job->ns};
	int r;

	if (at.node->kind == YAML_MAPPING) {
		object.root = at.node;
		object.field = reader_path(&reader, job->at.field, STR("TaskGroups"), i);
		r = object.field.ptr ? read_group(&reader, &at, &group) : -ENOMEM;
		object.workload = &group.workload;
	} else {
		object.root = at.node = job->at.node;
		object.field = job->at.field;
		r = reader_wrong_type(&reader, &at, STR("TaskGroups"), i, job->groups->items[i],
				      "a mapping");
	}
	if (r < 0)
		return r;
	object.name = group.name;
	object.annotations = group.meta ? group.meta : job->meta;
	object.malformed = reader.malformed;
	object.n_malformed = reader.n_malformed;
	return take(arg, &object);
}

static bool is_job(const struct yaml_node *node)
{
	const struct yaml_node *groups = yaml_get(node, STR("TaskGroups"));

	return groups && groups->kind == YAML_SEQUENCE &&
	       (yaml_get(node, STR("ID")) || yaml_get(node, STR("Name")));
}

int manifest_nomad(const struct yaml_node *root, struct str path, struct arena *arena,
		   manifest_fn *take, void *arg)
{
	const struct yaml_node *inner = yaml_get(root, STR("Job")), *ns, *meta;
	struct job job = {
		.at = {.node = inner ? inner : root, .field = inner ? STR(".Job") : STR("")},
		.ns = STR("")};

	if (!is_job(job.at.node))
		return 0;
	job.groups = yaml_get(job.at.node, STR("TaskGroups"));
	ns = yaml_get(job.at.node, STR("Namespace"));
	if (ns && ns->kind == YAML_SCALAR && !reader_is_null(ns))
		job.ns = ns->text;
	meta = yaml_get(job.at.node, STR("Meta"));
	if (meta && meta->kind == YAML_MAPPING)
		job.meta = meta;
	for (uint32_t i = 0; i < job.groups->n; i++) {
		int r = hand_over(&job, i, path, take, arg);

		if (r < 0)
			return r;
	}
	return 1;
}
