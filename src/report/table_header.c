/* The table: what was looked at, and what is installed. */
#include "base/compat.h"

#include "report/table.h"

enum { LABEL = 15 }; /* where what stands behind a label begins */

static void put_label(struct table *t, const char *label)
{
	size_t len = strlen(label);

	page_blanks(&t->page, 2);
	page_putf(&t->page, STYLE_FAINT, "%s", label);
	page_blanks(&t->page, len + 2 < LABEL ? LABEL - 2 - (unsigned)len : 1);
}

static void label_line(struct table *t, const char *label, struct str text)
{
	put_label(t, label);
	page_wrap(&t->page, STYLE_PLAIN, LABEL, LABEL, text);
}

/* "sha256:" and as many digits as tell digests apart, unless all are wanted. */
static struct str short_digest(const struct table *t, struct str digest)
{
	return t->options->verbose || t->result->explain ? digest : str_sub(digest, 0, 7 + 12);
}

static void header_image(struct table *t)
{
	const struct image *image = &t->result->image;
	struct page *page = &t->page;
	struct str digest = short_digest(t, image->digest), name = image->name;
	const struct platform *p = &image->platform;
	bool named = name.len && str_find(t->result->target, name) < 0;

	label_line(t, "image",
		   page_printf(page, "%s%s%s%s%s%s%s%s%s%s%s",
			       safe(t, name.len && named ? name : STR_NULL), named ? ", " : "",
			       image_kind_name(image->kind), p->os.len ? ", " : "", safe(t, p->os),
			       p->arch.len ? "/" : "", safe(t, p->arch), p->variant.len ? "/" : "",
			       safe(t, p->variant), digest.len ? ", " : "", safe(t, digest)));
}

static void header_packages(struct table *t)
{
	const struct result *result = t->result;
	size_t by_type[PACKAGE_TYPE_MAX_] = {0};
	struct page *page = &t->page;
	struct str text = STR_NULL;

	for (size_t i = 0; i < result->n_packages; i++)
		if (result->packages[i].type < PACKAGE_TYPE_MAX_)
			by_type[result->packages[i].type]++;
	for (enum package_type type = 0; type < PACKAGE_TYPE_MAX_; type++)
		if (by_type[type])
			text = page_printf(page, "%s%s%s (%s)", safe(t, text), text.len ? ", " : "",
					   page_count(page, by_type[type]),
					   package_type_name(type));
	if (!text.len)
		text = STR("none found");
	if (result->has_image && result->image.n_layers)
		text = page_printf(page, "%s, %s", safe(t, text),
				   page_plural(page, result->image.n_layers, "layer", "layers"));
	label_line(t, "packages", text);
}

static void header_coverage(struct table *t, enum coverage_kind kind, const char *label)
{
	const struct result *result = t->result;

	for (size_t i = 0; i < result->coverage.len; i++) {
		const struct coverage *c = &result->coverage.items[i];

		if (c->kind != kind)
			continue;
		label_line(t, label,
			   page_printf(&t->page, "%s%s%s%s", safe(t, c->name),
				       c->name.len && c->detail.len ? ": " : "", safe(t, c->detail),
				       c->complete || kind == COVERAGE_GAP ? "" : " (incomplete)"));
		label = "";
	}
}

void table_header(struct table *t)
{
	const struct result *result = t->result;

	table_section(t);
	page_put(&t->page, STYLE_TITLE, result->target);
	page_line(&t->page);
	if (result->has_image) {
		const struct distro *d = &result->distro;

		header_image(t);
		label_line(t, "system",
			   d->pretty.len ? d->pretty
			   : d->id.len	 ? page_printf(&t->page, "%s %s", safe(t, d->id),
						       safe(t, d->version_id))
					 : STR("unknown distribution"));
		header_packages(t);
	}
	if (t->options->verbose || !result->has_image)
		header_coverage(t, COVERAGE_INPUT, "read");
	if (result->standard.len)
		label_line(t, "standard", result->standard);
	header_coverage(t, COVERAGE_FEED, "advisories");
	if (t->options->verbose && result->database.len)
		label_line(t, "database", result->database);
	header_coverage(t, COVERAGE_GAP, "not covered");
	if (result->policy && result->policy->path.len)
		label_line(t, "policy", result->policy->path);
}

/* What is installed, where nothing was compared: without a database this is all there is to tell. */
void table_inventory(struct table *t)
{
	const struct result *result = t->result;
	struct grid grid = {.n_columns = 5,
			    .titles = {"PACKAGE", "VERSION", "ARCHITECTURE", "SOURCE", "LAYER"}};

	table_title(t, STYLE_TITLE, "Installed");
	page_line(&t->page);
	for (size_t i = 0; i < result->n_packages; i++) {
		const struct package *p = &result->packages[i];
		struct grid_row *row = grid_add(&t->page, &grid);

		if (!row)
			break;
		row->cells[0] = (struct cell){p->name, STYLE_TITLE};
		row->cells[1].text = p->version;
		row->cells[2].text = p->arch;
		row->cells[3].text = p->source_name;
		if (p->layer >= 0)
			row->cells[4].text = str_from(page_count(&t->page, (size_t)p->layer + 1));
	}
	grid_finish(&t->page, &grid, 2);
}
