/*
 * The parts of the table for people, one file each; report_table.c puts them together. They write to the
 * page; failures stick to it.
 */
#pragma once

#include "base/compat.h"
#include "base/vec.h"
#include "core/result.h"
#include "report/page.h"
#include "report/report.h"
#include "report/vuln_groups.h"

VEC_TYPE(finding_list, const struct finding *);

struct table {
	struct page page;
	const struct result *result;
	const struct report_options *options;
	struct result_summary summary;
	struct finding_list fixable, unfixed, informational; /* vulnerabilities */
	struct vuln_groups fixable_groups, unfixed_groups, informational_groups;
	struct finding_list objects; /* what is wrong with them */
	struct finding_list failed, unknown, accepted, waived, expired, rest;
	size_t gating_fixable;		  /* findings of fixable that gate */
	size_t unrated, unrated_accepted; /* vulnerabilities that the gate passes over */
	bool began;			  /* a section was written */
};

/* For "%s": without anything that a terminal would act on, and without the NUL that would end it early. */
static inline const char *safe(struct table *t, struct str s)
{
	return page_text(&t->page, s);
}

/* --- Small pieces (report_table.c) --------------------------------------------------------------- */

/* A blank line before every section but the first. */
void table_section(struct table *t);
/* Begins a section: the heading, or what of it is in this style. */
void table_title(struct table *t, enum style style, const char *title);
enum style table_severity_style(enum severity severity);
/* The word for it: "unrated" where documents have "unknown", which in a table reads like an outcome. */
const char *table_severity_name(enum severity severity);
struct cell table_severity(enum severity severity);
void table_add_finding(struct table *t, struct finding_list *list, const struct finding *f);
void table_add_token(struct table *t, struct token_list *tokens, struct token token);
/* A finding's message, with the line it is about. */
struct str table_told(struct table *t, const struct finding *f);

/* --- Sections ------------------------------------------------------------------------------------ */

void table_header(struct table *t);
/* What is installed, where nothing was compared: without a database this is all there is to tell. */
void table_inventory(struct table *t);

/* Vulnerabilities that have a fix, that have none, and that are for information. */
void table_fixable(struct table *t);
void table_unfixed(struct table *t);
void table_informational(struct table *t);
/* Why each is one: the records that say so. */
void table_explain(struct table *t, const struct vuln_groups *groups);
/* In which layer that is and what made it. */
void table_where(struct table *t, const struct where *where);

/* What is wrong with objects of manifests; sorts list. */
void table_objects(struct table *t, struct finding_list *list);
/* Findings by check, in the order in which the checks come; list is used up. */
void table_checks(struct table *t, struct finding_list *list, enum style style, const char *title);
void table_expired(struct table *t);
void table_waived(struct table *t);
/* Waivers and re-grades that matched nothing: dead wood, or misspelt. */
void table_unused(struct table *t);
/* What passed or was not applicable. */
void table_rest(struct table *t);
