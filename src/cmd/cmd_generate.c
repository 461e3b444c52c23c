/* cscplate generate: man pages and shell completion, for the build; the command is hidden. */
#include "base/compat.h"

#include "cmd/command.h"
#include "cmd/completion.h"
#include "cmd/man.h"

static const struct {
	const char *name;
	/* Prints the script; NULL for man pages, which have arguments. */
	int (*print)(FILE *out, struct arena *arena, struct err *err);
} kinds[] = {
	{"man", NULL},		 {"bash", completion_bash},
	{"zsh", completion_zsh}, {"fish", completion_fish},
	{"pages", man_list},
};

static const char *kind_word(size_t i)
{
	return i < ARRAY_LEN(kinds) ? kinds[i].name : NULL;
}

/* The page of a command whose name may be two words. */
static int print_man(struct arena *arena, const char *const *words, size_t n, struct err *err)
{
	struct str page = STR_NULL;

	if (n == 1)
		page = str_from(words[0]);
	else if (n == 2)
		page = arena_printf(arena, "%s %s", words[0], words[1]);
	if (n && !page.ptr)
		return err_oom(err);
	return man_print(stdout, page.ptr, arena, err);
}

static int run(const struct globals *globals, void *context, const char *const *args, size_t n_args,
	       struct err *err)
{
	size_t i = 0;

	while (i < ARRAY_LEN(kinds) && strcmp(args[0], kinds[i].name) != 0)
		i++;
	if (i < ARRAY_LEN(kinds) && kinds[i].print)
		return kinds[i].print(stdout, globals->arena, err);
	return print_man(globals->arena, args + 1, n_args - 1, err);
}

const struct command cmd_generate = {
	.name = "generate",
	.summary = "print a man page (scdoc source), the list of these, or shell completion",
	.args = "KIND [COMMAND]",
	.first_arg = kind_word,
	.min_args = 1,
	.max_args = 3,
	.hidden = true,
	.plain = true,
	.run = run,
};
