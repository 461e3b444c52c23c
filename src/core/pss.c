/* The level and version of the Pod Security Standards: see pss.h. */
#include "base/compat.h"

#include "core/pss.h"

static const char *const level_names[] = {
	[PSS_PRIVILEGED] = "privileged",
	[PSS_BASELINE] = "baseline",
	[PSS_RESTRICTED] = "restricted",
};

const char *pss_level_name(enum pss_level level)
{
	return level < ARRAY_LEN(level_names) ? level_names[level] : "?";
}

static bool parse_level(struct str name, enum pss_level *ret)
{
	for (size_t i = 0; i < ARRAY_LEN(level_names); i++) {
		if (str_eq(name, str_from(level_names[i]))) {
			*ret = (enum pss_level)i;
			return true;
		}
	}
	return false;
}

/* As Kubernetes reads its namespaces' labels, but that the "v" may be left away: no "1.07". */
static bool parse_version(struct str version, unsigned *ret)
{
	uint32_t minor;

	if (str_eq(version, STR("latest"))) {
		*ret = PSS_LATEST;
		return true;
	}
	if (str_starts(version, STR("v")))
		version = str_from_offset(version, 1);
	if (!str_starts(version, STR("1.")))
		return false;
	version = str_from_offset(version, 2);
	if (str_parse_u32(version, &minor) < 0 || (version.len > 1 && version.ptr[0] == '0'))
		return false;
	*ret = minor;
	return true;
}

int pss_parse(const char *text, struct pss *ret, struct err *err)
{
	struct pss pss = {.minor = PSS_LATEST, .alone = true};
	struct str rest = str_from(text), level;

	if (!str_split(&rest, ':', &level) || !parse_level(level, &pss.level))
		return err_set(err, ERR_USAGE,
			       "cannot use '%s': the level is privileged, baseline or restricted",
			       text);
	if (rest.ptr && !parse_version(rest, &pss.minor))
		return err_set(err, ERR_USAGE,
			       "cannot use '%s': the version is latest, or one such as 1.%d", text,
			       PSS_LATEST);
	if (pss.minor > PSS_LATEST)
		return err_set(err, ERR_USAGE,
			       "cannot use '%s': the newest version that is known is 1.%d", text,
			       PSS_LATEST);
	*ret = pss;
	return 0;
}
