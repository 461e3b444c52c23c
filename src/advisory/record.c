/* The byte layout of the advisory database: see record.h. */
#include "base/compat.h"

#include "advisory/record.h"
#include "base/date.h"
#include "base/err.h"
#include "core/cve.h"

static void pack_strs(struct buf *b, const struct str *items, size_t n)
{
	pack_uint(b, n);
	for (size_t i = 0; i < n; i++)
		pack_str(b, items[i]);
}

static const struct str *unpack_strs(struct unpack *u, struct arena *arena, size_t *ret_n,
				     bool *oom)
{
	size_t n = unpack_count(u, 1);
	struct str *items;

	*ret_n = 0;
	if (n == 0)
		return NULL;
	items = arena_calloc(arena, n, sizeof(*items));
	if (!items) {
		*oom = true;
		return NULL;
	}
	for (size_t i = 0; i < n; i++)
		items[i] = unpack_str(u);
	*ret_n = n;
	return items;
}

/* CVSS versions and scores have one decimal: tenths fit in a byte. */
static uint8_t tenths(double value)
{
	return value > 0 && value < 25 ? (uint8_t)(value * 10 + 0.5) : 0;
}

void record_pack_advisory(struct buf *b, const struct advisory *a)
{
	pack_str(b, a->id);
	pack_str(b, a->feed);
	pack_str(b, a->summary);
	pack_str(b, a->published);
	pack_str(b, a->modified);
	pack_str(b, a->withdrawn);
	pack_strs(b, a->vulns, a->n_vulns);
	pack_strs(b, a->aliases, a->n_aliases);
	pack_uint(b, a->n_cvss);
	for (size_t i = 0; i < a->n_cvss; i++) {
		pack_str(b, a->cvss[i].vector);
		pack_u8(b, tenths(a->cvss[i].version));
		pack_u8(b, tenths(a->cvss[i].score));
	}
	pack_strs(b, a->urls, a->n_urls);
}

static int unpack_cvss(struct unpack *u, struct arena *arena, struct advisory *a)
{
	size_t n = unpack_count(u, 3);
	struct cvss *cvss;

	if (n == 0)
		return 0;
	cvss = arena_calloc(arena, n, sizeof(*cvss));
	if (!cvss)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		cvss[i].vector = unpack_str(u);
		cvss[i].version = unpack_u8(u) / 10.0;
		cvss[i].score = unpack_u8(u) / 10.0;
		cvss[i].source = a->id;
	}
	a->cvss = cvss;
	a->n_cvss = n;
	return 0;
}

int record_unpack_advisory(struct str bytes, struct arena *arena, struct advisory *ret)
{
	struct unpack u = unpack_init(bytes);
	struct advisory a = {0};
	bool oom = false;

	a.id = unpack_str(&u);
	a.feed = unpack_str(&u);
	a.summary = unpack_str(&u);
	a.published = unpack_str(&u);
	a.modified = unpack_str(&u);
	a.withdrawn = unpack_str(&u);
	a.vulns = unpack_strs(&u, arena, &a.n_vulns, &oom);
	a.aliases = unpack_strs(&u, arena, &a.n_aliases, &oom);
	if (oom || unpack_cvss(&u, arena, &a) < 0)
		return -ENOMEM;
	a.urls = unpack_strs(&u, arena, &a.n_urls, &oom);
	if (oom)
		return -ENOMEM;
	if (!unpack_done(&u) || a.id.len == 0)
		return -ERR_FORMAT;
	*ret = a;
	return 0;
}

/* What an entry says beyond one range from "0" to a fix. */
enum {
	HAS_GRADE = 1 << 0, /* status and severity; without: affected, unknown */
	HAS_CHANNEL = 1 << 1,
	HAS_MODULE = 1 << 2,
	HAS_ARCH = 1 << 3,
	HAS_SEVERITY_TEXT = 1 << 4,
	HAS_ORIGIN = 1 << 5,
	HAS_RANGES = 1 << 6, /* ranges spelled out; without: the version of the fix alone */
	HAS_VERSIONS = 1 << 7,
};

static bool is_plain_fix(const struct affected *a)
{
	const struct range *r = a->ranges;

	return a->n_ranges == 1 && r->n_events == 2 && r->events[0].kind == EVENT_INTRODUCED &&
	       str_eq(r->events[0].version, STR("0")) && r->events[1].kind == EVENT_FIXED;
}

static void pack_ranges(struct buf *b, const struct affected *a)
{
	pack_uint(b, a->n_ranges);
	for (size_t i = 0; i < a->n_ranges; i++) {
		const struct range *r = &a->ranges[i];

		pack_uint(b, r->n_events);
		for (size_t j = 0; j < r->n_events; j++) {
			pack_u8(b, (uint8_t)r->events[j].kind);
			pack_str(b, r->events[j].version);
		}
	}
}

void record_pack_affected(struct buf *b, const struct affected *a)
{
	const struct {
		unsigned flag;
		struct str text;
	} texts[] = {
		{HAS_CHANNEL, a->channel}, {HAS_MODULE, a->module},
		{HAS_ARCH, a->arch},	   {HAS_SEVERITY_TEXT, a->severity_text},
		{HAS_ORIGIN, a->origin},
	};
	unsigned flags = 0;

	if (a->status != VULN_AFFECTED || a->severity != SEVERITY_UNKNOWN)
		flags |= HAS_GRADE;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (texts[i].text.len)
			flags |= texts[i].flag;
	if (!is_plain_fix(a))
		flags |= HAS_RANGES;
	if (a->n_versions)
		flags |= HAS_VERSIONS;
	pack_u8(b, (uint8_t)flags);
	if (flags & HAS_GRADE) {
		pack_u8(b, (uint8_t)a->status);
		pack_u8(b, (uint8_t)a->severity);
	}
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (texts[i].text.len)
			pack_str(b, texts[i].text);
	if (flags & HAS_RANGES)
		pack_ranges(b, a);
	else
		pack_str(b, a->ranges[0].events[1].version);
	if (flags & HAS_VERSIONS)
		pack_strs(b, a->versions, a->n_versions);
}

static int unpack_plain_fix(struct unpack *u, struct arena *arena, struct affected *a)
{
	struct {
		struct range range;
		struct range_event events[2];
	} *both = arena_alloc(arena, sizeof(*both));

	if (!both)
		return -ENOMEM;
	both->events[0] = (struct range_event){EVENT_INTRODUCED, STR("0")};
	both->events[1] = (struct range_event){EVENT_FIXED, unpack_str(u)};
	both->range = (struct range){both->events, 2};
	a->ranges = &both->range;
	a->n_ranges = 1;
	return 0;
}

static int unpack_ranges(struct unpack *u, struct arena *arena, struct affected *a)
{
	size_t n = unpack_count(u, 1);
	struct range *ranges;

	if (n == 0)
		return 0;
	ranges = arena_calloc(arena, n, sizeof(*ranges));
	if (!ranges)
		return -ENOMEM;
	for (size_t i = 0; i < n && !u->failed; i++) {
		size_t n_events = unpack_count(u, 2);
		struct range_event *events =
			arena_calloc(arena, MAX(n_events, (size_t)1), sizeof(*events));

		if (!events)
			return -ENOMEM;
		for (size_t j = 0; j < n_events; j++) {
			uint8_t kind = unpack_u8(u);

			if (kind >= EVENT_KIND_MAX_)
				u->failed = true;
			else
				events[j].kind = (enum range_event_kind)kind;
			events[j].version = unpack_str(u);
		}
		ranges[i] = (struct range){events, n_events};
	}
	a->ranges = ranges;
	a->n_ranges = n;
	return 0;
}

static void unpack_grade(struct unpack *u, struct affected *a)
{
	uint8_t status = unpack_u8(u), severity = unpack_u8(u);

	if (status >= VULN_STATUS_MAX_ || severity >= SEVERITY_MAX_) {
		u->failed = true;
		return;
	}
	a->status = (enum vuln_status)status;
	a->severity = (enum severity)severity;
}

int record_unpack_entry(struct unpack *u, struct arena *arena, uint32_t *ret_number,
			struct affected *ret)
{
	uint32_t number = (uint32_t)unpack_uint_max(u, UINT32_MAX);
	struct affected a = {.status = VULN_AFFECTED, .severity = SEVERITY_UNKNOWN};
	unsigned flags = unpack_u8(u);
	bool oom = false;
	int r;

	if (flags & HAS_GRADE)
		unpack_grade(u, &a);
	if (flags & HAS_CHANNEL)
		a.channel = unpack_str(u);
	if (flags & HAS_MODULE)
		a.module = unpack_str(u);
	if (flags & HAS_ARCH)
		a.arch = unpack_str(u);
	if (flags & HAS_SEVERITY_TEXT)
		a.severity_text = unpack_str(u);
	if (flags & HAS_ORIGIN)
		a.origin = unpack_str(u);
	r = flags & HAS_RANGES ? unpack_ranges(u, arena, &a) : unpack_plain_fix(u, arena, &a);
	if (r < 0)
		return r;
	if (flags & HAS_VERSIONS)
		a.versions = unpack_strs(u, arena, &a.n_versions, &oom);
	if (oom)
		return -ENOMEM;
	if (u->failed)
		return -ERR_FORMAT;
	*ret_number = number;
	*ret = a;
	return 0;
}

static void skip_strs(struct unpack *u)
{
	for (size_t n = unpack_count(u, 1); n && !u->failed; n--)
		unpack_str(u);
}

int record_skip_entry(struct unpack *u, uint32_t *ret_number)
{
	uint32_t number = (uint32_t)unpack_uint_max(u, UINT32_MAX);
	unsigned flags = unpack_u8(u);

	if (flags & HAS_GRADE) {
		unpack_u8(u);
		unpack_u8(u);
	}
	for (unsigned flag = HAS_CHANNEL; flag <= HAS_ORIGIN; flag <<= 1)
		if (flags & flag)
			unpack_str(u);
	if (flags & HAS_RANGES) {
		for (size_t n = unpack_count(u, 1); n && !u->failed; n--)
			for (size_t events = unpack_count(u, 2); events && !u->failed; events--) {
				unpack_u8(u);
				unpack_str(u);
			}
	} else {
		unpack_str(u);
	}
	if (flags & HAS_VERSIONS)
		skip_strs(u);
	if (u->failed)
		return -ERR_FORMAT;
	*ret_number = number;
	return 0;
}

int record_cve_key(struct str id, uint64_t *ret)
{
	uint32_t year, number;

	if (cve_parse(id, &year, &number) < 0)
		return -EINVAL;
	*ret = (uint64_t)year << 32 | number;
	return 0;
}

int record_day(struct str date, uint32_t *ret)
{
	struct str day = str_sub(date, 0, 10);
	uint32_t value = 0;
	int64_t seconds;

	if (date_parse(day, &seconds) < 0 ||
	    (date.len > day.len && date.ptr[day.len] != 'T' && date.ptr[day.len] != ' '))
		return -EINVAL;
	for (size_t i = 0; i < day.len; i++)
		if (day.ptr[i] != '-')
			value = value * 10 + (uint32_t)(day.ptr[i] - '0');
	*ret = value;
	return 0;
}

/* The digits of the fraction, without the zeros behind that say nothing. */
static struct str fraction(struct str time)
{
	struct str rest = str_from_offset(time, 19);
	size_t len = 1;

	if (!str_starts(rest, STR(".")))
		return STR("");
	while (len < rest.len && rest.ptr[len] >= '0' && rest.ptr[len] <= '9')
		len++;
	while (len > 1 && rest.ptr[len - 1] == '0')
		len--;
	return str_sub(rest, 1, len - 1);
}

int record_time_cmp(struct str a, struct str b)
{
	int r = str_cmp(str_sub(a, 0, 19), str_sub(b, 0, 19));

	return r ? r : str_cmp(fraction(a), fraction(b));
}

struct str record_shard_feed(struct str shard)
{
	ssize_t colon = str_find_char(shard, ':');

	return colon < 0 ? shard : str_sub(shard, 0, (size_t)colon);
}

void record_pack_shard(struct buf *b, const struct record_shard *shard)
{
	pack_str(b, shard->origin);
	pack_str(b, shard->newest);
	pack_uint(b, shard->packages);
	pack_uint(b, shard->entries);
	pack_uint(b, shard->restricted);
}

int record_unpack_shard(struct str bytes, struct record_shard *ret)
{
	struct unpack u = unpack_init(bytes);
	struct record_shard shard;

	shard.origin = unpack_str(&u);
	shard.newest = unpack_str(&u);
	shard.packages = unpack_uint(&u);
	shard.entries = unpack_uint(&u);
	shard.restricted = unpack_uint_max(&u, 1);
	if (!unpack_done(&u))
		return -ERR_FORMAT;
	*ret = shard;
	return 0;
}

void record_pack_info(struct buf *b, const struct record_info *info)
{
	pack_str(b, info->built);
	pack_str(b, info->newest);
	pack_str(b, info->kev_date);
	pack_str(b, info->epss_date);
	pack_str(b, info->gaps);
	pack_uint(b, info->advisories);
	pack_uint(b, info->withdrawn);
	pack_uint(b, info->bad_records);
}

int record_unpack_info(struct str bytes, struct record_info *ret)
{
	struct unpack u = unpack_init(bytes);
	struct record_info info;

	info.built = unpack_str(&u);
	info.newest = unpack_str(&u);
	info.kev_date = unpack_str(&u);
	info.epss_date = unpack_str(&u);
	info.gaps = unpack_str(&u);
	info.advisories = unpack_uint(&u);
	info.withdrawn = unpack_uint(&u);
	info.bad_records = unpack_uint(&u);
	if (!unpack_done(&u))
		return -ERR_FORMAT;
	*ret = info;
	return 0;
}
