/* Ranges of an advisory entry: OSV schema, "Evaluation". See match.h. */
#include "base/compat.h"

#include "match/range.h"

/* OSV's "0" is before every version, whatever the order of the ecosystem makes of it. */
static bool is_lowest(struct str version)
{
	return version.len == 0 || str_eq(version, STR("0"));
}

static int compare_bounds(enum version_scheme scheme, struct str a, struct str b)
{
	if (is_lowest(a) || is_lowest(b))
		return is_lowest(b) - is_lowest(a);
	return version_compare(scheme, a, b);
}

/* Does a come after b? At one version a start comes before an end, so that a range is never empty by
 * the order in which its events are written. */
static bool is_later(enum version_scheme scheme, const struct range_event *a,
		     const struct range_event *b)
{
	int r = compare_bounds(scheme, a->version, b->version);

	return r > 0 || (r == 0 && a->kind > b->kind);
}

/* One range as it bears on one version. */
struct position {
	bool affected, above_fix;
	/* The last event at or below the version, the first end ahead of it, the highest limit ahead. */
	const struct range_event *last, *next, *limit;
};

/* Instead of sorting the events, which may come in any order, the two next to the version are found. */
static struct position locate(enum version_scheme scheme, const struct range *range,
			      struct str version)
{
	struct position p = {0};
	bool limited = false, unlimited = false;

	for (size_t i = 0; i < range->n_events; i++) {
		const struct range_event *e = &range->events[i];
		int r = is_lowest(e->version) ? 1 : version_compare(scheme, version, e->version);
		bool passed = r > 0 || (r == 0 && e->kind != EVENT_LAST_AFFECTED);

		if (e->kind == EVENT_LIMIT) {
			limited = true;
			unlimited = unlimited || str_eq(e->version, STR("*"));
			if (!passed && (!p.limit || is_later(scheme, e, p.limit)))
				p.limit = e;
			continue;
		}
		if (passed && (!p.last || is_later(scheme, e, p.last)))
			p.last = e;
		if (!passed && e->kind != EVENT_INTRODUCED &&
		    (!p.next || is_later(scheme, p.next, e)))
			p.next = e;
		if (passed && e->kind == EVENT_FIXED)
			p.above_fix = true;
	}
	if (unlimited)
		p.limit = NULL;
	p.affected =
		p.last && p.last->kind == EVENT_INTRODUCED && (!limited || unlimited || p.limit);
	return p;
}

/* Takes over the bounds of a range that holds the version. Of several such ranges the one with the
 * highest fix counts: below it at least one of them still holds. */
static void take_bounds(enum version_scheme scheme, struct judgement *j, const struct position *p)
{
	struct str fixed = p->next && p->next->kind == EVENT_FIXED ? p->next->version : STR_NULL;

	if (j->verdict == VERDICT_AFFECTED &&
	    (fixed.len == 0 || (j->fixed.len && version_compare(scheme, fixed, j->fixed) <= 0)))
		return;
	j->verdict = VERDICT_AFFECTED;
	j->introduced = is_lowest(p->last->version) ? STR_NULL : p->last->version;
	j->fixed = fixed;
	j->last_affected = p->next && fixed.len == 0 ? p->next->version : STR_NULL;
	j->limit = p->limit && !p->next ? p->limit->version : STR_NULL;
}

struct judgement match_judge(enum version_scheme scheme, const struct affected *entry,
			     struct str version)
{
	struct judgement j = {.verdict = VERDICT_OUTSIDE};
	bool above_fix = false;

	/* "Not affected" without any version is said of all of them. */
	if (entry->status == VULN_NOT_AFFECTED && entry->n_ranges == 0 && entry->n_versions == 0)
		return (struct judgement){.verdict = VERDICT_NOT_AFFECTED};
	for (size_t i = 0; i < entry->n_ranges; i++) {
		struct position p = locate(scheme, &entry->ranges[i], version);

		above_fix = above_fix || p.above_fix;
		if (p.affected)
			take_bounds(scheme, &j, &p);
	}
	for (size_t i = 0; i < entry->n_versions && j.verdict == VERDICT_OUTSIDE; i++) {
		if (version_compare(scheme, version, entry->versions[i]) == 0) {
			j.verdict = VERDICT_AFFECTED;
			j.listed = true;
		}
	}
	if (j.verdict == VERDICT_AFFECTED && entry->status == VULN_NOT_AFFECTED)
		return (struct judgement){.verdict = VERDICT_NOT_AFFECTED};
	if (j.verdict == VERDICT_OUTSIDE && above_fix)
		j.verdict = VERDICT_FIXED;
	return j;
}

enum verdict match_affected(enum version_scheme scheme, const struct affected *entry,
			    struct str version, struct str *ret_fixed)
{
	struct judgement j = match_judge(scheme, entry, version);

	if (j.verdict == VERDICT_AFFECTED)
		*ret_fixed = j.fixed;
	return j.verdict;
}
