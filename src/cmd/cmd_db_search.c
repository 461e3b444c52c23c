/* cscplate db search: what the advisory database says of a vulnerability or package. */
#include "base/compat.h"

#include "advisory/db.h"
#include "base/json.h"
#include "base/term.h"
#include "cmd/command.h"
#include "cmd/db_output.h"
#include "cmd/output.h"
#include "core/limits.h"

/* Everything that one record says, and what stands between. */
#define LIMIT_LINE (2 * LIMIT_ADVISORY_JSON)

static void strings_json(struct json *j, const char *key, const struct str *items, size_t n)
{
	json_key(j, key);
	json_array_begin(j);
	for (size_t i = 0; i < n; i++)
		json_str(j, items[i]);
	json_array_end(j);
}

static void advisory_json(struct json *j, const struct advisory *a)
{
	json_object_begin(j);
	json_field(j, "id", a->id);
	json_field(j, "feed", a->feed);
	json_field_opt(j, "summary", a->summary);
	json_field_opt(j, "published", a->published);
	json_field_opt(j, "modified", a->modified);
	json_field_opt(j, "withdrawn", a->withdrawn);
	strings_json(j, "vulnerabilities", a->vulns, a->n_vulns);
	strings_json(j, "aliases", a->aliases, a->n_aliases);
	json_key(j, "cvss");
	json_array_begin(j);
	for (size_t i = 0; i < a->n_cvss; i++) {
		json_object_begin(j);
		json_key(j, "version");
		json_double(j, a->cvss[i].version);
		json_key(j, "score");
		json_double(j, a->cvss[i].score);
		json_field(j, "vector", a->cvss[i].vector);
		json_object_end(j);
	}
	json_array_end(j);
	strings_json(j, "urls", a->urls, a->n_urls);
	json_object_end(j);
}

static const char *const event_names[EVENT_KIND_MAX_] = {
	[EVENT_INTRODUCED] = "introduced",
	[EVENT_FIXED] = "fixed",
	[EVENT_LAST_AFFECTED] = "last_affected",
	[EVENT_LIMIT] = "limit",
};

static void affected_json(struct json *j, const struct candidate *c)
{
	const struct affected *a = &c->affected;

	json_object_begin(j);
	json_field(j, "shard", c->shard);
	json_field(j, "package", a->package);
	json_field(j, "advisory", a->advisory);
	json_field(j, "feed", c->advisory->feed);
	json_field(j, "status", str_from(vuln_status_name(a->status)));
	json_field(j, "severity", str_from(severity_name(a->severity)));
	json_field_opt(j, "severity_text", a->severity_text);
	json_field_opt(j, "channel", a->channel);
	json_field_opt(j, "module", a->module);
	json_field_opt(j, "arch", a->arch);
	json_field_opt(j, "origin", a->origin);
	json_key(j, "ranges");
	json_array_begin(j);
	for (size_t i = 0; i < a->n_ranges; i++) {
		json_array_begin(j);
		for (size_t k = 0; k < a->ranges[i].n_events; k++) {
			const struct range_event *e = &a->ranges[i].events[k];

			json_object_begin(j);
			json_field(j, event_names[e->kind], e->version);
			json_object_end(j);
		}
		json_array_end(j);
	}
	json_array_end(j);
	strings_json(j, "versions", a->versions, a->n_versions);
	json_object_end(j);
}

static void search_json(FILE *out, const char *name, const struct db_search *found)
{
	struct json j = JSON_INIT(out, VIEW_INDENT);

	json_object_begin(&j);
	json_field(&j, "name", str_from(name));
	json_key(&j, "advisories");
	json_array_begin(&j);
	for (size_t i = 0; i < found->n_advisories; i++)
		advisory_json(&j, found->advisories[i]);
	json_array_end(&j);
	json_key(&j, "affected");
	json_array_begin(&j);
	for (size_t i = 0; i < found->n_rows; i++)
		affected_json(&j, &found->rows[i]);
	json_array_end(&j);
	json_object_end(&j);
	json_finish(&j);
}

static void add_list(struct buf *b, const char *title, const struct str *items, size_t n)
{
	if (n == 0)
		return;
	buf_addf(b, "  %s", title);
	for (size_t i = 0; i < n; i++) {
		buf_add_str(b, i ? STR(", ") : STR(" "));
		buf_add_str(b, items[i]);
	}
}

static void advisory_text(FILE *out, const struct advisory *a)
{
	_cleanup_buf_ struct buf names = BUF_INIT(LIMIT_LINE);

	db_put_text(out, a->id);
	fputs(" (", out);
	db_put_text(out, a->feed);
	fputs(")", out);
	if (a->withdrawn.len) {
		fputs(", withdrawn ", out);
		db_put_text(out, a->withdrawn);
	}
	if (a->summary.len) {
		fputs("\n  ", out);
		db_put_text(out, a->summary);
	}
	if (a->n_vulns != 1 || !str_eq(a->vulns[0], a->id))
		add_list(&names, "about", a->vulns, a->n_vulns);
	add_list(&names, "also", a->aliases, a->n_aliases);
	if (names.len) {
		fputs("\n", out);
		db_put_text(out, buf_str(&names));
	}
	for (size_t i = 0; i < a->n_cvss; i++) {
		fprintf(out, "\n  CVSS %.1f  %.1f  ", a->cvss[i].version, a->cvss[i].score);
		db_put_text(out, a->cvss[i].vector);
	}
	for (size_t i = 0; i < a->n_urls; i++) {
		fputs("\n  ", out);
		db_put_text(out, a->urls[i]);
	}
	fputs("\n\n", out);
}

/* ">= 1.0, < 1.2; >= 2.0": ranges as conditions. "0" is before every version and goes without saying. */
static void add_range(struct buf *b, const struct range *range)
{
	static const char *const operators[EVENT_KIND_MAX_] = {
		[EVENT_INTRODUCED] = ">= ",
		[EVENT_FIXED] = "< ",
		[EVENT_LAST_AFFECTED] = "<= ",
		[EVENT_LIMIT] = "< ",
	};
	bool first = true;

	for (size_t i = 0; i < range->n_events; i++) {
		const struct range_event *e = &range->events[i];

		if (e->kind == EVENT_INTRODUCED && str_eq(e->version, STR("0"))) {
			if (range->n_events == 1)
				buf_add_str(b, STR("every version"));
			continue;
		}
		if (!first)
			buf_add_str(b, e->kind == EVENT_INTRODUCED ? STR("; ") : STR(", "));
		buf_addf(b, "%s%.*s", operators[e->kind], STR_FMT(e->version));
		first = false;
	}
}

static void add_versions(struct buf *b, const struct affected *a)
{
	enum { SHOWN = 4 };

	for (size_t i = 0; i < a->n_ranges; i++) {
		if (i)
			buf_add_str(b, STR("; "));
		add_range(b, &a->ranges[i]);
	}
	if (a->n_versions && a->n_ranges)
		buf_addf(b, "; or one of %zu versions", a->n_versions);
	else
		for (size_t i = 0; i < MIN(a->n_versions, (size_t)SHOWN); i++)
			buf_addf(b, "%s= %.*s", i ? ", " : "", STR_FMT(a->versions[i]));
	if (!a->n_ranges && a->n_versions > SHOWN)
		buf_addf(b, ", … (%zu versions)", a->n_versions);
}

/* A row of the table: packages of which one record says the same in one shard share it. */
struct line {
	struct str shard, advisory, status, package;
	struct str text; /* versions and what else there is to say */
	size_t more;	 /* packages beside the first */
};

static int compare_lines(const void *a, const void *b)
{
	const struct line *x = a, *y = b;
	int r = str_cmp(x->shard, y->shard);

	if (r == 0)
		r = str_cmp(x->advisory, y->advisory);
	if (r == 0)
		r = str_cmp(x->status, y->status);
	if (r == 0)
		r = str_cmp(x->text, y->text);
	return r ? r : str_cmp(x->package, y->package);
}

static bool same_line(const struct line *x, const struct line *y)
{
	return str_eq(x->shard, y->shard) && str_eq(x->advisory, y->advisory) &&
	       str_eq(x->status, y->status) && str_eq(x->text, y->text);
}

static int make_lines(const struct db_search *found, struct arena *arena, struct line **ret,
		      size_t *ret_n)
{
	struct line *lines = arena_calloc(arena, found->n_rows, sizeof(*lines));
	size_t n = 0;

	if (!lines)
		return -ENOMEM;
	for (size_t i = 0; i < found->n_rows; i++) {
		const struct affected *a = &found->rows[i].affected;
		_cleanup_buf_ struct buf b = BUF_INIT(LIMIT_LINE);

		add_versions(&b, a);
		if (a->module.len)
			buf_addf(&b, "  module %.*s", STR_FMT(a->module));
		if (a->channel.len)
			buf_addf(&b, "  [%.*s]", STR_FMT(a->channel));
		if (a->severity_text.len)
			buf_addf(&b, "  %.*s", STR_FMT(a->severity_text));
		if (a->origin.len)
			buf_addf(&b, "  %.*s", STR_FMT(a->origin));
		if (buf_status(&b, NULL) < 0)
			return -ENOMEM;
		lines[i] = (struct line){
			.shard = found->rows[i].shard,
			.advisory = a->advisory,
			.status = str_from(vuln_status_name(a->status)),
			.package = a->package,
			.text = b.len ? arena_str(arena, buf_str(&b)) : STR(""),
		};
		if (!lines[i].text.ptr)
			return -ENOMEM;
	}
	qsort(lines, found->n_rows, sizeof(*lines), compare_lines);
	for (size_t i = 0; i < found->n_rows; i++) {
		if (n && same_line(&lines[n - 1], &lines[i]))
			lines[n - 1].more += !str_eq(lines[n - 1].package, lines[i].package);
		else
			lines[n++] = lines[i];
	}
	for (size_t i = 0; i < n; i++)
		if (lines[i].more) {
			lines[i].package = arena_printf(arena, "%.*s and %zu more",
							STR_FMT(lines[i].package), lines[i].more);
			if (!lines[i].package.ptr)
				return -ENOMEM;
		}
	*ret = lines;
	*ret_n = n;
	return 0;
}

static int search_table(FILE *out, struct str path, const char *name, const struct db_search *found,
			struct arena *arena)
{
	unsigned shard_width = 5, package_width = 7, advisory_width = 8;
	struct line *lines = NULL;
	size_t n = 0;

	if (found->n_advisories == 0) {
		fputs("nothing is known about '", out);
		db_put_text(out, str_from(name));
		fputs("' in '", out);
		db_put_text(out, path);
		fputs("'\n", out);
		return 0;
	}
	for (size_t i = 0; i < found->n_advisories; i++)
		advisory_text(out, found->advisories[i]);
	if (found->n_rows == 0)
		return 0;
	if (make_lines(found, arena, &lines, &n) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		shard_width = MAX(shard_width, term_columns(lines[i].shard));
		package_width = MAX(package_width, term_columns(lines[i].package));
		advisory_width = MAX(advisory_width, term_columns(lines[i].advisory));
	}
	db_put_column(out, STR("SHARD"), shard_width);
	db_put_column(out, STR("ADVISORY"), advisory_width);
	db_put_column(out, STR("PACKAGE"), package_width);
	fputs("STATUS        VERSIONS\n", out);
	for (size_t i = 0; i < n; i++) {
		db_put_column(out, lines[i].shard, shard_width);
		db_put_column(out, lines[i].advisory, advisory_width);
		db_put_column(out, lines[i].package, package_width);
		db_put_column(out, lines[i].status, 12);
		db_put_text(out, lines[i].text);
		fputc('\n', out);
	}
	return 0;
}

/* The same letters, but from the byte at from on in lower case, and before it in upper case. */
static struct str with_case(struct str name, size_t from, struct arena *arena)
{
	struct str copy = arena_str(arena, name);
	char *p = (char *)copy.ptr; /* a copy of ours */

	for (size_t i = 0; p && i < copy.len; i++) {
		if (i < from && p[i] >= 'a' && p[i] <= 'z')
			p[i] = (char)(p[i] - 'a' + 'A');
		else if (i >= from && p[i] >= 'A' && p[i] <= 'Z')
			p[i] = (char)(p[i] - 'A' + 'a');
	}
	return copy;
}

/* As it is typed, else in the cases that ids and packages have: CVE-2023-0286, GHSA-jfh8-c2jp-5v3q, openssl. */
static int search_any_case(struct db *db, struct str name, struct arena *arena,
			   struct db_search *ret, struct err *err)
{
	ssize_t dash = str_find(name, STR("-"));
	const size_t upper[] = {name.len, dash < 0 ? 0 : (size_t)dash, 0};
	int r = db_search(db, name, arena, ret, err);

	for (size_t i = 0; r == 0 && ret->n_advisories == 0 && i < ARRAY_LEN(upper); i++) {
		struct str other = with_case(name, upper[i], arena);

		if (!other.ptr)
			return err_oom(err);
		if (!str_eq(other, name))
			r = db_search(db, other, arena, ret, err);
	}
	return r;
}

static int run(const struct globals *globals, void *context, const char *const *args, size_t n_args,
	       struct err *err)
{
	const struct db_look *look = context;
	_cleanup_cmd_output_ struct cmd_output output = CMD_OUTPUT_INIT;
	_cleanup_db_ struct db *db = NULL;
	struct db_search found;
	struct str path;
	int r;

	if (!args[0][0])
		return err_set(
			err, ERR_USAGE,
			"cannot search for '': the name of a vulnerability or package wanted");
	r = db_look_open(globals, look, &path, &db, err);
	if (r == 0)
		r = search_any_case(db, str_from(args[0]), globals->arena, &found, err);
	if (r == 0)
		r = cmd_output_open(globals, &output, err);
	if (r < 0)
		return r;
	if (look->format == VIEW_JSON)
		search_json(output.stream, args[0], &found);
	else if (search_table(output.stream, path, args[0], &found, globals->arena) < 0)
		return err_oom(err);
	return cmd_output_commit(&output, err);
}

/* clang-format off */
static const struct example examples[] = {
	{"cscplate db search CVE-2023-4911", "every record of a vulnerability, under all of its names"},
	{"cscplate db search openssl --format json", "everything that is known of a package"},
	{NULL, NULL},
};
/* clang-format on */

const struct command cmd_db_search = {
	.name = "db search",
	.summary = "show what the advisory database says of a vulnerability or package",
	.args = "CVE|ID|PACKAGE",
	.description = "Shows the records that bear the name as id or alias, and what they say of "
		       "packages; if "
		       "there are none, all records that name the package. A name that is not "
		       "known as it is "
		       "typed is looked for in upper and lower case, too.",
	.min_args = 1,
	.max_args = 1,
	.options = db_look_options,
	.context_size = sizeof(struct db_look),
	.run = run,
	.examples = examples,
};
