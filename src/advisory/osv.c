/* One OSV record: see osv.h. Field names are those of ossf/osv-schema, schema.md. */
#include "base/compat.h"

#include <jansson.h>

#include "advisory/osv.h"

#include "advisory/ecosystem.h"
#include "advisory/record.h"
#include "base/buf.h"
#include "base/date.h"
#include "base/vec.h"
#include "core/cve.h"
#include "core/limits.h"
#include "match/cvss.h"

enum {
	/* Entries of one record: the largest real ones, SUSE kernel updates, have 3,000. */
	ENTRIES_MAX = 100000,
	/* Names of one record, CVEs included: a kernel update of a whole year has 2,000. */
	NAMES_MAX = 10000,
	/* CVSS vectors of one record: one for each version of CVSS and package. */
	CVSS_MAX = 200,
	/* Bytes of a summary: what fits on two lines of a terminal. */
	SUMMARY_MAX = 200,
	/* Links kept of a record (osv.h): errata list each of a hundred bugs, which nobody follows from
	 * here. */
	URLS_MAX = 5,
};

VEC_TYPE(str_list, struct str);
VEC_TYPE(entry_list, struct affected_in);
VEC_TYPE(cvss_list, struct cvss);

/* One record while it is read. */
struct reader {
	struct arena *arena;
	struct err *err;
	struct advisory advisory;
	struct str_list vulns, aliases, derived;
	struct cvss_list cvss;
	struct entry_list entries;
	struct str_list modules; /* "nodejs:12", as the title names them */
	/* The vendor's grade of the whole record, which holds where an entry has none of its own. */
	enum severity severity;
	struct str severity_text;
};

static int malformed(struct reader *r, const char *what)
{
	return err_set(r->err, ERR_FORMAT, "%s", what);
}

static int too_many(struct reader *r, const char *what, unsigned max)
{
	return err_set(r->err, ERR_LIMIT, "more than %u %s", max, what);
}

static struct str text_of(const json_t *v)
{
	if (!json_is_string(v))
		return STR_NULL;
	return (struct str){json_string_value(v), json_string_length(v)};
}

static struct str text_at(const json_t *object, const char *key)
{
	return text_of(json_object_get(object, key));
}

/* Copies a member into the arena; one that is missing is empty. */
static int copy_text(struct reader *r, const json_t *object, const char *key, struct str *ret)
{
	struct str s = text_at(object, key);

	*ret = STR("");
	if (s.len == 0)
		return 0;
	*ret = arena_str(r->arena, s);
	return ret->ptr ? 0 : err_oom(r->err);
}

/* A member that must be an array where there is one. */
static int array_at(struct reader *r, const json_t *object, const char *key, const json_t **ret)
{
	const json_t *array = json_object_get(object, key);

	*ret = NULL;
	if (!array || json_is_null(array))
		return 0;
	if (!json_is_array(array))
		return err_set(r->err, ERR_FORMAT, "'%s' is no array", key);
	*ret = array;
	return 0;
}

/* Adds s, which must live long enough, unless it is there. */
static int add_unique(struct reader *r, struct str_list *list, struct str s)
{
	struct str *item;

	for (size_t i = 0; i < list->len; i++)
		if (str_eq(list->items[i], s))
			return 0;
	if (list->len >= NAMES_MAX)
		return too_many(r, "names", NAMES_MAX);
	item = vec_add(list);
	if (!item)
		return err_oom(r->err);
	*item = s;
	return 0;
}

static int compare_str(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

/* --- names ---------------------------------------------------------------------------------------- */

static const struct {
	struct str prefix;
	bool bugs_only; /* without a CVE it repairs no vulnerability */
} errata[] = {
	{{"RHSA-", 5}, false},	      {{"RHBA-", 5}, true},	    {{"RHEA-", 5}, true},
	{{"ALSA-", 5}, false},	      {{"ALBA-", 5}, true},	    {{"ALEA-", 5}, true},
	{{"RLSA-", 5}, false},	      {{"RLBA-", 5}, true},	    {{"RLEA-", 5}, true},
	{{"RXSA-", 5}, false},	      {{"SUSE-SU-", 8}, false},	    {{"SUSE-RU-", 8}, true},
	{{"SUSE-FU-", 8}, true},      {{"SUSE-OU-", 8}, true},	    {{"openSUSE-SU-", 12}, false},
	{{"openSUSE-RU-", 12}, true}, {{"openSUSE-FU-", 12}, true}, {{"USN-", 4}, false},
	{{"LSN-", 4}, false},	      {{"ELSA-", 5}, false},	    {{"MGASA-", 6}, false},
};

static bool is_erratum(struct str id, bool *ret_bugs_only)
{
	for (size_t i = 0; i < ARRAY_LEN(errata); i++) {
		if (!str_starts(id, errata[i].prefix))
			continue;
		*ret_bugs_only = errata[i].bugs_only;
		return true;
	}
	*ret_bugs_only = false;
	return false;
}

/* Sorts one name of the record into vulnerabilities, names made from them, and others. */
static int add_name(struct reader *r, struct str_list *others, struct str name)
{
	struct str copy, cve;

	if (name.len == 0 || name.len > DB_NAME_MAX || str_eq(name, r->advisory.id))
		return 0;
	copy = arena_str(r->arena, name);
	if (!copy.ptr)
		return err_oom(r->err);
	cve = cve_inside(copy);
	if (cve.len == copy.len && cve.len)
		return add_unique(r, &r->vulns, copy);
	return add_unique(r, cve.len ? &r->derived : others, copy);
}

static int read_names(struct reader *r, const json_t *root)
{
	static const char *const members[] = {"aliases", "upstream", "related"};
	struct str cve = cve_inside(r->advisory.id);
	bool bugs_only, erratum = is_erratum(r->advisory.id, &bugs_only);
	int ret = 0;

	if (cve.len)
		ret = add_unique(r, &r->vulns, cve);
	if (ret < 0)
		return ret;
	for (size_t m = 0; m < ARRAY_LEN(members); m++) {
		bool related = m == 2;
		const json_t *array, *item;
		size_t i;

		ret = array_at(r, root, members[m], &array);
		if (ret < 0)
			return ret;
		json_array_foreach(array, i, item)
		{
			struct str name = text_of(item);

			/* Related is not the same, but where the feed means so, and for Ubuntu's
			 * notices, which have no other tie to their CVEs. */
			if (related && !(erratum && cve_is_id(name)) &&
			    !str_starts(name, STR("USN-")))
				continue;
			/* Upstream ids of an update for many vulnerabilities name those, not it. */
			ret = add_name(r, m == 0 ? &r->aliases : &r->derived, name);
			if (ret < 0)
				return ret;
		}
	}
	if (r->vulns.len <= 1)
		for (size_t i = 0; i < r->derived.len && ret == 0; i++)
			ret = add_unique(r, &r->aliases, r->derived.items[i]);
	if (r->vulns.len == 0 && ret == 0)
		ret = add_unique(r, &r->vulns, r->advisory.id);
	if (ret < 0)
		return ret;
	vec_sort(&r->vulns, compare_str);
	vec_sort(&r->aliases, compare_str);
	return 0;
}

/* --- texts ---------------------------------------------------------------------------------------- */

/* The first sentence or line, on one line, cut at a word. */
static int one_line(struct reader *r, struct str text, bool sentence, struct str *ret)
{
	struct buf b = BUF_INIT(SUMMARY_MAX + 8);
	bool blank = false, cut = false;
	size_t len = 0;

	text = str_trim(text);
	for (size_t i = 0; i < text.len && !cut; i++) {
		unsigned char c = (unsigned char)text.ptr[i];

		if (c == '\n' && sentence && b.len > 40)
			break;
		if (c <= ' ' || c == 0x7f) {
			if (sentence && b.len > 20 && text.ptr[i - 1] == '.')
				break;
			blank = true;
			continue;
		}
		if (blank && b.len) {
			len = b.len;
			buf_add_char(&b, ' ');
		}
		blank = false;
		buf_add_char(&b, (char)c);
		cut = b.len > SUMMARY_MAX - 3;
	}
	if (cut) {
		/* One word without end: at least no half character. */
		if (len == 0)
			for (len = SUMMARY_MAX - 8; ((unsigned char)b.data[len] & 0xc0) == 0x80;)
				len--;
		b.len = len;
		buf_add_str(&b, STR("…"));
	}
	*ret = STR("");
	if (b.len)
		*ret = arena_str(r->arena, buf_str(&b));
	buf_release(&b);
	return ret->ptr ? 0 : err_oom(r->err);
}

static int read_texts(struct reader *r, const json_t *root)
{
	struct advisory *a = &r->advisory;
	struct str summary = str_trim(text_at(root, "summary"));
	int ret;

	ret = summary.len ? one_line(r, summary, false, &a->summary)
			  : one_line(r, text_at(root, "details"), true, &a->summary);
	if (ret == 0)
		ret = copy_text(r, root, "published", &a->published);
	if (ret == 0)
		ret = copy_text(r, root, "modified", &a->modified);
	if (ret == 0)
		ret = copy_text(r, root, "withdrawn", &a->withdrawn);
	return ret;
}

/* The links of one type (or of all others), until there are enough. */
static int add_urls(struct reader *r, const json_t *references, bool advisories,
		    struct str_list *urls)
{
	const json_t *item;
	size_t i;

	json_array_foreach(references, i, item)
	{
		struct str url = text_at(item, "url");
		int ret;

		if (urls->len >= URLS_MAX)
			break;
		if (url.len == 0 || str_eq(text_at(item, "type"), STR("ADVISORY")) != advisories)
			continue;
		url = arena_str(r->arena, url);
		if (!url.ptr)
			return err_oom(r->err);
		ret = add_unique(r, urls, url);
		if (ret < 0)
			return ret;
	}
	return 0;
}

static int to_arena(struct reader *r, const struct str_list *list, const struct str **ret,
		    size_t *ret_n)
{
	struct str *items;

	if (list->len == 0)
		return 0;
	items = arena_calloc(r->arena, list->len, sizeof(*items));
	if (!items)
		return err_oom(r->err);
	memcpy(items, list->items, list->len * sizeof(*items));
	*ret = items;
	*ret_n = list->len;
	return 0;
}

static int read_urls(struct reader *r, const json_t *root)
{
	struct str_list urls = {0};
	const json_t *references;
	int ret = array_at(r, root, "references", &references);

	if (ret == 0)
		ret = add_urls(r, references, true, &urls);
	if (ret == 0)
		ret = add_urls(r, references, false, &urls);
	if (ret == 0)
		ret = to_arena(r, &urls, &r->advisory.urls, &r->advisory.n_urls);
	vec_release(&urls);
	return ret;
}

/* --- severity ------------------------------------------------------------------------------------- */

static enum severity grade(struct str word)
{
	static const struct {
		const char *word;
		enum severity severity;
	} words[] = {
		{"critical", SEVERITY_CRITICAL},     {"high", SEVERITY_HIGH},
		{"important", SEVERITY_HIGH},	     {"medium", SEVERITY_MEDIUM},
		{"moderate", SEVERITY_MEDIUM},	     {"low", SEVERITY_LOW},
		{"negligible", SEVERITY_NEGLIGIBLE}, {"unimportant", SEVERITY_NEGLIGIBLE},
	};

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (str_eq_nocase(word, str_from(words[i].word)))
			return words[i].severity;
	return SEVERITY_UNKNOWN;
}

/* "urgency low", in lower case whatever the feed's; empty for words that grade nothing. */
static int grade_text(struct reader *r, const char *kind, struct str word,
		      enum severity *ret_severity, struct str *ret_text)
{
	enum severity severity = grade(word);
	struct str text;
	char *p;

	if (severity == SEVERITY_UNKNOWN)
		return 0;
	text = arena_printf(r->arena, "%s %.*s", kind, STR_FMT(word));
	if (!text.ptr)
		return err_oom(r->err);
	for (p = (char *)text.ptr; *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	*ret_severity = severity;
	*ret_text = text;
	return 0;
}

/* Vectors of the record or of one entry; one that cannot be scored is passed over. Ubuntu's priority
 * stands in the same list. */
static int read_severity(struct reader *r, const json_t *object)
{
	const json_t *array, *item;
	size_t i;
	int ret = array_at(r, object, "severity", &array);

	if (ret < 0)
		return ret;
	json_array_foreach(array, i, item)
	{
		struct str vector = text_at(item, "score");
		struct cvss cvss = {.source = r->advisory.id}, *added;
		bool known = false;

		if (str_eq(text_at(item, "type"), STR("Ubuntu"))) {
			ret = grade_text(r, "priority", vector, &r->severity, &r->severity_text);
			if (ret < 0)
				return ret;
			continue;
		}
		for (size_t k = 0; k < r->cvss.len; k++)
			known |= str_eq(r->cvss.items[k].vector, vector);
		if (r->cvss.len >= CVSS_MAX)
			return too_many(r, "CVSS vectors", CVSS_MAX);
		if (known || cvss_score(vector, &cvss.version, &cvss.score) < 0)
			continue;
		cvss.vector = arena_str(r->arena, vector);
		added = vec_add(&r->cvss);
		if (!cvss.vector.ptr || !added)
			return err_oom(r->err);
		*added = cvss;
	}
	return 0;
}

/* Grades of whole records: Red Hat's in a link to its classification, AlmaLinux' and Rocky's before
 * the colon of the title, GitHub's in database_specific. */
static int read_grade(struct reader *r, const json_t *root)
{
	struct str title = text_at(root, "summary"), word;
	const json_t *references = json_object_get(root, "references"), *item;
	const json_t *database = json_object_get(root, "database_specific");
	bool bugs_only;
	size_t i;

	if (r->severity != SEVERITY_UNKNOWN)
		return 0;
	word = text_at(database, "severity");
	if (grade(word) == SEVERITY_UNKNOWN && is_erratum(r->advisory.id, &bugs_only) &&
	    str_find_char(title, ':') > 0)
		word = str_sub(title, 0, (size_t)str_find_char(title, ':'));
	if (grade(word) == SEVERITY_UNKNOWN)
		json_array_foreach(references, i, item)
		{
			struct str url = text_at(item, "url");
			ssize_t at = str_find(url, STR("/classification/#"));

			if (at > 0) {
				word = str_from_offset(url,
						       (size_t)at + strlen("/classification/#"));
				break;
			}
		}
	return grade_text(r, "severity", word, &r->severity, &r->severity_text);
}

/* --- what is affected ----------------------------------------------------------------------------- */

/* Is it "name:stream", as titles of modular errata have it? */
static bool is_module(struct str word)
{
	ssize_t colon = str_find_char(word, ':');

	return colon > 0 && (size_t)colon + 1 < word.len && str_find_char(word, '(') < 0 &&
	       str_rfind_char(word, ':') == colon;
}

static int read_modules(struct reader *r, const json_t *root)
{
	struct str rest = text_at(root, "summary"), word;
	bool bugs_only;
	int ret;

	if (!is_erratum(r->advisory.id, &bugs_only))
		return 0;
	while (str_next_word(&rest, &word)) {
		struct str module = word;
		ssize_t slash = str_find_char(word, '/');

		if (slash > 0) /* "httpd:2.4/mod_http2" */
			module = str_sub(word, 0, (size_t)slash);
		while (str_ends(module, STR(",")))
			module.len--;
		if (!is_module(module))
			continue;
		module = arena_str(r->arena, module);
		ret = module.ptr ? add_unique(r, &r->modules, module) : err_oom(r->err);
		if (ret < 0)
			return ret;
	}
	return 0;
}

static int read_event(struct reader *r, const json_t *object, struct range_event *events, size_t *n)
{
	static const char *const kinds[EVENT_KIND_MAX_] = {
		[EVENT_INTRODUCED] = "introduced",
		[EVENT_FIXED] = "fixed",
		[EVENT_LAST_AFFECTED] = "last_affected",
		[EVENT_LIMIT] = "limit",
	};
	size_t before = *n;

	for (size_t kind = 0; kind < EVENT_KIND_MAX_; kind++) {
		const json_t *value = json_object_get(object, kinds[kind]);
		struct str version;

		if (!value)
			continue;
		if (!json_is_string(value))
			return malformed(r, "an event of a range has a version that is no string");
		version = arena_str(r->arena, text_of(value));
		if (!version.ptr)
			return err_oom(r->err);
		events[(*n)++] = (struct range_event){(enum range_event_kind)kind, version};
	}
	return *n > before ? 0 : malformed(r, "an event of a range is none of the schema's");
}

static int read_range(struct reader *r, const json_t *object, struct range *ret)
{
	const json_t *array, *item;
	struct range_event *events;
	size_t i, n = 0;
	int ret_code = array_at(r, object, "events", &array);

	if (ret_code < 0)
		return ret_code;
	*ret = (struct range){0};
	if (json_array_size(array) == 0)
		return 0;
	events = arena_calloc(r->arena, json_array_size(array) * EVENT_KIND_MAX_, sizeof(*events));
	if (!events)
		return err_oom(r->err);
	json_array_foreach(array, i, item)
	{
		ret_code = read_event(r, item, events, &n);
		if (ret_code < 0)
			return ret_code;
	}
	*ret = (struct range){events, n};
	return 0;
}

static int read_ranges(struct reader *r, const json_t *object, struct affected *a)
{
	const json_t *array, *item;
	struct range *ranges;
	size_t i;
	int ret = array_at(r, object, "ranges", &array);

	if (ret < 0 || json_array_size(array) == 0)
		return ret;
	ranges = arena_calloc(r->arena, json_array_size(array), sizeof(*ranges));
	if (!ranges)
		return err_oom(r->err);
	json_array_foreach(array, i, item)
	{
		if (str_eq(text_at(item, "type"), STR("GIT")))
			continue;
		ret = read_range(r, item, &ranges[a->n_ranges]);
		if (ret < 0)
			return ret;
		if (ranges[a->n_ranges].n_events)
			a->n_ranges++;
	}
	a->ranges = ranges;
	return 0;
}

static int read_versions(struct reader *r, const json_t *object, struct affected *a)
{
	const json_t *array, *item;
	struct str *versions;
	size_t i;
	int ret = array_at(r, object, "versions", &array);

	if (ret < 0 || json_array_size(array) == 0)
		return ret;
	versions = arena_calloc(r->arena, json_array_size(array), sizeof(*versions));
	if (!versions)
		return err_oom(r->err);
	json_array_foreach(array, i, item)
	{
		if (!json_is_string(item))
			return malformed(r, "'versions' holds what is no string");
		versions[i] = arena_str(r->arena, text_of(item));
		if (!versions[i].ptr)
			return err_oom(r->err);
	}
	a->versions = versions;
	a->n_versions = json_array_size(array);
	return 0;
}

static struct str first_fix(const struct affected *a)
{
	for (size_t i = 0; i < a->n_ranges; i++)
		for (size_t k = 0; k < a->ranges[i].n_events; k++)
			if (a->ranges[i].events[k].kind == EVENT_FIXED)
				return a->ranges[i].events[k].version;
	return STR("");
}

/* Every range ends before the first version: so feeds say that a release never had the flaw. */
static bool never_affected(const struct affected *a)
{
	for (size_t i = 0; i < a->n_ranges; i++) {
		bool empty = false;

		for (size_t k = 0; k < a->ranges[i].n_events; k++)
			empty |= a->ranges[i].events[k].kind == EVENT_FIXED &&
				 str_eq(a->ranges[i].events[k].version, STR("0"));
		if (!empty)
			return false;
	}
	return a->n_ranges > 0 && a->n_versions == 0;
}

static int add_entry(struct reader *r, struct str shard, const struct affected *a)
{
	/* RPM's convention for packages of a module: "…module+el8.6.0+789+2130c178". */
	bool modular = r->modules.len && str_find(first_fix(a), STR(".module")) >= 0;
	size_t times = modular ? r->modules.len : 1;

	if (a->package.len == 0 || a->package.len > DB_NAME_MAX)
		return malformed(r, "the name of a package is empty or too long");
	for (size_t i = 0; i < times; i++) {
		struct affected_in *entry;

		if (r->entries.len >= ENTRIES_MAX)
			return too_many(r, "packages", ENTRIES_MAX);
		entry = vec_add(&r->entries);
		if (!entry)
			return err_oom(r->err);
		*entry = (struct affected_in){.shard = shard, .affected = *a};
		if (modular)
			entry->affected.module = r->modules.items[i];
	}
	return 0;
}

/* SUSE: "binaries": [{"libopenssl1_1": "1.1.1d-…", …}]. *ret_any says whether there were some. */
static int add_binaries(struct reader *r, const json_t *specific, struct str shard,
			const struct affected *source, bool *ret_any)
{
	const json_t *array, *map;
	size_t i;
	int ret = array_at(r, specific, "binaries", &array);

	if (ret < 0)
		return ret;
	json_array_foreach(array, i, map)
	{
		const char *name;
		json_t *version;

		json_object_foreach((json_t *)map, name, version)
		{
			struct range_event *events = arena_calloc(r->arena, 2, sizeof(*events));
			struct range *range = arena_new(r->arena, struct range);
			struct affected a = *source;

			if (!json_is_string(version))
				return malformed(r, "'binaries' holds a version that is no string");
			if (!events || !range)
				return err_oom(r->err);
			events[0] = (struct range_event){EVENT_INTRODUCED, STR("0")};
			events[1] = (struct range_event){EVENT_FIXED,
							 arena_str(r->arena, text_of(version))};
			*range = (struct range){events, 2};
			a.package = arena_str(r->arena, str_from(name));
			a.ranges = range;
			a.n_ranges = 1;
			if (!a.package.ptr || !events[1].version.ptr)
				return err_oom(r->err);
			ret = add_entry(r, shard, &a);
			if (ret < 0)
				return ret;
			*ret_any = true;
		}
	}
	return 0;
}

/* What the vendor says of this package alone. */
static int read_specific(struct reader *r, const json_t *specific, struct affected *a)
{
	struct str urgency = text_at(specific, "urgency");
	int ret;

	a->severity = r->severity;
	a->severity_text = r->severity_text;
	if (str_eq(urgency, STR("end-of-life")))
		a->status = VULN_END_OF_LIFE;
	ret = grade_text(r, "urgency", urgency, &a->severity, &a->severity_text);
	if (ret == 0)
		ret = grade_text(r, "priority", text_at(specific, "ubuntu_priority"), &a->severity,
				 &a->severity_text);
	if (ret == 0 && json_is_string(json_object_get(specific, "severity")))
		ret = grade_text(r, "severity", text_at(specific, "severity"), &a->severity,
				 &a->severity_text);
	return ret;
}

static int read_affected(struct reader *r, const json_t *object)
{
	const json_t *package = json_object_get(object, "package");
	const json_t *specific = json_object_get(object, "ecosystem_specific");
	struct affected a = {.status = VULN_AFFECTED, .severity = SEVERITY_UNKNOWN};
	struct str ecosystem, shard;
	bool binaries = false;
	int ret;

	if (!json_is_object(object))
		return malformed(r, "'affected' holds what is no object");
	if (!package) /* commits of a repository alone */
		return 0;
	ret = copy_text(r, package, "ecosystem", &ecosystem);
	if (ret == 0)
		ret = copy_text(r, package, "name", &a.package);
	if (ret < 0)
		return ret;
	if (ecosystem.len == 0 || ecosystem.len > DB_NAME_MAX)
		return malformed(r, "the ecosystem of a package is missing, empty or too long");
	if (ecosystem_shard(ecosystem, r->arena, &shard, &a.channel) < 0)
		return err_oom(r->err);
	if (r->advisory.feed.len == 0)
		r->advisory.feed = record_shard_feed(ecosystem);
	ret = read_severity(r, object);
	if (ret == 0)
		ret = read_specific(r, specific, &a);
	if (ret == 0)
		ret = read_ranges(r, object, &a);
	if (ret == 0)
		ret = read_versions(r, object, &a);
	if (ret < 0)
		return ret;
	if (never_affected(&a))
		a.status = VULN_NOT_AFFECTED;
	ret = add_binaries(r, specific, shard, &a, &binaries);
	if (ret < 0 || binaries)
		return ret;
	/* Neither ranges nor versions: nothing that a version could be compared with. */
	return a.n_ranges || a.n_versions ? add_entry(r, shard, &a) : 0;
}

static int read_all_affected(struct reader *r, const json_t *root)
{
	const json_t *array, *item;
	bool bugs_only;
	size_t i;
	int ret = array_at(r, root, "affected", &array);

	if (ret < 0)
		return ret;
	json_array_foreach(array, i, item)
	{
		ret = read_affected(r, item);
		if (ret < 0)
			return ret;
	}
	is_erratum(r->advisory.id, &bugs_only);
	if (bugs_only && !cve_is_id(r->vulns.items[0]))
		r->entries.len = 0;
	return 0;
}

static int read_record(struct reader *r, const json_t *root)
{
	int64_t modified;
	int ret;

	if (!json_is_object(root))
		return malformed(r, "the document is no object");
	ret = copy_text(r, root, "id", &r->advisory.id);
	if (ret < 0)
		return ret;
	if (r->advisory.id.len == 0 || r->advisory.id.len > DB_NAME_MAX)
		return malformed(r, "'id' is missing, empty or too long");
	ret = read_texts(r, root);
	if (ret == 0 && date_parse(r->advisory.modified, &modified) < 0)
		return malformed(r, "'modified' is missing or no time");
	if (ret == 0)
		ret = read_names(r, root);
	if (ret == 0)
		ret = read_urls(r, root);
	if (ret == 0)
		ret = read_severity(r, root);
	if (ret == 0)
		ret = read_grade(r, root);
	if (ret == 0)
		ret = read_modules(r, root);
	if (ret == 0)
		ret = read_all_affected(r, root);
	return ret;
}

/* The lists as arrays of the arena. */
static int finish(struct reader *r, struct osv_record *ret)
{
	struct advisory *a = &r->advisory;
	struct cvss *cvss = arena_calloc(r->arena, MAX(r->cvss.len, (size_t)1), sizeof(*cvss));
	struct affected_in *entries =
		arena_calloc(r->arena, MAX(r->entries.len, (size_t)1), sizeof(*entries));
	int code;

	if (!cvss || !entries)
		return err_oom(r->err);
	if (r->cvss.len)
		memcpy(cvss, r->cvss.items, r->cvss.len * sizeof(*cvss));
	if (r->entries.len)
		memcpy(entries, r->entries.items, r->entries.len * sizeof(*entries));
	a->cvss = cvss;
	a->n_cvss = r->cvss.len;
	code = to_arena(r, &r->vulns, &a->vulns, &a->n_vulns);
	if (code == 0)
		code = to_arena(r, &r->aliases, &a->aliases, &a->n_aliases);
	if (code < 0)
		return code;
	if (a->feed.len == 0)
		a->feed = STR("OSV");
	*ret = (struct osv_record){*a, entries, r->entries.len};
	return 0;
}

int osv_parse(struct str json, struct str feed, struct arena *arena, struct osv_record *ret,
	      struct err *err)
{
	struct reader r = {.arena = arena, .err = err, .severity = SEVERITY_UNKNOWN};
	json_error_t error;
	json_t *root;
	int code;

	if (json.len > LIMIT_ADVISORY_JSON)
		return err_set(err, ERR_LIMIT, "larger than the limit of %zu bytes",
			       LIMIT_ADVISORY_JSON);
	/* jansson refuses what is nested deeper than 2,048 (JSON_PARSER_MAX_DEPTH). */
	root = json_loadb(json.len ? json.ptr : "", json.len, 0, &error);
	if (!root) {
		if (json_error_code(&error) == json_error_out_of_memory)
			return err_oom(err);
		return err_set(err, ERR_FORMAT, "line %d, column %d: %s", error.line, error.column,
			       error.text);
	}
	r.advisory.feed = STR("");
	if (feed.len)
		r.advisory.feed = arena_str(arena, feed);
	code = r.advisory.feed.ptr ? read_record(&r, root) : err_oom(err);
	if (code == 0)
		code = finish(&r, ret);
	json_decref(root);
	vec_release(&r.vulns);
	vec_release(&r.aliases);
	vec_release(&r.derived);
	vec_release(&r.cvss);
	vec_release(&r.entries);
	vec_release(&r.modules);
	return code;
}
