/*
 * os-release and lsb-release: assignments in the subset of shell syntax that os-release(5) allows.
 */
#pragma once

#include "base/arena.h"
#include "base/compat.h"
#include "base/str.h"

struct osrelease {
	struct str rest;
	size_t line;	       /* of what comes next, from 1 */
	size_t malformed;      /* lines passed over because they are no assignment */
	size_t malformed_line; /* the first of them */
};

#define OSRELEASE_INIT(text) ((struct osrelease){.rest = (text), .line = 1})

struct osrelease_variable {
	struct str name;
	struct str value; /* without quotes and escapes */
};

/*
 * The next assignment; comments and blank lines are passed over. Returns 1 with *ret set, 0 at the end,
 * or -ENOMEM. Values are slices of the text where they hold no escape, else copies in the arena.
 */
int osrelease_next(struct osrelease *o, struct arena *arena, struct osrelease_variable *ret);
