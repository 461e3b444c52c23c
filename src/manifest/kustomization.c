/* Kustomizations: see kustomization.h. */
#include "base/compat.h"

#include "manifest/kustomization.h"

#include "base/yaml.h"

const char *const kustomization_names[3] = {"kustomization.yaml", "kustomization.yml",
					    "Kustomization"};

struct reading {
	kustomization_fn *take;
	void *arg;
	size_t n;
	struct err *err;
};

/* A scalar, or all of a sequence of them; "KEY=path" without its key where a generator has one. */
static int take_paths(struct reading *rd, const struct yaml_node *node, bool keyed)
{
	const struct yaml_node *const *items = &node;
	size_t n = 1;
	int r = 0;

	if (!node)
		return 0;
	if (node->kind == YAML_SEQUENCE) {
		items = node->items;
		n = node->n;
	}
	for (size_t i = 0; r == 0 && i < n; i++) {
		struct str path = items[i]->text;
		ssize_t equals;

		if (items[i]->kind != YAML_SCALAR)
			continue;
		equals = keyed ? str_find_char(path, '=') : -1;
		if (equals >= 0)
			path = str_from_offset(path, (size_t)equals + 1);
		/* A patch or a generator may stand there itself, on several lines. */
		if (!path.len || str_find_char(path, '\n') >= 0)
			continue;
		if (rd->n++ >= KUSTOMIZATION_PATHS)
			return yaml_error(items[i], rd->err, "lists more than %d paths",
					  KUSTOMIZATION_PATHS);
		r = rd->take(rd->arg, path);
	}
	return r;
}

/* That key of a mapping, or of every mapping in a sequence. */
static int take_member(struct reading *rd, const struct yaml_node *node, const char *key,
		       bool keyed)
{
	int r = 0;

	if (!node || node->kind == YAML_SCALAR)
		return 0;
	if (node->kind == YAML_MAPPING)
		return take_paths(rd, yaml_get(node, str_from(key)), keyed);
	for (uint32_t i = 0; r == 0 && i < node->n; i++)
		if (node->items[i]->kind == YAML_MAPPING)
			r = take_paths(rd, yaml_get(node->items[i], str_from(key)), keyed);
	return r;
}

/* Fields of the type Kustomization that name files, as kustomize 5 documents them, and those of before. */
static int take_all(struct reading *rd, const struct yaml_node *root)
{
	static const struct {
		const char *field, *member; /* of it, or NULL */
		bool keyed;
	} fields[] = {
		{"resources"},
		{"bases"},
		{"components"},
		{"crds"},
		{"patches"},
		{"patches", "path"},
		{"patchesStrategicMerge"},
		{"patchesJson6902", "path"},
		{"replacements", "path"},
		{"transformers"},
		{"generators"},
		{"validators"},
		{"configurations"},
		{"openapi", "path"},
		{"configMapGenerator", "files", true},
		{"configMapGenerator", "envs"},
		{"configMapGenerator", "env"},
		{"secretGenerator", "files", true},
		{"secretGenerator", "envs"},
		{"secretGenerator", "env"},
		{"helmCharts", "valuesFile"},
		{"helmCharts", "additionalValuesFiles"},
		{"helmChartInflationGenerator", "values"},
	};
	int r = 0;

	if (root->kind != YAML_MAPPING)
		return 0;
	for (size_t i = 0; r == 0 && i < ARRAY_LEN(fields); i++) {
		const struct yaml_node *node = yaml_get(root, str_from(fields[i].field));

		r = fields[i].member ? take_member(rd, node, fields[i].member, fields[i].keyed)
				     : take_paths(rd, node, false);
	}
	return r;
}

int kustomization_read(struct str bytes, struct arena *arena, kustomization_fn *take, void *arg,
		       struct err *err)
{
	struct reading rd = {.take = take, .arg = arg, .err = err};
	const struct yaml_node *root;
	int r = yaml_parse(bytes, arena, &root, err);

	return r < 0 ? r : take_all(&rd, root);
}

/* A repository, however there is a directory of that name (api/internal/git/repospec.go of kustomize). */
static bool is_remote(struct str path)
{
	static const char *const prefixes[] = {"git::", "gh:", "github.com", "www.github.com"};
	struct str first = path;
	ssize_t slash = str_find_char(path, '/');

	if (slash >= 0)
		first = str_sub(path, 0, (size_t)slash);
	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++)
		if (str_eq_nocase(str_sub(path, 0, strlen(prefixes[i])), str_from(prefixes[i])))
			return true;
	return str_find_char(first, '@') >= 0 || str_find(path, STR("://")) >= 0;
}

/* One part less: false when there is none. */
static bool go_up(struct buf *to)
{
	ssize_t slash = str_rfind_char(buf_str(to), '/');

	if (!to->len)
		return false;
	to->len = slash < 0 ? 0 : (size_t)slash;
	return true;
}

bool kustomization_locate(struct str directory, struct str path, struct buf *ret)
{
	struct str parts[] = {directory, path}, part;

	buf_clear(ret);
	if (!path.len || path.ptr[0] == '/' || is_remote(path))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		while (str_split(&parts[i], '/', &part)) {
			if (!part.len || str_eq(part, STR(".")))
				continue;
			if (str_eq(part, STR(".."))) {
				if (!go_up(ret))
					return false;
				continue;
			}
			if (ret->len)
				buf_add_char(ret, '/');
			buf_add_str(ret, part);
		}
	}
	return buf_status(ret, NULL) == 0;
}
