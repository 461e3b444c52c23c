/* Vulnerabilities by source package: see vuln_groups.h. */
#include "base/compat.h"

#include "report/vuln_groups.h"

bool vuln_entry_is_exploited(const struct vuln_entry *entry)
{
	return entry->vulnerability->kev_added.len > 0;
}

double vuln_entry_epss(const struct vuln_entry *entry)
{
	return entry->vulnerability->has_epss ? entry->vulnerability->epss : 0;
}

static struct str source_of(const struct finding *f)
{
	const struct package *p = f->subject.package;

	if (!p)
		return f->subject.name;
	return p->source_name.len ? p->source_name : p->name;
}

/* The version that was compared: the source's, for feeds that speak of sources. */
static struct str installed_of(const struct finding *f)
{
	const struct vulnerability *v = f->vulnerability;

	if (v->n_evidence)
		return v->evidence[0].installed;
	return f->subject.package ? f->subject.package->version : f->seen;
}

static struct str wanted_of(const struct finding *f)
{
	return f->wanted.len ? f->wanted : f->vulnerability->fixed_version;
}

static int compare_groups_of(const struct finding *a, const struct finding *b)
{
	int r;

	if ((r = str_cmp(source_of(a), source_of(b))))
		return r;
	if ((r = str_cmp(installed_of(a), installed_of(b))))
		return r;
	return str_cmp(wanted_of(a), wanted_of(b));
}

/* Findings of one group side by side, and in it those of one vulnerability. */
static int compare_findings(const void *a_, const void *b_)
{
	const struct finding *a = *(const struct finding *const *)a_;
	const struct finding *b = *(const struct finding *const *)b_;
	int r;

	if ((r = compare_groups_of(a, b)))
		return r;
	if ((r = str_cmp(a->vulnerability->id, b->vulnerability->id)))
		return r;
	return finding_compare(a, b);
}

static int compare_urgency(bool exploited_a, bool exploited_b, enum severity a, enum severity b)
{
	if (exploited_a != exploited_b)
		return exploited_a ? -1 : 1;
	return a > b ? -1 : a < b;
}

static int compare_entries(const void *a_, const void *b_)
{
	const struct vuln_entry *a = a_, *b = b_;
	double epss_a = vuln_entry_epss(a), epss_b = vuln_entry_epss(b);
	int r;

	if ((r = compare_urgency(vuln_entry_is_exploited(a), vuln_entry_is_exploited(b),
				 a->severity, b->severity)))
		return r;
	if (epss_a != epss_b)
		return epss_a > epss_b ? -1 : 1;
	return str_cmp(a->vulnerability->id, b->vulnerability->id);
}

static int compare_groups(const void *a_, const void *b_)
{
	const struct vuln_group *a = a_, *b = b_;
	int r;

	if ((r = compare_urgency(a->n_exploited > 0, b->n_exploited > 0, a->worst, b->worst)))
		return r;
	for (enum severity s = SEVERITY_MAX_; s-- > 0;)
		if (a->by_severity[s] != b->by_severity[s])
			return a->by_severity[s] > b->by_severity[s] ? -1 : 1;
	if (a->epss != b->epss)
		return a->epss > b->epss ? -1 : 1;
	if ((r = str_cmp(a->source, b->source)))
		return r;
	if ((r = str_cmp(a->installed, b->installed)))
		return r;
	return str_cmp(a->wanted, b->wanted);
}

static void add_entry(struct vuln_group *group, const struct finding *const *findings, size_t n)
{
	struct vuln_entry *e = &group->entries[group->n_entries++];

	*e = (struct vuln_entry){
		.findings = findings, .n_findings = n, .vulnerability = findings[0]->vulnerability};
	for (size_t i = 0; i < n; i++) {
		e->severity = MAX(e->severity, findings[i]->severity);
		e->gates |= findings[i]->gates;
	}
	group->by_severity[e->severity]++;
	group->worst = MAX(group->worst, e->severity);
	group->gates |= e->gates;
	group->n_exploited += vuln_entry_is_exploited(e);
	group->epss = MAX(group->epss, vuln_entry_epss(e));
}

/* Sums up the findings of one group. */
static int fill_group(struct arena *arena, const struct finding *const *findings, size_t n,
		      struct vuln_group *group)
{
	*group = (struct vuln_group){
		.source = source_of(findings[0]),
		.installed = installed_of(findings[0]),
		.wanted = wanted_of(findings[0]),
		.entries = arena_calloc(arena, n, sizeof(struct vuln_entry)),
	};
	if (!group->entries)
		return -ENOMEM;
	for (size_t begin = 0, end; begin < n; begin = end) {
		struct str id = findings[begin]->vulnerability->id;

		for (end = begin + 1; end < n; end++)
			if (!str_eq(findings[end]->vulnerability->id, id))
				break;
		add_entry(group, findings + begin, end - begin);
	}
	qsort(group->entries, group->n_entries, sizeof(struct vuln_entry), compare_entries);
	return 0;
}

static void sum_up(struct vuln_groups *groups, const struct vuln_group *group)
{
	for (enum severity s = 0; s < SEVERITY_MAX_; s++)
		groups->by_severity[s] += group->by_severity[s];
	groups->n_vulnerabilities += group->n_entries;
	groups->n_exploited += group->n_exploited;
	for (size_t i = 0; i < group->n_entries; i++)
		groups->n_gating_vulnerabilities += group->entries[i].gates;
}

/* One finding of a package and whether it gates; the packages are told apart by where they stand. */
struct mention {
	uintptr_t package;
	bool gates;
};

/* What gates comes first among the mentions of a package. */
static int compare_mentions(const void *a_, const void *b_)
{
	const struct mention *a = a_, *b = b_;

	if (a->package != b->package)
		return a->package < b->package ? -1 : 1;
	return b->gates - a->gates;
}

static int count_packages(struct arena *arena, const struct finding *const *findings, size_t n,
			  struct vuln_groups *groups)
{
	struct mention *mentions = arena_calloc(arena, n, sizeof(*mentions));

	if (!mentions)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		mentions[i] = (struct mention){(uintptr_t)findings[i]->subject.package,
					       findings[i]->gates};
	qsort(mentions, n, sizeof(*mentions), compare_mentions);
	for (size_t i = 0; i < n; i++) {
		if (i > 0 && mentions[i].package == mentions[i - 1].package)
			continue;
		groups->n_packages++;
		groups->n_gating_packages += mentions[i].gates;
	}
	return 0;
}

int vuln_groups_make(struct arena *arena, const struct finding **findings, size_t n,
		     struct vuln_groups *ret)
{
	struct vuln_groups groups = {0};
	int r;

	if (n == 0) {
		*ret = groups;
		return 0;
	}
	qsort(findings, n, sizeof(*findings), compare_findings);
	groups.items = arena_calloc(arena, n, sizeof(struct vuln_group));
	if (!groups.items)
		return -ENOMEM;
	for (size_t begin = 0, end; begin < n; begin = end) {
		struct vuln_group *group = &groups.items[groups.len++];

		for (end = begin + 1; end < n; end++)
			if (compare_groups_of(findings[begin], findings[end]))
				break;
		r = fill_group(arena, findings + begin, end - begin, group);
		if (r < 0)
			return r;
		sum_up(&groups, group);
		groups.n_sources += begin == 0 || !str_eq(group[-1].source, group->source);
	}
	qsort(groups.items, groups.len, sizeof(struct vuln_group), compare_groups);
	r = count_packages(arena, findings, n, &groups);
	if (r < 0)
		return r;
	*ret = groups;
	return 0;
}
