/* Upgrade commands: see upgrade.h. */
#include "base/compat.h"

#include "core/upgrade.h"

static bool id_is(const struct distro *d, const char *id)
{
	return str_eq(d->id, str_from(id));
}

/* "7" of "7.9", 0 if there is none. */
static uint32_t major_version(const struct distro *d)
{
	struct str rest = d->version_id, part;
	uint32_t major;

	if (!str_split(&rest, '.', &part) || str_parse_u32(part, &major) < 0)
		return 0;
	return major;
}

/* With names behind it, upgrades these; without, everything. */
static const char *rpm_command(const struct distro *d)
{
	static const char *const dnf_since_8[] = {"rhel", "centos", "ol", "almalinux", "rocky"};

	if (id_is(d, "photon") || id_is(d, "mariner") || id_is(d, "azurelinux"))
		return "tdnf update -y";
	if (id_is(d, "sles") || str_find(d->id, STR("suse")) >= 0 ||
	    str_find(d->id_like, STR("suse")) >= 0)
		return "zypper update -y";
	/* Amazon Linux 2 and its forerunner ("2018.03") have yum; 2023 has dnf. */
	if (id_is(d, "amzn"))
		return major_version(d) == 2023 ? "dnf upgrade -y" : "yum update -y";
	for (size_t i = 0; i < ARRAY_LEN(dnf_since_8); i++) {
		if (id_is(d, dnf_since_8[i]) && major_version(d) < 8)
			return "yum update -y";
	}
	return "dnf upgrade -y";
}

const char *upgrade_command(const struct distro *distro, enum package_type type)
{
	switch (type) {
	case PACKAGE_DPKG:
		return "apt-get update && apt-get install --only-upgrade -y";
	case PACKAGE_APK:
		return "apk upgrade --no-cache";
	case PACKAGE_RPM:
	case PACKAGE_TYPE_MAX_:
		break;
	}
	return rpm_command(distro);
}

const char *upgrade_all_command(const struct distro *distro, enum package_type type)
{
	/* Only apt has another word for it. */
	if (type == PACKAGE_DPKG)
		return "apt-get update && apt-get upgrade -y";
	return upgrade_command(distro, type);
}

bool upgrade_is_plain_name(struct str name)
{
	static const char punctuation[] = "+-._";

	for (size_t i = 0; i < name.len; i++) {
		unsigned char c = (unsigned char)name.ptr[i];
		bool alnum = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');

		if (!alnum && (i == 0 || !memchr(punctuation, c, sizeof(punctuation) - 1)))
			return false;
	}
	return name.len > 0 && name.len <= 128;
}
