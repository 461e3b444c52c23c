/*
 * Files that are read where they lie in a usual place, without being named.
 */
#pragma once

#include "base/buf.h"
#include "base/compat.h"
#include "base/err.h"

/* In the current directory. */
#define CONFIG_NAME "cscplate.yaml"
#define POLICY_NAME "cscplate-policy.yaml"

/*
 * Appends the file: 1, or 0 if there is nothing at path. What is there and cannot be read is an error, and so
 * is a symbolic link that leads nowhere: somebody meant it to count.
 */
int usual_place_read(const char *path, struct buf *to, struct err *err);
