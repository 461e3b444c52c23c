/*
 * OSV records: every tests/data/osv/records/NAME.json must read as NAME.txt says. And what only shows on
 * real data or in bulk.
 */
#include "base/compat.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "advisory/osv.h"

#include "base/buf.h"
#include "base/fd.h"
#include "core/limits.h"

static void add_strs(struct buf *b, const char *name, const struct str *items, size_t n)
{
	if (n == 0)
		return;
	buf_addf(b, "%s:", name);
	for (size_t i = 0; i < n; i++)
		buf_addf(b, " %.*s", STR_FMT(items[i]));
	buf_add_char(b, '\n');
}

static void add_text(struct buf *b, const char *name, struct str s)
{
	if (s.len)
		buf_addf(b, "%s: %.*s\n", name, STR_FMT(s));
}

static void add_entry(struct buf *b, const struct affected_in *e)
{
	static const char *const kinds[] = {">=", "<", "<=", "limit"};
	const struct affected *a = &e->affected;

	buf_addf(b, "affected: %.*s | %.*s | %s | %s", STR_FMT(e->shard), STR_FMT(a->package),
		 vuln_status_name(a->status), severity_name(a->severity));
	for (size_t i = 0; i < a->n_ranges; i++) {
		buf_add_str(b, STR(" |"));
		for (size_t k = 0; k < a->ranges[i].n_events; k++)
			buf_addf(b, " %s %.*s", kinds[a->ranges[i].events[k].kind],
				 STR_FMT(a->ranges[i].events[k].version));
	}
	for (size_t i = 0; i < a->n_versions; i++)
		buf_addf(b, " | = %.*s", STR_FMT(a->versions[i]));
	if (a->severity_text.len)
		buf_addf(b, " | \"%.*s\"", STR_FMT(a->severity_text));
	if (a->module.len)
		buf_addf(b, " | module %.*s", STR_FMT(a->module));
	if (a->channel.len)
		buf_addf(b, " | channel %.*s", STR_FMT(a->channel));
	buf_add_char(b, '\n');
}

static void dump(struct buf *b, const struct osv_record *r)
{
	const struct advisory *a = &r->advisory;

	add_text(b, "id", a->id);
	add_text(b, "feed", a->feed);
	add_text(b, "summary", a->summary);
	add_text(b, "published", a->published);
	add_text(b, "modified", a->modified);
	add_text(b, "withdrawn", a->withdrawn);
	add_strs(b, "vulns", a->vulns, a->n_vulns);
	add_strs(b, "aliases", a->aliases, a->n_aliases);
	for (size_t i = 0; i < a->n_cvss; i++)
		buf_addf(b, "cvss: %.1f %.1f %.*s of %.*s\n", a->cvss[i].version, a->cvss[i].score,
			 STR_FMT(a->cvss[i].vector), STR_FMT(a->cvss[i].source));
	add_strs(b, "urls", a->urls, a->n_urls);
	for (size_t i = 0; i < r->n_entries; i++)
		add_entry(b, &r->entries[i]);
}

/* The directory of the fixtures. */
static const char *data_path(char path[PATH_MAX], const char *name)
{
	const char *source = getenv("CSCPLATE_SOURCE");

	snprintf(path, PATH_MAX, "%s/tests/data/osv/records/%s", source ? source : ".", name);
	return path;
}

static int is_record(const struct dirent *entry)
{
	return str_ends(str_from(entry->d_name), STR(".json"));
}

static void test_fixtures(void **state)
{
	char path[PATH_MAX];
	struct dirent **names;
	int n = scandir(data_path(path, ""), &names, is_record, alphasort), wrong = 0;

	assert_true(n > 10);
	for (int i = 0; i < n; i++) {
		_cleanup_buf_ struct buf json = BUF_INIT(MiB(1)), want = BUF_INIT(MiB(1)),
					 got = BUF_INIT(MiB(1));
		_cleanup_arena_ struct arena arena = ARENA_INIT(0);
		size_t len = strlen(names[i]->d_name) - strlen(".json");
		struct osv_record record;
		struct err err = ERR_INIT;
		char name[300];
		int r;

		assert_int_equal(
			file_read(AT_FDCWD, data_path(path, names[i]->d_name), &json, &err), 0);
		snprintf(name, sizeof(name), "%.*s.txt", (int)len, names[i]->d_name);
		assert_int_equal(file_read(AT_FDCWD, data_path(path, name), &want, &err), 0);
		r = osv_parse(buf_str(&json), STR(""), &arena, &record, &err);
		if (r == 0) {
			dump(&got, &record);
		} else {
			assert_int_equal(r, -ERR_FORMAT);
			buf_addf(&got, "error: %s\n", err.text);
		}
		if (!str_eq(buf_str(&got), buf_str(&want))) {
			print_message("%s: got\n%.*s", names[i]->d_name, STR_FMT(buf_str(&got)));
			wrong++;
		}
		free(names[i]);
	}
	free(names);
	assert_int_equal(wrong, 0);
}

static int parse(struct str json, struct err *err)
{
	_cleanup_arena_ struct arena arena = ARENA_INIT(0);
	struct osv_record record;

	return osv_parse(json, STR("Test"), &arena, &record, err);
}

/* What would overflow the stack of a parser that trusts its input. */
static void test_deeply_nested(void **state)
{
	enum { DEPTH = 100000 };
	_cleanup_buf_ struct buf b = BUF_INIT(MiB(1));
	struct err err = ERR_INIT;

	buf_add_str(&b, STR("{\"id\":\"X-1\",\"modified\":\"2099-01-01T00:00:00Z\",\"affected\":"));
	for (size_t i = 0; i < DEPTH; i++)
		buf_add_char(&b, '[');
	for (size_t i = 0; i < DEPTH; i++)
		buf_add_char(&b, ']');
	buf_add_char(&b, '}');
	assert_int_equal(parse(buf_str(&b), &err), -ERR_FORMAT);
	assert_non_null(strstr(err.text, "depth"));
}

/* More names than any record has must not take quadratic time. */
static void test_many_names(void **state)
{
	_cleanup_buf_ struct buf b = BUF_INIT(MiB(32));
	struct err err = ERR_INIT;

	buf_add_str(
		&b,
		STR("{\"id\":\"X-1\",\"modified\":\"2099-01-01T00:00:00Z\",\"aliases\":[\"a\""));
	for (size_t i = 0; i < 500000; i++)
		buf_addf(&b, ",\"name-%zu\"", i);
	buf_add_str(&b, STR("]}"));
	assert_int_equal(parse(buf_str(&b), &err), -ERR_LIMIT);
	assert_string_equal(err.text, "more than 10000 names");
}

static void test_too_large(void **state)
{
	_cleanup_buf_ struct buf b = BUF_INIT(2 * LIMIT_ADVISORY_JSON);
	struct err err = ERR_INIT;

	buf_add_str(&b, STR("{\"id\":\"X-1\",\"modified\":\"2099-01-01T00:00:00Z\"}"));
	memset(buf_reserve(&b, LIMIT_ADVISORY_JSON), ' ', LIMIT_ADVISORY_JSON);
	buf_commit(&b, LIMIT_ADVISORY_JSON);
	assert_int_equal(parse(buf_str(&b), &err), -ERR_LIMIT);
	assert_int_equal(parse(str_sub(buf_str(&b), 0, LIMIT_ADVISORY_JSON), &err), 0);
}

/* Every prefix of a record is malformed, and none harms. */
static void test_truncated(void **state)
{
	_cleanup_buf_ struct buf json = BUF_INIT(MiB(1));
	char path[PATH_MAX];
	struct err err = ERR_INIT;
	size_t end;

	assert_int_equal(file_read(AT_FDCWD, data_path(path, "github.json"), &json, &err), 0);
	end = (size_t)str_rfind_char(buf_str(&json), '}');
	for (size_t len = 0; len <= end; len++) {
		_cleanup_free_ char *copy = malloc(len + 1); /* so that a sanitizer sees the end */

		memcpy(copy, json.data, len);
		assert_int_equal(parse((struct str){copy, len}, &err), -ERR_FORMAT);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fixtures),   cmocka_unit_test(test_deeply_nested),
		cmocka_unit_test(test_many_names), cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_truncated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
