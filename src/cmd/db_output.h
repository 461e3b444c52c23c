/*
 * What the commands that look into the advisory database share: their options, opening it, and its text
 * in a table.
 */
#pragma once

#include "advisory/db.h"
#include "base/compat.h"
#include "base/err.h"
#include "cmd/command.h"

/* The context of such a command. */
struct db_look {
	const char *database; /* --db; NULL: where the database is looked for */
	int format;	      /* enum view_format */
};

/* Its options; ends with OPTION_END. */
extern const struct option db_look_options[];

/* Opens the database; *ret_path, which lives in globals->arena, says which. */
int db_look_open(const struct globals *globals, const struct db_look *look, struct str *ret_path,
		 struct db **ret, struct err *err);

/* Text from outside: no control bytes reach the terminal. */
void db_put_text(FILE *out, struct str s);
/* A text column that is at least width columns wide, and two blanks. */
void db_put_column(FILE *out, struct str s, unsigned width);
