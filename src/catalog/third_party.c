/*
 * Packages that the distribution did not build: its advisories say nothing about them, and its versions
 * are not theirs. rpm names the vendor, so everything that is not the distribution's own is known. dpkg
 * and apk name a person or team: only those of well-known other sources are told apart, and version
 * suffixes that these sources add.
 */
#include "base/compat.h"

#include "catalog/catalogers.h"

enum { MAX_VENDORS = 4 };

/* How the Vendor of a distribution's own rpm packages begins. */
static const struct {
	const char *distro;
	const char *vendors[MAX_VENDORS];
} own_vendors[] = {
	/* clang-format off */
	{"rhel",		{"Red Hat, Inc."}},
	{"centos",		{"CentOS"}},
	{"rocky",		{"Rocky"}},
	{"almalinux",		{"AlmaLinux"}},
	{"ol",			{"Oracle America"}},
	{"fedora",		{"Fedora Project"}},
	{"amzn",		{"Amazon Linux", "Amazon.com"}},
	{"sles",		{"SUSE"}},
	{"sled",		{"SUSE"}},
	{"sles_sap",		{"SUSE"}},
	{"sle_hpc",		{"SUSE"}},
	{"sle-micro",		{"SUSE"}},
	{"sl-micro",		{"SUSE"}},
	{"opensuse",		{"openSUSE", "SUSE"}},
	{"opensuse-leap",	{"openSUSE", "SUSE"}},
	{"opensuse-tumbleweed",	{"openSUSE", "SUSE"}},
	{"photon",		{"VMware", "Broadcom"}},
	{"mariner",		{"Microsoft"}},
	{"azurelinux",		{"Microsoft"}},
	/* clang-format on */
};

/*
 * What stands in the maintainer of packages from sources outside the distributions: mail domains and
 * addresses. Only those that no package of the distributions has (compared with all of Debian bookworm's
 * on 2026-11-22): to overlook such a source costs a false finding, to see one that is none hides a true.
 */
static const char *const other_maintainers[] = {
	"@docker.com",
	"@nodesource.com",
	"cudatools@nvidia.com",
	"@hashicorp.com",
	"@mongodb.com",
	"@10gen.com",
	"nginx-packaging@",
	"@percona.com",
	"maria-developers@lists.launchpad.net",
	"mysql-build@",
	"@gitlab.com",
	"@grafana.com",
	"@elastic.co",
	"@influxdb.com",
	"@influxdata.com",
	"@datadoghq.com",
	"@newrelic.com",
	"@rabbitmq.com",
	"@confluent.io",
	"@clickhouse.com",
	"@timescale.com",
	"@puppet.com",
	"@puppetlabs.com",
	"@chef.io",
	"@kubernetes.io",
	"kubernetes-dev@googlegroups.com",
	"@dotnetfoundation.org",
	"@azul.com",
	"@adoptium.net",
	"temurin-dev@eclipse.org",
	"@bell-sw.com",
	"@varnish-software.com",
	"@tailscale.com",
	"@cloudflare.com",
};

/* What such sources put into versions. */
static const struct {
	const char *mark, *origin;
} other_versions[] = {
	{".pgdg", "apt.postgresql.org"},	{"+deb.sury.org", "deb.sury.org"},
	{"nodesource", "deb.nodesource.com"},	{"+maria~", "MariaDB"},
	{"~ppa", "a personal package archive"}, {"+ppa", "a personal package archive"},
	{"-ppa", "a personal package archive"}, {".ppa", "a personal package archive"},
};

static struct str vendor_reason(struct str vendor, struct arena *arena)
{
	return arena_printf(arena, "vendor '%.*s'", STR_FMT(vendor));
}

/* Empty when it is the distribution's own or nothing is known; ptr is NULL when out of memory. */
static struct str rpm_reason(const struct distro *distro, const struct package *p,
			     struct arena *arena)
{
	for (size_t i = 0; i < ARRAY_LEN(own_vendors); i++) {
		if (!str_eq(distro->id, str_from(own_vendors[i].distro)))
			continue;
		for (size_t j = 0; j < MAX_VENDORS && own_vendors[i].vendors[j]; j++)
			if (str_starts(p->vendor, str_from(own_vendors[i].vendors[j])))
				return STR("");
		return p->vendor.len ? vendor_reason(p->vendor, arena) : STR("");
	}
	return STR("");
}

/* sury.org since 2022: "8.2.28-1+0~20250311.86+debian12~1.gbpe1b2d5". */
static bool is_sury_snapshot(struct str version)
{
	ssize_t at = str_find(version, STR("+0~20"));

	return at >= 0 && str_find(str_from_offset(version, (size_t)at), STR(".gbp")) > 0;
}

static struct str text_reason(const struct package *p, struct arena *arena)
{
	if (p->type == PACKAGE_DPKG) {
		for (size_t i = 0; i < ARRAY_LEN(other_versions); i++)
			if (str_find(p->version, str_from(other_versions[i].mark)) >= 0)
				return arena_printf(arena, "version has '%s' of %s",
						    other_versions[i].mark,
						    other_versions[i].origin);
		if (is_sury_snapshot(p->version))
			return STR("version has '+0~…gbp' of deb.sury.org");
	}
	for (size_t i = 0; i < ARRAY_LEN(other_maintainers); i++)
		if (str_find(p->vendor, str_from(other_maintainers[i])) >= 0)
			return arena_printf(arena, "maintainer '%.*s'", STR_FMT(p->vendor));
	return STR("");
}

int third_party_mark(const struct distro *distro, struct package *packages, size_t n_packages,
		     struct arena *arena)
{
	for (size_t i = 0; i < n_packages; i++) {
		struct package *p = &packages[i];

		p->third_party = p->type == PACKAGE_RPM ? rpm_reason(distro, p, arena)
							: text_reason(p, arena);
		if (!p->third_party.ptr)
			return -ENOMEM;
	}
	return 0;
}
