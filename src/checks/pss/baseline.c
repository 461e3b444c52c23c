/* The controls of baseline: what lets a container out. See pss.c. */
#include "base/compat.h"

#include "checks/pss/judge.h"

static void host_namespaces(struct judge *j)
{
	const struct {
		enum truth shared;
		const char *field, *what;
	} namespaces[] = {
		{j->w->host_network, "hostNetwork", "network"},
		{j->w->host_pid, "hostPID", "processes"},
		{j->w->host_ipc, "hostIPC", "shared memory and semaphores"},
	};

	for (size_t i = 0; i < ARRAY_LEN(namespaces); i++) {
		struct fault fault = {
			.place = j->w->pod,
			.field = namespaces[i].field,
			.seen = STR("true"),
			.wanted = "false",
		};

		if (namespaces[i].shared == TRUTH_YES)
			FAIL(j, &fault, "the pod shares the %s of its host (%s)",
			     namespaces[i].what, namespaces[i].field);
	}
}

static void privileged(struct judge *j, const struct container *c)
{
	struct fault fault = {
		.place = c->place,
		.field = "securityContext.privileged",
		.seen = STR("true"),
		.wanted = "false",
	};

	if (c->security.privileged == TRUTH_YES)
		FAIL(j, &fault, "%s '%.*s' is privileged", CONTAINER(c));
}

static void capabilities_baseline(struct judge *j, const struct container *c)
{
	for (size_t i = 0; i < c->security.add.n; i++)
		if (!pss_is_baseline_capability(c->security.add.items[i]))
			pss_added_capability(j, c, i, "those of the baseline");
}

static void host_path_volumes(struct judge *j)
{
	for (size_t i = 0; i < j->w->n_volumes; i++) {
		const struct volume *v = &j->w->volumes[i];
		struct fault fault = {
			.place = v->place,
			.field = "hostPath",
			.seen = v->reference,
		};

		if (v->kind != VOLUME_HOST_PATH)
			continue;
		pss_take_out_volume(j, v, &fault);
		FAIL(j, &fault, "volume '%.*s' is the path '%.*s' of the host",
		     STR_FMT(pss_shown(v->name)), STR_FMT(pss_shown(v->reference)));
	}
}

static void host_ports(struct judge *j, const struct container *c)
{
	for (size_t i = 0; i < c->n_ports; i++) {
		const struct port *p = &c->ports[i];
		struct fault fault = {.place = p->place, .field = "hostPort", .remove = true};

		if (!p->host.set || p->host.value == 0)
			continue;
		fault.seen = arena_printf(j->run->sink->arena, "%" PRId64, p->host.value);
		pss_path(j, fault.seen);
		FAIL(j, &fault, "%s '%.*s' takes port %" PRId64 " of its host", CONTAINER(c),
		     p->host.value);
	}
}

static void handler_host(struct judge *j, const struct container *c, const char *handler,
			 const char *action, const struct text *host)
{
	struct fault fault = {.place = c->place, .seen = host->text, .remove = true};

	if (!host->set || !host->text.len)
		return;
	fault.field = PSS_FIELD(j, "%s.%s.host", handler, action);
	FAIL(j, &fault, "%s of %s '%.*s' is sent to the host '%.*s'", handler, CONTAINER(c),
	     STR_FMT(pss_shown(host->text)));
}

static void host_probes(struct judge *j, const struct container *c)
{
	const struct {
		const struct handler *handler;
		const char *name;
	} handlers[] = {
		{&c->liveness, "livenessProbe"},     {&c->readiness, "readinessProbe"},
		{&c->startup, "startupProbe"},	     {&c->post_start, "lifecycle.postStart"},
		{&c->pre_stop, "lifecycle.preStop"},
	};

	for (size_t i = 0; i < ARRAY_LEN(handlers); i++) {
		const struct handler *h = handlers[i].handler;

		handler_host(j, c, handlers[i].name, "httpGet", &h->http_host);
		handler_host(j, c, handlers[i].name, "tcpSocket", &h->tcp_host);
	}
}

/* An annotation, whose key is a part of its path. */
static void annotation(struct judge *j, struct str prefix, struct str name, struct str value,
		       const char *what)
{
	struct fault fault = {
		.place = j->w->metadata,
		.field = PSS_FIELD(j, "annotations['%.*s%.*s']", STR_FMT(prefix), STR_FMT(name)),
		.seen = value,
		.wanted = "runtime/default",
	};

	FAIL(j, &fault, "an annotation sets the %s profile%s%.*s%s to '%.*s'", what,
	     name.len ? " of container '" : "", STR_FMT(pss_shown(name)), name.len ? "'" : "",
	     STR_FMT(pss_shown(value)));
}

/* Whatever container the annotation names, be there one of that name or not. */
static void apparmor_annotations(struct judge *j)
{
	const struct yaml_node *map = j->w->annotations;
	const struct str prefix = STR("container.apparmor.security.beta.kubernetes.io/");

	for (size_t i = 0; map && i < map->n; i++) {
		struct str key = map->pairs[i].key->text;
		struct str value = map->pairs[i].value->text;

		if (map->pairs[i].value->kind != YAML_SCALAR || !str_starts(key, prefix) ||
		    !value.len || str_eq(value, STR("runtime/default")) ||
		    str_starts(value, STR("localhost/")))
			continue;
		annotation(j, prefix, str_from_offset(key, prefix.len), value, "AppArmor");
	}
}

static void apparmor_field(struct judge *j, const struct place *place,
			   const struct security *security, const struct container *c)
{
	struct fault fault = {
		.place = *place,
		.field = "securityContext.appArmorProfile.type",
		.seen = security->apparmor.text,
		.wanted = "RuntimeDefault",
	};

	if (!security->has_apparmor || pss_is_profile_type(&security->apparmor))
		return;
	if (c)
		FAIL(j, &fault, "%s '%.*s' has the AppArmor profile '%.*s'", CONTAINER(c),
		     STR_FMT(pss_shown(fault.seen)));
	else
		FAIL(j, &fault, "the pod has the AppArmor profile '%.*s'",
		     STR_FMT(pss_shown(fault.seen)));
}

static void apparmor_pod(struct judge *j)
{
	apparmor_field(j, &j->w->pod, &j->w->security, NULL);
	apparmor_annotations(j);
}

static void apparmor_container(struct judge *j, const struct container *c)
{
	apparmor_field(j, &c->place, &c->security, c);
}

static void selinux_option(struct judge *j, const struct place *place, const struct container *c,
			   const char *option, const struct text *value)
{
	struct fault fault = {
		.place = *place,
		.field = PSS_FIELD(j, "securityContext.seLinuxOptions.%s", option),
		.seen = value->text,
		.remove = true,
	};

	if (c)
		FAIL(j, &fault, "%s '%.*s' sets its SELinux %s to '%.*s'", CONTAINER(c), option,
		     STR_FMT(pss_shown(value->text)));
	else
		FAIL(j, &fault, "the pod sets its SELinux %s to '%.*s'", option,
		     STR_FMT(pss_shown(value->text)));
}

static bool is_selinux_type(struct str type, unsigned minor)
{
	static const char *const allowed[] = {"", "container_t", "container_init_t",
					      "container_kvm_t"};

	return IN_LIST(type, allowed) ||
	       (minor >= SINCE_ENGINE_TYPE && str_eq(type, STR("container_engine_t")));
}

static void selinux_options(struct judge *j, const struct place *place, const struct security *s,
			    const struct container *c)
{
	if (!s->has_selinux)
		return;
	if (!is_selinux_type(s->selinux_type.text, j->minor))
		selinux_option(j, place, c, "type", &s->selinux_type);
	if (s->selinux_user.text.len)
		selinux_option(j, place, c, "user", &s->selinux_user);
	if (s->selinux_role.text.len)
		selinux_option(j, place, c, "role", &s->selinux_role);
}

static void selinux_pod(struct judge *j)
{
	selinux_options(j, &j->w->pod, &j->w->security, NULL);
}

static void selinux_container(struct judge *j, const struct container *c)
{
	selinux_options(j, &c->place, &c->security, c);
}

static void proc_mount(struct judge *j, const struct container *c)
{
	if (!pss_in_user_namespace(j))
		pss_unmasked_proc(j, c);
}

static bool is_bad_seccomp_annotation(const struct text *value)
{
	return value->set && !str_eq(value->text, STR("runtime/default")) &&
	       !str_eq(value->text, STR("docker/default")) &&
	       !str_starts(value->text, STR("localhost/"));
}

static void seccomp_baseline_pod(struct judge *j)
{
	if (j->minor >= SINCE_SECCOMP_FIELD) {
		if (pss_is_bad_seccomp(&j->w->security))
			pss_seccomp_field(j, &j->w->pod, &j->w->security, NULL);
	} else if (is_bad_seccomp_annotation(&j->w->seccomp_annotation)) {
		annotation(j, STR("seccomp.security.alpha.kubernetes.io/pod"), STR(""),
			   j->w->seccomp_annotation.text, "seccomp");
	}
}

static void seccomp_baseline_container(struct judge *j, const struct container *c)
{
	if (j->minor >= SINCE_SECCOMP_FIELD) {
		if (pss_is_bad_seccomp(&c->security))
			pss_seccomp_field(j, &c->place, &c->security, c);
	} else if (is_bad_seccomp_annotation(&c->seccomp_annotation)) {
		annotation(j, STR("container.seccomp.security.alpha.kubernetes.io/"), c->name,
			   c->seccomp_annotation.text, "seccomp");
	}
}

static bool is_safe_sysctl(struct str name, unsigned minor)
{
	static const struct {
		unsigned since;
		const char *name;
	} safe[] = {
		{0, "kernel.shm_rmid_forced"},
		{0, "net.ipv4.ip_local_port_range"},
		{0, "net.ipv4.tcp_syncookies"},
		{0, "net.ipv4.ping_group_range"},
		{0, "net.ipv4.ip_unprivileged_port_start"},
		{SINCE_RESERVED_PORTS, "net.ipv4.ip_local_reserved_ports"},
		{SINCE_KEEPALIVE, "net.ipv4.tcp_keepalive_time"},
		{SINCE_KEEPALIVE, "net.ipv4.tcp_fin_timeout"},
		{SINCE_KEEPALIVE, "net.ipv4.tcp_keepalive_intvl"},
		{SINCE_KEEPALIVE, "net.ipv4.tcp_keepalive_probes"},
		{SINCE_TCP_MEMORY, "net.ipv4.tcp_rmem"},
		{SINCE_TCP_MEMORY, "net.ipv4.tcp_wmem"},
		{SINCE_TCP_LATENCY, "net.ipv4.tcp_slow_start_after_idle"},
		{SINCE_TCP_LATENCY, "net.ipv4.tcp_notsent_lowat"},
	};

	for (size_t i = 0; i < ARRAY_LEN(safe); i++)
		if (minor >= safe[i].since && str_eq(name, str_from(safe[i].name)))
			return true;
	return false;
}

static void sysctls(struct judge *j)
{
	const struct text_list *names = &j->w->security.sysctls;

	for (size_t i = 0; i < names->n; i++) {
		struct fault fault = {.place = j->w->pod, .seen = names->items[i], .n_gone = 1};
		struct str item;

		if (is_safe_sysctl(names->items[i], j->minor))
			continue;
		item = arena_printf(j->run->sink->arena, "%.*s.securityContext.sysctls[%zu]",
				    STR_FMT(j->w->pod.field), i);
		pss_path(j, item);
		fault.gone = &item;
		fault.field = PSS_FIELD(j, "securityContext.sysctls[%zu].name", i);
		FAIL(j, &fault, "the pod sets the sysctl %.*s, which is not one of the safe ones",
		     STR_FMT(pss_shown(names->items[i])));
	}
}

static void host_process(struct judge *j, const struct place *place, const struct container *c)
{
	struct fault fault = {
		.place = *place,
		.field = "securityContext.windowsOptions.hostProcess",
		.seen = STR("true"),
		.wanted = "false",
	};

	if (c)
		FAIL(j, &fault, "%s '%.*s' runs as a process of its Windows host", CONTAINER(c));
	else
		FAIL(j, &fault, "the containers of the pod run as processes of their Windows host");
}

static void host_process_pod(struct judge *j)
{
	if (j->w->security.host_process == TRUTH_YES)
		host_process(j, &j->w->pod, NULL);
}

static void host_process_container(struct judge *j, const struct container *c)
{
	if (c->security.host_process == TRUTH_YES)
		host_process(j, &c->place, c);
}

CONTROL(pss_host_namespaces, .level = PSS_BASELINE, .pod = host_namespaces)
CONTROL(pss_privileged, .level = PSS_BASELINE, .container = privileged)
CONTROL(pss_capabilities_baseline, .level = PSS_BASELINE, .overridden = true,
	.overridden_since = SINCE_RESTRICTED_CAPABILITIES, .container = capabilities_baseline)
CONTROL(pss_host_path_volumes, .level = PSS_BASELINE, .overridden = true, .pod = host_path_volumes)
CONTROL(pss_host_ports, .level = PSS_BASELINE, .container = host_ports)
CONTROL(pss_host_probes, .level = PSS_BASELINE, .since = SINCE_HOST_PROBES,
	.container = host_probes)
CONTROL(pss_apparmor, .level = PSS_BASELINE, .pod = apparmor_pod, .container = apparmor_container)
CONTROL(pss_selinux, .level = PSS_BASELINE, .pod = selinux_pod, .container = selinux_container)
CONTROL(pss_proc_mount, .level = PSS_BASELINE, .overridden = true,
	.overridden_since = SINCE_USER_NAMESPACES, .container = proc_mount)
CONTROL(pss_seccomp_baseline, .level = PSS_BASELINE, .overridden = true,
	.overridden_since = SINCE_SECCOMP_FIELD, .pod = seccomp_baseline_pod,
	.container = seccomp_baseline_container)
CONTROL(pss_sysctls, .level = PSS_BASELINE, .pod = sysctls)
CONTROL(pss_host_process, .level = PSS_BASELINE, .pod = host_process_pod,
	.container = host_process_container)
