/* Which distribution an image is of: catalog/distro.c, parse/osrelease.c. */
#include "catalog_samples.h"

#include "parse/osrelease.h"

static void test_quoting(void **state)
{
	static const struct {
		const char *line, *value; /* NULL: not an assignment */
	} cases[] = {
		{"A=b", "b"},
		{"A=", ""},
		{"A=\"b c\"", "b c"},
		{"A='b c'", "b c"},
		{"A=\"b \\\"c\\\" \\$d \\` \\\\\"", "b \"c\" $d ` \\"},
		{"A=\"b \\n c\"", "b \\n c"},
		{"A='b \\n c'", "b \\n c"},
		{"A=b\\ c", "b c"},
		{"A=b c", "b"},
		{"A=\"b\"'c'd", "bcd"},
		{"A=\"b", "b"},
		{"A='", ""},
		{"A=\\", "\\"},
		{"  A=b  ", "b"},
		{"A=b\r", "b"},
		{"A=$B", "$B"},
		{"A = b", NULL},
		{"=b", NULL},
		{"1A=b", NULL},
		{"no assignment", NULL},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_(arena_release) struct arena arena = ARENA_INIT(0);
		struct osrelease o = OSRELEASE_INIT(str_from(cases[i].line));
		struct osrelease_variable v;
		int r = osrelease_next(&o, &arena, &v);

		if (!cases[i].value) {
			assert_int_equal(r, 0);
			assert_int_equal(o.malformed, 1);
			assert_int_equal(o.malformed_line, 1);
			continue;
		}
		assert_int_equal(r, 1);
		assert_str(v.name, "A");
		assert_str(v.value, cases[i].value);
		assert_int_equal(osrelease_next(&o, &arena, &v), 0);
	}
}

/* Each text as the file that it would be. */
static const struct {
	const char *path, *text;
	const char *id, *version, *codename, *pretty;
	unsigned rank;
} files[] = {
	{"etc/os-release",
	 "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nNAME=\"Debian GNU/Linux\"\n"
	 "VERSION_ID=\"12\"\nVERSION=\"12 (bookworm)\"\nVERSION_CODENAME=bookworm\nID=debian\n",
	 "debian", "12", "bookworm", "Debian GNU/Linux 12 (bookworm)", 0},
	/* testing and unstable have no number */
	{"usr/lib/os-release",
	 "PRETTY_NAME=\"Debian GNU/Linux trixie/sid\"\nVERSION_CODENAME=trixie\nID=debian\n",
	 "debian", "", "trixie", "Debian GNU/Linux trixie/sid", 1},
	/* the code name stands in VERSION only */
	{"etc/os-release", "ID=debian\nVERSION_ID=\"8\"\nVERSION=\"8 (jessie)\"\n", "debian", "8",
	 "jessie", "", 0},
	{"etc/os-release",
	 "ID=ubuntu\nVERSION_ID=\"16.04\"\nVERSION=\"16.04 LTS (Xenial "
	 "Xerus)\"\nUBUNTU_CODENAME=xenial\n",
	 "ubuntu", "16.04", "xenial", "", 0},
	/* distroless */
	{"usr/lib/os-release", "PRETTY_NAME=\"Distroless\"\nID=\"debian\"\nVERSION_ID=\"12\"\n",
	 "debian", "12", "", "Distroless", 1},
	{"etc/os-release", "ID=wolfi\nNAME=\"Wolfi\"\nVERSION_ID=\"20230201\"\n", "wolfi",
	 "20230201", "", "", 0},
	{"etc/os-release", "ID=chainguard\nVERSION_ID=\"20230214\"\n", "chainguard", "20230214", "",
	 "", 0},
	{"usr/lib/os.release.d/os-release-fedora", "ID=fedora\nVERSION_ID=40\n", "fedora", "40", "",
	 "", 2},
	{"sysroot/etc/os-release", "ID=alpine\nVERSION_ID=3.18.4\n", "alpine", "3.18.4", "", "",
	 50},
	/* nothing is named */
	{"etc/os-release", "", "", "", "", "", 1000},
	{"etc/os-release", "NAME=x\n", "", "", "", "", 1000},
	{"etc/lsb-release",
	 "DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=14.04\nDISTRIB_CODENAME=trusty\n"
	 "DISTRIB_DESCRIPTION=\"Ubuntu 14.04.6 LTS\"\n",
	 "ubuntu", "14.04", "trusty", "Ubuntu 14.04.6 LTS", 10},
	{"etc/lsb-release", "DISTRIB_ID=\"VMware Photon OS\"\nDISTRIB_RELEASE=\"4.0\"\n", "photon",
	 "4.0", "", "", 10},
	{"etc/debian_version", "12.5\n", "debian", "12", "", "Debian GNU/Linux 12.5", 30},
	{"etc/debian_version", "trixie/sid\n", "debian", "", "trixie",
	 "Debian GNU/Linux trixie/sid", 30},
	{"etc/debian_version", "kali-rolling\n", "", "", "", "", 1000},
	{"etc/alpine-release", "3.18.4\n", "alpine", "3.18.4", "", "Alpine Linux v3.18.4", 20},
	{"etc/alpine-release", "3.21.0_alpha20240923\n", "alpine", "3.21.0_alpha20240923", "",
	 "Alpine Linux v3.21.0_alpha20240923", 20},
	{"etc/redhat-release", "Red Hat Enterprise Linux Server release 6.10 (Santiago)\n", "rhel",
	 "6.10", "", "Red Hat Enterprise Linux Server release 6.10 (Santiago)", 30},
	{"etc/redhat-release", "Red Hat Enterprise Linux release 9.3 (Plow)\n", "rhel", "9.3", "",
	 "Red Hat Enterprise Linux release 9.3 (Plow)", 30},
	{"etc/centos-release", "CentOS release 6.10 (Final)\n", "centos", "6.10", "",
	 "CentOS release 6.10 (Final)", 20},
	{"etc/centos-release", "CentOS Linux release 7.9.2009 (Core)\n", "centos", "7.9.2009", "",
	 "CentOS Linux release 7.9.2009 (Core)", 20},
	{"etc/centos-release", "CentOS Stream release 9\n", "centos", "9", "",
	 "CentOS Stream release 9", 20},
	{"etc/rocky-release", "Rocky Linux release 8.10 (Green Obsidian)\n", "rocky", "8.10", "",
	 "Rocky Linux release 8.10 (Green Obsidian)", 20},
	{"etc/almalinux-release", "AlmaLinux release 9.4 (Seafoam Ocelot)\n", "almalinux", "9.4",
	 "", "AlmaLinux release 9.4 (Seafoam Ocelot)", 20},
	{"etc/oracle-release", "Oracle Linux Server release 7.9\n", "ol", "7.9", "",
	 "Oracle Linux Server release 7.9", 20},
	{"usr/lib/fedora-release", "Fedora release 38 (Thirty Eight)\n", "fedora", "38", "",
	 "Fedora release 38 (Thirty Eight)", 21},
	{"etc/system-release", "Amazon Linux AMI release 2018.03\n", "amzn", "2018.03", "",
	 "Amazon Linux AMI release 2018.03", 30},
	{"etc/system-release", "Amazon Linux release 2 (Karoo)\n", "amzn", "2", "",
	 "Amazon Linux release 2 (Karoo)", 30},
	{"etc/photon-release", "VMware Photon Linux 1.0\nPHOTON_BUILD_NUMBER=62c543d\n", "photon",
	 "1.0", "", "VMware Photon Linux 1.0", 20},
	{"etc/mariner-release", "CBL-Mariner 2.0.20220527\nMARINER_BUILD_NUMBER=a1b2c3\n",
	 "mariner", "2.0", "", "CBL-Mariner 2.0.20220527", 20},
	{"etc/azurelinux-release", "Microsoft Azure Linux 3.0.20240727\n", "azurelinux", "3.0", "",
	 "Microsoft Azure Linux 3.0.20240727", 20},
	{"etc/SuSE-release",
	 "SUSE Linux Enterprise Server 11 (x86_64)\nVERSION = 11\nPATCHLEVEL = 4\n", "sles", "11.4",
	 "", "SUSE Linux Enterprise Server 11 (x86_64)", 20},
	{"etc/SuSE-release", "openSUSE 13.2 (x86_64)\nVERSION = 13.2\nCODENAME = Harlequin\n",
	 "opensuse", "13.2", "", "openSUSE 13.2 (x86_64)", 20},
};

static void test_files(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		_cleanup_reading_ struct reading reading;
		const struct distro *d = &reading.entry.distro;

		read_text(&reading, files[i].path, files[i].text);
		assert_int_equal(reading.r, 0);
		assert_int_equal(reading.entry.kind, CATALOG_DISTRO);
		assert_str(d->id, files[i].id);
		assert_str(d->version_id, files[i].version);
		assert_str(d->codename, files[i].codename);
		assert_str(d->pretty, files[i].pretty);
		assert_int_equal(reading.entry.rank, files[i].rank);
		assert_int_equal(reading.entry.skipped,
				 files[i].id[0] || !files[i].text[0] ? 0 : 1);
	}
}

static void test_other_fields(void **state)
{
	_cleanup_reading_ struct reading reading;

	read_text(
		&reading, "etc/os-release",
		"# comment\nID=rocky\nID_LIKE=\"rhel centos fedora\"\nVARIANT_ID=minimal\njunk\n");
	assert_str(reading.entry.distro.id_like, "rhel centos fedora");
	assert_str(reading.entry.distro.variant, "minimal");
	assert_int_equal(reading.entry.skipped, 1);
	assert_str(reading.entry.skipped_example, "line 5: not an assignment");
}

static void test_garbage(void **state)
{
	static const char *const paths[] = {"etc/os-release",	  "etc/lsb-release",
					    "etc/debian_version", "etc/alpine-release",
					    "etc/redhat-release", "etc/SuSE-release"};

	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		_cleanup_reading_ struct reading reading;

		read_as(&reading, paths[i], STR("\0\xff\xfe\n\0=\n"));
		assert_int_equal(reading.r, 0);
		assert_int_equal(reading.entry.rank, 1000);
		assert_int_equal(reading.entry.distro.id.len, 0);
		assert_true(reading.entry.skipped > 0);
	}
	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		torture(files[i].path, str_from(files[i].text));
	starve("etc/os-release", STR("ID=\"a\\\"b\"\n"));
	starve("etc/lsb-release", STR("DISTRIB_ID=Unheard\n"));
	starve("etc/debian_version", STR("12.5"));
}

static void test_samples(void **state)
{
	static const struct {
		const char *root, *path, *id, *version, *codename;
	} cases[] = {
		{"alpine-3.10.9-minirootfs", "etc/os-release", "alpine", "3.10.9", ""},
		{"alpine-3.10.9-minirootfs", "etc/alpine-release", "alpine", "3.10.9", ""},
		{"alpine-edge-20240923-minirootfs", "usr/lib/os-release", "alpine",
		 "3.21.0_alpha20240923", ""},
		{"debian-11.11-minbase", "usr/lib/os-release", "debian", "11", "bullseye"},
		{"debian-11.11-minbase", "etc/debian_version", "debian", "11", ""},
		{"debian-13.7-minbase", "usr/lib/os-release", "debian", "13", "trixie"},
		{"debian-sid-20261030-minbase", "usr/lib/os-release", "debian", "", "forky"},
		{"debian-sid-20261030-minbase", "etc/debian_version", "debian", "", "forky"},
		{"debian-sid-docker-20241202-from-manifest", "etc/os-release", "debian", "", "sid"},
		{"ubuntu-22.04-docker-20220801-from-manifest", "etc/os-release", "ubuntu", "22.04",
		 "jammy"},
		{"rocky-8.10-rpmdb-sqlite", "etc/os-release", "rocky", "8.10", ""},
		{"ubi-8-s390x-rpmdb-sqlite", "etc/os-release", "rhel", "8.4", ""},
		{"cbl-mariner-2.0-rpmdb-sqlite", "etc/os-release", "mariner", "2.0", ""},
		{"one-package-rpmdb-bdb", "etc/os-release", "centos", "7", ""},
	};
	_cleanup_buf_ struct buf b = BUF_INIT(LIMIT_SMALL_TEXT);

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_reading_ struct reading reading;

		read_member(&reading, &b, cases[i].root, cases[i].path);
		assert_int_equal(reading.r, 0);
		assert_str(reading.entry.distro.id, cases[i].id);
		assert_str(reading.entry.distro.version_id, cases[i].version);
		assert_str(reading.entry.distro.codename, cases[i].codename);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_quoting),	     cmocka_unit_test(test_files),
		cmocka_unit_test(test_other_fields), cmocka_unit_test(test_garbage),
		cmocka_unit_test(test_samples),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
