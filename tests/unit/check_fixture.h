/*
 * What the tests of checks share: where pages and fixtures lie, what a page says of its check, and what the
 * name of a fixture says of its outcome.
 */
#pragma once

#include "base/compat.h"

#include <setjmp.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/fd.h"
#include "checks/checks.h"
#include "core/limits.h"

static inline const char *source_root(void)
{
	const char *root = getenv("CSCPLATE_SOURCE");

	return root ? root : ".";
}

struct page_text {
	struct buf bytes;
	struct str id, title, question, severity, outcomes;
};

static inline bool front_line(struct page_text *page, const char *path, struct str line)
{
	const struct {
		struct str key;
		struct str *value;
	} keys[] = {
		{STR("id: "), &page->id},
		{STR("title: "), &page->title},
		{STR("question: "), &page->question},
		{STR("severity: "), &page->severity},
		{STR("outcomes: "), &page->outcomes},
	};

	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		if (str_starts(line, keys[i].key)) {
			*keys[i].value = str_from_offset(line, keys[i].key.len);
			return true;
		}
	}
	print_error("%s: '%.*s' does not belong into the front matter\n", path, STR_FMT(line));
	return false;
}

/* Reads its page: false when something is wrong with that, which is printed. Release the bytes. */
static inline bool read_page(const struct check *c, struct page_text *page)
{
	static const char *const headings[] = {"\n## What it looks at\n", "\n## Why it matters\n",
					       "\n## What to do\n", "\n## How it is decided\n"};
	char path[4096];
	struct err err = ERR_INIT;
	struct str rest, line;
	bool good = true;

	*page = (struct page_text){.bytes = BUF_INIT(MiB(1))};
	snprintf(path, sizeof(path), "%s/docs/checks/%s.md", source_root(), c->id);
	if (file_read(AT_FDCWD, path, &page->bytes, &err) < 0) {
		print_error("%s\n", err.text);
		return false;
	}
	rest = buf_str(&page->bytes);
	if (str_find(rest, STR("TODO")) >= 0) {
		print_error("%s is not written yet\n", path);
		good = false;
	}
	if (!str_next_line(&rest, &line) || !str_eq(line, STR("---"))) {
		print_error("%s does not begin with its front matter\n", path);
		return false;
	}
	while (str_next_line(&rest, &line) && !str_eq(line, STR("---")))
		good &= front_line(page, path, line);
	for (size_t i = 0; i < ARRAY_LEN(headings); i++) {
		if (str_find(rest, str_from(headings[i])) < 0) {
			print_error("%s lacks the heading '%s'\n", path, headings[i]);
			good = false;
		}
	}
	return good;
}

/* How often an outcome's fixtures must occur is once; the names of others than these are mistakes. */
static const struct {
	const char *prefix;
	enum outcome outcome;
} fixture_kinds[] = {
	{"pass", OUTCOME_PASS},
	{"fail", OUTCOME_FAIL},
	{"unknown", OUTCOME_UNKNOWN},
	{"na", OUTCOME_NOT_APPLICABLE},
};

/* The outcome that the name begins with ("fail-annotation.yaml"), or OUTCOME_MAX_. */
static inline enum outcome fixture_outcome(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(fixture_kinds); i++) {
		size_t len = strlen(fixture_kinds[i].prefix);

		if (strncmp(name, fixture_kinds[i].prefix, len) == 0 &&
		    (name[len] == '.' || name[len] == '-'))
			return fixture_kinds[i].outcome;
	}
	return OUTCOME_MAX_;
}

/* The page must name the very outcomes that the fixtures show: false, and printed, when it does not. */
static inline bool compare_outcomes(const struct check *c, const bool seen[OUTCOME_MAX_])
{
	struct page_text page;
	bool good = read_page(c, &page);

	for (enum outcome o = 0; good && o < OUTCOME_MAX_; o++) {
		bool named = str_find(page.outcomes, str_from(outcome_name(o))) >= 0;

		if (named == seen[o])
			continue;
		print_error("%s: its page says that %s %s happen, its fixtures say otherwise\n",
			    c->id, outcome_name(o), named ? "can" : "cannot");
		good = false;
	}
	buf_release(&page.bytes);
	return good;
}

/* Its fixtures are objects, which test_object_checks.c runs. */
static inline bool is_about_objects(const struct check *c)
{
	return c->subject == SUBJECT_OBJECT || c->subject == SUBJECT_MANIFESTS;
}
