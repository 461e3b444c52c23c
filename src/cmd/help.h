/*
 * Help from the rows of command.h: no line is wider than 80 columns.
 */
#pragma once

#include "base/buf.h"
#include "base/compat.h"
#include "cmd/options.h"

/* Below `cscplate` alone: what to type next. */
void help_short(FILE *out);
/* `cscplate --help`. */
int help_overview(FILE *out, struct err *err);
/* `cscplate db --help`: the commands of a group. */
void help_group(FILE *out, const char *group);
/* `cscplate image --help`. */
int help_command(FILE *out, const struct command *command, struct err *err);

/* "--output", or "--[no-]progress" for a flag that is on unless switched off. */
void option_spelling(struct buf *to, struct option_slot slot);
/* What the option does, the words it may be, and the default that slot.value holds. */
void option_text(struct buf *to, struct option_slot slot);
/* "SCHEME: dpkg, rpm, apk" where the first argument may only be one of some words, else nothing. */
void first_arg_text(struct buf *to, const struct command *command);
