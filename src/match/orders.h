/* The rows of the table in version.c, one per scheme. */
#pragma once

#include "match/version.h"

int dpkg_compare(struct str a, struct str b);
bool dpkg_valid(struct str s);
int rpm_compare(struct str a, struct str b);
bool rpm_valid(struct str s);
int apk_compare(struct str a, struct str b);
bool apk_valid(struct str s);
