/*
 * How far containers are kept apart from their host: privilege, namespaces, seccomp, users, capabilities,
 * devices. What the Pod Security Standards say of Kubernetes objects is said by their own rows.
 */
#include "base/compat.h"

#include "checks/workload/workload.h"

/* --- Privilege and namespaces (not Kubernetes) --------------------------------------------------- */

static int judge_privileged(const struct check_run *run, const struct container *c)
{
	struct fault fault;

	if (c->security.privileged != TRUTH_YES)
		return VERDICT_GOOD;
	fault = setting_fault(run, c, SETTING_PRIVILEGED);
	fault.seen = STR("true");
	return fault_verdict(
		emit_fault(run, &fault, "container '%.*s' is privileged", STR_FMT(c->name)));
}

int run_privileged(struct check_run *run)
{
	if (!other_workload(run))
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	return each_container(run, judge_privileged);
}

/* Where it says so: in one of the containers, or where the format has it for all of them. */
static struct fault namespace_fault(const struct check_run *run, enum setting setting)
{
	const struct workload *w = run_object(run)->workload;
	struct fault fault = setting_item_fault(run, NULL, setting, 0, STR("host"));

	for (size_t i = 0; i < w->n_containers; i++) {
		fault = setting_item_fault(run, &w->containers[i], setting, 0, STR("host"));
		if (fault.remove)
			break;
	}
	fault.seen = STR("host");
	return fault;
}

static int run_host_namespace(const struct check_run *run, enum truth shared, enum setting setting,
			      const char *what)
{
	struct fault fault;

	if (!other_workload(run))
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	if (shared != TRUTH_YES)
		return check_tally(run, OUTCOME_PASS);
	fault = namespace_fault(run, setting);
	return emit_fault(run, &fault, "containers share the host's %s", what);
}

int run_host_network(struct check_run *run)
{
	const struct workload *w = other_workload(run);

	return run_host_namespace(run, w ? w->host_network : TRUTH_UNSET, SETTING_HOST_NETWORK,
				  "network namespace");
}

int run_host_pid(struct check_run *run)
{
	const struct workload *w = other_workload(run);

	return run_host_namespace(run, w ? w->host_pid : TRUTH_UNSET, SETTING_HOST_PID,
				  "process namespace");
}

int run_host_ipc(struct check_run *run)
{
	const struct workload *w = other_workload(run);

	return run_host_namespace(run, w ? w->host_ipc : TRUTH_UNSET, SETTING_HOST_IPC,
				  "IPC namespace");
}

int run_host_uts(struct check_run *run)
{
	const struct workload *w = other_workload(run);

	return run_host_namespace(run, w ? w->host_uts : TRUTH_UNSET, SETTING_HOST_UTS,
				  "UTS namespace");
}

int run_host_users(struct check_run *run)
{
	const struct workload *w = other_workload(run);

	return run_host_namespace(run, w ? w->host_users : TRUTH_UNSET, SETTING_HOST_USERS,
				  "user namespace even where the engine would give them another");
}

/* --- Kernel confinement (not Kubernetes) --------------------------------------------------------- */

static int judge_seccomp(const struct check_run *run, const struct container *c)
{
	struct fault fault;

	if (!str_eq_nocase(c->security.seccomp.text, STR("Unconfined")))
		return VERDICT_GOOD;
	fault = setting_item_fault(run, c, SETTING_SECCOMP, 0, STR("seccomp"));
	fault.seen = STR("unconfined");
	return fault_verdict(emit_fault(
		run, &fault, "container '%.*s' runs without a seccomp filter", STR_FMT(c->name)));
}

int run_seccomp_off(struct check_run *run)
{
	if (!other_workload(run))
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	return each_container(run, judge_seccomp);
}

static int judge_confinement(const struct check_run *run, const struct container *c)
{
	const struct security *s = &c->security;
	bool apparmor = str_eq_nocase(s->apparmor.text, STR("Unconfined"));
	/* podman-run(1): "label=disable"; spc_t is the type of super privileged containers. */
	bool selinux = str_eq(s->selinux_type.text, STR("spc_t")) ||
		       str_eq(s->selinux_type.text, STR("disable"));
	struct fault fault;

	if (!apparmor && !selinux)
		return VERDICT_GOOD;
	fault = setting_item_fault(run, c, SETTING_CONFINEMENT, 0,
				   apparmor ? STR("apparmor") : STR("label"));
	fault.seen = apparmor ? STR("unconfined") : s->selinux_type.text;
	return fault_verdict(emit_fault(run, &fault, "container '%.*s' runs without %s confinement",
					STR_FMT(c->name), apparmor ? "AppArmor" : "SELinux"));
}

int run_confinement_off(struct check_run *run)
{
	if (!other_workload(run))
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	return each_container(run, judge_confinement);
}

static int judge_new_privileges(const struct check_run *run, const struct container *c)
{
	struct fault fault;

	if (c->security.allow_privilege_escalation == TRUTH_NO)
		return VERDICT_GOOD;
	fault = setting_fault(run, c, SETTING_NEW_PRIVILEGES);
	return fault_verdict(emit_fault(run, &fault,
					"container '%.*s' may gain privileges by setuid programs",
					STR_FMT(c->name)));
}

/* Fargate takes no dockerSecurityOptions (ECS API reference, ContainerDefinition). */
static bool is_fargate(const struct object *o)
{
	const struct yaml_node *list;

	if (o->origin != ORIGIN_ECS)
		return false;
	list = yaml_get(o->root, STR("requiresCompatibilities"));
	if (!list)
		list = yaml_get(o->root, STR("RequiresCompatibilities"));
	for (uint32_t i = 0; list && list->kind == YAML_SEQUENCE && i < list->n; i++)
		if (list->items[i]->kind != YAML_SCALAR ||
		    !str_eq(list->items[i]->text, STR("FARGATE")))
			return false;
	return list && list->kind == YAML_SEQUENCE && list->n;
}

int run_new_privileges(struct check_run *run)
{
	if (!other_workload(run) || is_fargate(run_object(run)))
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	return each_container(run, judge_new_privileges);
}

/* --- Users --------------------------------------------------------------------------------------- */

/* Variables of compose and ECS, specifiers of units (%i); the reader has a row about them. */
static bool is_unknown_user(const struct check_run *run, struct str user)
{
	bool unit = run_object(run)->origin == ORIGIN_QUADLET;

	return str_find_char(user, '$') >= 0 || (unit && str_find_char(user, '%') >= 0);
}

static int judge_root(const struct check_run *run, const struct container *c)
{
	const struct security *s = &c->security;
	struct fault fault;

	/* A user by name, or one that is only known when it is run. */
	if (!s->run_as_user.set && c->user.set && c->user.text.len)
		return is_unknown_user(run, c->user.text) ? VERDICT_NONE : VERDICT_GOOD;
	if (s->run_as_user.set && s->run_as_user.value != 0)
		return VERDICT_GOOD;
	fault = setting_fault(run, c, SETTING_USER);
	if (!s->run_as_user.set)
		return fault_verdict(emit_fault(run, &fault,
						"container '%.*s' names no user, so that it is "
						"root unless its image says otherwise",
						STR_FMT(c->name)));
	fault.seen = STR("root");
	fault.severity = SEVERITY_HIGH;
	return fault_verdict(
		emit_fault(run, &fault, "container '%.*s' runs as root", STR_FMT(c->name)));
}

int run_as_root(struct check_run *run)
{
	if (!other_workload(run))
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	return each_container(run, judge_root);
}

/* Users below are people and services of most hosts; above, a process that gets out is nobody there. */
enum { LOWEST_HIGH_UID = 10000 };

static int judge_low_uid(const struct check_run *run, const struct container *c)
{
	const struct workload *w = run_object(run)->workload;
	const struct number *own = &c->security.run_as_user;
	const struct number *uid = own->set ? own : &w->security.run_as_user;
	bool of_pod = uid != own && is_kubernetes(run_object(run));
	struct fault fault;

	/* Root is told elsewhere; in a user namespace of the pod's own, numbers mean nothing outside. */
	if (!uid->set || uid->value <= 0 || w->host_users == TRUTH_NO)
		return VERDICT_NONE;
	if (uid->value >= LOWEST_HIGH_UID)
		return VERDICT_GOOD;
	fault = setting_fault(run, c, SETTING_USER);
	if (of_pod)
		fault.place = w->pod;
	return fault_verdict(emit_fault(run, &fault,
					"container '%.*s' runs as user %" PRId64
					", which may be somebody on the host",
					STR_FMT(c->name), uid->value));
}

int run_low_uid(struct check_run *run)
{
	return each_container(run, judge_low_uid);
}

static int root_group(const struct check_run *run, const struct security *s, const char *field,
		      struct str whose)
{
	const struct fault fault = {.place = s->place,
				    .field = field,
				    .seen = STR("0"),
				    .wanted = "10001",
				    .severity = SEVERITY_UNKNOWN};

	return fault_verdict(emit_fault(run, &fault, "%s%.*s%s in group root by %s",
					whose.len ? "container '" : "all containers",
					STR_FMT(whose), whose.len ? "' is" : " are", field));
}

static int judge_group(const struct check_run *run, const struct container *c)
{
	const struct number *group = &c->security.run_as_group;

	if (!group->set)
		return VERDICT_NONE;
	if (group->value != 0)
		return VERDICT_GOOD;
	return root_group(run, &c->security, "runAsGroup", c->name);
}

int run_root_group(struct check_run *run)
{
	const struct workload *w = kubernetes_workload(run);
	const struct security *s = w ? &w->security : NULL;
	int worst = VERDICT_NONE, r = 0;

	if (!w)
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	if (s->run_as_group.set || s->fs_group.set)
		worst = VERDICT_GOOD;
	if (s->run_as_group.set && s->run_as_group.value == 0)
		worst = r = root_group(run, s, "runAsGroup", STR_NULL);
	if (r >= 0 && s->fs_group.set && s->fs_group.value == 0)
		worst = r = root_group(run, s, "fsGroup", STR_NULL);
	for (size_t i = 0; r >= 0 && i < w->n_containers; i++) {
		r = judge_group(run, &w->containers[i]);
		worst = MAX(worst, r);
	}
	return r < 0 ? r : tally_verdict(run, worst);
}

/* --- Capabilities -------------------------------------------------------------------------------- */

static bool has_capability(const struct text_list *list, struct str name)
{
	for (size_t i = 0; i < list->n; i++) {
		struct str item = list->items[i];

		if (str_starts(item, STR("CAP_")))
			item = str_from_offset(item, 4);
		if (str_eq_nocase(item, name))
			return true;
	}
	return false;
}

/* capabilities(7). What engines give anyway is no addition; the dangerous ones are ways to the host. */
static enum severity capability_severity(struct str name)
{
	static const struct str usual[] = {
		STR("AUDIT_WRITE"), STR("CHOWN"),  STR("DAC_OVERRIDE"), STR("FOWNER"),
		STR("FSETID"),	    STR("KILL"),   STR("MKNOD"),	STR("NET_BIND_SERVICE"),
		STR("SETFCAP"),	    STR("SETGID"), STR("SETPCAP"),	STR("SETUID"),
		STR("SYS_CHROOT"),
	};
	static const struct str dangerous[] = {
		STR("ALL"),	     STR("BPF"),	STR("DAC_READ_SEARCH"), STR("MAC_ADMIN"),
		STR("MAC_OVERRIDE"), STR("NET_ADMIN"),	STR("PERFMON"),		STR("SYS_ADMIN"),
		STR("SYS_BOOT"),     STR("SYS_MODULE"), STR("SYS_PTRACE"),	STR("SYS_RAWIO"),
	};

	if (str_starts(name, STR("CAP_")))
		name = str_from_offset(name, 4);
	for (size_t i = 0; i < ARRAY_LEN(usual); i++)
		if (str_eq_nocase(name, usual[i]))
			return SEVERITY_NONE;
	for (size_t i = 0; i < ARRAY_LEN(dangerous); i++)
		if (str_eq_nocase(name, dangerous[i]))
			return SEVERITY_HIGH;
	return SEVERITY_MEDIUM;
}

static int judge_added(const struct check_run *run, const struct container *c)
{
	const struct text_list *add = &c->security.add;
	int worst = VERDICT_GOOD;

	for (size_t i = 0; i < add->n; i++) {
		enum severity severity = capability_severity(add->items[i]);
		struct fault fault;
		int r;

		if (severity == SEVERITY_NONE)
			continue;
		fault = setting_item_fault(run, c, SETTING_CAPABILITIES_ADDED, i, add->items[i]);
		fault.seen = add->items[i];
		fault.severity = severity;
		r = emit_fault(run, &fault, "container '%.*s' adds capability %.*s",
			       STR_FMT(c->name), STR_FMT(add->items[i]));
		if (r < 0)
			return r;
		worst = VERDICT_FAULT;
	}
	return worst;
}

int run_capabilities_added(struct check_run *run)
{
	if (!other_workload(run))
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	return each_container(run, judge_added);
}

static int judge_drop_all(const struct check_run *run, const struct container *c)
{
	struct fault fault;

	/* Privileged containers have them all, whatever is dropped; that is told first. */
	if (c->security.privileged == TRUTH_YES)
		return VERDICT_NONE;
	if (has_capability(&c->security.drop, STR("ALL")))
		return VERDICT_GOOD;
	fault = setting_fault(run, c, SETTING_CAPABILITIES_DROPPED);
	return fault_verdict(emit_fault(
		run, &fault,
		"container '%.*s' keeps the capabilities that its engine gives by default",
		STR_FMT(c->name)));
}

int run_drop_all(struct check_run *run)
{
	if (!other_workload(run))
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	return each_container(run, judge_drop_all);
}

static int judge_net_raw(const struct check_run *run, const struct container *c)
{
	struct fault fault;

	if (c->security.privileged == TRUTH_YES)
		return VERDICT_NONE;
	if (has_capability(&c->security.drop, STR("ALL")) ||
	    has_capability(&c->security.drop, STR("NET_RAW")))
		return VERDICT_GOOD;
	fault = setting_fault(run, c, SETTING_CAPABILITIES_DROPPED);
	return fault_verdict(emit_fault(
		run, &fault, "container '%.*s' may send raw packets (NET_RAW)", STR_FMT(c->name)));
}

int run_net_raw(struct check_run *run)
{
	const struct object_input *in = run->input;
	const struct workload *w = kubernetes_workload(run);

	/* Restricted wants all capabilities dropped, which says it already; other formats have a row that
	 * wants the same. */
	if (!w || w->windows || in->pss.level == PSS_RESTRICTED)
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	return each_container(run, judge_net_raw);
}

/* --- Root filesystem, devices, processes --------------------------------------------------------- */

static int judge_read_only_root(const struct check_run *run, const struct container *c)
{
	struct fault fault;

	if (c->kind == CONTAINER_EPHEMERAL)
		return VERDICT_NONE;
	if (c->security.read_only_root == TRUTH_YES)
		return VERDICT_GOOD;
	fault = setting_fault(run, c, SETTING_READ_ONLY_ROOT);
	if (c->security.read_only_root == TRUTH_NO)
		fault.seen = STR("false");
	return fault_verdict(emit_fault(run, &fault,
					"container '%.*s' can write to its root filesystem",
					STR_FMT(c->name)));
}

int run_read_only_root(struct check_run *run)
{
	const struct workload *w = run_object(run)->workload;

	if (!w || w->windows)
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	return each_container(run, judge_read_only_root);
}

/* Devices that are the host's memory, ports or disks. */
static bool is_raw_device(struct str path)
{
	static const struct str prefixes[] = {
		STR("/dev/mem"),  STR("/dev/kmem"), STR("/dev/port"),	STR("/dev/sd"),
		STR("/dev/vd"),	  STR("/dev/xvd"),  STR("/dev/hd"),	STR("/dev/nvme"),
		STR("/dev/dm-"),  STR("/dev/md"),   STR("/dev/mapper"), STR("/dev/disk"),
		STR("/dev/kmsg"), STR("/dev/loop"), STR("/dev/cpu"),	STR("/dev/vhost"),
	};

	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++)
		if (str_starts(path, prefixes[i]))
			return true;
	return str_eq(path, STR("/dev")) || str_eq(path, STR("/dev/"));
}

static int judge_devices(const struct check_run *run, const struct container *c)
{
	for (size_t i = 0; i < c->devices.n; i++) {
		struct fault fault =
			setting_item_fault(run, c, SETTING_DEVICES, i, c->devices.items[i]);
		int r;

		fault.seen = c->devices.items[i];
		if (is_raw_device(fault.seen))
			fault.severity = SEVERITY_HIGH;
		r = emit_fault(run, &fault, "container '%.*s' gets the host's device %.*s",
			       STR_FMT(c->name), STR_FMT(fault.seen));
		if (r < 0)
			return r;
	}
	return c->devices.n ? VERDICT_FAULT : VERDICT_GOOD;
}

int run_devices(struct check_run *run)
{
	/* Kubernetes gives devices by plugins; a path of /dev is a host path there. */
	if (!other_workload(run))
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	return each_container(run, judge_devices);
}

int run_shared_processes(struct check_run *run)
{
	const struct workload *w = kubernetes_workload(run);
	const struct fault fault = {.place = w ? w->pod : (struct place){0},
				    .field = "shareProcessNamespace",
				    .seen = STR("true"),
				    .remove = true,
				    .severity = SEVERITY_UNKNOWN};

	if (!w)
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	if (w->share_process_namespace != TRUTH_YES)
		return check_tally(run, OUTCOME_PASS);
	return emit_fault(run, &fault,
			  "the containers of the pod see each other's processes and their files");
}

/* Without its terminal, standard input would still be open. */
static int take_out_both(const struct check_run *run, const struct container *c,
			 struct fault *fault)
{
	const struct fault input = setting_fault(run, c, SETTING_STDIN);
	struct str *gone;

	if (!fault->remove || !fault->field || !input.field)
		return 0;
	gone = arena_calloc(run->sink->arena, 2, sizeof(*gone));
	if (!gone)
		return -ENOMEM;
	gone[0] = arena_printf(run->sink->arena, "%.*s.%s", STR_FMT(c->place.field), fault->field);
	gone[1] = arena_printf(run->sink->arena, "%.*s.%s", STR_FMT(c->place.field), input.field);
	fault->gone = gone;
	fault->n_gone = 2;
	return gone[0].ptr && gone[1].ptr ? 0 : -ENOMEM;
}

static int judge_interactive(const struct check_run *run, const struct container *c)
{
	bool tty = c->tty == TRUTH_YES;
	struct fault fault;

	if (c->kind == CONTAINER_EPHEMERAL)
		return VERDICT_NONE;
	if (!tty && c->stdin_open != TRUTH_YES)
		return VERDICT_GOOD;
	fault = setting_fault(run, c, tty ? SETTING_TTY : SETTING_STDIN);
	fault.seen = STR("true");
	if (tty && c->stdin_open == TRUTH_YES && take_out_both(run, c, &fault) < 0)
		return -ENOMEM;
	return fault_verdict(emit_fault(run, &fault, "container '%.*s' keeps %s open for somebody",
					STR_FMT(c->name),
					tty ? "a terminal" : "its standard input"));
}

int run_interactive(struct check_run *run)
{
	return each_container(run, judge_interactive);
}
