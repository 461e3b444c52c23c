/*
 * Every check: its row, its page in docs/checks, and its fixtures in tests/checks/ID. A fixture holds what
 * the run function is handed and the findings that must come of it; its name begins with the outcome that
 * it shows (pass, fail, unknown, na). Every outcome that the page names needs one. Checks of objects have
 * manifests for fixtures: see test_object_checks.c.
 */
#include "base/compat.h"

#include <setjmp.h>

#include <cmocka.h>
#include <dirent.h>

#include "base/fd.h"
#include "check_fixture.h"
#include "checks/inputs.h"
#include "report_fixture.h"

/* --- Rows ---------------------------------------------------------------------------------------- */

/* "AppArmor" and "RBAC" are written so wherever they stand. */
static bool is_capitalised(const char *text)
{
	if (text[0] < 'A' || text[0] > 'Z')
		return false;
	for (const char *p = text + 1; *p && *p != ' '; p++)
		if (*p >= 'A' && *p <= 'Z')
			return false;
	return true;
}

static void assert_sentence(const char *id, const char *what, const char *text)
{
	size_t len = text ? strlen(text) : 0;

	if (len == 0 || text[len - 1] == '.' || is_capitalised(text))
		fail_msg("%s: %s '%s' is empty, or begins with a capital or ends with a full stop",
			 id, what, text ? text : "");
}

/* Controls of the Pod Security Standards and sections of the NSA/CISA guide have names, all others numbers. */
static void assert_row(const struct check *c)
{
	assert_non_null(c->id);
	for (const char *p = c->id; *p; p++)
		if (!(*p >= 'A' && *p <= 'Z') && !(*p >= '0' && *p <= '9') && *p != '-')
			fail_msg("id '%s' has other characters than A-Z, 0-9 and '-'", c->id);
	assert_sentence(c->id, "title", c->title);
	assert_sentence(c->id, "remedy", c->remedy);
	assert_null(strstr(c->remedy, "TODO"));
	assert_true(strlen(c->title) <= 60);
	assert_true(c->question < QUESTION_MAX_);
	assert_true(c->severity < SEVERITY_MAX_);
	assert_true(c->subject < SUBJECT_KIND_MAX_);
	assert_non_null(c->run);
	if (!c->refs || c->refs[0].standard == REF_MAX_)
		fail_msg("%s has no references", c->id);
	for (const struct ref *r = c->refs; r->standard != REF_MAX_; r++)
		if (!r->clause || !*r->clause ||
		    (r->standard != REF_PSS && r->standard != REF_NSA &&
		     !strpbrk(r->clause, "0123456789")))
			fail_msg("%s: a reference without a clause", c->id);
}

static void rows_are_sound(void **state)
{
	assert_true(n_check_areas > 0);
	for (size_t a = 0; a < n_check_areas; a++) {
		assert_true(check_areas[a]->n_checks > 0);
		assert_non_null(check_areas[a]->title);
		for (size_t i = 0; i < check_areas[a]->n_checks; i++) {
			const struct check *c = &check_areas[a]->checks[i];

			assert_row(c);
			/* The first with that id, so another one would show. */
			assert_ptr_equal(check_by_id(str_from(c->id)), c);
			assert_ptr_equal(check_area_of(c), check_areas[a]);
		}
	}
}

static void ids_are_looked_up(void **state)
{
	assert_non_null(check_by_id(STR("img-eol")));
	assert_null(check_by_id(STR("IMG-EO")));
	assert_null(check_by_id(STR("IMG-EOLX")));
	assert_null(check_by_id(STR_NULL));
}

/* --- Pages --------------------------------------------------------------------------------------- */

static bool is_text(const char *id, const char *what, struct str got, const char *wanted)
{
	if (str_eq(got, str_from(wanted)))
		return true;
	print_error("%s: its %s is '%.*s', wanted '%s'\n", id, what, STR_FMT(got), wanted);
	return false;
}

static bool page_agrees(const struct check *c)
{
	struct page_text page;
	bool good = read_page(c, &page);

	if (good)
		good = is_text(c->id, "page's id", page.id, c->id) &
		       is_text(c->id, "page's title", page.title, c->title) &
		       is_text(c->id, "page's question", page.question, questions[c->question].id) &
		       is_text(c->id, "page's severity", page.severity, check_severity_name(c));
	buf_release(&page.bytes);
	return good;
}

static void pages_agree_with_rows(void **state)
{
	size_t bad = 0;

	for (size_t a = 0; a < n_check_areas; a++)
		for (size_t i = 0; i < check_areas[a]->n_checks; i++)
			bad += !page_agrees(&check_areas[a]->checks[i]);
	assert_int_equal(bad, 0);
}

/* --- Fixtures ------------------------------------------------------------------------------------ */

VEC_TYPE(collected, struct finding);

struct collector {
	struct finding_sink sink;
	struct collected findings;
};

static int collect(struct finding_sink *sink, const struct finding *finding)
{
	struct collector *c = (struct collector *)sink;
	struct finding *item = vec_add(&c->findings);

	if (!item)
		return -ENOMEM;
	*item = *finding;
	return 0;
}

static struct package_input *load_packages(struct fixture *fx, const json_t *array)
{
	struct package_input *packages =
		arena_calloc(&fx->arena, json_array_size(array), sizeof(*packages));
	struct package *installed = fixture_packages(fx, array);

	for (size_t i = 0; i < json_array_size(array); i++) {
		const json_t *in = json_array_get(array, i);
		const json_t *list = json_object_get(in, "vulnerabilities");
		struct vulnerability *v =
			arena_calloc(&fx->arena, json_array_size(list), sizeof(*v));

		for (size_t k = 0; k < json_array_size(list); k++)
			v[k] = fixture_vulnerability(fx, json_array_get(list, k));
		packages[i] = (struct package_input){
			.package = &installed[i],
			.judged = fixture_bool(in, "judged"),
			.vulnerabilities = v,
			.n_vulnerabilities = json_array_size(list),
			.upgrade_to = fixture_str(fx, in, "upgrade_to"),
		};
	}
	return packages;
}

static void load_image(struct fixture *fx, const json_t *in, struct image_input *ret)
{
	const json_t *list = json_object_get(in, "unreadable");
	struct unreadable *unreadable =
		arena_calloc(&fx->arena, json_array_size(list), sizeof(*unreadable));

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *from = json_array_get(list, i);

		unreadable[i] = (struct unreadable){
			.what = fixture_str(fx, from, "what"),
			.path = fixture_str(fx, from, "path"),
			.layer = (int)fixture_int(from, "layer", LAYER_NONE),
			.reason = fixture_str(fx, from, "reason"),
		};
	}
	fx->result.distro = fixture_distro(fx, json_object_get(in, "distro"));
	fixture_image(fx, json_object_get(in, "image"), &fx->result.image);
	*ret = (struct image_input){
		.image = &fx->result.image,
		.distro = &fx->result.distro,
		.packages = load_packages(fx, json_object_get(in, "packages")),
		.n_packages = json_array_size(json_object_get(in, "packages")),
		.has_package_database = fixture_bool(in, "has_package_database"),
		.has_feed = fixture_bool(in, "has_feed"),
		.eol = fixture_str(fx, in, "eol"),
		.today = fixture_str(fx, in, "today"),
		.unreadable = unreadable,
		.n_unreadable = json_array_size(list),
	};
}

static void load_database(struct fixture *fx, const json_t *in, struct database_input *ret)
{
	const json_t *list = json_object_get(in, "shards");
	struct shard_input *shards =
		arena_calloc(&fx->arena, json_array_size(list), sizeof(*shards));

	for (size_t i = 0; i < json_array_size(list); i++)
		shards[i] = (struct shard_input){
			.name = fixture_str(fx, json_array_get(list, i), "name"),
			.present = fixture_bool(json_array_get(list, i), "present"),
		};
	*ret = (struct database_input){
		.wanted = fixture_bool(in, "wanted"),
		.present = fixture_bool(in, "present"),
		.path = fixture_str(fx, in, "path"),
		.built = fixture_str(fx, in, "built"),
		.newest = fixture_str(fx, in, "newest"),
		.built_age = (uint64_t)fixture_int(in, "built_age", 0),
		.newest_age = (uint64_t)fixture_int(in, "newest_age", 0),
		.max_age = (uint64_t)fixture_int(in, "max_age", 0),
		.n_not_asked = (size_t)fixture_int(in, "n_not_asked", 0),
		.not_asked = fixture_str(fx, in, "not_asked"),
		.shards = shards,
		.n_shards = json_array_size(list),
	};
}

static void compare_text(struct fixture *fx, const char *path, const json_t *want, const char *key,
			 struct str got)
{
	if (!json_object_get(want, key))
		return;
	struct str wanted = fixture_str(fx, want, key);
	if (!str_eq(wanted, got))
		fail_msg("%s: the %s is\n    %.*s\nwanted\n    %.*s", path, key, STR_FMT(got),
			 STR_FMT(wanted));
}

static void compare_findings(struct fixture *fx, const char *path, const json_t *expect,
			     const struct collected *got)
{
	if (got->len != json_array_size(expect))
		fail_msg("%s: %zu findings, wanted %zu; the first is '%.*s'", path, got->len,
			 json_array_size(expect),
			 STR_FMT(got->len ? got->items[0].message : STR("")));
	for (size_t i = 0; i < got->len; i++) {
		const struct finding *f = &got->items[i];
		const json_t *want = json_array_get(expect, i);

		assert_true(json_is_string(json_object_get(want, "outcome")));
		assert_true(f->message.len > 0);
		assert_int_equal(f->severity, f->severity_before);
		compare_text(fx, path, want, "outcome", str_from(outcome_name(f->outcome)));
		compare_text(fx, path, want, "severity", str_from(severity_name(f->severity)));
		compare_text(fx, path, want, "subject",
			     str_from(subject_kind_name(f->subject.kind)));
		compare_text(fx, path, want, "name", f->subject.name);
		compare_text(fx, path, want, "message", f->message);
		compare_text(fx, path, want, "seen", f->seen);
		compare_text(fx, path, want, "wanted", f->wanted);
		compare_text(fx, path, want, "remedy", f->remedy);
		compare_text(fx, path, want, "path", f->where.path);
	}
}

static void run_fixture(const struct check *c, const char *path)
{
	struct fixture fx = {.arena = ARENA_INIT(0)};
	struct collector collector = {.sink = {.arena = &fx.arena, .take = collect}};
	struct check_run run = {.check = c, .sink = &collector.sink};
	struct image_input image;
	struct database_input database;
	json_error_t error;
	json_t *in = json_load_file(path, 0, &error);

	if (!in)
		fail_msg("%s:%d: %s", path, error.line, error.text);
	load_image(&fx, in, &image);
	load_database(&fx, json_object_get(in, "database"), &database);
	if (c->subject == SUBJECT_IMAGE)
		run.input = &image;
	else if (c->subject == SUBJECT_DATABASE)
		run.input = &database;
	else
		fail_msg("%s: fixtures cannot hold a subject of kind %s yet", path,
			 subject_kind_name(c->subject));
	run.subject = (struct subject){.kind = c->subject, .name = STR("app:1")};
	assert_int_equal(c->run(&run), 0);
	compare_findings(&fx, path, json_object_get(in, "expect"), &collector.findings);
	vec_release(&collector.findings);
	json_decref(in);
	arena_release(&fx.arena);
}

/* Does the fixture's worst outcome fit its name? */
static void check_name(const char *path, const char *name, bool seen[OUTCOME_MAX_])
{
	_cleanup_buf_ struct buf bytes = BUF_INIT(MiB(1));
	enum outcome outcome = fixture_outcome(name);
	char wanted[64];

	if (outcome == OUTCOME_MAX_)
		fail_msg("%s: the name does not begin with pass, fail, unknown or na", path);
	assert_int_equal(file_read(AT_FDCWD, path, &bytes, NULL), 0);
	snprintf(wanted, sizeof(wanted), "\"outcome\": \"%s\"", outcome_name(outcome));
	if (str_find(buf_str(&bytes), str_from(wanted)) < 0)
		fail_msg("%s expects no finding with %s", path, wanted);
	seen[outcome] = true;
}

static void run_fixtures(const struct check *c)
{
	bool seen[OUTCOME_MAX_] = {0};
	struct dirent *entry;
	char folder[2048], path[4096];
	DIR *dir;

	snprintf(folder, sizeof(folder), "%s/tests/checks/%s", source_root(), c->id);
	dir = opendir(folder);
	if (!dir)
		fail_msg("%s has no fixtures in %s", c->id, folder);
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		check_name(path, entry->d_name, seen);
		run_fixture(c, path);
	}
	closedir(dir);
	assert_true(compare_outcomes(c, seen));
}

static void fixtures_give_what_they_expect(void **state)
{
	for (size_t a = 0; a < n_check_areas; a++)
		for (size_t i = 0; i < check_areas[a]->n_checks; i++)
			if (!is_about_objects(&check_areas[a]->checks[i]))
				run_fixtures(&check_areas[a]->checks[i]);
}

/* A fixture can describe the image in full: its kind, user and layers. */
static void fixtures_hold_images(void **state)
{
	struct fixture fx = {.arena = ARENA_INIT(0)};
	struct image_input in;
	json_t *json =
		json_pack("{s:{s:s,s:s,s:[{s:s,s:s,s:i},{s:s}]}}", "image", "kind",
			  image_kind_name(IMAGE_OCI_LAYOUT), "user", "65532", "layers", "digest",
			  "sha256:1", "created_by", "COPY a b", "size", 7, "diff_id", "sha256:2");

	assert_non_null(json);
	load_image(&fx, json, &in);
	assert_int_equal(in.image->kind, IMAGE_OCI_LAYOUT);
	assert_true(str_eq(in.image->user, STR("65532")));
	assert_int_equal(in.image->n_layers, 2);
	assert_true(str_eq(in.image->layers[0].digest, STR("sha256:1")));
	assert_true(str_eq(in.image->layers[0].created_by, STR("COPY a b")));
	assert_int_equal(in.image->layers[0].size, 7);
	assert_true(str_eq(in.image->layers[1].diff_id, STR("sha256:2")));
	json_decref(json);
	arena_release(&fx.arena);
}

/* --- Out of memory ------------------------------------------------------------------------------- */

/* The only failure that a run function may have is passed on, wherever it happens. */
static int take_nothing(struct finding_sink *sink, const struct finding *finding)
{
	return -ENOMEM;
}

static void failing_sink_is_passed_on(void **state)
{
	struct package package = {.name = STR("a"),
				  .version = STR("1"),
				  .broken = true,
				  .third_party = STR("vendor 'b'")};
	struct vulnerability v = {.id = STR("CVE-1"), .fixed_version = STR("2")};
	struct package_input packages[] = {{&package, true, &v, 1, STR("2")}};
	struct unreadable unreadable = {.what = STR("layer 1"), .reason = STR("x")};
	struct distro distro = {.id = STR("debian")};
	struct image image = {0};
	struct image_input in = {.image = &image,
				 .distro = &distro,
				 .packages = packages,
				 .n_packages = 1,
				 .unreadable = &unreadable,
				 .n_unreadable = 1,
				 .eol = STR("2020-01-01"),
				 .today = STR("2026-01-01")};
	struct shard_input shard = {.name = STR("Debian:11")};
	struct database_input db = {.wanted = true,
				    .present = true,
				    .newest = STR("2020-01-01"),
				    .newest_age = 10,
				    .max_age = 1,
				    .shards = &shard,
				    .n_shards = 1};

	/* An arena that is full at once, and a sink that takes nothing. */
	for (size_t full = 0; full < 2; full++) {
		for (size_t a = 0; a < n_check_areas; a++) {
			for (size_t i = 0; i < check_areas[a]->n_checks; i++) {
				struct arena arena = ARENA_INIT(full);
				struct finding_sink sink = {.arena = &arena, .take = take_nothing};
				const struct check *c = &check_areas[a]->checks[i];
				struct check_run run = {.check = c,
							.sink = &sink,
							.input = c->subject == SUBJECT_DATABASE
									 ? (const void *)&db
									 : (const void *)&in};

				if (is_about_objects(c))
					continue;
				assert_int_equal(c->run(&run), -ENOMEM);
				arena_release(&arena);
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_sound),
		cmocka_unit_test(ids_are_looked_up),
		cmocka_unit_test(pages_agree_with_rows),
		cmocka_unit_test(fixtures_give_what_they_expect),
		cmocka_unit_test(fixtures_hold_images),
		cmocka_unit_test(failing_sink_is_passed_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
