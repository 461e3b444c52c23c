/* Shell completion: see completion.h. */
#include "base/compat.h"

#include "cmd/completion.h"

#include "base/buf.h"
#include "cmd/options.h"

enum { TEXT_MAX = 256 };

static bool takes_file(const struct option *option)
{
	return option->arg && (strstr(option->arg, "FILE") || strstr(option->arg, "DIR"));
}

/* The words that an option may be, each behind a blank. */
static void put_words(FILE *out, const struct option *option)
{
	const char *word;

	for (size_t i = 0; (word = option_word(option, i)); i++)
		fprintf(out, " %s", word);
}

/* Calls each for every option that is shown of every command; the command is NULL for global ones. */
static int each_option(FILE *out, const struct command *command, struct arena *arena,
		       void (*each)(FILE *out, const struct command *command,
				    struct option_slot slot),
		       struct err *err)
{
	_cleanup_invocation_ struct invocation inv = {0};
	struct option_slot slot;

	if (invocation_init(&inv, command, arena) < 0)
		return err_oom(err);
	for (size_t i = 0; invocation_next(&inv, &i, &slot);)
		if (!slot.option->hidden)
			each(out, command, slot);
	return 0;
}

static bool is_first_of_group(size_t i)
{
	const char *name = commands[i]->name, *blank = strchr(name, ' ');

	if (!blank)
		return false;
	for (size_t k = 0; k < i; k++)
		if (strncmp(commands[k]->name, name, (size_t)(blank - name) + 1) == 0)
			return false;
	return true;
}

/* The commands' first words, or the second words of the group that the first word of group names. */
static void put_command_words(FILE *out, const char *group)
{
	size_t len = group ? strcspn(group, " ") : 0;

	for (size_t i = 0; i < n_commands; i++) {
		const char *name = commands[i]->name, *blank = strchr(name, ' ');

		if (commands[i]->hidden)
			continue;
		if (group && blank && strncmp(name, group, len) == 0 && name[len] == ' ')
			fprintf(out, " %s", blank + 1);
		else if (!group && (!blank || is_first_of_group(i)))
			fprintf(out, " %.*s", blank ? (int)(blank - name) : INT_MAX, name);
	}
}

/* Have the command's arguments words to offer? */
static bool has_arg_words(const struct command *command)
{
	return command->first_arg || command->arg_words || command == &cmd_help;
}

static void put_arg_words(FILE *out, const struct command *command)
{
	const char *(*words)(size_t i) =
		command->first_arg ? command->first_arg : command->arg_words;
	const char *word;

	if (command == &cmd_help)
		put_command_words(out, NULL);
	for (size_t i = 0; words && (word = words(i)); i++)
		fprintf(out, " %s", word);
}

static void put_groups(FILE *out, const char *separator)
{
	bool first = true;

	for (size_t i = 0; i < n_commands; i++) {
		if (!is_first_of_group(i))
			continue;
		fprintf(out, "%s%.*s", first ? "" : separator, (int)strcspn(commands[i]->name, " "),
			commands[i]->name);
		first = false;
	}
}

static void bash_name(FILE *out, const struct command *command, struct option_slot slot)
{
	fprintf(out, " --%s", slot.option->name);
	if (slot.option->type == OPTION_FLAG)
		fprintf(out, " --no-%s", slot.option->name);
}

/* A case of "<command> <option>" for what follows an option that takes a value. */
static void bash_value(FILE *out, const struct command *command, struct option_slot slot)
{
	if (slot.option->type == OPTION_FLAG)
		return;
	fprintf(out, "\t'%s --%s'", command ? command->name : "", slot.option->name);
	if (slot.option->letter)
		fprintf(out, "|'%s -%c'", command ? command->name : "", slot.option->letter);
	if (option_word(slot.option, 0)) {
		fputs(") choices='", out);
		put_words(out, slot.option);
		fputs("' ;;\n", out);
	} else {
		fprintf(out, ") %s ;;\n", takes_file(slot.option) ? "files=1" : "none=1");
	}
}

/* The spellings of global options that take a value, whose next word is no command. */
static void put_valued(FILE *out, const char *separator)
{
	const char *between = "";

	for (const struct option *o = global_options; o->name; o++) {
		if (o->type == OPTION_FLAG)
			continue;
		fprintf(out, "%s--%s", between, o->name);
		between = separator;
		if (o->letter)
			fprintf(out, "%s-%c", between, o->letter);
	}
}

/* Finds the command among the words before the cursor; the same for bash and zsh. */
static void put_find_command(FILE *out)
{
	fputs("\t\tcase \"$word\" in\n\t\t", out);
	put_valued(out, "|");
	fputs(") i=$((i + 1)) ;;\n\t\t-*) ;;\n\t\t*)\n"
	      "\t\t\tcase \"$command\" in\n\t\t\t'') command=$word ;;\n\t\t\t",
	      out);
	put_groups(out, "|");
	fputs("|help) command=\"$command $word\" ;;\n\t\t\tesac ;;\n\t\tesac\n", out);
}

static int put_cases(FILE *out, struct arena *arena, struct err *err)
{
	int r;

	fputs("\tcase \"$command $previous\" in\n", out);
	for (size_t i = 0; i <= n_commands; i++) {
		const struct command *command = i < n_commands ? commands[i] : NULL;

		if (command && command->hidden)
			continue;
		r = each_option(out, command, arena, bash_value, err);
		if (r < 0)
			return r;
	}
	fputs("\tesac\n\tcase \"$command\" in\n", out);
	for (size_t i = 0; i <= n_commands; i++) {
		const struct command *command = i < n_commands ? commands[i] : NULL;

		if (command && command->hidden)
			continue;
		fprintf(out, "\t'%s') options='", command ? command->name : "");
		r = each_option(out, command, arena, bash_name, err);
		if (r < 0)
			return r;
		fputs(" --help'", out);
		if (!command || has_arg_words(command)) {
			fputs(" commands='", out);
			if (command)
				put_arg_words(out, command);
			else
				put_command_words(out, NULL);
			fputs("'", out);
		}
		fputs(" ;;\n", out);
	}
	for (size_t i = 0; i < n_commands; i++) {
		if (!is_first_of_group(i))
			continue;
		int len = (int)strcspn(commands[i]->name, " ");

		fprintf(out, "\t'%.*s'|'help %.*s') commands='", len, commands[i]->name, len,
			commands[i]->name);
		put_command_words(out, commands[i]->name);
		fputs("' options=' --help' ;;\n", out);
	}
	/* help takes nothing behind a whole command. */
	fputs("\t'help '*) none=1 ;;\n\tesac\n", out);
	return 0;
}

int completion_bash(FILE *out, struct arena *arena, struct err *err)
{
	int r;

	fputs("# bash completion for cscplate, generated from its options\n_cscplate()\n{\n"
	      "\tlocal word command='' previous='' choices='' options='' commands='' files='' "
	      "none='' i\n"
	      "\tlocal current=${COMP_WORDS[COMP_CWORD]}\n"
	      "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	      "\t\tword=${COMP_WORDS[i]}\n",
	      out);
	put_find_command(out);
	fputs("\tdone\n\tprevious=${COMP_WORDS[COMP_CWORD-1]}\n"
	      "\tif [[ $previous == '=' ]]; then\n\t\tprevious=${COMP_WORDS[COMP_CWORD-2]}\n\tfi\n"
	      "\tif [[ $current == '=' ]]; then\n\t\tcurrent=''\n\tfi\n",
	      out);
	r = put_cases(out, arena, err);
	if (r < 0)
		return r;
	fputs("\tif [[ -n $none ]]; then\n\t\tCOMPREPLY=()\n"
	      "\telif [[ -n $files ]]; then\n\t\tmapfile -t COMPREPLY < <(compgen -f -- "
	      "\"$current\")\n"
	      "\telif [[ -n $choices ]]; then\n"
	      "\t\tmapfile -t COMPREPLY < <(compgen -W \"$choices\" -- \"$current\")\n"
	      "\telif [[ $current == -* ]]; then\n"
	      "\t\tmapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$current\")\n"
	      "\telif [[ -n $commands ]]; then\n"
	      "\t\tmapfile -t COMPREPLY < <(compgen -W \"$commands\" -- \"$current\")\n"
	      "\telse\n\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n\tfi\n}\n"
	      "complete -o filenames -F _cscplate cscplate\n",
	      out);
	return 0;
}

int completion_zsh(FILE *out, struct arena *arena, struct err *err)
{
	int r;

	fputs("#compdef cscplate\n# zsh completion for cscplate, generated from its options\n"
	      "_cscplate()\n{\n"
	      "\tlocal word command='' previous='' choices='' options='' commands='' files='' "
	      "none='' i\n"
	      "\tlocal current=${words[CURRENT]} line=(\"${words[@]}\")\n"
	      "\tfor ((i = 2; i < CURRENT; i++)); do\n"
	      "\t\tword=${line[i]}\n",
	      out);
	put_find_command(out);
	fputs("\tdone\n\tprevious=${line[CURRENT-1]}\n", out);
	r = put_cases(out, arena, err);
	if (r < 0)
		return r;
	fputs("\tif [[ -n $none ]]; then\n\t\t_message value\n"
	      "\telif [[ -n $files ]]; then\n\t\t_files\n"
	      "\telif [[ -n $choices ]]; then\n\t\tcompadd -- ${=choices}\n"
	      "\telif [[ $current == -* ]]; then\n\t\tcompadd -- ${=options}\n"
	      "\telif [[ -n $commands ]]; then\n\t\tcompadd -- ${=commands}\n"
	      "\telse\n\t\t_files\n\tfi\n}\n"
	      "_cscplate \"$@\"\n",
	      out);
	return 0;
}

/* Text between single quotes, for fish. */
static void put_quoted(FILE *out, const char *text)
{
	fputc('\'', out);
	for (; *text; text++) {
		if (*text == '\'' || *text == '\\')
			fputc('\\', out);
		fputc(*text, out);
	}
	fputc('\'', out);
}

/* What every line about a command's option begins with. */
static void fish_begin(FILE *out, const struct command *command)
{
	fprintf(out, "complete -c cscplate -n '__cscplate_is \"%s\"'",
		command ? command->name : "");
}

static void fish_option(FILE *out, const struct command *command, struct option_slot slot)
{
	fish_begin(out, command);
	fprintf(out, " -l %s", slot.option->name);
	if (slot.option->letter)
		fprintf(out, " -s %c", slot.option->letter);
	if (slot.option->type != OPTION_FLAG) {
		fputs(takes_file(slot.option) ? " -r -F" : " -x", out);
		if (option_word(slot.option, 0)) {
			fputs(" -a '", out);
			put_words(out, slot.option);
			fputs("'", out);
		}
	}
	fputs(" -d ", out);
	put_quoted(out, slot.option->help);
	fputc('\n', out);
	/* The others are off unless asked for: to offer --no-… for all would be noise. */
	if (slot.option->type == OPTION_FLAG && *(const bool *)slot.value) {
		fish_begin(out, command);
		fprintf(out, " -l no-%s -d 'without --%s'\n", slot.option->name, slot.option->name);
	}
}

static void fish_command(FILE *out, const char *before, const char *word, const char *summary)
{
	fprintf(out, "complete -c cscplate -f -n '__cscplate_is \"%s\"' -a %s -d ", before, word);
	put_quoted(out, summary);
	fputc('\n', out);
}

int completion_fish(FILE *out, struct arena *arena, struct err *err)
{
	fputs("# fish completion for cscplate, generated from its options\n"
	      "function __cscplate_is\n"
	      "\tset -l words (commandline -opc)\n\tset -l command\n\tset -l skip\n"
	      "\tfor word in $words[2..-1]\n"
	      "\t\tif test -n \"$skip\"\n\t\t\tset skip\n\t\t\tcontinue\n\t\tend\n"
	      "\t\tswitch $word\n\t\t\tcase ",
	      out);
	put_valued(out, " ");
	fputs("\n\t\t\t\tset skip 1\n\t\t\tcase '-*'\n\t\t\tcase '*'\n"
	      "\t\t\t\tif test -z \"$command\"\n\t\t\t\t\tset command $word\n"
	      "\t\t\t\telse if contains -- \"$command\" ",
	      out);
	put_groups(out, " ");
	fputs("\n\t\t\t\t\tset command \"$command $word\"\n\t\t\t\tend\n\t\tend\n\tend\n"
	      "\ttest \"$command\" = \"$argv[1]\"\nend\n",
	      out);
	for (size_t i = 0; i < n_commands; i++) {
		const char *name = commands[i]->name, *blank = strchr(name, ' ');
		struct str group = str_from_range(name, blank ? blank : name);
		struct str copy = arena_str(arena, group);
		int r;

		if (!copy.ptr)
			return err_oom(err);
		if (commands[i]->hidden)
			continue;
		if (is_first_of_group(i)) {
			struct buf words = BUF_INIT(TEXT_MAX);

			buf_addf(&words, "commands for %s", copy.ptr);
			fish_command(out, "", copy.ptr, words.data ? words.data : "");
			buf_release(&words);
		}
		fish_command(out, blank ? copy.ptr : "", blank ? blank + 1 : name,
			     commands[i]->summary);
		if (has_arg_words(commands[i])) {
			fish_begin(out, commands[i]);
			fputs(" -f -a '", out);
			put_arg_words(out, commands[i]);
			fputs("'\n", out);
		}
		r = each_option(out, commands[i], arena, fish_option, err);
		if (r < 0)
			return r;
	}
	fputs("complete -c cscplate -s h -l help -d 'show help'\n", out);
	return each_option(out, NULL, arena, fish_option, err);
}
