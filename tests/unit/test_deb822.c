/* Debian's control files: parse/deb822.h. */
#include "base/compat.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/buf.h"
#include "parse/deb822.h"

/* All events of a text as one string: "name=value;" for fields, "!line;" malformed, "|" ends. */
static const struct {
	const char *text, *events;
} cases[] = {
	{"", ""},
	{"\n\n\n", ""},
	{"A: b", "A=b;|"},
	{"A: b\n", "A=b;|"},
	{"A:b\nC:   d  \n\nE: f\n", "A=b;C=d;|E=f;|"},
	{"\n\nA: b\n\n\n\nC: d\n\n", "A=b;|C=d;|"},
	{"A: b\r\nC: d\r\n\r\nE: f\r\n", "A=b;C=d;|E=f;|"},
	{"A: b\n c\n\td\nE: f\n", "A=b\n c\n\td;E=f;|"},
	{"A:\n b\n c\n", "A=b\n c;|"},
	{"A:\nB:\n", "A=;B=;|"},
	/* a line of blanks continues */
	{"A: b\n \n c\nD: e\n", "A=b\n \n c;D=e;|"},
	{"# note\nA: b\n# note\nC: d\n", "A=b;C=d;|"},
	{"A: b\n# note\n c\nD: e\n", "A=b\n# note\n c;D=e;|"},
	{" lost\nA: b\n", "!1;A=b;|"},
	{"A: b\nno colon here\nC: d\n", "A=b;!2;C=d;|"},
	{": b\n", "!1;|"},
	{"A: b:c\n", "A=b:c;|"},
};

static void test_events(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct deb822 d = DEB822_INIT(str_from(cases[i].text));
		_cleanup_buf_ struct buf seen = BUF_INIT(4096);
		struct deb822_field field;
		enum deb822_event event;

		while ((event = deb822_next(&d, &field)) != DEB822_END) {
			if (event == DEB822_STANZA_END)
				buf_addf(&seen, "|");
			else if (event == DEB822_MALFORMED)
				buf_addf(&seen, "!%zu;", field.line);
			else
				buf_addf(&seen, "%.*s=%.*s;", STR_FMT(field.name),
					 STR_FMT(field.value));
		}
		assert_string_equal(seen.data ? seen.data : "", cases[i].events);
		assert_int_equal(deb822_next(&d, &field), DEB822_END);
	}
}

static void test_line_numbers(void **state)
{
	struct deb822 d = DEB822_INIT(STR("\nA: b\n c\nD: e\n\nF: g"));
	struct deb822_field field;

	assert_int_equal(deb822_next(&d, &field), DEB822_FIELD);
	assert_int_equal(field.line, 2);
	assert_int_equal(deb822_next(&d, &field), DEB822_FIELD);
	assert_int_equal(field.line, 4);
	assert_int_equal(deb822_next(&d, &field), DEB822_STANZA_END);
	assert_int_equal(deb822_next(&d, &field), DEB822_FIELD);
	assert_int_equal(field.line, 6);
}

static void test_lines_of_value(void **state)
{
	struct str value = STR("one\n two \n# note\n\n \n\tthree"), line;

	assert_true(deb822_next_line(&value, &line));
	assert_true(str_eq(line, STR("one")));
	assert_true(deb822_next_line(&value, &line));
	assert_true(str_eq(line, STR("two")));
	assert_true(deb822_next_line(&value, &line));
	assert_true(str_eq(line, STR("three")));
	assert_false(deb822_next_line(&value, &line));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_events),
		cmocka_unit_test(test_line_numbers),
		cmocka_unit_test(test_lines_of_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
