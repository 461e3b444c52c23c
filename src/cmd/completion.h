/*
 * Shell completion from the rows of command.h: a script for each shell, complete in itself.
 */
#pragma once

#include "base/arena.h"
#include "base/compat.h"
#include "base/err.h"

int completion_bash(FILE *out, struct arena *arena, struct err *err);
int completion_zsh(FILE *out, struct arena *arena, struct err *err);
int completion_fish(FILE *out, struct arena *arena, struct err *err);
