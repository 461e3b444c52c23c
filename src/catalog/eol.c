/*
 * The last days of security support that is free and public. Known as of 2026-11-22, from Debian's
 * distro-info-data 0.58+deb12u7 (Debian, Ubuntu) and endoflife.date and the vendors' pages it names (all
 * others). Dates in the future may move.
 *
 * Debian: the end of LTS, which covers the main architectures; Extended LTS is sold. Ubuntu: standard
 * support; extended maintenance (ESM) has rows of its own, for images that use it. RHEL: the end of
 * maintenance, not of the extended phase that is sold. SLES: general support of each service pack, not
 * LTSS. Wolfi, Chainguard, Tumbleweed, Alpine edge and Debian's testing and unstable roll on and have no
 * end; Photon 5 has none that was announced.
 */
#include "base/compat.h"

#include "catalog/catalog.h"

static const struct eol rows[] = {
	/* clang-format off */
	{"debian", "7", "2018-05-31"},
	{"debian", "8", "2020-06-30"},
	{"debian", "9", "2022-06-30"},
	{"debian", "10", "2024-06-30"},
	{"debian", "11", "2026-08-31"},
	{"debian", "12", "2028-06-30"},
	{"debian", "13", "2030-06-30"},

	{"ubuntu", "14.04", "2019-04-25"},
	{"ubuntu", "14.10", "2015-07-23"},
	{"ubuntu", "15.04", "2016-02-04"},
	{"ubuntu", "15.10", "2016-07-28"},
	{"ubuntu", "16.04", "2021-04-30"},
	{"ubuntu", "16.10", "2017-07-20"},
	{"ubuntu", "17.04", "2018-01-13"},
	{"ubuntu", "17.10", "2018-07-19"},
	{"ubuntu", "18.04", "2023-05-31"},
	{"ubuntu", "18.10", "2019-07-18"},
	{"ubuntu", "19.04", "2020-01-23"},
	{"ubuntu", "19.10", "2020-07-17"},
	{"ubuntu", "20.04", "2025-05-29"},
	{"ubuntu", "20.10", "2021-07-22"},
	{"ubuntu", "21.04", "2022-01-20"},
	{"ubuntu", "21.10", "2022-07-14"},
	{"ubuntu", "22.04", "2027-06-01"},
	{"ubuntu", "22.10", "2023-07-20"},
	{"ubuntu", "23.04", "2024-01-25"},
	{"ubuntu", "23.10", "2024-07-11"},
	{"ubuntu", "24.04", "2029-05-31"},
	{"ubuntu", "24.10", "2025-07-10"},
	{"ubuntu", "25.04", "2026-01-15"},
	{"ubuntu", "25.10", "2026-07-09"},
	{"ubuntu", "26.04", "2031-05-29"},
	{"ubuntu", "26.10", "2027-07-15"},

	{"ubuntu+esm", "14.04", "2024-04-25"},
	{"ubuntu+esm", "16.04", "2026-04-23"},
	{"ubuntu+esm", "18.04", "2028-04-26"},
	{"ubuntu+esm", "20.04", "2030-04-23"},
	{"ubuntu+esm", "22.04", "2032-04-21"},
	{"ubuntu+esm", "24.04", "2034-04-25"},
	{"ubuntu+esm", "26.04", "2036-04-23"},

	{"alpine", "3.0", "2016-05-01"},
	{"alpine", "3.1", "2016-11-01"},
	{"alpine", "3.2", "2017-05-01"},
	{"alpine", "3.3", "2017-11-01"},
	{"alpine", "3.4", "2018-05-01"},
	{"alpine", "3.5", "2018-11-01"},
	{"alpine", "3.6", "2019-05-01"},
	{"alpine", "3.7", "2019-11-01"},
	{"alpine", "3.8", "2020-05-01"},
	{"alpine", "3.9", "2020-11-01"},
	{"alpine", "3.10", "2021-05-01"},
	{"alpine", "3.11", "2021-11-01"},
	{"alpine", "3.12", "2022-05-01"},
	{"alpine", "3.13", "2022-11-01"},
	{"alpine", "3.14", "2023-05-01"},
	{"alpine", "3.15", "2023-11-01"},
	{"alpine", "3.16", "2024-05-23"},
	{"alpine", "3.17", "2024-11-22"},
	{"alpine", "3.18", "2025-05-09"},
	{"alpine", "3.19", "2025-11-01"},
	{"alpine", "3.20", "2026-04-01"},
	{"alpine", "3.21", "2026-11-01"},
	{"alpine", "3.22", "2027-05-01"},
	{"alpine", "3.23", "2027-11-01"},

	{"rhel", "5", "2017-03-31"},
	{"rhel", "6", "2020-11-30"},
	{"rhel", "7", "2024-06-30"},
	{"rhel", "8", "2029-05-31"},
	{"rhel", "9", "2032-05-31"},
	{"rhel", "10", "2035-05-31"},

	{"centos", "5", "2017-03-31"},
	{"centos", "6", "2020-11-30"},
	{"centos", "7", "2024-06-30"},
	{"centos", "8", "2021-12-31"},
	{"centos-stream", "8", "2024-05-31"},
	{"centos-stream", "9", "2027-05-31"},
	{"centos-stream", "10", "2030-01-01"},

	{"rocky", "8", "2029-05-31"},
	{"rocky", "9", "2032-05-31"},
	{"rocky", "10", "2035-05-31"},

	{"almalinux", "8", "2029-03-01"},
	{"almalinux", "9", "2032-05-31"},
	{"almalinux", "10", "2035-05-31"},

	{"ol", "6", "2021-03-31"},
	{"ol", "7", "2024-12-31"},
	{"ol", "8", "2029-07-31"},
	{"ol", "9", "2032-06-30"},
	{"ol", "10", "2035-06-30"},

	{"fedora", "28", "2019-05-28"},
	{"fedora", "29", "2019-11-26"},
	{"fedora", "30", "2020-05-26"},
	{"fedora", "31", "2020-11-24"},
	{"fedora", "32", "2021-05-25"},
	{"fedora", "33", "2021-11-30"},
	{"fedora", "34", "2022-06-07"},
	{"fedora", "35", "2022-12-13"},
	{"fedora", "36", "2023-05-16"},
	{"fedora", "37", "2023-12-05"},
	{"fedora", "38", "2024-05-21"},
	{"fedora", "39", "2024-11-26"},
	{"fedora", "40", "2025-05-13"},
	{"fedora", "41", "2025-12-15"},
	{"fedora", "42", "2026-05-27"},
	{"fedora", "43", "2026-12-09"},

	/* The first generation is named by the month of its release. */
	{"amzn", "2014", "2023-12-31"},
	{"amzn", "2015", "2023-12-31"},
	{"amzn", "2016", "2023-12-31"},
	{"amzn", "2017", "2023-12-31"},
	{"amzn", "2018", "2023-12-31"},
	{"amzn", "2", "2026-06-30"},
	{"amzn", "2023", "2029-06-30"},

	{"sles", "11.0", "2010-12-31"},
	{"sles", "11.1", "2012-08-31"},
	{"sles", "11.2", "2014-01-31"},
	{"sles", "11.3", "2016-01-31"},
	{"sles", "11.4", "2019-03-31"},
	{"sles", "12.0", "2016-06-30"},
	{"sles", "12.1", "2017-05-31"},
	{"sles", "12.2", "2018-03-31"},
	{"sles", "12.3", "2019-06-30"},
	{"sles", "12.4", "2020-06-30"},
	{"sles", "12.5", "2024-10-31"},
	{"sles", "15.0", "2019-12-31"},
	{"sles", "15.1", "2021-01-31"},
	{"sles", "15.2", "2021-12-31"},
	{"sles", "15.3", "2022-12-31"},
	{"sles", "15.4", "2023-12-31"},
	{"sles", "15.5", "2024-12-31"},
	{"sles", "15.6", "2025-12-31"},
	{"sles", "15.7", "2031-07-31"},

	{"opensuse-leap", "42.1", "2017-05-17"},
	{"opensuse-leap", "42.2", "2018-01-26"},
	{"opensuse-leap", "42.3", "2019-07-01"},
	{"opensuse-leap", "15.0", "2019-12-03"},
	{"opensuse-leap", "15.1", "2021-02-02"},
	{"opensuse-leap", "15.2", "2022-01-04"},
	{"opensuse-leap", "15.3", "2022-12-31"},
	{"opensuse-leap", "15.4", "2023-12-07"},
	{"opensuse-leap", "15.5", "2024-12-31"},
	{"opensuse-leap", "15.6", "2026-04-30"},
	{"opensuse-leap", "16.0", "2027-10-31"},

	{"photon", "1.0", "2022-02-28"},
	{"photon", "2.0", "2022-12-01"},
	{"photon", "3.0", "2025-10-02"},
	{"photon", "4.0", "2027-10-11"},

	{"mariner", "1.0", "2023-08-31"},
	{"mariner", "2.0", "2025-07-31"},
	{"azurelinux", "3.0", "2027-08-31"},
	/* clang-format on */
};

/* Ids that share the life of another. */
static const struct {
	const char *id, *like;
} same_life[] = {
	{"sled", "sles"},
	{"sles_sap", "sles"},
	{"sle_hpc", "sles"},
	{"opensuse", "opensuse-leap"}, /* Leap 42 called itself so */
};

static const struct eol *find(struct str id, struct str release)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (str_eq(id, str_from(rows[i].distro)) &&
		    str_eq(release, str_from(rows[i].release)))
			return &rows[i];
	return NULL;
}

/* "15" is the service pack 0 that rows call "15.0". */
static const struct eol *find_first_minor(struct str id, struct str release)
{
	char text[32];

	snprintf(text, sizeof(text), "%.*s.0", STR_FMT(release));
	return find(id, str_from(text));
}

const struct eol *eol_find(const struct distro *distro)
{
	struct str id = distro->id, release = distro->version_id;
	const struct eol *row;

	if (release.len == 0 || str_eq(distro->channel, STR("edge")))
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(same_life); i++)
		if (str_eq(id, str_from(same_life[i].id)))
			id = str_from(same_life[i].like);
	/* Both call themselves centos, 8. */
	if (str_eq(id, STR("centos")) && str_find(distro->pretty, STR("Stream")) >= 0)
		id = STR("centos-stream");
	if (str_eq(id, STR("ubuntu")) && str_eq(distro->channel, STR("esm"))) {
		row = find(STR("ubuntu+esm"), release);
		if (row)
			return row;
	}
	row = find(id, release);
	if (!row)
		row = find_first_minor(id, release);
	while (!row) {
		ssize_t dot = str_rfind_char(release, '.');

		if (dot < 0)
			return NULL;
		release = str_sub(release, 0, (size_t)dot);
		row = find(id, release);
	}
	return row;
}
