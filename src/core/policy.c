/* The policy: see policy.h; its format for people is docs/policy.md. */
#include "base/compat.h"

#include "base/buf.h"
#include "base/date.h"
#include "base/vec.h"
#include "base/yaml.h"
#include "core/check.h"
#include "core/limits.h"
#include "core/policy.h"

const char *gate_name(enum severity fail_on)
{
	return fail_on == GATE_NEVER ? "never" : severity_name(fail_on);
}

int gate_parse(struct str word, enum severity *ret)
{
	enum severity severity;

	if (str_eq_nocase(word, STR("never"))) {
		*ret = GATE_NEVER;
		return 0;
	}
	/* "none" would read as "never" and mean the contrary; "unknown" is no threshold at all. */
	if (severity_parse(word, &severity) < 0 || severity == SEVERITY_NONE ||
	    severity == SEVERITY_UNKNOWN)
		return -EINVAL;
	*ret = severity;
	return 0;
}

struct policy policy_default(struct str today)
{
	return (struct policy){.gate.fail_on = SEVERITY_LOW, .today = today};
}

struct reader {
	struct policy policy;
	struct arena *arena;
	struct err *err;
};

/* A key of a mapping: what reads its value, and where it goes. */
struct key {
	const char *name;
	int (*read)(struct reader *reader, const struct yaml_node *value, void *to);
	size_t offset; /* inside what is filled in */
	bool required;
};

static int wrong_kind(struct reader *reader, const struct yaml_node *node, const char *wanted)
{
	return yaml_error(node, reader->err, "%s wanted, not %s", wanted, yaml_describe(node));
}

static int unknown_key(struct reader *reader, const struct yaml_node *key, const struct key *keys,
		       size_t n_keys)
{
	_cleanup_buf_ struct buf names = BUF_INIT(512);

	for (size_t i = 0; i < n_keys; i++)
		buf_addf(&names, "%s%s", i ? ", " : "", keys[i].name);
	return yaml_error(key, reader->err, "unknown key '%.*s' (known: %s)", STR_FMT(key->text),
			  names.data ? names.data : "");
}

/* Reads a mapping by its keys into the struct at to. Its name is for messages. */
static int read_mapping(struct reader *reader, const struct yaml_node *node, const struct key *keys,
			size_t n_keys, const char *name, void *to)
{
	if (node->kind != YAML_MAPPING)
		return wrong_kind(reader, node, "a mapping");
	for (size_t i = 0; i < node->n; i++) {
		const struct yaml_pair *pair = &node->pairs[i];
		size_t k = 0;
		int r;

		while (k < n_keys && !str_eq(pair->key->text, str_from(keys[k].name)))
			k++;
		if (k == n_keys)
			return unknown_key(reader, pair->key, keys, n_keys);
		r = keys[k].read(reader, pair->value, (char *)to + keys[k].offset);
		if (r < 0)
			return r;
	}
	for (size_t k = 0; k < n_keys; k++)
		if (keys[k].required && !yaml_get(node, str_from(keys[k].name)))
			return yaml_error(node, reader->err, "a %s without '%s'", name,
					  keys[k].name);
	return 0;
}

static int read_text(struct reader *reader, const struct yaml_node *value, void *to)
{
	if (value->kind != YAML_SCALAR || yaml_is_null(value))
		return wrong_kind(reader, value, "text");
	if (str_trim(value->text).len == 0)
		return yaml_error(value, reader->err, "text wanted, not an empty string");
	*(struct str *)to = value->text;
	return 0;
}

/* Ids are whole: a pattern would match nothing, and hide that it does. */
static int read_id(struct reader *reader, const struct yaml_node *value, void *to)
{
	struct str text;
	int r = read_text(reader, value, &text);

	if (r < 0)
		return r;
	if (str_find_char(text, '*') >= 0 || str_find_char(text, '?') >= 0)
		return yaml_error(
			value, reader->err,
			"no id: '%.*s' (ids are no patterns: name each, or narrow a check "
			"id down by a scope)",
			STR_FMT(text));
	*(struct str *)to = text;
	return 0;
}

static int read_date(struct reader *reader, const struct yaml_node *value, void *to)
{
	int r = read_text(reader, value, to);
	int64_t day;

	if (r < 0)
		return r;
	if (value->text.len != strlen("YYYY-MM-DD") || date_parse(value->text, &day) < 0)
		return yaml_error(value, reader->err, "no date of the form YYYY-MM-DD: '%.*s'",
				  STR_FMT(value->text));
	return 0;
}

static int read_bool(struct reader *reader, const struct yaml_node *value, void *to)
{
	return yaml_bool(value, to) < 0 ? wrong_kind(reader, value, "true or false") : 0;
}

static int read_version(struct reader *reader, const struct yaml_node *value, void *to)
{
	uint64_t version;

	if (yaml_uint(value, &version) < 0 || version != 1)
		return yaml_error(value, reader->err, "the version of a policy is 1");
	return 0;
}

static int read_severity(struct reader *reader, const struct yaml_node *value, void *to)
{
	struct str text;
	int r = read_text(reader, value, &text);

	if (r < 0)
		return r;
	if (severity_parse(text, to) < 0)
		return yaml_error(value, reader->err,
				  "unknown severity '%.*s' (none, negligible, low, medium, high, "
				  "critical or unknown)",
				  STR_FMT(text));
	return 0;
}

static int read_fail_on(struct reader *reader, const struct yaml_node *value, void *to)
{
	struct str text;
	int r = read_text(reader, value, &text);

	if (r < 0)
		return r;
	if (gate_parse(text, to) < 0)
		return yaml_error(value, reader->err,
				  "unknown gate '%.*s' (negligible, low, medium, high, critical or "
				  "never)",
				  STR_FMT(text));
	return 0;
}

static int read_accept_unknown(struct reader *reader, const struct yaml_node *value, void *to)
{
	struct gate *gate = to;
	struct str *ids;

	if (value->kind != YAML_SEQUENCE)
		return wrong_kind(reader, value, "a sequence of check ids");
	ids = arena_calloc(reader->arena, value->n, sizeof(*ids));
	if (!ids)
		return err_oom(reader->err);
	for (size_t i = 0; i < value->n; i++) {
		int r = read_id(reader, value->items[i], &ids[i]);

		if (r < 0)
			return r;
	}
	gate->accept_unknown = ids;
	gate->n_accept_unknown = value->n;
	return 0;
}

static int read_gate(struct reader *reader, const struct yaml_node *value, void *to)
{
	static const struct key keys[] = {
		{"fail-on", read_fail_on, offsetof(struct gate, fail_on)},
		{"unfixed", read_bool, offsetof(struct gate, unfixed)},
		{"accept-unknown", read_accept_unknown, 0},
	};

	return read_mapping(reader, value, keys, ARRAY_LEN(keys), "gate", to);
}

static int read_scope(struct reader *reader, const struct yaml_node *value, void *to)
{
	static const struct key keys[] = {
		{"package", read_text, offsetof(struct scope, package)},
		{"source", read_text, offsetof(struct scope, source)},
		{"path", read_text, offsetof(struct scope, path)},
		{"image", read_text, offsetof(struct scope, image)},
		{"field", read_text, offsetof(struct scope, field)},
		{"object", read_text, offsetof(struct scope, object)},
	};

	return read_mapping(reader, value, keys, ARRAY_LEN(keys), "scope", to);
}

static int read_waivers(struct reader *reader, const struct yaml_node *value, void *to)
{
	static const struct key keys[] = {
		{"id", read_id, offsetof(struct waiver, id), true},
		{"scope", read_scope, offsetof(struct waiver, scope)},
		{"reason", read_text, offsetof(struct waiver, reason), true},
		{"expires", read_date, offsetof(struct waiver, expires)},
	};
	struct policy *policy = to;

	if (value->kind != YAML_SEQUENCE)
		return wrong_kind(reader, value, "a sequence of waivers");
	policy->waivers = arena_calloc(reader->arena, value->n, sizeof(*policy->waivers));
	if (!policy->waivers)
		return err_oom(reader->err);
	policy->n_waivers = value->n;
	for (size_t i = 0; i < value->n; i++) {
		int r = read_mapping(reader, value->items[i], keys, ARRAY_LEN(keys), "waiver",
				     &policy->waivers[i]);

		if (r < 0)
			return r;
		policy->waivers[i].line = value->items[i]->line;
	}
	return 0;
}

static int read_regrades(struct reader *reader, const struct yaml_node *value, void *to)
{
	static const struct key keys[] = {
		{"id", read_id, offsetof(struct regrade, id), true},
		{"severity", read_severity, offsetof(struct regrade, severity), true},
		{"scope", read_scope, offsetof(struct regrade, scope)},
		{"reason", read_text, offsetof(struct regrade, reason)},
	};
	struct policy *policy = to;

	if (value->kind != YAML_SEQUENCE)
		return wrong_kind(reader, value, "a sequence of re-grades");
	policy->regrades = arena_calloc(reader->arena, value->n, sizeof(*policy->regrades));
	if (!policy->regrades)
		return err_oom(reader->err);
	policy->n_regrades = value->n;
	for (size_t i = 0; i < value->n; i++) {
		int r = read_mapping(reader, value->items[i], keys, ARRAY_LEN(keys), "re-grade",
				     &policy->regrades[i]);

		if (r < 0)
			return r;
		policy->regrades[i].line = value->items[i]->line;
	}
	return 0;
}

static int read_policy(struct reader *reader, struct str text)
{
	static const struct key keys[] = {
		{"version", read_version, 0},
		{"gate", read_gate, offsetof(struct policy, gate)},
		{"waivers", read_waivers, 0},
		{"regrade", read_regrades, 0},
	};
	const struct yaml_node *root;
	int r;

	if (text.len > LIMIT_CONFIG_TEXT)
		return err_set(reader->err, ERR_LIMIT, "larger than the limit of %zu bytes",
			       LIMIT_CONFIG_TEXT);
	/* One copy of it all, since the nodes' texts are slices and the policy outlives the caller's. */
	text = arena_str(reader->arena, text);
	if (!text.ptr)
		return err_oom(reader->err);
	r = yaml_parse(text, reader->arena, &root, reader->err);
	if (r < 0 || yaml_is_null(root))
		return r;
	return read_mapping(reader, root, keys, ARRAY_LEN(keys), "policy", &reader->policy);
}

int policy_parse(struct policy *policy, struct arena *arena, const char *name, struct str text,
		 struct err *err)
{
	struct reader reader = {.policy = *policy, .arena = arena, .err = err};
	int r = read_policy(&reader, text);

	if (r < 0)
		return err_wrap(err, r, "cannot read policy '%s'", name);
	reader.policy.path = arena_str(arena, str_from(name));
	if (!reader.policy.path.ptr)
		return err_oom(err);
	*policy = reader.policy;
	return 0;
}

/* '*' is any number of bytes, '?' is one: with one place to come back to, since a later '*' makes all
 * earlier ones settled. */
static bool matches(struct str pattern, struct str s)
{
	size_t p = 0, i = 0, star = SIZE_MAX, from = 0;

	while (i < s.len) {
		if (p < pattern.len && pattern.ptr[p] == '*') {
			star = p++;
			from = i;
		} else if (p < pattern.len &&
			   (pattern.ptr[p] == '?' || pattern.ptr[p] == s.ptr[i])) {
			p++;
			i++;
		} else if (star != SIZE_MAX) {
			p = star + 1;
			i = ++from;
		} else {
			return false;
		}
	}
	while (p < pattern.len && pattern.ptr[p] == '*')
		p++;
	return p == pattern.len;
}

/* A pattern that is set asks for something to be there: "*" does not match what is absent. */
static bool allows(struct str pattern, struct str s)
{
	return pattern.len == 0 || (s.len > 0 && matches(pattern, s));
}

bool scope_has_image(const struct scope *scope, struct str image)
{
	return allows(scope->image, image);
}

static bool in_scope(const struct scope *scope, struct str image, const struct finding *f)
{
	const struct package *package = f->subject.package;

	return allows(scope->package, package ? package->name : STR_NULL) &&
	       allows(scope->source, package ? package->source_name : STR_NULL) &&
	       allows(scope->path, f->where.path) && scope_has_image(scope, image) &&
	       allows(scope->field, f->where.field) &&
	       allows(scope->object,
		      f->subject.kind == SUBJECT_OBJECT ? f->subject.name : STR_NULL);
}

static bool has_name(const struct finding *f, struct str id)
{
	const struct vulnerability *v = f->vulnerability;

	if (str_eq(id, str_from(f->check->id)))
		return true;
	if (!v)
		return false;
	if (str_eq(id, v->id))
		return true;
	for (size_t i = 0; i < v->n_aliases; i++)
		if (str_eq(id, v->aliases[i]))
			return true;
	return false;
}

static void regrade(const struct policy *policy, struct str image, struct finding *f)
{
	for (size_t i = 0; i < policy->n_regrades; i++) {
		struct regrade *regrade = &policy->regrades[i];

		if (!has_name(f, regrade->id) || !in_scope(&regrade->scope, image, f))
			continue;
		regrade->used = true;
		f->severity = regrade->severity;
	}
}

static void waive(const struct policy *policy, struct str image, struct finding *f)
{
	for (size_t i = 0; i < policy->n_waivers; i++) {
		struct waiver *waiver = &policy->waivers[i];

		if (!has_name(f, waiver->id) || !in_scope(&waiver->scope, image, f))
			continue;
		waiver->used = true;
		if (waiver->expires.len && str_cmp(waiver->expires, policy->today) < 0) {
			f->expired_waiver = true;
			continue;
		}
		f->waiver = waiver;
		f->expired_waiver = false;
		return;
	}
}

static bool reaches_gate(const struct gate *gate, const struct finding *f)
{
	const struct vulnerability *v = f->vulnerability;

	if (f->outcome != OUTCOME_FAIL || f->waiver ||
	    !severity_at_least(f->severity, gate->fail_on))
		return false;
	return !v || v->fixed_version.len > 0 || gate->unfixed;
}

void policy_apply(const struct policy *policy, struct str image, struct finding *finding)
{
	finding->severity_before = finding->severity;
	finding->expired_waiver = false;
	if (finding->outcome == OUTCOME_FAIL || finding->outcome == OUTCOME_UNKNOWN) {
		regrade(policy, image, finding);
		waive(policy, image, finding);
	}
	finding->gates = reaches_gate(&policy->gate, finding);
}
