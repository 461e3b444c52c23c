/* Dates: base/date.h. */
#include "base/compat.h"

#include <setjmp.h>
#include <cmocka.h>

#include "base/date.h"

static void test_parse(void **state)
{
	static const struct {
		const char *text;
		int64_t seconds;
	} rows[] = {
		{"1970-01-01", 0},
		{"1970-01-01T00:00:00Z", 0},
		{"2000-02-29", 951782400},
		{"2026-08-21T09:58:23Z", 1787306303},
		{"2026-08-21T09:58:23.123456789Z", 1787306303},
		{"2026-08-21t11:58:23+02:00", 1787306303},
		{"2026-08-21 08:28:23-01:30", 1787306303},
		{"0001-01-01T00:00:00Z", -62135596800},
		{"9999-12-31T23:59:59Z", 253402300799},
	};
	static const char *const bad[] = {
		"",
		"2026",
		"2026-13-01",
		"2026-02-29",
		"2026-00-10",
		"2026-01-32",
		"2026-08-21T",
		"2026-08-21T09:58:23",
		"2026-08-21T25:00:00Z",
		"2026-08-21T09:58:23+2",
		"2026-08-21x",
		"+026-08-21",
		"1900-02-29",
		"2026-08-21T09:58:23Zx",
		"2026-8-21",
	};
	int64_t seconds;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (date_parse(str_from(rows[i].text), &seconds) < 0)
			fail_msg("'%s' is refused", rows[i].text);
		assert_int_equal(seconds, rows[i].seconds);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (date_parse(str_from(bad[i]), &seconds) == 0)
			fail_msg("'%s' is accepted", bad[i]);
}

/* Every day of four centuries there and back. */
static void test_round_trip(void **state)
{
	char day[11], full[21];
	int64_t seconds;

	for (int64_t t = -62135596800; t < -62135596800 + INT64_C(146097) * 86400; t += 86400) {
		date_format_day(t, day);
		assert_int_equal(date_parse(str_from(day), &seconds), 0);
		assert_int_equal(seconds, t);
	}
	date_format_time(1787306303, full);
	assert_string_equal(full, "2026-08-21T09:58:23Z");
}

static void test_now(void **state)
{
	struct err err = ERR_INIT;
	int64_t now;

	setenv("SOURCE_DATE_EPOCH", "1787306303", 1);
	assert_int_equal(date_now(&now, &err), 0);
	assert_int_equal(now, 1787306303);
	setenv("SOURCE_DATE_EPOCH", "soon", 1);
	assert_int_equal(date_now(&now, &err), -ERR_USAGE);
	unsetenv("SOURCE_DATE_EPOCH");
	assert_int_equal(date_now(&now, &err), 0);
	assert_true(now > 1700000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_now),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
