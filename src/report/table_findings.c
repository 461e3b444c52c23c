/* The table: findings other than vulnerabilities, by check; waivers; what passed. */
#include "base/compat.h"

#include "core/check.h"
#include "report/table.h"

/* Findings of one check are told one by one up to here, unless --verbose. */
enum { FEW = 5 };

/* Findings of one check, which stand side by side; all of them have one severity or nearly so. */
static void write_check(struct table *t, const struct finding *const *findings, size_t n)
{
	size_t shown = n <= FEW || t->options->verbose || t->result->explain ? n : FEW - 1;
	const struct check *check = findings[0]->check;
	struct page *page = &t->page;
	struct cell severity = table_severity(findings[0]->severity);
	unsigned column = 2 + 10 + (unsigned)strlen(check->id) + 2;

	page_blanks(page, 2);
	page_put(page, severity.style, severity.text);
	page_blanks(page, severity.text.len < 10 ? 10 - (unsigned)severity.text.len : 1);
	page_putf(page, STYLE_TITLE, "%s", check->id);
	page_blanks(page, 2);
	if (n == 1)
		page_wrap(page, STYLE_PLAIN, column, 12, table_told(t, findings[0]));
	else
		page_wrap(page, STYLE_PLAIN, column, 12,
			  page_printf(page, "%s: %s", check->title, page_count(page, n)));
	for (size_t i = 0; i < shown; i++) {
		if (n > 1) {
			page_blanks(page, 12);
			page_wrap(page, STYLE_PLAIN, 12, 14, table_told(t, findings[i]));
		}
		if (t->result->explain)
			table_where(t, &findings[i]->where);
	}
	if (shown < n) {
		page_blanks(page, 12);
		page_putf(page, STYLE_FAINT, "and %s more, which --verbose lists",
			  page_count(page, n - shown));
		page_line(page);
	}
	const struct finding *f = findings[0];
	page_blanks(page, 12);
	page_put(page, STYLE_FAINT, STR("to do  "));
	page_wrap(page, STYLE_PLAIN, 19, 19, f->remedy.len ? f->remedy : str_from(check->remedy));
}

/* Keeps the order in which the checks come, worst first. */
void table_checks(struct table *t, struct finding_list *list, enum style style, const char *title)
{
	struct finding_list same = {0};

	table_title(t, style, title);
	page_putf(&t->page, style, ": %s", page_count(&t->page, list->len));
	page_line(&t->page);
	for (size_t i = 0; i < list->len; i++) {
		const struct check *check = list->items[i] ? list->items[i]->check : NULL;

		if (!check)
			continue;
		same.len = 0;
		for (size_t k = i; k < list->len; k++) {
			if (!list->items[k] || list->items[k]->check != check)
				continue;
			table_add_finding(t, &same, list->items[k]);
			list->items[k] = NULL;
		}
		if (same.len)
			write_check(t, same.items, same.len);
	}
	vec_release(&same);
}

static int compare_waivers(const void *a_, const void *b_)
{
	const struct finding *a = *(const struct finding *const *)a_;
	const struct finding *b = *(const struct finding *const *)b_;

	if (a->waiver->line != b->waiver->line)
		return a->waiver->line < b->waiver->line ? -1 : 1;
	return finding_compare(a, b);
}

void table_waived(struct table *t)
{
	struct page *page = &t->page;
	struct grid grid = {.n_columns = 4,
			    .titles = {"WAIVER", "HIDES", "UNTIL", "REASON"},
			    .right = {[1] = true}};

	vec_sort(&t->waived, compare_waivers);
	table_title(t, STYLE_TITLE, "Waived: ");
	page_put(page, STYLE_PLAIN,
		 str_from(page_plural(page, t->waived.len, "finding", "findings")));
	page_line(page);
	for (size_t begin = 0, end; begin < t->waived.len; begin = end) {
		const struct waiver *waiver = t->waived.items[begin]->waiver;
		struct grid_row *row = grid_add(page, &grid);

		for (end = begin; end < t->waived.len && t->waived.items[end]->waiver == waiver;)
			end++;
		if (!row)
			break;
		row->cells[0].text = waiver->id;
		row->cells[1].text = str_from(page_count(page, end - begin));
		row->cells[2].text = waiver->expires.len ? waiver->expires : STR("for ever");
		row->cells[3] = (struct cell){waiver->reason, STYLE_FAINT};
	}
	grid_finish(page, &grid, 2);
	for (size_t i = 0; t->options->verbose && i < t->waived.len; i++) {
		page_blanks(page, 4);
		page_wrap(page, STYLE_FAINT, 4, 6, table_told(t, t->waived.items[i]));
	}
}

void table_expired(struct table *t)
{
	struct page *page = &t->page;

	table_title(t, STYLE_WARN, "Waivers that have run out");
	page_putf(page, STYLE_PLAIN, ", so that these count again: %s",
		  page_count(page, t->expired.len));
	page_line(page);
	for (size_t i = 0; i < t->expired.len; i++) {
		if (i == FEW && !t->options->verbose) {
			page_blanks(page, 2);
			page_putf(page, STYLE_FAINT, "and %s more, which --verbose lists",
				  page_count(page, t->expired.len - i));
			page_line(page);
			break;
		}
		page_blanks(page, 2);
		page_wrap(page, STYLE_PLAIN, 2, 4, table_told(t, t->expired.items[i]));
	}
}

/* Names what matched nothing, in one paragraph; nothing when all did. */
static void write_unused(struct table *t, const char *one, const char *many,
			 const struct token_list *names)
{
	size_t shown = names->len <= FEW || t->options->verbose ? names->len : FEW - 1;
	struct page *page = &t->page;
	struct str text;

	if (!names->len)
		return;
	text = page_printf(page, "%s matched nothing:", page_plural(page, names->len, one, many));
	for (size_t i = 0; i < shown; i++)
		text = page_printf(page, "%s%s %s", safe(t, text), i ? "," : "",
				   safe(t, names->items[i].text));
	if (shown < names->len)
		text = page_printf(page, "%s and %s more, which --verbose lists", safe(t, text),
				   page_count(page, names->len - shown));
	page_wrap(page, STYLE_WARN, 0, 2, text);
}

static void add_unused(struct table *t, struct token_list *names, struct str id, uint32_t line)
{
	struct str text = page_printf(&t->page, "%s (line %" PRIu32 ")", safe(t, id), line);

	table_add_token(t, names, (struct token){text, STYLE_PLAIN});
}

void table_unused(struct table *t)
{
	const struct policy *policy = t->result->policy;
	struct token_list waivers = {0}, regrades = {0};
	struct str image = t->result->target;

	/* Where nothing was compared, those for vulnerabilities could match nothing. */
	if (!policy || !t->result->compared)
		return;
	for (size_t i = 0; i < policy->n_waivers; i++) {
		const struct waiver *w = &policy->waivers[i];

		if (!w->used && scope_has_image(&w->scope, image))
			add_unused(t, &waivers, w->id, w->line);
	}
	for (size_t i = 0; i < policy->n_regrades; i++) {
		const struct regrade *g = &policy->regrades[i];

		if (!g->used && scope_has_image(&g->scope, image))
			add_unused(t, &regrades, g->id, g->line);
	}
	if (waivers.len || regrades.len)
		table_section(t);
	write_unused(t, "waiver", "waivers", &waivers);
	write_unused(t, "re-grade", "re-grades", &regrades);
	vec_release(&waivers);
	vec_release(&regrades);
}

void table_rest(struct table *t)
{
	struct grid grid = {.n_columns = 3};

	table_title(t, STYLE_TITLE, "Passed, or not applicable");
	page_line(&t->page);
	for (size_t i = 0; i < t->rest.len; i++) {
		const struct finding *f = t->rest.items[i];
		struct grid_row *row = grid_add(&t->page, &grid);
		bool pass = f->outcome == OUTCOME_PASS;

		if (!row)
			break;
		row->cells[0] = (struct cell){pass ? STR("pass") : STR("n/a"),
					      pass ? STYLE_GOOD : STYLE_FAINT};
		row->cells[1].text = str_from(f->check->id);
		row->cells[2].text = table_told(t, f);
	}
	grid_finish(&t->page, &grid, 2);
}
