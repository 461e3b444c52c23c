/*
 * Man pages from the rows of command.h, as source for scdoc (scdoc(5)).
 */
#pragma once

#include "base/arena.h"
#include "base/compat.h"
#include "base/err.h"

/* The page "cscplate" (also for NULL), "cscplate.yaml", or a command's, by its name with blanks or dashes. */
int man_print(FILE *out, const char *page, struct arena *arena, struct err *err);
/* The names of all pages with their sections, one a line: for tests and the build. */
int man_list(FILE *out, struct arena *arena, struct err *err);
