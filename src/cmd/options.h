/*
 * From arguments, environment and cscplate.yaml to a command's context and the globals, by the rows of
 * command.h. Of these three the first that names an option decides; without any the default holds.
 */
#pragma once

#include "base/compat.h"
#include "base/err.h"
#include "base/vec.h"
#include "cmd/command.h"

/* Who set a value; a later one beats an earlier one. */
enum option_source {
	SOURCE_DEFAULT,
	SOURCE_CONFIG,	       /* top level of cscplate.yaml */
	SOURCE_CONFIG_SECTION, /* the command's section there */
	SOURCE_ENVIRONMENT,
	SOURCE_ARGUMENT,
};

/* One option of one command together with where its value goes. */
struct option_slot {
	const struct option *option;
	void *value;
	unsigned char *source; /* enum option_source */
};

struct assignment {
	struct option_slot slot;
	const char *text; /* NULL for flags */
	bool negated;	  /* --no-flag */
};

/* A command with its values: what the rows describe, filled in. */
struct invocation {
	const struct command *command; /* NULL when there was none, or only a group */
	const char *group;	       /* "db": the first word of commands, named alone */
	bool help, version;	       /* --help, --version was given */
	struct globals globals;
	void *context;
	unsigned char *sources; /* one per option of the command, then one per global option */
	VEC(const char *) args;
	const char *note; /* for --verbose: what was passed over; or NULL */
	VEC(struct assignment) assignments;
};

/* Where commands are looked up. */
struct command_table {
	const struct command *const *items;
	size_t len;
};

/* Starts an invocation of a command with its defaults: 0 or -ENOMEM. Strings will live in arena. */
int invocation_init(struct invocation *inv, const struct command *command, struct arena *arena);
void invocation_release(struct invocation *inv);
#define _cleanup_invocation_ _cleanup_(invocation_release)

/* The option of that name, the command's own before a global one; its option is NULL if there is none. */
struct option_slot invocation_find(const struct invocation *inv, struct str name);

/*
 * Goes through the options that the command has, its own and then the global ones (but those whose name
 * it has taken): starts with *i at 0, returns false at the end.
 */
bool invocation_next(const struct invocation *inv, size_t *i, struct option_slot *ret);

/*
 * Sets an option from text; negated is for flags alone (whose text is NULL, or true, false, yes, no, on,
 * off, 1, 0). A source that speaks for the first time empties a list. Messages say only what is wrong
 * with the text; callers say where it stood.
 */
int option_set(struct invocation *inv, struct option_slot slot, enum option_source source,
	       const char *text, bool negated, struct err *err);

/* The i-th word that the option may be; NULL at the end, and for options that may be any text. */
const char *option_word(const struct option *option, size_t i);

/*
 * Reads arguments (without the program's name) into *inv, which this starts; nothing of environment and
 * configuration yet. With --help or --version it stops there and counts no arguments.
 */
int invocation_read_args(struct invocation *inv, struct command_table table, size_t n_args,
			 const char *const *args, struct arena *arena, struct err *err);
/* The rest: configuration and environment (not for plain commands and --version), then the arguments'
 * values. */
int invocation_complete(struct invocation *inv, struct command_table table, struct err *err);

/*
 * Reads cscplate.yaml (config.c). With a path it must be there; with NULL the usual places are
 * looked at. One of the user's that may not be read is passed over, with a note in inv.
 */
int config_read(struct invocation *inv, struct command_table table, const char *path,
		struct err *err);

/* The candidate that was most likely meant, or NULL. It is asked for its words until it gives NULL. */
const char *nearest_word(struct str word, const char *(*candidate)(const void *ctx, size_t i),
			 const void *ctx);

/* "CSCPLATE_FAIL_ON" for "fail-on". */
void option_environment_name(const struct option *option, char *to, size_t size);
