/* The table of version orders: see version.h. */
#include "base/compat.h"

#include "match/version.h"

#include "match/orders.h"

const struct version_order version_orders[VERSION_SCHEME_MAX_] = {
	[VERSION_DPKG] = {.name = "dpkg", .compare = dpkg_compare, .valid = dpkg_valid},
	[VERSION_RPM] = {.name = "rpm", .compare = rpm_compare, .valid = rpm_valid},
	[VERSION_APK] = {.name = "apk", .compare = apk_compare, .valid = apk_valid},
};

const char *version_scheme_name(enum version_scheme scheme)
{
	return scheme < VERSION_SCHEME_MAX_ ? version_orders[scheme].name : "unknown";
}

int version_scheme_parse(struct str name, enum version_scheme *ret)
{
	for (enum version_scheme s = 0; s < VERSION_SCHEME_MAX_; s++) {
		if (str_eq(name, str_from(version_orders[s].name))) {
			*ret = s;
			return 0;
		}
	}
	return -EINVAL;
}

int version_compare(enum version_scheme scheme, struct str a, struct str b)
{
	return str_eq(a, b) ? 0 : version_orders[scheme].compare(a, b);
}

bool version_valid(enum version_scheme scheme, struct str s)
{
	return version_orders[scheme].valid(s);
}
