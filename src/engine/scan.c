/* One inspection of an image: see scan.h. */
#include "base/compat.h"

#include "engine/scan.h"

#include "advisory/db.h"
#include "advisory/ecosystem.h"
#include "base/date.h"
#include "catalog/catalog.h"
#include "checks/checks.h"
#include "checks/inputs.h"
#include "core/limits.h"
#include "engine/layers.h"
#include "engine/merge.h"
#include "match/match.h"
#include "source/source.h"

/* Passes over the layers: links to links to databases in places of their own. */
enum { MAX_PASSES = 4 };

struct scan {
	struct scan_options options;
	struct arena arena;
	struct err *err; /* of the running call */
	struct result result;
	struct source source;
	struct merged merged;
	struct db *db;
	struct ecosystem ecosystem;
	bool has_feed; /* ecosystem is filled in */
	struct package_input *packages;
	struct image_input image_input;
	struct database_input database_input;
	bool database_tried;
	int database_status; /* of open_database(), whose message is in database_err */
	struct err database_err;
	struct str gaps; /* what the database's feeds cannot know, a line each */
	struct finding_sink sink;
};

/* A directory was read as if it were one layer; nobody else shall take it for one. */
static void forget_layer(struct scan *s)
{
	s->source.image.n_layers = 0;
	s->merged.distro.layer = LAYER_NONE;
	for (size_t i = 0; i < s->merged.packages.len; i++)
		s->merged.packages.items[i].layer = LAYER_NONE;
	for (size_t i = 0; i < s->merged.unreadable.len; i++)
		s->merged.unreadable.items[i].layer = LAYER_NONE;
}

/* Reads and merges the layers; what could not be read is told with the rest. */
static int read_layers(struct scan *s, const struct layers_options *options)
{
	struct unreadable_list unreadable = {0};
	struct facts *facts;
	int r = layers_read(&s->source, options, &s->arena, &facts, &unreadable, &s->result,
			    s->err);

	if (r == 0)
		r = merge_layers(facts, s->source.image.n_layers, s->options.list_files, &s->arena,
				 &s->merged, s->err);
	for (size_t i = 0; r == 0 && i < unreadable.len; i++) {
		struct unreadable *item = vec_add(&s->merged.unreadable);

		if (item)
			*item = unreadable.items[i];
		else
			r = err_oom(s->err);
	}
	vec_release(&unreadable);
	return r;
}

/* Adds those that are new to all: 1 when there were any, 0, or -ENOMEM. */
static int add_aliases(struct alias_list *all, const struct alias_list *found)
{
	int r = 0;

	for (size_t i = 0; i < found->len; i++) {
		struct alias *item;
		size_t k = 0;

		while (k < all->len && !str_eq(all->items[k].real, found->items[i].real))
			k++;
		if (k < all->len)
			continue;
		item = vec_add(all);
		if (!item)
			return -ENOMEM;
		*item = found->items[i];
		r = 1;
	}
	return r;
}

/* A time's age in seconds; 0 for an empty one, or one that is yet to come. */
static uint64_t age_of(struct str time, int64_t now)
{
	int64_t then;

	if (date_parse(time, &then) < 0 || then > now)
		return 0;
	return (uint64_t)(now - then);
}

static int cover(struct scan *s, enum coverage_kind kind, bool complete, struct str name,
		 struct str detail)
{
	if (!name.ptr || !detail.ptr || result_cover(&s->result, kind, complete, name, detail) < 0)
		return err_oom(s->err);
	return 0;
}

/* Opens the database and says which of the shards that the distribution needs it has. */
static int open_database(struct scan *s)
{
	struct database_input *in = &s->database_input;
	struct db_info info = {0};
	struct str path;
	int r;

	in->wanted = !s->options.no_database;
	in->max_age = s->options.max_db_age;
	if (!in->wanted)
		return 0;
	if (s->options.database) {
		path = arena_str(&s->arena, str_from(s->options.database));
		r = path.ptr ? 0 : -ENOMEM;
	} else {
		r = db_default_path(&s->arena, &path);
	}
	if (r == -ENOMEM)
		return err_oom(s->err);
	in->path = path;
	if (r == -ENOENT)
		return 0; /* none anywhere: a finding says so */
	/* One that was named, or is there, must be one. */
	r = s->options.verify || s->options.no_cache ? db_open_uncached(path.ptr, &s->db, s->err)
						     : db_open(path.ptr, &s->db, s->err);
	if (r == 0)
		r = db_info(s->db, &s->arena, &info, s->err);
	if (r < 0)
		return r;
	in->present = true;
	in->built = info.built;
	in->built_age = age_of(info.built, s->options.now);
	s->result.database = path;
	s->result.database_date = info.newest;
	s->gaps = info.gaps;
	return r;
}

/* Checking a large database takes as long as reading a small layer: both at once. */
static void prepare_database(void *arg)
{
	struct scan *s = arg;
	struct err *err = s->err;

	s->err = &s->database_err;
	s->database_status = open_database(s);
	s->database_tried = true;
	s->err = err;
}

/* Everything up to the packages. */
static int take_inventory(struct scan *s, const char *reference, bool judge)
{
	const struct scan_options *o = &s->options;
	struct layers_options layers = {.no_cache = o->no_cache,
					.verify = o->verify,
					.with_files = o->list_files,
					.max_layer_size = o->max_layer_size,
					.meanwhile = judge ? prepare_database : NULL,
					.arg = s};
	struct alias_list aliases = {0};
	int r = source_open(reference, &o->platform, &s->arena, &s->source, s->err);

	if (r < 0)
		return r;
	r = read_layers(s, &layers);
	/* What lies behind links of this image takes another pass; a link that is found there, another. */
	for (size_t pass = 1; r == 0 && pass < MAX_PASSES; pass++) {
		r = add_aliases(&aliases, &s->merged.aliases);
		if (r < 0)
			err_oom(s->err);
		if (r <= 0)
			break;
		merged_release(&s->merged);
		s->merged = (struct merged){0};
		layers.meanwhile = NULL;
		layers.aliases = aliases.items;
		layers.n_aliases = aliases.len;
		r = read_layers(s, &layers);
	}
	vec_release(&aliases);
	if (r < 0)
		return err_wrap(s->err, r, "cannot read image '%s'", reference);
	if (catalog_finish(&s->merged.distro, s->merged.repositories.items,
			   s->merged.repositories.len, s->merged.packages.items,
			   s->merged.packages.len, &s->arena) < 0)
		return err_oom(s->err);
	if (s->source.image.kind == IMAGE_DIRECTORY)
		forget_layer(s);
	s->result.has_image = true;
	s->result.image = s->source.image;
	s->result.distro = s->merged.distro;
	s->result.packages = s->merged.packages.items;
	s->result.n_packages = s->merged.packages.len;
	return 0;
}

/* How old the database is, goes by the feeds that are asked: a new one of npm makes no old one of Rocky
 * younger. Of several the oldest counts. */
static void note_newest(struct scan *s, struct str newest)
{
	struct database_input *in = &s->database_input;
	uint64_t age = age_of(newest, s->options.now);

	if (in->newest.len && in->newest_age >= age)
		return;
	in->newest = newest;
	in->newest_age = age;
}

/* Is this a line about a shard of the database ("Debian:12: …") that is not asked? */
static bool is_of_others(struct scan *s, struct str gap)
{
	ssize_t at = str_find(gap, STR(": "));
	struct str shard = str_sub(gap, 0, at < 0 ? 0 : (size_t)at);
	struct db_shard_info info;

	for (size_t i = 0; i < s->ecosystem.n_shards; i++)
		if (str_eq(s->ecosystem.shards[i], shard))
			return false;
	return shard.len && db_shard_info(s->db, shard, &info) == 0;
}

/* What the feeds that were asked cannot tell. */
static int cover_gaps(struct scan *s)
{
	struct str rest = s->gaps, gap;
	int r = 0;

	while (r == 0 && str_next_line(&rest, &gap))
		if (!is_of_others(s, gap))
			r = cover(s, COVERAGE_GAP, false, STR("advisory database"), gap);
	if (r == 0 && s->ecosystem.gap.len)
		r = cover(s, COVERAGE_GAP, false, s->ecosystem.shards[0], s->ecosystem.gap);
	return r;
}

static int find_shards(struct scan *s)
{
	struct database_input *in = &s->database_input;
	struct shard_input *shards;
	int r = ecosystem_of_distro(&s->merged.distro, &s->arena, &s->ecosystem);

	if (r == -ERR_UNSUPPORTED)
		return 0;
	if (r < 0)
		return err_oom(s->err);
	s->has_feed = true;
	if (!s->db)
		return 0;
	shards = arena_calloc(&s->arena, s->ecosystem.n_shards, sizeof(*shards));
	if (!shards)
		return err_oom(s->err);
	in->shards = shards;
	in->n_shards = s->ecosystem.n_shards;
	for (size_t i = 0; r == 0 && i < in->n_shards; i++) {
		struct db_shard_info info;
		struct str detail = STR("not in the database");

		shards[i].name = s->ecosystem.shards[i];
		r = db_shard_info(s->db, shards[i].name, &info);
		if (r < 0 && r != -ENOENT)
			return err_set(s->err, -r, "cannot use advisory database '%.*s': %s",
				       STR_FMT(in->path), err_code_text(r));
		shards[i].present = r == 0;
		if (shards[i].present)
			note_newest(s, info.newest);
		if (shards[i].present)
			detail = arena_printf(&s->arena,
					      "%.*s, newest record %.*s, %" PRIu64
					      " packages, %" PRIu64 " entries",
					      STR_FMT(info.origin), STR_FMT(info.newest),
					      info.packages, info.entries);
		r = cover(s, COVERAGE_FEED, shards[i].present, shards[i].name, detail);
	}
	return r == 0 ? cover_gaps(s) : r;
}

static struct str highest_fix(enum version_scheme scheme, const struct package_input *in)
{
	struct str highest = STR("");

	for (size_t i = 0; i < in->n_vulnerabilities; i++) {
		struct str fix = in->vulnerabilities[i].fixed_version;

		if (fix.len && (!highest.len || version_compare(scheme, fix, highest) > 0))
			highest = fix;
	}
	return highest;
}

/* A version that the native tool would not take has no place in its order: no comparison tells anything. */
static int tell_version(struct scan *s, const struct package *package, struct str version)
{
	struct unreadable *item = vec_add(&s->merged.unreadable);

	if (!item)
		return err_oom(s->err);
	*item = (struct unreadable){
		.what = arena_printf(&s->arena, "the version of %.*s", STR_FMT(package->name)),
		.path = package->path,
		.layer = package->layer,
		.reason = arena_printf(&s->arena, "'%.*s' is not a version of %s", STR_FMT(version),
				       version_scheme_name(s->ecosystem.scheme)),
	};
	return item->what.ptr && item->reason.ptr ? 0 : err_oom(s->err);
}

/* A database that was built for some packages is silent about all others: that is no answer. */
static int leave_out(struct scan *s, struct package_input *in, struct str name)
{
	struct database_input *database = &s->database_input;

	in->judged = false;
	if (database->n_not_asked++ == 0)
		database->not_asked = name;
	return 0;
}

static int match_one(struct scan *s, const struct package *package, struct package_input *in)
{
	const struct ecosystem *e = &s->ecosystem;
	struct str name = e->key == KEY_SOURCE ? package->source_name : package->name;
	struct str version = e->key == KEY_SOURCE ? package->source_version : package->version;
	struct vulnerability *vulnerabilities = NULL;
	struct candidate_list list = {0};
	size_t n = 0;
	int r = 0;

	if (!version_valid(e->scheme, version)) {
		in->judged = false;
		return tell_version(s, package, version);
	}
	for (size_t i = 0; r == 0 && i < e->n_shards; i++)
		r = db_asked(s->db, e->shards[i], name, s->err);
	if (r == 0 && e->n_shards)
		return leave_out(s, in, name);
	r = MIN(r, 0);
	for (size_t i = 0; r == 0 && i < e->n_shards; i++)
		r = db_candidates(s->db, e->shards[i], name, version, &s->arena, &list, s->err);
	if (r == 0 && match_package(e->scheme, package, list.items, list.len, &s->arena,
				    &vulnerabilities, &n) < 0)
		r = err_oom(s->err);
	vec_release(&list);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = db_enrich(s->db, &vulnerabilities[i], s->err);
	in->vulnerabilities = vulnerabilities;
	in->n_vulnerabilities = n;
	in->upgrade_to = highest_fix(e->scheme, in);
	return r;
}

/* Every package against the database; those that cannot be judged stay unjudged. */
static int match_packages(struct scan *s)
{
	size_t n = s->result.n_packages;
	bool any_shard = false;
	int r = 0;

	for (size_t i = 0; i < s->database_input.n_shards; i++)
		any_shard |= s->database_input.shards[i].present;
	s->result.compared = any_shard;
	s->packages = arena_calloc(&s->arena, n, sizeof(*s->packages));
	if (!s->packages)
		return err_oom(s->err);
	for (size_t i = 0; r == 0 && i < n; i++) {
		const struct package *package = &s->result.packages[i];

		s->packages[i].package = package;
		s->packages[i].judged = any_shard && package->third_party.len == 0;
		if (s->packages[i].judged)
			r = match_one(s, package, &s->packages[i]);
	}
	return r;
}

static int take_finding(struct finding_sink *sink, const struct finding *finding)
{
	struct scan *s = (struct scan *)((char *)sink - offsetof(struct scan, sink));
	struct finding *item = vec_add(&s->result.findings);

	if (!item)
		return -ENOMEM;
	*item = *finding;
	policy_apply(s->options.policy, s->result.target, item);
	return 0;
}

/* Gives a run its subject; false for checks of what is no part of an image (hosts, endpoints…). Checks of
 * single packages and of the configuration are asked once for the image, whose input has both. */
static bool set_subject(struct scan *s, struct check_run *run)
{
	run->subject = (struct subject){.kind = run->check->subject, .name = s->result.target};
	switch (run->check->subject) {
	case SUBJECT_IMAGE:
	case SUBJECT_IMAGE_CONFIG:
		run->input = &s->image_input;
		return true;
	case SUBJECT_DATABASE:
		run->input = &s->database_input;
		run->subject.name = s->database_input.path;
		return true;
	default:
		return false;
	}
}

static int run_checks(struct scan *s)
{
	const struct eol *eol = eol_find(&s->merged.distro);
	char today[11];

	date_format_day(s->options.now, today);
	s->image_input = (struct image_input){
		.image = &s->result.image,
		.distro = &s->result.distro,
		.packages = s->packages,
		.n_packages = s->result.n_packages,
		.has_package_database = s->merged.has_package_database,
		.has_feed = s->has_feed,
		.eol = eol ? str_from(eol->date) : STR(""),
		.today = arena_str(&s->arena, str_from(today)),
		.unreadable = s->merged.unreadable.items,
		.n_unreadable = s->merged.unreadable.len,
	};
	for (size_t a = 0; a < n_check_areas; a++) {
		for (size_t i = 0; i < check_areas[a]->n_checks; i++) {
			const struct check *check = &check_areas[a]->checks[i];
			struct check_run run = {.check = check, .sink = &s->sink};

			if (!set_subject(s, &run))
				continue;
			if (check->run(&run) < 0)
				return err_oom(s->err);
		}
	}
	return 0;
}

static int run(struct scan *s, const char *reference, bool judge)
{
	int r = take_inventory(s, reference, judge);

	if (r < 0 || !judge)
		return r;
	if (!s->database_tried) /* an image without layers */
		prepare_database(s);
	if (s->database_status < 0) {
		*s->err = s->database_err;
		return s->database_status;
	}
	r = find_shards(s);
	if (r == 0)
		r = match_packages(s);
	if (r == 0)
		r = run_checks(s);
	vec_sort(&s->result.findings, finding_compare);
	return r;
}

static int scan(const char *reference, const struct scan_options *options, bool judge,
		struct scan **ret, struct err *err)
{
	_cleanup_scan_ struct scan *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return err_oom(err);
	s->options = *options;
	s->err = err;
	s->source = SOURCE_INIT;
	s->sink = (struct finding_sink){.arena = &s->arena, .take = take_finding};
	s->result = (struct result){.arena = &s->arena,
				    .command = STR("image"),
				    .target = arena_str(&s->arena, str_from(reference)),
				    .policy = options->policy,
				    .list_files = options->list_files,
				    .explain = options->explain};
	r = s->result.target.ptr ? run(s, reference, judge) : err_oom(err);
	if (r == 0)
		*ret = TAKE_PTR(s);
	return r;
}

int scan_image(const char *reference, const struct scan_options *options, struct scan **ret,
	       struct err *err)
{
	return scan(reference, options, true, ret, err);
}

int scan_packages(const char *reference, const struct scan_options *options, struct scan **ret,
		  struct err *err)
{
	return scan(reference, options, false, ret, err);
}

const struct result *scan_result(const struct scan *scan)
{
	return &scan->result;
}

void scan_free(struct scan *scan)
{
	if (!scan)
		return;
	source_close(&scan->source);
	db_closep(&scan->db);
	result_release(&scan->result);
	merged_release(&scan->merged);
	arena_release(&scan->arena);
	free(scan);
}
