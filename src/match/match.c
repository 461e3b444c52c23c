/*
 * The matcher: see match.h. Entries are judged one by one; those that hold the version open a group for
 * each vulnerability they are about, the others can only close one. So the work grows with the entries
 * and with what is found, never with their product.
 */
#include "base/compat.h"

#include "match/match.h"

#include "base/map.h"
#include "core/cve.h"
#include "match/cvss.h"
#include "match/module.h"
#include "match/range.h"

struct row {
	const struct candidate *candidate;
	struct judgement judgement;
	struct match_evidence evidence; /* of affected rows */
};

/* All of one vulnerability. Rows hang on it as a list of members, in the order of the rows. */
struct group {
	struct str id;
	size_t first, last; /* indexes into members, from 1; 0 is none */
	bool fixed;	    /* a record names a fix that the version has */
	bool not_affected;
};

struct member {
	const struct row *row;
	size_t next;
};

struct name {
	size_t group;
	struct str name;
};

/* A set of names of one vulnerability: nodes with one root, which knows the best name. */
struct link {
	size_t parent;
	struct str id; /* a CVE if there is one, else the lowest id that a record has as its own */
};

struct work {
	enum version_scheme scheme;
	const struct package *package;
	struct arena *arena;
	VEC(struct row) affected;
	VEC(struct row) settled; /* fixed or not affected */
	VEC(struct link) links;	 /* empty unless a record is about something without a CVE */
	struct map link_of_name, group_of_id; /* to index + 1, as a pointer */
	VEC(struct group) groups;
	VEC(struct member) members;
	VEC(struct name) names;
};

static void work_release(struct work *w)
{
	vec_release(&w->affected);
	vec_release(&w->settled);
	vec_release(&w->links);
	vec_release(&w->groups);
	vec_release(&w->members);
	vec_release(&w->names);
	map_release(&w->link_of_name);
	map_release(&w->group_of_id);
}

static size_t n_vulns(const struct advisory *a)
{
	return a->n_vulns ? a->n_vulns : 1;
}

static struct str vuln(const struct advisory *a, size_t i)
{
	return a->n_vulns ? a->vulns[i] : a->id;
}

/* A record about one vulnerability speaks of it alone: its names, text and rating are that one's. */
static bool is_single(const struct advisory *a)
{
	return n_vulns(a) == 1;
}

static bool is_any_arch(struct str arch)
{
	return arch.len == 0 || str_eq(arch, STR("noarch")) || str_eq(arch, STR("all"));
}

static bool arch_concerns(struct str wanted, struct str arch)
{
	struct str rest = wanted, one;

	if (is_any_arch(arch) || is_any_arch(wanted))
		return true;
	while (str_next_word(&rest, &one))
		if (str_eq(one, arch) || is_any_arch(one))
			return true;
	return false;
}

static bool concerns(const struct work *w, const struct candidate *c)
{
	return c->advisory->withdrawn.len == 0 &&
	       arch_concerns(c->affected.arch, w->package->arch) &&
	       (w->scheme != VERSION_RPM || module_concerns(w->package, c));
}

/* The comparison as a person would write it. */
static struct str evidence_text(const struct work *w, const struct candidate *c,
				const struct judgement *j)
{
	const char *order = version_scheme_name(w->scheme);
	const char *at_least = j->introduced.len ? " <= " : "";
	struct str from = j->introduced, at = c->installed;

	if (j->listed)
		return arena_printf(w->arena, "%.*s, one of the versions listed, %s order",
				    STR_FMT(at), order);
	if (j->fixed.len)
		return arena_printf(w->arena, "%.*s%s%.*s < %.*s, %s order", STR_FMT(from),
				    at_least, STR_FMT(at), STR_FMT(j->fixed), order);
	if (j->last_affected.len)
		return arena_printf(w->arena, "%.*s%s%.*s <= %.*s, %s order", STR_FMT(from),
				    at_least, STR_FMT(at), STR_FMT(j->last_affected), order);
	if (j->limit.len)
		return arena_printf(w->arena, "%.*s%s%.*s < %.*s, the limit of the range, %s order",
				    STR_FMT(from), at_least, STR_FMT(at), STR_FMT(j->limit), order);
	if (from.len == 0)
		from = STR("0");
	return arena_printf(w->arena, "%.*s, every version from %.*s on, %s order", STR_FMT(at),
			    STR_FMT(from), order);
}

static int make_evidence(const struct work *w, struct row *row)
{
	const struct candidate *c = row->candidate;
	const struct judgement *j = &row->judgement;

	row->evidence = (struct match_evidence){
		.advisory = c->advisory->id,
		.feed = c->advisory->feed,
		.shard = c->shard,
		.package = c->affected.package,
		.installed = c->installed,
		.bound = j->fixed.len		? j->fixed
			 : j->last_affected.len ? j->last_affected
						: j->limit,
		.text = evidence_text(w, c, j),
		.origin = c->affected.origin,
		.status = c->affected.status,
	};
	return row->evidence.text.ptr ? 0 : -ENOMEM;
}

static int judge(struct work *w, const struct candidate *candidates, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct candidate *c = &candidates[i];
		struct judgement j;
		struct row *row;

		if (!concerns(w, c))
			continue;
		j = match_judge(w->scheme, &c->affected, c->installed);
		if (j.verdict == VERDICT_OUTSIDE)
			continue;
		if (j.verdict == VERDICT_AFFECTED)
			row = vec_add(&w->affected);
		else
			row = vec_add(&w->settled);
		if (!row)
			return -ENOMEM;
		row->candidate = c;
		row->judgement = j;
		if (j.verdict == VERDICT_AFFECTED && make_evidence(w, row) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* By record, then by everything that can be seen in the result: the order of candidates must not show. */
static int compare_rows(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	const struct candidate *cx = x->candidate, *cy = y->candidate;
	const struct str keys[][2] = {
		{cx->advisory->id, cy->advisory->id},
		{cx->shard, cy->shard},
		{x->evidence.package, y->evidence.package},
		{x->evidence.text, y->evidence.text},
		{x->evidence.origin, y->evidence.origin},
		{cx->affected.channel, cy->affected.channel},
		{cx->affected.severity_text, cy->affected.severity_text},
		{cx->advisory->feed, cy->advisory->feed},
		{cx->advisory->summary, cy->advisory->summary},
		{cx->advisory->modified, cy->advisory->modified},
	};

	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		int r = str_cmp(keys[i][0], keys[i][1]);

		if (r)
			return r;
	}
	if (cx->affected.status != cy->affected.status)
		return cx->affected.status < cy->affected.status ? -1 : 1;
	return (cx->affected.severity > cy->affected.severity) -
	       (cx->affected.severity < cy->affected.severity);
}

static size_t index_of(void *value)
{
	return (size_t)(uintptr_t)value - 1;
}

static void *index_value(size_t index)
{
	return (void *)(uintptr_t)(index + 1);
}

/* Names without a CVE. */

static size_t link_root(struct work *w, size_t i)
{
	while (w->links.items[i].parent != i) {
		size_t parent = w->links.items[i].parent;

		w->links.items[i].parent = w->links.items[parent].parent;
		i = parent;
	}
	return i;
}

/* The node of a name, made if need be; id is empty for names that no record has as its own. */
static int link_node(struct work *w, struct str name, struct str id, size_t *ret)
{
	void **slot = map_slot(&w->link_of_name, name);
	struct link *link;

	if (!slot)
		return -ENOMEM;
	if (!*slot) {
		link = vec_add(&w->links);
		if (!link)
			return -ENOMEM;
		link->parent = w->links.len - 1;
		*slot = index_value(w->links.len - 1);
	}
	*ret = link_root(w, index_of(*slot));
	link = &w->links.items[*ret];
	if (cve_is_id(id) ||
	    (id.len && !cve_is_id(link->id) && (link->id.len == 0 || str_cmp(id, link->id) < 0)))
		link->id = id;
	return 0;
}

/* Two CVEs are never one vulnerability, whatever record names both. */
static void link_join(struct work *w, size_t a, size_t b)
{
	struct link *la = &w->links.items[a], *lb = &w->links.items[b];

	if (a == b || (cve_is_id(la->id) && cve_is_id(lb->id)))
		return;
	lb->parent = a;
	if (lb->id.len && !cve_is_id(la->id) &&
	    (la->id.len == 0 || cve_is_id(lb->id) || str_cmp(lb->id, la->id) < 0))
		la->id = lb->id;
}

static int link_record(struct work *w, const struct advisory *a)
{
	struct str own = vuln(a, 0);
	size_t root, other;
	int r = link_node(w, own, own, &root);

	for (size_t i = 0; r == 0 && i <= a->n_aliases; i++) {
		struct str name = i < a->n_aliases ? a->aliases[i] : a->id;

		r = link_node(w, name, cve_is_id(name) ? name : STR_NULL, &other);
		if (r == 0)
			link_join(w, link_root(w, root), other);
	}
	return r;
}

static bool needs_links(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < n_vulns(rows[i].candidate->advisory); k++)
			if (!cve_is_id(vuln(rows[i].candidate->advisory, k)))
				return true;
	return false;
}

/*
 * Most records are about CVEs, and then the CVE is all it takes to bring them together. Only when one is
 * not (a GHSA, an advisory whose CVE was not yet known) are the names of all records linked.
 */
static int link_names(struct work *w)
{
	if (!needs_links(w->affected.items, w->affected.len) &&
	    !needs_links(w->settled.items, w->settled.len))
		return 0;
	vec_sort(&w->settled, compare_rows);
	for (size_t i = 0; i < w->affected.len + w->settled.len; i++) {
		const struct row *row = i < w->affected.len
						? &w->affected.items[i]
						: &w->settled.items[i - w->affected.len];

		if (is_single(row->candidate->advisory) &&
		    link_record(w, row->candidate->advisory) < 0)
			return -ENOMEM;
	}
	return 0;
}

static struct str canonical(struct work *w, struct str id)
{
	void *node = cve_is_id(id) ? NULL : map_get(&w->link_of_name, id);
	struct str best = node ? w->links.items[link_root(w, index_of(node))].id : STR_NULL;

	return best.len ? best : id;
}

/* Groups. */

static struct group *find_group(struct work *w, struct str id)
{
	void *found = map_get(&w->group_of_id, canonical(w, id));

	return found ? &w->groups.items[index_of(found)] : NULL;
}

static int add_member(struct work *w, struct str id, const struct row *row)
{
	void **slot;
	struct group *g;
	struct member *m;

	id = canonical(w, id);
	slot = map_slot(&w->group_of_id, id);
	if (!slot)
		return -ENOMEM;
	if (!*slot) {
		g = vec_add(&w->groups);
		if (!g)
			return -ENOMEM;
		g->id = id;
		*slot = index_value(w->groups.len - 1);
	}
	g = &w->groups.items[index_of(*slot)];
	if (g->last && w->members.items[g->last - 1].row == row)
		return 0;
	m = vec_add(&w->members);
	if (!m)
		return -ENOMEM;
	m->row = row;
	if (g->last)
		w->members.items[g->last - 1].next = w->members.len;
	else
		g->first = w->members.len;
	g->last = w->members.len;
	return 0;
}

static int group_rows(struct work *w)
{
	for (size_t i = 0; i < w->affected.len; i++) {
		const struct row *row = &w->affected.items[i];

		/* A record may come twice, under the source's and the binary's name. */
		if (i && compare_rows(row, row - 1) == 0)
			continue;
		for (size_t k = 0; k < n_vulns(row->candidate->advisory); k++)
			if (add_member(w, vuln(row->candidate->advisory, k), row) < 0)
				return -ENOMEM;
	}
	for (size_t i = 0; i < w->settled.len; i++) {
		const struct row *row = &w->settled.items[i];

		for (size_t k = 0; k < n_vulns(row->candidate->advisory); k++) {
			struct group *g = find_group(w, vuln(row->candidate->advisory, k));

			if (g && row->judgement.verdict == VERDICT_FIXED)
				g->fixed = true;
			else if (g)
				g->not_affected = true;
		}
	}
	return 0;
}

/* Steps through the rows of a group that still hold. */
static const struct row *next_row(const struct work *w, const struct group *g, size_t *at)
{
	while (*at) {
		const struct member *m = &w->members.items[*at - 1];
		bool open = m->row->evidence.bound.len == 0;

		*at = m->next;
		/* A fix that the version has settles what other records leave open: a stale record. */
		if (!open || !g->fixed)
			return m->row;
	}
	return NULL;
}

#define FOR_EACH_ROW(w, g, row) \
	for (size_t at_ = (g)->first; ((row) = next_row((w), (g), &at_)) != NULL;)

/* Names: who else calls it what. */

static int add_name(struct work *w, size_t group, struct str name)
{
	struct name *n;

	if (name.len == 0 || str_eq(name, w->groups.items[group].id))
		return 0;
	n = vec_add(&w->names);
	if (!n)
		return -ENOMEM;
	*n = (struct name){group, name};
	return 0;
}

static int name_group(struct work *w, size_t group)
{
	const struct group *g = &w->groups.items[group];
	const struct row *row;
	int r = 0;

	FOR_EACH_ROW(w, g, row)
	{
		const struct advisory *a = row->candidate->advisory;

		r = r < 0 ? r : add_name(w, group, a->id);
		if (!is_single(a))
			continue;
		r = r < 0 ? r : add_name(w, group, vuln(a, 0));
		for (size_t i = 0; i < a->n_aliases && r == 0; i++)
			r = add_name(w, group, a->aliases[i]);
	}
	return r;
}

/* Of a record about many, each alias that has a CVE in it is another name of that one; the rest are names
 * of the record itself and stay with it. */
static int name_shared(struct work *w, const struct advisory *a)
{
	for (size_t i = 0; i < a->n_aliases; i++) {
		struct str cve = cve_inside(a->aliases[i]);
		void *found = cve.len ? map_get(&w->group_of_id, cve) : NULL;

		if (found && add_name(w, index_of(found), a->aliases[i]) < 0)
			return -ENOMEM;
		for (size_t k = 0; cve.len == 0 && k < n_vulns(a); k++) {
			const struct group *g = find_group(w, vuln(a, k));

			if (g && add_name(w, (size_t)(g - w->groups.items), a->aliases[i]) < 0)
				return -ENOMEM;
		}
	}
	return 0;
}

static int compare_names(const void *a, const void *b)
{
	const struct name *x = a, *y = b;

	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	return str_cmp(x->name, y->name);
}

static int collect_names(struct work *w)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < w->groups.len; i++)
		r = name_group(w, i);
	for (size_t i = 0; r == 0 && i < w->affected.len; i++) {
		const struct advisory *a = w->affected.items[i].candidate->advisory;
		bool seen = i && w->affected.items[i - 1].candidate->advisory == a;

		if (!is_single(a) && !seen)
			r = name_shared(w, a);
	}
	vec_sort(&w->names, compare_names);
	return r;
}

/* Takes the group's names off the sorted list, whose cursor is *at. */
static int take_names(const struct work *w, size_t group, size_t *at, struct vulnerability *v)
{
	const struct name *names = w->names.items;
	struct str *list;
	size_t first, end, n = 0;

	while (*at < w->names.len && names[*at].group < group)
		++*at;
	first = end = *at;
	while (end < w->names.len && names[end].group == group)
		end++;
	*at = end;
	list = arena_calloc(w->arena, end - first, sizeof(*list));
	if (!list)
		return -ENOMEM;
	for (size_t i = first; i < end; i++)
		if (i == first || !str_eq(names[i].name, names[i - 1].name))
			list[n++] = names[i].name;
	v->aliases = list;
	v->n_aliases = n;
	return 0;
}

/* Ratings. */

struct rated {
	struct cvss cvss;
	bool single, own; /* of a record about this alone; carried by the record that matched */
};

/* Best first. Newer versions say more; the distribution knows its own build. */
static int compare_rated(const void *a, const void *b)
{
	const struct rated *x = a, *y = b;
	int r;

	if (x->single != y->single)
		return x->single ? -1 : 1;
	if (x->cvss.version > y->cvss.version || x->cvss.version < y->cvss.version)
		return x->cvss.version > y->cvss.version ? -1 : 1;
	if (x->own != y->own)
		return x->own ? -1 : 1;
	if (x->cvss.score > y->cvss.score || x->cvss.score < y->cvss.score)
		return x->cvss.score > y->cvss.score ? -1 : 1;
	r = str_cmp(x->cvss.source, y->cvss.source);
	return r ? r : str_cmp(x->cvss.vector, y->cvss.vector);
}

static size_t count_cvss(const struct work *w, const struct group *g)
{
	const struct row *row;
	size_t n = 0;

	FOR_EACH_ROW(w, g, row)
	n += row->candidate->advisory->n_cvss;
	return n;
}

/* All CVSS vectors of the group, best first, each once. */
static int collect_cvss(const struct work *w, const struct group *g, struct vulnerability *v)
{
	size_t most = count_cvss(w, g), n = 0;
	_cleanup_free_ struct rated *rated = NULL;
	const struct row *row;
	struct cvss *list;

	if (most == 0)
		return 0;
	rated = reallocarray(NULL, most, sizeof(*rated));
	list = arena_calloc(w->arena, most, sizeof(*list));
	if (!rated || !list)
		return -ENOMEM;
	FOR_EACH_ROW(w, g, row)
	{
		const struct advisory *a = row->candidate->advisory;

		for (size_t i = 0; i < a->n_cvss; i++) {
			struct rated *one = &rated[n++];

			*one = (struct rated){.cvss = a->cvss[i], .single = is_single(a)};
			if (one->cvss.source.len == 0)
				one->cvss.source = a->id;
			one->own = str_eq(one->cvss.source, a->id);
		}
	}
	qsort(rated, n, sizeof(*rated), compare_rated);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || !str_eq(rated[i].cvss.source, rated[i - 1].cvss.source) ||
		    !str_eq(rated[i].cvss.vector, rated[i - 1].cvss.vector))
			list[v->n_cvss++] = rated[i].cvss;
	v->cvss = list;
	return 0;
}

/*
 * The row whose vendor severity holds. A record about this alone is preferred, the highest of several. A
 * record about many rates the worst of them, so each is an upper bound, and the lowest the closest.
 */
static const struct row *vendor_row(const struct work *w, const struct group *g)
{
	const struct row *row, *best = NULL;

	FOR_EACH_ROW(w, g, row)
	{
		enum severity s = row->candidate->affected.severity;
		bool single = is_single(row->candidate->advisory);
		bool best_single = best && is_single(best->candidate->advisory);

		if (s == SEVERITY_UNKNOWN || (best_single && !single))
			continue;
		if (!best || best_single != single ||
		    (single ? s > best->candidate->affected.severity
			    : s < best->candidate->affected.severity))
			best = row;
	}
	return best;
}

static int rate(const struct work *w, const struct group *g, struct vulnerability *v)
{
	const struct row *vendor = vendor_row(w, g);

	v->severity = SEVERITY_UNKNOWN;
	if (vendor) {
		const struct affected *entry = &vendor->candidate->affected;
		struct str feed = vendor->candidate->advisory->feed;
		struct str text = entry->severity_text;

		v->severity = entry->severity;
		v->severity_source =
			text.len ? arena_printf(w->arena, "%.*s %.*s", STR_FMT(feed), STR_FMT(text))
				 : arena_printf(w->arena, "%.*s severity %s", STR_FMT(feed),
						severity_name(entry->severity));
	} else if (v->n_cvss) {
		const struct cvss *best = &v->cvss[0];

		v->severity = cvss_rating(best->version, best->score);
		v->severity_source =
			arena_printf(w->arena, "CVSS %.1f score %.1f of %.*s", best->version,
				     best->score, STR_FMT(best->source));
	} else {
		return 0;
	}
	return v->severity_source.ptr ? 0 : -ENOMEM;
}

/* The finding. */

/* Summary, dates and addresses: from the records about this alone, then from the others. */
static void describe(const struct work *w, const struct group *g, struct vulnerability *v)
{
	for (int pass = 0; pass < 2; pass++) {
		const struct row *row;

		FOR_EACH_ROW(w, g, row)
		{
			const struct advisory *a = row->candidate->advisory;

			if (is_single(a) != (pass == 0))
				continue;
			if (v->summary.len == 0)
				v->summary = a->summary;
			if (v->published.len == 0)
				v->published = a->published;
			if (str_cmp(a->modified, v->modified) > 0)
				v->modified = a->modified;
			if (v->n_urls == 0) {
				v->urls = a->urls;
				v->n_urls = a->n_urls;
			}
		}
	}
}

/* Of what several records say when there is no fix, the decision counts before the lack of one. */
static int status_weight(enum vuln_status status)
{
	switch (status) {
	case VULN_WILL_NOT_FIX:
		return 4;
	case VULN_END_OF_LIFE:
		return 3;
	case VULN_FIX_DEFERRED:
		return 2;
	case VULN_AFFECTED:
		return 1;
	default:
		return 0;
	}
}

static int collect_evidence(const struct work *w, const struct group *g, struct vulnerability *v)
{
	struct match_evidence *list;
	const struct row *row;
	size_t n = 0;

	FOR_EACH_ROW(w, g, row)
	n++;
	list = arena_calloc(w->arena, n, sizeof(*list));
	if (!list)
		return -ENOMEM;
	v->status = VULN_UNDER_INVESTIGATION;
	FOR_EACH_ROW(w, g, row)
	{
		struct str fixed = row->judgement.fixed;

		list[v->n_evidence++] = row->evidence;
		if (status_weight(row->evidence.status) > status_weight(v->status))
			v->status = row->evidence.status;
		if (fixed.len && (v->fixed_version.len == 0 ||
				  version_compare(w->scheme, fixed, v->fixed_version) > 0))
			v->fixed_version = fixed;
	}
	if (v->fixed_version.len)
		v->status = VULN_AFFECTED;
	v->evidence = list;
	return 0;
}

static int emit(const struct work *w, size_t group, size_t *at_name, struct vulnerability *v)
{
	const struct group *g = &w->groups.items[group];
	int r;

	v->id = g->id;
	r = collect_evidence(w, g, v);
	if (r == 0)
		r = take_names(w, group, at_name, v);
	if (r == 0)
		r = collect_cvss(w, g, v);
	if (r == 0)
		r = rate(w, g, v);
	describe(w, g, v);
	return r;
}

static int compare_ids(const void *a, const void *b)
{
	const struct vulnerability *x = a, *y = b;

	return str_cmp(x->id, y->id);
}

static int emit_all(const struct work *w, struct vulnerability **ret, size_t *ret_n)
{
	struct vulnerability *list = arena_calloc(w->arena, w->groups.len, sizeof(*list));
	size_t n = 0, at_name = 0;

	if (!list)
		return -ENOMEM;
	for (size_t i = 0; i < w->groups.len; i++) {
		const struct group *g = &w->groups.items[i];
		size_t at = g->first;

		if (g->not_affected || !next_row(w, g, &at))
			continue;
		if (emit(w, i, &at_name, &list[n]) < 0)
			return -ENOMEM;
		n++;
	}
	qsort(list, n, sizeof(*list), compare_ids);
	*ret = list;
	*ret_n = n;
	return 0;
}

int match_package(enum version_scheme scheme, const struct package *package,
		  const struct candidate *candidates, size_t n_candidates, struct arena *arena,
		  struct vulnerability **ret, size_t *ret_n)
{
	_cleanup_(work_release) struct work w = {
		.scheme = scheme, .package = package, .arena = arena};
	int r = judge(&w, candidates, n_candidates);

	if (r < 0)
		return r;
	if (w.affected.len == 0) {
		*ret = NULL;
		*ret_n = 0;
		return 0;
	}
	vec_sort(&w.affected, compare_rows);
	r = link_names(&w);
	if (r == 0)
		r = group_rows(&w);
	if (r == 0)
		r = collect_names(&w);
	return r < 0 ? r : emit_all(&w, ret, ret_n);
}
