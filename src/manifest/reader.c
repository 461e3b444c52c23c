/* Typed reading of plain data: see reader.h. */
#include "base/compat.h"

#include "manifest/reader.h"

/* --- Paths and wrong values ---------------------------------------------------------------------- */

static bool is_name(struct str key)
{
	static const bool allowed[256] = {
		['a' ... 'z'] = true, ['A' ... 'Z'] = true, ['0' ... '9'] = true,
		['_'] = true,	      ['-'] = true,
	};
	bool all = key.len > 0;

	for (size_t i = 0; i < key.len; i++)
		all &= allowed[(unsigned char)key.ptr[i]];
	return all;
}

struct str reader_path(struct reader *reader, struct str parent, struct str key, ssize_t index)
{
	bool name = is_name(key);
	char number[24];
	size_t n_number = 0, at = sizeof(number);
	struct str path = {.len = parent.len};
	char *to;

	if (index >= 0) {
		number[--at] = ']';
		do {
			number[--at] = (char)('0' + index % 10);
			index /= 10;
		} while (index);
		number[--at] = '[';
		n_number = sizeof(number) - at;
	}
	if (key.len)
		path.len += key.len + (name ? 1 : 4);
	path.len += n_number;
	to = arena_alloc(reader->arena, path.len);
	if (!to)
		return STR_NULL;
	path.ptr = to;
	if (parent.len)
		memcpy(to, parent.ptr, parent.len);
	to += parent.len;
	if (key.len) {
		const char *before = name ? "." : "[\"", *behind = name ? "" : "\"]";

		memcpy(to, before, strlen(before));
		to += strlen(before);
		memcpy(to, key.ptr, key.len);
		to += key.len;
		memcpy(to, behind, strlen(behind));
		to += strlen(behind);
	}
	memcpy(to, number + at, n_number);
	return path;
}

static int add_malformed(struct reader *reader, struct str field, const struct yaml_node *node,
			 struct str reason)
{
	if (!field.ptr || !reason.ptr)
		return -ENOMEM;
	if (reader->n_malformed == reader->max_malformed) {
		size_t max = reader->max_malformed ? 4 * reader->max_malformed : 4;
		struct malformed *more = arena_calloc(reader->arena, max, sizeof(*more));

		if (!more)
			return -ENOMEM;
		if (reader->n_malformed)
			memcpy(more, reader->malformed, reader->n_malformed * sizeof(*more));
		reader->malformed = more;
		reader->max_malformed = max;
	}
	reader->malformed[reader->n_malformed++] =
		(struct malformed){.node = node, .field = field, .reason = reason};
	return 0;
}

int reader_malformed(struct reader *reader, const struct place *at, struct str key, ssize_t index,
		     const struct yaml_node *node, const char *fmt, ...)
{
	char reason[200];
	va_list args;

	if (node && node->kind == YAML_SCALAR && str_find(node->text, STR("{{")) >= 0)
		reader->template = true;
	if (reader->n_malformed > READER_MALFORMED)
		return 0;
	if (reader->n_malformed == READER_MALFORMED)
		return add_malformed(reader, STR("."), node,
				     STR("has more values of a wrong type than are told"));
	va_start(args, fmt);
	if (vsnprintf(reason, sizeof(reason), fmt, args) < 0)
		reason[0] = '\0';
	va_end(args);
	return add_malformed(reader, reader_path(reader, at->field, key, index), node,
			     arena_str(reader->arena, str_from(reason)));
}

static const char *describe(const struct reader *reader, const struct yaml_node *node)
{
	int64_t value;

	switch (reader_scalar(reader, node, &value)) {
	case SCALAR_NULL:
		return "nothing";
	case SCALAR_TRUTH:
		return "a boolean";
	case SCALAR_INTEGER:
	case SCALAR_FRACTION:
		return "a number";
	case SCALAR_TEXT:
		return "text";
	case SCALAR_NOT:
		break;
	}
	return node->kind == YAML_MAPPING ? "a mapping" : "a sequence";
}

int reader_wrong_type(struct reader *reader, const struct place *at, struct str key, ssize_t index,
		      const struct yaml_node *node, const char *wanted)
{
	return reader_malformed(reader, at, key, index, node, "is %s, %s is wanted",
				describe(reader, node), wanted);
}

/* --- Scalars ------------------------------------------------------------------------------------- */

static bool is_any_of(struct str text, const struct str *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (key_is(text, words[i]))
			return true;
	return false;
}

/* A row of a list of words. */
#define WORD(word)                       \
	{                                \
		(word), sizeof(word) - 1 \
	}

bool reader_is_null(const struct yaml_node *node)
{
	return scalar_is_null(node);
}

enum scalar reader_scalar(const struct reader *reader, const struct yaml_node *node,
			  int64_t *ret_value)
{
	return scalar_of(node, reader->yaml_1_1, ret_value);
}

/* --- Functions for rows -------------------------------------------------------------------------- */

int read_truth(struct reader *reader, const struct place *at, struct str key,
	       const struct yaml_node *value, void *out)
{
	enum truth *truth = out;
	int64_t number;

	if (reader_scalar(reader, value, &number) != SCALAR_TRUTH)
		return reader_wrong_type(reader, at, key, -1, value, "a boolean");
	*truth = number ? TRUTH_YES : TRUTH_NO;
	return 0;
}

int read_str(struct reader *reader, const struct place *at, struct str key,
	     const struct yaml_node *value, void *out)
{
	struct str *str = out;
	int64_t number;

	if (reader_scalar(reader, value, &number) != SCALAR_TEXT)
		return reader_wrong_type(reader, at, key, -1, value, "text");
	*str = value->text;
	return 0;
}

int read_text(struct reader *reader, const struct place *at, struct str key,
	      const struct yaml_node *value, void *out)
{
	struct text *text = out;
	int64_t number;

	if (reader_scalar(reader, value, &number) != SCALAR_TEXT)
		return reader_wrong_type(reader, at, key, -1, value, "text");
	*text = (struct text){.set = true, .text = value->text};
	return 0;
}

static int read_integer(struct reader *reader, const struct place *at, struct str key,
			const struct yaml_node *value, int64_t min, int64_t max, struct number *ret)
{
	int64_t number;
	enum scalar kind = reader_scalar(reader, value, &number);

	if (kind != SCALAR_INTEGER && kind != SCALAR_FRACTION)
		return reader_wrong_type(reader, at, key, -1, value, "a number");
	if (kind == SCALAR_FRACTION || number < min || number > max)
		return reader_malformed(reader, at, key, -1, value,
					"is no integer that fits in %s bits",
					max == INT32_MAX ? "32" : "64");
	*ret = (struct number){.set = true, .value = number};
	return 0;
}

int read_int32(struct reader *reader, const struct place *at, struct str key,
	       const struct yaml_node *value, void *out)
{
	return read_integer(reader, at, key, value, INT32_MIN, INT32_MAX, out);
}

int read_int64(struct reader *reader, const struct place *at, struct str key,
	       const struct yaml_node *value, void *out)
{
	return read_integer(reader, at, key, value, INT64_MIN, INT64_MAX, out);
}

/* An integer as JSON writes it: mostly what is there. */
static struct str decimal(struct reader *reader, const struct yaml_node *node, int64_t number)
{
	uint64_t plain;

	if (str_parse_u64(node->text, &plain) == 0 && plain == (uint64_t)number &&
	    (node->text.ptr[0] != '0' || node->text.len == 1))
		return node->text;
	return arena_printf(reader->arena, "%" PRId64, number);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* resource.Quantity (Kubernetes API reference): <number>[n u m k M G T P E Ki…Ei or an exponent]. */
static bool is_quantity(struct str text)
{
	static const struct str units[] = {
		WORD("n"),  WORD("u"),	WORD("m"),  WORD("k"),	WORD("M"),
		WORD("G"),  WORD("T"),	WORD("P"),  WORD("E"),	WORD("Ki"),
		WORD("Mi"), WORD("Gi"), WORD("Ti"), WORD("Pi"), WORD("Ei"),
	};
	size_t i = text.len && (text.ptr[0] == '+' || text.ptr[0] == '-');
	bool digit = false, point = false;
	uint64_t power;

	for (; i < text.len && (is_digit(text.ptr[i]) || (text.ptr[i] == '.' && !point)); i++) {
		digit = digit || text.ptr[i] != '.';
		point = point || text.ptr[i] == '.';
	}
	text = str_from_offset(text, i);
	if (!digit)
		return false;
	if (text.len == 0 || is_any_of(text, units, ARRAY_LEN(units)))
		return true;
	if ((text.ptr[0] | 0x20) != 'e')
		return false;
	text = str_from_offset(text, 1);
	if (text.len && (text.ptr[0] == '+' || text.ptr[0] == '-'))
		text = str_from_offset(text, 1);
	return str_parse_u64(text, &power) == 0 && power <= INT64_MAX;
}

int read_quantity(struct reader *reader, const struct place *at, struct str key,
		  const struct yaml_node *value, void *out)
{
	struct text *text = out;
	struct str seen = value->text;
	int64_t number = 0;

	switch (reader_scalar(reader, value, &number)) {
	case SCALAR_INTEGER:
		seen = decimal(reader, value, number);
		if (!seen.ptr)
			return -ENOMEM;
		break;
	case SCALAR_FRACTION:
	case SCALAR_TEXT:
		break;
	default:
		return reader_wrong_type(reader, at, key, -1, value, "a quantity");
	}
	if (!is_quantity(seen))
		return reader_malformed(reader, at, key, -1, value,
					"is not written as a quantity is");
	*text = (struct text){.set = true, .text = seen};
	return 0;
}

/* False with a row in malformed when there are too many items. */
static int take_items(struct reader *reader, const struct place *at, struct str key,
		      const struct yaml_node *list, size_t max, bool *ret)
{
	*ret = list->n <= max && list->n <= READER_ITEMS - reader->items;
	if (!*ret)
		return reader_malformed(reader, at, key, -1, list,
					"has %" PRIu32 " items, more than are read", list->n);
	reader->items += list->n;
	return 0;
}

static int read_scalars(struct reader *reader, const struct place *at, struct str key,
			const struct yaml_node *value, bool integers, struct text_list *ret)
{
	struct str *items;
	bool room;
	size_t n = 0;
	int r;

	if (value->kind != YAML_SEQUENCE)
		return reader_wrong_type(reader, at, key, -1, value, "a sequence");
	r = take_items(reader, at, key, value, READER_ITEMS, &room);
	if (r < 0 || !room)
		return r;
	items = arena_calloc(reader->arena, value->n, sizeof(*items));
	if (!items)
		return -ENOMEM;
	for (uint32_t i = 0; i < value->n; i++) {
		const struct yaml_node *item = value->items[i];
		int64_t number = 0;
		enum scalar kind = reader_scalar(reader, item, &number);

		if (kind == SCALAR_NULL) {
			/* Go's zero value, which is what null leaves in a new item. */
			items[n++] = integers ? STR("0") : STR("");
		} else if (kind != (integers ? SCALAR_INTEGER : SCALAR_TEXT)) {
			r = reader_wrong_type(reader, at, key, i, item,
					      integers ? "an integer" : "text");
		} else {
			items[n] = integers ? decimal(reader, item, number) : item->text;
			r = items[n].ptr ? 0 : -ENOMEM;
			n++;
		}
		if (r < 0)
			return r;
	}
	*ret = (struct text_list){.items = items, .n = n};
	return 0;
}

int read_texts(struct reader *reader, const struct place *at, struct str key,
	       const struct yaml_node *value, void *out)
{
	return read_scalars(reader, at, key, value, false, out);
}

int read_integers(struct reader *reader, const struct place *at, struct str key,
		  const struct yaml_node *value, void *out)
{
	return read_scalars(reader, at, key, value, true, out);
}

/* The mapping without values that are no texts; null is a text, the empty one, in Go. */
static int filter_texts(struct reader *reader, const struct yaml_node *from, size_t n,
			const struct yaml_node **ret)
{
	struct yaml_node *node = arena_new(reader->arena, struct yaml_node);
	struct yaml_pair *pairs = arena_calloc(reader->arena, n, sizeof(*pairs));
	int64_t number;

	if (!node || !pairs)
		return -ENOMEM;
	*node = *from;
	node->pairs = pairs;
	node->n = 0;
	for (uint32_t i = 0; i < from->n; i++) {
		enum scalar kind = reader_scalar(reader, from->pairs[i].value, &number);

		if (kind == SCALAR_TEXT || kind == SCALAR_NULL)
			pairs[node->n++] = from->pairs[i];
	}
	*ret = node;
	return 0;
}

int read_text_map(struct reader *reader, const struct place *at, struct str key,
		  const struct yaml_node *value, void *out)
{
	const struct yaml_node **ret = out;
	struct place place;
	size_t n = 0;
	int r = reader_mapping(reader, at, key, value, &place);

	if (r <= 0)
		return r;
	for (uint32_t i = 0; i < value->n; i++) {
		const struct yaml_pair *pair = &value->pairs[i];
		int64_t number;
		enum scalar kind = reader_scalar(reader, pair->value, &number);

		if (kind == SCALAR_TEXT || kind == SCALAR_NULL) {
			n++;
			continue;
		}
		r = reader_wrong_type(reader, &place, pair->key->text, -1, pair->value, "text");
		if (r < 0)
			return r;
	}
	if (n < value->n)
		return filter_texts(reader, value, n, ret);
	*ret = value;
	return 0;
}

int read_place(struct reader *reader, const struct place *at, struct str key,
	       const struct yaml_node *value, void *out)
{
	return MIN(reader_mapping(reader, at, key, value, out), 0);
}

int read_present(struct reader *reader, const struct place *at, struct str key,
		 const struct yaml_node *value, void *out)
{
	bool *present = out;

	if (value->kind != YAML_MAPPING)
		return reader_wrong_type(reader, at, key, -1, value, "a mapping");
	*present = true;
	return 0;
}

int read_any(struct reader *reader, const struct place *at, struct str key,
	     const struct yaml_node *value, void *out)
{
	const struct yaml_node **ret = out;

	*ret = value;
	return 0;
}

int read_sequence(struct reader *reader, const struct place *at, struct str key,
		  const struct yaml_node *value, void *out)
{
	const struct yaml_node **ret = out;

	if (value->kind != YAML_SEQUENCE)
		return reader_wrong_type(reader, at, key, -1, value, "a sequence");
	*ret = value;
	return 0;
}

int check_truth(struct reader *reader, const struct place *at, struct str key,
		const struct yaml_node *value, void *out)
{
	enum truth ignored;

	return read_truth(reader, at, key, value, &ignored);
}

int check_text(struct reader *reader, const struct place *at, struct str key,
	       const struct yaml_node *value, void *out)
{
	struct str ignored;

	return read_str(reader, at, key, value, &ignored);
}

int check_int32(struct reader *reader, const struct place *at, struct str key,
		const struct yaml_node *value, void *out)
{
	struct number ignored;

	return read_int32(reader, at, key, value, &ignored);
}

int check_int64(struct reader *reader, const struct place *at, struct str key,
		const struct yaml_node *value, void *out)
{
	struct number ignored;

	return read_int64(reader, at, key, value, &ignored);
}

int check_mapping(struct reader *reader, const struct place *at, struct str key,
		  const struct yaml_node *value, void *out)
{
	bool ignored;

	return read_present(reader, at, key, value, &ignored);
}

int check_sequence(struct reader *reader, const struct place *at, struct str key,
		   const struct yaml_node *value, void *out)
{
	const struct yaml_node *ignored;

	return read_sequence(reader, at, key, value, &ignored);
}

int check_text_map(struct reader *reader, const struct place *at, struct str key,
		   const struct yaml_node *value, void *out)
{
	const struct yaml_node *ignored;

	return read_text_map(reader, at, key, value, &ignored);
}

int check_texts(struct reader *reader, const struct place *at, struct str key,
		const struct yaml_node *value, void *out)
{
	struct text_list ignored;

	return read_texts(reader, at, key, value, &ignored);
}

/* --- Mappings and lists -------------------------------------------------------------------------- */

static const struct field *find_field(const struct field *fields, size_t n, struct str key)
{
	for (size_t i = 0; i < n; i++)
		if (fields[i].key.len == key.len &&
		    memcmp(fields[i].key.ptr, key.ptr, key.len) == 0)
			return &fields[i];
	return NULL;
}

int read_fields(struct reader *reader, const struct place *at, const struct field *fields, size_t n,
		void *out)
{
	const struct yaml_node *node = at->node;

	for (uint32_t i = 0; i < node->n; i++) {
		const struct yaml_pair *pair = &node->pairs[i];
		const struct field *field = find_field(fields, n, pair->key->text);
		int r;

		if (!field || reader_is_null(pair->value))
			continue;
		r = field->read(reader, at, field->key, pair->value, (char *)out + field->offset);
		if (r < 0)
			return r;
	}
	return 0;
}

int read_inner(struct reader *reader, const struct place *at, struct str key,
	       const struct yaml_node *value, const struct field *fields, size_t n, void *out)
{
	struct place place;
	int r = reader_mapping(reader, at, key, value, &place);

	return r > 0 ? read_fields(reader, &place, fields, n, out) : r;
}

int reader_not_mapping(struct reader *reader, const struct place *at)
{
	return reader_wrong_type(reader, at, STR(""), -1, at->node, "a mapping");
}

int reader_contested(struct reader *reader, const struct place *at)
{
	if (!reader->yaml_1_1)
		return 0;
	return reader_malformed(reader, at, STR(""), -1, at->node,
				"has a key that a merge behind it has, too: which of both counts "
				"depends on the reader");
}

int reader_item(struct reader *reader, const struct place *at, struct str key, ssize_t index,
		const struct yaml_node *value, struct place *ret)
{
	struct place place = {.node = value};

	if (value->kind != YAML_MAPPING)
		return reader_wrong_type(reader, at, key, index, value, "a mapping");
	place.field = reader_path(reader, at->field, key, index);
	if (!place.field.ptr)
		return -ENOMEM;
	*ret = place;
	return value->contested && reader_contested(reader, &place) < 0 ? -ENOMEM : 1;
}

int reader_mapping(struct reader *reader, const struct place *at, struct str key,
		   const struct yaml_node *value, struct place *ret)
{
	return reader_item(reader, at, key, -1, value, ret);
}

int reader_list(struct reader *reader, const struct place *at, struct str key,
		const struct yaml_node *value, size_t size, size_t max, item_fn *item,
		void *ret_items, size_t *ret_n)
{
	char *items;
	size_t n = 0;
	bool room;
	int r;

	if (value->kind != YAML_SEQUENCE)
		return reader_wrong_type(reader, at, key, -1, value, "a sequence");
	r = take_items(reader, at, key, value, max, &room);
	if (r < 0 || !room || value->n == 0)
		return r;
	items = arena_calloc(reader->arena, value->n, size);
	if (!items)
		return -ENOMEM;
	for (uint32_t i = 0; i < value->n; i++) {
		struct place place;

		r = reader_item(reader, at, key, i, value->items[i], &place);
		if (r > 0) {
			r = item(reader, &place, items + n * size);
			n++;
		}
		if (r < 0)
			return r;
	}
	memcpy(ret_items, &items, sizeof(items)); /* a pointer of whatever type */
	*ret_n = n;
	return 0;
}
