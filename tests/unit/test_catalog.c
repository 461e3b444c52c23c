/* Which files are wanted, and what follows when all were read: catalog/catalog.c, third_party.c. */
#include "catalog_samples.h"

static const char *bidder(const char *path)
{
	int which = catalog_bid(str_from(path));

	return which < 0 ? "" : catalogers[which]->name;
}

static void test_bids(void **state)
{
	static const struct {
		const char *path, *name;
	} cases[] = {
		{"etc/os-release", "distro"},
		{"usr/lib/os-release", "distro"},
		{"usr/lib/os.release.d/os-release-fedora", "distro"},
		{"os-release", "distro"},
		{"opt/root/etc/os-release", "distro"},
		{"usr/share/man/man5/os-release.5.gz", ""},
		{"etc/os-release.rpmnew", ""},
		{"etc/lsb-release", "distro"},
		{"usr/bin/lsb-release", ""},
		{"etc/debian_version", "distro"},
		{"etc/alpine-release", "distro"},
		{"etc/redhat-release", "distro"},
		{"usr/lib/fedora-release", "distro"},
		{"etc/SuSE-release", "distro"},
		{"etc/some-release", ""},
		{"var/lib/dpkg/status", "dpkg"},
		{"usr/var/lib/dpkg/status", "dpkg"},
		{"var/lib/dpkg/status-old", ""},
		{"var/lib/xdpkg/status", ""},
		{"var/xlib/dpkg/status", ""},
		{"status", ""},
		{"var/lib/dpkg/status.d/base", "dpkg"},
		{"var/lib/dpkg/status.d/base.md5sums", "dpkg"},
		{"var/lib/dpkg/info/libc6:amd64.list", "dpkg"},
		{"var/lib/dpkg/info/libc6:amd64.md5sums", "dpkg"},
		{"var/lib/dpkg/info/libc6:amd64.postinst", ""},
		{"lib/apk/db/installed", "apk"},
		{"usr/lib/apk/db/installed", "apk"},
		{"lib/apk/db/installed.old", ""},
		{"apk/db/installed", ""},
		{"var/lib/rpm/rpmdb.sqlite", "rpm"},
		{"usr/lib/sysimage/rpm/rpmdb.sqlite", "rpm"},
		{"usr/share/rpm/rpmdb.sqlite", "rpm"},
		{"var/lib/rpm/Packages", "rpm"},
		{"usr/lib/sysimage/rpm/Packages.db", "rpm"},
		{"var/lib/rpm/rpmdb.sqlite-wal", "rpm"},
		{"var/lib/rpm/rpmdb.sqlite-shm", ""},
		{"var/lib/rpm/Name", ""},
		{"dists/main/binary-amd64/Packages", ""},
		{"etc/apk/repositories", "repositories"},
		{"etc/apt/sources.list", "repositories"},
		{"etc/apt/sources.list.d/x.list", "repositories"},
		{"etc/apt/sources.list.d/x.sources", "repositories"},
		{"etc/apt/sources.list.d/x.save", ""},
		{"etc/apt/auth.conf.d/90ubuntu-advantage", "repositories"},
		{"", ""},
		{"/", ""},
		{"a", ""},
		{"usr/bin/bash", ""},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (strcmp(bidder(cases[i].path), cases[i].name) != 0)
			fail_msg("'%s' is for '%s', not '%s'", cases[i].path, bidder(cases[i].path),
				 cases[i].name);
}

static void test_channel(void **state)
{
	static const struct {
		const char *id, *version;
		const char *repositories[3];
		const char *package_version, *channel;
	} cases[] = {
		{"alpine", "3.19.1", {"https://x/alpine/v3.19/main"}, "1", ""},
		{"alpine",
		 "3.19.1",
		 {"https://x/alpine/v3.19/main", "https://x/alpine/edge/main/"},
		 "1",
		 "edge"},
		{"alpine",
		 "3.19.1",
		 {"https://x/alpine/v3.19/main", "@edge https://x/alpine/edge/main"},
		 "1",
		 ""},
		{"alpine",
		 "3.19.1",
		 {"https://x/alpine/v3.19/main", "https://x/alpine/edge/testing"},
		 "1",
		 ""},
		{"alpine", "3.21.0_alpha20240923", {NULL}, "1", "edge"},
		{"ubuntu", "20.04", {"http://archive.ubuntu.com/ubuntu focal main"}, "1", ""},
		{"ubuntu",
		 "20.04",
		 {"https://esm.ubuntu.com/infra/ubuntu focal-infra-security main"},
		 "1",
		 "esm"},
		{"ubuntu", "20.04", {"machine esm.ubuntu.com/apps/ubuntu/"}, "1", "esm"},
		{"ubuntu", "16.04", {NULL}, "2.23-0ubuntu11.3+esm5", "esm"},
		{"ubuntu", "14.04", {NULL}, "1.0~esm1", "esm"},
		{"ubuntu", "22.04", {NULL}, "1.0resmon", ""},
		{"debian", "12", {"machine esm.ubuntu.com/apps/ubuntu/"}, "1", ""},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_(arena_release) struct arena arena = ARENA_INIT(0);
		struct distro d = {.id = str_from(cases[i].id),
				   .version_id = str_from(cases[i].version)};
		struct package p = {.type = PACKAGE_DPKG,
				    .version = str_from(cases[i].package_version)};
		struct str repositories[3];
		size_t n = 0;

		while (n < 3 && cases[i].repositories[n]) {
			repositories[n] = str_from(cases[i].repositories[n]);
			n++;
		}
		assert_int_equal(catalog_finish(&d, repositories, n, &p, 1, &arena), 0);
		assert_str(d.channel, cases[i].channel);
	}
}

static void test_third_party(void **state)
{
	static const struct {
		enum package_type type;
		const char *distro, *vendor, *version, *reason;
	} cases[] = {
		{PACKAGE_RPM, "rhel", "Red Hat, Inc.", "1", ""},
		{PACKAGE_RPM, "rhel", "Fedora Project", "1", "vendor 'Fedora Project'"},
		{PACKAGE_RPM, "rocky", "Rocky Enterprise Software Foundation", "1", ""},
		{PACKAGE_RPM, "rocky", "Docker", "1", "vendor 'Docker'"},
		{PACKAGE_RPM, "rocky", "", "1", ""},
		{PACKAGE_RPM, "fedora", "Fedora Project", "1", ""},
		{PACKAGE_RPM, "ol", "Oracle America", "1", ""},
		{PACKAGE_RPM, "ol", "Oracle and/or its affiliates", "1",
		 "vendor 'Oracle and/or its affiliates'"},
		{PACKAGE_RPM, "sles", "SUSE LLC <https://www.suse.com/>", "1", ""},
		{PACKAGE_RPM, "opensuse-leap", "SUSE LLC <https://www.suse.com/>", "1", ""},
		{PACKAGE_RPM, "opensuse-leap", "obs://build.opensuse.org/home:x", "1",
		 "vendor 'obs://build.opensuse.org/home:x'"},
		{PACKAGE_RPM, "mariner", "Microsoft Corporation", "1", ""},
		{PACKAGE_RPM, "unheard-of", "Docker", "1", ""},
		{PACKAGE_DPKG, "debian", "Debian Adduser Developers <adduser@packages.debian.org>",
		 "3.134", ""},
		{PACKAGE_DPKG, "debian", "Docker <support@docker.com>",
		 "5:24.0.5-1~debian.12~bookworm", "maintainer 'Docker <support@docker.com>'"},
		{PACKAGE_DPKG, "debian",
		 "Debian PostgreSQL Maintainers <team+postgresql@tracker.debian.org>",
		 "15.4-1.pgdg120+1", "version has '.pgdg' of apt.postgresql.org"},
		{PACKAGE_DPKG, "debian", "Debian PHP Maintainers <team+pkg-php@tracker.debian.org>",
		 "8.2.28-1+0~20250311.86+debian12~1.gbpe1b2d5",
		 "version has '+0~…gbp' of deb.sury.org"},
		{PACKAGE_DPKG, "ubuntu", "", "7.4.3-1~ppa1~jammy1",
		 "version has '~ppa' of a personal package archive"},
		{PACKAGE_DPKG, "debian", "", "18.17.1-1nodesource1",
		 "version has 'nodesource' of deb.nodesource.com"},
		{PACKAGE_APK, "alpine", "Natanael Copa <ncopa@alpinelinux.org>", "1", ""},
		{PACKAGE_APK, "alpine", "NGINX Packaging <nginx-packaging@f5.com>", "1",
		 "maintainer 'NGINX Packaging <nginx-packaging@f5.com>'"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_(arena_release) struct arena arena = ARENA_INIT(0);
		struct distro d = {.id = str_from(cases[i].distro)};
		struct package p = {.type = cases[i].type,
				    .vendor = str_from(cases[i].vendor),
				    .version = str_from(cases[i].version)};

		assert_int_equal(catalog_finish(&d, NULL, 0, &p, 1, &arena), 0);
		assert_str(p.third_party, cases[i].reason);
	}
}

/* Of the distributions' own packages, none is taken for a stranger. */
static void test_samples_are_own(void **state)
{
	static const struct {
		const char *root, *path, *id;
	} cases[] = {
		{"debian-11.11-minbase", "var/lib/dpkg/status", "debian"},
		{"debian-12.15-minbase", "var/lib/dpkg/status", "debian"},
		{"ubuntu-22.04-docker-20220801-from-manifest", "var/lib/dpkg/status", "ubuntu"},
		{"alpine-3.20.3-minirootfs", "lib/apk/db/installed", "alpine"},
		{"rocky-9.3-rpmdb-sqlite", "var/lib/rpm/rpmdb.sqlite", "rocky"},
		{"ubi-8-s390x-rpmdb-sqlite", "var/lib/rpm/rpmdb.sqlite", "rhel"},
		{"cbl-mariner-2.0-rpmdb-sqlite", "var/lib/rpm/rpmdb.sqlite", "mariner"},
	};
	_cleanup_buf_ struct buf b = BUF_INIT((size_t)1 << 28);

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_reading_ struct reading reading;
		struct distro d = {.id = str_from(cases[i].id)};

		read_member(&reading, &b, cases[i].root, cases[i].path);
		assert_int_equal(catalog_finish(&d, NULL, 0, reading.entry.packages.items,
						reading.entry.packages.len, &reading.arena),
				 0);
		for (size_t j = 0; j < reading.entry.packages.len; j++)
			assert_str(reading.entry.packages.items[j].third_party, "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bids),
		cmocka_unit_test(test_channel),
		cmocka_unit_test(test_third_party),
		cmocka_unit_test(test_samples_are_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
