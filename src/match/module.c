/* RPM modularity: see module.h. */
#include "base/compat.h"

#include "match/module.h"

#include "match/digits.h"

#define MODULE_MARK STR(".module")

struct stream {
	struct str name, stream; /* "nodejs", "12"; both empty when unknown */
};

static struct stream stream_of(struct str label)
{
	struct stream s = {0};

	if (!str_split(&label, ':', &s.name) || !str_split(&label, ':', &s.stream))
		return (struct stream){0};
	return s;
}

static bool is_modular(struct str version)
{
	return str_find(version, MODULE_MARK) >= 0;
}

static bool is_modular_entry(const struct affected *entry)
{
	for (size_t i = 0; i < entry->n_ranges; i++)
		for (size_t k = 0; k < entry->ranges[i].n_events; k++)
			if (is_modular(entry->ranges[i].events[k].version))
				return true;
	for (size_t i = 0; i < entry->n_versions; i++)
		if (is_modular(entry->versions[i]))
			return true;
	return false;
}

static bool is_name_char(char c)
{
	return is_alpha(c) || is_digit(c) || c == '.' || c == '-' || c == '_' || c == '+';
}

/* What a summary says of a module: nothing, its stream, or only another one. */
enum mention { MENTION_NONE, MENTION_OTHER, MENTION_SAME };

static enum mention summary_mentions(struct str summary, struct stream s)
{
	enum mention mention = MENTION_NONE;
	char before = ' ';

	for (;;) {
		ssize_t at = str_find(summary, s.name);
		struct str stream;
		size_t n = 0;

		if (at < 0)
			return mention;
		if (at > 0)
			before = summary.ptr[at - 1];
		summary = str_from_offset(summary, (size_t)at + s.name.len);
		if (!is_name_char(before) && summary.len && *summary.ptr == ':') {
			stream = str_from_offset(summary, 1);
			while (n < stream.len && is_name_char(stream.ptr[n]))
				n++;
			if (str_eq(str_sub(stream, 0, n), s.stream))
				return MENTION_SAME;
			if (n)
				mention = MENTION_OTHER;
		}
		before = s.name.ptr[s.name.len - 1];
	}
}

/* Is version ("1:12.22.3-2.module…") one of stream ("12"): does it begin with that number? */
static bool follows(struct str version, struct str stream)
{
	ssize_t colon = str_find_char(version, ':');

	if (colon >= 0)
		version = str_from_offset(version, (size_t)colon + 1);
	if (stream.len == 0 || !is_digit(*stream.ptr) || !str_starts(version, stream))
		return false;
	version = str_from_offset(version, stream.len);
	return version.len == 0 || !is_digit(*version.ptr);
}

static bool fix_follows(const struct affected *entry, struct str stream)
{
	bool has_fix = false;

	for (size_t i = 0; i < entry->n_ranges; i++) {
		for (size_t k = 0; k < entry->ranges[i].n_events; k++) {
			const struct range_event *e = &entry->ranges[i].events[k];

			if (e->kind != EVENT_FIXED)
				continue;
			if (follows(e->version, stream))
				return true;
			has_fix = true;
		}
	}
	return !has_fix;
}

bool module_concerns(const struct package *package, const struct candidate *candidate)
{
	const struct affected *entry = &candidate->affected;
	bool modular = package->module.len || is_modular(candidate->installed);
	struct stream own = stream_of(package->module), theirs = stream_of(entry->module);

	if (modular != (entry->module.len || is_modular_entry(entry)))
		return false;
	if (!modular)
		return true;
	if (own.name.len && theirs.name.len)
		return str_eq(own.name, theirs.name) && str_eq(own.stream, theirs.stream);
	if (theirs.name.len) /* a package without its label: both versions may still tell */
		return !fix_follows(entry, theirs.stream) ||
		       follows(candidate->installed, theirs.stream);
	if (own.name.len) {
		switch (summary_mentions(candidate->advisory->summary, own)) {
		case MENTION_SAME:
			return true;
		case MENTION_OTHER:
			return false;
		case MENTION_NONE:
			break;
		}
		return !follows(candidate->installed, own.stream) || fix_follows(entry, own.stream);
	}
	return true;
}
