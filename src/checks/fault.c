/*
 * Failures at one place of an object: its path, line and column, and the lines that would mend it, in the
 * object's own format. See emit.h.
 */
#include "base/compat.h"

#include "checks/emit.h"
#include "checks/inputs.h"

enum {
	MAX_STEPS = 16, /* of one field: rows name short ones */
	EDIT_MAX = 4096,
	MESSAGE_MAX = 4096,
};

/* One step of a field: a key or an index. */
struct step {
	struct str key;
	size_t index; /* when key.ptr is NULL */
};

struct walk {
	struct step steps[MAX_STEPS];
	size_t n, n_found;	      /* steps of the field; how many of them lead to something */
	const struct yaml_node *node; /* the deepest that is there, or NULL */
};

/* Reads "a.b[2]['c/d'].e"; what does not fit is left away. */
static void split_field(const char *field, struct walk *walk)
{
	while (field && *field && walk->n < MAX_STEPS) {
		struct step *step = &walk->steps[walk->n++];
		const char *end;

		*step = (struct step){.key = STR_NULL};
		if (field[0] == '[' && field[1] == '\'') {
			end = strstr(field + 2, "']");
			step->key = end ? str_from_range(field + 2, end) : str_from(field + 2);
			field = end ? end + 2 : "";
		} else if (field[0] == '[') {
			for (field++; *field >= '0' && *field <= '9'; field++)
				step->index = step->index * 10 + (size_t)(*field - '0');
			field += *field == ']';
		} else {
			field += *field == '.';
			end = field + strcspn(field, ".[");
			step->key = str_from_range(field, end);
			field = end;
			walk->n -= step->key.len == 0; /* the dot before a "['" */
		}
	}
}

static void follow(struct walk *walk, const struct yaml_node *node)
{
	walk->node = node;
	while (node && walk->n_found < walk->n) {
		const struct step *step = &walk->steps[walk->n_found];

		if (step->key.ptr)
			node = yaml_get(node, step->key);
		else
			node = node->kind == YAML_SEQUENCE && step->index < node->n
				       ? node->items[step->index]
				       : NULL;
		if (!node)
			return;
		walk->node = node;
		walk->n_found++;
	}
}

/* --- Edits --------------------------------------------------------------------------------------- */

/* Text of a size that is known beforehand: findings come by the hundred thousand. */
struct text_builder {
	char text[EDIT_MAX];
	size_t len;
	bool full; /* something did not fit: there is no text then */
};

static void put(struct text_builder *b, struct str s)
{
	if (b->full || s.len > sizeof(b->text) - b->len) {
		b->full = true;
		return;
	}
	if (s.len)
		memcpy(b->text + b->len, s.ptr, s.len);
	b->len += s.len;
}

static bool is_json(enum origin origin)
{
	return origin == ORIGIN_ECS || origin == ORIGIN_NOMAD;
}

static void put_line(struct text_builder *b, char mark, size_t depth)
{
	if (b->len)
		put(b, STR("\n"));
	put(b, (struct str){&mark, 1});
	put(b, STR(" "));
	for (size_t i = 0; i < depth; i++)
		put(b, STR("  "));
}

/* A value as it is written in its format. */
struct value {
	struct str text; /* empty: the key alone */
	bool quoted;
};

#define NO_VALUE ((struct value){.text = {"", 0}})

/* That of a scalar as it stands there, as far as its first line goes; other values are told by their key. */
static struct value value_of(const struct yaml_node *node, enum origin origin)
{
	struct str rest = node && node->kind == YAML_SCALAR ? node->text : STR(""), line = STR("");

	str_next_line(&rest, &line);
	return (struct value){line, is_json(origin) && node && !node->plain};
}

static void put_value(struct text_builder *b, struct value value)
{
	if (value.quoted)
		put(b, STR("\""));
	put(b, value.text);
	if (value.quoted)
		put(b, STR("\""));
}

/* "key: value", "key=value" or "\"key\": value"; "- value" or "value" of an item. */
static void put_step(struct text_builder *b, char mark, size_t depth, enum origin origin,
		     const struct step *step, struct value value)
{
	put_line(b, mark, depth);
	if (!step->key.ptr) {
		if (!is_json(origin))
			put(b, STR("- "));
		put_value(b, value);
		return;
	}
	if (is_json(origin))
		put(b, STR("\""));
	put(b, step->key);
	put(b, origin == ORIGIN_QUADLET ? STR("=") : is_json(origin) ? STR("\":") : STR(":"));
	if (value.text.len && origin != ORIGIN_QUADLET)
		put(b, STR(" "));
	put_value(b, value);
}

/* Quadlet repeats a key for every value: "AddCapability=X". */
static void put_unit_lines(struct text_builder *b, const struct walk *walk,
			   const struct fault *fault)
{
	const struct step *step = &walk->steps[walk->n - 1];

	if (!step->key.ptr && walk->n > 1)
		step--;
	if (walk->n_found == walk->n)
		put_step(b, '-', 0, ORIGIN_QUADLET, step, value_of(walk->node, ORIGIN_QUADLET));
	if (fault->wanted)
		put_step(b, '+', 0, ORIGIN_QUADLET, step,
			 (struct value){.text = str_from(fault->wanted)});
}

/* What is there goes; what is wanted is written with all that is missing on the way. */
static void put_lines(struct text_builder *b, const struct walk *walk, const struct fault *fault,
		      enum origin origin)
{
	size_t at = MIN(walk->n_found, walk->n - 1), depth = 0;

	/* An item of a list reads better below its key. */
	if (at > 0 && !walk->steps[at].key.ptr && walk->steps[at - 1].key.ptr)
		put_step(b, ' ', depth++, origin, &walk->steps[at - 1], NO_VALUE);
	if (walk->n_found == walk->n)
		put_step(b, '-', depth, origin, &walk->steps[at], value_of(walk->node, origin));
	for (; fault->wanted && at < walk->n; at++, depth++)
		put_step(b, '+', depth, origin, &walk->steps[at],
			 at + 1 == walk->n ? (struct value){.text = str_from(fault->wanted)}
					   : NO_VALUE);
}

static struct str edit_text(const struct fault *fault, const struct walk *walk, enum origin origin,
			    struct arena *arena)
{
	struct text_builder b;

	if (walk->n == 0 || (!fault->wanted && !(fault->remove && walk->n_found == walk->n)))
		return STR("");
	b.len = 0;
	b.full = false;
	if (origin == ORIGIN_QUADLET)
		put_unit_lines(&b, walk, fault);
	else
		put_lines(&b, walk, fault, origin);
	return b.full ? STR("") : arena_str(arena, (struct str){b.text, b.len});
}

/* --- Findings ------------------------------------------------------------------------------------ */

static struct str field_text(const struct fault *fault, struct arena *arena)
{
	struct str below = str_from(fault->field), base = fault->place.field;
	bool dot = below.len && below.ptr[0] != '[' && below.ptr[0] != '.';
	char *text, *end;

	if (!below.len)
		return base.len ? base : STR(".");
	text = arena_alloc(arena, base.len + dot + below.len);
	if (!text)
		return STR_NULL;
	end = base.len ? mempcpy(text, base.ptr, base.len) : text;
	if (dot)
		*end++ = '.';
	end = mempcpy(end, below.ptr, below.len);
	return str_from_range(text, end);
}

/* The message; what it is about, where a name of many pages makes it too long. */
static struct str message_text(const struct check_run *run, const char *fmt, va_list args)
{
	char text[MESSAGE_MAX];
	int len = vsnprintf(text, sizeof(text), fmt, args);

	if (len < 0 || (size_t)len >= sizeof(text))
		return str_from(run->check->title);
	return arena_str(run->sink->arena, (struct str){text, (size_t)len});
}

static int emit_fault_v(const struct check_run *run, enum outcome outcome,
			const struct fault *fault, const char *fmt, va_list args)
{
	const struct object_input *in = run->input;
	const struct object *object = in->object;
	struct finding f = check_finding(run, outcome);
	struct arena *arena = run->sink->arena;
	struct walk walk;

	walk.n = walk.n_found = 0;
	split_field(fault->field, &walk);
	if (fault->place.node)
		follow(&walk, fault->place.node);
	else
		walk.node = object->root;
	if (fault->severity != SEVERITY_NONE && fault->severity != SEVERITY_UNKNOWN)
		f.severity = f.severity_before = fault->severity;
	f.where.path = object->path;
	if (walk.node) {
		f.where.line = walk.node->line;
		f.where.column = walk.node->column;
	}
	f.where.field = field_text(fault, arena);
	f.seen = fault->seen;
	f.wanted = str_from(fault->wanted);
	f.edit = edit_text(fault, &walk, object->origin, arena);
	if (!f.where.field.ptr || !f.edit.ptr)
		return -ENOMEM;
	return emit_message(run, &f, message_text(run, fmt, args));
}

int emit_fault(const struct check_run *run, const struct fault *fault, const char *fmt, ...)
{
	va_list args;
	int r;

	va_start(args, fmt);
	r = emit_fault_v(run, OUTCOME_FAIL, fault, fmt, args);
	va_end(args);
	return r;
}

int emit_at(const struct check_run *run, enum outcome outcome, const struct fault *fault,
	    const char *fmt, ...)
{
	va_list args;
	int r;

	va_start(args, fmt);
	r = emit_fault_v(run, outcome, fault, fmt, args);
	va_end(args);
	return r;
}
