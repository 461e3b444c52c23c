/* Packages indexes: see apt_index.h. */
#include "base/compat.h"

#include "advisory/apt_index.h"

#include "match/version.h"
#include "parse/deb822.h"

void apt_index_release(struct apt_index *index)
{
	vec_release(&index->sources);
	map_release(&index->by_name);
	arena_release(&index->arena);
}

/* The fields of a stanza that matter. */
struct stanza {
	struct str package, version, source, filename, size, sha256;
};

/* Which field a name is: the length and the first letter tell most of the 30 apart. */
static struct str *field_of(struct stanza *s, struct str name)
{
	switch (name.len) {
	case 4:
		return str_eq_nocase(name, STR("Size")) ? &s->size : NULL;
	case 6:
		return str_eq_nocase(name, STR("Source"))   ? &s->source
		       : str_eq_nocase(name, STR("SHA256")) ? &s->sha256
							    : NULL;
	case 7:
		return str_eq_nocase(name, STR("Package"))   ? &s->package
		       : str_eq_nocase(name, STR("Version")) ? &s->version
							     : NULL;
	case 8:
		return str_eq_nocase(name, STR("Filename")) ? &s->filename : NULL;
	default:
		return NULL;
	}
}

/* "Source: openssl (1.1.1n-0)": the version is named where it differs from the binary package's. */
static void source_of(const struct stanza *s, struct str *ret_name, struct str *ret_version)
{
	ssize_t open = str_find_char(s->source, '('), close = str_find_char(s->source, ')');

	*ret_name = s->source.len ? s->source : s->package;
	*ret_version = s->version;
	if (open > 0 && close > open) {
		*ret_name = str_trim(str_sub(s->source, 0, (size_t)open));
		*ret_version =
			str_trim(str_sub(s->source, (size_t)open + 1, (size_t)(close - open - 1)));
	}
}

/* A file that lies in the archive: no way out of it, and nothing that is not a path. */
static bool path_valid(struct str path)
{
	struct str rest = path, part;

	if (!path.len || path.ptr[0] == '/')
		return false;
	for (size_t i = 0; i < path.len; i++)
		if ((unsigned char)path.ptr[i] <= ' ' || path.ptr[i] == 0x7f)
			return false;
	while (str_split(&rest, '/', &part))
		if (str_eq(part, STR("..")))
			return false;
	return true;
}

static int add_binary(struct apt_index *index, struct apt_source *source, const struct stanza *s)
{
	char text[7 + SHA256_HEX + 1];
	struct apt_binary binary = {.name = s->package, .path = s->filename};
	struct apt_binary *kept;

	snprintf(text, sizeof(text), "sha256:%.*s", STR_FMT(s->sha256));
	if (s->sha256.len != SHA256_HEX || sha256_parse(str_from(text), binary.sha256) < 0 ||
	    str_parse_u64(s->size, &binary.size) < 0 || !path_valid(s->filename))
		return -EINVAL;
	kept = arena_new(&index->arena, struct apt_binary);
	if (!kept)
		return -ENOMEM;
	*kept = binary;
	kept->next = source->binaries;
	source->binaries = kept;
	return 0;
}

/* Returns 1 if the stanza counted, 0 if it was passed over, or -ENOMEM. */
static int add_stanza(struct apt_index *index, const struct stanza *s, const struct map *wanted,
		      bool with_binaries)
{
	struct apt_source *source;
	struct str name, version;
	void **slot;
	int order, r;

	source_of(s, &name, &version);
	if (!s->package.len || !version_valid(VERSION_DPKG, version)) {
		index->bad++;
		return 0;
	}
	if (wanted && !map_get(wanted, name))
		return 1;
	slot = map_slot(&index->by_name, name);
	if (!slot)
		return -ENOMEM;
	if (!*slot) {
		source = vec_add(&index->sources);
		if (!source)
			return -ENOMEM;
		*source = (struct apt_source){.name = name, .version = version};
		/* Positions, for the vector moves: one more, since NULL means absent. */
		*slot = (void *)(uintptr_t)index->sources.len;
	}
	source = &index->sources.items[(uintptr_t)*slot - 1];
	order = version_compare(VERSION_DPKG, version, source->version);
	if (order > 0) {
		source->version = version;
		source->binaries = NULL;
	}
	if (order < 0 || !with_binaries)
		return 1;
	r = add_binary(index, source, s);
	if (r == -EINVAL)
		index->bad++;
	return r == -ENOMEM ? r : 1;
}

int apt_index_add(struct apt_index *index, const char *name, struct str text,
		  const struct map *wanted, bool with_binaries, struct err *err)
{
	struct deb822 reader = DEB822_INIT(text);
	struct deb822_field field;
	struct stanza stanza = {0};
	uint64_t used = 0;

	for (;;) {
		enum deb822_event event = deb822_next(&reader, &field);
		struct str *to;
		int r;

		if (event == DEB822_END)
			break;
		if (event == DEB822_FIELD) {
			to = field_of(&stanza, field.name);
			if (to)
				*to = field.value;
		} else if (event == DEB822_MALFORMED) {
			if (!used)
				return err_set(err, ERR_FORMAT,
					       "cannot read '%s': line %zu: not a Packages index",
					       name, field.line);
		} else {
			r = add_stanza(index, &stanza, wanted, with_binaries);
			if (r < 0)
				return err_oom(err);
			used += (uint64_t)r;
			stanza = (struct stanza){0};
		}
	}
	if (text.len && !used)
		return err_set(err, ERR_FORMAT, "cannot read '%s': it names no package", name);
	return 0;
}

const struct apt_source *apt_index_find(const struct apt_index *index, struct str source)
{
	uintptr_t position = (uintptr_t)map_get(&index->by_name, source);

	return position ? &index->sources.items[position - 1] : NULL;
}
