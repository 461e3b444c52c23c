/*
 * Version orders, exactly as the native tools have them. One file per scheme: version_dpkg.c,
 * version_rpm.c, version_apk.c; version.c holds the table.
 */
#pragma once

#include "base/compat.h"
#include "base/err.h"
#include "base/str.h"

enum version_scheme { VERSION_DPKG, VERSION_RPM, VERSION_APK, VERSION_SCHEME_MAX_ };

/*
 * One row per scheme. compare takes any bytes and always gives an order. valid says whether the native
 * tool would compare s as a version: for dpkg what `dpkg --validate-version` accepts; rpm and apk have no
 * such test for what they compare, so for rpm any one word, for apk what begins with a number and has
 * only characters of versions.
 */
struct version_order {
	const char *name; /* "dpkg" */
	int (*compare)(struct str a, struct str b);
	bool (*valid)(struct str s);
};

extern const struct version_order version_orders[VERSION_SCHEME_MAX_];

const char *version_scheme_name(enum version_scheme scheme);
/* Reads such a name: 0 or -EINVAL. */
int version_scheme_parse(struct str name, enum version_scheme *ret);
/* <0, 0, >0. Never fails and never allocates. */
int version_compare(enum version_scheme scheme, struct str a, struct str b);
bool version_valid(enum version_scheme scheme, struct str s);
