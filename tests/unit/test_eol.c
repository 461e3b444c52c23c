/* Ends of support: catalog/eol.c. */
#include "catalog_samples.h"

static void test_find(void **state)
{
	static const struct {
		const char *id, *version, *pretty, *channel;
		const char *date; /* NULL: no row */
	} cases[] = {
		{"debian", "11", "", "", "2026-08-31"},
		{"debian", "12", "", "", "2028-06-30"},
		{"debian", "1", "", "", NULL},
		{"debian", "", "", "", NULL}, /* testing, unstable */
		{"ubuntu", "20.04", "", "", "2025-05-29"},
		{"ubuntu", "20.04", "", "esm", "2030-04-23"},
		{"ubuntu", "25.10", "", "esm", "2026-07-09"},
		{"alpine", "3.18.4", "", "", "2025-05-09"},
		{"alpine", "3.18", "", "", "2025-05-09"},
		{"alpine", "3.1", "", "", "2016-11-01"},
		{"alpine", "3.18.4", "", "edge", NULL},
		{"alpine", "3.99.0", "", "", NULL},
		{"rhel", "8.10", "", "", "2029-05-31"},
		{"rhel", "10", "", "", "2035-05-31"},
		{"centos", "8", "CentOS Linux 8", "", "2021-12-31"},
		{"centos", "8", "CentOS Stream 8", "", "2024-05-31"},
		{"centos", "7.9.2009", "", "", "2024-06-30"},
		{"rocky", "9.3", "", "", "2032-05-31"},
		{"almalinux", "8.9", "", "", "2029-03-01"},
		{"ol", "7.9", "", "", "2024-12-31"},
		{"fedora", "40", "", "", "2025-05-13"},
		{"amzn", "2018.03", "", "", "2023-12-31"},
		{"amzn", "2", "", "", "2026-06-30"},
		{"amzn", "2023", "", "", "2029-06-30"},
		{"sles", "15", "", "", "2019-12-31"},
		{"sles", "15.3", "", "", "2022-12-31"},
		{"sles", "15.99", "", "",
		 NULL}, /* a service pack that is not known is not the first */
		{"sles_sap", "15.7", "", "", "2031-07-31"},
		{"opensuse-leap", "15.5", "", "", "2024-12-31"},
		{"opensuse-tumbleweed", "20240101", "", "", NULL},
		{"photon", "3.0", "", "", "2025-10-02"},
		{"photon", "5.0", "", "", NULL},
		{"mariner", "2.0", "", "", "2025-07-31"},
		{"mariner", "2.0.20220527", "", "", "2025-07-31"},
		{"azurelinux", "3.0", "", "", "2027-08-31"},
		{"wolfi", "20230201", "", "", NULL},
		{"unheard-of", "1", "", "", NULL},
		{"", "", "", "", NULL},
		{"debian", "....", "", "", NULL},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct distro d = {.id = str_from(cases[i].id),
				   .version_id = str_from(cases[i].version),
				   .pretty = str_from(cases[i].pretty),
				   .channel = str_from(cases[i].channel)};
		const struct eol *eol = eol_find(&d);

		if (!cases[i].date) {
			if (eol)
				fail_msg("%s %s ends %s", cases[i].id, cases[i].version, eol->date);
			continue;
		}
		if (!eol)
			fail_msg("%s %s has no end", cases[i].id, cases[i].version);
		assert_string_equal(eol->date, cases[i].date);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
