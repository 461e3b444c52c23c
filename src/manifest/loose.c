/* Rows that take a value of any scalar type: see loose.h. */
#include "base/compat.h"

#include "manifest/loose.h"

/* --- Lists --------------------------------------------------------------------------------------- */

int loose_fault(struct reader *reader, const struct place *at, const char *reason)
{
	return reader_malformed(reader, at, STR(""), -1, at->node, "%s", reason);
}

int loose_scalar(struct reader *reader, const struct place *at, const char *wanted)
{
	int r;

	if (at->node->kind == YAML_SCALAR)
		return 1;
	r = reader_wrong_type(reader, at, STR(""), -1, at->node, wanted);
	return r < 0 ? r : 0;
}

static int one_item(struct reader *reader, const struct place *at, struct str key, ssize_t index,
		    const struct yaml_node *value, loose_item_fn *item, void *out)
{
	struct place place = {.node = value};

	if (reader_is_null(value))
		return 0;
	place.field = reader_path(reader, at->field, key, index);
	if (!place.field.ptr)
		return -ENOMEM;
	return item(reader, &place, out);
}

int loose_tagged(struct reader *reader, const struct place *at, struct str key,
		 const struct yaml_node *value)
{
	return reader_malformed(reader, at, key, -1, value,
				"has a tag, so that it is only known when it is run");
}

/* As many items as an object may have in all. */
static int take_items(struct reader *reader, const struct place *at, struct str key,
		      const struct yaml_node *value)
{
	int r;

	if (value->n <= READER_ITEMS - reader->items) {
		reader->items += value->n;
		return 1;
	}
	r = reader_malformed(reader, at, key, -1, value,
			     "has %" PRIu32 " items, more than are read", value->n);
	return r < 0 ? r : 0;
}

int loose_list(struct reader *reader, const struct place *at, struct str key,
	       const struct yaml_node *value, bool lone, loose_item_fn *item, void *out)
{
	int r;

	if (value->kind == YAML_SCALAR && lone)
		return one_item(reader, at, key, -1, value, item, out);
	if (value->kind != YAML_SEQUENCE)
		return reader_wrong_type(reader, at, key, -1, value, "a sequence");
	/* A function of CloudFormation; for compose, that its other files do not count. What is written is read
	 * all the same, for what is wrong in it. */
	r = value->tagged ? loose_tagged(reader, at, key, value) : 0;
	if (r == 0)
		r = take_items(reader, at, key, value);
	for (uint32_t i = 0; r > 0 && i < value->n; i++)
		if (one_item(reader, at, key, i, value->items[i], item, out) < 0)
			return -ENOMEM;
	return MIN(r, 0);
}

/* --- Scalars ------------------------------------------------------------------------------------- */

/* The value with the defaults of its variables: 1, 0 with a row in malformed, or -ENOMEM. */
static int known_scalar(struct reader *reader, const struct place *at, struct str key,
			const struct yaml_node *value, const char *wanted, struct str *ret)
{
	int r;

	if (value->kind != YAML_SCALAR) {
		r = reader_wrong_type(reader, at, key, -1, value, wanted);
		return r < 0 ? r : 0;
	}
	*ret = value->text;
	if (!value->tagged && docker_known(ret))
		return 1;
	r = reader_malformed(reader, at, key, -1, value, "is only known when it is run");
	return r < 0 ? r : 0;
}

int loose_truth(struct reader *reader, const struct place *at, struct str key,
		const struct yaml_node *value, void *out)
{
	enum truth *truth = out, seen;
	struct str text;
	int r = known_scalar(reader, at, key, value, "a boolean", &text);

	if (r <= 0)
		return r;
	seen = docker_truth(text);
	if (seen == TRUTH_UNSET)
		return reader_wrong_type(reader, at, key, -1, value, "a boolean");
	*truth = seen;
	return 0;
}

int loose_str(struct reader *reader, const struct place *at, struct str key,
	      const struct yaml_node *value, void *out)
{
	struct str *str = out;

	if (value->kind != YAML_SCALAR)
		return reader_wrong_type(reader, at, key, -1, value, "text");
	*str = value->text;
	return 0;
}

int loose_text(struct reader *reader, const struct place *at, struct str key,
	       const struct yaml_node *value, void *out)
{
	struct text *text = out;

	if (value->kind != YAML_SCALAR)
		return reader_wrong_type(reader, at, key, -1, value, "text");
	*text = (struct text){.set = true, .text = value->text};
	return 0;
}

int loose_number(struct reader *reader, const struct place *at, struct str key,
		 const struct yaml_node *value, void *out)
{
	struct number *number = out;
	struct str text, digits;
	uint64_t n;
	int r = known_scalar(reader, at, key, value, "a number", &text);

	if (r <= 0)
		return r;
	digits = text.len && text.ptr[0] == '-' ? str_from_offset(text, 1) : text;
	r = str_parse_u64(digits, &n);
	if (r == -ERANGE || (r == 0 && n > INT64_MAX))
		return reader_malformed(reader, at, key, -1, value,
					"is no integer that fits in 64 bits");
	if (r < 0)
		return reader_wrong_type(reader, at, key, -1, value, "a whole number");
	*number = (struct number){.set = true,
				  .value = digits.len == text.len ? (int64_t)n : -(int64_t)n};
	return 0;
}

/* "0" and "-1" are how engines are told that there is no limit. */
static bool is_no_limit(struct str text)
{
	return text.len == 0 || text.ptr[0] == '-' || str_eq(text, STR("0"));
}

int loose_size(struct reader *reader, const struct place *at, struct str key,
	       const struct yaml_node *value, void *out)
{
	struct text *text = out;
	struct str seen;
	const char *reason;

	if (value->kind != YAML_SCALAR)
		return reader_wrong_type(reader, at, key, -1, value, "a size");
	seen = value->text;
	docker_known(&seen);
	if (value->tagged)
		return loose_tagged(reader, at, key, value);
	if (docker_size(seen, &reason) < 0)
		return reader_malformed(reader, at, key, -1, value, "%s", reason);
	*text = (struct text){0};
	if (!is_no_limit(seen))
		*text = (struct text){.set = true, .text = seen};
	return 0;
}

int loose_limit(struct reader *reader, const struct place *at, struct str key,
		const struct yaml_node *value, void *out)
{
	struct text *text = out;
	struct str seen;
	double number;

	if (value->kind != YAML_SCALAR)
		return reader_wrong_type(reader, at, key, -1, value, "a number");
	seen = value->text;
	if (value->tagged)
		return loose_tagged(reader, at, key, value);
	if (docker_known(&seen) && !is_no_limit(seen) && str_parse_double(seen, &number) < 0)
		return reader_wrong_type(reader, at, key, -1, value, "a number");
	*text = (struct text){0};
	if (!is_no_limit(seen))
		*text = (struct text){.set = true, .text = seen};
	return 0;
}

int loose_pids(struct reader *reader, const struct place *at, struct str key,
	       const struct yaml_node *value, void *out)
{
	struct number *number = out, seen = {0};
	int r = loose_number(reader, at, key, value, &seen);

	/* 0 is no limit, too. */
	if (seen.set && seen.value <= 0)
		seen.value = -1;
	*number = seen;
	return r;
}

int loose_host(struct reader *reader, const struct place *at, struct str key,
	       const struct yaml_node *value, void *out)
{
	enum truth *truth = out;
	struct str text;
	int r = known_scalar(reader, at, key, value, "text", &text);

	if (r <= 0)
		return r;
	if (text.len)
		*truth = str_eq(text, STR("host")) ? TRUTH_YES : TRUTH_NO;
	return 0;
}

int loose_user(struct reader *reader, const struct place *at, struct str key,
	       const struct yaml_node *value, void *out)
{
	if (value->kind != YAML_SCALAR)
		return reader_wrong_type(reader, at, key, -1, value, "text");
	if (!value->text.len)
		return 0;
	docker_user(value->text, out);
	if (value->tagged || !docker_user_known(value->text))
		return reader_malformed(reader, at, key, -1, value, "is only known when it is run");
	return 0;
}

/* --- Lists of scalars ---------------------------------------------------------------------------- */

static int text_item(struct reader *reader, const struct place *at, void *out)
{
	int r = loose_scalar(reader, at, "text");

	return r <= 0 ? r : draft_text(out, at->node->text);
}

int loose_texts(struct reader *reader, const struct place *at, struct str key,
		const struct yaml_node *value, void *out)
{
	return loose_list(reader, at, key, value, false, text_item, out);
}

int loose_words(struct reader *reader, const struct place *at, struct str key,
		const struct yaml_node *value, void *out)
{
	struct str_list *list = out;

	list->len = 0;
	return loose_list(reader, at, key, value, true, text_item, out);
}

static int capability_item(struct reader *reader, const struct place *at, void *out)
{
	struct str name;
	int r = loose_scalar(reader, at, "text");

	if (r <= 0)
		return r;
	if (at->node->tagged)
		return loose_fault(reader, at, "is only known when it is run");
	name = docker_capability(at->node->text, reader->arena);
	return name.ptr ? draft_text(out, name) : -ENOMEM;
}

int loose_caps(struct reader *reader, const struct place *at, struct str key,
	       const struct yaml_node *value, void *out)
{
	return loose_list(reader, at, key, value, false, capability_item, out);
}

static int security_item(struct reader *reader, const struct place *at, void *out)
{
	const char *reason;
	int r = loose_scalar(reader, at, "text");

	if (r <= 0)
		return r;
	if (at->node->tagged)
		return loose_fault(reader, at, "is only known when it is run");
	if (docker_security_opt(at->node->text, out, &reason) < 0)
		return loose_fault(reader, at, reason);
	return 0;
}

int loose_security(struct reader *reader, const struct place *at, struct str key,
		   const struct yaml_node *value, void *out)
{
	return loose_list(reader, at, key, value, false, security_item, out);
}

/* The ways in which compose, ECS and Nomad say a host's device in a mapping. */
static const struct field device_fields[] = {
	{.key = {"source", 6}, .read = loose_str},
	{.key = {"hostPath", 8}, .read = loose_str},
	{.key = {"HostPath", 8}, .read = loose_str},
	{.key = {"host_path", 9}, .read = loose_str},
};

static int device_item(struct reader *reader, const struct place *at, void *out)
{
	struct str path = STR("");
	int r;

	if (at->node->kind == YAML_MAPPING) {
		r = read_fields(reader, at, device_fields, ARRAY_LEN(device_fields), &path);
		if (r < 0)
			return r;
		docker_known(&path);
	} else {
		r = loose_scalar(reader, at, "text or a mapping");
		if (r <= 0)
			return r;
		path = docker_device(at->node->text);
	}
	if (!path.len)
		return loose_fault(reader, at, "names no device of the host");
	return draft_text(out, path);
}

int loose_devices(struct reader *reader, const struct place *at, struct str key,
		  const struct yaml_node *value, void *out)
{
	return loose_list(reader, at, key, value, false, device_item, out);
}

int loose_port(struct reader *reader, const struct place *at, void *out)
{
	struct port port = {.place = *at};
	const char *reason = "";
	int r = loose_scalar(reader, at, "text or a mapping");

	if (r <= 0)
		return r;
	r = docker_port(at->node->text, reader->arena, &port, &reason);
	if (r == -EINVAL)
		return loose_fault(reader, at, reason);
	return r < 0 ? r : draft_port(out, &port);
}

int loose_ports(struct reader *reader, const struct place *at, struct str key,
		const struct yaml_node *value, void *out)
{
	return loose_list(reader, at, key, value, false, loose_port, out);
}

int loose_volume(struct reader *reader, const struct place *at, void *out)
{
	struct docker_mount mount;
	const char *reason;
	int r = loose_scalar(reader, at, "text or a mapping");

	if (r <= 0)
		return r;
	if (docker_volume(at->node->text, &mount, &reason) < 0)
		return loose_fault(reader, at, reason);
	return draft_mount(reader, out, at, &mount);
}

int loose_volumes(struct reader *reader, const struct place *at, struct str key,
		  const struct yaml_node *value, void *out)
{
	return loose_list(reader, at, key, value, false, loose_volume, out);
}

static int tmpfs_item(struct reader *reader, const struct place *at, void *out)
{
	struct docker_mount mount = {.kind = DOCKER_TMPFS, .propagation = STR("")};
	struct str rest;
	int r = loose_scalar(reader, at, "text");

	if (r <= 0)
		return r;
	rest = at->node->text;
	docker_split(&rest, ':', &mount.target);
	return draft_mount(reader, out, at, &mount);
}

int loose_tmpfs(struct reader *reader, const struct place *at, struct str key,
		const struct yaml_node *value, void *out)
{
	return loose_list(reader, at, key, value, true, tmpfs_item, out);
}

/* --- Names with values --------------------------------------------------------------------------- */

static int assignment_item(struct reader *reader, const struct place *at, void *out)
{
	int r = loose_scalar(reader, at, "NAME=VALUE");

	return r <= 0 ? r : draft_assignment(out, at, at->node->text);
}

int loose_env(struct reader *reader, const struct place *at, struct str key,
	      const struct yaml_node *value, void *out)
{
	struct place place;
	int r;

	if (value->kind == YAML_SEQUENCE)
		return loose_list(reader, at, key, value, false, assignment_item, out);
	r = reader_mapping(reader, at, key, value, &place);
	if (r > 0)
		r = take_items(reader, at, key, value);
	for (uint32_t i = 0; r > 0 && i < value->n; i++) {
		const struct yaml_pair *pair = &value->pairs[i];
		struct env_var env = {.name = pair->key->text};

		env.place.node = pair->value;
		env.place.field = reader_path(reader, place.field, pair->key->text, -1);
		if (!env.place.field.ptr)
			return -ENOMEM;
		r = loose_scalar(reader, &env.place, "text");
		/* Null: taken over from who starts the container. */
		if (r > 0 && !reader_is_null(pair->value))
			env.value = (struct text){.set = true, .text = pair->value->text};
		r = r > 0 ? draft_env(out, &env) : r;
		if (r < 0)
			return r;
		r = 1;
	}
	return MIN(r, 0);
}

static int key_item(struct reader *reader, const struct place *at, void *out)
{
	struct str text;
	ssize_t equals;
	int r = loose_scalar(reader, at, "NAME=VALUE");

	if (r <= 0)
		return r;
	text = at->node->text;
	equals = str_find_char(text, '=');
	return draft_text(out, equals < 0 ? text : str_sub(text, 0, (size_t)equals));
}

int loose_keys(struct reader *reader, const struct place *at, struct str key,
	       const struct yaml_node *value, void *out)
{
	int r;

	if (value->kind == YAML_SEQUENCE)
		return loose_list(reader, at, key, value, false, key_item, out);
	if (value->kind != YAML_MAPPING)
		return reader_wrong_type(reader, at, key, -1, value, "a mapping or a sequence");
	r = take_items(reader, at, key, value);
	for (uint32_t i = 0; r > 0 && i < value->n; i++)
		if (draft_text(out, value->pairs[i].key->text) < 0)
			return -ENOMEM;
	return MIN(r, 0);
}

/* "NAME=VALUE" as a pair of nodes, which stand where the text does. */
static int label_pair(struct reader *reader, const struct yaml_node *item, struct yaml_pair *ret)
{
	struct yaml_node *nodes = arena_calloc(reader->arena, 2, sizeof(*nodes));
	ssize_t equals = str_find_char(item->text, '=');

	if (!nodes)
		return -ENOMEM;
	nodes[0] = nodes[1] = *item;
	nodes[1].plain = false;
	nodes[1].text = STR("");
	if (equals >= 0) {
		nodes[0].text = str_sub(item->text, 0, (size_t)equals);
		nodes[1].text = str_from_offset(item->text, (size_t)equals + 1);
	}
	*ret = (struct yaml_pair){.key = &nodes[0], .value = &nodes[1]};
	return 0;
}

/* Labels may be of any scalar type; what is none is left out. */
static int label_item(struct reader *reader, const struct place *at, struct str key, ssize_t index,
		      const struct yaml_pair *pair, const struct yaml_node *value,
		      struct yaml_node *mapping, struct yaml_pair *pairs)
{
	if (value->kind != YAML_SCALAR)
		return reader_wrong_type(reader, at, pair ? pair->key->text : key,
					 pair ? -1 : index, value, pair ? "text" : "NAME=VALUE");
	if (!pair)
		return label_pair(reader, value, &pairs[mapping->n++]);
	pairs[mapping->n++] = *pair;
	return 0;
}

int loose_labels(struct reader *reader, const struct place *at, struct str key,
		 const struct yaml_node *value, void *out)
{
	const struct yaml_node **ret = out;
	struct place below = *at;
	struct yaml_node *mapping;
	struct yaml_pair *pairs;
	int r;

	if (value->kind == YAML_SCALAR)
		return reader_wrong_type(reader, at, key, -1, value, "a mapping or a sequence");
	r = take_items(reader, at, key, value);
	if (r <= 0 || value->n == 0)
		return r;
	mapping = arena_new(reader->arena, struct yaml_node);
	pairs = arena_calloc(reader->arena, value->n, sizeof(*pairs));
	if (value->kind == YAML_MAPPING)
		below.field = reader_path(reader, at->field, key, -1);
	if (!mapping || !pairs || (value->kind == YAML_MAPPING && !below.field.ptr))
		return -ENOMEM;
	*mapping = *value;
	mapping->kind = YAML_MAPPING;
	mapping->pairs = pairs;
	mapping->n = 0;
	for (uint32_t i = 0; i < value->n; i++) {
		bool list = value->kind == YAML_SEQUENCE;

		r = label_item(reader, &below, key, i, list ? NULL : &value->pairs[i],
			       list ? value->items[i] : value->pairs[i].value, mapping, pairs);
		if (r < 0)
			return r;
	}
	*ret = mapping;
	return 0;
}
