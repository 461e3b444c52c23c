/*
 * The whole result as JSON, as docs/schema/result.schema.json describes it. Fields are only ever added.
 * Options change nothing here: what reads JSON filters for itself.
 */
#include "base/compat.h"

#include "base/json.h"
#include "core/check.h"
#include "report/report.h"

/* Raised only if a field had to change its meaning. */
enum { SCHEMA_VERSION = 1 };

static void field(struct json *j, const char *key, const char *value)
{
	json_field(j, key, str_from(value));
}

static void field_double(struct json *j, const char *key, double value)
{
	json_key(j, key);
	json_double(j, value);
}

static void field_strings(struct json *j, const char *key, const struct str *items, size_t n)
{
	json_key(j, key);
	json_array_begin(j);
	for (size_t i = 0; i < n; i++)
		json_str(j, items[i]);
	json_array_end(j);
}

/* An index into image.layers, or null. */
static void field_layer(struct json *j, int layer)
{
	json_key(j, "layer");
	if (layer < 0)
		json_nil(j);
	else
		json_int(j, layer);
}

static void write_image(struct json *j, const struct image *image)
{
	json_object_begin(j);
	field(j, "kind", image_kind_name(image->kind));
	json_field(j, "reference", image->reference);
	json_field_opt(j, "name", image->name);
	json_field_opt(j, "digest", image->digest);
	json_field_opt(j, "config_digest", image->config_digest);
	json_key(j, "platform");
	json_object_begin(j);
	json_field_opt(j, "os", image->platform.os);
	json_field_opt(j, "architecture", image->platform.arch);
	json_field_opt(j, "variant", image->platform.variant);
	json_object_end(j);
	json_field_opt(j, "created", image->created);
	json_field(j, "user", image->user);
	json_key(j, "layers");
	json_array_begin(j);
	for (size_t i = 0; i < image->n_layers; i++) {
		const struct layer *layer = &image->layers[i];

		json_object_begin(j);
		json_field_opt(j, "digest", layer->digest);
		json_field_opt(j, "diff_id", layer->diff_id);
		json_field_opt(j, "media_type", layer->media_type);
		json_field_opt(j, "created_by", layer->created_by);
		json_field_uint(j, "size", layer->size);
		json_object_end(j);
	}
	json_array_end(j);
	json_object_end(j);
}

static void write_distro(struct json *j, const struct distro *d)
{
	json_object_begin(j);
	json_field(j, "id", d->id);
	json_field_opt(j, "id_like", d->id_like);
	json_field_opt(j, "version_id", d->version_id);
	json_field_opt(j, "codename", d->codename);
	json_field_opt(j, "pretty_name", d->pretty);
	json_field_opt(j, "variant_id", d->variant);
	json_field_opt(j, "channel", d->channel);
	json_field_opt(j, "path", d->path);
	field_layer(j, d->layer);
	json_object_end(j);
}

/* What names a package; shared by the inventory and by the subjects of findings. */
static void write_package_names(struct json *j, const struct package *p)
{
	field(j, "type", package_type_name(p->type));
	json_field(j, "name", p->name);
	json_field(j, "version", p->version);
	json_field_opt(j, "architecture", p->arch);
	json_field_opt(j, "source_name", p->source_name);
	json_field_opt(j, "source_version", p->source_version);
	json_field_opt(j, "module", p->module);
}

static void write_package(struct json *j, const struct package *p, bool list_files)
{
	json_object_begin(j);
	write_package_names(j, p);
	json_field_opt(j, "vendor", p->vendor);
	json_field_opt(j, "license", p->license);
	json_field_bool(j, "broken", p->broken);
	json_field_opt(j, "third_party", p->third_party);
	json_field(j, "path", p->path);
	field_layer(j, p->layer);
	json_field_uint(j, "file_count", p->n_files);
	if (list_files) {
		json_key(j, "files");
		json_array_begin(j);
		for (size_t i = 0; i < p->n_files; i++) {
			json_object_begin(j);
			json_field(j, "path", p->files[i].path);
			json_field_opt(j, "digest", p->files[i].digest);
			json_object_end(j);
		}
		json_array_end(j);
	}
	json_object_end(j);
}

static void write_coverage(struct json *j, const struct result *result)
{
	json_array_begin(j);
	for (size_t i = 0; i < result->coverage.len; i++) {
		const struct coverage *c = &result->coverage.items[i];

		json_object_begin(j);
		field(j, "kind", coverage_kind_name(c->kind));
		json_field(j, "name", c->name);
		json_field(j, "detail", c->detail);
		json_field_bool(j, "complete", c->complete);
		json_object_end(j);
	}
	json_array_end(j);
}

static void write_scope(struct json *j, const struct scope *scope)
{
	json_key(j, "scope");
	json_object_begin(j);
	json_field_opt(j, "package", scope->package);
	json_field_opt(j, "source", scope->source);
	json_field_opt(j, "path", scope->path);
	json_field_opt(j, "image", scope->image);
	json_field_opt(j, "field", scope->field);
	json_field_opt(j, "object", scope->object);
	json_object_end(j);
}

static void write_policy_waivers(struct json *j, const struct policy *policy)
{
	json_key(j, "waivers");
	json_array_begin(j);
	for (size_t i = 0; i < policy->n_waivers; i++) {
		const struct waiver *w = &policy->waivers[i];

		json_object_begin(j);
		json_field(j, "id", w->id);
		write_scope(j, &w->scope);
		json_field(j, "reason", w->reason);
		json_field_opt(j, "expires", w->expires);
		json_field_uint(j, "line", w->line);
		json_field_bool(j, "used", w->used);
		json_object_end(j);
	}
	json_array_end(j);
}

static void write_policy_regrades(struct json *j, const struct policy *policy)
{
	json_key(j, "regrades");
	json_array_begin(j);
	for (size_t i = 0; i < policy->n_regrades; i++) {
		const struct regrade *g = &policy->regrades[i];

		json_object_begin(j);
		json_field(j, "id", g->id);
		field(j, "severity", severity_name(g->severity));
		write_scope(j, &g->scope);
		json_field_opt(j, "reason", g->reason);
		json_field_uint(j, "line", g->line);
		json_field_bool(j, "used", g->used);
		json_object_end(j);
	}
	json_array_end(j);
}

static void write_policy(struct json *j, const struct policy *policy)
{
	json_object_begin(j);
	json_field_opt(j, "path", policy->path);
	field(j, "fail_on", gate_name(policy->gate.fail_on));
	json_field_bool(j, "unfixed", policy->gate.unfixed);
	field_strings(j, "accept_unknown", policy->gate.accept_unknown,
		      policy->gate.n_accept_unknown);
	write_policy_waivers(j, policy);
	write_policy_regrades(j, policy);
	json_object_end(j);
}

static void write_check(struct json *j, const struct check *check)
{
	json_object_begin(j);
	field(j, "id", check->id);
	field(j, "title", check->title);
	field(j, "question", questions[check->question].id);
	field(j, "severity", severity_name(check->severity));
	json_key(j, "references");
	json_array_begin(j);
	for (const struct ref *ref = check->refs; ref && ref->standard != REF_MAX_; ref++) {
		json_object_begin(j);
		field(j, "standard", ref_standard_name(ref->standard));
		field(j, "clause", ref->clause);
		json_object_end(j);
	}
	json_array_end(j);
	field(j, "remedy", check->remedy);
	json_object_end(j);
}

static int compare_checks(const void *a, const void *b)
{
	return strcmp((*(const struct check *const *)a)->id, (*(const struct check *const *)b)->id);
}

/* Each row that has a finding, once: findings name it by its id. */
static int write_checks(struct json *j, const struct result *result)
{
	VEC(const struct check *) checks = {0};

	for (size_t i = 0; i < result->findings.len; i++) {
		const struct check *check = result->findings.items[i].check;
		const struct check **slot;

		/* Findings of one check mostly follow each other. */
		if (i && check == result->findings.items[i - 1].check)
			continue;
		slot = vec_add(&checks);
		if (!slot) {
			vec_release(&checks);
			return -ENOMEM;
		}
		*slot = check;
	}
	vec_sort(&checks, compare_checks);
	json_array_begin(j);
	for (size_t i = 0; i < checks.len; i++)
		if (i == 0 || checks.items[i] != checks.items[i - 1])
			write_check(j, checks.items[i]);
	json_array_end(j);
	vec_release(&checks);
	return 0;
}

static void write_tallies(struct json *j, const struct result *result)
{
	json_array_begin(j);
	for (size_t i = 0; i < result->tallies.len; i++) {
		const struct tally *tally = &result->tallies.items[i];

		json_object_begin(j);
		field(j, "check", tally->check->id);
		for (enum outcome o = 0; o < OUTCOME_MAX_; o++)
			json_field_uint(j, outcome_name(o), tally->n[o]);
		json_object_end(j);
	}
	json_array_end(j);
}

static void write_evidence(struct json *j, const struct vulnerability *v)
{
	json_array_begin(j);
	for (size_t i = 0; i < v->n_evidence; i++) {
		const struct match_evidence *e = &v->evidence[i];

		json_object_begin(j);
		json_field(j, "advisory", e->advisory);
		json_field(j, "feed", e->feed);
		json_field(j, "shard", e->shard);
		json_field(j, "package", e->package);
		json_field(j, "installed", e->installed);
		json_field_opt(j, "bound", e->bound);
		json_field(j, "comparison", e->text);
		json_field_opt(j, "origin", e->origin);
		field(j, "status", vuln_status_name(e->status));
		json_object_end(j);
	}
	json_array_end(j);
}

static void write_vulnerability(struct json *j, const struct vulnerability *v)
{
	json_object_begin(j);
	json_field(j, "id", v->id);
	field_strings(j, "aliases", v->aliases, v->n_aliases);
	json_field_opt(j, "summary", v->summary);
	field(j, "status", vuln_status_name(v->status));
	json_field_opt(j, "fixed_version", v->fixed_version);
	field(j, "severity", severity_name(v->severity));
	json_field_opt(j, "severity_source", v->severity_source);
	json_key(j, "cvss");
	json_array_begin(j);
	for (size_t i = 0; i < v->n_cvss; i++) {
		json_object_begin(j);
		field_double(j, "version", v->cvss[i].version);
		field_double(j, "score", v->cvss[i].score);
		json_field(j, "vector", v->cvss[i].vector);
		json_field_opt(j, "source", v->cvss[i].source);
		json_object_end(j);
	}
	json_array_end(j);
	if (v->has_epss) {
		json_key(j, "epss");
		json_object_begin(j);
		field_double(j, "probability", v->epss);
		field_double(j, "percentile", v->epss_percentile);
		json_object_end(j);
	}
	json_field_opt(j, "kev_added", v->kev_added);
	json_field_opt(j, "published", v->published);
	json_field_opt(j, "modified", v->modified);
	field_strings(j, "urls", v->urls, v->n_urls);
	json_key(j, "evidence");
	write_evidence(j, v);
	json_object_end(j);
}

static void write_where(struct json *j, const struct where *where)
{
	json_object_begin(j);
	json_field_opt(j, "path", where->path);
	if (where->line)
		json_field_uint(j, "line", where->line);
	if (where->column)
		json_field_uint(j, "column", where->column);
	field_layer(j, where->layer);
	json_field_opt(j, "field", where->field);
	json_object_end(j);
}

static void write_finding(struct json *j, const struct finding *f)
{
	json_object_begin(j);
	field(j, "check", f->check->id);
	field(j, "outcome", outcome_name(f->outcome));
	field(j, "severity", severity_name(f->severity));
	field(j, "severity_before_policy", severity_name(f->severity_before));
	json_field_bool(j, "gates", f->gates);
	json_key(j, "subject");
	json_object_begin(j);
	field(j, "kind", subject_kind_name(f->subject.kind));
	json_field(j, "name", f->subject.name);
	if (f->subject.package) {
		json_key(j, "package");
		json_object_begin(j);
		write_package_names(j, f->subject.package);
		json_object_end(j);
	}
	json_object_end(j);
	json_key(j, "where");
	write_where(j, &f->where);
	json_field(j, "message", f->message);
	json_field_opt(j, "seen", f->seen);
	json_field_opt(j, "wanted", f->wanted);
	json_field_opt(j, "edit", f->edit);
	json_field(j, "remedy", f->remedy.len ? f->remedy : str_from(f->check->remedy));
	if (f->vulnerability) {
		json_key(j, "vulnerability");
		write_vulnerability(j, f->vulnerability);
	}
	if (f->waiver) {
		json_key(j, "waiver");
		json_object_begin(j);
		json_field(j, "id", f->waiver->id);
		json_field(j, "reason", f->waiver->reason);
		json_field_opt(j, "expires", f->waiver->expires);
		json_field_uint(j, "line", f->waiver->line);
		json_object_end(j);
	}
	json_field_bool(j, "expired_waiver", f->expired_waiver);
	json_object_end(j);
}

static void write_answers(struct json *j, const struct result *result)
{
	enum answer answers[QUESTION_MAX_];

	result_answers(result, answers);
	json_array_begin(j);
	for (enum question_id q = 0; q < QUESTION_MAX_; q++) {
		json_object_begin(j);
		field(j, "question", questions[q].id);
		field(j, "text", questions[q].text);
		field(j, "area", questions[q].area);
		field(j, "stage", stage_name(questions[q].stage));
		field(j, "answer", answer_name(answers[q]));
		json_object_end(j);
	}
	json_array_end(j);
}

static void write_severities(struct json *j, const char *key, const size_t counts[SEVERITY_MAX_])
{
	json_key(j, key);
	json_object_begin(j);
	for (enum severity s = 0; s < SEVERITY_MAX_; s++)
		json_field_uint(j, severity_name(s), counts[s]);
	json_object_end(j);
}

static void write_summary(struct json *j, const struct result *result)
{
	struct result_summary s = result_summarize(result);

	json_object_begin(j);
	json_field_uint(j, "failed", s.failed);
	write_severities(j, "failed_by_severity", s.by_severity);
	write_severities(j, "fixable_by_severity", s.fixable);
	json_field_uint(j, "gating", s.gating);
	json_field_uint(j, "unknown", s.unknown);
	json_field_uint(j, "unknown_accepted", s.unknown_accepted);
	json_field_uint(j, "unrated", s.unrated);
	json_field_uint(j, "unrated_accepted", s.unrated_accepted);
	json_field_uint(j, "waived", s.waived);
	json_field_uint(j, "expired_waivers", s.expired_waivers);
	json_object_end(j);
}

static int write_json(const struct result *result, const struct report_options *options, FILE *out,
		      struct err *err)
{
	struct json j = JSON_INIT(out, 2);

	json_object_begin(&j);
	json_field_uint(&j, "schema_version", SCHEMA_VERSION);
	json_key(&j, "tool");
	json_object_begin(&j);
	field(&j, "name", CSCPLATE_NAME);
	field(&j, "version", CSCPLATE_VERSION);
	json_object_end(&j);
	json_field(&j, "command", result->command);
	json_field(&j, "target", result->target);
	if (result->has_image) {
		json_key(&j, "image");
		write_image(&j, &result->image);
		json_key(&j, "distro");
		write_distro(&j, &result->distro);
	}
	json_key(&j, "packages");
	json_array_begin(&j);
	for (size_t i = 0; i < result->n_packages; i++)
		write_package(&j, &result->packages[i], result->list_files);
	json_array_end(&j);
	if (result->database.len) {
		json_key(&j, "database");
		json_object_begin(&j);
		json_field(&j, "path", result->database);
		json_field_opt(&j, "date", result->database_date);
		json_object_end(&j);
	}
	json_field_bool(&j, "compared", result->compared);
	json_field_opt(&j, "standard", result->standard);
	json_key(&j, "coverage");
	write_coverage(&j, result);
	if (result->policy) {
		json_key(&j, "policy");
		write_policy(&j, result->policy);
	}
	json_key(&j, "checks");
	if (write_checks(&j, result) < 0)
		return err_oom(err);
	json_key(&j, "tallies");
	write_tallies(&j, result);
	json_key(&j, "findings");
	json_array_begin(&j);
	for (size_t i = 0; i < result->findings.len; i++)
		write_finding(&j, &result->findings.items[i]);
	json_array_end(&j);
	json_key(&j, "answers");
	write_answers(&j, result);
	json_key(&j, "summary");
	write_summary(&j, result);
	json_field_uint(&j, "exit_code", (uint64_t)result_exit_code(result));
	json_object_end(&j);
	json_finish(&j);
	return 0;
}

const struct reporter reporter_json = {
	.name = "json",
	.summary = "everything, for programs (docs/schema/result.schema.json)",
	.write = write_json,
};
