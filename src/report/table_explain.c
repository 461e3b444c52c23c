/* The table: why each vulnerability is one, for --explain. */
#include "base/compat.h"

#include "core/check.h"
#include "report/table.h"

static void explain_line(struct table *t, const char *label, struct str text)
{
	enum { COLUMN = 18 };
	size_t len = strlen(label);

	if (!text.len)
		return;
	page_blanks(&t->page, 6);
	page_putf(&t->page, STYLE_FAINT, "%s", label);
	page_blanks(&t->page, COLUMN - 6 - (unsigned)len);
	page_wrap(&t->page, STYLE_PLAIN, COLUMN, COLUMN, text);
}

void table_where(struct table *t, const struct where *where)
{
	const struct result *result = t->result;
	const struct layer *layer = NULL;
	struct page *page = &t->page;

	if (result->has_image && where->layer >= 0 && (size_t)where->layer < result->image.n_layers)
		layer = &result->image.layers[where->layer];
	if (!layer) {
		explain_line(t, "read from", where->path);
		return;
	}
	explain_line(t, "read from",
		     page_printf(page, "%s%slayer %d of %zu%s%s", safe(t, where->path),
				 where->path.len ? ", " : "", where->layer + 1,
				 result->image.n_layers,
				 layer->digest.len || layer->diff_id.len ? ", " : "",
				 safe(t, layer->digest.len ? layer->digest : layer->diff_id)));
	explain_line(t, "made by", layer->created_by);
}

static void explain_package(struct table *t, const struct finding *f)
{
	const struct package *p = f->subject.package;
	struct page *page = &t->page;
	bool source = p && p->source_name.len &&
		      (!str_eq(p->source_name, p->name) || !str_eq(p->source_version, p->version));

	if (!source)
		explain_line(t, "package", f->subject.name);
	else
		explain_line(t, "package",
			     page_printf(page, "%s, of source %s %s", safe(t, f->subject.name),
					 safe(t, p->source_name), safe(t, p->source_version)));
	table_where(t, &f->where);
}

/* Is the same said by an earlier finding of the entry? Packages of one source share their records. */
static bool is_repeated(const struct vuln_entry *e, size_t finding,
			const struct match_evidence *evidence)
{
	for (size_t i = 0; i < finding; i++) {
		const struct vulnerability *v = e->findings[i]->vulnerability;

		for (size_t k = 0; k < v->n_evidence; k++)
			if (str_eq(v->evidence[k].advisory, evidence->advisory) &&
			    str_eq(v->evidence[k].text, evidence->text))
				return true;
	}
	return false;
}

static void explain_evidence(struct table *t, const struct vuln_entry *e, size_t finding)
{
	const struct vulnerability *v = e->findings[finding]->vulnerability;

	for (size_t i = 0; i < v->n_evidence; i++) {
		const struct match_evidence *m = &v->evidence[i];

		if (is_repeated(e, finding, m))
			continue;
		explain_line(t, "because",
			     page_printf(&t->page, "%s %s: %s", safe(t, m->package),
					 safe(t, m->installed), safe(t, m->text)));
		explain_line(t, "says",
			     page_printf(&t->page, "%s (%s, %s): %s%s%s", safe(t, m->advisory),
					 safe(t, m->feed), safe(t, m->shard),
					 vuln_status_name(m->status), m->origin.len ? "; " : "",
					 safe(t, m->origin)));
	}
}

static struct str join(struct table *t, const struct str *items, size_t n)
{
	struct str text = STR_NULL;

	for (size_t i = 0; i < n; i++)
		text = page_printf(&t->page, "%s%s%s", safe(t, text), i ? ", " : "",
				   safe(t, items[i]));
	return text;
}

static void explain_entry(struct table *t, const struct vuln_entry *e)
{
	const struct finding *f = e->findings[0];
	const struct vulnerability *v = e->vulnerability;
	struct page *page = &t->page;

	page_blanks(page, 4);
	page_put(page, STYLE_TITLE, v->id);
	page_putf(page, STYLE_PLAIN, "  ");
	page_putf(page, table_severity_style(e->severity), "%s", table_severity_name(e->severity));
	if (v->severity_source.len)
		page_putf(page, STYLE_FAINT, "  %s", safe(t, v->severity_source));
	page_line(page);
	explain_line(t, "summary", v->summary);
	explain_line(t, "also", join(t, v->aliases, v->n_aliases));
	explain_line(t, "status",
		     page_printf(page, "%s%s%s", vuln_status_name(v->status),
				 v->fixed_version.len ? ", fixed in " : "",
				 safe(t, v->fixed_version)));
	for (size_t i = 0; i < v->n_cvss; i++)
		explain_line(t, "CVSS",
			     page_printf(page, "%.1f  %s  %s", v->cvss[i].score,
					 safe(t, v->cvss[i].vector), safe(t, v->cvss[i].source)));
	if (v->kev_added.len)
		explain_line(
			t, "exploited",
			page_printf(page, "in CISA's catalogue since %s", safe(t, v->kev_added)));
	if (v->has_epss)
		explain_line(t, "EPSS",
			     page_printf(page,
					 "%.2f%% within 30 days, more than %.1f%% of all have",
					 v->epss * 100, v->epss_percentile * 100));
	for (size_t i = 0; i < e->n_findings; i++) {
		explain_package(t, e->findings[i]);
		explain_evidence(t, e, i);
	}
	explain_line(t, "to do", f->remedy.len ? f->remedy : str_from(f->check->remedy));
}

void table_explain(struct table *t, const struct vuln_groups *groups)
{
	for (size_t i = 0; i < groups->len; i++) {
		const struct vuln_group *group = &groups->items[i];

		page_line(&t->page);
		page_blanks(&t->page, 2);
		page_putf(&t->page, STYLE_TITLE, "%s %s", safe(t, group->source),
			  safe(t, group->installed));
		page_line(&t->page);
		for (size_t k = 0; k < group->n_entries; k++)
			explain_entry(t, &group->entries[k]);
	}
}
