/* Options: see options.h. */
#include "base/compat.h"

#include "base/buf.h"
#include "cmd/options.h"
#include "core/policy.h"
#include "report/report.h"

static const char *format_word(size_t i)
{
	return i < n_reporters ? reporters[i]->name : NULL;
}

static const char *gate_word(size_t i)
{
	static const enum severity gates[] = {SEVERITY_NEGLIGIBLE, SEVERITY_LOW,
					      SEVERITY_MEDIUM,	   SEVERITY_HIGH,
					      SEVERITY_CRITICAL,   GATE_NEVER};

	return i < ARRAY_LEN(gates) ? gate_name(gates[i]) : NULL;
}

static const char *const color_words[] = {
	[COLOR_AUTO] = "auto", [COLOR_ALWAYS] = "always", [COLOR_NEVER] = "never", NULL};

#define GLOBAL(field) .offset = offsetof(struct globals, field)

/* clang-format off */
const struct option global_options[] = {
	{.name = "format", .type = OPTION_STRING, .arg = "FORMAT", GLOBAL(format), .values = format_word,
	 .help = "how the result is written"},
	{.name = "output", .letter = 'o', .type = OPTION_STRING, .arg = "FILE", GLOBAL(output),
	 .help = "write the result to FILE, whole or not at all; then only warnings and errors "
		 "go to the terminal"},
	{.name = "fail-on", .type = OPTION_STRING, .arg = "SEVERITY", GLOBAL(fail_on), .values = gate_word,
	 .help = "exit 1 for findings of this severity or worse, whatever the policy's gate says"},
	{.name = "policy", .type = OPTION_STRING, .arg = "FILE", GLOBAL(policy),
	 .help = "waivers, re-grades and gate",
	 .otherwise = "cscplate-policy.yaml where it exists"},
	{.name = "config", .type = OPTION_STRING, .arg = "FILE", GLOBAL(config),
	 .help = "options, as in cscplate.yaml",
	 .otherwise = "cscplate.yaml here or in the user's configuration"},
	{.name = "offline", .type = OPTION_FLAG, GLOBAL(offline), .help = "never use the network"},
	{.name = "quiet", .letter = 'q', .type = OPTION_FLAG, GLOBAL(quiet),
	 .help = "show only what fails the gate, and no warnings"},
	{.name = "verbose", .letter = 'v', .type = OPTION_FLAG, GLOBAL(verbose),
	 .help = "show also what passed or was waived, and what is being done"},
	{.name = "progress", .type = OPTION_FLAG, GLOBAL(progress),
	 .help = "show progress on a terminal"},
	{.name = "color", .type = OPTION_CHOICE, .arg = "WHEN", GLOBAL(color), .choices = color_words,
	 .help = "colour the table; auto heeds NO_COLOR and TERM"},
	OPTION_END,
};
/* clang-format on */

static size_t count_options(const struct option *options)
{
	size_t n = 0;

	while (options && options[n].name)
		n++;
	return n;
}

int invocation_init(struct invocation *inv, const struct command *command, struct arena *arena)
{
	size_t n = count_options(global_options) + (command ? count_options(command->options) : 0);

	*inv = (struct invocation){
		.command = command,
		.globals = {.format = "table", .progress = true, .arena = arena},
		.sources = calloc(n, 1),
		.context = calloc(1, command && command->context_size ? command->context_size : 1),
	};
	if (!inv->sources || !inv->context) {
		invocation_release(inv);
		return -ENOMEM;
	}
	if (command && command->defaults)
		command->defaults(inv->context);
	return 0;
}

void invocation_release(struct invocation *inv)
{
	const struct option *options = inv->command ? inv->command->options : NULL;

	for (size_t i = 0; inv->context && i < count_options(options); i++) {
		if (options[i].type == OPTION_LIST)
			vec_release(
				(struct option_list *)((char *)inv->context + options[i].offset));
	}
	free(TAKE_PTR(inv->context));
	free(TAKE_PTR(inv->sources));
	vec_release(&inv->args);
	vec_release(&inv->assignments);
}

static struct option_slot slot_of(const struct invocation *inv, bool global, size_t i)
{
	const struct option *option = global ? &global_options[i] : &inv->command->options[i];
	size_t n_own = inv->command ? count_options(inv->command->options) : 0;
	const char *base = global ? (const char *)&inv->globals : inv->context;

	return (struct option_slot){
		.option = option,
		.value = (char *)base + option->offset,
		.source = &inv->sources[global ? n_own + i : i],
	};
}

struct option_slot invocation_find(const struct invocation *inv, struct str name)
{
	size_t n_own = inv->command ? count_options(inv->command->options) : 0;

	for (size_t i = 0; i < n_own; i++)
		if (str_eq(name, str_from(inv->command->options[i].name)))
			return slot_of(inv, false, i);
	for (size_t i = 0; global_options[i].name; i++)
		if (str_eq(name, str_from(global_options[i].name)))
			return slot_of(inv, true, i);
	return (struct option_slot){0};
}

bool invocation_next(const struct invocation *inv, size_t *i, struct option_slot *ret)
{
	size_t n_own = inv->command ? count_options(inv->command->options) : 0;

	for (; *i < n_own || global_options[*i - n_own].name; ++*i) {
		bool global = *i >= n_own;
		struct option_slot slot = slot_of(inv, global, global ? *i - n_own : *i);

		if (invocation_find(inv, str_from(slot.option->name)).option == slot.option) {
			++*i;
			*ret = slot;
			return true;
		}
	}
	return false;
}

static struct option_slot find_letter(const struct invocation *inv, char letter)
{
	struct option_slot slot;

	for (size_t i = 0; invocation_next(inv, &i, &slot);)
		if (slot.option->letter == letter)
			return slot;
	return (struct option_slot){0};
}

const char *nearest_word(struct str word, const char *(*candidate)(const void *ctx, size_t i),
			 const void *ctx)
{
	const char *best = NULL;
	size_t least = SIZE_MAX;

	for (size_t i = 0;; i++) {
		const char *text = candidate(ctx, i);
		struct str s = str_from(text);
		size_t distance;

		if (!text)
			break;
		/* What was begun and not finished is nearer than any slip of the fingers. */
		distance = word.len >= 2 && str_starts(s, word) ? 0 : str_distance(word, s);
		if (distance < least) {
			least = distance;
			best = text;
		}
	}
	return least <= MAX(word.len / 3, (size_t)1) ? best : NULL;
}

const char *option_word(const struct option *option, size_t i)
{
	if (option->type == OPTION_CHOICE)
		return option->choices[i];
	return option->values ? option->values(i) : NULL;
}

static const char *option_word_ctx(const void *option, size_t i)
{
	return option_word(option, i);
}

/* Says that text is none of the words of candidate, and which was meant or which there are. */
static int not_a_word(const char *(*candidate)(const void *ctx, size_t i), const void *ctx,
		      const char *text, struct err *err)
{
	_cleanup_buf_ struct buf words = BUF_INIT(512);
	const char *word, *near = nearest_word(str_from(text), candidate, ctx);

	if (near)
		return err_set(err, ERR_USAGE, "did you mean '%s'?", near);
	for (size_t i = 0; (word = candidate(ctx, i)); i++)
		buf_addf(&words, "%s%s", i ? ", " : "", word);
	return err_set(err, ERR_USAGE, "not one of %s", words.data ? words.data : "");
}

/* The index of text among the option's words, or a negative code. */
static int find_word(const struct option *option, const char *text, struct err *err)
{
	const char *word;

	for (int i = 0; (word = option_word(option, (size_t)i)); i++)
		if (strcmp(word, text) == 0)
			return i;
	return not_a_word(option_word_ctx, option, text, err);
}

struct unit {
	const char *name;
	uint64_t factor;
};

/* A whole number and one of the units behind it. */
static int parse_with_unit(const char *text, const struct unit *units, size_t n_units,
			   uint64_t *ret)
{
	struct str s = str_from(text);
	size_t digits = strspn(text, "0123456789");
	uint64_t number;
	int r = str_parse_u64(str_sub(s, 0, digits), &number);

	if (r < 0)
		return r;
	for (size_t i = 0; i < n_units; i++) {
		if (!str_eq(str_from_offset(s, digits), str_from(units[i].name)))
			continue;
		return __builtin_mul_overflow(number, units[i].factor, ret) ? -ERANGE : 0;
	}
	return -EINVAL;
}

static int number_error(int r, const char *wanted, struct err *err)
{
	return err_set(err, ERR_USAGE, "%s", r == -ERANGE ? "too large a number" : wanted);
}

static int set_size(uint64_t *to, const char *text, struct err *err)
{
	static const struct unit units[] = {
		{"", 1}, {"K", 1 << 10}, {"M", 1 << 20}, {"G", 1 << 30}, {"T", UINT64_C(1) << 40},
	};
	int r = parse_with_unit(text, units, ARRAY_LEN(units), to);

	return r < 0 ? number_error(r, "bytes wanted, such as 4096, 512M or 2G", err) : 0;
}

static int set_duration(uint64_t *to, const char *text, struct err *err)
{
	static const struct unit units[] = {
		{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}, {"w", 7 * 86400},
	};
	int r;

	if (strcmp(text, "0") == 0) {
		*to = 0;
		return 0;
	}
	r = parse_with_unit(text, units, ARRAY_LEN(units), to);
	return r < 0 ? number_error(r, "a time wanted, such as 45s, 30m, 12h or 7d", err) : 0;
}

static int set_flag(bool *to, const char *text, bool negated, struct err *err)
{
	static const char *const yes[] = {"true", "yes", "on", "1"}, *const no[] = {"false", "no",
										    "off", "0"};

	if (!text) {
		*to = !negated;
		return 0;
	}
	for (size_t i = 0; i < ARRAY_LEN(yes); i++) {
		if (strcmp(text, yes[i]) == 0 || strcmp(text, no[i]) == 0) {
			*to = strcmp(text, yes[i]) == 0;
			return 0;
		}
	}
	return err_set(err, ERR_USAGE, "true or false wanted");
}

static int add_item(struct option_list *list, const char *text, struct err *err)
{
	const char **item = vec_add(list);

	if (!item)
		return err_oom(err);
	*item = text;
	return 0;
}

int option_set(struct invocation *inv, struct option_slot slot, enum option_source source,
	       const char *text, bool negated, struct err *err)
{
	bool first = *slot.source != source;
	int r;

	*slot.source = (unsigned char)source;
	switch (slot.option->type) {
	case OPTION_FLAG:
		return set_flag(slot.value, text, negated, err);
	case OPTION_STRING:
		r = slot.option->values ? find_word(slot.option, text, err) : 0;
		if (r >= 0)
			*(const char **)slot.value = text;
		return MIN(r, 0);
	case OPTION_LIST:
		if (first)
			((struct option_list *)slot.value)->len = 0;
		return add_item(slot.value, text, err);
	case OPTION_UINT:
		r = str_parse_u64(str_from(text), slot.value);
		return r < 0 ? number_error(r, "a whole number wanted", err) : 0;
	case OPTION_SIZE:
		return set_size(slot.value, text, err);
	case OPTION_DURATION:
		return set_duration(slot.value, text, err);
	case OPTION_CHOICE:
		r = find_word(slot.option, text, err);
		if (r >= 0)
			*(int *)slot.value = r;
		return MIN(r, 0);
	}
	return err_set(err, EINVAL, "option '%s' has no type", slot.option->name);
}

void option_environment_name(const struct option *option, char *to, size_t size)
{
	int prefix = snprintf(to, size, "CSCPLATE_%s", option->name);

	for (int i = 0; i < prefix && (size_t)i < size - 1; i++) {
		if (to[i] == '-')
			to[i] = '_';
		else if (to[i] >= 'a' && to[i] <= 'z')
			to[i] = (char)(to[i] - 'a' + 'A');
	}
}

/* Sets a list from "a,b,c". */
static int set_items(struct invocation *inv, struct option_slot slot, enum option_source source,
		     const char *text, struct err *err)
{
	struct str rest = str_from(text), part;

	while (str_split(&rest, ',', &part)) {
		struct str item = arena_str(inv->globals.arena, part);
		int r;

		if (!item.ptr)
			return err_oom(err);
		r = item.len ? option_set(inv, slot, source, item.ptr, false, err) : 0;
		if (r < 0)
			return r;
	}
	return 0;
}

static int read_variable(struct invocation *inv, struct option_slot slot, struct err *err)
{
	char name[80];
	const char *text;
	int r;

	option_environment_name(slot.option, name, sizeof(name));
	text = getenv(name);
	if (!text || !*text)
		return 0;
	if (slot.option->type == OPTION_LIST)
		r = set_items(inv, slot, SOURCE_ENVIRONMENT, text, err);
	else
		r = option_set(inv, slot, SOURCE_ENVIRONMENT, text, false, err);
	return r < 0 ? err_wrap(err, r, "cannot use %s '%s' from the environment", name, text) : 0;
}

static int read_environment(struct invocation *inv, struct err *err)
{
	struct option_slot slot;

	for (size_t i = 0; invocation_next(inv, &i, &slot);) {
		int r = read_variable(inv, slot, err);

		if (r < 0)
			return r;
	}
	return 0;
}

/* Every option by name, for suggestions. */
static const char *option_name_ctx(const void *inv, size_t i)
{
	struct option_slot slot;

	for (size_t k = 0; invocation_next(inv, &k, &slot);)
		if (i-- == 0)
			return slot.option->name;
	return i == 0 ? "help" : NULL;
}

static int unknown_option(const struct invocation *inv, struct str name, struct err *err)
{
	const char *near = nearest_word(name, option_name_ctx, inv);

	if (near)
		return err_set(err, ERR_USAGE, "unknown option '--%.*s': did you mean '--%s'?",
			       STR_FMT(name), near);
	if (inv->command)
		return err_set(err, ERR_USAGE, "unknown option '--%.*s': see 'cscplate help %s'",
			       STR_FMT(name), inv->command->name);
	return err_set(err, ERR_USAGE, "unknown option '--%.*s': see 'cscplate help'",
		       STR_FMT(name));
}

struct arguments {
	const char *const *items;
	size_t len, at; /* at: the next one */
};

static int assign(struct invocation *inv, struct option_slot slot, const char *text, bool negated,
		  struct err *err)
{
	struct assignment *assignment = vec_add(&inv->assignments);

	if (!assignment)
		return err_oom(err);
	*assignment = (struct assignment){slot, text, negated};
	return 0;
}

/* The value of an option: what stands behind it, else the next argument. */
static int take_value(struct arguments *args, struct option_slot slot, const char **value,
		      struct err *err)
{
	if (*value)
		return 0;
	if (args->at == args->len)
		return err_set(err, ERR_USAGE, "option '--%s' needs a value: %s", slot.option->name,
			       slot.option->arg);
	*value = args->items[args->at++];
	return 0;
}

static int read_long(struct invocation *inv, struct arguments *args, const char *arg,
		     struct err *err)
{
	const char *equals = strchr(arg, '=');
	struct str name = equals ? str_from_range(arg, equals) : str_from(arg);
	const char *value = equals ? equals + 1 : NULL;
	struct option_slot slot;
	bool negated = false;
	int r;

	if (str_eq(name, STR("help")) || str_eq(name, STR("version"))) {
		inv->help |= name.ptr[0] == 'h';
		inv->version |= name.ptr[0] == 'v';
		return 0;
	}
	slot = invocation_find(inv, name);
	if (!slot.option && str_starts(name, STR("no-"))) {
		slot = invocation_find(inv, str_from_offset(name, 3));
		negated = true;
		if (slot.option && slot.option->type != OPTION_FLAG)
			slot.option = NULL;
	}
	if (!slot.option)
		return unknown_option(inv, name, err);
	if (slot.option->type == OPTION_FLAG) {
		if (value)
			return err_set(err, ERR_USAGE, "option '--%.*s' takes no value",
				       STR_FMT(name));
		return assign(inv, slot, NULL, negated, err);
	}
	r = take_value(args, slot, &value, err);
	return r < 0 ? r : assign(inv, slot, value, false, err);
}

static int read_letters(struct invocation *inv, struct arguments *args, const char *letters,
			struct err *err)
{
	for (const char *p = letters; *p; p++) {
		struct option_slot slot = find_letter(inv, *p);
		const char *value;
		int r;

		if (*p == 'h') {
			inv->help = true;
			continue;
		}
		if (!slot.option)
			return err_set(
				err, ERR_USAGE, "unknown option '-%c': see 'cscplate help%s%s'", *p,
				inv->command ? " " : "", inv->command ? inv->command->name : "");
		if (slot.option->type == OPTION_FLAG) {
			r = assign(inv, slot, NULL, false, err);
			if (r < 0)
				return r;
			continue;
		}
		value = p[1] ? p + 1 : NULL;
		r = take_value(args, slot, &value, err);
		return r < 0 ? r : assign(inv, slot, value, false, err);
	}
	return 0;
}

static const struct command *find_command(struct command_table table, struct str name)
{
	for (size_t i = 0; i < table.len; i++)
		if (str_eq(name, str_from(table.items[i]->name)))
			return table.items[i];
	return NULL;
}

static const char *command_name_ctx(const void *ctx, size_t i)
{
	const struct command_table *table = ctx;

	return i < table->len ? table->items[i]->name : NULL;
}

static bool is_group(struct command_table table, const char *word)
{
	size_t len = strlen(word);

	for (size_t i = 0; i < table.len; i++)
		if (strncmp(table.items[i]->name, word, len) == 0 &&
		    table.items[i]->name[len] == ' ')
			return true;
	return false;
}

static int unknown_command(struct command_table table, const char *name, const char *group,
			   struct err *err)
{
	const char *near = nearest_word(str_from(name), command_name_ctx, &table);

	if (near)
		return err_set(err, ERR_USAGE, "unknown command '%s': did you mean '%s'?", name,
			       near);
	return err_set(err, ERR_USAGE, "unknown command '%s': see 'cscplate help%s%s'", name,
		       group ? " " : "", group ? group : "");
}

/* Starts anew for the command; options before it were global ones, whose places move. */
static int begin_command(struct invocation *inv, const struct command *command, struct err *err)
{
	_cleanup_invocation_ struct invocation earlier = *inv;
	int r = invocation_init(inv, command, earlier.globals.arena);

	if (r < 0)
		return err_oom(err);
	inv->help = earlier.help;
	inv->version = earlier.version;
	for (size_t i = 0; r == 0 && i < earlier.assignments.len; i++) {
		const struct assignment *a = &earlier.assignments.items[i];
		struct str name = str_from(a->slot.option->name);

		r = assign(inv, invocation_find(inv, name), a->text, a->negated, err);
	}
	return r;
}

/* Settles the command by one word, or by two when the first is a group's. */
static int read_command(struct invocation *inv, struct command_table table, struct arguments *args,
			const char *word, struct err *err)
{
	const char *next = args->at < args->len ? args->items[args->at] : NULL;
	const struct command *command = find_command(table, str_from(word));

	if (!command && is_group(table, word)) {
		struct str name;

		if (!next || next[0] == '-') {
			inv->group = word;
			return 0;
		}
		name = arena_printf(inv->globals.arena, "%s %s", word, next);
		if (!name.ptr)
			return err_oom(err);
		command = find_command(table, name);
		if (!command)
			return unknown_command(table, name.ptr, word, err);
		args->at++;
	}
	if (!command)
		return unknown_command(table, word, NULL, err);
	return begin_command(inv, command, err);
}

static const char *first_arg_ctx(const void *command, size_t i)
{
	return ((const struct command *)command)->first_arg(i);
}

/* The first argument, where a command takes only some words there. */
static int check_first_arg(const struct invocation *inv, struct err *err)
{
	const struct command *command = inv->command;
	const char *word;
	int r;

	if (!command->first_arg || inv->args.len == 0)
		return 0;
	for (size_t i = 0; (word = command->first_arg(i)); i++)
		if (strcmp(word, inv->args.items[0]) == 0)
			return 0;
	r = not_a_word(first_arg_ctx, command, inv->args.items[0], err);
	return err_wrap(err, r, "'%s' does not take '%s'", command->name, inv->args.items[0]);
}

static int check_args(const struct invocation *inv, struct err *err)
{
	const struct command *command = inv->command;

	if (inv->args.len < command->min_args)
		return err_set(err, ERR_USAGE, "'%s' needs %s: see 'cscplate help %s'",
			       command->name, command->args ? command->args : "arguments",
			       command->name);
	if (inv->args.len > command->max_args)
		return err_set(err, ERR_USAGE, "'%s' does not take '%s': see 'cscplate help %s'",
			       command->name, inv->args.items[command->max_args], command->name);
	return check_first_arg(inv, err);
}

int invocation_read_args(struct invocation *inv, struct command_table table, size_t n_args,
			 const char *const *items, struct arena *arena, struct err *err)
{
	struct arguments args = {.items = items, .len = n_args};
	bool only_args = false;
	int r = invocation_init(inv, NULL, arena);

	if (r < 0)
		return err_oom(err);
	while (r == 0 && args.at < args.len) {
		const char *arg = args.items[args.at++];

		if (!only_args && strcmp(arg, "--") == 0) {
			only_args = true;
		} else if (!only_args && strncmp(arg, "--", 2) == 0) {
			r = read_long(inv, &args, arg + 2, err);
		} else if (!only_args && arg[0] == '-' && arg[1]) {
			r = read_letters(inv, &args, arg + 1, err);
		} else if (!inv->command && !inv->group) {
			r = read_command(inv, table, &args, arg, err);
		} else {
			const char **positional = vec_add(&inv->args);

			if (!positional)
				return err_oom(err);
			*positional = arg;
		}
	}
	if (r == 0 && inv->command && !inv->help && !inv->version)
		r = check_args(inv, err);
	return r;
}

static int apply_assignments(struct invocation *inv, struct err *err)
{
	for (size_t i = 0; i < inv->assignments.len; i++) {
		const struct assignment *a = &inv->assignments.items[i];
		int r = option_set(inv, a->slot, SOURCE_ARGUMENT, a->text, a->negated, err);

		if (r < 0)
			return err_wrap(err, r, "cannot use '--%s %s'", a->slot.option->name,
					a->text);
	}
	return 0;
}

/* The file that --config or its variable names; both are needed before the others are read. */
static const char *named_config(const struct invocation *inv)
{
	const char *path = getenv("CSCPLATE_CONFIG");

	for (size_t i = 0; i < inv->assignments.len; i++)
		if (strcmp(inv->assignments.items[i].slot.option->name, "config") == 0)
			path = inv->assignments.items[i].text;
	return path && *path ? path : NULL;
}

int invocation_complete(struct invocation *inv, struct command_table table, struct err *err)
{
	int r = 0;

	if (inv->command && !inv->command->plain && !inv->version) {
		r = config_read(inv, table, named_config(inv), err);
		if (r == 0)
			r = read_environment(inv, err);
	}
	return r < 0 ? r : apply_assignments(inv, err);
}
