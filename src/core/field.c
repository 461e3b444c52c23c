/* Fields of documents: see field.h. */
#include "base/compat.h"

#include "core/field.h"

const struct yaml_node *field_at(const struct yaml_node *node, const char *path)
{
	while (node && *path) {
		size_t len = strcspn(path, ".");

		node = yaml_get(node, (struct str){path, len});
		path += len + (path[len] == '.');
	}
	return node && !yaml_is_null(node) ? node : NULL;
}

static size_t digits(struct str s, size_t at)
{
	size_t n = 0;

	while (at + n < s.len && s.ptr[at + n] >= '0' && s.ptr[at + n] <= '9')
		n++;
	return n;
}

/* [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?, 0o… and 0x…, .inf and .nan */
static bool is_number(struct str s)
{
	size_t at = 0, whole, fraction = 0, exponent;

	if (str_starts(s, STR("0x")) || str_starts(s, STR("0o"))) {
		for (at = 2; at < s.len && memchr("0123456789abcdefABCDEF", s.ptr[at], 22); at++)
			;
		return at == s.len && at > 2;
	}
	at += s.len && (s.ptr[0] == '-' || s.ptr[0] == '+');
	if (str_eq_nocase(str_from_offset(s, at), STR(".inf")) || str_eq_nocase(s, STR(".nan")))
		return true;
	whole = digits(s, at);
	at += whole;
	if (at < s.len && s.ptr[at] == '.') {
		fraction = digits(s, at + 1);
		at += 1 + fraction;
	}
	if (whole + fraction == 0)
		return false;
	if (at < s.len && (s.ptr[at] == 'e' || s.ptr[at] == 'E')) {
		at++;
		at += at < s.len && (s.ptr[at] == '-' || s.ptr[at] == '+');
		exponent = digits(s, at);
		if (exponent == 0)
			return false;
		at += exponent;
	}
	return at == s.len;
}

int field_truth(const struct yaml_node *node, bool *ret)
{
	static const char *const words[2][4] = {{"n", "no", "off", "false"},
						{"y", "yes", "on", "true"}};

	if (node->kind != YAML_SCALAR || !node->plain)
		return -EINVAL;
	for (size_t truth = 0; truth < 2; truth++)
		for (size_t i = 0; i < ARRAY_LEN(words[truth]); i++)
			if (str_eq_nocase(node->text, str_from(words[truth][i]))) {
				*ret = truth;
				return 0;
			}
	return -EINVAL;
}

bool field_is(const struct yaml_node *node, const char *path, bool wanted)
{
	bool truth;

	node = field_at(node, path);
	return node && field_truth(node, &truth) == 0 && truth == wanted;
}

bool field_is_text(const struct yaml_node *node)
{
	bool truth;

	if (!node || node->kind != YAML_SCALAR)
		return false;
	return !node->plain ||
	       (!yaml_is_null(node) && field_truth(node, &truth) < 0 && !is_number(node->text));
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
