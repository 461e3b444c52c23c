/* The controls that restricted adds to those of baseline: what hardens a container. See pss.c. */
#include "base/compat.h"

#include "checks/pss/judge.h"

static void restricted_volumes(struct judge *j)
{
	for (size_t i = 0; i < j->w->n_volumes; i++) {
		const struct volume *v = &j->w->volumes[i];
		struct fault fault = {.place = v->place, .seen = v->source};

		/* Every kind that is neither of these two is among the allowed ones. */
		if (v->kind != VOLUME_OTHER && (v->kind != VOLUME_HOST_PATH || !j->alone))
			continue;
		fault.field = PSS_FIELD(j, "%.*s", STR_FMT(v->source));
		pss_take_out_volume(j, v, &fault);
		FAIL(j, &fault, "volume '%.*s' is of the restricted kind %.*s",
		     STR_FMT(pss_shown(v->name)), STR_FMT(pss_shown(v->source)));
	}
}

static void privilege_escalation(struct judge *j, const struct container *c)
{
	enum truth allowed = c->security.allow_privilege_escalation;
	struct fault fault = {
		.place = c->place,
		.field = "securityContext.allowPrivilegeEscalation",
		.seen = pss_truth_text(allowed),
		.wanted = "false",
	};

	if (allowed != TRUTH_NO)
		FAIL(j, &fault, "%s '%.*s' may escalate privileges", CONTAINER(c));
}

/* The containers that leave something to their pod: "'a', 'b'". */
enum { NAMES_SHOWN = 5 };
struct names {
	char text[NAMES_SHOWN * (NAME_SHOWN + 4) + 32];
	size_t len; /* 0: there is none */
};

static void add_name(struct names *names, struct str name)
{
	char *end = names->text + names->len;

	name = pss_shown(name);
	if (names->len)
		end = mempcpy(end, ", ", 2);
	*end++ = '\'';
	end = name.len ? mempcpy(end, name.ptr, name.len) : end;
	*end++ = '\'';
	names->len = (size_t)(end - names->text);
}

static struct str unset_names(const struct judge *j, bool (*unset)(const struct security *security),
			      struct names *names)
{
	size_t n = 0;

	names->len = 0;
	for (size_t i = 0; i < j->w->n_containers; i++)
		if (unset(&j->w->containers[i].security) && n++ < NAMES_SHOWN)
			add_name(names, j->w->containers[i].name);
	if (n > NAMES_SHOWN)
		names->len +=
			(size_t)snprintf(names->text + names->len, sizeof(names->text) - names->len,
					 " and %zu more", n - NAMES_SHOWN);
	return (struct str){names->text, names->len};
}

static bool non_root_unset(const struct security *security)
{
	return security->run_as_non_root == TRUTH_UNSET;
}

static void non_root_pod(struct judge *j)
{
	struct fault fault = {
		.place = j->w->pod,
		.field = "securityContext.runAsNonRoot",
		.seen = pss_truth_text(j->w->security.run_as_non_root),
		.wanted = "true",
	};
	struct names names;
	struct str unset;

	if (pss_in_user_namespace(j) || j->w->security.run_as_non_root == TRUTH_YES)
		return;
	if (j->w->security.run_as_non_root == TRUTH_NO) {
		FAIL(j, &fault, "the pod lets its containers run as root");
		return;
	}
	unset = unset_names(j, non_root_unset, &names);
	if (unset.len)
		FAIL(j, &fault, "nothing keeps %.*s from running as root", STR_FMT(unset));
}

static void non_root_container(struct judge *j, const struct container *c)
{
	struct fault fault = {
		.place = c->place,
		.field = "securityContext.runAsNonRoot",
		.seen = STR("false"),
		.wanted = "true",
	};

	if (!pss_in_user_namespace(j) && c->security.run_as_non_root == TRUTH_NO)
		FAIL(j, &fault, "%s '%.*s' may run as root", CONTAINER(c));
}

static bool is_root(const struct judge *j, const struct security *security)
{
	return security->run_as_user.set && security->run_as_user.value == 0 &&
	       !pss_in_user_namespace(j);
}

static void root_user_pod(struct judge *j)
{
	struct fault fault = {
		.place = j->w->pod,
		.field = "securityContext.runAsUser",
		.seen = STR("0"),
		.remove = true,
	};

	if (is_root(j, &j->w->security))
		FAIL(j, &fault, "the pod runs its containers as user 0");
}

static void root_user_container(struct judge *j, const struct container *c)
{
	struct fault fault = {
		.place = c->place,
		.field = "securityContext.runAsUser",
		.seen = STR("0"),
		.remove = true,
	};

	if (is_root(j, &c->security))
		FAIL(j, &fault, "%s '%.*s' runs as user 0", CONTAINER(c));
}

static bool seccomp_unset(const struct security *security)
{
	return !security->has_seccomp;
}

/* A profile that does not confine is told by baseline's row, unless this one took its place. */
static void seccomp_restricted_pod(struct judge *j)
{
	struct fault fault = {
		.place = j->w->pod,
		.field = "securityContext.seccompProfile.type",
		.wanted = "RuntimeDefault",
	};
	struct names names;
	struct str unset;

	if (j->w->security.has_seccomp) {
		if (j->alone && pss_is_bad_seccomp(&j->w->security))
			pss_seccomp_field(j, &j->w->pod, &j->w->security, NULL);
		return;
	}
	unset = unset_names(j, seccomp_unset, &names);
	if (unset.len)
		FAIL(j, &fault, "no seccomp profile is set for %.*s", STR_FMT(unset));
}

static void seccomp_restricted_container(struct judge *j, const struct container *c)
{
	if (j->alone && pss_is_bad_seccomp(&c->security))
		pss_seccomp_field(j, &c->place, &c->security, c);
}

static bool drops_all(const struct security *security)
{
	for (size_t i = 0; i < security->drop.n; i++)
		if (str_eq(security->drop.items[i], STR("ALL")))
			return true;
	return false;
}

static void capabilities_restricted(struct judge *j, const struct container *c)
{
	struct fault fault = {
		.place = c->place,
		.field = "securityContext.capabilities.drop",
		.wanted = "[ALL]",
	};

	if (!drops_all(&c->security))
		FAIL(j, &fault, "%s '%.*s' does not drop all capabilities", CONTAINER(c));
	for (size_t i = 0; i < c->security.add.n; i++) {
		struct str name = c->security.add.items[i];

		if (!str_eq(name, STR("NET_BIND_SERVICE")) &&
		    (j->alone || pss_is_baseline_capability(name)))
			pss_added_capability(j, c, i, "NET_BIND_SERVICE");
	}
}

static void proc_mount_restricted(struct judge *j, const struct container *c)
{
	if (j->alone || pss_in_user_namespace(j))
		pss_unmasked_proc(j, c);
}

CONTROL(pss_restricted_volumes, .level = PSS_RESTRICTED, .pod = restricted_volumes)
CONTROL(pss_privilege_escalation, .level = PSS_RESTRICTED, .since = SINCE_PRIVILEGE_ESCALATION,
	.not_windows = true, .container = privilege_escalation)
CONTROL(pss_non_root, .level = PSS_RESTRICTED, .pod = non_root_pod, .container = non_root_container)
CONTROL(pss_root_user, .level = PSS_RESTRICTED, .since = SINCE_ROOT_USER, .pod = root_user_pod,
	.container = root_user_container)
CONTROL(pss_seccomp_restricted, .level = PSS_RESTRICTED, .since = SINCE_SECCOMP_FIELD,
	.not_windows = true, .pod = seccomp_restricted_pod,
	.container = seccomp_restricted_container)
CONTROL(pss_capabilities_restricted, .level = PSS_RESTRICTED,
	.since = SINCE_RESTRICTED_CAPABILITIES, .not_windows = true,
	.container = capabilities_restricted)
CONTROL(pss_proc_mount_restricted, .level = PSS_RESTRICTED, .since = SINCE_USER_NAMESPACES,
	.container = proc_mount_restricted)
