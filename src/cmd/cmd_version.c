/* cscplate version: what --version prints. */
#include "base/compat.h"

#include "cmd/command.h"
#include "cmd/version.h"

static int run(const struct globals *globals, void *context, const char *const *args, size_t n_args,
	       struct err *err)
{
	version_print(stdout, globals->verbose);
	return 0;
}

const struct command cmd_version = {
	.name = "version",
	.summary = "show the version; with --verbose also what it is made with",
	.plain = true,
	.run = run,
};
