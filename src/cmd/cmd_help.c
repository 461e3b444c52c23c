/* cscplate help: what --help prints, for a command or for all. */
#include "base/compat.h"

#include "cmd/command.h"
#include "cmd/help.h"
#include "cmd/options.h"

static int run(const struct globals *globals, void *context, const char *const *args, size_t n_args,
	       struct err *err)
{
	struct command_table table = {commands, n_commands};
	_cleanup_invocation_ struct invocation inv = {0};
	int r;

	if (n_args == 0)
		return help_overview(stdout, err);
	r = invocation_read_args(&inv, table, n_args, args, globals->arena, err);
	/* The command alone is a usage error for most; here it is all that is wanted. */
	if (inv.group && r == 0) {
		help_group(stdout, inv.group);
		return 0;
	}
	if (inv.command)
		return help_command(stdout, inv.command, err);
	return r;
}

const struct command cmd_help = {
	.name = "help",
	.summary = "explain a command and its options",
	.args = "[COMMAND]",
	.max_args = 2,
	.plain = true,
	.run = run,
};
