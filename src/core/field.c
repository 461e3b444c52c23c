/* Fields of documents: see field.h. */
#include "base/compat.h"

#include "core/field.h"
#include "core/scalar.h"

const struct yaml_node *field_at(const struct yaml_node *node, const char *path)
{
	while (node && *path) {
		size_t len = strcspn(path, ".");

		node = yaml_get(node, (struct str){path, len});
		path += len + (path[len] == '.');
	}
	return node && !yaml_is_null(node) ? node : NULL;
}

int field_truth(const struct yaml_node *node, bool *ret)
{
	int64_t value;

	if (scalar_of(node, true, &value) != SCALAR_TRUTH)
		return -EINVAL;
	*ret = value != 0;
	return 0;
}

bool field_is(const struct yaml_node *node, const char *path, bool wanted)
{
	bool truth;

	node = field_at(node, path);
	return node && field_truth(node, &truth) == 0 && truth == wanted;
}

bool field_is_text(const struct yaml_node *node)
{
	int64_t value;

	return node && scalar_of(node, true, &value) == SCALAR_TEXT;
}

struct str field_text(const struct yaml_node *node, const char *path)
{
	node = field_at(node, path);
	if (!field_is_text(node))
		return STR_NULL;
	return node->text.ptr ? node->text : STR("");
}

size_t field_items(const struct yaml_node *node, const char *path,
		   const struct yaml_node *const **ret)
{
	node = field_at(node, path);
	if (!node || node->kind != YAML_SEQUENCE)
		return 0;
	*ret = node->items;
	return node->n;
}
