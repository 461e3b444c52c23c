/*
 * Failures at one place of an object: its path, line and column, and the lines that would mend it, as the
 * object's own document is written. See fault.h.
 */
#include "base/compat.h"

#include "checks/fault.h"

#include "checks/emit.h"
#include "checks/inputs.h"

enum {
	MAX_STEPS = 24,	 /* of one path; those of workloads have 12 at most */
	MAX_LEVELS = 16, /* of a value that is taken out */
	EDIT_MAX = 4096,
	MESSAGE_MAX = 4096,
	/* Mounts that are looked through for those of one volume: objects of real people have some dozen. */
	MOUNTS_LOOKED_AT = 1024,
};

/* One step of a path: a key or an index. */
struct step {
	struct str key;
	size_t index; /* when key.ptr is NULL */
};

struct walk {
	struct step steps[MAX_STEPS];
	size_t n, n_found; /* steps of the path; how many of them lead to something */
	bool cut;	   /* there were more */
	/* Where the path begins, and what each step led to; the last is the deepest that is there. */
	const struct yaml_node *nodes[MAX_STEPS + 1];
};

static const struct yaml_node *deepest(const struct walk *walk)
{
	return walk->nodes[walk->n_found];
}

/* The key in "['c/d']" or "[\"c/d\"]"; returns what is behind it. */
static const char *quoted_key(struct str path, struct str *ret_key)
{
	const char end[] = {path.ptr[1], ']'};
	struct str rest = str_from_offset(path, 2);
	ssize_t n = str_find(rest, (struct str){end, sizeof(end)});

	*ret_key = n < 0 ? rest : str_sub(rest, 0, (size_t)n);
	return n < 0 ? rest.ptr + rest.len : rest.ptr + n + sizeof(end);
}

/* Reads one step of "a.b[2]['c/d'].e" at p, which is before end; returns what is behind it. */
static const char *read_step(const char *p, const char *end, struct step *ret)
{
	const char *begin;

	if (*p == '[' && end - p > 1 && (p[1] == '\'' || p[1] == '"'))
		return quoted_key(str_from_range(p, end), &ret->key);
	ret->key = STR_NULL;
	ret->index = 0;
	if (*p == '[') {
		for (p++; p < end && *p >= '0' && *p <= '9'; p++)
			ret->index = ret->index * 10 + (size_t)(*p - '0');
		return p < end ? p + 1 : p;
	}
	begin = p += *p == '.';
	while (p < end && *p != '.' && *p != '[')
		p++;
	ret->key = str_from_range(begin, p);
	return p;
}

/* With or without a dot before it. */
static void split_path(struct str path, struct walk *walk)
{
	const char *p = path.ptr, *end = path.ptr + path.len;

	while (p < end) {
		struct step *step = &walk->steps[walk->n];

		walk->cut = walk->n == MAX_STEPS;
		if (walk->cut)
			return;
		p = read_step(p, end, step);
		walk->n += !step->key.ptr || step->key.len; /* not the dot before a "['" */
	}
}

static void follow(struct walk *walk, const struct yaml_node *node)
{
	walk->nodes[0] = node;
	while (node && walk->n_found < walk->n) {
		const struct step *step = &walk->steps[walk->n_found];

		if (step->key.ptr)
			node = yaml_get(node, step->key);
		else
			node = node->kind == YAML_SEQUENCE && step->index < node->n
				       ? node->items[step->index]
				       : NULL;
		if (node)
			walk->nodes[++walk->n_found] = node;
	}
}

static void walk_begin(struct walk *walk, struct str path, const struct yaml_node *from)
{
	walk->n = walk->n_found = 0;
	walk->cut = false;
	split_path(path, walk);
	follow(walk, from);
}

/* --- Lines --------------------------------------------------------------------------------------- */

/* How a document is written. */
struct syntax {
	struct str quote;   /* around keys, and around texts that are no numbers or the like */
	struct str assign;  /* between a key and its value */
	struct str opening; /* behind a key, when items of its list are on the next lines */
	struct str item;    /* before such an item */
	bool blocks;	    /* what is below a key is on the next lines */
};

static const struct syntax yaml_syntax = {STR(""), STR(": "), STR(":"), STR("- "), true};
/* Braces and brackets in YAML. */
static const struct syntax flow_syntax = {STR(""), STR(": "), STR(": ["), STR(""), false};
static const struct syntax json_syntax = {STR("\""), STR(": "), STR(": ["), STR(""), false};
static const struct syntax unit_syntax = {STR(""), STR("="), STR(""), STR(""), false};

/* JSON is YAML as well, so that only the text tells: keys are quoted, behind a brace. */
static const struct syntax *syntax_of(const struct object *object)
{
	const struct yaml_node *root = object->root, *key;

	if (object->origin == ORIGIN_QUADLET)
		return &unit_syntax;
	if (!root || root->kind != YAML_MAPPING || !root->n)
		return &yaml_syntax;
	key = root->pairs[0].key;
	return key->plain || (key->line == root->line && key->column == root->column)
		       ? &yaml_syntax
		       : &json_syntax;
}

/* Text of a size that is known beforehand: findings come by the hundred thousand. */
struct edit {
	const struct syntax *syntax;
	size_t len;
	bool full; /* something did not fit: there is no text then */
	char text[EDIT_MAX];
};

static void put(struct edit *e, struct str s)
{
	if (e->full || s.len > sizeof(e->text) - e->len) {
		e->full = true;
		return;
	}
	if (s.ptr)
		memcpy(e->text + e->len, s.ptr, s.len);
	e->len += s.len;
}

static void put_line(struct edit *e, char mark, size_t depth)
{
	const char begin[] = {'\n', mark, ' '};

	put(e, e->len ? (struct str){begin, 3} : (struct str){begin + 1, 2});
	if (depth)
		put(e, str_sub(STR("                                "), 0,
			       2 * MIN(depth, (size_t)MAX_LEVELS)));
}

static void put_key(struct edit *e, struct str key)
{
	struct str quote = e->syntax->quote;

	put(e, quote);
	put(e, key);
	put(e, quote);
}

/* A text of JSON (RFC 8259 §7); other characters that need an escape are no part of settings. */
static void put_quoted(struct edit *e, struct str s)
{
	size_t begin = 0;

	put(e, STR("\""));
	for (size_t i = 0; i < s.len && !e->full; i++) {
		if (s.ptr[i] != '"' && s.ptr[i] != '\\' && s.ptr[i] != '\n')
			continue;
		put(e, str_sub(s, begin, i - begin));
		put(e, STR("\\"));
		begin = s.ptr[i] == '\n' ? i + 1 : i;
		put(e, s.ptr[i] == '\n' ? STR("n") : STR(""));
	}
	put(e, str_from_offset(s, begin));
	put(e, STR("\""));
}

/* A value on one line: all of it in JSON; a scalar's first line or an empty collection elsewhere. */
static void put_flow(struct edit *e, const struct yaml_node *node, size_t level)
{
	struct str rest = node->text, line = STR("");
	bool mapping = node->kind == YAML_MAPPING;

	/* Of a text of several lines, one is enough to find it by. */
	if (node->kind == YAML_SCALAR && e->syntax != &unit_syntax && !node->plain &&
	    (e->syntax == &json_syntax || str_find_char(node->text, '\n') < 0)) {
		if (node->single && str_find_char(node->text, '\'') < 0) {
			put(e, STR("'"));
			put(e, node->text);
			put(e, STR("'"));
		} else {
			put_quoted(e, node->text);
		}
		return;
	}
	if (node->kind == YAML_SCALAR) {
		str_next_line(&rest, &line);
		put(e, line);
		return;
	}
	e->full |= level >= MAX_LEVELS;
	put(e, mapping ? STR("{") : STR("["));
	for (uint32_t i = 0; i < node->n && !e->full; i++) {
		if (i)
			put(e, STR(", "));
		if (mapping) {
			put_key(e, node->pairs[i].key->text);
			put(e, STR(": "));
		}
		put_flow(e, mapping ? node->pairs[i].value : node->items[i], level + 1);
	}
	put(e, mapping ? STR("}") : STR("]"));
}

static bool is_nothing(const struct yaml_node *node)
{
	return node->kind == YAML_SCALAR && !node->text.len;
}

static bool is_one_line(const struct edit *e, const struct yaml_node *node)
{
	return !e->syntax->blocks || node->kind == YAML_SCALAR || !node->n || node->flow;
}

/* The lines of a mapping or list; begun: its first stands on the line that is there. */
static void put_block(struct edit *e, char mark, size_t depth, const struct yaml_node *node,
		      bool begun, size_t level)
{
	bool mapping = node->kind == YAML_MAPPING;

	e->full |= level >= MAX_LEVELS;
	for (uint32_t i = 0; i < node->n && !e->full; i++) {
		const struct yaml_node *value = mapping ? node->pairs[i].value : node->items[i];
		bool line = is_one_line(e, value);

		if (i || !begun)
			put_line(e, mark, depth);
		if (mapping)
			put_key(e, node->pairs[i].key->text);
		put(e, !mapping ? STR("- ") : line && !is_nothing(value) ? STR(": ") : STR(":"));
		if (line)
			put_flow(e, value, 0);
		else
			put_block(e, mark, depth + 1, value, !mapping, level + 1);
	}
}

/* "key: value", "key=value" or "\"key\": value" */
static void put_pair(struct edit *e, char mark, size_t depth, struct str key,
		     const struct yaml_node *value)
{
	put_line(e, mark, depth);
	put_key(e, key);
	if (!is_one_line(e, value)) {
		put(e, STR(":"));
		put_block(e, mark, depth + 1, value, false, 0);
		return;
	}
	put(e, e->syntax->blocks && is_nothing(value) ? STR(":") : e->syntax->assign);
	put_flow(e, value, 0);
}

/* "- value", or the value alone */
static void put_item(struct edit *e, char mark, size_t depth, const struct yaml_node *value)
{
	put_line(e, mark, depth);
	put(e, e->syntax->item);
	if (is_one_line(e, value))
		put_flow(e, value, 0);
	else
		put_block(e, mark, depth + 1, value, true, 0);
}

/* "key:" or "\"key\": [", above lines that are about items of its list */
static void put_list_key(struct edit *e, size_t depth, struct str key)
{
	put_line(e, ' ', depth);
	put_key(e, key);
	put(e, e->syntax->opening);
}

/* Is a word of a flow value of YAML a text only because it is nothing else? */
static bool needs_quotes(struct str word)
{
	double number;

	return !str_starts(word, STR("\"")) && !str_eq(word, STR("true")) &&
	       !str_eq(word, STR("false")) && !str_eq(word, STR("null")) &&
	       str_parse_double(word, &number) < 0;
}

/* A flow value of YAML; in JSON, a lone word or the words of a list are quoted. */
static void put_wanted(struct edit *e, struct str wanted)
{
	bool list = str_starts(wanted, STR("[")) && str_ends(wanted, STR("]"));
	struct str rest = list ? str_sub(wanted, 1, wanted.len - 2) : wanted, word;

	if (e->syntax != &json_syntax || str_starts(wanted, STR("{"))) {
		put(e, wanted);
		return;
	}
	put(e, list ? STR("[") : STR(""));
	for (bool first = true; str_split(&rest, list ? ',' : '\0', &word); first = false) {
		word = str_trim(word);
		put(e, first ? STR("") : STR(", "));
		if (needs_quotes(word))
			put_quoted(e, word);
		else
			put(e, word);
	}
	put(e, list ? STR("]") : STR(""));
}

/* --- Edits --------------------------------------------------------------------------------------- */

/* What is wanted with all that is missing on the way, line by line. */
static void put_wanted_lines(struct edit *e, size_t depth, const struct walk *walk, size_t at,
			     struct str wanted)
{
	for (; at < walk->n; at++, depth++) {
		const struct step *step = &walk->steps[at];
		bool last = at + 1 == walk->n;

		put_line(e, '+', depth);
		if (step->key.ptr)
			put_key(e, step->key);
		put(e, !step->key.ptr ? STR("- ") : last ? STR(": ") : STR(":"));
		if (last)
			put_wanted(e, wanted);
	}
}

/* The same on one line: "\"a\": {\"b\": [value]}" */
static void put_wanted_line(struct edit *e, size_t depth, const struct walk *walk, size_t at,
			    struct str wanted)
{
	put_line(e, '+', depth);
	for (size_t i = at; i < walk->n; i++) {
		bool key = walk->steps[i].key.ptr != NULL;

		if (i > at)
			put(e, key ? STR("{") : STR("["));
		if (key) {
			put_key(e, walk->steps[i].key);
			put(e, STR(": "));
		}
	}
	put_wanted(e, wanted);
	for (size_t i = walk->n; i-- > at + 1;)
		put(e, walk->steps[i].key.ptr ? STR("}") : STR("]"));
}

/* "resources: {}" and the like cannot be added to: it is written anew. */
static bool is_closed(const struct yaml_node *node)
{
	return node->kind == YAML_SCALAR ? node->text.len > 0 : node->n == 0;
}

/* What is in braces or brackets goes on so. */
static void write_as(struct edit *e, const struct yaml_node *collection)
{
	if (e->syntax == &yaml_syntax && collection->flow)
		e->syntax = &flow_syntax;
	else if (e->syntax == &flow_syntax && !collection->flow)
		e->syntax = &yaml_syntax;
}

/* A list in brackets is one line, so that all of it is written anew. */
static void put_flow_list(struct edit *e, const struct walk *walk, size_t at, const char *wanted)
{
	const struct yaml_node *list = walk->nodes[at];
	bool found = walk->n_found == walk->n, first = true;

	put_pair(e, '-', 0, walk->steps[at - 1].key, list);
	put_line(e, '+', 0);
	put_key(e, walk->steps[at - 1].key);
	put(e, STR(": ["));
	for (uint32_t i = 0; i <= list->n && !e->full; i++) {
		bool here = found ? i == walk->steps[at].index : i == list->n;

		if (here ? !wanted : i == list->n)
			continue;
		put(e, first ? STR("") : STR(", "));
		first = false;
		if (here)
			put_wanted(e, str_from(wanted));
		else
			put_flow(e, list->items[i], 0);
	}
	put(e, STR("]"));
}

/* What is there goes; what is wanted is written with all that is missing on the way. */
static void put_change(struct edit *e, const struct walk *walk, const char *wanted)
{
	bool found = walk->n_found == walk->n;
	size_t at = found ? walk->n - 1 : walk->n_found, depth = 0;

	if (!found && at > 0 && is_closed(deepest(walk)))
		at--;
	else if (found && !wanted && at > 0 && !walk->steps[at].key.ptr &&
		 walk->nodes[at]->n == 1 && walk->steps[at - 1].key.ptr)
		at--; /* the list would be empty */
	write_as(e, walk->nodes[at]);
	if (e->syntax == &flow_syntax && at > 0 && at + 1 == walk->n && !walk->steps[at].key.ptr &&
	    walk->steps[at - 1].key.ptr) {
		put_flow_list(e, walk, at, wanted);
		return;
	}
	/* An item of a list reads better below its key. */
	if (at > 0 && !walk->steps[at].key.ptr && walk->steps[at - 1].key.ptr)
		put_list_key(e, depth++, walk->steps[at - 1].key);
	if (at < walk->n_found) {
		if (walk->steps[at].key.ptr)
			put_pair(e, '-', depth, walk->steps[at].key, walk->nodes[at + 1]);
		else
			put_item(e, '-', depth, walk->nodes[at + 1]);
	}
	if (wanted && e->syntax->blocks)
		put_wanted_lines(e, depth, walk, at, str_from(wanted));
	else if (wanted)
		put_wanted_line(e, depth, walk, at, str_from(wanted));
}

/* Units repeat a key for every value: "AddCapability=X". */
static void put_unit_change(struct edit *e, const struct walk *walk, const char *wanted)
{
	const struct step *step = &walk->steps[walk->n - 1];

	if (!step->key.ptr && walk->n > 1)
		step--;
	if (walk->n_found == walk->n && deepest(walk)->kind == YAML_SEQUENCE)
		for (uint32_t i = 0; i < deepest(walk)->n && !e->full; i++)
			put_pair(e, '-', 0, step->key, deepest(walk)->items[i]);
	else if (walk->n_found == walk->n)
		put_pair(e, '-', 0, step->key, deepest(walk));
	if (!wanted)
		return;
	put_line(e, '+', 0);
	put_key(e, step->key);
	put(e, e->syntax->assign);
	put(e, str_from(wanted));
}

static void put_one(struct edit *e, const struct walk *walk, const char *wanted)
{
	if (walk->cut)
		e->full = true;
	else if (e->syntax == &unit_syntax)
		put_unit_change(e, walk, wanted);
	else
		put_change(e, walk, wanted);
}

/* The list that the last step of a walk is an item of, or NULL. */
static const struct yaml_node *list_of(const struct walk *walk)
{
	if (walk->cut || walk->n < 2 || walk->n_found < walk->n ||
	    walk->steps[walk->n - 1].key.ptr || !walk->steps[walk->n - 2].key.ptr)
		return NULL;
	return walk->nodes[walk->n - 1];
}

/* Whose list it is, when that is itself an item: "containers:", "- name: web". The lines' depth. */
static size_t put_owner(struct edit *e, const struct walk *walk)
{
	const struct yaml_node *owner;
	size_t at = walk->n;

	if (at < 4 || walk->steps[at - 3].key.ptr || !walk->steps[at - 4].key.ptr)
		return 0;
	owner = walk->nodes[at - 2];
	for (uint32_t i = 0; i < owner->n; i++) {
		const struct yaml_pair *pair = &owner->pairs[i];

		if (!str_eq_nocase(pair->key->text, STR("name")) ||
		    pair->value->kind != YAML_SCALAR)
			continue;
		put_list_key(e, 0, walk->steps[at - 4].key);
		put_line(e, ' ', 1);
		put(e, e->syntax->blocks ? STR("- ") : STR("{"));
		put_key(e, pair->key->text);
		put(e, STR(": "));
		put_flow(e, pair->value, 0);
		return 2;
	}
	return 0;
}

/* Items that stand in one list, one after the other, go together. Returns how many these are. */
static size_t put_gone(struct edit *e, const struct object *object, const struct str *gone,
		       size_t n_gone)
{
	struct walk walk, next;
	const struct yaml_node *list;
	struct str key;
	size_t n = 1, depth;

	walk_begin(&walk, gone[0], object->root);
	list = list_of(&walk);
	if (!list) {
		e->full |= walk.n == 0 || walk.n_found < walk.n;
		if (!e->full)
			put_one(e, &walk, NULL);
		return 1;
	}
	if (e->syntax == &unit_syntax) {
		put_unit_change(e, &walk, NULL);
		return 1;
	}
	for (; n < n_gone; n++) {
		walk_begin(&next, gone[n], object->root);
		if (list_of(&next) != list)
			break;
	}
	key = walk.steps[walk.n - 2].key;
	write_as(e, walk.nodes[walk.n - 2]);
	depth = put_owner(e, &walk);
	if (n == list->n) {
		put_pair(e, '-', depth, key, list);
		return n;
	}
	write_as(e, list);
	put_list_key(e, depth, key);
	for (size_t i = 0; i < n && !e->full; i++) {
		if (i)
			walk_begin(&walk, gone[i], object->root);
		put_item(e, '-', depth + 1, deepest(&walk));
	}
	return n;
}

static struct str edit_text(const struct fault *fault, const struct walk *walk,
			    const struct object *object, struct arena *arena)
{
	struct edit e;

	if (!fault->n_gone &&
	    (walk->n == 0 || (!fault->wanted && !(fault->remove && walk->n_found == walk->n))))
		return STR("");
	e.syntax = syntax_of(object);
	e.len = 0;
	e.full = false;
	if (fault->n_gone)
		for (size_t i = 0; i < fault->n_gone && !e.full;)
			i += put_gone(&e, object, &fault->gone[i], fault->n_gone - i);
	else
		put_one(&e, walk, fault->wanted);
	return e.full ? STR("") : arena_str(arena, (struct str){e.text, e.len});
}

int fault_take_out_volume(const struct check_run *run, const struct volume *volume,
			  struct fault *fault)
{
	const struct object_input *in = run->input;
	const struct workload *w = in->object->workload;
	struct str *gone;
	size_t n_looked = 0, n = 1;

	for (size_t i = 0; i < w->n_containers; i++) {
		n_looked += w->containers[i].n_mounts;
		/* Half an edit would be worse than none. */
		if (n_looked > MOUNTS_LOOKED_AT)
			return 0;
		for (size_t k = 0; k < w->containers[i].n_mounts; k++)
			n += w->containers[i].mounts[k].volume == volume;
	}
	gone = arena_calloc(run->sink->arena, n, sizeof(*gone));
	if (!gone)
		return -ENOMEM;
	fault->gone = gone;
	fault->n_gone = n;
	*gone++ = volume->place.field;
	for (size_t i = 0; i < w->n_containers; i++)
		for (size_t k = 0; k < w->containers[i].n_mounts; k++)
			if (w->containers[i].mounts[k].volume == volume)
				*gone++ = w->containers[i].mounts[k].place.field;
	return 0;
}

/* --- Findings ------------------------------------------------------------------------------------ */

static struct str field_text(struct str base, struct str below, struct arena *arena)
{
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

/* Where the field leads to. A place that is itself at fault is followed from the root: that tells its list. */
static void find_field(const struct fault *fault, struct str field, const struct object *object,
		       struct walk *walk)
{
	bool itself = !field.len && (fault->remove || fault->wanted);

	walk_begin(walk, itself ? fault->place.field : field,
		   itself || !fault->place.node ? object->root : fault->place.node);
}

static int emit_fault_v(const struct check_run *run, enum outcome outcome,
			const struct fault *fault, const char *fmt, va_list args)
{
	const struct object_input *in = run->input;
	struct finding f = check_finding(run, outcome);
	struct arena *arena = run->sink->arena;
	struct str field = str_from(fault->field);
	const struct yaml_node *node;
	struct walk walk;

	/* A row that should not be here: its input is something else. */
	if (run->check->subject != SUBJECT_OBJECT)
		return check_emitf(run, OUTCOME_UNKNOWN, "%s", run->check->title);
	find_field(fault, field, in->object, &walk);
	node = field.len || !fault->place.node ? deepest(&walk) : fault->place.node;
	if (fault->severity != SEVERITY_NONE && fault->severity != SEVERITY_UNKNOWN)
		f.severity = f.severity_before = fault->severity;
	f.where.path = in->object->path;
	if (node) {
		f.where.line = node->line;
		f.where.column = node->column;
	}
	f.where.field = field_text(fault->place.field, field, arena);
	f.seen = fault->seen;
	f.wanted = str_from(fault->wanted);
	f.edit = edit_text(fault, &walk, in->object, arena);
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
