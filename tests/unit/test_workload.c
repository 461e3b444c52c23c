/* What rows about workloads read out of texts: quantities, and what looks like a secret. */
#include "base/compat.h"

#include <setjmp.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/fd.h"
#include "checks/secret_words.h"
#include "checks/workload/workload.h"
#include "core/limits.h"

typedef void line_fn(struct str line);

static void each_line(const char *name, line_fn *fn)
{
	_cleanup_buf_ struct buf bytes = BUF_INIT(MiB(1));
	const char *root = getenv("CSCPLATE_SOURCE");
	struct err err = ERR_INIT;
	struct str rest, line;
	char path[4096];
	size_t n = 0;

	snprintf(path, sizeof(path), "%s/tests/data/workload/%s", root ? root : ".", name);
	if (file_read(AT_FDCWD, path, &bytes, &err) < 0)
		fail_msg("%s", err.text);
	rest = buf_str(&bytes);
	while (str_next_line(&rest, &line)) {
		if (!line.len || line.ptr[0] == '#')
			continue;
		fn(line);
		n++;
	}
	assert_true(n > 10);
}

/* "1 Gi -": the last word is the number. */
static void check_quantity(struct str line)
{
	ssize_t blank = str_rfind_char(line, ' ');
	struct str text = str_sub(line, 0, (size_t)blank);
	struct str wanted = str_from_offset(line, (size_t)blank + 1);
	bool negative = str_starts(wanted, STR("-"));
	double value = 0, number = 0;
	int r = quantity_parse(text, &value);

	if (str_eq(wanted, STR("-"))) {
		if (r != -EINVAL)
			fail_msg("'%.*s' is %g", STR_FMT(text), value);
		return;
	}
	assert_int_equal(str_parse_double(str_from_offset(wanted, negative), &number), 0);
	number = negative ? -number : number;
	double apart = value > number ? value - number : number - value;
	if (r < 0 || apart > 1e-9 * (negative ? -number : number))
		fail_msg("'%.*s' is %g, not %g", STR_FMT(text), value, number);
}

static void quantities(void **state)
{
	each_line("quantities.txt", check_quantity);
}

static void check_secret(struct str line)
{
	struct str rest = line, outcome, name, value;
	const char *seen = "plain";

	assert_true(str_split(&rest, ' ', &outcome) && str_split(&rest, ' ', &name));
	value = rest;
	if (secret_shape(value))
		seen = "shape";
	else if (secret_by_name(name, value))
		seen = "secret";
	if (!str_eq(outcome, str_from(seen)))
		fail_msg("%.*s: taken for %s", STR_FMT(line), seen);
}

static void secrets(void **state)
{
	each_line("secrets.txt", check_secret);
}

static void private_keys(void **state)
{
	assert_non_null(secret_shape(STR("-----BEGIN PRIVATE KEY-----\nMIIE\n")));
	assert_non_null(
		secret_shape(STR("cat <<E\n-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\nE\n")));
	assert_null(
		secret_shape(STR("-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n")));
	assert_null(secret_shape(STR("-----BEGIN CERTIFICATE-----\nMIIB\n")));
	assert_null(secret_shape(STR("")));
	assert_false(secret_by_name(STR(""), STR("x")));
	assert_false(secret_by_name(STR("PASSWORD"), STR("   ")));
}

static void settings(void **state)
{
	for (enum setting s = 0; s < SETTING_MAX_; s++)
		for (enum origin o = 0; o < ORIGIN_MAX_; o++)
			if (!setting_is_stated(s, o))
				fail_msg("setting %d: nothing is said of %s", s, origin_name(o));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quantities),
		cmocka_unit_test(secrets),
		cmocka_unit_test(private_keys),
		cmocka_unit_test(settings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
