/*
 * The matcher, on the cases of tests/data/match. Each case is matched with its records in many orders;
 * the result must be the same.
 */
#include "base/compat.h"

#include <setjmp.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/fd.h"
#include "match/match.h"

static struct str data(struct arena *arena, const char *name)
{
	_cleanup_buf_ struct buf b = BUF_INIT(1 << 20);
	const char *source = getenv("CSCPLATE_SOURCE");
	char path[4096];

	snprintf(path, sizeof(path), "%s/tests/data/match/%s", source ? source : ".", name);
	if (file_read(AT_FDCWD, path, &b, NULL) < 0)
		fail_msg("cannot read %s", path);
	return arena_str(arena, buf_str(&b));
}

static struct str cut(struct str *s, const char *separator)
{
	ssize_t at = str_find(*s, str_from(separator));
	struct str part = at < 0 ? *s : str_sub(*s, 0, (size_t)at);

	*s = at < 0 ? STR_NULL : str_from_offset(*s, (size_t)at + strlen(separator));
	return str_trim(part);
}

static struct str *words(struct arena *arena, struct str text, size_t *ret_n)
{
	struct str *list = arena_calloc(arena, text.len + 1, sizeof(*list));
	size_t n = 0;

	assert_non_null(list);
	while (str_next_word(&text, &list[n]))
		n++;
	*ret_n = n;
	return list;
}

static enum range_event_kind event_kind(struct str name)
{
	static const char *const names[EVENT_KIND_MAX_] = {
		[EVENT_INTRODUCED] = "introduced",
		[EVENT_FIXED] = "fixed",
		[EVENT_LAST_AFFECTED] = "last_affected",
		[EVENT_LIMIT] = "limit",
	};

	for (enum range_event_kind k = 0; k < EVENT_KIND_MAX_; k++)
		if (str_eq(name, str_from(names[k])))
			return k;
	fail_msg("no event: %.*s", STR_FMT(name));
	return EVENT_INTRODUCED;
}

/* "introduced=0 fixed=1.5 / introduced=2 v=1.9" */
static void read_ranges(struct arena *arena, struct str text, struct affected *entry)
{
	struct range *ranges = arena_calloc(arena, text.len + 1, sizeof(*ranges));
	struct str *listed = arena_calloc(arena, text.len + 1, sizeof(*listed));

	assert_true(ranges && listed);
	entry->ranges = ranges;
	entry->versions = listed;
	while (text.len) {
		struct str one = cut(&text, "/"), word;
		struct range_event *events = arena_calloc(arena, one.len + 1, sizeof(*events));
		size_t n = 0;

		assert_non_null(events);
		while (str_next_word(&one, &word)) {
			struct str name = cut(&word, "=");

			if (str_eq(name, STR("not-affected")))
				entry->status = VULN_NOT_AFFECTED;
			else if (str_eq(name, STR("v")))
				listed[entry->n_versions++] = word;
			else
				events[n++] = (struct range_event){event_kind(name), word};
		}
		if (n)
			ranges[entry->n_ranges++] = (struct range){events, n};
	}
}

static const char *verdict_name(enum verdict v)
{
	static const char *const names[] = {
		[VERDICT_OUTSIDE] = "outside",
		[VERDICT_FIXED] = "fixed",
		[VERDICT_AFFECTED] = "affected",
		[VERDICT_NOT_AFFECTED] = "not affected",
	};

	return names[v];
}

static uint64_t next_random(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return *state >> 33;
}

#define SHUFFLE(items, n, state)                           \
	for (size_t left_ = (n); left_ > 1; left_--) {     \
		size_t at_ = next_random(state) % left_;   \
		__typeof__(*(items)) kept_ = (items)[at_]; \
                                                           \
		(items)[at_] = (items)[left_ - 1];         \
		(items)[left_ - 1] = kept_;                \
	}

static void ranges(void **state)
{
	_cleanup_arena_ struct arena arena = ARENA_INIT(0);
	struct str text = data(&arena, "ranges.txt"), line;
	uint64_t random = 1;

	while (str_next_line(&text, &line)) {
		struct str version, events, want;
		struct affected entry = {0};

		if (line.len == 0 || *line.ptr == '#')
			continue;
		version = cut(&line, ": ");
		events = cut(&line, "->");
		want = str_trim(line);
		read_ranges(&arena, events, &entry);
		for (int round = 0; round < 8; round++) {
			struct str fixed = STR_NULL;
			enum verdict v = match_affected(VERSION_DPKG, &entry, version, &fixed);
			struct str seen = arena_printf(&arena, "%s%s%.*s", verdict_name(v),
						       fixed.len ? " " : "", STR_FMT(fixed));

			if (!str_eq(seen, want))
				fail_msg("%.*s in %.*s: %.*s, want %.*s", STR_FMT(version),
					 STR_FMT(events), STR_FMT(seen), STR_FMT(want));
			for (size_t i = 0; i < entry.n_ranges; i++)
				SHUFFLE((struct range_event *)entry.ranges[i].events,
					entry.ranges[i].n_events, &random);
			SHUFFLE((struct range *)entry.ranges, entry.n_ranges, &random);
		}
	}
}

static enum vuln_status read_status(struct str name)
{
	for (enum vuln_status s = 0; s < VULN_STATUS_MAX_; s++)
		if (str_eq(name, str_from(vuln_status_name(s))))
			return s;
	fail_msg("no status: %.*s", STR_FMT(name));
	return VULN_AFFECTED;
}

struct scenario {
	struct str name;
	enum version_scheme scheme;
	struct package package;
	struct candidate_list candidates;
	struct str want;
};

static const struct cvss *read_cvss(struct arena *arena, struct str text, size_t *ret_n)
{
	struct str *w = words(arena, text, ret_n);
	struct cvss *list = arena_calloc(arena, *ret_n, sizeof(*list));

	assert_non_null(list);
	for (size_t i = 0; i < *ret_n; i++) { /* VERSION,SCORE[,SOURCE] */
		list[i].vector = w[i];
		assert_int_equal(str_parse_double(cut(&w[i], ","), &list[i].version), 0);
		assert_int_equal(str_parse_double(cut(&w[i], ","), &list[i].score), 0);
		list[i].source = w[i];
	}
	return list;
}

/* "ID | key value… | key value…" */
static void read_record(struct arena *arena, struct scenario *s, struct str text)
{
	struct candidate *c = vec_add(&s->candidates);
	struct advisory *a = arena_new(arena, struct advisory);

	assert_true(c && a);
	a->id = cut(&text, "|");
	a->feed = STR("Debian");
	c->shard = STR("Debian:12");
	c->installed = s->package.version;
	c->affected.package = s->package.name;
	c->affected.severity = SEVERITY_UNKNOWN;
	while (text.len) {
		struct str field = cut(&text, "|"), key, value;

		key = cut(&field, " ");
		value = str_trim(field);
		if (str_eq(key, STR("vulns")))
			a->vulns = words(arena, value, &a->n_vulns);
		else if (str_eq(key, STR("aliases")))
			a->aliases = words(arena, value, &a->n_aliases);
		else if (str_eq(key, STR("urls")))
			a->urls = words(arena, value, &a->n_urls);
		else if (str_eq(key, STR("cvss")))
			a->cvss = read_cvss(arena, value, &a->n_cvss);
		else if (str_eq(key, STR("feed")))
			a->feed = value;
		else if (str_eq(key, STR("summary")))
			a->summary = value;
		else if (str_eq(key, STR("published")))
			a->published = value;
		else if (str_eq(key, STR("modified")))
			a->modified = value;
		else if (str_eq(key, STR("withdrawn")))
			a->withdrawn = value;
		else if (str_eq(key, STR("shard")))
			c->shard = value;
		else if (str_eq(key, STR("package")))
			c->affected.package = value;
		else if (str_eq(key, STR("arch")))
			c->affected.arch = value;
		else if (str_eq(key, STR("module")))
			c->affected.module = value;
		else if (str_eq(key, STR("origin")))
			c->affected.origin = value;
		else if (str_eq(key, STR("status")))
			c->affected.status = read_status(value);
		else if (str_eq(key, STR("severity")))
			assert_int_equal(severity_parse(value, &c->affected.severity), 0);
		else if (str_eq(key, STR("said")))
			c->affected.severity_text = value;
		else if (str_eq(key, STR("events")))
			read_ranges(arena, value, &c->affected);
		else
			fail_msg("no key: %.*s", STR_FMT(key));
	}
	c->affected.advisory = a->id;
	c->advisory = a;
}

/* "NAME VERSION [ARCH [MODULE]]" */
static void read_package(struct scenario *s, struct str text)
{
	str_next_word(&text, &s->package.name);
	str_next_word(&text, &s->package.version);
	if (str_next_word(&text, &s->package.arch))
		str_next_word(&text, &s->package.module);
}

static void render_list(struct buf *b, const char *title, const struct str *list, size_t n)
{
	if (n)
		buf_addf(b, "  %s", title);
	for (size_t i = 0; i < n; i++)
		buf_addf(b, " %.*s", STR_FMT(list[i]));
	if (n)
		buf_add_char(b, '\n');
}

static void render(struct buf *b, const struct vulnerability *v)
{
	buf_addf(b, "%.*s %s", STR_FMT(v->id), vuln_status_name(v->status));
	if (v->fixed_version.len)
		buf_addf(b, ", fixed in %.*s", STR_FMT(v->fixed_version));
	buf_addf(b, "; %s", severity_name(v->severity));
	if (v->severity_source.len)
		buf_addf(b, " (%.*s)", STR_FMT(v->severity_source));
	buf_add_char(b, '\n');
	if (v->summary.len)
		buf_addf(b, "  summary %.*s\n", STR_FMT(v->summary));
	if (v->published.len || v->modified.len)
		buf_addf(b, "  dates %.*s %.*s\n", STR_FMT(v->published), STR_FMT(v->modified));
	render_list(b, "aliases", v->aliases, v->n_aliases);
	render_list(b, "urls", v->urls, v->n_urls);
	for (size_t i = 0; i < v->n_cvss; i++)
		buf_addf(b, "  cvss %.1f %.1f %.*s\n", v->cvss[i].version, v->cvss[i].score,
			 STR_FMT(v->cvss[i].source));
	for (size_t i = 0; i < v->n_evidence; i++) {
		const struct match_evidence *e = &v->evidence[i];

		buf_addf(b, "  %.*s of %.*s: %.*s: %.*s", STR_FMT(e->advisory), STR_FMT(e->shard),
			 STR_FMT(e->package), STR_FMT(e->text));
		if (e->origin.len)
			buf_addf(b, " [%.*s]", STR_FMT(e->origin));
		buf_add_char(b, '\n');
	}
}

static void check(struct scenario *s)
{
	uint64_t random = 7;

	for (int round = 0; round < 20; round++) {
		_cleanup_arena_ struct arena arena = ARENA_INIT(0);
		_cleanup_buf_ struct buf b = BUF_INIT(1 << 20);
		struct vulnerability *found = NULL;
		size_t n = 0;

		assert_int_equal(match_package(s->scheme, &s->package, s->candidates.items,
					       s->candidates.len, &arena, &found, &n),
				 0);
		for (size_t i = 0; i < n; i++)
			render(&b, &found[i]);
		if (!str_eq(buf_str(&b), s->want))
			fail_msg("%.*s, round %d: found\n%.*swant\n%.*s", STR_FMT(s->name), round,
				 STR_FMT(buf_str(&b)), STR_FMT(s->want));
		SHUFFLE(s->candidates.items, s->candidates.len, &random);
	}
}

static void cases(void **state)
{
	_cleanup_arena_ struct arena arena = ARENA_INIT(0);
	struct str text = data(&arena, "cases.txt"), line;
	struct scenario s = {0};
	size_t n = 0;

	while (str_next_line(&text, &line)) {
		struct str key, rest = line;

		if (!str_next_word(&rest, &key) || *key.ptr == '#')
			continue;
		rest = str_trim(rest);
		if (str_eq(key, STR("case"))) {
			s = (struct scenario){.name = rest};
		} else if (str_eq(key, STR("scheme"))) {
			assert_int_equal(version_scheme_parse(rest, &s.scheme), 0);
		} else if (str_eq(key, STR("package"))) {
			read_package(&s, rest);
		} else if (str_eq(key, STR("record"))) {
			read_record(&arena, &s, rest);
		} else if (str_eq(key, STR("expect"))) {
			ssize_t end = str_find(text, STR("end\n"));

			assert_true(end >= 0);
			s.want = str_sub(text, 0, (size_t)end);
			text = str_from_offset(text, (size_t)end + 4);
			check(&s);
			vec_release(&s.candidates);
			n++;
		} else {
			fail_msg("no such line: %.*s", STR_FMT(line));
		}
	}
	assert_true(n > 20);
}

/* Linear in the candidates: a kernel's worth of records, some about hundreds of CVEs, is soon done. */
static void many(void **state)
{
	enum { RECORDS = 5000, SHARED = 40, PER_SHARED = 300 };
	_cleanup_arena_ struct arena arena = ARENA_INIT(0);
	struct range_event events[] = {{EVENT_INTRODUCED, STR("0")},
				       {EVENT_FIXED, STR("6.1.90-1")}};
	struct range range = {events, 2};
	struct package package = {.name = STR("linux"), .version = STR("6.1.55-1")};
	struct candidate_list list = {0};
	struct vulnerability *found;
	struct timespec begin, end;
	size_t n;

	for (size_t i = 0; i < RECORDS; i++) {
		struct candidate *c = vec_add(&list);
		struct advisory *a = arena_new(&arena, struct advisory);
		bool shared = i < SHARED;
		size_t vulns = shared ? PER_SHARED : 1;
		struct str *names = arena_calloc(&arena, 2 * vulns, sizeof(*names));

		assert_true(c && a && names);
		a->id = shared ? arena_printf(&arena, "DSA-%zu-1", i)
			       : arena_printf(&arena, "DEBIAN-CVE-2024-%zu", i);
		for (size_t k = 0; k < vulns; k++) {
			size_t cve = shared ? i * 7 + k : i;

			names[k] = arena_printf(&arena, "CVE-2024-%zu", cve);
			names[vulns + k] = arena_printf(&arena, "DEBIAN-CVE-2024-%zu", cve);
		}
		a->vulns = names;
		a->aliases = names + vulns;
		a->n_vulns = a->n_aliases = vulns;
		c->advisory = a;
		c->installed = package.version;
		c->affected.severity = SEVERITY_UNKNOWN;
		c->affected.ranges = &range;
		c->affected.n_ranges = 1;
	}
	clock_gettime(CLOCK_MONOTONIC, &begin);
	assert_int_equal(
		match_package(VERSION_DPKG, &package, list.items, list.len, &arena, &found, &n), 0);
	clock_gettime(CLOCK_MONOTONIC, &end);
	assert_true(n >= RECORDS - SHARED);
	print_message("%zu of %d candidates' vulnerabilities in %.1f ms\n", n, RECORDS,
		      (double)(end.tv_sec - begin.tv_sec) * 1e3 +
			      (double)(end.tv_nsec - begin.tv_nsec) / 1e6);
	vec_release(&list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranges),
		cmocka_unit_test(cases),
		cmocka_unit_test(many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
