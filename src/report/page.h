/*
 * Text for people: styles, wrapping and aligned columns. All text may come from outside; it is made
 * printable here and nowhere else. Failures (out of memory) stick and are asked for once, at the end.
 */
#pragma once

#include "base/arena.h"
#include "base/compat.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"

enum style {
	STYLE_PLAIN,
	STYLE_TITLE,
	STYLE_FAINT,
	STYLE_WORST, /* from here on they alarm less and less */
	STYLE_BAD,
	STYLE_WARN,
	STYLE_MILD,
	STYLE_GOOD,
	STYLE_MAX_
};

struct page {
	FILE *out;
	bool color;
	unsigned width; /* columns of a line; 0: no wrapping, nothing is cut */
	struct arena arena;
	unsigned blanks; /* written before what comes next on the line */
	int status;
};

#define PAGE_INIT(stream, colored, columns) \
	((struct page){.out = (stream), .color = (colored), .width = (columns)})
#define _cleanup_page_ _cleanup_(page_release)
void page_release(struct page *page);

/* 0 or -ENOMEM. */
int page_status(const struct page *page, struct err *err);

/* In the page's arena; empty, with the failure noted, when out of memory. Text from outside goes in by
 * page_text: a NUL in it would end "%.*s" early. */
struct str page_printf(struct page *page, const char *fmt, ...) _printf_(2, 3);
/* A copy without anything that a terminal would act on; s itself when it needs none. */
struct str page_printable(struct page *page, struct str s);
/* The same as a C string, to print with "%s" into something longer. */
const char *page_text(struct page *page, struct str s);
/* "1,243" */
const char *page_count(struct page *page, size_t n);
/* "1 package", "1,243 packages" */
const char *page_plural(struct page *page, size_t n, const char *one, const char *many);

void page_put(struct page *page, enum style style, struct str text);
void page_putf(struct page *page, enum style style, const char *fmt, ...) _printf_(3, 4);
/* Moves on by n columns. */
void page_blanks(struct page *page, unsigned n);
/* Ends the line. */
void page_line(struct page *page);
/*
 * Writes text from column on, breaking lines between words; the lines after the first begin at indent.
 * The first line's column is the caller's to know. Ends the last line.
 */
void page_wrap(struct page *page, enum style style, unsigned column, unsigned indent,
	       struct str text);

/* A piece of a list such as the last column of a grid has. */
struct token {
	struct str text;
	enum style style;
};
VEC_TYPE(token_list, struct token);

/* What stands between the tokens of a flow. */
struct flow {
	const char *between;  /* on a line */
	const char *at_break; /* at the end of a line that goes on; NULL: nothing */
};

/*
 * Writes all tokens from column on, each of them whole; a line that would be too long is broken between
 * two, and those after the first begin at indent. Ends the last line.
 */
void page_flow(struct page *page, unsigned column, unsigned indent, const struct flow *flow,
	       const struct token *tokens, size_t n);

/*
 * Writes tokens with ", " between them from column on: on one line as many as fit (at least one), then
 * how many more there are. Ends the line.
 */
void page_tokens(struct page *page, unsigned column, const struct token *tokens, size_t n);

enum { GRID_COLUMNS = 6 };

struct cell {
	struct str text;
	enum style style;
};

struct grid_row {
	struct cell cells[GRID_COLUMNS];
	const struct token
		*tokens; /* instead of the text of the last cell; the page's arena owns them */
	size_t n_tokens;
};

/*
 * Rows of aligned cells. The last column takes what is left of the line; what does not fit there goes on a
 * line of its own, below another column.
 */
struct grid {
	unsigned n_columns;
	unsigned hang;			  /* that column */
	const char *titles[GRID_COLUMNS]; /* the first NULL: no line of titles */
	bool right[GRID_COLUMNS];	  /* numbers */
	VEC(struct grid_row) rows;
};

/* A new, empty row; NULL, with the failure noted, when out of memory. */
struct grid_row *grid_add(struct page *page, struct grid *grid);
/* Writes all rows, each indented, and frees them. */
void grid_finish(struct page *page, struct grid *grid, unsigned indent);
/* Copies a list into the page's arena as the last cell of a row. */
void grid_tokens(struct page *page, struct grid_row *row, const struct token_list *tokens);
