/* See judge.h. */
#include "base/compat.h"

#include "checks/pss/judge.h"

static bool applies(const struct object_input *in, const struct control *control)
{
	const struct pss *pss = &in->pss;

	if (in->object->origin != ORIGIN_KUBERNETES || !in->object->workload)
		return false;
	if (pss->level < control->level || pss->minor < control->since)
		return false;
	return !(pss->alone && pss->level == PSS_RESTRICTED && control->overridden &&
		 pss->minor >= control->overridden_since);
}

int pss_run(const struct check_run *run, const struct control *control)
{
	const struct object_input *in = run->input;
	struct judge j = {.run = run,
			  .w = in->object->workload,
			  .minor = in->pss.minor,
			  .alone = in->pss.alone};

	if (!applies(in, control))
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	if (control->not_windows && j.w->windows && j.minor >= SINCE_WINDOWS)
		return check_tally(run, OUTCOME_PASS);
	if (control->pod)
		control->pod(&j);
	for (size_t i = 0; control->container && i < j.w->n_containers && j.r >= 0; i++)
		control->container(&j, &j.w->containers[i]);
	if (j.failed || j.r < 0)
		return j.r;
	return check_tally(run, OUTCOME_PASS);
}

const char *pss_path(struct judge *j, struct str text)
{
	if (!text.ptr && j->r >= 0)
		j->r = -ENOMEM;
	return text.ptr;
}

struct str pss_shown(struct str name)
{
	return str_sub(name, 0, NAME_SHOWN);
}

const char *pss_kind_of(const struct container *c)
{
	static const char *const names[] = {
		[CONTAINER_REGULAR] = "container",
		[CONTAINER_INIT] = "init container",
		[CONTAINER_EPHEMERAL] = "ephemeral container",
	};

	return names[c->kind];
}

struct str pss_truth_text(enum truth truth)
{
	return truth == TRUTH_UNSET ? STR("") : truth == TRUTH_YES ? STR("true") : STR("false");
}

bool pss_in_list(struct str value, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(value, str_from(list[i])))
			return true;
	return false;
}

bool pss_is_baseline_capability(struct str name)
{
	static const char *const allowed[] = {
		"AUDIT_WRITE", "CHOWN",	 "DAC_OVERRIDE",     "FOWNER",	"FSETID",
		"KILL",	       "MKNOD",	 "NET_BIND_SERVICE", "SETFCAP", "SETGID",
		"SETPCAP",     "SETUID", "SYS_CHROOT",
	};

	return IN_LIST(name, allowed);
}

void pss_added_capability(struct judge *j, const struct container *c, size_t i, const char *beyond)
{
	struct fault fault = {
		.place = c->place,
		.field = PSS_FIELD(j, "securityContext.capabilities.add[%zu]", i),
		.seen = c->security.add.items[i],
		.remove = true,
	};

	FAIL(j, &fault, "%s '%.*s' adds the capability %.*s, which is beyond %s", CONTAINER(c),
	     STR_FMT(pss_shown(fault.seen)), beyond);
}

void pss_take_out_volume(struct judge *j, const struct volume *v, struct fault *fault)
{
	if (j->r >= 0 && fault_take_out_volume(j->run, v, fault) < 0)
		j->r = -ENOMEM;
}

bool pss_in_user_namespace(const struct judge *j)
{
	return j->minor >= SINCE_USER_NAMESPACES && j->w->host_users == TRUTH_NO;
}

void pss_unmasked_proc(struct judge *j, const struct container *c)
{
	struct fault fault = {
		.place = c->place,
		.field = "securityContext.procMount",
		.seen = c->security.proc_mount.text,
		.wanted = "Default",
	};

	if (c->security.proc_mount.set && !str_eq(fault.seen, STR("Default")))
		FAIL(j, &fault, "%s '%.*s' mounts /proc as '%.*s'", CONTAINER(c),
		     STR_FMT(pss_shown(fault.seen)));
}

bool pss_is_profile_type(const struct text *type)
{
	return type->set &&
	       (str_eq(type->text, STR("RuntimeDefault")) || str_eq(type->text, STR("Localhost")));
}

bool pss_is_bad_seccomp(const struct security *security)
{
	return security->has_seccomp && !pss_is_profile_type(&security->seccomp);
}

void pss_seccomp_field(struct judge *j, const struct place *place, const struct security *security,
		       const struct container *c)
{
	struct fault fault = {
		.place = *place,
		.field = "securityContext.seccompProfile.type",
		.seen = security->seccomp.text,
		.wanted = "RuntimeDefault",
	};

	if (c)
		FAIL(j, &fault, "%s '%.*s' has the seccomp profile '%.*s'", CONTAINER(c),
		     STR_FMT(pss_shown(fault.seen)));
	else
		FAIL(j, &fault, "the pod has the seccomp profile '%.*s'",
		     STR_FMT(pss_shown(fault.seen)));
}
