/* Help: see help.h. */
#include "base/compat.h"

#include "base/term.h"
#include "cmd/help.h"

enum { WIDTH = 80, TEXT_COLUMN = 26, TEXT_MAX = 4096 };

/* Words of text, from column at on; later lines begin at indent. Ends the line. */
static void wrap(FILE *out, struct str text, unsigned at, unsigned indent)
{
	bool first = true;
	struct str word;

	while (str_next_word(&text, &word)) {
		unsigned columns = term_columns(word);

		if (!first && at + 1 + columns > WIDTH) {
			fputc('\n', out);
			at = 0;
			first = true;
		}
		if (first && at < indent) {
			fprintf(out, "%*s", (int)(indent - at), "");
			at = indent;
		} else if (!first) {
			fputc(' ', out);
			at++;
		}
		fprintf(out, "%.*s", STR_FMT(word));
		at += columns;
		first = false;
	}
	fputc('\n', out);
}

/* Two columns: a label, and text that begins at TEXT_COLUMN, below the label when that is too long. */
static void row(FILE *out, struct str label, struct str text)
{
	unsigned at = term_columns(label);

	fprintf(out, "%.*s", STR_FMT(label));
	if (at + 2 > TEXT_COLUMN) {
		fputc('\n', out);
		at = 0;
	}
	wrap(out, text, at, TEXT_COLUMN);
}

/* Paragraphs; one that begins with a blank is an example and printed as it stands. */
static void paragraphs(FILE *out, const char *text)
{
	struct str rest = str_from(text);

	while (rest.len) {
		ssize_t end = str_find(rest, STR("\n\n"));
		struct str paragraph = str_sub(rest, 0, end < 0 ? rest.len : (size_t)end), line;

		rest = end < 0 ? STR_NULL : str_from_offset(rest, (size_t)end + 2);
		fputc('\n', out);
		if (str_starts(paragraph, STR(" "))) {
			fprintf(out, "%.*s\n", STR_FMT(paragraph));
			continue;
		}
		/* One long line, whatever line ends the source has. */
		struct buf joined = BUF_INIT(TEXT_MAX * 4);

		while (str_next_line(&paragraph, &line)) {
			buf_add_str(&joined, line);
			buf_add_char(&joined, ' ');
		}
		wrap(out, buf_str(&joined), 0, 0);
		buf_release(&joined);
	}
}

void option_spelling(struct buf *to, struct option_slot slot)
{
	bool on = slot.option->type == OPTION_FLAG && *(const bool *)slot.value;

	buf_addf(to, "--%s%s", on ? "[no-]" : "", slot.option->name);
}

static void add_amount(struct buf *to, uint64_t amount, const char *units, const uint64_t *factors,
		       size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (amount % factors[i] == 0) {
			buf_addf(to, "%" PRIu64 "%.1s", amount / factors[i], units + i);
			return;
		}
	}
	buf_addf(to, "%" PRIu64, amount);
}

static void add_default(struct buf *to, struct option_slot slot)
{
	static const uint64_t times[] = {86400, 3600, 60, 1}, sizes[] = {1 << 30, 1 << 20, 1 << 10};
	const void *value = slot.value;

	switch (slot.option->type) {
	case OPTION_STRING:
		if (*(const char *const *)value)
			buf_addf(to, "%s", *(const char *const *)value);
		break;
	case OPTION_CHOICE:
		buf_addf(to, "%s", slot.option->choices[*(const int *)value]);
		break;
	case OPTION_UINT:
		if (*(const uint64_t *)value)
			buf_addf(to, "%" PRIu64, *(const uint64_t *)value);
		break;
	case OPTION_SIZE:
		if (*(const uint64_t *)value)
			add_amount(to, *(const uint64_t *)value, "GMK", sizes, ARRAY_LEN(sizes));
		break;
	case OPTION_DURATION:
		if (*(const uint64_t *)value)
			add_amount(to, *(const uint64_t *)value, "dhms", times, ARRAY_LEN(times));
		break;
	case OPTION_FLAG:
	case OPTION_LIST:
		break;
	}
}

void option_text(struct buf *to, struct option_slot slot)
{
	_cleanup_buf_ struct buf standard = BUF_INIT(256);
	const char *word;

	buf_addf(to, "%s", slot.option->help);
	for (size_t i = 0; (word = option_word(slot.option, i)); i++)
		buf_addf(to, "%s%s", i ? ", " : ": ", word);
	if (slot.option->type == OPTION_LIST)
		buf_addf(to, "; may be repeated");
	if (slot.option->otherwise)
		buf_addf(&standard, "%s", slot.option->otherwise);
	else
		add_default(&standard, slot);
	if (standard.len)
		buf_addf(to, " (default: %s)", standard.data);
}

void first_arg_text(struct buf *to, const struct command *command)
{
	const char *word;

	if (!command->first_arg)
		return;
	buf_addf(to, "%.*s:", (int)strcspn(command->args, " "), command->args);
	for (size_t i = 0; (word = command->first_arg(i)); i++)
		buf_addf(to, "%s %s", i ? "," : "", word);
}

static void option_row(FILE *out, struct option_slot slot)
{
	_cleanup_buf_ struct buf label = BUF_INIT(TEXT_MAX), text = BUF_INIT(TEXT_MAX);

	if (slot.option->letter)
		buf_addf(&label, "  -%c, ", slot.option->letter);
	else
		buf_addf(&label, "      ");
	option_spelling(&label, slot);
	if (slot.option->arg)
		buf_addf(&label, " %s", slot.option->arg);
	option_text(&text, slot);
	row(out, buf_str(&label), buf_str(&text));
}

static bool is_global(const struct option *option)
{
	for (const struct option *o = global_options; o->name; o++)
		if (o == option)
			return true;
	return false;
}

/* The rows of the command's own or of the global options, below a heading. */
static void option_rows(FILE *out, const struct invocation *inv, bool global, const char *heading)
{
	struct option_slot slot;
	bool any = false;

	for (size_t i = 0; invocation_next(inv, &i, &slot);) {
		if (slot.option->hidden || is_global(slot.option) != global)
			continue;
		if (!any)
			fprintf(out, "\n%s:\n", heading);
		any = true;
		option_row(out, slot);
	}
	if (global)
		row(out, STR("  -h, --help"), STR("show this help"));
}

static void command_row(FILE *out, const struct command *command)
{
	_cleanup_buf_ struct buf label = BUF_INIT(TEXT_MAX);

	buf_addf(&label, "  %s", command->name);
	if (command->args)
		buf_addf(&label, " %s", command->args);
	row(out, buf_str(&label), str_from(command->summary));
}

static bool in_group(const struct command *command, const char *group)
{
	size_t len = strlen(group);

	return strncmp(command->name, group, len) == 0 && command->name[len] == ' ';
}

void help_short(FILE *out)
{
	fputs("Usage: cscplate COMMAND [OPTION…] [ARGUMENT…]\n\nCommands:\n", out);
	for (size_t i = 0; i < n_commands; i++)
		if (!commands[i]->hidden)
			command_row(out, commands[i]);
	fputs("\nSee 'cscplate help COMMAND' for one of them, 'cscplate help' for all the rest.\n",
	      out);
}

void help_group(FILE *out, const char *group)
{
	fprintf(out, "Usage: cscplate %s COMMAND [OPTION…] [ARGUMENT…]\n\nCommands:\n", group);
	for (size_t i = 0; i < n_commands; i++)
		if (!commands[i]->hidden && in_group(commands[i], group))
			command_row(out, commands[i]);
	fprintf(out, "\nSee 'cscplate help %s COMMAND' for one of them.\n", group);
}

int help_overview(FILE *out, struct err *err)
{
	_cleanup_arena_ struct arena arena = {0};
	_cleanup_invocation_ struct invocation none = {0};

	if (invocation_init(&none, NULL, &arena) < 0)
		return err_oom(err);
	fputs("cscplate " CSCPLATE_VERSION
	      ": the container security checklist, answered with evidence\n\n",
	      out);
	help_short(out);
	option_rows(out, &none, true, "Options that every command has");
	row(out, STR("      --version"),
	    STR("show the version; with --verbose also what it is made with"));
	paragraphs(out, "Every option can also be given in the environment (CSCPLATE_FAIL_ON for "
			"--fail-on) and in cscplate.yaml (fail-on: high). An argument beats the "
			"environment, and that beats the file.");
	fputs("\nExit status:\n", out);
	row(out, STR("  0"), STR("the gate was met, or nothing was asked to be compared"));
	row(out, STR("  1"), STR("it was not: something found counts against it"));
	row(out, STR("  2"), STR("wrong usage, or an error"));
	row(out, STR("  3"),
	    STR("incomplete: something could not be assessed that should have been, or "
		"nobody rated what the gate would have to know"));
	return 0;
}

/* A command to type, in several lines as a shell takes them where one is too long. */
static void command_line(FILE *out, struct str text)
{
	unsigned at = 1;
	struct str word;

	fputc(' ', out);
	while (str_next_word(&text, &word)) {
		unsigned columns = term_columns(word);

		/* Room for the " \\" behind it, unless it is the last. */
		if (at + 1 + columns + (text.len ? 2 : 0) > WIDTH) {
			fputs(" \\\n     ", out);
			at = 5;
		}
		fprintf(out, " %.*s", STR_FMT(word));
		at += 1 + columns;
	}
	fputc('\n', out);
}

int help_command(FILE *out, const struct command *command, struct err *err)
{
	_cleanup_arena_ struct arena arena = {0};
	_cleanup_invocation_ struct invocation inv = {0};

	if (invocation_init(&inv, command, &arena) < 0)
		return err_oom(err);
	fprintf(out, "Usage: cscplate %s [OPTION…]%s%s\n\n", command->name,
		command->args ? " " : "", command->args ? command->args : "");
	/* A sentence of it: the row has it without capital and full stop. */
	_cleanup_buf_ struct buf summary = BUF_INIT(TEXT_MAX);

	buf_addf(&summary, "%s.", command->summary);
	if (summary.len && summary.data[0] >= 'a' && summary.data[0] <= 'z')
		summary.data[0] = (char)(summary.data[0] - 'a' + 'A');
	wrap(out, buf_str(&summary), 0, 0);
	if (command->description)
		paragraphs(out, command->description);
	_cleanup_buf_ struct buf words = BUF_INIT(TEXT_MAX);

	first_arg_text(&words, command);
	if (words.len)
		paragraphs(out, words.data);
	option_rows(out, &inv, false, "Options");
	option_rows(out, &inv, true, "Options that every command has");
	for (const struct example *e = command->examples; e && e->command; e++) {
		fputs(e == command->examples ? "\nExamples:\n" : "", out);
		command_line(out, str_from(e->command));
		wrap(out, str_from(e->what), 0, 6);
	}
	return 0;
}
