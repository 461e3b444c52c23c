/*
 * What the terminal can do, and a progress line on standard error.
 */
#pragma once

#include "base/compat.h"
#include "base/str.h"

/* Columns of the terminal behind fd, 0 if it is none. COLUMNS in the environment wins. */
unsigned term_width(int fd);
/* Should output to fd be coloured, by NO_COLOR, TERM and whether it is a terminal? */
bool term_wants_color(int fd);
/* Columns that s takes on a terminal; control bytes count as none. */
unsigned term_columns(struct str s);

/*
 * One line on standard error that is rewritten in place, at most ten times a second, and only if
 * standard error is a terminal and progress was enabled. Thread-safe.
 */
void progress_enable(bool on);
void progress_show(const char *fmt, ...) _printf_(1, 2);
void progress_clear(void);
/* Async-signal-safe: wipes the line if there is one, for a dying process. */
void progress_abandon(void);
