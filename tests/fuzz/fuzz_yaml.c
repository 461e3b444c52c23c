/* YAML streams: whatever comes, a tree of bounded depth or an error with a message. */
#include "base/compat.h"

#include "base/yaml.h"

/* Touches every byte of a node and of what is below it, as far as the budget goes. */
static unsigned walk(const struct yaml_node *node, unsigned depth, unsigned *budget)
{
	unsigned sum = 0;

	if (depth > YAML_DEPTH)
		__builtin_trap();
	if (*budget == 0)
		return 0;
	--*budget;
	switch (node->kind) {
	case YAML_SCALAR:
		for (size_t i = 0; i < node->text.len; i++)
			sum += (unsigned char)node->text.ptr[i];
		break;
	case YAML_SEQUENCE:
		for (size_t i = 0; i < node->n; i++)
			sum += walk(node->items[i], depth + 1, budget);
		break;
	case YAML_MAPPING:
		for (size_t i = 0; i < node->n; i++) {
			if (yaml_get(node, node->pairs[i].key->text) != node->pairs[i].value)
				__builtin_trap();
			sum += walk(node->pairs[i].key, depth + 1, budget);
			sum += walk(node->pairs[i].value, depth + 1, budget);
		}
		break;
	}
	return sum + node->line + node->column + (unsigned)strlen(yaml_describe(node));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct yaml *yaml = NULL;
	struct err err = ERR_INIT;
	static volatile unsigned sink;
	int r = 1;

	if (yaml_open((struct str){(const char *)data, size}, &yaml, &err) < 0)
		return err.text[0] ? 0 : (__builtin_trap(), 0);
	while (r > 0) {
		struct arena arena = {0};
		const struct yaml_node *root = NULL;
		unsigned budget = 20000;

		r = yaml_next(yaml, &arena, &root, &err);
		if (r > 0)
			sink = walk(root, 0, &budget);
		arena_release(&arena);
	}
	(void)sink;
	if (r < 0 && strncmp(err.text, "line ", 5) != 0)
		__builtin_trap();
	yaml_close(yaml);
	return 0;
}
