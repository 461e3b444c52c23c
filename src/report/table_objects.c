/*
 * The table: findings about objects. While there are few different ones, object by object with the lines to
 * write; of many, each fault once with how many objects have it.
 */
#include "base/compat.h"

#include "core/check.h"
#include "report/object_groups.h"
#include "report/table.h"

enum {
	MANY = 12,  /* different objects: from here on faults are told, not objects */
	PLACES = 3, /* that a fault is shown at */
	NAMES = 4,  /* of other objects that are named */
	SEVERITY_COLUMN = 2,
	ID_COLUMN = 13,
};

static struct str place_of(struct table *t, const struct finding *f)
{
	if (!f->where.line)
		return page_printf(&t->page, "%s", safe(t, f->where.path));
	return page_printf(&t->page, "%s:%" PRIu32, safe(t, f->where.path), f->where.line);
}

/* "2 critical, 3 high" */
static struct str count_text(struct table *t, const size_t by_severity[SEVERITY_MAX_])
{
	struct str text = STR("");

	for (size_t s = SEVERITY_MAX_; s-- > 0;)
		if (by_severity[s])
			text = page_printf(&t->page, "%s%s%zu %s", safe(t, text),
					   text.len ? ", " : "", by_severity[s],
					   table_severity_name((enum severity)s));
	return text;
}

/* The mapping that the edit's first line stands in: the field up to that line's key. */
static struct str edit_place(const struct finding *f)
{
	struct str rest = f->edit, key, field = f->where.field;
	ssize_t end, at = -1;

	if (!str_next_line(&rest, &key))
		return STR("");
	key = str_from_offset(key, 2);
	end = str_find_char(key, ':');
	key = end < 0 ? STR("") : str_sub(key, 0, (size_t)end);
	if (key.len > 2 && key.ptr[0] == '"')
		key = str_sub(key, 1, key.len - 2);
	for (size_t i = 0; key.len && i + key.len < field.len; i++)
		if (field.ptr[i] == '.' && str_starts(str_from_offset(field, i + 1), key))
			at = (ssize_t)i;
	return at > 0 ? str_sub(field, 0, (size_t)at) : STR("");
}

/* The lines to write and to take out, and where. */
static void write_edit(struct table *t, const struct finding *f)
{
	struct str rest = f->edit, line, place = edit_place(f);

	if (place.len) {
		page_blanks(&t->page, ID_COLUMN);
		page_put(&t->page, STYLE_FAINT, STR("in "));
		page_put(&t->page, STYLE_FAINT, place);
		page_line(&t->page);
	}
	while (str_next_line(&rest, &line)) {
		enum style style = str_starts(line, STR("+"))	? STYLE_GOOD
				   : str_starts(line, STR("-")) ? STYLE_BAD
								: STYLE_FAINT;

		page_blanks(&t->page, ID_COLUMN);
		page_put(&t->page, style, line);
		page_line(&t->page);
	}
}

static void write_id(struct table *t, const struct finding *f)
{
	struct cell severity = table_severity(f->severity);

	page_blanks(&t->page, SEVERITY_COLUMN);
	page_put(&t->page, severity.style, severity.text);
	page_blanks(&t->page, ID_COLUMN - SEVERITY_COLUMN - (unsigned)severity.text.len);
	page_putf(&t->page, STYLE_TITLE, "%s", f->check->id);
	page_blanks(&t->page, 2);
}

static void write_remedy(struct table *t, const struct finding *f)
{
	page_blanks(&t->page, ID_COLUMN);
	page_put(&t->page, STYLE_FAINT, STR("to do  "));
	page_wrap(&t->page, STYLE_PLAIN, ID_COLUMN + 7, ID_COLUMN + 7,
		  f->remedy.len ? f->remedy : str_from(f->check->remedy));
}

/* --- Object by object ---------------------------------------------------------------------------- */

static void write_others(struct table *t, const struct object_group *group)
{
	size_t shown = t->options->verbose ? group->n_others : MIN(group->n_others, (size_t)NAMES);
	struct page *page = &t->page;
	struct token_list names = {0};

	for (size_t i = 0; i < shown; i++)
		table_add_token(t, &names,
				(struct token){page_printf(page, "%s (%s)",
							   safe(t, group->others[i]->subject.name),
							   place_of(t, group->others[i]).ptr),
					       STYLE_FAINT});
	if (shown < group->n_others)
		table_add_token(
			t, &names,
			(struct token){page_printf(page, "%s more",
						   page_count(page, group->n_others - shown)),
				       STYLE_FAINT});
	page_blanks(page, SEVERITY_COLUMN);
	page_put(page, STYLE_FAINT, STR("and "));
	page_put(page, STYLE_TITLE, str_from(page_count(page, group->n_others)));
	page_put(page, STYLE_FAINT, STR(" just like it: "));
	page_flow(page,
		  SEVERITY_COLUMN + 4 + 15 + (unsigned)strlen(page_count(page, group->n_others)), 4,
		  &(struct flow){", ", ","}, names.items, names.len);
	vec_release(&names);
}

static void write_object(struct table *t, const struct object_group *group)
{
	const struct finding *first = group->findings[0];
	struct page *page = &t->page;

	page_put(page, STYLE_TITLE, first->subject.name);
	page_blanks(page, 2);
	page_put(page, STYLE_FAINT, first->where.path);
	page_blanks(page, 2);
	page_put(page, table_severity_style(group->worst), count_text(t, group->by_severity));
	page_line(page);
	if (group->n_others)
		write_others(t, group);
	for (size_t i = 0; i < group->n_findings; i++) {
		const struct finding *f = group->findings[i];
		struct str text = f->message;

		if (f->where.line)
			text = page_printf(page, "%s (line %" PRIu32 ")", safe(t, f->message),
					   f->where.line);
		write_id(t, f);
		page_wrap(page, STYLE_PLAIN, ID_COLUMN + (unsigned)strlen(f->check->id) + 2,
			  ID_COLUMN, text);
		write_edit(t, f);
		if (!f->edit.len || t->result->explain)
			write_remedy(t, f);
		if (t->result->explain && f->where.field.len) {
			page_blanks(page, ID_COLUMN);
			page_put(page, STYLE_FAINT, STR("field  "));
			page_put(page, STYLE_PLAIN, f->where.field);
			page_line(page);
		}
	}
}

/* --- Fault by fault ------------------------------------------------------------------------------ */

static void write_fault(struct table *t, const struct fault_group *group)
{
	const struct finding *first = group->findings[0];
	struct page *page = &t->page;
	size_t shown = 0;

	write_id(t, first);
	page_wrap(page, STYLE_PLAIN, ID_COLUMN + (unsigned)strlen(first->check->id) + 2, ID_COLUMN,
		  page_printf(page, "%s: %s", first->check->title,
			      page_plural(page, group->n_objects, "object", "objects")));
	for (size_t i = 0; i < group->n_findings && shown < PLACES; i++) {
		const struct finding *f = group->findings[i];

		/* One place of each object. */
		if (i && str_eq(f->subject.name, group->findings[i - 1]->subject.name) &&
		    str_eq(f->where.path, group->findings[i - 1]->where.path))
			continue;
		page_blanks(page, ID_COLUMN);
		page_put(page, STYLE_FAINT, place_of(t, f));
		page_blanks(page, 2);
		page_wrap(
			page, STYLE_PLAIN, ID_COLUMN + (unsigned)place_of(t, f).len + 2,
			ID_COLUMN + 2,
			page_printf(page, "%s: %s", safe(t, f->subject.name), safe(t, f->message)));
		shown++;
	}
	if (shown < group->n_objects) {
		page_blanks(page, ID_COLUMN);
		page_putf(page, STYLE_FAINT, "and %s more",
			  page_count(page, group->n_objects - shown));
		page_line(page);
	}
	write_edit(t, first);
	if (!first->edit.len || t->result->explain)
		write_remedy(t, first);
}

static void write_faults(struct table *t, struct finding_list *list)
{
	struct fault_groups faults;

	if (fault_groups_make(&t->page.arena, list->items, list->len, &faults) < 0) {
		t->page.status = -ENOMEM;
		return;
	}
	for (size_t i = 0; i < faults.len; i++)
		write_fault(t, &faults.items[i]);
	page_line(&t->page);
	page_wrap(&t->page, STYLE_FAINT, 0, 0,
		  STR("--explain shows object by object; --kind and --namespace choose some"));
}

void table_objects(struct table *t, struct finding_list *list)
{
	struct object_groups groups;
	struct page *page = &t->page;

	if (object_groups_make(&page->arena, list->items, list->len, &groups) < 0) {
		page->status = -ENOMEM;
		return;
	}
	table_title(t, STYLE_TITLE, "Findings");
	page_putf(page, STYLE_TITLE, ": %s in %s", page_count(page, groups.n_findings),
		  page_plural(page, groups.n_objects, "object", "objects"));
	page_line(page);
	page_line(page);
	if (groups.len > MANY && !t->result->explain) {
		write_faults(t, list);
		return;
	}
	for (size_t i = 0; i < groups.len; i++) {
		if (i)
			page_line(page);
		write_object(t, &groups.items[i]);
	}
}
