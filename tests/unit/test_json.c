/* The JSON writer, read back by jansson. */
#include "base/compat.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>

#include <cmocka.h>

#include <jansson.h>

#include "base/json.h"

/* A stream in memory and the writer on it. */
struct page {
	char *text;
	size_t len;
	FILE *file;
	struct json json;
};

static void page_begin(struct page *p, unsigned indent)
{
	*p = (struct page){0};
	p->file = open_memstream(&p->text, &p->len);
	assert_non_null(p->file);
	p->json = JSON_INIT(p->file, indent);
}

/* Parses what was written and frees it. */
static json_t *page_end(struct page *p)
{
	json_error_t error;
	json_t *value;

	json_finish(&p->json);
	assert_int_equal(fclose(p->file), 0);
	value = json_loadb(p->text, p->len,
			   JSON_DECODE_ANY | JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, &error);
	if (!value)
		fail_msg("%s at %d in %s", error.text, error.position, p->text);
	free(p->text);
	return value;
}

static void expect_written(struct str in, const char *out, size_t len)
{
	struct page p;
	json_t *value;

	page_begin(&p, 0);
	json_str(&p.json, in);
	json_finish(&p.json);
	fflush(p.file);
	for (size_t i = 0; i + 1 < p.len; i++)
		assert_true((unsigned char)p.text[i] >= 0x20 && p.text[i] != 0x7f);
	value = page_end(&p);
	assert_int_equal(json_string_length(value), len);
	assert_memory_equal(json_string_value(value), out, len);
	json_decref(value);
}

static void every_byte(void **state)
{
	for (int byte = 0; byte < 256; byte++) {
		char alone = (char)byte, within[3] = {'a', (char)byte, 'z'};
		char wanted[8];
		size_t len;

		if (byte < 0x80) {
			expect_written((struct str){&alone, 1}, &alone, 1);
			expect_written((struct str){within, 3}, within, 3);
			continue;
		}
		expect_written((struct str){&alone, 1}, "\xef\xbf\xbd", 3);
		len = (size_t)snprintf(wanted, sizeof(wanted), "a\xef\xbf\xbdz");
		expect_written((struct str){within, 3}, wanted, len);
	}
}

static void every_code_point(void **state)
{
	for (uint32_t c = 0x80; c < 0x11000; c++) {
		char text[4];
		size_t len = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

		if (c >= 0xd800 && c <= 0xdfff)
			continue;
		text[0] = (char)(len == 2   ? 0xc0 | c >> 6
				 : len == 3 ? 0xe0 | c >> 12
					    : 0xf0 | c >> 18);
		for (size_t i = 1; i < len; i++)
			text[i] = (char)(0x80 | (c >> 6 * (len - 1 - i) & 0x3f));
		expect_written((struct str){text, len}, text, len);
	}
}

static void broken_utf8(void **state)
{
	static const struct {
		struct str in;
		unsigned marks;
	} cases[] = {
		{STR("\xc0\x80"), 2},	      /* overlong NUL */
		{STR("\xe0\x9f\xbf"), 3},     /* overlong */
		{STR("\xed\xa0\x80"), 3},     /* surrogate */
		{STR("\xf4\x90\x80\x80"), 4}, /* above U+10FFFF */
		{STR("\xe2\x82"), 2},	      /* cut */
		{STR("\xff\xfe"), 2},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char wanted[16] = "";

		for (unsigned k = 0; k < cases[i].marks; k++)
			memcpy(wanted + 3 * k, "\xef\xbf\xbd", 3);
		expect_written(cases[i].in, wanted, 3 * (size_t)cases[i].marks);
	}
}

static void write_document(struct json *j)
{
	json_object_begin(j);
	json_key(j, "empty");
	json_object_begin(j);
	json_object_end(j);
	json_key(j, "list");
	json_array_begin(j);
	json_uint(j, UINT64_MAX);
	json_int(j, INT64_MIN);
	json_bool(j, true);
	json_nil(j);
	json_array_begin(j);
	json_array_end(j);
	json_object_begin(j);
	json_field_bool(j, "b", false);
	json_object_end(j);
	json_array_end(j);
	json_field(j, "text", STR("a\"b"));
	json_field_opt(j, "absent", STR(""));
	json_field_opt(j, "there", STR("x"));
	json_field_uint(j, "n", 7);
	json_object_end(j);
	json_finish(j);
}

static void structure(void **state)
{
	static const char flat[] =
		"{\"empty\":{},\"list\":[18446744073709551615,-9223372036854775808,true,null,[],"
		"{\"b\":false}],\"text\":\"a\\\"b\",\"there\":\"x\",\"n\":7}\n";
	static const char indented[] =
		"{\n  \"empty\": {},\n  \"list\": [\n    18446744073709551615,\n"
		"    -9223372036854775808,\n    true,\n    null,\n    [],\n    {\n"
		"      \"b\": false\n    }\n  ],\n  \"text\": \"a\\\"b\",\n  \"there\": \"x\",\n"
		"  \"n\": 7\n}\n";
	struct page p;

	page_begin(&p, 0);
	write_document(&p.json);
	fclose(p.file);
	assert_string_equal(p.text, flat);
	free(p.text);
	page_begin(&p, 2);
	write_document(&p.json);
	fclose(p.file);
	assert_string_equal(p.text, indented);
	free(p.text);
}

static void doubles(void **state)
{
	static const double values[] = {0,	    1,
					-1,	    0.1,
					0.00042,    9.8,
					1.0 / 3,    1e300,
					5e-324,	    DBL_MAX,
					DBL_MIN,    1e21,
					-0.5,	    4.0,
					123456.789, 0.97312,
					1e-7,	    -0.0,
					1e-9,	    0x1p53,
					0.3,	    8.299999999999999};

	for (size_t i = 0; i < ARRAY_LEN(values); i++) {
		struct page p;
		json_t *value;

		page_begin(&p, 0);
		json_double(&p.json, values[i]);
		value = page_end(&p);
		assert_true(json_number_value(value) == values[i]);
		json_decref(value);
	}
}

static void doubles_are_short(void **state)
{
	struct page p;

	page_begin(&p, 0);
	json_array_begin(&p.json);
	json_double(&p.json, 9.8);
	json_double(&p.json, 0.1);
	json_double(&p.json, 4);
	json_double(&p.json, (double)INFINITY);
	json_double(&p.json, (double)NAN);
	json_array_end(&p.json);
	json_finish(&p.json);
	fclose(p.file);
	assert_string_equal(p.text, "[9.8,0.1,4,null,null]\n");
	free(p.text);
}

static void deeper_than_marks(void **state)
{
	struct page p;

	page_begin(&p, 1);
	for (int i = 0; i < 3 * JSON_DEPTH; i++)
		json_array_begin(&p.json);
	for (int i = 0; i < 3 * JSON_DEPTH; i++)
		json_array_end(&p.json);
	json_finish(&p.json);
	fclose(p.file);
	free(p.text);
}

static void write_errors_stick(void **state)
{
	FILE *full = fopen("/dev/full", "w");
	struct json j;

	assert_non_null(full);
	setvbuf(full, NULL, _IONBF, 0);
	j = JSON_INIT(full, 0);
	write_document(&j);
	assert_true(ferror(full));
	fclose(full);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_byte),	     cmocka_unit_test(every_code_point),
		cmocka_unit_test(broken_utf8),	     cmocka_unit_test(structure),
		cmocka_unit_test(doubles),	     cmocka_unit_test(doubles_are_short),
		cmocka_unit_test(deeper_than_marks), cmocka_unit_test(write_errors_stick),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
