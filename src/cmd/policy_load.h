/*
 * The policy that a command judges by: from --policy or its usual place, and --fail-on.
 */
#pragma once

#include "base/compat.h"
#include "base/err.h"
#include "cmd/command.h"
#include "core/policy.h"

/*
 * --policy, else cscplate-policy.yaml in the current directory where there is one, else the built-in
 * policy; then --fail-on. An id that looks like that of a check and is none is an error. Waivers run out by the day of now (date_now). Strings live in globals->arena.
 */
int policy_load(const struct globals *globals, int64_t now, struct policy *ret, struct err *err);
