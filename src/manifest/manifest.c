/* What a document is: see manifest.h. */
#include "base/compat.h"

#include "manifest/manifest.h"

typedef int reader_fn(const struct yaml_node *root, struct str path, struct arena *arena,
		      manifest_fn *take, void *arg);

int manifest_document(const struct yaml_node *root, struct str path, struct arena *arena,
		      manifest_fn *take, void *arg)
{
	/* No document is of two kinds: each asks for keys that the others do not have at the top. */
	static reader_fn *const readers[] = {
		manifest_kubernetes,
		manifest_compose,
		manifest_ecs,
		manifest_nomad,
	};

	for (size_t i = 0; i < ARRAY_LEN(readers); i++) {
		int r = readers[i](root, path, arena, take, arg);

		if (r != MANIFEST_NONE)
			return r;
	}
	return MANIFEST_NONE;
}

/* A line of a template that says something of its own: "{{- if … }}", "name: {{ … }}". */
static bool has_action(struct str line)
{
	ssize_t open = str_find(line, STR("{{"));
	ssize_t comment = str_find_char(line, '#');

	return open >= 0 && (comment < 0 || open < comment);
}

bool manifest_is_template(struct str bytes)
{
	bool action = false, typed = false, first = true;
	struct str rest = bytes, line;

	while (str_next_line(&rest, &line)) {
		struct str text = str_trim(line);

		if (text.len == 0 || text.ptr[0] == '#')
			continue;
		/* A file that begins with an action may take all of its lines from elsewhere. */
		if (first && str_starts(text, STR("{{")))
			typed = true;
		first = false;
		action = action || has_action(text);
		typed = typed || str_starts(line, STR("apiVersion:")) ||
			str_starts(line, STR("kind:")) || str_starts(line, STR("services:"));
		if (action && typed)
			return true;
	}
	return false;
}

bool manifest_is_named(struct str name)
{
	static const char *const suffixes[] = {".yaml", ".yml", ".json"};

	for (size_t i = 0; i < ARRAY_LEN(suffixes); i++)
		if (name.len > strlen(suffixes[i]) &&
		    str_eq_nocase(str_from_offset(name, name.len - strlen(suffixes[i])),
				  str_from(suffixes[i])))
			return true;
	return manifest_is_quadlet(name);
}

/*
 * Before anything is parsed: can there be a manifest in these bytes at all? Every kind has one of its words.
 * In UTF-16, which some shells write and kubectl reads, it is not understood here, and that is told.
 */
static bool may_be_manifest(struct str bytes)
{
	static const char utf16[] = "a\0p\0i\0V\0e\0r\0s\0i\0o\0n";
	static const struct str words[] = {{"apiVersion", 10},
					   {"services", 8},
					   {"ontainerDefinitions", 19},
					   {"TaskGroups", 10},
					   {utf16, sizeof(utf16) - 1}};

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (str_find(bytes, words[i]) >= 0)
			return true;
	return false;
}

static int read_documents(struct str bytes, struct str path, struct arena *arena, manifest_fn *take,
			  void *arg, struct manifest_found *ret, struct err *err)
{
	_cleanup_yaml_ struct yaml *yaml = NULL;
	int r = yaml_open(bytes, &yaml, err);

	while (r >= 0) {
		const struct yaml_node *root;

		r = yaml_next(yaml, arena, &root, err);
		if (r <= 0)
			break;
		r = manifest_document(root, path, arena, take, arg);
		if (r < 0)
			return r;
		ret->any |= r != MANIFEST_NONE;
		ret->template |= r == MANIFEST_TEMPLATE;
		arena_reset(arena);
	}
	if ((r == -ERR_FORMAT || r == -ERR_LIMIT) && manifest_is_template(bytes)) {
		ret->any = ret->template = true;
		return 0;
	}
	return r;
}

int manifest_read(struct str bytes, struct str path, bool named, struct arena *arena,
		  manifest_fn *take, void *arg, struct manifest_found *ret, struct err *err)
{
	int r;

	*ret = (struct manifest_found){0};
	if (manifest_is_quadlet(path)) {
		r = manifest_quadlet(bytes, path, arena, take, arg, err);
		ret->any = r > MANIFEST_NONE;
		return MIN(r, 0);
	}
	if (!named && !may_be_manifest(bytes))
		return 0;
	return read_documents(bytes, path, arena, take, arg, ret, err);
}
