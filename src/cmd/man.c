/* Man pages: see man.h. */
#include "base/compat.h"

#include "cmd/man.h"

#include "cmd/help.h"
#include "cmd/options.h"

enum { TEXT_MAX = 16 * 1024 };

/* Text with scdoc's marks (scdoc(5)) escaped. */
static void put_text(FILE *out, struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if (strchr("\\*_#`~<", c) || ((c == '-' || c == '.' || c == '|') && i == 0))
			fputc('\\', out);
		fputc(c, out);
	}
}

static void put_paragraphs(FILE *out, const char *text)
{
	struct str rest = str_from(text);

	while (rest.len) {
		ssize_t end = str_find(rest, STR("\n\n"));
		struct str paragraph = str_sub(rest, 0, end < 0 ? rest.len : (size_t)end), line;
		bool literal = str_starts(paragraph, STR(" "));

		rest = end < 0 ? STR_NULL : str_from_offset(rest, (size_t)end + 2);
		if (literal)
			fputs("```\n", out);
		while (str_next_line(&paragraph, &line)) {
			if (literal)
				fprintf(out, "%.*s", STR_FMT(line));
			else
				put_text(out, str_trim(line));
			fputc('\n', out);
		}
		fputs(literal ? "```\n\n" : "\n", out);
	}
}

/* "cscplate-db-build" for "db build". */
static struct str page_name(const struct command *command, struct arena *arena)
{
	char *name = (char *)arena_printf(arena, "cscplate-%s", command->name).ptr;

	for (char *p = name; p && *p; p++)
		if (*p == ' ')
			*p = '-';
	return str_from(name);
}

static void put_option(FILE *out, struct option_slot slot)
{
	_cleanup_buf_ struct buf spelling = BUF_INIT(TEXT_MAX), text = BUF_INIT(TEXT_MAX);
	char variable[80];

	option_spelling(&spelling, slot);
	option_text(&text, slot);
	option_environment_name(slot.option, variable, sizeof(variable));
	fputs("*", out);
	if (slot.option->letter)
		fprintf(out, "-%c*, *", slot.option->letter);
	fprintf(out, "%s*", spelling.data);
	if (slot.option->arg)
		fprintf(out, " _%s_", slot.option->arg);
	fputs("\n\t", out);
	put_text(out, buf_str(&text));
	fputs(". Environment: ", out);
	put_text(out, str_from(variable));
	fputs("\n\n", out);
}

static bool is_own(const struct command *command, const struct option *option)
{
	for (const struct option *o = command ? command->options : NULL; o && o->name; o++)
		if (o == option)
			return true;
	return false;
}

static void put_options(FILE *out, const struct invocation *inv, bool own, const char *heading)
{
	struct option_slot slot;
	bool any = false;

	for (size_t i = 0; invocation_next(inv, &i, &slot);) {
		if (slot.option->hidden || is_own(inv->command, slot.option) != own)
			continue;
		if (!any)
			fprintf(out, "# %s\n\n", heading);
		any = true;
		put_option(out, slot);
	}
}

static const char exit_status[] =
	"# EXIT STATUS\n\n"
	"*0*\n\tThe gate was met.\n\n"
	"*1*\n\tIt was not: something found counts against it.\n\n"
	"*2*\n\tWrong usage, or an error.\n\n"
	"*3*\n\tIncomplete: something that should have been assessed could not "
	"be.\n\n";

static const char see_also[] = "# SEE ALSO\n\n*cscplate*(1), *cscplate.yaml*(5)\n";

static int print_command_page(FILE *out, const struct command *command, struct arena *arena,
			      struct err *err)
{
	_cleanup_invocation_ struct invocation inv = {0};
	_cleanup_buf_ struct buf words = BUF_INIT(TEXT_MAX);
	struct str name = page_name(command, arena);

	if (!name.ptr || invocation_init(&inv, command, arena) < 0)
		return err_oom(err);
	fprintf(out, "%s(1) \"cscplate %s\"\n\n# NAME\n\n%s - ", name.ptr, CSCPLATE_VERSION,
		name.ptr);
	put_text(out, str_from(command->summary));
	fprintf(out, "\n\n# SYNOPSIS\n\n*cscplate %s* [_OPTION_...]", command->name);
	if (command->args) {
		fputc(' ', out);
		put_text(out, str_from(command->args));
	}
	fputs("\n\n", out);
	first_arg_text(&words, command);
	if (command->description || words.len)
		fputs("# DESCRIPTION\n\n", out);
	if (command->description)
		put_paragraphs(out, command->description);
	if (words.len)
		put_paragraphs(out, words.data);
	put_options(out, &inv, true, "OPTIONS");
	put_options(out, &inv, false, "COMMON OPTIONS");
	for (const struct example *e = command->examples; e && e->command; e++) {
		fputs(e == command->examples ? "# EXAMPLES\n\n" : "", out);
		put_text(out, str_from(e->what));
		fprintf(out, "\n\n```\n%s\n```\n\n", e->command);
	}
	fputs(exit_status, out);
	fputs(see_also, out);
	return 0;
}

static int print_main_page(FILE *out, struct arena *arena, struct err *err)
{
	_cleanup_invocation_ struct invocation inv = {0};

	if (invocation_init(&inv, NULL, arena) < 0)
		return err_oom(err);
	fputs("cscplate(1) \"cscplate " CSCPLATE_VERSION "\"\n\n"
	      "# NAME\n\ncscplate - the container security checklist, answered with evidence\n\n"
	      "# SYNOPSIS\n\n*cscplate* _COMMAND_ [_OPTION_...] [_ARGUMENT_...]++\n"
	      "*cscplate help* [_COMMAND_]++\n*cscplate --version*\n\n"
	      "# COMMANDS\n\n",
	      out);
	for (size_t i = 0; i < n_commands; i++) {
		struct str name = page_name(commands[i], arena);

		if (commands[i]->hidden)
			continue;
		if (!name.ptr)
			return err_oom(err);
		fprintf(out, "*%s*(1)\n\t", name.ptr);
		put_text(out, str_from(commands[i]->summary));
		fputs(".\n\n", out);
	}
	put_options(out, &inv, false, "COMMON OPTIONS");
	fputs("An option on the command line beats its variable in the environment, which beats "
	      "*cscplate.yaml*(5). A flag _--name_ is switched off by _--no-name_. _--_ ends the "
	      "options.\n\n"
	      "# ENVIRONMENT\n\n"
	      "*CSCPLATE_\\**\n\tOptions, as said with each. Items of an option that may be "
	      "repeated are "
	      "separated by commas.\n\n"
	      "*NO\\_COLOR*\n\tNot empty: no colours, unless _--color=always_ is given.\n\n"
	      "*SOURCE\\_DATE\\_EPOCH*\n\tThe time, in seconds since 1970, that counts as now.\n\n"
	      "# FILES\n\n"
	      "_cscplate.yaml_, _~/.config/cscplate/cscplate.yaml_\n\tOptions: see "
	      "*cscplate.yaml*(5). "
	      "The first that exists is read.\n\n"
	      "_cscplate-policy.yaml_\n\tThe policy: waivers, re-grades and the gate.\n\n",
	      out);
	fputs(exit_status, out);
	fputs("# SEE ALSO\n\n*cscplate.yaml*(5)\n", out);
	return 0;
}

static int print_config_page(FILE *out, struct arena *arena, struct err *err)
{
	_cleanup_invocation_ struct invocation inv = {0};
	struct option_slot slot;
	bool first = true;

	if (invocation_init(&inv, NULL, arena) < 0)
		return err_oom(err);
	fputs("cscplate.yaml(5) \"cscplate " CSCPLATE_VERSION "\"\n\n"
	      "# NAME\n\ncscplate.yaml - options of cscplate\n\n"
	      "# DESCRIPTION\n\n"
	      "The file that _--config_ or the variable CSCPLATE\\_CONFIG names; else "
	      "_cscplate.yaml_ in the "
	      "current directory; else _cscplate/cscplate.yaml_ below _$XDG\\_CONFIG\\_HOME_ "
	      "(_~/.config_). "
	      "One file is read, never several.\n\n"
	      "It is a YAML mapping. Keys at the top level are the options that every command has; "
	      "a key "
	      "with a command's name is a section of options for that command alone, its own and "
	      "common "
	      "ones. Flags are *true* or *false*; options that may be repeated are sequences. An "
	      "unknown "
	      "key or a value of the wrong type is an error, in any section.\n\n"
	      "# EXAMPLE\n\n```\nfail-on: high\noffline: true\nimage:\n  format: json\n```\n\n"
	      "# COMMON OPTIONS\n\n",
	      out);
	for (size_t i = 0; invocation_next(&inv, &i, &slot);) {
		if (strcmp(slot.option->name, "config") == 0)
			continue;
		fprintf(out, "%s%s", first ? "" : ", ", slot.option->name);
		first = false;
	}
	fputs("\n\n# SECTIONS\n\n", out);
	for (size_t i = 0; i < n_commands; i++) {
		const struct option *o = commands[i]->options;

		if (commands[i]->hidden || !o)
			continue;
		fprintf(out, "*%s*\n\t", commands[i]->name);
		first = true;
		for (; o->name; o++) {
			if (o->hidden)
				continue;
			fprintf(out, "%s%s", first ? "" : ", ", o->name);
			first = false;
		}
		fputs("\n\n", out);
	}
	fputs("# SEE ALSO\n\n*cscplate*(1)\n", out);
	return 0;
}

int man_print(FILE *out, const char *page, struct arena *arena, struct err *err)
{
	if (!page || strcmp(page, "cscplate") == 0)
		return print_main_page(out, arena, err);
	if (strcmp(page, "cscplate.yaml") == 0)
		return print_config_page(out, arena, err);
	for (size_t i = 0; i < n_commands; i++) {
		struct str name = page_name(commands[i], arena);

		if (!name.ptr)
			return err_oom(err);
		if (strcmp(page, commands[i]->name) == 0 || str_eq(str_from(page), name) ||
		    str_eq(str_from(page), str_from_offset(name, strlen("cscplate-"))))
			return print_command_page(out, commands[i], arena, err);
	}
	return err_set(err, ERR_USAGE, "cannot generate the page '%s': no such command", page);
}

int man_list(FILE *out, struct arena *arena, struct err *err)
{
	fputs("cscplate.1\n", out);
	for (size_t i = 0; i < n_commands; i++) {
		struct str name = page_name(commands[i], arena);

		if (!name.ptr)
			return err_oom(err);
		if (!commands[i]->hidden)
			fprintf(out, "%s.1\n", name.ptr);
	}
	fputs("cscplate.yaml.5\n", out);
	return 0;
}
