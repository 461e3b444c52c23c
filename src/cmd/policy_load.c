/* Loading the policy: see policy_load.h. */
#include "base/compat.h"

#include "cmd/policy_load.h"

#include "base/buf.h"
#include "base/date.h"
#include "base/fd.h"
#include "base/yaml.h"
#include "checks/checks.h"
#include "cmd/options.h"
#include "cmd/usual_place.h"
#include "core/limits.h"

/* A check's id, for suggestions. */
static const char *check_word(const void *ctx, size_t i)
{
	for (size_t a = 0; a < n_check_areas; a++) {
		if (i < check_areas[a]->n_checks)
			return check_areas[a]->checks[i].id;
		i -= check_areas[a]->n_checks;
	}
	return NULL;
}

/* "IMG-" of "IMG-EOL". */
static struct str prefix_of(struct str id)
{
	ssize_t dash = str_find(id, STR("-"));

	return str_sub(id, 0, dash < 0 ? 0 : (size_t)dash + 1);
}

/* Would it be one of our checks, if there were such a one? Other ids are those of vulnerabilities. */
static bool looks_like_ours(struct str id)
{
	const char *word;

	for (size_t i = 0; (word = check_word(NULL, i)); i++)
		if (str_eq_nocase(prefix_of(id), prefix_of(str_from(word))))
			return true;
	return false;
}

static int unknown_check(const struct yaml_node *id, struct err *err)
{
	const char *near = nearest_word(id->text, check_word, NULL);

	if (near)
		return yaml_error(id, err, "no check has the id '%.*s': did you mean '%s'?",
				  STR_FMT(id->text), near);
	return yaml_error(id, err, "no check has the id '%.*s': see 'cscplate checks list'",
			  STR_FMT(id->text));
}

/* The ids of waivers or re-grades. */
static int check_entries(const struct yaml_node *entries, struct err *err)
{
	for (size_t i = 0; entries && i < entries->n; i++) {
		const struct yaml_node *id = yaml_get(entries->items[i], STR("id"));

		if (id && looks_like_ours(id->text) && !check_by_id(id->text))
			return unknown_check(id, err);
	}
	return 0;
}

/* Ids of checks that do not exist would never match, and silently so. Only a policy that could be parsed comes
 * here: every part is of the right kind. */
static int check_ids(struct str text, struct arena *arena, struct err *err)
{
	const struct yaml_node *root, *gate, *accepted = NULL;
	int r = yaml_parse(text, arena, &root, err);

	if (r < 0 || yaml_is_null(root))
		return r;
	gate = yaml_get(root, STR("gate"));
	if (gate)
		accepted = yaml_get(gate, STR("accept-unknown"));
	for (size_t i = 0; accepted && i < accepted->n; i++)
		if (!check_by_id(accepted->items[i]->text))
			return unknown_check(accepted->items[i], err);
	r = check_entries(yaml_get(root, STR("waivers")), err);
	return r < 0 ? r : check_entries(yaml_get(root, STR("regrade")), err);
}

static int read_policy(const struct globals *globals, struct policy *policy, struct err *err)
{
	_cleanup_buf_ struct buf text = BUF_INIT(LIMIT_CONFIG_TEXT);
	const char *path = globals->policy ? globals->policy : POLICY_NAME;
	int r = globals->policy ? file_read(AT_FDCWD, path, &text, err)
				: usual_place_read(path, &text, err);

	if (r < 0 || (r == 0 && !globals->policy))
		return r;
	r = policy_parse(policy, globals->arena, path, buf_str(&text), err);
	if (r < 0)
		return r;
	r = check_ids(buf_str(&text), globals->arena, err);
	return r < 0 ? err_wrap(err, r, "cannot read policy '%s'", path) : 0;
}

int policy_load(const struct globals *globals, int64_t now, struct policy *ret, struct err *err)
{
	struct policy policy;
	char day[sizeof("YYYY-MM-DD")];
	struct str today;
	int r;

	date_format_day(now, day);
	today = arena_str(globals->arena, str_from(day));
	if (!today.ptr)
		return err_oom(err);
	policy = policy_default(today);
	r = read_policy(globals, &policy, err);
	if (r < 0)
		return r;
	if (globals->fail_on && gate_parse(str_from(globals->fail_on), &policy.gate.fail_on) < 0)
		return err_set(err, ERR_USAGE, "cannot use --fail-on '%s': no such severity",
			       globals->fail_on);
	*ret = policy;
	return 0;
}
