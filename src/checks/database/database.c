/*
 * Checks of area "database": is there an advisory database to compare with, recent enough and with the
 * feeds that the distribution needs? Rows are run on struct database_input.
 */
#include "base/compat.h"

#include "checks/emit.h"
#include "checks/inputs.h"
#include "core/check.h"

static int database_missing(struct check_run *run)
{
	const struct database_input *in = run->input;
	struct finding f;

	if (!in->wanted)
		return check_emitf(run, OUTCOME_NOT_APPLICABLE,
				   "nothing was to be compared with advisories");
	f = precondition(run, in->present);
	f.where.path = in->path;
	return emit_message(run, &f,
			    arena_printf(run->sink->arena, "%s '%.*s'",
					 in->present ? "the advisory database is"
						     : "there is no advisory database at",
					 STR_FMT(in->path)));
}

/* "5 hours", "3 days", rounded down. */
static struct str age_text(struct arena *arena, uint64_t seconds)
{
	const uint64_t hour = 60 * 60, day = 24 * hour;
	bool hours = seconds < 2 * day;
	uint64_t n = seconds / (hours ? hour : day);

	return arena_printf(arena, "%" PRIu64 " %s%s", n, hours ? "hour" : "day",
			    n == 1 ? "" : "s");
}

static int database_stale(struct check_run *run)
{
	const struct database_input *in = run->input;
	struct arena *arena = run->sink->arena;
	struct finding f;

	if (!in->wanted || !in->present)
		return check_emitf(run, OUTCOME_NOT_APPLICABLE, "there is no advisory database");
	f = check_finding(run, OUTCOME_UNKNOWN);
	f.where.path = in->path;
	f.seen = in->newest.len ? in->newest : in->built;
	if (!f.seen.len)
		return emit_message(
			run, &f,
			arena_str(arena, STR("the advisory database does not say how old it is")));
	uint64_t seconds = in->newest.len ? in->newest_age : in->built_age;
	struct str age = age_text(arena, seconds), max = age_text(arena, in->max_age);
	const char *what = in->newest.len ? "its newest advisory is of" : "it was built on";
	if (!age.ptr || !max.ptr)
		return -ENOMEM;
	if (in->max_age && seconds > in->max_age) {
		f.wanted = max;
		return emit_message(
			run, &f,
			arena_printf(arena,
				     "the advisory database is too old: %s %.*s, %.*s ago; at most "
				     "%.*s are allowed",
				     what, STR_FMT(str_sub(f.seen, 0, 10)), STR_FMT(age),
				     STR_FMT(max)));
	}
	f = precondition(run, true);
	f.where.path = in->path;
	f.seen = in->newest.len ? in->newest : in->built;
	return emit_message(run, &f,
			    arena_printf(arena, "the advisory database is recent enough: %s %.*s",
					 what, STR_FMT(str_sub(f.seen, 0, 10))));
}

static int database_coverage(struct check_run *run)
{
	const struct database_input *in = run->input;
	size_t missing = 0;

	if (!in->wanted || !in->present)
		return check_emitf(run, OUTCOME_NOT_APPLICABLE, "there is no advisory database");
	if (!in->n_shards)
		return check_emitf(run, OUTCOME_NOT_APPLICABLE,
				   "no feed is known to speak about the distribution");
	for (size_t i = 0; i < in->n_shards; i++) {
		struct finding f = check_finding(run, OUTCOME_UNKNOWN);
		int r;

		if (in->shards[i].present)
			continue;
		missing++;
		f.where.path = in->path;
		f.wanted = in->shards[i].name;
		r = emit_message(run, &f,
				 arena_printf(run->sink->arena,
					      "the advisory database has nothing about %.*s",
					      STR_FMT(in->shards[i].name)));
		if (r < 0)
			return r;
	}
	if (in->n_not_asked) {
		struct finding f = check_finding(run, OUTCOME_UNKNOWN);

		f.where.path = in->path;
		f.remedy =
			STR("build the database for this image (cscplate db build --for IMAGE), or "
			    "without --for and --package for all");
		return emit_message(
			run, &f,
			arena_printf(run->sink->arena,
				     "the advisory database was built for some packages "
				     "only, and knows nothing of %zu that are "
				     "installed here, such as %.*s",
				     in->n_not_asked, STR_FMT(in->not_asked)));
	}
	if (missing)
		return 0;
	return emit_met(run,
			arena_str(run->sink->arena,
				  STR("the advisory database has every feed of this release")));
}

/* clang-format off */
static const struct check checks[] = {
	{
		.id = "DB-MISSING",
		.title = "there is no advisory database",
		.question = Q_IMAGE_1,
		.severity = SEVERITY_HIGH,
		.subject = SUBJECT_DATABASE,
		.refs = REFS({REF_CIS_DOCKER, "4.4"}, {REF_NIST_190, "4.1.1"}, {REF_PCI, "6.3.1"}),
		.remedy = "build one: cscplate db build --from DIR_OR_ZIP (an OSV export), or --from-apt URL --suite "
			  "NAME (a Debian archive)",
		.run = database_missing,
	},
	{
		.id = "DB-STALE",
		.title = "advisory database is too old",
		.question = Q_IMAGE_1,
		.severity = SEVERITY_MEDIUM,
		.subject = SUBJECT_DATABASE,
		.refs = REFS({REF_NIST_190, "4.1.1"}, {REF_PCI, "6.3.1"}),
		.remedy = "build it anew from today's feeds with cscplate db build, or allow more with --max-db-age",
		.run = database_stale,
	},
	{
		.id = "DB-COVERAGE",
		.title = "advisory database does not cover the distribution release",
		.question = Q_IMAGE_1,
		.severity = SEVERITY_HIGH,
		.subject = SUBJECT_DATABASE,
		.refs = REFS({REF_NIST_190, "4.1.1"}, {REF_PCI, "6.3.1"}),
		.remedy = "build the database with the feed of this release, too: cscplate db build --from DIR_OR_ZIP",
		.run = database_coverage,
	},
};
/* clang-format on */

CHECK_AREA(database, "advisory database");
