/*
 * YAML: see yaml.h. Nodes are built from libfyaml's events and not taken from its documents: these know
 * no position of mappings and sequences, and take half again as long.
 */
#include "base/compat.h"

#include <libfyaml.h>

#include "base/map.h"
#include "base/utf8.h"
#include "base/vec.h"
#include "base/yaml.h"
#include "base/yaml_text.h"

/* A collection that is being read. Its children are the last ones of yaml.children. */
struct level {
	struct yaml_node *node;
	size_t first_child;
	uint32_t unfolded; /* nodes below, aliases written out */
	uint32_t height;   /* levels below */
	size_t anchor;	   /* index + 1 in yaml.anchors, or 0 */
};

struct anchor {
	const struct yaml_node *node; /* NULL while it is not complete */
	uint32_t unfolded, height;
};

struct yaml {
	struct fy_parser *parser;
	struct fy_diag *diag;
	struct arena *arena;
	struct str bytes;
	VEC(struct level) levels;
	VEC(const struct yaml_node *) children;
	VEC(struct anchor) anchors;
	struct map anchor_names; /* name → index + 1 in anchors, of the last so called */
	uint32_t merged;	 /* pairs that merges added to this document */
	size_t seen;	       /* where the last token ended, for what may stand before the next */
	uint32_t line, column; /* of the last event that had a place */
	const struct yaml_node *root;
};

static int error_at(uint32_t line, uint32_t column, struct err *err, int code, const char *what)
{
	return err_set(err, code, "line %" PRIu32 ", column %" PRIu32 ": %s", line, column, what);
}

int yaml_error(const struct yaml_node *node, struct err *err, const char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	if (vsnprintf(text, sizeof(text), fmt, args) < 0)
		text[0] = '\0';
	va_end(args);
	return error_at(node->line, node->column, err, ERR_FORMAT, text);
}

/* How many bytes, in steps of eight, are ASCII from the blank to '~': most of a file. */
static size_t plain_bytes(struct str bytes)
{
	const uint64_t high = UINT64_C(0x8080808080808080), ones = UINT64_C(0x0101010101010101);
	size_t i = 0;

	for (; bytes.len - i >= 8; i += 8) {
		uint64_t v, del;

		memcpy(&v, bytes.ptr + i, sizeof(v));
		del = v ^ (ones * 0x7f);
		/* A byte is below 0x20, 0x7f, or above it. */
		if (((v - ones * 0x20) | (del - ones) | v) & high)
			break;
	}
	return i;
}

/* c-printable (spec §5.1), with DEL and C1 taken out: nothing here has a use for them. */
static int check_bytes(struct str bytes, struct err *err)
{
	uint32_t line = 1, c = 0;
	size_t line_start = 0, i = 0;

	while (i < bytes.len) {
		i += plain_bytes(str_from_offset(bytes, i));
		if (i == bytes.len)
			break;

		unsigned char byte = (unsigned char)bytes.ptr[i];
		size_t len = 1;

		if (byte == '\n') {
			line++;
			line_start = i + 1;
		} else if (byte >= 0x80) {
			len = utf8_decode(str_from_offset(bytes, i), &c);
			if (len == 0 || (c < 0xa0 && c != 0x85))
				break;
		} else if ((byte < 0x20 && byte != '\t' && byte != '\r') || byte == 0x7f) {
			break;
		}
		i += len;
	}
	if (i == bytes.len)
		return 0;
	return err_set(err, ERR_FORMAT, "line %" PRIu32 ", column %zu: %s 0x%02x", line,
		       i - line_start + 1,
		       (unsigned char)bytes.ptr[i] < 0x80 ? "control character" : "not UTF-8: byte",
		       (unsigned char)bytes.ptr[i]);
}

int yaml_open(struct str bytes, struct yaml **ret, struct err *err)
{
	struct fy_diag_cfg diag_config;
	struct fy_parse_cfg config = {.flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG | FYPCF_JSON_NONE};
	_cleanup_yaml_ struct yaml *yaml = NULL;
	int r;

	r = check_bytes(bytes, err);
	if (r < 0)
		return r;
	yaml = calloc(1, sizeof(*yaml));
	if (!yaml)
		return err_oom(err);
	fy_diag_cfg_default(&diag_config);
	diag_config.fp = NULL;
	diag_config.colorize = false;
	yaml->diag = fy_diag_create(&diag_config);
	if (!yaml->diag)
		return err_oom(err);
	fy_diag_set_collect_errors(yaml->diag, true);
	config.diag = yaml->diag;
	yaml->parser = fy_parser_create(&config);
	yaml->bytes = bytes.len ? bytes : STR("");
	if (!yaml->parser ||
	    fy_parser_set_string(yaml->parser, yaml->bytes.ptr, yaml->bytes.len) < 0)
		return err_oom(err);
	*ret = TAKE_PTR(yaml);
	return 0;
}

void yaml_close(struct yaml *yaml)
{
	if (yaml->parser)
		fy_parser_destroy(yaml->parser);
	if (yaml->diag)
		fy_diag_destroy(yaml->diag);
	vec_release(&yaml->levels);
	vec_release(&yaml->children);
	vec_release(&yaml->anchors);
	map_release(&yaml->anchor_names);
	free(yaml);
}

/* What libfyaml has to say, without the place and source lines that it would print. */
static int parser_error(struct yaml *yaml, struct err *err)
{
	const struct fy_diag_error *error;
	void *iter = NULL;

	error = fy_diag_errors_iterate(yaml->diag, &iter);
	if (!error || !error->msg)
		return error_at(MAX(yaml->line, 1u), MAX(yaml->column, 1u), err, ERR_FORMAT,
				"malformed YAML");
	return error_at((uint32_t)MAX(error->line, 1), (uint32_t)MAX(error->column, 1), err,
			ERR_FORMAT, error->msg);
}

static int error_here(const struct yaml *yaml, struct err *err, int code, const char *what)
{
	return error_at(yaml->line, yaml->column, err, code, what);
}

/* The bytes that a token stands for, without quotes, '*' and '&'. */
static int token_source(struct yaml *yaml, struct fy_token *token, struct str *ret, struct err *err)
{
	const struct fy_mark *start = fy_token_start_mark(token), *end = fy_token_end_mark(token);

	if (!start || !end || end->input_pos < start->input_pos || end->input_pos > yaml->bytes.len)
		return error_here(yaml, err, ERR_FORMAT, "a text without a place");
	*ret = str_sub(yaml->bytes, start->input_pos, end->input_pos - start->input_pos);
	return 0;
}

static void pass_token(struct yaml *yaml, struct fy_token *token)
{
	const struct fy_mark *end = token ? fy_token_end_mark(token) : NULL;

	if (end)
		yaml->seen = MAX(yaml->seen, end->input_pos);
}

/* The header stands on the line before the text, behind every earlier token. Its indentation is counted
 * from that of the collection around it. */
static int block_text(struct yaml *yaml, struct str raw, struct str *ret, struct err *err)
{
	size_t at = (size_t)(raw.ptr - yaml->bytes.ptr), end = at;
	struct yaml_block block;

	while (end > yaml->seen &&
	       (yaml->bytes.ptr[end - 1] == '\n' || yaml->bytes.ptr[end - 1] == '\r') &&
	       at - end < 2)
		end--;
	at = end;
	while (at > yaml->seen && yaml->bytes.ptr[at - 1] != '\n' &&
	       yaml->bytes.ptr[at - 1] != '\r')
		at--;
	if (!yaml_block_header(str_sub(yaml->bytes, at, end - at), &block))
		return error_here(yaml, err, ERR_FORMAT, "a block without its header");
	if (block.indent && yaml->levels.len)
		block.indent += yaml->levels.items[yaml->levels.len - 1].node->column - 1;
	return yaml_text_block(raw, block, yaml->arena, ret) < 0 ? err_oom(err) : 0;
}

static int scalar_text(struct yaml *yaml, struct fy_token *token, struct str *ret, struct err *err)
{
	struct str raw = STR("");
	int r = token ? token_source(yaml, token, &raw, err) : 0;

	if (r < 0)
		return r;
	switch (token ? fy_token_scalar_style(token) : FYSS_PLAIN) {
	case FYSS_SINGLE_QUOTED:
		r = yaml_text_single(raw, yaml->arena, ret);
		break;
	case FYSS_DOUBLE_QUOTED:
		r = yaml_text_double(raw, yaml->arena, ret);
		if (r == -ERR_FORMAT)
			return error_here(yaml, err, ERR_FORMAT, "an escape that is not allowed");
		break;
	case FYSS_LITERAL:
	case FYSS_FOLDED:
		return block_text(yaml, raw, ret, err);
	default:
		r = yaml_text_plain(raw, yaml->arena, ret);
		break;
	}
	return r < 0 ? err_oom(err) : 0;
}

static int add_anchor(struct yaml *yaml, struct fy_token *token, struct err *err)
{
	struct str name;
	void **slot;
	int r;

	if (!token)
		return 0;
	pass_token(yaml, token);
	r = token_source(yaml, token, &name, err);
	if (r < 0)
		return r;
	slot = map_slot(&yaml->anchor_names, name);
	if (!slot || !vec_add(&yaml->anchors))
		return err_oom(err);
	/* An anchor may be given anew: the last one before the alias counts (spec §6.9.2). */
	*slot = (void *)(uintptr_t)yaml->anchors.len;
	return 0;
}

/* Gives a complete node to the collection around it, or makes it the root. */
static int add_child(struct yaml *yaml, const struct yaml_node *node, uint32_t unfolded,
		     uint32_t height, struct err *err)
{
	struct level *level;
	const struct yaml_node **child;

	if (yaml->levels.len == 0) {
		yaml->root = node;
		return 0;
	}
	level = &yaml->levels.items[yaml->levels.len - 1];
	if (unfolded > (uint32_t)YAML_UNFOLDED - level->unfolded)
		return error_here(yaml, err, ERR_LIMIT, "too many nodes once aliases are unfolded");
	if (yaml->levels.len + height > YAML_DEPTH)
		return error_here(yaml, err, ERR_LIMIT, "nested too deeply");
	if (level->node->kind == YAML_MAPPING &&
	    (yaml->children.len - level->first_child) % 2 == 0 && node->kind != YAML_SCALAR)
		return error_here(yaml, err, ERR_FORMAT, "a key must be a scalar");
	level->unfolded += unfolded;
	level->height = MAX(level->height, height);
	child = vec_add(&yaml->children);
	if (!child)
		return err_oom(err);
	*child = node;
	return 0;
}

static struct yaml_node *new_node(struct yaml *yaml, enum yaml_kind kind)
{
	struct yaml_node *node = arena_new(yaml->arena, struct yaml_node);

	if (!node)
		return NULL;
	node->kind = kind;
	node->line = yaml->line;
	node->column = yaml->column;
	return node;
}

/* Without a tag only plain text has a meaning. Tags of the core schema other than !!str give it to any text;
 * !!str and foreign ones take it. */
static bool has_meaning(struct fy_token *tag, enum fy_scalar_style style)
{
	struct str text, prefix = STR("tag:yaml.org,2002:");

	if (!tag)
		return style == FYSS_PLAIN;
	text.ptr = fy_token_get_text(tag, &text.len);
	return text.ptr && str_starts(text, prefix) && !str_ends(text, STR(":str")) &&
	       !str_ends(text, STR(":binary"));
}

/* "!Ref" and the like; "!" alone says no more than that it is a text (spec §6.9.1). */
static bool is_foreign(struct fy_token *tag)
{
	struct str text;

	if (!tag)
		return false;
	text.ptr = fy_token_get_text(tag, &text.len);
	return text.ptr && !str_starts(text, STR("tag:yaml.org,2002:")) && !str_eq(text, STR("!"));
}

/* What !!binary stands for is taken when it is a text, so that nothing hides in it. */
static int unfold_binary(struct yaml *yaml, struct fy_token *tag, struct str *text, struct err *err)
{
	struct str name = {0}, bytes;

	if (tag)
		name.ptr = fy_token_get_text(tag, &name.len);
	if (!name.ptr || !str_eq(name, STR("tag:yaml.org,2002:binary")))
		return 0;
	if (yaml_text_binary(*text, yaml->arena, &bytes) < 0)
		return err_oom(err);
	if (check_bytes(bytes, NULL) == 0)
		*text = bytes;
	return 0;
}

static int add_scalar(struct yaml *yaml, const struct fy_event_scalar_data *scalar, struct err *err)
{
	enum fy_scalar_style style =
		scalar->value ? fy_token_scalar_style(scalar->value) : FYSS_PLAIN;
	struct yaml_node *node;
	int r;

	/* libfyaml's place is behind the quote. */
	if ((style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED) && yaml->column > 1)
		yaml->column--;
	node = new_node(yaml, YAML_SCALAR);
	if (!node)
		return err_oom(err);
	node->plain = has_meaning(scalar->tag, style);
	node->tagged = is_foreign(scalar->tag);
	node->single = style == FYSS_SINGLE_QUOTED;
	pass_token(yaml, scalar->tag);
	r = scalar->anchor ? add_anchor(yaml, scalar->anchor, err) : 0;
	if (r == 0)
		r = scalar_text(yaml, scalar->value, &node->text, err);
	if (r == 0)
		r = unfold_binary(yaml, scalar->tag, &node->text, err);
	if (r < 0)
		return r;
	pass_token(yaml, scalar->value);
	if (scalar->anchor) {
		struct anchor *anchor = &yaml->anchors.items[yaml->anchors.len - 1];

		anchor->node = node;
		anchor->unfolded = 1;
	}
	return add_child(yaml, node, 1, 0, err);
}

static int add_alias(struct yaml *yaml, struct fy_token *token, struct err *err)
{
	const struct anchor *anchor;
	struct str name;
	uintptr_t index;
	int r = token_source(yaml, token, &name, err);

	if (r < 0)
		return r;
	/* libfyaml's place is behind the '*'. */
	if (yaml->column > 1)
		yaml->column--;
	index = (uintptr_t)map_get(&yaml->anchor_names, name);
	if (!index)
		return error_here(yaml, err, ERR_FORMAT,
				  "an alias to an anchor that does not exist");
	anchor = &yaml->anchors.items[index - 1];
	if (!anchor->node)
		return error_here(yaml, err, ERR_FORMAT, "an alias to what it is a part of");
	return add_child(yaml, anchor->node, anchor->unfolded, anchor->height, err);
}

static int open_level(struct yaml *yaml, enum yaml_kind kind, struct fy_token *anchor,
		      struct fy_token *tag, enum fy_node_style style, struct err *err)
{
	struct level *level;
	int r = add_anchor(yaml, anchor, err);

	pass_token(yaml, tag);
	if (r < 0)
		return r;
	if (yaml->levels.len >= YAML_DEPTH)
		return error_here(yaml, err, ERR_LIMIT, "nested too deeply");
	level = vec_add(&yaml->levels);
	if (!level)
		return err_oom(err);
	level->node = new_node(yaml, kind);
	if (!level->node)
		return err_oom(err);
	level->node->tagged = is_foreign(tag);
	level->node->flow = style == FYNS_FLOW;
	level->first_child = yaml->children.len;
	level->unfolded = 1;
	level->anchor = anchor ? yaml->anchors.len : 0;
	return 0;
}

static int duplicate_key(const struct yaml_node *key, struct err *err)
{
	return yaml_error(key, err, "duplicate key '%.*s'", STR_FMT(key->text));
}

static int check_keys(const struct yaml_node *mapping, struct err *err)
{
	enum { FEW = 16 }; /* up to here comparing all pairs is quicker than hashing */
	_cleanup_map_ struct map seen = MAP_INIT;
	const struct yaml_pair *pairs = mapping->pairs;

	for (size_t i = 0; i < mapping->n && mapping->n <= FEW; i++)
		for (size_t k = 0; k < i; k++)
			if (str_eq(pairs[i].key->text, pairs[k].key->text))
				return duplicate_key(pairs[i].key, err);
	for (size_t i = 0; i < mapping->n && mapping->n > FEW; i++) {
		void **slot = map_slot(&seen, pairs[i].key->text);

		if (!slot)
			return err_oom(err);
		if (*slot)
			return duplicate_key(pairs[i].key, err);
		*slot = (void *)pairs[i].key;
	}
	return 0;
}

static bool is_merge(const struct yaml_node *key)
{
	return key->text.len == 2 && key->plain && str_eq(key->text, STR("<<"));
}

static bool is_same(const struct yaml_node *a, const struct yaml_node *b)
{
	return a == b || (a->kind == YAML_SCALAR && b->kind == YAML_SCALAR &&
			  a->plain == b->plain && str_eq(a->text, b->text));
}

struct merge {
	struct yaml_node *node;
	size_t at;		     /* the pair of node that is the merge */
	struct map seen;	     /* key → its pair, of node or of what was merged so far */
	VEC(struct yaml_pair) pairs; /* the merged ones */
};

static int merge_mapping(struct yaml *yaml, struct merge *merge, const struct yaml_node *from,
			 struct err *err)
{
	const struct yaml_pair *own = merge->node->pairs;

	for (uint32_t i = 0; i < from->n; i++) {
		void **slot = map_slot(&merge->seen, from->pairs[i].key->text);
		const struct yaml_pair *there = slot ? *slot : NULL;
		struct yaml_pair *pair;

		if (!slot)
			return err_oom(err);
		if (there) {
			merge->node->contested |= there >= own && there < own + merge->at &&
						  !is_same(there->value, from->pairs[i].value);
			continue;
		}
		if (yaml->merged == YAML_MERGED)
			return error_at(merge->node->line, merge->node->column, err, ERR_LIMIT,
					"too many keys are merged");
		yaml->merged++;
		*slot = (void *)&from->pairs[i];
		pair = vec_add(&merge->pairs);
		if (!pair)
			return err_oom(err);
		*pair = from->pairs[i];
	}
	return 0;
}

static int merge_value(struct yaml *yaml, struct merge *merge, struct err *err)
{
	const struct yaml_node *value = merge->node->pairs[merge->at].value;
	const struct yaml_node *const *all = &value;
	uint32_t n = 1;
	int r = 0;

	if (value->kind == YAML_SEQUENCE) {
		all = value->items;
		n = value->n;
	}
	for (uint32_t i = 0; r == 0 && i < n; i++)
		r = all[i]->kind == YAML_MAPPING
			    ? merge_mapping(yaml, merge, all[i], err)
			    : yaml_error(all[i], err,
					 "a merge is of a mapping or of a sequence of them");
	return r;
}

/* Puts the merged pairs where the merge stands. */
static int put_merged(struct yaml *yaml, const struct merge *merge, struct err *err)
{
	struct yaml_node *node = merge->node;
	size_t n = node->n - 1 + merge->pairs.len, k = 0;
	struct yaml_pair *pairs = arena_calloc(yaml->arena, n, sizeof(*pairs));

	if (!pairs)
		return err_oom(err);
	for (size_t i = 0; i < node->n; i++) {
		if (i != merge->at)
			pairs[k++] = node->pairs[i];
		for (size_t m = 0; i == merge->at && m < merge->pairs.len; m++)
			pairs[k++] = merge->pairs.items[m];
	}
	node->pairs = pairs;
	node->n = (uint32_t)n;
	return 0;
}

/* How many nodes there are was counted where their alias stands. */
static int merge_keys(struct yaml *yaml, struct yaml_node *node, struct err *err)
{
	struct merge merge = {.node = node};
	int r = 0;

	while (merge.at < node->n && !is_merge(node->pairs[merge.at].key))
		merge.at++;
	if (merge.at == node->n)
		return 0;
	for (size_t i = 0; r == 0 && i < node->n; i++) {
		void **slot = map_slot(&merge.seen, node->pairs[i].key->text);

		if (slot)
			*slot = (void *)&node->pairs[i];
		else
			r = err_oom(err);
	}
	if (r == 0)
		r = merge_value(yaml, &merge, err);
	if (r == 0)
		r = put_merged(yaml, &merge, err);
	map_release(&merge.seen);
	vec_release(&merge.pairs);
	return r;
}

static int close_level(struct yaml *yaml, struct err *err)
{
	struct level level = yaml->levels.items[yaml->levels.len - 1];
	size_t n = yaml->children.len - level.first_child;
	struct yaml_node *node = level.node;
	int r;

	if (n) {
		const struct yaml_node **copy = arena_calloc(yaml->arena, n, sizeof(*copy));

		if (!copy)
			return err_oom(err);
		memcpy(copy, yaml->children.items + level.first_child, n * sizeof(*copy));
		/* A pair is two pointers, so that the same array serves for both. */
		static_assert(sizeof(struct yaml_pair) == 2 * sizeof(*copy),
			      "pairs have no padding");
		if (node->kind == YAML_MAPPING)
			node->pairs = (const struct yaml_pair *)(const void *)copy;
		else
			node->items = copy;
		node->n = (uint32_t)(node->kind == YAML_MAPPING ? n / 2 : n);
	}
	yaml->children.len = level.first_child;
	yaml->levels.len--;
	if (node->kind == YAML_MAPPING) {
		r = check_keys(node, err);
		if (r == 0)
			r = merge_keys(yaml, node, err);
		if (r < 0)
			return r;
	}
	if (level.anchor) {
		struct anchor *anchor = &yaml->anchors.items[level.anchor - 1];

		anchor->node = node;
		anchor->unfolded = level.unfolded;
		anchor->height = level.height + 1;
	}
	return add_child(yaml, node, level.unfolded, level.height + 1, err);
}

static int take_event(struct yaml *yaml, struct fy_event *event, struct err *err)
{
	const struct fy_mark *mark = fy_event_start_mark(event);

	/* Empty scalars have no place: that of what came before is nearest. */
	if (mark && mark->line >= 0 && mark->column >= 0) {
		yaml->line = (uint32_t)mark->line + 1;
		yaml->column = (uint32_t)mark->column + 1;
	}
	switch (event->type) {
	case FYET_SCALAR:
		return add_scalar(yaml, &event->scalar, err);
	case FYET_ALIAS:
		return add_alias(yaml, event->alias.anchor, err);
	case FYET_SEQUENCE_START:
		return open_level(yaml, YAML_SEQUENCE, event->sequence_start.anchor,
				  event->sequence_start.tag, fy_event_get_node_style(event), err);
	case FYET_MAPPING_START:
		return open_level(yaml, YAML_MAPPING, event->mapping_start.anchor,
				  event->mapping_start.tag, fy_event_get_node_style(event), err);
	case FYET_SEQUENCE_END:
	case FYET_MAPPING_END:
		return close_level(yaml, err);
	default:
		return 0;
	}
}

static void begin_document(struct yaml *yaml, struct arena *arena)
{
	yaml->arena = arena;
	yaml->root = NULL;
	yaml->levels.len = yaml->children.len = yaml->anchors.len = 0;
	map_release(&yaml->anchor_names);
	yaml->merged = 0;
}

int yaml_next(struct yaml *yaml, struct arena *arena, const struct yaml_node **ret_root,
	      struct err *err)
{
	begin_document(yaml, arena);
	for (;;) {
		struct fy_event *event = fy_parser_parse(yaml->parser);
		enum fy_event_type type;
		int r;

		if (!event)
			return fy_parser_get_stream_error(yaml->parser) ? parser_error(yaml, err)
									: 0;
		type = event->type;
		r = take_event(yaml, event, err);
		fy_parser_event_free(yaml->parser, event);
		if (r < 0)
			return r;
		if (type == FYET_DOCUMENT_END) {
			*ret_root = yaml->root;
			return 1;
		}
	}
}

int yaml_parse(struct str bytes, struct arena *arena, const struct yaml_node **ret_root,
	       struct err *err)
{
	_cleanup_yaml_ struct yaml *yaml = NULL;
	const struct yaml_node *root, *more;
	int r = yaml_open(bytes, &yaml, err);

	if (r < 0)
		return r;
	r = yaml_next(yaml, arena, &root, err);
	if (r < 0)
		return r;
	if (r == 0) {
		static const struct yaml_node nothing = {.plain = true, .line = 1, .column = 1};

		*ret_root = &nothing;
		return 0;
	}
	r = yaml_next(yaml, arena, &more, err);
	if (r < 0)
		return r;
	if (r > 0)
		return yaml_error(more, err, "a second document where one is wanted");
	*ret_root = root;
	return 0;
}

const struct yaml_node *yaml_get(const struct yaml_node *node, struct str key)
{
	if (!node || node->kind != YAML_MAPPING)
		return NULL;
	for (size_t i = 0; i < node->n; i++)
		if (str_eq(node->pairs[i].key->text, key))
			return node->pairs[i].value;
	return NULL;
}

static bool is_word(const struct yaml_node *node, const char *lower, const char *title,
		    const char *upper)
{
	return node->kind == YAML_SCALAR && node->plain &&
	       (str_eq(node->text, str_from(lower)) || str_eq(node->text, str_from(title)) ||
		str_eq(node->text, str_from(upper)));
}

bool yaml_is_null(const struct yaml_node *node)
{
	return is_word(node, "null", "Null", "NULL") || is_word(node, "", "~", "~");
}

int yaml_uint(const struct yaml_node *node, uint64_t *ret)
{
	if (node->kind != YAML_SCALAR || !node->plain)
		return -EINVAL;
	return str_parse_u64(node->text, ret);
}

int yaml_bool(const struct yaml_node *node, bool *ret)
{
	bool value = is_word(node, "true", "True", "TRUE");

	if (!value && !is_word(node, "false", "False", "FALSE"))
		return -EINVAL;
	*ret = value;
	return 0;
}

const char *yaml_describe(const struct yaml_node *node)
{
	uint64_t number;
	bool truth;

	if (node->kind == YAML_MAPPING)
		return "a mapping";
	if (node->kind == YAML_SEQUENCE)
		return "a sequence";
	if (yaml_is_null(node))
		return "nothing";
	if (yaml_bool(node, &truth) == 0)
		return "a boolean";
	return yaml_uint(node, &number) == -EINVAL ? "text" : "a number";
}
