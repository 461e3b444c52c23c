/* Text for people: see page.h. */
#include "base/compat.h"

#include "base/buf.h"
#include "base/term.h"
#include "base/utf8.h"
#include "report/page.h"

/* One line or message: far above what the limits of the inputs let through, a stop for mistakes. */
enum { TEXT_MAX = 64 << 20 };
/* A column other than the last is not wider on a terminal: hostile versions have kilobytes. */
enum { CELL_MAX = 34 };
/* No column gets less for being on a terminal that is too narrow. */
enum { LAST_MIN = 16 };

static const char *const style_codes[STYLE_MAX_] = {
	[STYLE_TITLE] = "1", [STYLE_FAINT] = "2", [STYLE_WORST] = "1;31", [STYLE_BAD] = "31",
	[STYLE_WARN] = "33", [STYLE_MILD] = "36", [STYLE_GOOD] = "32",
};

void page_release(struct page *page)
{
	arena_release(&page->arena);
}

int page_status(const struct page *page, struct err *err)
{
	return page->status < 0 ? err_oom(err) : 0;
}

struct str page_printf(struct page *page, const char *fmt, ...)
{
	_cleanup_buf_ struct buf b = BUF_INIT(TEXT_MAX);
	struct str s;
	va_list args;

	va_start(args, fmt);
	buf_vaddf(&b, fmt, args);
	va_end(args);
	s = arena_str(&page->arena, buf_str(&b));
	if (!s.ptr || buf_status(&b, NULL) < 0) {
		page->status = -ENOMEM;
		return STR("");
	}
	return s;
}

static bool is_plain(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] < 0x20 || (unsigned char)s.ptr[i] >= 0x7f)
			return false;
	return true;
}

struct str page_printable(struct page *page, struct str s)
{
	_cleanup_buf_ struct buf b = BUF_INIT(TEXT_MAX);
	struct str copy;

	if (is_plain(s))
		return s;
	buf_add_printable(&b, s);
	copy = arena_str(&page->arena, buf_str(&b));
	if (!copy.ptr || buf_status(&b, NULL) < 0) {
		page->status = -ENOMEM;
		return STR("");
	}
	return copy;
}

const char *page_text(struct page *page, struct str s)
{
	struct str printable = page_printable(page, s);
	struct str copy = arena_str(&page->arena, printable);

	if (!copy.ptr)
		page->status = -ENOMEM;
	return copy.ptr ? copy.ptr : "";
}

const char *page_count(struct page *page, size_t n)
{
	if (n < 1000)
		return page_printf(page, "%zu", n).ptr;
	return page_printf(page, "%s,%03zu", page_count(page, n / 1000), n % 1000).ptr;
}

const char *page_plural(struct page *page, size_t n, const char *one, const char *many)
{
	return page_printf(page, "%s %s", page_count(page, n), n == 1 ? one : many).ptr;
}

static void put_raw(struct page *page, struct str s)
{
	if (!s.len)
		return;
	for (; page->blanks; page->blanks--)
		putc_unlocked(' ', page->out);
	/* A short count shows as ferror(), which the caller asks for at the end. */
	(void)!fwrite_unlocked(s.ptr, 1, s.len, page->out);
}

static void put_styled(struct page *page, enum style style, struct str printable)
{
	const char *code = page->color && printable.len ? style_codes[style] : NULL;

	if (code) {
		put_raw(page, STR("\033["));
		put_raw(page, str_from(code));
		put_raw(page, STR("m"));
	}
	put_raw(page, printable);
	if (code)
		put_raw(page, STR("\033[0m"));
}

void page_put(struct page *page, enum style style, struct str text)
{
	put_styled(page, style, page_printable(page, text));
}

void page_putf(struct page *page, enum style style, const char *fmt, ...)
{
	_cleanup_buf_ struct buf b = BUF_INIT(TEXT_MAX);
	va_list args;

	va_start(args, fmt);
	buf_vaddf(&b, fmt, args);
	va_end(args);
	if (buf_status(&b, NULL) < 0)
		page->status = -ENOMEM;
	else
		page_put(page, style, buf_str(&b));
}

void page_blanks(struct page *page, unsigned n)
{
	/* Held back until something follows them: no line ends in a blank. */
	page->blanks += n;
}

void page_line(struct page *page)
{
	page->blanks = 0;
	putc_unlocked('\n', page->out);
}

/* Where a flow has got to. */
struct flow_state {
	unsigned column, indent;
	bool first;
};

/* room: columns that must be left behind the text. */
static void flow_put(struct page *page, struct flow_state *state, const struct flow *flow,
		     unsigned room, struct token token)
{
	struct str between = str_from(flow->between);
	unsigned columns = term_columns(token.text);

	if (!state->first && page->width &&
	    state->column + term_columns(between) + columns + room > page->width) {
		put_raw(page, str_from(flow->at_break));
		page_line(page);
		page_blanks(page, state->indent);
		state->column = state->indent;
	} else if (!state->first) {
		put_raw(page, between);
		state->column += term_columns(between);
	}
	put_styled(page, token.style, token.text);
	state->column += columns;
	state->first = false;
}

void page_flow(struct page *page, unsigned column, unsigned indent, const struct flow *flow,
	       const struct token *tokens, size_t n)
{
	struct flow_state state = {column, indent, true};
	unsigned room = term_columns(str_from(flow->at_break));

	for (size_t i = 0; i < n; i++)
		flow_put(page, &state, flow, i + 1 < n ? room : 0,
			 (struct token){page_printable(page, tokens[i].text), tokens[i].style});
	page_line(page);
}

void page_wrap(struct page *page, enum style style, unsigned column, unsigned indent,
	       struct str text)
{
	static const struct flow words = {.between = " "};
	struct flow_state state = {column, indent, true};
	struct str rest = page_printable(page, text), word;

	if (!page->width)
		put_styled(page, style, rest);
	else
		while (str_next_word(&rest, &word))
			flow_put(page, &state, &words, 0, (struct token){word, style});
	page_line(page);
}

/* As much of s as fits the columns, with "…" in the last one when it was cut. */
static struct str fit(struct page *page, struct str s, unsigned columns)
{
	struct str rest = s;
	unsigned used = 0;

	if (!page->width || term_columns(s) <= columns)
		return s;
	while (rest.len) {
		uint32_t c;
		size_t len = utf8_decode(rest, &c);

		used += len ? utf8_columns(c) : 1;
		if (used >= columns)
			break;
		rest = str_from_offset(rest, len ? len : 1);
	}
	return page_printf(page, "%.*s…", STR_FMT(str_sub(s, 0, s.len - rest.len)));
}

/* ", +12" when n more tokens follow. */
static unsigned more_columns(size_t n)
{
	unsigned columns = 4;

	if (!n)
		return 0;
	for (; n >= 10; n /= 10)
		columns++;
	return columns + (columns > 6);
}

/* The first token, of which no more is shown than fits a cell, and how many follow. */
static unsigned least_columns(struct page *page, const struct token *tokens, size_t n)
{
	struct str first = page_printable(page, tokens[0].text);

	return MIN(term_columns(first), (unsigned)CELL_MAX) + more_columns(n - 1);
}

void page_tokens(struct page *page, unsigned column, const struct token *tokens, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned more = more_columns(n - i - 1);
		unsigned room = page->width > column + more ? page->width - column - more : 0;
		struct str text = fit(page, page_printable(page, tokens[i].text),
				      MAX(room, (unsigned)CELL_MAX));
		unsigned columns = term_columns(text) + (i ? 2 : 0);

		if (i && page->width && columns > room) {
			page_putf(page, STYLE_FAINT, ", +%s", page_count(page, n - i));
			break;
		}
		if (i)
			put_raw(page, STR(", "));
		put_styled(page, tokens[i].style, text);
		column += columns;
	}
	page_line(page);
}

struct grid_row *grid_add(struct page *page, struct grid *grid)
{
	struct grid_row *row = vec_add(&grid->rows);

	if (!row)
		page->status = -ENOMEM;
	return row;
}

void grid_tokens(struct page *page, struct grid_row *row, const struct token_list *tokens)
{
	struct token *copy = arena_calloc(&page->arena, tokens->len, sizeof(*copy));

	if (!copy) {
		page->status = -ENOMEM;
		return;
	}
	if (tokens->len)
		memcpy(copy, tokens->items, tokens->len * sizeof(*copy));
	row->tokens = copy;
	row->n_tokens = tokens->len;
}

static void put_cell(struct page *page, const struct cell *cell, unsigned width, bool right)
{
	unsigned columns = term_columns(cell->text);
	unsigned blanks = width > columns ? width - columns : 0;

	if (right)
		page_blanks(page, blanks);
	put_styled(page, cell->style, cell->text);
	if (!right)
		page_blanks(page, blanks);
	page_blanks(page, 2);
}

/* Where a column begins. */
static unsigned column_begin(const unsigned *widths, unsigned indent, unsigned column)
{
	for (unsigned c = 0; c < column; c++)
		indent += widths[c] + 2;
	return indent;
}

static void put_titles(struct page *page, const struct grid *grid, const unsigned *widths,
		       unsigned indent)
{
	unsigned last = grid->n_columns - 1;
	struct str title = str_from(grid->titles[last]);
	unsigned end = column_begin(widths, indent, last) + term_columns(title);

	page_blanks(page, indent);
	for (unsigned c = 0; c < last; c++) {
		struct cell cell = {str_from(grid->titles[c]), STYLE_FAINT};

		put_cell(page, &cell, widths[c], grid->right[c]);
	}
	if (!page->width || end <= page->width)
		put_styled(page, STYLE_FAINT, title);
	page_line(page);
}

static void put_row(struct page *page, const struct grid *grid, const struct grid_row *row,
		    const unsigned *widths, unsigned indent)
{
	unsigned last = grid->n_columns - 1, column = column_begin(widths, indent, last);
	const struct cell *cell = &row->cells[last];
	unsigned least = row->n_tokens ? least_columns(page, row->tokens, row->n_tokens)
				       : MIN(term_columns(cell->text), (unsigned)LAST_MIN);

	page_blanks(page, indent);
	for (unsigned c = 0; c < last; c++)
		put_cell(page, &row->cells[c], widths[c], grid->right[c]);
	if (least && page->width && column + least > page->width) {
		column = column_begin(widths, indent, grid->hang);
		page_line(page);
		page_blanks(page, column);
	}
	if (row->n_tokens) {
		page_tokens(page, column, row->tokens, row->n_tokens);
		return;
	}
	unsigned left = page->width > column ? page->width - column : 0;
	put_styled(page, cell->style, fit(page, cell->text, MAX(left, (unsigned)LAST_MIN)));
	page_line(page);
}

/* Takes columns from the widest cells until the line has room for all but the last. */
static void narrow(const struct page *page, const struct grid *grid, unsigned *widths,
		   unsigned indent)
{
	unsigned last = grid->n_columns - 1;

	if (!page->width)
		return;
	while (column_begin(widths, indent, last) > page->width + 2) {
		unsigned widest = 0;

		for (unsigned c = 1; c < last; c++)
			if (widths[c] > widths[widest])
				widest = c;
		if (widths[widest] <= LAST_MIN)
			break;
		widths[widest]--;
	}
}

void grid_finish(struct page *page, struct grid *grid, unsigned indent)
{
	unsigned widths[GRID_COLUMNS] = {0}, last = grid->n_columns - 1;

	for (unsigned c = 0; c < last && grid->titles[0]; c++)
		widths[c] = term_columns(str_from(grid->titles[c]));
	for (size_t i = 0; i < grid->rows.len; i++) {
		struct cell *cells = grid->rows.items[i].cells;

		for (unsigned c = 0; c < grid->n_columns; c++) {
			cells[c].text = page_printable(page, cells[c].text);
			if (c == last)
				continue;
			cells[c].text = fit(page, cells[c].text, CELL_MAX);
			widths[c] = MAX(widths[c], term_columns(cells[c].text));
		}
	}
	narrow(page, grid, widths, indent);
	if (grid->titles[0] && grid->rows.len)
		put_titles(page, grid, widths, indent);
	for (size_t i = 0; i < grid->rows.len; i++) {
		struct grid_row *row = &grid->rows.items[i];

		for (unsigned c = 0; c < last; c++)
			row->cells[c].text = fit(page, row->cells[c].text, widths[c]);
		put_row(page, grid, row, widths, indent);
	}
	vec_release(&grid->rows);
}
