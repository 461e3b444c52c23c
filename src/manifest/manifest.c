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
