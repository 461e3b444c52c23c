/* Debian changelogs: entries, CVE ids, summaries, dates, and what the newer entries fix. */
#include "base/compat.h"

#include <setjmp.h>

#include <cmocka.h>

#include "advisory/changelog.h"
#include "advisory/fixes.h"
#include "base/buf.h"
#include "base/date.h"

static const char changelog[] =
	"tiff (4.2.0-1+deb11u3) bullseye-security; urgency=high\n"
	"\n"
	"  * Non-maintainer upload.\n"
	"  * Backport security fix for CVE-2022-48281, heap-based buffer overflow in\n"
	"    processCropSelections().\n"
	"  * Once more CVE-2022-1354.\n"
	"\n"
	" -- Some One <some@one.example>  Sun, 29 Jan 2023 14:56:06 +0800\n"
	"\n"
	"tiff (4.2.0-1+deb11u2) bullseye-security; urgency=high\n"
	"\n"
	"  [ Some Body ]\n"
	"  * Backport security fix for CVE-2022-1354, heap buffer overflow.\n"
	"  * cve-2022-1622 and -1623: out of bounds read; see CVE-2022-{2056,2057}\n"
	"\n"
	" -- Some Body <some@body.example>  Tue, 17 Jan 2023 16:17:33 +0800\n"
	"\n"
	"tiff (4.2.0-1) unstable; urgency=medium\n"
	"\n"
	"  * Fixes CVE-2020-35522.\n"
	"  * Names CVE-2022-48281 too.\n"
	"\n"
	" -- Some Body <some@body.example>  Sat, 19 Dec 2020 18:19:20 +0000\n"
	"# Older entries have been removed from this changelog.\n";

static void check_str(struct str have, const char *want)
{
	assert_true(str_eq(have, str_from(want)));
}

static void entries(void **state)
{
	struct str rest = str_from(changelog);
	struct changelog_entry entry;

	assert_true(changelog_next(&rest, &entry));
	check_str(entry.source, "tiff");
	check_str(entry.version, "4.2.0-1+deb11u3");
	check_str(entry.date, "Sun, 29 Jan 2023 14:56:06 +0800");
	assert_true(str_find(entry.text, STR("processCropSelections")) > 0);
	assert_true(str_find(entry.text, STR("Some One")) < 0);
	assert_true(changelog_next(&rest, &entry));
	check_str(entry.version, "4.2.0-1+deb11u2");
	assert_true(changelog_next(&rest, &entry));
	check_str(entry.version, "4.2.0-1");
	assert_false(changelog_next(&rest, &entry));
	assert_false(changelog_next(&rest, &entry));
}

static void broken_entries(void **state)
{
	static const struct {
		const char *text;
		const char *versions; /* blank-separated */
	} cases[] = {
		{"", ""},
		{"\n\n\n", ""},
		{"a (1) u; urgency=low", "1"},
		{"a (1) u; urgency=low\n", "1"},
		{"a (1) u; urgency=low\n  * CVE-2020-1234", "1"},
		/* a trailer was forgotten */
		{"a (2) u; urgency=low\n  * x\na (1) u; urgency=low\n  * y\n -- A <a@b>  date\n",
		 "2 1"},
		{"a (1) no semicolon\n", ""},
		{"a () u; urgency=low\n", ""},
		{"a (1 2) u; urgency=low\n", ""},
		{"a b (1) u; urgency=low\n", ""},
		{" a (1) u; urgency=low\n", ""},
		{"<html><body>a (1) u;</body></html>\n", ""},
		{"a (1) u; urgency=low\n -- no mail\nb (2) v; urgency=low\n", "1 2"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct str rest = str_from(cases[i].text), want = str_from(cases[i].versions), word;
		struct changelog_entry entry;

		while (str_next_word(&want, &word)) {
			assert_true(changelog_next(&rest, &entry));
			assert_true(str_eq(entry.version, word));
		}
		assert_false(changelog_next(&rest, &entry));
	}
}

static void cve_ids(void **state)
{
	static const struct {
		const char *text, *ids;
	} cases[] = {
		{"", ""},
		{"CVE-2021-3516", "CVE-2021-3516"},
		{"(CVE-2021-3516, CVE-2021-3517)", "CVE-2021-3516 CVE-2021-3517"},
		{"fix-cve-2021-3516.patch", "CVE-2021-3516"},
		{"CVE-2021-3516, -3517 and -3518.", "CVE-2021-3516 CVE-2021-3517 CVE-2021-3518"},
		{"CVE-2021-3516/-3517", "CVE-2021-3516 CVE-2021-3517"},
		{"CVE-2021-{3516,3517, 3518}, 3519", "CVE-2021-3516 CVE-2021-3517 CVE-2021-3518"},
		{"CVE-2021-3516\n    and -3517", "CVE-2021-3516 CVE-2021-3517"},
		/* bug numbers and file names */
		{"CVE-2024-21011, 8319851: x", "CVE-2024-21011"},
		{"CVE-2024-33601-33602-nscd.diff", "CVE-2024-33601"},
		{"CVE-2025-4802-{1,2,3,4}.diff", "CVE-2025-4802"},
		{"CVE-2020-1234/0001-fix.patch", "CVE-2020-1234"},
		{"CVE-2020-1234, -5678-fix.patch", "CVE-2020-1234"},
		{"CVE-2020-1234 - 5678", "CVE-2020-1234"},
		/* none at all */
		{"CVE-2021-123", ""},
		{"CVE-20211-1234", ""},
		{"CVE-2021-12345678901", ""},
		{"CVE-2021-", ""},
		{"CVE-", ""},
		{"-CVE-2021", ""},
		{"CVE=2022-3598", ""},
		{"CVE-2021-XXXX CVE-CVE-2020-0001", "CVE-2020-0001"},
		{"CVE-2021-1234567890", "CVE-2021-1234567890"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct cve_scan scan = CVE_SCAN(str_from(cases[i].text));
		struct str want = str_from(cases[i].ids), word;
		char id[CVE_ID_SIZE];

		while (str_next_word(&want, &word)) {
			assert_true(cve_next(&scan, id));
			check_str(word, id);
		}
		assert_false(cve_next(&scan, id));
		assert_false(cve_next(&scan, id));
	}
}

/* Bytes behind the slice must not be read, whatever they are. */
static void cve_at_the_end(void **state)
{
	static const char text[] = "CVE-2021-35161";

	for (size_t len = 0; len <= sizeof(text) - 1; len++) {
		char *copy = malloc(len ? len : 1);
		struct cve_scan scan = CVE_SCAN(((struct str){copy, len}));
		char id[CVE_ID_SIZE];

		assert_non_null(copy);
		memcpy(copy, text, len);
		assert_int_equal(cve_next(&scan, id), len >= 13);
		free(copy);
	}
}

static void check_summary(const char *text, const char *at, size_t size, const char *want)
{
	char summary[512];

	changelog_summary(str_from(text), (size_t)(strstr(text, at) - text), summary, size);
	assert_string_equal(summary, want);
}

static void summaries(void **state)
{
	check_summary("  * First.\n  * Fix   CVE-2021-1 in\n    the reader.\n  * Last.\n", "CVE",
		      201, "Fix CVE-2021-1 in the reader.");
	check_summary("  * Two:\n    - one CVE-2021-1\n    - two CVE-2021-2\n", "CVE-2021-2", 201,
		      "two CVE-2021-2");
	check_summary("  * Fix CVE-2021-1.\n\n  unrelated\n", "CVE", 201, "Fix CVE-2021-1.");
	check_summary("CVE-2021-1", "CVE", 201, "CVE-2021-1");
	/* an item too long to be shown whole begins at the line that names it */
	check_summary("  * A long list of things that were done here:\n    CVE-2021-1 x\n", "CVE",
		      30, "CVE-2021-1 x");
	check_summary("  * Fix CVE-2021-1 by doing very many things\n", "CVE", 24,
		      "Fix CVE-2021-1 by…");
}

static void dates(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{"Mon, 05 Jun 2023 10:00:00 +0200", "2023-06-05T08:00:00Z"},
		{"Sat, 09 Aug 2025 09:16:30 UTC", "2025-08-09T09:16:30Z"},
		{"Sat,  9 Aug 2025 09:16:30 -0730", "2025-08-09T16:46:30Z"},
		{"9 August 2025 09:16", "2025-08-09T09:16:00Z"},
		{"Sat, 31 Dec 2022 23:30:00 -0100", "2023-01-01T00:30:00Z"},
		{"", NULL},
		{"Mon, 05 Jun 2023", NULL},
		{"Mon, 99 Jun 2023 10:00:00 +0000", NULL},
		{"Mon, 05 Foo 2023 10:00:00 +0000", NULL},
		{"Mon, 05 Jun 99999999999 10:00:00 +0000", NULL},
		{"Mon, 05 Jun 2023 25:00:00 +0000", NULL},
		{"Mon, 05 Jun 2023 10:00:00 +9999", NULL},
		{"Mon, 05 Jun 2023 1:2:3:4 +0000", NULL},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char out[21];
		int64_t when;
		int r = date_parse_rfc5322(str_from(cases[i].in), &when);

		assert_int_equal(r, cases[i].out ? 0 : -EINVAL);
		if (r < 0)
			continue;
		date_format_time(when, out);
		assert_string_equal(out, cases[i].out);
	}
}

static void check_fixes(const char *base, const char *want, bool want_reaches)
{
	struct buf have = BUF_INIT(4096);
	struct fixes fixes = {0};
	struct err err = ERR_INIT;
	bool reaches;

	assert_int_equal(fixes_collect(str_from(changelog), str_from(base), &fixes, &reaches, &err),
			 0);
	for (size_t i = 0; i < fixes.len; i++)
		buf_addf(&have, "%s%s=%.*s", i ? " " : "", fixes.items[i].cve,
			 STR_FMT(fixes.items[i].entry.version));
	assert_int_equal(reaches, want_reaches);
	assert_string_equal(have.data ? have.data : "", want);
	buf_release(&have);
	fixes_release(&fixes);
}

static void fixes_by_base(void **state)
{
	check_fixes("4.2.0-1",
		    "CVE-2022-48281=4.2.0-1+deb11u3 CVE-2022-1354=4.2.0-1+deb11u2 "
		    "CVE-2022-1622=4.2.0-1+deb11u2 CVE-2022-1623=4.2.0-1+deb11u2 "
		    "CVE-2022-2056=4.2.0-1+deb11u2 CVE-2022-2057=4.2.0-1+deb11u2",
		    true);
	check_fixes("4.2.0-1+deb11u2",
		    "CVE-2022-48281=4.2.0-1+deb11u3 CVE-2022-1354=4.2.0-1+deb11u3", true);
	check_fixes("4.2.0-1+deb11u3", "", true);
	/* older than the oldest entry */
	check_fixes("4.1.0-1",
		    "CVE-2022-48281=4.2.0-1 CVE-2022-1354=4.2.0-1+deb11u2 "
		    "CVE-2022-1622=4.2.0-1+deb11u2 CVE-2022-1623=4.2.0-1+deb11u2 "
		    "CVE-2022-2056=4.2.0-1+deb11u2 CVE-2022-2057=4.2.0-1+deb11u2 "
		    "CVE-2020-35522=4.2.0-1",
		    false);
}

/* A backport's history holds entries of higher versions that it was built from: none of them is news. */
static void fixes_of_backport(void **state)
{
	static const char backport[] =
		"xz-utils (5.2.5-2.1~deb11u2) bullseye-security; urgency=high\n\n  * "
		"CVE-2026-34743\n\n"
		" -- A <a@b.c>  Mon, 20 Jul 2026 10:00:00 +0000\n\n"
		"xz-utils (5.2.5-2.1~deb11u1) bullseye-security; urgency=high\n\n  * Rebuild.\n\n"
		" -- A <a@b.c>  Mon, 18 Apr 2022 10:00:00 +0000\n\n"
		"xz-utils (5.2.5-2.1) unstable; urgency=high\n\n  * CVE-2022-1271\n\n"
		" -- A <a@b.c>  Sun, 17 Apr 2022 10:00:00 +0000\n";
	struct fixes fixes = {0};
	struct err err = ERR_INIT;
	bool reaches;

	assert_int_equal(
		fixes_collect(str_from(backport), STR("5.2.5-2.1~deb11u1"), &fixes, &reaches, &err),
		0);
	assert_true(reaches);
	assert_int_equal(fixes.len, 1);
	assert_string_equal(fixes.items[0].cve, "CVE-2026-34743");
	fixes_release(&fixes);
	/* The version that it was built from is higher, and was never in the suite. */
	assert_int_equal(fixes_collect(str_from(backport), STR("5.2.5-2"), &fixes, &reaches, &err),
			 0);
	assert_false(reaches);
	assert_int_equal(fixes.len, 2);
	assert_string_equal(fixes.items[1].cve, "CVE-2022-1271");
	check_str(fixes.items[1].entry.version, "5.2.5-2.1");
	check_str(fixes.items[1].version, "5.2.5-2.1~deb11u1");
	fixes_release(&fixes);
}

static void too_many_fixes(void **state)
{
	struct buf text = BUF_INIT((size_t)1 << 20);
	struct fixes fixes = {0};
	struct err err = ERR_INIT;
	bool reaches;

	buf_addf(&text, "a (1) u; urgency=low\n");
	for (unsigned i = 10000; i < 31000; i++)
		buf_addf(&text, "CVE-2020-%u\n", i);
	assert_int_equal(fixes_collect(buf_str(&text), STR_NULL, &fixes, &reaches, &err),
			 -ERR_LIMIT);
	fixes_release(&fixes);
	buf_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries),	  cmocka_unit_test(broken_entries),
		cmocka_unit_test(cve_ids),	  cmocka_unit_test(cve_at_the_end),
		cmocka_unit_test(summaries),	  cmocka_unit_test(dates),
		cmocka_unit_test(fixes_by_base),  cmocka_unit_test(fixes_of_backport),
		cmocka_unit_test(too_many_fixes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
