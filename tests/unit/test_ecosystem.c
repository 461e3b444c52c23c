/* Distributions and OSV ecosystem names, and the shards that they lead to. */
#include "base/compat.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "advisory/ecosystem.h"

#include "base/err.h"

static const struct {
	const char *id, *version, *codename, *channel;
	const char *shard, *second; /* NULL: unsupported */
	enum version_scheme scheme;
	enum package_key key;
} distros[] = {
	/* clang-format off */
	{"debian", "12", "bookworm", "", "Debian:12", NULL, VERSION_DPKG, KEY_SOURCE},
	{"debian", "6.0.10", "", "", "Debian:6.0", NULL, VERSION_DPKG, KEY_SOURCE},
	{"debian", "", "bookworm", "", "Debian:12", NULL, VERSION_DPKG, KEY_SOURCE},
	{"debian", "", "trixie/sid", "", "Debian:13", NULL, VERSION_DPKG, KEY_SOURCE},
	{"debian", "", "sid", "", NULL, NULL, VERSION_DPKG, KEY_SOURCE},
	{"debian", "", "", "", NULL, NULL, VERSION_DPKG, KEY_SOURCE},
	{"ubuntu", "22.04", "jammy", "", "Ubuntu:22.04:LTS", NULL, VERSION_DPKG, KEY_SOURCE},
	{"ubuntu", "18.04", "bionic", "esm", "Ubuntu:18.04:LTS", "Ubuntu:Pro:18.04:LTS", VERSION_DPKG, KEY_SOURCE},
	{"ubuntu", "23.10", "mantic", "", "Ubuntu:23.10", NULL, VERSION_DPKG, KEY_SOURCE},
	{"ubuntu", "23.04", "lunar", "", "Ubuntu:23.04", NULL, VERSION_DPKG, KEY_SOURCE},
	{"ubuntu", "", "", "", NULL, NULL, VERSION_DPKG, KEY_SOURCE},
	{"alpine", "3.18.4", "", "", "Alpine:v3.18", NULL, VERSION_APK, KEY_SOURCE},
	{"alpine", "3.18.4", "", "edge", "Alpine:edge", NULL, VERSION_APK, KEY_SOURCE},
	{"alpine", "3.22_alpha20250108", "", "", "Alpine:edge", NULL, VERSION_APK, KEY_SOURCE},
	{"alpine", "", "", "", NULL, NULL, VERSION_APK, KEY_SOURCE},
	{"wolfi", "20230201", "", "", "Wolfi", NULL, VERSION_APK, KEY_SOURCE},
	{"chainguard", "20230214", "", "", "Chainguard", NULL, VERSION_APK, KEY_SOURCE},
	{"rhel", "8.9", "", "", "Red Hat:8", NULL, VERSION_RPM, KEY_BINARY},
	{"centos", "7", "", "", "Red Hat:7", NULL, VERSION_RPM, KEY_BINARY},
	{"almalinux", "9.3", "", "", "AlmaLinux:9", NULL, VERSION_RPM, KEY_BINARY},
	{"rocky", "8.8", "", "", "Rocky Linux:8", NULL, VERSION_RPM, KEY_SOURCE},
	{"ol", "8.9", "", "", "Oracle Linux:8", NULL, VERSION_RPM, KEY_BINARY},
	{"fedora", "39", "", "", "Fedora:39", NULL, VERSION_RPM, KEY_BINARY},
	{"amzn", "2023", "", "", "Amazon Linux:2023", NULL, VERSION_RPM, KEY_BINARY},
	{"sles", "15.3", "", "", "SUSE:15.3", NULL, VERSION_RPM, KEY_BINARY},
	{"sles", "15", "", "", "SUSE:15", NULL, VERSION_RPM, KEY_BINARY},
	{"SLES_SAP", "12.5", "", "", "SUSE:12.5", NULL, VERSION_RPM, KEY_BINARY},
	{"opensuse-leap", "15.5", "", "", "openSUSE:Leap 15.5", NULL, VERSION_RPM, KEY_BINARY},
	{"opensuse-tumbleweed", "20240101", "", "", "openSUSE:Tumbleweed", NULL, VERSION_RPM, KEY_BINARY},
	{"photon", "4.0", "", "", "Photon OS:4.0", NULL, VERSION_RPM, KEY_BINARY},
	{"azurelinux", "3.0", "", "", "Azure Linux:3", NULL, VERSION_RPM, KEY_BINARY},
	{"mariner", "2.0.20230126", "", "", "Azure Linux:2", NULL, VERSION_RPM, KEY_BINARY},
	{"plan9", "4", "", "", NULL, NULL, VERSION_RPM, KEY_BINARY},
	{"", "", "", "", NULL, NULL, VERSION_RPM, KEY_BINARY},
	/* clang-format on */
};

static void test_distros(void **state)
{
	_cleanup_arena_ struct arena arena = ARENA_INIT(0);

	for (size_t i = 0; i < ARRAY_LEN(distros); i++) {
		struct distro distro = {
			.id = str_from(distros[i].id),
			.version_id = str_from(distros[i].version),
			.codename = str_from(distros[i].codename),
			.channel = str_from(distros[i].channel),
		};
		struct ecosystem ecosystem;
		int r = ecosystem_of_distro(&distro, &arena, &ecosystem);

		if (!distros[i].shard) {
			assert_int_equal(r, -ERR_UNSUPPORTED);
			continue;
		}
		assert_int_equal(r, 0);
		assert_string_equal(ecosystem.shards[0].ptr, distros[i].shard);
		assert_int_equal(ecosystem.n_shards, distros[i].second ? 2 : 1);
		if (distros[i].second)
			assert_string_equal(ecosystem.shards[1].ptr, distros[i].second);
		assert_int_equal(ecosystem.scheme, distros[i].scheme);
		assert_int_equal(ecosystem.key, distros[i].key);
	}
}

/* Unset members of a distro are empty slices without a pointer. */
static void test_nothing_set(void **state)
{
	_cleanup_arena_ struct arena arena = ARENA_INIT(0);
	static const char *const ids[] = {"debian", "ubuntu", "alpine", "rhel", "sles", "photon"};

	for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
		struct distro distro = {.id = str_from(ids[i])};
		struct ecosystem ecosystem;

		assert_int_equal(ecosystem_of_distro(&distro, &arena, &ecosystem),
				 -ERR_UNSUPPORTED);
	}
}

static const struct {
	const char *osv, *shard, *channel;
} ecosystems[] = {
	/* clang-format off */
	{"Debian:12", "Debian:12", ""},
	{"Ubuntu:22.04:LTS", "Ubuntu:22.04:LTS", ""},
	{"Ubuntu:Pro:16.04:LTS", "Ubuntu:Pro:16.04:LTS", "esm"},
	{"Alpine:v3.18", "Alpine:v3.18", ""},
	{"Red Hat:enterprise_linux:8::appstream", "Red Hat:8", "appstream"},
	{"Red Hat:enterprise_linux:7::server", "Red Hat:7", "server"},
	{"Red Hat:rhel_els:7", "Red Hat:7", "els"},
	{"Red Hat:rhel_eus:8.4::baseos", "Red Hat:8.4", "eus"},
	{"Red Hat:openshift:4.12::el8", "Red Hat:openshift:4.12::el8", ""},
	{"Red Hat:", "Red Hat:", ""},
	{"AlmaLinux:9", "AlmaLinux:9", ""},
	{"SUSE:Linux Enterprise Server 15 SP3-LTSS", "SUSE:15.3", "Linux Enterprise Server 15 SP3-LTSS"},
	{"SUSE:Linux Enterprise Module for Basesystem 15 SP4", "SUSE:15.4", "Linux Enterprise Module for Basesystem 15 SP4"},
	{"SUSE:Linux Enterprise Server 15-LTSS", "SUSE:15", "Linux Enterprise Server 15-LTSS"},
	{"SUSE:Linux Enterprise Server 12 SP5", "SUSE:12.5", "Linux Enterprise Server 12 SP5"},
	{"SUSE:Linux Enterprise Micro 5.3", "SUSE:Linux Enterprise Micro 5.3", ""},
	{"SUSE:Linux Enterprise Server 15 SP", "SUSE:Linux Enterprise Server 15 SP", ""},
	{"SUSE:Manager Server 4.3", "SUSE:Manager Server 4.3", ""},
	{"SUSE:", "SUSE:", ""},
	{"openSUSE:Leap 15.5", "openSUSE:Leap 15.5", ""},
	{"npm", "npm", ""},
	{"", "", ""},
	/* clang-format on */
};

static void test_ecosystems(void **state)
{
	_cleanup_arena_ struct arena arena = ARENA_INIT(0);

	for (size_t i = 0; i < ARRAY_LEN(ecosystems); i++) {
		struct str shard, channel;

		assert_int_equal(
			ecosystem_shard(str_from(ecosystems[i].osv), &arena, &shard, &channel), 0);
		if (!str_eq(shard, str_from(ecosystems[i].shard)) ||
		    !str_eq(channel, str_from(ecosystems[i].channel)))
			fail_msg("%s: got '%.*s' '%.*s'", ecosystems[i].osv, STR_FMT(shard),
				 STR_FMT(channel));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_distros),
		cmocka_unit_test(test_nothing_set),
		cmocka_unit_test(test_ecosystems),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
