/* The table: vulnerabilities by source package, what to upgrade first. */
#include "base/compat.h"

#include "base/map.h"
#include "base/term.h"
#include "core/check.h"
#include "report/advice.h"
#include "report/table.h"

/* Some feeds write epoch 0, which neither dpkg nor rpm prints. */
static struct str without_zero_epoch(struct str version)
{
	return str_starts(version, STR("0:")) ? str_from_offset(version, 2) : version;
}

/* The id, with why it comes first. */
static struct token vulnerability_token(struct table *t, const struct vuln_entry *e)
{
	struct str id = e->vulnerability->id;
	enum style style = table_severity_style(e->severity);
	double epss = vuln_entry_epss(e);

	if (vuln_entry_is_exploited(e))
		return (struct token){page_printf(&t->page, "%s (exploited)", safe(t, id)),
				      STYLE_WORST};
	if (epss >= EPSS_HIGH)
		return (struct token){
			page_printf(&t->page, "%s (EPSS %.0f%%)", safe(t, id), epss * 100), style};
	return (struct token){id, e->severity >= SEVERITY_HIGH ? style : STYLE_PLAIN};
}

/*
 * Begins a section: "<title> <verb> 57 vulnerabilities<where>, 1 exploited" and, on a line of its own, how
 * bad they are.
 */
static void put_sum(struct table *t, struct str title, const char *verb,
		    const struct vuln_groups *groups, const char *where)
{
	static const struct flow words = {.between = " "}, list = {", ", ","};
	struct page *page = &t->page;
	struct token_list tokens = {0};
	const char *n =
		page_plural(page, groups->n_vulnerabilities, "vulnerability", "vulnerabilities");

	table_section(t);
	table_add_token(t, &tokens, (struct token){title, STYLE_TITLE});
	if (*verb)
		table_add_token(t, &tokens, (struct token){str_from(verb), STYLE_PLAIN});
	table_add_token(t, &tokens,
			(struct token){page_printf(page, "%s%s%s", n, where,
						   groups->n_exploited ? "," : ""),
				       STYLE_PLAIN});
	if (groups->n_exploited)
		table_add_token(t, &tokens,
				(struct token){page_printf(page, "%s exploited",
							   page_count(page, groups->n_exploited)),
					       STYLE_WORST});
	page_flow(page, 0, 2, &words, tokens.items, tokens.len);
	tokens.len = 0;
	for (enum severity s = SEVERITY_MAX_; s-- > 0;)
		if (groups->by_severity[s])
			table_add_token(
				t, &tokens,
				(struct token){page_printf(page, "%s %s",
							   page_count(page, groups->by_severity[s]),
							   table_severity_name(s)),
					       table_severity_style(s)});
	page_blanks(page, 2);
	page_flow(page, 2, 2, &list, tokens.items, tokens.len);
	vec_release(&tokens);
}

enum { TO_DO = 9 }; /* where what stands behind "to do" begins */

/* A command that is too long for the line gets lines of its own, which can be pasted into a Dockerfile. */
static void put_advice(struct table *t, const struct advice *advice)
{
	static const struct flow words = {.between = " "}, command = {" ", " \\"};
	struct page *page = &t->page;
	struct token_list tokens = {0};
	struct str rest = advice->command, word;
	unsigned columns = TO_DO + term_columns(advice->text) + 1 + term_columns(rest);

	while (str_next_word(&rest, &word))
		table_add_token(t, &tokens, (struct token){word, STYLE_PLAIN});
	for (size_t i = 0; i < advice->n_packages; i++) {
		table_add_token(t, &tokens, (struct token){advice->packages[i], STYLE_PLAIN});
		columns += 1 + term_columns(advice->packages[i]);
	}
	if (page->width && columns > page->width && advice->command.len) {
		page_wrap(page, STYLE_PLAIN, TO_DO, TO_DO, advice->text);
		page_blanks(page, TO_DO);
		page_flow(page, TO_DO, TO_DO + 4, &command, tokens.items, tokens.len);
	} else if (tokens.len) {
		page_put(page, STYLE_PLAIN, advice->text);
		page_blanks(page, 1);
		page_flow(page, TO_DO + term_columns(advice->text) + 1, TO_DO, &words, tokens.items,
			  tokens.len);
	} else {
		page_wrap(page, STYLE_PLAIN, TO_DO, TO_DO, advice->text);
	}
	vec_release(&tokens);
}

static void write_advice(struct table *t, const struct finding_list *findings)
{
	/* As many names as a person reads; --verbose has all. */
	enum { NAMES = 12 };
	struct advice_list list = {0};

	if (advice_make(&t->page.arena, findings->items, findings->len, &t->result->distro,
			t->options->verbose ? SIZE_MAX : NAMES, &list) < 0)
		t->page.status = -ENOMEM;
	for (size_t i = 0; i < list.len; i++) {
		page_blanks(&t->page, 2);
		page_put(&t->page, STYLE_FAINT, i ? STR("or") : STR("to do"));
		page_blanks(&t->page, i ? TO_DO - 4 : TO_DO - 7);
		put_advice(t, &list.items[i]);
	}
}

void table_fixable(struct table *t)
{
	const struct vuln_groups *groups = &t->fixable_groups;
	struct page *page = &t->page;
	struct grid grid = {.n_columns = 6,
			    .hang = 2,
			    .titles = {"WORST", "FIXES", "SOURCE", "INSTALLED", "UPGRADE TO",
				       "VULNERABILITIES"},
			    .right = {[1] = true}};
	const char *sources = page_plural(page, groups->n_sources, "source", "sources");

	put_sum(t,
		page_printf(page, "Upgrade %s",
			    page_plural(page, groups->n_packages, "package", "packages")),
		page_printf(page, "from %s: fixes", sources).ptr, groups, "");
	for (size_t i = 0; i < groups->len; i++) {
		const struct vuln_group *group = &groups->items[i];
		struct grid_row *row = grid_add(page, &grid);
		struct token_list tokens = {0};

		if (!row)
			break;
		row->cells[0] = table_severity(group->worst);
		row->cells[1].text = str_from(page_count(page, group->n_entries));
		row->cells[2] = (struct cell){group->source, STYLE_TITLE};
		row->cells[3].text = group->installed;
		row->cells[4] = (struct cell){without_zero_epoch(group->wanted), STYLE_GOOD};
		for (size_t k = 0; k < group->n_entries; k++)
			table_add_token(t, &tokens, vulnerability_token(t, &group->entries[k]));
		grid_tokens(page, row, &tokens);
		vec_release(&tokens);
	}
	grid_finish(page, &grid, 2);
	write_advice(t, &t->fixable);
	if (t->result->explain)
		table_explain(t, groups);
}

/* "3 will not fix" and so on, behind what is exploited or likely to be. */
static void unfixed_tokens(struct table *t, const struct vuln_group *group,
			   struct token_list *tokens)
{
	size_t by_status[VULN_STATUS_MAX_] = {0};

	for (size_t i = 0; i < group->n_entries; i++) {
		const struct vuln_entry *e = &group->entries[i];
		enum vuln_status status = e->vulnerability->status;

		if (vuln_entry_is_exploited(e) || vuln_entry_epss(e) >= EPSS_HIGH)
			table_add_token(t, tokens, vulnerability_token(t, e));
		if (status < VULN_STATUS_MAX_)
			by_status[status]++;
	}
	for (enum vuln_status s = 0; s < VULN_STATUS_MAX_; s++)
		if (by_status[s])
			table_add_token(t, tokens,
					(struct token){page_printf(&t->page, "%zu %s", by_status[s],
								   vuln_status_name(s)),
						       STYLE_PLAIN});
}

static bool is_minor(const struct vuln_group *group)
{
	return !group->n_exploited && !group->gates && group->epss < EPSS_HIGH &&
	       group->worst <= SEVERITY_LOW;
}

/* Sources that hardly matter, and how many vulnerabilities each has, in the order in which they come. */
static void write_minor(struct table *t, const struct vuln_groups *groups)
{
	static const struct flow list = {", ", ","};
	_cleanup_map_ struct map by_source = MAP_INIT;
	struct token_list tokens = {0};
	struct page *page = &t->page;

	/* Two versions of a source are one here; the first of its groups holds the place. */
	for (size_t i = 0; i < groups->len; i++) {
		void **slot = is_minor(&groups->items[i])
				      ? map_slot(&by_source, groups->items[i].source)
				      : NULL;
		size_t *n = slot ? *slot : NULL;

		if (slot && !n)
			*slot = n = arena_new(&page->arena, size_t);
		if (n)
			*n += groups->items[i].n_entries;
		else if (is_minor(&groups->items[i]))
			page->status = -ENOMEM;
	}
	for (size_t i = 0; i < groups->len; i++) {
		struct str source = groups->items[i].source;
		size_t *n = is_minor(&groups->items[i]) ? map_get(&by_source, source) : NULL;

		if (!n || !*n)
			continue;
		table_add_token(t, &tokens,
				(struct token){page_printf(page, "%s %s", safe(t, source),
							   page_count(page, *n)),
					       STYLE_FAINT});
		*n = 0;
	}
	if (tokens.len) {
		page_blanks(page, 2);
		page_put(page, STYLE_MILD, STR("low or less  "));
		page_flow(page, 15, 15, &list, tokens.items, tokens.len);
	}
	vec_release(&tokens);
}

/* One line per source, but for those that hardly matter: these share a paragraph. */
static void write_unfixed_counts(struct table *t, const struct vuln_groups *groups)
{
	struct grid grid = {
		.n_columns = 5,
		.hang = 2,
		.titles = {"WORST", "COUNT", "SOURCE", "INSTALLED", "WHAT THE VENDOR SAYS"},
		.right = {[1] = true}};
	struct page *page = &t->page;

	for (size_t i = 0; i < groups->len; i++) {
		const struct vuln_group *group = &groups->items[i];
		struct token_list tokens = {0};
		struct grid_row *row;

		if (is_minor(group))
			continue;
		row = grid_add(page, &grid);
		if (!row)
			break;
		row->cells[0] = table_severity(group->worst);
		row->cells[1].text = str_from(page_count(page, group->n_entries));
		row->cells[2].text = group->source;
		row->cells[3].text = group->installed;
		unfixed_tokens(t, group, &tokens);
		grid_tokens(page, row, &tokens);
		vec_release(&tokens);
	}
	grid_finish(page, &grid, 2);
	write_minor(t, groups);
}

static void write_unfixed_list(struct table *t, const struct vuln_groups *groups)
{
	struct grid grid = {.n_columns = 6,
			    .hang = 1,
			    .titles = {"SEVERITY", "VULNERABILITY", "SOURCE", "INSTALLED", "STATUS",
				       "SUMMARY"}};

	for (size_t i = 0; i < groups->len; i++) {
		const struct vuln_group *group = &groups->items[i];

		for (size_t k = 0; k < group->n_entries; k++) {
			const struct vuln_entry *e = &group->entries[k];
			const struct vulnerability *v = e->vulnerability;
			struct token token = vulnerability_token(t, e);
			struct grid_row *row = grid_add(&t->page, &grid);

			if (!row)
				break;
			row->cells[0] = table_severity(e->severity);
			row->cells[1] = (struct cell){token.text, token.style};
			row->cells[2].text = group->source;
			row->cells[3].text = group->installed;
			row->cells[4].text = str_from(vuln_status_name(v->status));
			row->cells[5] = (struct cell){v->summary, STYLE_FAINT};
		}
	}
	grid_finish(&t->page, &grid, 2);
}

void table_unfixed(struct table *t)
{
	const struct policy *policy = t->result->policy;
	const struct vuln_groups *groups = &t->unfixed_groups;
	struct page *page = &t->page;
	const char *sources = page_plural(page, groups->n_sources, "source", "sources");

	put_sum(t, STR("No fix yet:"), "", groups, page_printf(page, " in %s", sources).ptr);
	if (policy && !policy->gate.unfixed) {
		page_blanks(page, 2);
		page_put(page, STYLE_FAINT, STR("the gate does not count them"));
		page_line(page);
	}
	if (t->options->verbose)
		write_unfixed_list(t, groups);
	else
		write_unfixed_counts(t, groups);
	if (t->result->explain)
		table_explain(t, groups);
}

void table_informational(struct table *t)
{
	struct page *page = &t->page;
	const struct vuln_groups *groups = &t->informational_groups;

	table_title(t, STYLE_TITLE, "For information, never counted:");
	page_line(page);
	for (size_t i = 0; i < groups->len; i++) {
		const struct vuln_group *group = &groups->items[i];
		const struct check *check = group->entries[0].findings[0]->check;
		size_t n = group->n_entries;

		/* One line for a source: its versions and fixes do not matter here. */
		for (; i + 1 < groups->len && str_eq(groups->items[i + 1].source, group->source);
		     i++)
			n += groups->items[i + 1].n_entries;
		page_blanks(page, 2);
		page_put(page, STYLE_FAINT, str_from(check->id));
		page_blanks(page, 2);
		page_wrap(page, STYLE_FAINT, 4 + (unsigned)strlen(check->id), 12,
			  page_printf(page, "%s: %s (%s %s)", check->title, page_count(page, n),
				      safe(t, group->source), safe(t, group->installed)));
		page_blanks(page, 12);
		page_wrap(page, STYLE_FAINT, 12, 12, str_from(check->remedy));
	}
	if (t->options->verbose)
		write_unfixed_list(t, groups);
	if (t->result->explain)
		table_explain(t, groups);
}
