/*
 * The per-user places of the XDG Base Directory Specification
 * (https://specifications.freedesktop.org/basedir-spec/latest/).
 */
#pragma once

#include "base/buf.h"
#include "base/compat.h"

/*
 * Appends the program's folder there, "/home/me/.cache/cscplate/" for xdg_add(to, "XDG_CACHE_HOME",
 * ".cache"). False, with nothing appended, if neither the variable nor $HOME is an absolute path: what is
 * relative or empty is ignored, as the specification has it.
 */
bool xdg_add(struct buf *to, const char *variable, const char *below_home);
