/*
 * One setting, five formats: where each keeps it below a container or its pod, and what is to be written
 * there. Kubernetes API reference; Compose Specification; podman-systemd.unit(5); ECS API reference
 * (ContainerDefinition, TaskDefinition); Nomad job specification and its docker driver.
 */
#include "base/compat.h"

#include "checks/workload/workload.h"

struct form {
	const char *field; /* NULL with .none: the format has no field for it, or no row asks it */
	const char *value; /* to be written, as a flow value of the format; NULL: nothing */
	bool of_pod;	   /* below the pod's place rather than the container's */
	bool remove;	   /* what is there should go */
	const char *item;  /* of a list that others write into, too: what to add to it */
	bool none;
};

#define NONE                 \
	{                    \
		.none = true \
	}

/* clang-format off */
static const struct form forms[SETTING_MAX_][ORIGIN_MAX_] = {
	[SETTING_PRIVILEGED] = {
		[ORIGIN_KUBERNETES] = {"securityContext.privileged", "false"},
		[ORIGIN_COMPOSE] = {"privileged", .remove = true},
		[ORIGIN_QUADLET] = {"PodmanArgs"},
		[ORIGIN_ECS] = {"privileged", "false"},
		[ORIGIN_NOMAD] = {"Config.privileged", "false"},
	},
	[SETTING_HOST_NETWORK] = {
		[ORIGIN_KUBERNETES] = {"hostNetwork", "false", .of_pod = true},
		[ORIGIN_COMPOSE] = {"network_mode", .remove = true},
		[ORIGIN_QUADLET] = {"Network"},
		[ORIGIN_ECS] = {"networkMode", "\"awsvpc\"", .of_pod = true},
		[ORIGIN_NOMAD] = {"Config.network_mode", "\"bridge\""},
	},
	[SETTING_HOST_PID] = {
		[ORIGIN_KUBERNETES] = {"hostPID", "false", .of_pod = true},
		[ORIGIN_COMPOSE] = {"pid", .remove = true},
		[ORIGIN_QUADLET] = {"PodmanArgs"},
		[ORIGIN_ECS] = {"pidMode", "\"task\"", .of_pod = true},
		[ORIGIN_NOMAD] = {"Config.pid_mode", "\"\""},
	},
	[SETTING_HOST_IPC] = {
		[ORIGIN_KUBERNETES] = {"hostIPC", "false", .of_pod = true},
		[ORIGIN_COMPOSE] = {"ipc", .remove = true},
		[ORIGIN_QUADLET] = {"PodmanArgs"},
		[ORIGIN_ECS] = {"ipcMode", "\"none\"", .of_pod = true},
		[ORIGIN_NOMAD] = {"Config.ipc_mode", "\"private\""},
	},
	[SETTING_HOST_UTS] = {
		[ORIGIN_COMPOSE] = {"uts", .remove = true},
		[ORIGIN_QUADLET] = {"PodmanArgs"},
		[ORIGIN_NOMAD] = {"Config.uts_mode", "\"\""},
		[ORIGIN_KUBERNETES] = NONE,
		[ORIGIN_ECS] = NONE,
	},
	[SETTING_HOST_USERS] = {
		[ORIGIN_KUBERNETES] = {"hostUsers", "false", .of_pod = true},
		[ORIGIN_COMPOSE] = {"userns_mode", .remove = true},
		[ORIGIN_QUADLET] = {"UserNS", "auto"},
		[ORIGIN_NOMAD] = {"Config.userns_mode", "\"\""},
		[ORIGIN_ECS] = NONE,
	},
	[SETTING_SECCOMP] = {
		[ORIGIN_KUBERNETES] = {"securityContext.seccompProfile.type", "RuntimeDefault"},
		[ORIGIN_COMPOSE] = {"security_opt"},
		[ORIGIN_QUADLET] = {"SeccompProfile", .remove = true},
		[ORIGIN_ECS] = {"dockerSecurityOptions"},
		[ORIGIN_NOMAD] = {"Config.security_opt"},
	},
	[SETTING_CONFINEMENT] = {
		[ORIGIN_KUBERNETES] = {"securityContext.appArmorProfile.type", "RuntimeDefault"},
		[ORIGIN_COMPOSE] = {"security_opt"},
		[ORIGIN_QUADLET] = {"SecurityLabelDisable", .remove = true},
		[ORIGIN_ECS] = {"dockerSecurityOptions"},
		[ORIGIN_NOMAD] = {"Config.security_opt"},
	},
	[SETTING_NEW_PRIVILEGES] = {
		[ORIGIN_KUBERNETES] = {"securityContext.allowPrivilegeEscalation", "false"},
		[ORIGIN_COMPOSE] = {"security_opt", "[no-new-privileges:true]", .item = "no-new-privileges:true"},
		[ORIGIN_QUADLET] = {"NoNewPrivileges", "true"},
		[ORIGIN_ECS] = {"dockerSecurityOptions", "[\"no-new-privileges\"]", .item = "\"no-new-privileges\""},
		[ORIGIN_NOMAD] = {"Config.security_opt", "[\"no-new-privileges\"]", .item = "\"no-new-privileges\""},
	},
	[SETTING_USER] = {
		[ORIGIN_KUBERNETES] = {"securityContext.runAsUser", "10001"},
		[ORIGIN_COMPOSE] = {"user", "\"10001:10001\""},
		[ORIGIN_QUADLET] = {"User", "10001"},
		[ORIGIN_ECS] = {"user", "\"10001:10001\""},
		[ORIGIN_NOMAD] = {"User", "\"10001:10001\""},
	},
	[SETTING_CAPABILITIES_ADDED] = {
		[ORIGIN_KUBERNETES] = {"securityContext.capabilities.add"},
		[ORIGIN_COMPOSE] = {"cap_add"},
		[ORIGIN_QUADLET] = {"AddCapability"},
		[ORIGIN_ECS] = {"linuxParameters.capabilities.add"},
		[ORIGIN_NOMAD] = {"Config.cap_add"},
	},
	[SETTING_CAPABILITIES_DROPPED] = {
		[ORIGIN_KUBERNETES] = {"securityContext.capabilities.drop", "[ALL]", .item = "ALL"},
		[ORIGIN_COMPOSE] = {"cap_drop", "[ALL]", .item = "ALL"},
		[ORIGIN_QUADLET] = {"DropCapability", "all", .item = "all"},
		[ORIGIN_ECS] = {"linuxParameters.capabilities.drop", "[\"ALL\"]", .item = "\"ALL\""},
		[ORIGIN_NOMAD] = {"Config.cap_drop", "[\"all\"]", .item = "\"all\""},
	},
	[SETTING_DEVICES] = {
		[ORIGIN_COMPOSE] = {"devices"},
		[ORIGIN_QUADLET] = {"AddDevice"},
		[ORIGIN_ECS] = {"linuxParameters.devices"},
		[ORIGIN_NOMAD] = {"Config.devices"},
		[ORIGIN_KUBERNETES] = NONE,
	},
	[SETTING_READ_ONLY_ROOT] = {
		[ORIGIN_KUBERNETES] = {"securityContext.readOnlyRootFilesystem", "true"},
		[ORIGIN_COMPOSE] = {"read_only", "true"},
		[ORIGIN_QUADLET] = {"ReadOnly", "true"},
		[ORIGIN_ECS] = {"readonlyRootFilesystem", "true"},
		[ORIGIN_NOMAD] = {"Config.readonly_rootfs", "true"},
	},
	[SETTING_MEMORY_LIMIT] = {
		[ORIGIN_KUBERNETES] = {"resources.limits.memory", "256Mi"},
		[ORIGIN_COMPOSE] = {"mem_limit", "256m"},
		[ORIGIN_QUADLET] = {"Memory", "256m"},
		[ORIGIN_ECS] = {"memory", "256"},
		[ORIGIN_NOMAD] = {"Resources.MemoryMB", "256"},
	},
	[SETTING_CPU_LIMIT] = {
		[ORIGIN_KUBERNETES] = {"resources.limits.cpu", "500m"},
		[ORIGIN_COMPOSE] = {"cpus", "\"0.5\""},
		[ORIGIN_QUADLET] = {"PodmanArgs", "--cpus=0.5", .item = "--cpus=0.5"},
		[ORIGIN_ECS] = {"cpu", "\"256\"", .of_pod = true},
		[ORIGIN_NOMAD] = {"Config.cpu_hard_limit", "true"},
	},
	[SETTING_PIDS_LIMIT] = {
		[ORIGIN_COMPOSE] = {"pids_limit", "200"},
		[ORIGIN_QUADLET] = {"PidsLimit", "200"},
		[ORIGIN_NOMAD] = {"Config.pids_limit", "200"},
		[ORIGIN_KUBERNETES] = NONE,
		[ORIGIN_ECS] = NONE,
	},
	[SETTING_IMAGE] = {
		[ORIGIN_KUBERNETES] = {"image"},
		[ORIGIN_COMPOSE] = {"image"},
		[ORIGIN_QUADLET] = {"Image"},
		[ORIGIN_ECS] = {"image"},
		[ORIGIN_NOMAD] = {"Config.image"},
	},
	[SETTING_PULL] = {
		[ORIGIN_KUBERNETES] = {"imagePullPolicy", "Always"},
		[ORIGIN_COMPOSE] = NONE,
		[ORIGIN_QUADLET] = NONE,
		[ORIGIN_ECS] = NONE,
		[ORIGIN_NOMAD] = NONE,
	},
	[SETTING_TTY] = {
		[ORIGIN_KUBERNETES] = {"tty", .remove = true},
		[ORIGIN_COMPOSE] = {"tty", .remove = true},
		[ORIGIN_QUADLET] = {"PodmanArgs"},
		[ORIGIN_ECS] = {"pseudoTerminal", .remove = true},
		[ORIGIN_NOMAD] = {"Config.tty", .remove = true},
	},
	[SETTING_STDIN] = {
		[ORIGIN_KUBERNETES] = {"stdin", .remove = true},
		[ORIGIN_COMPOSE] = {"stdin_open", .remove = true},
		[ORIGIN_QUADLET] = {"PodmanArgs"},
		[ORIGIN_ECS] = {"interactive", .remove = true},
		[ORIGIN_NOMAD] = {"Config.interactive", .remove = true},
	},
	[SETTING_HEALTH] = {
		[ORIGIN_KUBERNETES] = {"livenessProbe"},
		[ORIGIN_COMPOSE] = {"healthcheck"},
		[ORIGIN_QUADLET] = {"HealthCmd"},
		[ORIGIN_ECS] = {"healthCheck"},
		[ORIGIN_NOMAD] = NONE,
	},
	[SETTING_RESTART] = {
		[ORIGIN_COMPOSE] = {"restart", "on-failure:5"},
		[ORIGIN_KUBERNETES] = NONE,
		[ORIGIN_QUADLET] = NONE,
		[ORIGIN_ECS] = NONE,
		[ORIGIN_NOMAD] = NONE,
	},
	[SETTING_COMMAND] = {
		[ORIGIN_KUBERNETES] = {"command"},
		[ORIGIN_COMPOSE] = {"command"},
		[ORIGIN_QUADLET] = {"Exec"},
		[ORIGIN_ECS] = {"command"},
		[ORIGIN_NOMAD] = {"Config.args"},
	},
};
/* clang-format on */

bool setting_is_stated(enum setting setting, enum origin origin)
{
	const struct form *form = &forms[setting][origin];

	return form->none != (form->field != NULL);
}

/* The node at "a.b.c", or NULL. */
static const struct yaml_node *node_at(const struct yaml_node *node, const char *field)
{
	struct str rest = str_from(field), key;

	while (node && str_split(&rest, '.', &key))
		node = yaml_get(node, key);
	return node;
}

const char *origin_field(const struct check_run *run, struct place place, const char *field)
{
	bool upper = true;
	char *copy;

	if (!field || run_object(run)->origin != ORIGIN_ECS || !place.node || !place.node->n ||
	    place.node->kind != YAML_MAPPING || place.node->pairs[0].key->text.len == 0 ||
	    place.node->pairs[0].key->text.ptr[0] < 'A' ||
	    place.node->pairs[0].key->text.ptr[0] > 'Z')
		return field;
	copy = arena_strdup(run->sink->arena, field);
	for (char *p = copy; p && *p; p++) {
		if (upper && *p >= 'a' && *p <= 'z')
			*p = (char)(*p - 'a' + 'A');
		upper = *p == '.';
	}
	return copy;
}

/* An item more of a list that has some. */
static void append_item(const struct check_run *run, const struct form *form, struct fault *fault)
{
	const struct yaml_node *list =
		fault->field ? node_at(fault->place.node, fault->field) : NULL;

	if (!form->item || !list || list->kind == YAML_MAPPING ||
	    (list->kind == YAML_SEQUENCE && !list->n))
		return;
	fault->field = arena_printf(run->sink->arena, "%s[%" PRIu32 "]", fault->field,
				    list->kind == YAML_SEQUENCE ? list->n : 1)
			       .ptr;
	fault->wanted = form->item;
}

/* Options of podman-run(1) that say the same as a unit's key, in its PodmanArgs. */
static const struct {
	enum setting setting;
	struct str option;
} podman_options[] = {
	{SETTING_PRIVILEGED, STR("--privileged")},
	{SETTING_HOST_NETWORK, STR("--net")}, /* and --network */
	{SETTING_HOST_PID, STR("--pid=")},
	{SETTING_HOST_PID, STR("--pid ")},
	{SETTING_HOST_IPC, STR("--ipc")},
	{SETTING_HOST_UTS, STR("--uts")},
	{SETTING_HOST_USERS, STR("--userns")},
	{SETTING_SECCOMP, STR("--security-opt=seccomp")},
	{SETTING_SECCOMP, STR("--security-opt seccomp")},
	{SETTING_CONFINEMENT, STR("--security-opt=apparmor")},
	{SETTING_CONFINEMENT, STR("--security-opt apparmor")},
	{SETTING_CONFINEMENT, STR("--security-opt=label")},
	{SETTING_CONFINEMENT, STR("--security-opt label")},
	{SETTING_NEW_PRIVILEGES, STR("--security-opt=no-new-privileges")},
	{SETTING_NEW_PRIVILEGES, STR("--security-opt no-new-privileges")},
	{SETTING_USER, STR("--user=")},
	{SETTING_USER, STR("--user ")},
	{SETTING_USER, STR("-u")},
	{SETTING_CAPABILITIES_ADDED, STR("--cap-add")},
	{SETTING_DEVICES, STR("--device=")},
	{SETTING_DEVICES, STR("--device ")},
	{SETTING_READ_ONLY_ROOT, STR("--read-only=")},
	{SETTING_MEMORY_LIMIT, STR("--memory=")},
	{SETTING_MEMORY_LIMIT, STR("--memory ")},
	{SETTING_MEMORY_LIMIT, STR("-m")},
	{SETTING_PIDS_LIMIT, STR("--pids-limit")},
	{SETTING_TTY, STR("--tty")},
	{SETTING_TTY, STR("-t")},
	{SETTING_TTY, STR("-it")},
	{SETTING_STDIN, STR("--interactive")},
	{SETTING_STDIN, STR("-i")},
};

static bool has_option(struct str text, enum setting setting)
{
	for (size_t i = 0; i < ARRAY_LEN(podman_options); i++) {
		struct str rest = text, option = podman_options[i].option;

		if (podman_options[i].setting != setting)
			continue;
		for (ssize_t at = str_find(rest, option); at >= 0; at = str_find(rest, option)) {
			if (rest.ptr + at == text.ptr || rest.ptr[at - 1] == ' ')
				return true;
			rest = str_from_offset(rest, (size_t)at + 1);
		}
	}
	return false;
}

/* Where the cause is one option among others, no line can be written that mends it. */
static void point_to_option(const struct check_run *run, enum setting setting, struct fault *fault)
{
	const struct yaml_node *arguments = yaml_get(fault->place.node, STR("PodmanArgs"));
	uint32_t n = !arguments ? 0 : arguments->kind == YAML_SEQUENCE ? arguments->n : 1;

	if (!n || !fault->field ||
	    (strcmp(fault->field, "PodmanArgs") != 0 && node_at(fault->place.node, fault->field)))
		return;
	for (uint32_t i = n; i-- > 0;) {
		bool list = arguments->kind == YAML_SEQUENCE;
		const struct yaml_node *value = list ? arguments->items[i] : arguments;

		if (value->kind != YAML_SCALAR || !has_option(value->text, setting))
			continue;
		fault->field =
			list ? arena_printf(run->sink->arena, "PodmanArgs[%" PRIu32 "]", i).ptr
			     : "PodmanArgs";
		fault->wanted = NULL;
		fault->remove = false;
		return;
	}
}

struct fault setting_fault(const struct check_run *run, const struct container *c,
			   enum setting setting)
{
	const struct object *o = run_object(run);
	const struct form *form = &forms[setting][o->origin];
	struct fault fault = {
		.place = form->of_pod || !c ? o->workload->pod : c->place,
		.wanted = form->value,
		.remove = form->remove,
		.severity = SEVERITY_UNKNOWN,
	};

	fault.field = origin_field(run, fault.place, form->field);
	append_item(run, form, &fault);
	if (o->origin == ORIGIN_QUADLET)
		point_to_option(run, setting, &fault);
	return fault;
}

/* "seccomp=unconfined", "/dev/sda:/dev/sda:r" and "CAP_SYS_ADMIN" begin with their words. */
static bool begins_with_word(struct str text, struct str word)
{
	if (str_eq_nocase(str_sub(text, 0, 4), STR("CAP_")))
		text = str_from_offset(text, 4);
	return str_eq_nocase(str_sub(text, 0, word.len), word) &&
	       (text.len == word.len || memchr(":=,", text.ptr[word.len], 3));
}

/* Items are looked for from where they should be: readers keep the order, and leave out few. */
enum { ITEMS_TRIED = 64 };

struct fault setting_item_fault(const struct check_run *run, const struct container *c,
				enum setting setting, size_t at, struct str word)
{
	struct fault fault = setting_fault(run, c, setting);
	const struct yaml_node *list = fault.field ? node_at(fault.place.node, fault.field) : NULL;
	uint32_t n = list && list->kind == YAML_SEQUENCE ? list->n : 0;

	if (list && list->kind == YAML_SCALAR)
		fault.remove |= begins_with_word(list->text, word);
	for (uint32_t tried = 0; tried < MIN(n, (uint32_t)ITEMS_TRIED); tried++) {
		uint32_t i = (uint32_t)((at + tried) % n);

		if (list->items[i]->kind != YAML_SCALAR ||
		    !begins_with_word(list->items[i]->text, word))
			continue;
		fault.remove = true;
		fault.field = arena_printf(run->sink->arena, "%s[%" PRIu32 "]", fault.field, i).ptr;
		break;
	}
	return fault;
}
