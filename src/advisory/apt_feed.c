/* The distribution's own archive as a source of advisories: see apt_feed.h. */
#include "base/compat.h"

#include <sys/utsname.h>

#include "advisory/apt_feed.h"

#include "advisory/apt_suite.h"
#include "advisory/build.h"
#include "advisory/changelog.h"
#include "advisory/ecosystem.h"
#include "advisory/fixes.h"
#include "base/date.h"
#include "base/log.h"
#include "base/map.h"
#include "base/term.h"
#include "match/version.h"

enum {
	DOWNLOADS_AT_ONCE = 8,
	SUMMARY_SIZE = 201,
	COMPONENTS_MAX = 64,
};

/* An update suite, and the main suite that it is compared with. */
struct update {
	struct apt_suite suite;
	struct apt_suite *main;
	struct str shard;
	char modified[21]; /* RFC 3339 date of the suite, or empty */
	size_t pending;	   /* packages that are newer in it */
	size_t untold;	   /* of these, without a changelog */
	size_t cut_short;  /* whose changelog does not reach back to the main suite's version */
};

/* A source package that is newer in an update suite. */
struct pending {
	struct update *update;
	const struct apt_source *source;
	struct str base; /* its version in the main suite, empty if it is not there */
};

/* One index to fetch. */
struct index_job {
	struct apt_suite *suite;
	struct str component, architecture;
	bool with_binaries;
	struct buf text;
};

struct feed {
	const struct apt_feed_options *options;
	struct db_builder *builder;
	struct apt_archive archive;
	struct arena arena;
	struct map wanted; /* source packages, when options name any */
	VEC(struct update *) updates;
	VEC(struct apt_suite *) mains;
	VEC(struct index_job) jobs;
	VEC(struct pending) pending;
	size_t done; /* packages whose changelog was read */
};

static void feed_release(struct feed *feed)
{
	for (size_t i = 0; i < feed->updates.len; i++) {
		apt_suite_release(&feed->updates.items[i]->suite);
		free(feed->updates.items[i]);
	}
	for (size_t i = 0; i < feed->mains.len; i++) {
		apt_suite_release(feed->mains.items[i]);
		free(feed->mains.items[i]);
	}
	for (size_t i = 0; i < feed->jobs.len; i++)
		buf_release(&feed->jobs.items[i].text);
	vec_release(&feed->updates);
	vec_release(&feed->mains);
	vec_release(&feed->jobs);
	vec_release(&feed->pending);
	map_release(&feed->wanted);
	apt_archive_release(&feed->archive);
	arena_release(&feed->arena);
}
#define _cleanup_feed_ _cleanup_(feed_release)

/* RFC 3339, or empty for what is no date. */
static void date_of(struct str rfc5322, char text[21])
{
	int64_t seconds;

	text[0] = '\0';
	if (date_parse_rfc5322(rfc5322, &seconds) == 0)
		date_format_time(seconds, text);
}

/* "bullseye" of "bullseye-security", "bullseye-proposed-updates", "buster/updates". */
static struct str main_suite_of(struct str suite)
{
	ssize_t dash = str_find_char(suite, '-'), slash = str_find_char(suite, '/');

	return dash > 0	   ? str_sub(suite, 0, (size_t)dash)
	       : slash > 0 ? str_sub(suite, 0, (size_t)slash)
			   : suite;
}

static int open_main(struct feed *feed, struct http *http, const char *name, struct apt_suite **ret,
		     struct err *err)
{
	struct apt_suite **slot;

	for (size_t i = 0; i < feed->mains.len; i++) {
		if (strcmp(feed->mains.items[i]->name, name) == 0) {
			*ret = feed->mains.items[i];
			return 0;
		}
	}
	slot = vec_add(&feed->mains);
	if (!slot)
		return err_oom(err);
	*slot = malloc(sizeof(**slot));
	if (!*slot) {
		feed->mains.len--;
		return err_oom(err);
	}
	**slot = APT_SUITE_INIT;
	*ret = *slot;
	return apt_suite_open(&feed->archive, http, name, *ret, err);
}

/*
 * The release that a suite updates is its main suite's, since "bookworm-updates" and the like name none.
 * One that does has to name the same.
 */
static int find_shard(struct feed *feed, struct update *update, struct err *err)
{
	const struct apt_suite *suite = &update->suite, *main = update->main;
	char of_main[32], of_suite[32];
	struct str ecosystem, channel;
	int r;

	r = apt_release_ecosystem(main->url, &main->release, of_main, sizeof(of_main), err);
	if (r == 0 && suite->release.version.len)
		r = apt_release_ecosystem(suite->url, &suite->release, of_suite, sizeof(of_suite),
					  err);
	if (r < 0)
		return r;
	if (!str_eq(suite->release.origin, main->release.origin) ||
	    (suite->release.version.len && strcmp(of_main, of_suite) != 0))
		return err_set(err, ERR_FORMAT,
			       "cannot compare '%s' with '%s': one is of '%.*s' %.*s, the other of "
			       "'%.*s' %.*s",
			       suite->url, main->url, STR_FMT(suite->release.origin),
			       STR_FMT(suite->release.version), STR_FMT(main->release.origin),
			       STR_FMT(main->release.version));
	ecosystem = arena_str(&feed->arena, str_from(of_main));
	if (!ecosystem.ptr)
		return err_oom(err);
	r = ecosystem_shard(ecosystem, &feed->arena, &update->shard, &channel);
	return r < 0 ? err_set(err, -r, "cannot use '%s': ecosystem '%s' has no shard", suite->url,
			       of_main)
		     : 0;
}

static int open_update(struct feed *feed, struct http *http, const char *name, struct err *err)
{
	struct update **slot = vec_add(&feed->updates), *update;
	const char *main_name = feed->options->main_suite;
	int r;

	if (!slot)
		return err_oom(err);
	*slot = update = calloc(1, sizeof(*update));
	if (!update) {
		feed->updates.len--;
		return err_oom(err);
	}
	update->suite = APT_SUITE_INIT;
	if (!main_name)
		main_name = arena_str(&feed->arena, main_suite_of(str_from(name))).ptr;
	if (!main_name)
		return err_oom(err);
	if (strcmp(main_name, name) == 0)
		return err_set(
			err, ERR_USAGE,
			"cannot read suite '%s': it has the released versions; name the suite with "
			"their updates, such as '%s-security'",
			name, name);
	r = apt_suite_open(&feed->archive, http, name, &update->suite, err);
	if (r == 0)
		r = open_main(feed, http, main_name, &update->main, err);
	if (r == 0)
		r = find_shard(feed, update, err);
	if (r == 0)
		date_of(update->suite.release.date, update->modified);
	return r;
}

/* dpkg's name of the kernel's (deb-arch, /usr/share/dpkg/cputable). */
static const char *machine_architecture(void)
{
	static const char *const names[][2] = {
		{"x86_64", "amd64"},
		{"aarch64", "arm64"},
		{"armv7l", "armhf"},
		{"i686", "i386"},
		{"i586", "i386"},
		{"ppc64le", "ppc64el"},
		{"s390x", "s390x"},
		{"riscv64", "riscv64"},
		{"loongarch64", "loong64"},
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ /* Linux calls both "mips64" */
		{"mips64", "mips64el"},
#else
		{"mips64", "mips64"},
#endif
	};
	struct utsname name;

	for (size_t i = 0; uname(&name) == 0 && i < ARRAY_LEN(names); i++)
		if (strcmp(name.machine, names[i][0]) == 0)
			return names[i][1];
	return "amd64";
}

static int add_job(struct feed *feed, struct apt_suite *suite, struct str component,
		   bool with_binaries, struct err *err)
{
	struct str architecture = str_from(feed->options->architecture);
	struct index_job *job;

	if (!architecture.ptr) {
		architecture = str_from(machine_architecture());
		if (!apt_has_word(suite->release.architectures, architecture))
			architecture = STR("amd64");
	}
	/* Otherwise every component would count as one that has nothing for it. */
	if (!apt_has_word(suite->release.architectures, architecture))
		return err_set(
			err, ENOENT, "cannot read '%s' for architecture '%.*s': it has '%.*s'",
			suite->url, STR_FMT(architecture), STR_FMT(suite->release.architectures));
	job = vec_add(&feed->jobs);
	if (!job)
		return err_oom(err);
	*job = (struct index_job){suite, component, architecture, with_binaries,
				  BUF_INIT(LIMIT_APT_INDEX)};
	return 0;
}

static int add_jobs(struct feed *feed, struct apt_suite *suite, bool with_binaries, struct err *err)
{
	const struct apt_feed_options *o = feed->options;
	struct str rest = suite->release.components, component;
	size_t n = 0;
	int r = 0;

	for (size_t i = 0; i < o->n_components && r == 0; i++)
		r = add_job(feed, suite, str_from(o->components[i]), with_binaries, err);
	while (o->n_components == 0 && r == 0 && str_next_word(&rest, &component)) {
		if (n++ == COMPONENTS_MAX)
			return err_set(err, ERR_LIMIT, "cannot read '%s': more than %d components",
				       suite->url, COMPONENTS_MAX);
		r = add_job(feed, suite, component, with_binaries, err);
	}
	return r;
}

/* Fetches one index; runs in several threads. */
static int fetch_index(void *context, size_t number, struct http *http, struct err *err)
{
	struct feed *feed = context;
	struct index_job *job = &feed->jobs.items[number];
	int r;

	progress_show("fetching %.*s of %s", STR_FMT(job->component), job->suite->name);
	r = apt_suite_fetch_packages(&feed->archive, http, job->suite, job->component,
				     job->architecture, &job->text, err);
	/* A component that nobody asked for by name may be empty for this architecture. */
	if (r == -ENOENT && feed->options->n_components == 0) {
		log_info("%s", err->text);
		*err = ERR_INIT;
		r = 0;
	}
	return r;
}

/* The texts move to their suites, whose indexes are slices of them. */
static int index_jobs(struct feed *feed, struct err *err)
{
	const struct map *wanted = feed->options->n_sources ? &feed->wanted : NULL;

	for (size_t i = 0; i < feed->jobs.len; i++) {
		struct index_job *job = &feed->jobs.items[i];
		struct buf *text = vec_add(&job->suite->packages);
		int r;

		if (!text)
			return err_oom(err);
		*text = job->text;
		job->text = BUF_INIT(0);
		r = apt_index_add(&job->suite->index, job->suite->url, buf_str(text), wanted,
				  job->with_binaries, err);
		if (r < 0)
			return r;
		if (job->suite->index.bad)
			log_info("%s: %" PRIu64
				 " packages without version, file or digest were passed over",
				 job->suite->url, job->suite->index.bad);
	}
	return 0;
}

static int read_indexes(struct feed *feed, struct err *err)
{
	int r = 0;

	for (size_t i = 0; i < feed->mains.len && r == 0; i++)
		r = add_jobs(feed, feed->mains.items[i], false, err);
	for (size_t i = 0; i < feed->updates.len && r == 0; i++)
		r = add_jobs(feed, &feed->updates.items[i]->suite, true, err);
	if (r == 0)
		r = http_each(feed->jobs.len, DOWNLOADS_AT_ONCE, NULL, fetch_index, feed, err);
	return r < 0 ? r : index_jobs(feed, err);
}

static bool is_known(const struct update *update, const char *source)
{
	return apt_index_find(&update->suite.index, str_from(source)) ||
	       apt_index_find(&update->main->index, str_from(source));
}

/* Names that the archive does not know would otherwise pass for packages without updates. */
static int check_names(const struct feed *feed, struct err *err)
{
	const struct apt_feed_options *o = feed->options;

	for (size_t i = 0; i < o->n_must_have; i++) {
		size_t u = 0;

		while (u < feed->updates.len && !is_known(feed->updates.items[u], o->must_have[i]))
			u++;
		if (u == feed->updates.len)
			return err_set(err, ENOENT,
				       "cannot find source package '%s': neither '%s' nor '%s' has "
				       "it",
				       o->must_have[i], feed->updates.items[0]->suite.url,
				       feed->updates.items[0]->main->url);
	}
	for (size_t u = 0; u < feed->updates.len && o->n_sources; u++) {
		const struct update *update = feed->updates.items[u];
		size_t i = 0;

		while (i < o->n_sources && !is_known(update, o->sources[i]))
			i++;
		if (i == o->n_sources)
			return err_set(
				err, ENOENT,
				"cannot read '%s': none of the %zu source packages asked for "
				"is in %s or %s",
				update->suite.url, o->n_sources, update->suite.name,
				update->main->name);
	}
	return 0;
}

static int pending_compare(const void *a, const void *b)
{
	const struct pending *x = a, *y = b;
	int r = strcmp(x->update->suite.name, y->update->suite.name);

	return r ? r : str_cmp(x->source->name, y->source->name);
}

static int find_pending(struct feed *feed, struct err *err)
{
	for (size_t u = 0; u < feed->updates.len; u++) {
		struct update *update = feed->updates.items[u];

		for (size_t i = 0; i < update->suite.index.sources.len; i++) {
			const struct apt_source *source = &update->suite.index.sources.items[i];
			const struct apt_source *base =
				apt_index_find(&update->main->index, source->name);
			struct pending *pending;

			if (base &&
			    version_compare(VERSION_DPKG, source->version, base->version) <= 0)
				continue;
			pending = vec_add(&feed->pending);
			if (!pending)
				return err_oom(err);
			*pending =
				(struct pending){update, source, base ? base->version : STR_NULL};
			update->pending++;
		}
	}
	vec_sort(&feed->pending, pending_compare);
	return 0;
}

/* What one record says, apart from what follows from the pending update. */
struct record {
	struct str id, cve; /* cve: empty for an update that names none */
	struct str introduced, fixed;
	struct str summary, origin, published;
};

static int add_record(struct feed *feed, const struct pending *pending, const struct record *record,
		      struct err *err)
{
	const struct range_event events[] = {
		{EVENT_INTRODUCED, record->introduced},
		{EVENT_FIXED, record->fixed},
	};
	const struct range range = {events, ARRAY_LEN(events)};
	const struct affected_in affected = {
		.shard = pending->update->shard,
		.affected =
			{
				.advisory = record->id,
				.package = pending->source->name,
				.status = VULN_AFFECTED,
				.severity = SEVERITY_UNKNOWN,
				.origin = record->origin,
				.ranges = &range,
				.n_ranges = 1,
			},
	};
	const struct advisory advisory = {
		.id = record->id,
		.feed = str_from(pending->update->suite.name),
		.summary = record->summary,
		.published = record->published,
		.modified = str_from(pending->update->modified),
		.vulns = &record->cve,
		.n_vulns = record->cve.len > 0,
	};
	int r = db_builder_add(feed->builder, &advisory, &affected, 1, err);

	if (r == -EINVAL) {
		db_builder_add_bad(feed->builder, record->id, "the builder refuses it");
		r = 0;
	}
	return r;
}

static int add_fix(struct feed *feed, const struct pending *pending, const struct fix *fix,
		   struct err *err)
{
	_cleanup_arena_ struct arena arena = ARENA_INIT(0);
	const char *suite = pending->update->suite.name;
	const struct apt_source *source = pending->source;
	char published[21], summary[SUMMARY_SIZE];
	struct record record = {
		.cve = str_from(fix->cve),
		.introduced = STR("0"),
		.fixed = fix->version,
	};

	date_of(fix->entry.date, published);
	changelog_summary(fix->entry.text, fix->at, summary, sizeof(summary));
	record.published = str_from(published);
	record.summary = str_from(summary);
	record.id = arena_printf(&arena, "%s/%.*s/%s", suite, STR_FMT(source->name), fix->cve);
	record.origin =
		arena_printf(&arena, "%s, %.*s %.*s, changelog entry %.*s%s%.10s", suite,
			     STR_FMT(source->name), STR_FMT(source->version),
			     STR_FMT(fix->entry.version), published[0] ? " of " : "", published);
	if (!record.id.ptr || !record.origin.ptr)
		return err_oom(err);
	return add_record(feed, pending, &record, err);
}

/*
 * An update whose newest part names no CVE: a package older than the newest version and not older than
 * every fix is behind all the same.
 */
static int add_unnamed(struct feed *feed, const struct pending *pending, const struct fixes *fixes,
		       struct str text, struct err *err)
{
	_cleanup_arena_ struct arena arena = ARENA_INIT(0);
	const char *suite = pending->update->suite.name;
	const struct apt_source *source = pending->source;
	struct changelog_entry newest = {0};
	struct str introduced = STR("0");
	struct record record = {.fixed = source->version};
	char published[21] = "";

	for (size_t i = 0; i < fixes->len; i++) {
		struct str version = fixes->items[i].version;

		if (i == 0 || version_compare(VERSION_DPKG, version, introduced) > 0)
			introduced = version;
	}
	if (fixes->len && version_compare(VERSION_DPKG, introduced, source->version) >= 0)
		return 0;
	/* Nobody can be behind what the main suite never had, but for packages of an older release. */
	if (!fixes->len && !pending->base.len)
		return 0;
	if (changelog_next(&text, &newest) && str_eq(newest.version, source->version))
		date_of(newest.date, published);
	record.introduced = introduced;
	record.published = str_from(published);
	record.id = arena_printf(&arena, "%s/%.*s/%.*s", suite, STR_FMT(source->name),
				 STR_FMT(source->version));
	record.summary = arena_printf(&arena, "%s has the newer version %.*s; %s", suite,
				      STR_FMT(source->version),
				      !newest.version.len ? "its changelog could not be found"
				      : fixes->len ? "its newest changelog entry names no CVE"
						   : "its changelog names no CVE");
	record.origin =
		arena_printf(&arena, "%s, %.*s %.*s%s%.10s", suite, STR_FMT(source->name),
			     STR_FMT(source->version), published[0] ? " of " : "", published);
	if (!record.id.ptr || !record.summary.ptr || !record.origin.ptr)
		return err_oom(err);
	return add_record(feed, pending, &record, err);
}

/* Reads one changelog and gives its records to the builder; runs in several threads. */
static int read_pending(void *context, size_t number, struct http *http, struct err *err)
{
	struct feed *feed = context;
	const struct pending *pending = &feed->pending.items[number];
	const struct apt_source *source = pending->source;
	_cleanup_buf_ struct buf text = BUF_INIT(LIMIT_CHANGELOG);
	struct fixes fixes = {0};
	bool reaches = true;
	int r;

	r = apt_suite_changelog(&feed->archive, http, &pending->update->suite, source, &text, err);
	if (r == 0) {
		buf_clear(&text);
		__atomic_add_fetch(&pending->update->untold, 1, __ATOMIC_RELAXED);
		log_warning("no changelog of %.*s %.*s was found in '%s'", STR_FMT(source->name),
			    STR_FMT(source->version), pending->update->suite.base);
	}
	if (r >= 0)
		r = fixes_collect(buf_str(&text), pending->base, &fixes, &reaches, err);
	if (r < 0)
		r = err_wrap(err, r, "cannot read the changelog of '%.*s'", STR_FMT(source->name));
	if (!reaches && text.len)
		__atomic_add_fetch(&pending->update->cut_short, 1, __ATOMIC_RELAXED);
	for (size_t i = 0; i < fixes.len && r == 0; i++)
		r = add_fix(feed, pending, &fixes.items[i], err);
	if (r == 0)
		r = add_unnamed(feed, pending, &fixes, buf_str(&text), err);
	fixes_release(&fixes);
	progress_show("changelogs: %zu of %zu",
		      __atomic_add_fetch(&feed->done, 1, __ATOMIC_RELAXED), feed->pending.len);
	return r;
}

static int add_gap(struct feed *feed, struct err *err, const char *fmt, ...) _printf_(3, 4);

static int add_gap(struct feed *feed, struct err *err, const char *fmt, ...)
{
	struct buf text = BUF_INIT(sizeof(err->text) * 4);
	va_list args;
	int r;

	va_start(args, fmt);
	buf_vaddf(&text, fmt, args);
	va_end(args);
	r = buf_status(&text, err);
	if (r == 0)
		r = db_builder_add_gap(feed->builder, buf_str(&text), err);
	buf_release(&text);
	return r;
}

/* What is doubtful about one suite's release file. */
static int add_doubts(struct feed *feed, const struct apt_suite *suite, struct err *err)
{
	int64_t now, until;
	char day[11];
	int r = 0;

	if (suite->doubt.len) {
		log_warning("'%s': %.*s", suite->url, STR_FMT(suite->doubt));
		r = add_gap(feed, err, "%s: %.*s", suite->url, STR_FMT(suite->doubt));
	}
	if (r == 0)
		r = date_now(&now, err);
	if (r < 0 || date_parse_rfc5322(suite->release.valid_until, &until) < 0 || until >= now)
		return r;
	date_format_day(until, day);
	log_warning("'%s' was valid until %s only", suite->url, day);
	return add_gap(feed, err,
		       "%s: it was valid until %s only, the mirror may lack newer updates",
		       suite->url, day);
}

/*
 * A release file that came from a mirror just now and is still valid says that nothing newer exists, however
 * long ago the suite changed last.
 */
static int add_time(struct feed *feed, const struct update *update, struct err *err)
{
	const struct apt_suite *suite = &update->suite;
	struct str until_text = suite->release.valid_until, as_of = str_from(update->modified);
	int64_t now, until;
	char text[21];
	int r = date_now(&now, err);

	if (r < 0)
		return r;
	if (suite->fetched &&
	    (!until_text.len || (date_parse_rfc5322(until_text, &until) == 0 && until >= now))) {
		date_format_time(now, text);
		as_of = str_from(text);
	}
	return as_of.len ? db_builder_shard_as_of(feed->builder, update->shard, as_of, err) : 0;
}

static int add_coverage(struct feed *feed, struct err *err)
{
	int r = 0;

	for (size_t i = 0; i < feed->mains.len && r == 0; i++)
		r = add_doubts(feed, feed->mains.items[i], err);
	for (size_t i = 0; i < feed->updates.len && r == 0; i++) {
		const struct update *update = feed->updates.items[i];
		const struct apt_suite *suite = &update->suite, *main = update->main;
		_cleanup_arena_ struct arena arena = ARENA_INIT(0);
		struct str origin =
			arena_printf(&arena, "apt archive %s%s%.10s", suite->name,
				     update->modified[0] ? " of " : "", update->modified);

		if (!origin.ptr)
			return err_oom(err);
		r = db_builder_shard_origin(
			feed->builder, update->shard, origin,
			feed->options->n_sources ? SHARD_RESTRICTED : SHARD_WHOLE, err);
		for (size_t k = 0; r == 0 && k < feed->options->n_sources; k++)
			r = db_builder_restrict(feed->builder, update->shard,
						str_from(feed->options->sources[k]), err);
		if (r == 0)
			r = add_time(feed, update, err);
		if (r == 0)
			r = add_doubts(feed, suite, err);
		if (r == 0)
			r = add_gap(
				feed, err,
				"%.*s: the archive's changelogs tell what %s fixes beyond %s %.*s; "
				"vulnerabilities without a fix, what %s itself has fixed before, "
				"and "
				"every severity are not known",
				STR_FMT(update->shard), suite->name, main->name,
				STR_FMT(main->release.version), main->name);
	}
	return r;
}

/* What this very run did not see. */
static int add_omissions(struct feed *feed, struct err *err)
{
	const struct apt_feed_options *o = feed->options;
	int r = 0;

	for (size_t i = 0; i < feed->updates.len && r == 0; i++) {
		const struct update *update = feed->updates.items[i];
		const char *suite = update->suite.name;

		if (o->n_sources)
			r = add_gap(feed, err, "%s: only %zu source packages were asked for", suite,
				    o->n_sources);
		if (r == 0 && update->untold)
			r = add_gap(feed, err,
				    "%s: of %zu newer packages %zu have no changelog that could be "
				    "found",
				    suite, update->pending, update->untold);
		if (r == 0 && update->cut_short)
			r = add_gap(feed, err,
				    "%s: of %zu newer packages %zu have a changelog that ends "
				    "before the released version",
				    suite, update->pending, update->cut_short);
	}
	return r;
}

static int check_options(const struct apt_feed_options *options, struct err *err)
{
	if (!options->n_urls)
		return err_set(err, ERR_USAGE, "cannot read an archive: no URL is named");
	if (!options->n_suites)
		return err_set(err, ERR_USAGE,
			       "cannot read archive '%s': no suite is named, such as '--suite "
			       "bookworm-security'",
			       options->urls[0]);
	return 0;
}

static int prepare(struct feed *feed, struct err *err)
{
	const struct apt_feed_options *o = feed->options;
	int r;

	feed->archive.offline = o->offline;
	feed->archive.keys = (struct apt_keys){o->keyrings, o->n_keyrings, o->allow_unsigned};
	for (size_t i = 0; i < o->n_sources; i++) {
		void **slot = map_slot(&feed->wanted, str_from(o->sources[i]));

		if (!slot)
			return err_oom(err);
		*slot = feed;
	}
	r = apt_archive_add_bases(&feed->archive, o->urls, o->n_urls, err);
	return r < 0 ? r : apt_cache_open(&feed->archive.cache, o->cache_dir, err);
}

static int open_suites(struct feed *feed, struct err *err)
{
	_cleanup_http_ struct http *http = NULL;
	int r = http_new(NULL, &http, err);

	for (size_t i = 0; i < feed->options->n_suites && r == 0; i++)
		r = open_update(feed, http, feed->options->suites[i], err);
	return r;
}

int apt_feed_read(const struct apt_feed_options *options, struct db_builder *builder,
		  struct err *err)
{
	_cleanup_feed_ struct feed feed = {
		.options = options,
		.builder = builder,
		.arena = ARENA_INIT(0),
	};
	struct err local = ERR_INIT;
	int r;

	/* Messages are passed on from the threads, so there is always one to write to. */
	err = err ? err : &local;
	r = check_options(options, err);
	if (r == 0)
		r = prepare(&feed, err);
	if (r == 0)
		r = open_suites(&feed, err);
	if (r == 0)
		r = read_indexes(&feed, err);
	if (r == 0)
		r = check_names(&feed, err);
	if (r == 0)
		r = find_pending(&feed, err);
	if (r == 0)
		r = http_each(feed.pending.len, DOWNLOADS_AT_ONCE, NULL, read_pending, &feed, err);
	if (r == 0)
		r = add_coverage(&feed, err);
	if (r == 0)
		r = add_omissions(&feed, err);
	progress_clear();
	if (r == 0)
		apt_cache_prune(&feed.archive.cache);
	return r;
}
