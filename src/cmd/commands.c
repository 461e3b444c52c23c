/* The commands, in the order of --help. */
#include "base/compat.h"

#include "cmd/command.h"

const struct command *const commands[] = {
	&cmd_image,	  &cmd_code,	       &cmd_db_build,
	&cmd_db_info,	  &cmd_db_search,      &cmd_db_vercmp,
	&cmd_checks_list, &cmd_checks_explain, &cmd_checks_questions,
	&cmd_version,	  &cmd_help,	       &cmd_generate,
};

const size_t n_commands = ARRAY_LEN(commands);
