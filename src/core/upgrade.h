/*
 * The commands of distributions' package managers that upgrade installed packages, for remedies: what a
 * person adds to a Dockerfile behind RUN. Sources: apt-get(8), apk(8), dnf(8), yum(8), tdnf(8), zypper(8).
 */
#pragma once

#include "base/compat.h"
#include "base/str.h"
#include "core/distro.h"
#include "core/package.h"

/* Upgrades the packages whose names are put behind it, each with a blank. */
const char *upgrade_command(const struct distro *distro, enum package_type type);
/* Upgrades all that is installed. */
const char *upgrade_all_command(const struct distro *distro, enum package_type type);

/* Can the name stand in a command that a person pastes? Names come from images, which may be hostile. */
bool upgrade_is_plain_name(struct str name);
