/*
 * Made-up results for the tests of reporters, read from JSON: the form of docs/schema/result.schema.json,
 * but that a finding names its package and waiver by their index, and that "\\xNN" in a string stands for
 * that byte (JSON itself has no way to write what hostile images hold).
 */
#pragma once

#include "base/compat.h"

#include <setjmp.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/arena.h"
#include "base/buf.h"
#include "checks/checks.h"
#include "core/limits.h"
#include "core/result.h"

struct fixture {
	struct arena arena;
	struct policy policy;
	struct result result;
	struct package *packages;
};

static inline int hex_digit(char c)
{
	const char *digits = "0123456789abcdef", *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* A string of the fixture, "\xNN" decoded; empty when the key is absent. */
static inline struct str fixture_text(struct fixture *fx, const json_t *value)
{
	_cleanup_buf_ struct buf b = BUF_INIT(MiB(1));
	struct str s = {json_string_value(value), json_string_length(value)};

	for (size_t i = 0; i < s.len; i++) {
		int high = -1, low = -1;

		if (i + 3 < s.len && s.ptr[i] == '\\' && s.ptr[i + 1] == 'x') {
			high = hex_digit(s.ptr[i + 2]);
			low = hex_digit(s.ptr[i + 3]);
		}
		if (high >= 0 && low >= 0) {
			buf_add_char(&b, (char)(high * 16 + low));
			i += 3;
		} else {
			buf_add_char(&b, s.ptr[i]);
		}
	}
	return b.len ? arena_str(&fx->arena, buf_str(&b)) : STR_NULL;
}

static inline struct str fixture_str(struct fixture *fx, const json_t *object, const char *key)
{
	return fixture_text(fx, json_object_get(object, key));
}

static inline int64_t fixture_int(const json_t *object, const char *key, int64_t otherwise)
{
	const json_t *value = json_object_get(object, key);

	return json_is_integer(value) ? json_integer_value(value) : otherwise;
}

static inline bool fixture_bool(const json_t *object, const char *key)
{
	return json_is_true(json_object_get(object, key));
}

static inline struct str *fixture_strings(struct fixture *fx, const json_t *object, const char *key,
					  size_t *ret_n)
{
	const json_t *array = json_object_get(object, key);
	struct str *items = arena_calloc(&fx->arena, json_array_size(array), sizeof(*items));

	*ret_n = json_array_size(array);
	for (size_t i = 0; items && i < *ret_n; i++)
		items[i] = fixture_text(fx, json_array_get(array, i));
	return items;
}

/*
 * The index of the name that the key holds in what name_of gives for 0 … max - 1; 0 when the key is absent.
 * Any other word is a mistake in the fixture, which fails the test.
 */
static inline int fixture_enum(const json_t *object, const char *key, const char *(*name_of)(int),
			       int max)
{
	const json_t *value = json_object_get(object, key);
	const char *text = json_string_value(value);

	if (!value)
		return 0;
	for (int i = 0; text && i < max; i++)
		if (strcmp(name_of(i), text) == 0)
			return i;
	fail_msg("the fixture's %s is '%s', which is none", key, text ? text : "no string");
	return 0;
}

#define FIXTURE_NAMES(type, function)                       \
	static inline const char *fixture_##function(int i) \
	{                                                   \
		return function((type)i);                   \
	}
FIXTURE_NAMES(enum coverage_kind, coverage_kind_name)
FIXTURE_NAMES(enum image_kind, image_kind_name)
FIXTURE_NAMES(enum outcome, outcome_name)
FIXTURE_NAMES(enum package_type, package_type_name)
FIXTURE_NAMES(enum severity, severity_name)
FIXTURE_NAMES(enum subject_kind, subject_kind_name)
FIXTURE_NAMES(enum vuln_status, vuln_status_name)

#define FIXTURE_ENUM(object, key, name_of, max) \
	fixture_enum((object), (key), fixture_##name_of, (int)(max))

static inline void fixture_image(struct fixture *fx, const json_t *in, struct image *image)
{
	const json_t *layers = json_object_get(in, "layers");
	const json_t *platform = json_object_get(in, "platform");

	image->kind = FIXTURE_ENUM(in, "kind", image_kind_name, IMAGE_KIND_MAX_);
	image->reference = fixture_str(fx, in, "reference");
	image->name = fixture_str(fx, in, "name");
	image->digest = fixture_str(fx, in, "digest");
	image->config_digest = fixture_str(fx, in, "config_digest");
	image->platform.os = fixture_str(fx, platform, "os");
	image->platform.arch = fixture_str(fx, platform, "architecture");
	image->platform.variant = fixture_str(fx, platform, "variant");
	image->created = fixture_str(fx, in, "created");
	image->user = fixture_str(fx, in, "user");
	image->n_layers = json_array_size(layers);
	image->layers = arena_calloc(&fx->arena, image->n_layers, sizeof(struct layer));
	for (size_t i = 0; i < image->n_layers; i++) {
		const json_t *from = json_array_get(layers, i);

		image->layers[i] = (struct layer){
			.digest = fixture_str(fx, from, "digest"),
			.diff_id = fixture_str(fx, from, "diff_id"),
			.media_type = fixture_str(fx, from, "media_type"),
			.created_by = fixture_str(fx, from, "created_by"),
			.size = (uint64_t)fixture_int(from, "size", 0),
		};
	}
}

static inline struct distro fixture_distro(struct fixture *fx, const json_t *in)
{
	return (struct distro){
		.id = fixture_str(fx, in, "id"),
		.id_like = fixture_str(fx, in, "id_like"),
		.version_id = fixture_str(fx, in, "version_id"),
		.codename = fixture_str(fx, in, "codename"),
		.pretty = fixture_str(fx, in, "pretty_name"),
		.variant = fixture_str(fx, in, "variant_id"),
		.channel = fixture_str(fx, in, "channel"),
		.path = fixture_str(fx, in, "path"),
		.layer = (int)fixture_int(in, "layer", LAYER_NONE),
	};
}

static inline struct package fixture_package(struct fixture *fx, const json_t *in)
{
	const json_t *files = json_object_get(in, "files");
	struct owned_file *owned =
		arena_calloc(&fx->arena, json_array_size(files), sizeof(struct owned_file));
	struct package p = {
		.type = FIXTURE_ENUM(in, "type", package_type_name, PACKAGE_TYPE_MAX_),
		.name = fixture_str(fx, in, "name"),
		.version = fixture_str(fx, in, "version"),
		.arch = fixture_str(fx, in, "architecture"),
		.source_name = fixture_str(fx, in, "source_name"),
		.source_version = fixture_str(fx, in, "source_version"),
		.module = fixture_str(fx, in, "module"),
		.vendor = fixture_str(fx, in, "vendor"),
		.license = fixture_str(fx, in, "license"),
		.broken = fixture_bool(in, "broken"),
		.third_party = fixture_str(fx, in, "third_party"),
		.path = fixture_str(fx, in, "path"),
		.layer = (int)fixture_int(in, "layer", LAYER_NONE),
		.files = owned,
		.n_files = json_array_size(files),
	};

	for (size_t i = 0; owned && i < p.n_files; i++) {
		owned[i].path = fixture_str(fx, json_array_get(files, i), "path");
		owned[i].digest = fixture_str(fx, json_array_get(files, i), "digest");
	}
	return p;
}

static inline struct package *fixture_packages(struct fixture *fx, const json_t *array)
{
	struct package *packages =
		arena_calloc(&fx->arena, json_array_size(array), sizeof(struct package));

	for (size_t i = 0; packages && i < json_array_size(array); i++)
		packages[i] = fixture_package(fx, json_array_get(array, i));
	return packages;
}

static inline const struct match_evidence *fixture_evidence(struct fixture *fx, const json_t *array)
{
	struct match_evidence *evidence =
		arena_calloc(&fx->arena, json_array_size(array), sizeof(*evidence));

	for (size_t i = 0; evidence && i < json_array_size(array); i++) {
		const json_t *in = json_array_get(array, i);

		evidence[i] = (struct match_evidence){
			.advisory = fixture_str(fx, in, "advisory"),
			.feed = fixture_str(fx, in, "feed"),
			.shard = fixture_str(fx, in, "shard"),
			.package = fixture_str(fx, in, "package"),
			.installed = fixture_str(fx, in, "installed"),
			.bound = fixture_str(fx, in, "bound"),
			.text = fixture_str(fx, in, "comparison"),
			.origin = fixture_str(fx, in, "origin"),
			.status = FIXTURE_ENUM(in, "status", vuln_status_name, VULN_STATUS_MAX_),
		};
	}
	return evidence;
}

static inline const struct cvss *fixture_cvss(struct fixture *fx, const json_t *array)
{
	struct cvss *cvss = arena_calloc(&fx->arena, json_array_size(array), sizeof(*cvss));

	for (size_t i = 0; cvss && i < json_array_size(array); i++) {
		const json_t *in = json_array_get(array, i);

		cvss[i] = (struct cvss){
			.vector = fixture_str(fx, in, "vector"),
			.source = fixture_str(fx, in, "source"),
			.version = json_number_value(json_object_get(in, "version")),
			.score = json_number_value(json_object_get(in, "score")),
		};
	}
	return cvss;
}

static inline struct vulnerability fixture_vulnerability(struct fixture *fx, const json_t *in)
{
	const json_t *epss = json_object_get(in, "epss");
	struct vulnerability v = {
		.id = fixture_str(fx, in, "id"),
		.summary = fixture_str(fx, in, "summary"),
		.status = FIXTURE_ENUM(in, "status", vuln_status_name, VULN_STATUS_MAX_),
		.fixed_version = fixture_str(fx, in, "fixed_version"),
		.severity = FIXTURE_ENUM(in, "severity", severity_name, SEVERITY_MAX_),
		.severity_source = fixture_str(fx, in, "severity_source"),
		.cvss = fixture_cvss(fx, json_object_get(in, "cvss")),
		.n_cvss = json_array_size(json_object_get(in, "cvss")),
		.has_epss = epss != NULL,
		.epss = json_number_value(json_object_get(epss, "probability")),
		.epss_percentile = json_number_value(json_object_get(epss, "percentile")),
		.kev_added = fixture_str(fx, in, "kev_added"),
		.published = fixture_str(fx, in, "published"),
		.modified = fixture_str(fx, in, "modified"),
		.evidence = fixture_evidence(fx, json_object_get(in, "evidence")),
		.n_evidence = json_array_size(json_object_get(in, "evidence")),
	};

	v.aliases = fixture_strings(fx, in, "aliases", &v.n_aliases);
	v.urls = fixture_strings(fx, in, "urls", &v.n_urls);
	return v;
}

static inline struct subject fixture_subject(struct fixture *fx, const json_t *in)
{
	const json_t *subject = json_object_get(in, "subject");
	int64_t package = fixture_int(in, "package", -1);
	const struct package *p;

	if (package < 0)
		return (struct subject){
			.kind = FIXTURE_ENUM(subject, "kind", subject_kind_name, SUBJECT_KIND_MAX_),
			.name = subject ? fixture_str(fx, subject, "name") : fx->result.target};
	p = &fx->packages[package];
	return (struct subject){.kind = SUBJECT_PACKAGE,
				.name = arena_printf(&fx->arena, "%.*s %.*s", STR_FMT(p->name),
						     STR_FMT(p->version)),
				.package = p};
}

/* Returns false for a finding of an unknown check. */
static inline bool fixture_finding(struct fixture *fx, const json_t *in, struct finding *f)
{
	const json_t *where = json_object_get(in, "where");
	const json_t *vulnerability = json_object_get(in, "vulnerability");
	const char *before = json_object_get(in, "severity_before_policy")
				     ? "severity_before_policy"
				     : "severity";
	int64_t waiver = fixture_int(in, "waiver", -1);

	*f = (struct finding){
		.check = check_by_id(fixture_str(fx, in, "check")),
		.outcome = FIXTURE_ENUM(in, "outcome", outcome_name, OUTCOME_MAX_),
		.severity = FIXTURE_ENUM(in, "severity", severity_name, SEVERITY_MAX_),
		.severity_before = FIXTURE_ENUM(in, before, severity_name, SEVERITY_MAX_),
		.subject = fixture_subject(fx, in),
		.where = {.path = fixture_str(fx, where, "path"),
			  .line = (uint32_t)fixture_int(where, "line", 0),
			  .column = (uint32_t)fixture_int(where, "column", 0),
			  .layer = (int)fixture_int(where, "layer", LAYER_NONE),
			  .field = fixture_str(fx, where, "field")},
		.message = fixture_str(fx, in, "message"),
		.seen = fixture_str(fx, in, "seen"),
		.wanted = fixture_str(fx, in, "wanted"),
		.remedy = fixture_str(fx, in, "remedy"),
		.edit = fixture_str(fx, in, "edit"),
		.waiver = waiver < 0 ? NULL : &fx->policy.waivers[waiver],
		.expired_waiver = fixture_bool(in, "expired_waiver"),
		.gates = fixture_bool(in, "gates"),
	};
	if (vulnerability) {
		struct vulnerability *v = arena_new(&fx->arena, struct vulnerability);

		*v = fixture_vulnerability(fx, vulnerability);
		f->vulnerability = v;
	}
	return f->check != NULL;
}

static inline void fixture_policy(struct fixture *fx, const json_t *in)
{
	const json_t *waivers = json_object_get(in, "waivers");
	const json_t *regrades = json_object_get(in, "regrades");
	struct gate *gate = &fx->policy.gate;

	fx->policy.path = fixture_str(fx, in, "path");
	gate->fail_on = FIXTURE_ENUM(in, "fail_on", severity_name, SEVERITY_MAX_);
	gate->unfixed = fixture_bool(in, "unfixed");
	gate->accept_unknown = fixture_strings(fx, in, "accept_unknown", &gate->n_accept_unknown);
	fx->policy.n_waivers = json_array_size(waivers);
	fx->policy.waivers = arena_calloc(&fx->arena, fx->policy.n_waivers, sizeof(struct waiver));
	for (size_t i = 0; i < fx->policy.n_waivers; i++) {
		const json_t *from = json_array_get(waivers, i);

		fx->policy.waivers[i] = (struct waiver){
			.id = fixture_str(fx, from, "id"),
			.reason = fixture_str(fx, from, "reason"),
			.expires = fixture_str(fx, from, "expires"),
			.line = (uint32_t)fixture_int(from, "line", 0),
			.scope.image = fixture_str(fx, from, "image"),
			.used = fixture_bool(from, "used"),
		};
	}
	fx->policy.n_regrades = json_array_size(regrades);
	fx->policy.regrades =
		arena_calloc(&fx->arena, fx->policy.n_regrades, sizeof(struct regrade));
	for (size_t i = 0; i < fx->policy.n_regrades; i++) {
		const json_t *from = json_array_get(regrades, i);

		fx->policy.regrades[i] = (struct regrade){
			.id = fixture_str(fx, from, "id"),
			.severity = FIXTURE_ENUM(from, "severity", severity_name, SEVERITY_MAX_),
			.reason = fixture_str(fx, from, "reason"),
			.line = (uint32_t)fixture_int(from, "line", 0),
			.used = fixture_bool(from, "used"),
		};
	}
}

static inline void fixture_release(struct fixture *fx)
{
	result_release(&fx->result);
	arena_release(&fx->arena);
}

/* Returns 0, or -EINVAL with what is wrong on standard error. fx stays where it is: the result points to it. */
static inline int fixture_load(struct fixture *fx, const char *path)
{
	json_error_t error;
	json_t *in = json_load_file(path, 0, &error);
	const json_t *database, *findings, *coverage, *tallies;
	struct result *result = &fx->result;
	int r = 0;

	*fx = (struct fixture){.arena = ARENA_INIT(0)};
	if (!in) {
		fprintf(stderr, "%s:%d: %s\n", path, error.line, error.text);
		return -EINVAL;
	}
	fixture_policy(fx, json_object_get(in, "policy"));
	fx->packages = fixture_packages(fx, json_object_get(in, "packages"));
	database = json_object_get(in, "database");
	*result = (struct result){
		.arena = &fx->arena,
		.command = fixture_str(fx, in, "command"),
		.target = fixture_str(fx, in, "target"),
		.has_image = json_object_get(in, "image") != NULL,
		.distro = fixture_distro(fx, json_object_get(in, "distro")),
		.packages = fx->packages,
		.n_packages = json_array_size(json_object_get(in, "packages")),
		.policy = &fx->policy,
		.database = fixture_str(fx, database, "path"),
		.database_date = fixture_str(fx, database, "date"),
		.compared = !json_is_false(json_object_get(in, "compared")),
		.list_files = fixture_bool(in, "list_files"),
		.explain = fixture_bool(in, "explain"),
		.standard = fixture_str(fx, in, "standard"),
	};
	fixture_image(fx, json_object_get(in, "image"), &result->image);
	coverage = json_object_get(in, "coverage");
	for (size_t i = 0; i < json_array_size(coverage); i++) {
		const json_t *c = json_array_get(coverage, i);

		if (result_cover(result,
				 FIXTURE_ENUM(c, "kind", coverage_kind_name, COVERAGE_KIND_MAX_),
				 fixture_bool(c, "complete"), fixture_str(fx, c, "name"),
				 fixture_str(fx, c, "detail")) < 0)
			r = -ENOMEM;
	}
	findings = json_object_get(in, "findings");
	for (size_t i = 0; i < json_array_size(findings); i++) {
		struct finding *f = vec_add(&result->findings);

		if (!f || !fixture_finding(fx, json_array_get(findings, i), f)) {
			fprintf(stderr, "%s: finding %zu names no check\n", path, i);
			r = -EINVAL;
			break;
		}
	}
	tallies = json_object_get(in, "tallies");
	for (size_t i = 0; i < json_array_size(tallies); i++) {
		const json_t *from = json_array_get(tallies, i);
		struct tally *tally = vec_add(&result->tallies);

		if (!tally) {
			r = -ENOMEM;
			break;
		}
		tally->check = check_by_id(fixture_str(fx, from, "check"));
		for (enum outcome o = 0; o < OUTCOME_MAX_; o++)
			tally->n[o] = (size_t)fixture_int(from, outcome_name(o), 0);
	}
	if (r == 0)
		vec_sort(&result->findings, finding_compare);
	json_decref(in);
	if (r < 0)
		fixture_release(fx);
	return r;
}
