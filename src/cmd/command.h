/*
 * Commands and their options as data. Each command is a row in its cmd_*.c; main.c runs it. From the same
 * rows come parsing, --help, environment variables (CSCPLATE_<OPTION>), keys of cscplate.yaml, man pages
 * and shell completion, so that none of them can disagree.
 */
#pragma once

#include "base/arena.h"
#include "base/compat.h"
#include "base/err.h"
#include "base/str.h"

enum option_type {
	OPTION_FLAG,	 /* bool: --name, --no-name */
	OPTION_STRING,	 /* const char * */
	OPTION_LIST,	 /* struct option_list: may be repeated; in YAML a sequence, in the
			    environment separated by commas */
	OPTION_UINT,	 /* uint64_t */
	OPTION_SIZE,	 /* uint64_t bytes: "512M", "2G" */
	OPTION_DURATION, /* uint64_t seconds: "7d", "12h", "30m", "45s" */
	OPTION_CHOICE,	 /* int: index into choices */
};

struct option_list {
	const char **items;
	size_t len, cap;
};

/* One option; the value is written at offset inside the command's context. */
struct option {
	const char *name; /* "fail-on": --fail-on, CSCPLATE_FAIL_ON, fail-on: */
	char letter;	  /* 'o' or 0 */
	enum option_type type;
	const char *arg;	    /* what the value is, in capitals: "SEVERITY"; NULL for flags */
	const char *help;	    /* one line, lower case, no full stop */
	const char *const *choices; /* OPTION_CHOICE: NULL-terminated */
	size_t offset;
	bool hidden;
	/* OPTION_STRING that may only be one of some words: the i-th, NULL at the end. */
	const char *(*values)(size_t i);
	/* In words, what holds when it is not given, where no value says it: "the per-user place". */
	const char *otherwise;
};

#define OPTION_END           \
	{                    \
		.name = NULL \
	}

/*
 * Options that every command has; main fills them in before run. A command's own option of the same name
 * takes the place of one of these, whose field then stays at its default. What the top level of
 * cscplate.yaml says of the global one counts for the other if that is one of a few words it may be.
 */
struct globals {
	const char *format;  /* name of a reporter */
	const char *output;  /* NULL or "-": standard output */
	const char *fail_on; /* a word of gate_parse(), or NULL */
	const char *policy;
	const char *config;
	bool offline, quiet, verbose, progress;
	int color;	     /* enum color_mode */
	struct arena *arena; /* lives until the command has returned */
};

enum color_mode { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

extern const struct option global_options[];

struct example {
	const char *command, *what;
};

struct command {
	const char *name;    /* "image", "db build" */
	const char *summary; /* one line, lower case, no full stop */
	const char *args;    /* "REF…": shown after the name; NULL for none */
	const char
		*description; /* paragraphs for the man page and --help, each separated by "\n\n" */
	unsigned min_args, max_args; /* max UINT_MAX: any number */
	/* The words that the first argument may be: the i-th, NULL at the end; NULL for any text. */
	const char *(*first_arg)(size_t i);
	/* The words that completion offers for arguments, which may be other text, too; like first_arg. */
	const char *(*arg_words)(size_t i);
	const struct option *options; /* NULL or ends with OPTION_END */
	size_t context_size;
	/* Sets defaults in the zeroed context; may be NULL. */
	void (*defaults)(void *context);
	/* Returns the exit code (0, 1, 3), or a negative code with err set: main prints it and exits 2. */
	int (*run)(const struct globals *globals, void *context, const char *const *args,
		   size_t n_args, struct err *err);
	const struct example *examples; /* NULL or ends with a NULL command */
	bool hidden;			/* not shown in lists of commands */
	bool plain;			/* reads neither cscplate.yaml nor CSCPLATE_… */
};

extern const struct command cmd_image, cmd_code, cmd_db_build, cmd_db_info, cmd_db_search,
	cmd_db_vercmp, cmd_checks_list, cmd_checks_explain, cmd_checks_questions, cmd_version,
	cmd_help, cmd_generate;

/* Every command, in the order of --help. */
extern const struct command *const commands[];
extern const size_t n_commands;
