/*
 * What the controls of the Pod Security Standards share: how a row is run, and what baseline and
 * restricted both say.
 */
#pragma once

#include "base/compat.h"
#include "checks/fault.h"
#include "checks/inputs.h"

/* The version 1.N of the Standards that has each for the first time (k8s.io/pod-security-admission/policy). */
enum {
	SINCE_PRIVILEGE_ESCALATION = 8,
	/* Seccomp was two annotations before it was a field. */
	SINCE_SECCOMP_FIELD = 19,
	SINCE_RESTRICTED_CAPABILITIES = 22,
	SINCE_ROOT_USER = 23,
	/* What a pod for Windows cannot set is not asked of it any more (.spec.os.name). */
	SINCE_WINDOWS = 25,
	SINCE_RESERVED_PORTS = 27, /* safe: net.ipv4.ip_local_reserved_ports */
	SINCE_KEEPALIVE = 29,	   /* safe: net.ipv4.tcp_keepalive_…, tcp_fin_timeout */
	SINCE_ENGINE_TYPE = 31,	   /* SELinux's container_engine_t */
	SINCE_TCP_MEMORY = 32,	   /* safe: net.ipv4.tcp_rmem, tcp_wmem */
	SINCE_HOST_PROBES = 34,
	/* Root in a user namespace is not root (KEP-127). */
	SINCE_USER_NAMESPACES = 35,
	SINCE_TCP_LATENCY = 37, /* safe: net.ipv4.tcp_slow_start_after_idle, tcp_notsent_lowat */
};

/* Names in Kubernetes have 253 characters at most (RFC 1123); longer ones are cut in messages. */
enum { NAME_SHOWN = 253 };

struct judge {
	const struct check_run *run;
	const struct workload *w;
	unsigned minor; /* 1.minor */
	bool alone;
	bool failed; /* something was wrong */
	int r;	     /* the first failure to say so */
};

/* When a control is there, and how it looks at a pod. */
struct control {
	enum pss_level level;
	unsigned since;
	/* From then on, one of restricted takes its place when pods are judged by that alone. */
	bool overridden;
	unsigned overridden_since;
	bool not_windows; /* pods for Windows meet it as they are, from SINCE_WINDOWS on */
	void (*pod)(struct judge *j);
	void (*container)(struct judge *j, const struct container *c);
};

int pss_run(const struct check_run *run, const struct control *control);

/* Defines the run function of a row: CONTROL(pss_privileged, .level = PSS_BASELINE, …). */
#define CONTROL(name, ...)                                           \
	int name(struct check_run *run)                              \
	{                                                            \
		static const struct control control = {__VA_ARGS__}; \
                                                                     \
		return pss_run(run, &control);                       \
	}

/* Says what is wrong; once that failed for want of memory, nothing more is said. */
#define FAIL(j, fault, ...)                                                  \
	do {                                                                 \
		(j)->failed = true;                                          \
		if ((j)->r >= 0)                                             \
			(j)->r = emit_fault((j)->run, (fault), __VA_ARGS__); \
	} while (0)

/* The text; NULL, and a failure of the judge, when the arena had no room for it. */
const char *pss_path(struct judge *j, struct str text);
/* The path of a field, written when it failed. */
#define PSS_FIELD(j, ...) pss_path((j), arena_printf((j)->run->sink->arena, __VA_ARGS__))

/* A name as far as a message shows it. */
struct str pss_shown(struct str name);
/* "init container". */
const char *pss_kind_of(const struct container *c);
/* For "%s '%.*s'": what kind of container it is, and its name. */
#define CONTAINER(c) pss_kind_of(c), STR_FMT(pss_shown((c)->name))

/* "true", "false", or "" for what is not set. */
struct str pss_truth_text(enum truth truth);
bool pss_in_list(struct str value, const char *const *list, size_t n);
#define IN_LIST(value, list) pss_in_list((value), (list), ARRAY_LEN(list))

/* One of those that baseline lets a container add. */
bool pss_is_baseline_capability(struct str name);
/* Fails for item i of what the container adds; beyond: "those of the baseline". */
void pss_added_capability(struct judge *j, const struct container *c, size_t i, const char *beyond);
/* Has the volume go, with its mounts; a failure of the judge when there is no room to say so. */
void pss_take_out_volume(struct judge *j, const struct volume *v, struct fault *fault);
/* Root in it is not root of the host, which some controls take into account. */
bool pss_in_user_namespace(const struct judge *j);
/* Fails for a container that mounts /proc other than by default. */
void pss_unmasked_proc(struct judge *j, const struct container *c);
/* A profile of AppArmor or seccomp that confines. */
bool pss_is_profile_type(const struct text *type);
/* A seccomp profile is set, and does not confine. */
bool pss_is_bad_seccomp(const struct security *security);
/* Fails for it; c is NULL when it is the pod's. */
void pss_seccomp_field(struct judge *j, const struct place *place, const struct security *security,
		       const struct container *c);

/* The rows' run functions. */
int pss_host_namespaces(struct check_run *run);
int pss_privileged(struct check_run *run);
int pss_capabilities_baseline(struct check_run *run);
int pss_host_path_volumes(struct check_run *run);
int pss_host_ports(struct check_run *run);
int pss_host_probes(struct check_run *run);
int pss_apparmor(struct check_run *run);
int pss_selinux(struct check_run *run);
int pss_proc_mount(struct check_run *run);
int pss_seccomp_baseline(struct check_run *run);
int pss_sysctls(struct check_run *run);
int pss_host_process(struct check_run *run);
int pss_restricted_volumes(struct check_run *run);
int pss_privilege_escalation(struct check_run *run);
int pss_non_root(struct check_run *run);
int pss_root_user(struct check_run *run);
int pss_seccomp_restricted(struct check_run *run);
int pss_capabilities_restricted(struct check_run *run);
int pss_proc_mount_restricted(struct check_run *run);
