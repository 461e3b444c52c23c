/*
 * One setting, five formats: where each keeps it below a container or its pod, and what is to be written
 * there. Kubernetes API reference; Compose Specification; podman-systemd.unit(5); ECS API reference
 * (ContainerDefinition, TaskDefinition); Nomad job specification and its docker driver.
 */
#include "base/compat.h"

#include "checks/workload/workload.h"

struct form {
	const char *field; /* NULL: the format has no field for it */
	const char *value; /* to be written, as a flow value of the format; NULL: nothing */
	bool of_pod;	   /* below the pod's place rather than the container's */
	bool remove;	   /* what is there should go */
	const char *item;  /* of a list that others write into, too: what to add to it */
};

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
	},
	[SETTING_HOST_USERS] = {
		[ORIGIN_KUBERNETES] = {"hostUsers", "false", .of_pod = true},
		[ORIGIN_COMPOSE] = {"userns_mode", .remove = true},
		[ORIGIN_QUADLET] = {"UserNS", "auto"},
		[ORIGIN_NOMAD] = {"Config.userns_mode", "\"\""},
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
	},
	[SETTING_RESTART] = {
		[ORIGIN_COMPOSE] = {"restart", "on-failure:5"},
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

	if (!form->item || !list || list->kind == YAML_MAPPING)
		return;
	fault->field = arena_printf(run->sink->arena, "%s[%" PRIu32 "]", fault->field,
				    list->kind == YAML_SEQUENCE ? list->n : 1)
			       .ptr;
	fault->wanted = form->item;
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

void fault_by_line(const struct check_run *run, struct fault *fault)
{
	if (fault->field || !fault->place.node || fault->place.node->kind != YAML_SCALAR ||
	    fault->place.field.len < 2)
		return;
	fault->field = arena_printf(run->sink->arena, "%.*s",
				    STR_FMT(str_from_offset(fault->place.field, 1)))
			       .ptr;
	fault->place = object_place(run_object(run));
	fault->remove = true;
}
