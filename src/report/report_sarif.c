/*
 * SARIF 2.1.0 (OASIS standard, March 2020) as code-scanning services read it: one rule per vulnerability or
 * check, one result per failed finding, what could not be assessed as notifications of the tool. Waived
 * findings are there with a suppression. The order is that of the findings, the fingerprints depend on
 * what a finding is about and not on versions, lines or the run.
 */
#include "base/compat.h"

#include "base/buf.h"
#include "base/json.h"
#include "base/map.h"
#include "base/sha256.h"
#include "core/check.h"
#include "report/report.h"
#include "report/verdict.h"

#define SCHEMA_URI                                                            \
	"https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/" \
	"sarif-schema-2.1.0.json"
/* Paths inside the image are relative to this; where it lies is nobody's business. */
#define IMAGE_BASE "IMAGE_ROOT"

/* Names and paths of one finding together, each byte at most tripled by percent-encoding. */
enum { TEXT_MAX = 4 << 20 };

struct rule {
	struct str id;
	const struct finding *first; /* any finding of it */
	enum severity severity;	     /* the worst of its findings */
	size_t index;
};

VEC_TYPE(rule_list, struct rule *);

struct sarif {
	struct json json;
	const struct result *result;
	struct arena arena;
	struct rule_list rules, notices; /* of failed and of unknown findings; sorted by id */
	struct map by_id, notices_by_id;
	struct map fingerprints; /* to size_t *: how often one was given out */
};

static void field(struct json *j, const char *key, const char *value)
{
	json_field(j, key, str_from(value));
}

/* "key": {"text": …} */
static void field_message(struct json *j, const char *key, struct str text)
{
	json_key(j, key);
	json_object_begin(j);
	json_field(j, "text", text);
	json_object_end(j);
}

static struct str rule_id(const struct finding *f)
{
	return f->vulnerability ? f->vulnerability->id : str_from(f->check->id);
}

/* --- Rules --------------------------------------------------------------------------------------- */

static int add_rule(struct sarif *s, struct rule_list *rules, struct map *by_id, struct str id,
		    const struct finding *f)
{
	void **slot = map_slot(by_id, id);
	struct rule *rule, **item;

	if (!slot)
		return -ENOMEM;
	rule = *slot;
	if (!rule) {
		rule = arena_new(&s->arena, struct rule);
		item = rule ? vec_add(rules) : NULL;
		if (!item)
			return -ENOMEM;
		*rule = (struct rule){.id = id, .first = f};
		*item = rule;
		*slot = rule;
	}
	rule->severity = MAX(rule->severity, f->severity);
	return 0;
}

static int compare_rules(const void *a_, const void *b_)
{
	const struct rule *a = *(const struct rule *const *)a_,
			  *b = *(const struct rule *const *)b_;

	return str_cmp(a->id, b->id);
}

static int collect_rules(struct sarif *s)
{
	const struct result *result = s->result;

	for (size_t i = 0; i < result->findings.len; i++) {
		const struct finding *f = &result->findings.items[i];
		int r = 0;

		if (f->outcome == OUTCOME_FAIL)
			r = add_rule(s, &s->rules, &s->by_id, rule_id(f), f);
		else if (f->outcome == OUTCOME_UNKNOWN)
			r = add_rule(s, &s->notices, &s->notices_by_id, str_from(f->check->id), f);
		if (r == 0 && result_passes_over(result, f))
			r = add_rule(s, &s->notices, &s->notices_by_id, str_from(f->check->id), f);
		if (r < 0)
			return r;
	}
	vec_sort(&s->rules, compare_rules);
	vec_sort(&s->notices, compare_rules);
	for (size_t i = 0; i < s->rules.len; i++)
		s->rules.items[i]->index = i;
	for (size_t i = 0; i < s->notices.len; i++)
		s->notices.items[i]->index = i;
	return 0;
}

static const char *level(enum severity severity)
{
	if (severity >= SEVERITY_HIGH)
		return "error";
	if (severity == SEVERITY_MEDIUM || severity == SEVERITY_UNKNOWN)
		return "warning";
	return "note";
}

/*
 * The number by which code scanning sorts: above 9.0 critical, 7.0 high, 4.0 medium, 0.1 low. A CVSS
 * score that says the same as the severity is given as it is; else the middle of the severity's range.
 */
static double security_severity(enum severity severity, const struct vulnerability *v)
{
	static const struct {
		double low, high, middle;
	} ranges[SEVERITY_MAX_] = {
		[SEVERITY_NONE] = {0, 0, 0},	      [SEVERITY_NEGLIGIBLE] = {0.1, 1.9, 1},
		[SEVERITY_LOW] = {0.1, 3.9, 2},	      [SEVERITY_UNKNOWN] = {4, 6.9, 5.5},
		[SEVERITY_MEDIUM] = {4, 6.9, 5.5},    [SEVERITY_HIGH] = {7, 8.9, 8},
		[SEVERITY_CRITICAL] = {9.1, 10, 9.5},
	};

	if (severity >= SEVERITY_MAX_)
		severity = SEVERITY_UNKNOWN;
	for (size_t i = 0; v && i < v->n_cvss; i++)
		if (v->cvss[i].score >= ranges[severity].low &&
		    v->cvss[i].score <= ranges[severity].high)
			return v->cvss[i].score;
	return ranges[severity].middle;
}

/* RFC 3986: a web address without anything that an address may not hold. */
static bool is_web_uri(struct str s)
{
	static const char allowed[] = "-._~:/?#[]@!$&'()*+,;=%";

	if (!str_starts(s, STR("https://")) && !str_starts(s, STR("http://")))
		return false;
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];
		bool alnum = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');

		if (!alnum && !memchr(allowed, c, sizeof(allowed) - 1))
			return false;
	}
	return s.len > sizeof("https://");
}

static void write_help_uri(struct json *j, const struct vulnerability *v)
{
	for (size_t i = 0; v && i < v->n_urls; i++) {
		if (is_web_uri(v->urls[i])) {
			json_field(j, "helpUri", v->urls[i]);
			return;
		}
	}
}

static int write_help(struct sarif *s, const struct rule *rule)
{
	_cleanup_buf_ struct buf text = BUF_INIT(TEXT_MAX);
	const struct finding *f = rule->first;
	const struct vulnerability *v = f->vulnerability;
	struct json *j = &s->json;

	buf_addf(&text, "%s.", f->check->remedy);
	if (v && v->n_aliases) {
		buf_addf(&text, " Also known as");
		for (size_t i = 0; i < v->n_aliases; i++) {
			buf_addf(&text, "%s ", i ? "," : "");
			buf_add_str(&text, v->aliases[i]);
		}
		buf_addf(&text, ".");
	}
	if (v && v->kev_added.len)
		buf_addf(&text, " Known to be exploited since %.*s (CISA).", STR_FMT(v->kev_added));
	for (const struct ref *ref = f->check->refs; ref && ref->standard != REF_MAX_; ref++)
		buf_addf(&text, "%s%s %s", ref == f->check->refs ? " See " : ", ",
			 ref_standard_name(ref->standard), ref->clause);
	if (buf_status(&text, NULL) < 0)
		return -ENOMEM;
	field_message(j, "help", buf_str(&text));
	return 0;
}

/* Code scanning takes 1024 characters; the cut is between words, so that none is halved. */
static struct str short_description(struct str text)
{
	struct str cut = str_sub(text, 0, 1000);
	ssize_t blank = text.len > cut.len ? str_rfind_char(cut, ' ') : -1;

	return blank > 0 ? str_sub(cut, 0, (size_t)blank) : cut;
}

/* "ImgBrokenPackage" for IMG-BROKEN-PACKAGE: names of rules are one word (3.49.7). */
static void field_name(struct json *j, const char *id)
{
	char name[64];
	size_t len = 0;
	bool upper = true;

	for (; *id && len < sizeof(name); id++) {
		if (*id == '-') {
			upper = true;
			continue;
		}
		name[len++] = upper || *id < 'A' || *id > 'Z' ? *id : (char)(*id | 0x20);
		upper = false;
	}
	json_field(j, "name", (struct str){name, len});
}

static int write_rule(struct sarif *s, const struct rule *rule)
{
	const struct finding *f = rule->first;
	const struct vulnerability *v = f->vulnerability;
	struct str title = str_from(f->check->title);
	struct json *j = &s->json;
	char number[16];

	json_object_begin(j);
	json_field(j, "id", rule->id);
	if (v)
		field(j, "name", "KnownVulnerability");
	else
		field_name(j, f->check->id);
	field_message(j, "shortDescription",
		      v && v->summary.len ? short_description(v->summary) : title);
	field_message(j, "fullDescription", title);
	write_help_uri(j, v);
	if (write_help(s, rule) < 0)
		return -ENOMEM;
	json_key(j, "defaultConfiguration");
	json_object_begin(j);
	field(j, "level", level(rule->severity));
	json_object_end(j);
	json_key(j, "properties");
	json_object_begin(j);
	snprintf(number, sizeof(number), "%.1f", security_severity(rule->severity, v));
	field(j, "security-severity", number);
	field(j, "precision", "very-high");
	field(j, "check", f->check->id);
	json_key(j, "tags");
	json_array_begin(j);
	json_str(j, STR("security"));
	json_str(j, str_from(v ? "vulnerability" : "configuration"));
	json_str(j, str_from(severity_name(rule->severity)));
	json_array_end(j);
	json_object_end(j);
	json_object_end(j);
	return 0;
}

static int write_tool(struct sarif *s)
{
	struct json *j = &s->json;

	json_key(j, "tool");
	json_object_begin(j);
	json_key(j, "driver");
	json_object_begin(j);
	field(j, "name", CSCPLATE_NAME);
	field(j, "version", CSCPLATE_VERSION);
	field(j, "semanticVersion", CSCPLATE_VERSION);
	json_key(j, "rules");
	json_array_begin(j);
	for (size_t i = 0; i < s->rules.len; i++)
		if (write_rule(s, s->rules.items[i]) < 0)
			return -ENOMEM;
	json_array_end(j);
	json_key(j, "notifications");
	json_array_begin(j);
	for (size_t i = 0; i < s->notices.len; i++) {
		const struct check *check = s->notices.items[i]->first->check;

		json_object_begin(j);
		field(j, "id", check->id);
		field_name(j, check->id);
		field_message(j, "shortDescription", str_from(check->title));
		field_message(j, "fullDescription", str_from(check->title));
		field_message(j, "help", str_from(check->remedy));
		json_object_end(j);
	}
	json_array_end(j);
	json_object_end(j);
	json_object_end(j);
	return 0;
}

/* --- Places -------------------------------------------------------------------------------------- */

/* Percent-encodes what may not stand in the path of a URI reference (RFC 3986, 3.3). */
static void add_uri_path(struct buf *b, struct str path)
{
	static const char allowed[] = "-._~/!$&'()*+,;=@";

	for (size_t i = 0; i < path.len; i++) {
		unsigned char c = (unsigned char)path.ptr[i];
		bool alnum = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');

		if (alnum || memchr(allowed, c, sizeof(allowed) - 1))
			buf_add_char(b, (char)c);
		else
			buf_addf(b, "%%%02X", c);
	}
}

/* Paths of the database and of hosts are absolute; those in an image or a source tree are not. */
static int write_artifact(struct sarif *s, const struct finding *f)
{
	_cleanup_buf_ struct buf uri = BUF_INIT(TEXT_MAX);
	struct str path = f->where.path;
	struct json *j = &s->json;
	bool in_image = s->result->has_image && f->subject.kind != SUBJECT_DATABASE && path.len;

	if (!path.len)
		path = s->result->target;
	else if (!in_image && path.ptr[0] == '/')
		buf_add_str(&uri, STR("file://"));
	if (in_image || !f->where.path.len)
		while (path.len && path.ptr[0] == '/')
			path = str_from_offset(path, 1);
	add_uri_path(&uri, path);
	if (buf_status(&uri, NULL) < 0)
		return -ENOMEM;
	json_key(j, "artifactLocation");
	json_object_begin(j);
	json_field(j, "uri", buf_str(&uri));
	if (in_image)
		field(j, "uriBaseId", IMAGE_BASE);
	json_object_end(j);
	return 0;
}

static int write_locations(struct sarif *s, const struct finding *f)
{
	struct json *j = &s->json;

	json_key(j, "locations");
	json_array_begin(j);
	json_object_begin(j);
	json_key(j, "physicalLocation");
	json_object_begin(j);
	if (write_artifact(s, f) < 0)
		return -ENOMEM;
	/* Code scanning wants a line even where there is none. */
	json_key(j, "region");
	json_object_begin(j);
	json_field_uint(j, "startLine", MAX(f->where.line, 1u));
	if (f->where.column)
		json_field_uint(j, "startColumn", f->where.column);
	json_object_end(j);
	json_object_end(j);
	json_key(j, "logicalLocations");
	json_array_begin(j);
	json_object_begin(j);
	json_field(j, "fullyQualifiedName", f->where.field.len ? f->where.field : f->subject.name);
	field(j, "kind", f->where.field.len ? "member" : "module");
	json_object_end(j);
	json_array_end(j);
	json_object_end(j);
	json_array_end(j);
	return 0;
}

/* --- Results ------------------------------------------------------------------------------------- */

/* What stays when versions, lines and layers change; a NUL between the parts. */
static void add_identity(struct buf *b, const struct finding *f)
{
	const struct package *p = f->subject.package;
	const struct str parts[] = {
		str_from(f->check->id),
		rule_id(f),
		str_from(subject_kind_name(f->subject.kind)),
		p ? p->name : f->subject.name,
		p ? p->arch : STR_NULL,
		f->where.path,
		f->where.field,
	};

	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		buf_add_str(b, parts[i]);
		buf_add_char(b, '\0');
	}
}

static int write_fingerprints(struct sarif *s, const struct finding *f)
{
	enum { DIGITS = 16 };
	_cleanup_buf_ struct buf identity = BUF_INIT(TEXT_MAX);
	unsigned char digest[SHA256_SIZE];
	char text[7 + SHA256_HEX + 1];
	struct json *j = &s->json;
	struct str key, value;
	size_t *count;
	void **slot;

	add_identity(&identity, f);
	if (buf_status(&identity, NULL) < 0)
		return -ENOMEM;
	sha256_of(buf_str(&identity), digest);
	sha256_format(digest, text);
	key = arena_str(&s->arena, (struct str){text + 7, DIGITS});
	slot = key.ptr ? map_slot(&s->fingerprints, key) : NULL;
	if (!slot)
		return -ENOMEM;
	count = *slot;
	if (!count) {
		count = arena_new(&s->arena, size_t);
		if (!count)
			return -ENOMEM;
		*slot = count;
	}
	/* Two kernels installed side by side are two findings. */
	value = arena_printf(&s->arena, "%.*s:%zu", STR_FMT(key), ++*count);
	if (!value.ptr)
		return -ENOMEM;
	json_key(j, "partialFingerprints");
	json_object_begin(j);
	json_field(j, "cscplate/v1", value);
	json_field(j, "primaryLocationLineHash", value); /* the one that GitHub looks at */
	json_object_end(j);
	return 0;
}

static void write_suppression(struct json *j, const struct waiver *waiver)
{
	json_key(j, "suppressions");
	json_array_begin(j);
	if (waiver) {
		json_object_begin(j);
		field(j, "kind", "external");
		field(j, "status", "accepted");
		json_field(j, "justification", waiver->reason);
		json_object_end(j);
	}
	json_array_end(j);
}

static int write_result(struct sarif *s, const struct finding *f)
{
	const struct rule *rule = map_get(&s->by_id, rule_id(f));
	const struct vulnerability *v = f->vulnerability;
	struct str remedy = f->remedy.len ? f->remedy : str_from(f->check->remedy);
	_cleanup_buf_ struct buf text = BUF_INIT(TEXT_MAX);
	struct json *j = &s->json;

	buf_add_str(&text, f->message);
	buf_add_str(&text, STR(". To do: "));
	buf_add_str(&text, remedy);
	buf_add_char(&text, '.');
	if (buf_status(&text, NULL) < 0)
		return -ENOMEM;
	json_object_begin(j);
	json_field(j, "ruleId", rule->id);
	json_field_uint(j, "ruleIndex", rule->index);
	field(j, "kind", "fail");
	field(j, "level", level(f->severity));
	field_message(j, "message", buf_str(&text));
	if (write_locations(s, f) < 0 || write_fingerprints(s, f) < 0)
		return -ENOMEM;
	write_suppression(j, f->waiver);
	json_key(j, "properties");
	json_object_begin(j);
	field(j, "check", f->check->id);
	field(j, "severity", severity_name(f->severity));
	json_field_bool(j, "gates", f->gates);
	json_field_opt(j, v ? "installed" : "seen", f->seen);
	json_field_opt(j, "edit", f->edit);
	if (v) {
		json_field_opt(j, "fixedVersion", v->fixed_version);
		field(j, "status", vuln_status_name(v->status));
	}
	json_object_end(j);
	json_object_end(j);
	return 0;
}

static void write_notice(struct sarif *s, const struct check *check, struct str message)
{
	const struct rule *notice = map_get(&s->notices_by_id, str_from(check->id));
	struct json *j = &s->json;

	json_key(j, "descriptor");
	json_object_begin(j);
	field(j, "id", check->id);
	json_field_uint(j, "index", notice->index);
	json_object_end(j);
	field(j, "level", "warning");
	field_message(j, "message", message);
}

static int write_notification(struct sarif *s, const struct finding *f)
{
	struct json *j = &s->json;

	json_object_begin(j);
	write_notice(s, f->check, f->message);
	if (write_locations(s, f) < 0)
		return -ENOMEM;
	json_object_end(j);
	return 0;
}

/* One for all vulnerabilities that the gate passes over: each is a result of its own already. */
static int write_unrated(struct sarif *s, bool accepted)
{
	const struct result *result = s->result;
	const struct finding *first = NULL;
	struct str text;
	size_t n = 0;

	if (verdict_count_unrated(result, accepted, &n) < 0)
		return -ENOMEM;
	if (!n)
		return 0;
	for (size_t i = 0; i < result->findings.len && !first; i++) {
		const struct finding *f = &result->findings.items[i];

		if (result_passes_over(result, f) &&
		    result_accepts_unknown(result, f->check) == accepted)
			first = f;
	}
	text = arena_printf(&s->arena,
			    "%zu unrated vulnerabilit%s%s could not be held against the gate at %s",
			    n, n == 1 ? "y" : "ies", accepted ? ", which the policy accepts," : "",
			    gate_name(result->policy->gate.fail_on));
	if (!text.ptr)
		return -ENOMEM;
	json_object_begin(&s->json);
	write_notice(s, first->check, text);
	json_object_end(&s->json);
	return 0;
}

static int write_invocation(struct sarif *s)
{
	static const char *const meanings[] = {[0] = "the gate was met",
					       [1] = "the gate was not met",
					       [3] = "not all could be assessed"};
	int code = result_exit_code(s->result);
	struct json *j = &s->json;

	json_key(j, "invocations");
	json_array_begin(j);
	json_object_begin(j);
	/* Whether the tool ran (3.20.14): not whether it liked, or could see, all there is. A run that
	 * fails writes no log. */
	json_field_bool(j, "executionSuccessful", true);
	json_field_uint(j, "exitCode", (uint64_t)code);
	field(j, "exitCodeDescription",
	      code == 0 && !s->result->compared ? "the packages were not compared with advisories"
						: meanings[code]);
	json_key(j, "toolExecutionNotifications");
	json_array_begin(j);
	for (size_t i = 0; i < s->result->findings.len; i++) {
		const struct finding *f = &s->result->findings.items[i];

		if (f->outcome == OUTCOME_UNKNOWN && write_notification(s, f) < 0)
			return -ENOMEM;
	}
	if (write_unrated(s, false) < 0 || write_unrated(s, true) < 0)
		return -ENOMEM;
	json_array_end(j);
	json_object_end(j);
	json_array_end(j);
	return 0;
}

static int write_run(struct sarif *s)
{
	struct json *j = &s->json;

	json_object_begin(j);
	if (write_tool(s) < 0 || write_invocation(s) < 0)
		return -ENOMEM;
	json_key(j, "originalUriBaseIds");
	json_object_begin(j);
	json_key(j, IMAGE_BASE);
	json_object_begin(j);
	field_message(j, "description", STR("the root directory of the image"));
	json_object_end(j);
	json_object_end(j);
	json_key(j, "results");
	json_array_begin(j);
	for (size_t i = 0; i < s->result->findings.len; i++) {
		const struct finding *f = &s->result->findings.items[i];

		if (f->outcome == OUTCOME_FAIL && write_result(s, f) < 0)
			return -ENOMEM;
	}
	json_array_end(j);
	json_key(j, "properties");
	json_object_begin(j);
	json_field(j, "command", s->result->command);
	json_field(j, "target", s->result->target);
	json_field_bool(j, "compared", s->result->compared);
	if (s->result->has_image)
		json_field_opt(j, "imageDigest", s->result->image.digest);
	json_object_end(j);
	json_object_end(j);
	return 0;
}

static int write_log(struct sarif *s)
{
	struct json *j = &s->json;

	if (collect_rules(s) < 0)
		return -ENOMEM;
	json_object_begin(j);
	field(j, "$schema", SCHEMA_URI);
	field(j, "version", "2.1.0");
	json_key(j, "runs");
	json_array_begin(j);
	if (write_run(s) < 0)
		return -ENOMEM;
	json_array_end(j);
	json_object_end(j);
	json_finish(j);
	return 0;
}

static int write_sarif(const struct result *result, const struct report_options *options, FILE *out,
		       struct err *err)
{
	struct sarif s = {.json = JSON_INIT(out, 2), .result = result};
	int r = write_log(&s);

	vec_release(&s.rules);
	vec_release(&s.notices);
	map_release(&s.by_id);
	map_release(&s.notices_by_id);
	map_release(&s.fingerprints);
	arena_release(&s.arena);
	return r < 0 ? err_oom(err) : 0;
}

const struct reporter reporter_sarif = {
	.name = "sarif",
	.summary = "SARIF 2.1.0, for code scanning services",
	.write = write_sarif,
};
