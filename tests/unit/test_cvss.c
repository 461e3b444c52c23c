/* CVSS scores against the table in tests/data/cvss, and the ratings. */
#include "base/compat.h"

#include <setjmp.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/fd.h"
#include "match/cvss.h"

static void table(void **state)
{
	_cleanup_buf_ struct buf b = BUF_INIT(1 << 20);
	const char *source = getenv("CSCPLATE_SOURCE");
	size_t scored[5] = {0}, refused = 0;
	struct str text, line, want, vector;
	char path[4096];

	snprintf(path, sizeof(path), "%s/tests/data/cvss/vectors.txt", source ? source : ".");
	assert_int_equal(file_read(AT_FDCWD, path, &b, NULL), 0);
	text = buf_str(&b);
	while (str_next_line(&text, &line)) {
		double version = -1, score = -1, expected;
		int r;

		if (line.len == 0 || *line.ptr == '#')
			continue;
		assert_true(str_next_word(&line, &want) && str_next_word(&line, &vector));
		r = cvss_score(vector, &version, &score);
		if (str_eq(want, STR("-"))) {
			if (r != -EINVAL || version != -1 || score != -1)
				fail_msg("%.*s: is no vector", STR_FMT(vector));
			refused++;
			continue;
		}
		assert_int_equal(str_parse_double(want, &expected), 0);
		if (r != 0 || score != expected)
			fail_msg("%.*s: %.1f, want %.1f", STR_FMT(vector), score, expected);
		scored[(int)version]++;
	}
	assert_true(scored[2] >= 60 && scored[3] >= 120 && scored[4] >= 60 && refused >= 10);
}

static void versions(void **state)
{
	double version, score;

	assert_int_equal(
		cvss_score(STR("CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"), &version, &score),
		0);
	assert_true(version == 3.0 && score == 9.8);
	assert_int_equal(
		cvss_score(STR("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"), &version, &score),
		0);
	assert_true(version == 3.1);
	assert_int_equal(cvss_score(STR_NULL, &version, &score), -EINVAL);
}

static void ratings(void **state)
{
	assert_int_equal(cvss_rating(3.1, 0), SEVERITY_NONE);
	assert_int_equal(cvss_rating(3.1, 0.1), SEVERITY_LOW);
	assert_int_equal(cvss_rating(3.1, 3.9), SEVERITY_LOW);
	assert_int_equal(cvss_rating(3.0, 4.0), SEVERITY_MEDIUM);
	assert_int_equal(cvss_rating(3.1, 6.9), SEVERITY_MEDIUM);
	assert_int_equal(cvss_rating(4.0, 7.0), SEVERITY_HIGH);
	assert_int_equal(cvss_rating(4.0, 8.9), SEVERITY_HIGH);
	assert_int_equal(cvss_rating(3.1, 9.0), SEVERITY_CRITICAL);
	assert_int_equal(cvss_rating(2, 10), SEVERITY_HIGH);
	assert_int_equal(cvss_rating(2, 0), SEVERITY_LOW);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table),
		cmocka_unit_test(versions),
		cmocka_unit_test(ratings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
