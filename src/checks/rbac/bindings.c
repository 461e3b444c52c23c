/* Bindings: to whom roles are given. */
#include "base/compat.h"

#include "checks/fault.h"
#include "checks/rbac/rbac.h"
#include "core/field.h"

static bool is_cluster_binding(const struct object *object)
{
	return str_eq(object->kind, STR("ClusterRoleBinding"));
}

static bool binds_cluster_admin(const struct object *object)
{
	return str_eq(field_text(object->root, "roleRef.kind"), STR("ClusterRole")) &&
	       str_eq(field_text(object->root, "roleRef.name"), STR("cluster-admin"));
}

/* Roles that say what the server is and can, and that Kubernetes binds as widely itself. */
static bool binds_harmless_role(const struct object *object)
{
	static const char *const names[] = {
		"system:basic-user",
		"system:discovery",
		"system:public-info-viewer",
		"system:service-account-issuer-discovery",
	};
	struct str name = field_text(object->root, "roleRef.name");

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (str_eq(name, str_from(names[i])))
			return true;
	return false;
}

int rbac_cluster_admin(struct check_run *run)
{
	const struct object *object = run_object(run);
	struct fault fault;

	if (!rbac_is_binding(object))
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	if (!binds_cluster_admin(object))
		return check_tally(run, OUTCOME_PASS);
	fault = (struct fault){
		.place = {field_at(object->root, "roleRef"), STR(".roleRef")},
		.field = "name",
		.seen = STR("cluster-admin"),
		.severity = is_cluster_binding(object) ? SEVERITY_HIGH : SEVERITY_MEDIUM,
	};
	return emit_fault(run, &fault, "gives every right in %s",
			  is_cluster_binding(object) ? "the whole cluster" : "the namespace");
}

/* --- Subjects ------------------------------------------------------------------------------------ */

/*
 * How bad it is that this subject has the role; SEVERITY_NONE: it is not. ret_what says who that is.
 */
typedef enum severity judge_fn(const struct object *object, struct str kind, struct str name,
			       const char **ret_what);

static int judge_subjects(const struct check_run *run, judge_fn *judge)
{
	const struct object *object = run_object(run);
	struct arena *arena = run->sink->arena;
	const struct yaml_node *const *subjects;
	bool failed = false;
	size_t n;

	if (!rbac_is_binding(object))
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	n = field_items(object->root, "subjects", &subjects);
	for (size_t i = 0; i < n; i++) {
		struct str name = field_text(subjects[i], "name");
		struct str role = field_text(object->root, "roleRef.name");
		const char *what = "";
		struct fault fault = {
			.field = "name",
			.seen = name,
			.severity = judge(object, field_text(subjects[i], "kind"), name, &what),
		};
		int r;

		if (fault.severity == SEVERITY_NONE)
			continue;
		fault.place = (struct place){subjects[i], arena_printf(arena, ".subjects[%zu]", i)};
		fault.seen = arena_str(arena, name);
		if (!fault.place.field.ptr || !fault.seen.ptr)
			return -ENOMEM;
		r = emit_fault(run, &fault, "gives the role '%.*s' to %s", STR_FMT(role), what);
		if (r < 0)
			return r;
		failed = true;
	}
	return failed ? 0 : check_tally(run, OUTCOME_PASS);
}

static enum severity judge_masters(const struct object *object, struct str kind, struct str name,
				   const char **ret_what)
{
	*ret_what = "system:masters, whom no rule and no webhook can stop";
	return str_eq(kind, STR("Group")) && str_eq(name, STR("system:masters")) ? SEVERITY_HIGH
										 : SEVERITY_NONE;
}

int rbac_masters(struct check_run *run)
{
	return judge_subjects(run, judge_masters);
}

static enum severity judge_anonymous(const struct object *object, struct str kind, struct str name,
				     const char **ret_what)
{
	bool user = str_eq(kind, STR("User")) && str_eq(name, STR("system:anonymous"));
	bool group = str_eq(kind, STR("Group")) && str_eq(name, STR("system:unauthenticated"));

	*ret_what = "anybody who reaches the API server, without a login";
	if (!user && !group)
		return SEVERITY_NONE;
	if (str_eq(field_text(object->root, "roleRef.name"), STR("system:public-info-viewer")))
		return SEVERITY_NONE;
	return binds_harmless_role(object) ? SEVERITY_LOW : SEVERITY_CRITICAL;
}

int rbac_anonymous(struct check_run *run)
{
	return judge_subjects(run, judge_anonymous);
}

static enum severity judge_authenticated(const struct object *object, struct str kind,
					 struct str name, const char **ret_what)
{
	if (!str_eq(kind, STR("Group")) || binds_harmless_role(object))
		return SEVERITY_NONE;
	if (str_eq(name, STR("system:authenticated"))) {
		*ret_what = "everybody with a login, each ServiceAccount among them";
		return SEVERITY_HIGH;
	}
	if (str_eq(name, STR("system:serviceaccounts"))) {
		*ret_what = "every ServiceAccount of the cluster";
		return SEVERITY_HIGH;
	}
	*ret_what = "every ServiceAccount of a namespace, its default one among them";
	return str_starts(name, STR("system:serviceaccounts:")) ? SEVERITY_LOW : SEVERITY_NONE;
}

int rbac_authenticated(struct check_run *run)
{
	return judge_subjects(run, judge_authenticated);
}

static enum severity judge_default_account(const struct object *object, struct str kind,
					   struct str name, const char **ret_what)
{
	*ret_what = "the ServiceAccount 'default', which every pod has that names none";
	if (str_eq(kind, STR("ServiceAccount")) && str_eq(name, STR("default")))
		return SEVERITY_MEDIUM;
	/* The name that it logs in with. */
	return str_eq(kind, STR("User")) && str_starts(name, STR("system:serviceaccount:")) &&
			       str_ends(name, STR(":default"))
		       ? SEVERITY_MEDIUM
		       : SEVERITY_NONE;
}

int rbac_default_account(struct check_run *run)
{
	return judge_subjects(run, judge_default_account);
}
