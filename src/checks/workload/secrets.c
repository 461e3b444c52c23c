/* Secrets that are written into a manifest. What was found is never told, only where it is. */
#include "base/compat.h"

#include "checks/secret_words.h"
#include "checks/workload/workload.h"

static int judge_env(const struct check_run *run, const struct container *c)
{
	enum origin origin = run_object(run)->origin;
	int worst = VERDICT_NONE;

	for (size_t i = 0; i < c->n_env; i++) {
		const struct env_var *v = &c->env[i];
		/* The value is not to be seen: neither quoted nor in an edit. */
		struct fault fault = {.place = v->place, .severity = SEVERITY_UNKNOWN};
		const char *shape, *what = v->build ? "build argument" : "variable";
		int r;

		if (!v->value.set)
			continue;
		worst = MAX(worst, (int)VERDICT_GOOD);
		shape = secret_shape_in(v->value.text, origin);
		if (origin == ORIGIN_KUBERNETES || origin == ORIGIN_ECS)
			fault.field = "value";
		if (shape)
			r = emit_fault(run, &fault,
				       "%s %.*s of container '%.*s' holds %s in plain text", what,
				       STR_FMT(v->name), STR_FMT(c->name), shape);
		else if (secret_by_name_in(v->name, v->value.text, origin))
			r = emit_fault(run, &fault,
				       "%s %.*s of container '%.*s' is written in plain text", what,
				       STR_FMT(v->name), STR_FMT(c->name));
		else
			continue;
		if (r < 0)
			return r;
		worst = VERDICT_FAULT;
	}
	return worst;
}

int run_secret_in_env(struct check_run *run)
{
	return each_container(run, judge_env);
}

/* Words of a command, be it a list of them or one text for a shell. */
struct command_words {
	struct str program; /* the last that has options of its own; empty: none so far */
	struct str option;  /* waits for its value */
};

static struct str without_quotes(struct str s)
{
	if (s.len >= 2 && (s.ptr[0] == '"' || s.ptr[0] == '\'') && s.ptr[s.len - 1] == s.ptr[0])
		return str_sub(s, 1, s.len - 2);
	return s;
}

/* The next word of a shell's text; *ret_ends: a new command begins behind it. */
static bool next_word(struct str *rest, struct str *ret, bool *ret_ends)
{
	size_t begin = 0, i;
	char quote = '\0';

	while (begin < rest->len && memchr(" \t\\", rest->ptr[begin], 3))
		begin++;
	if (begin == rest->len)
		return false;
	for (i = begin; i < rest->len; i++) {
		char c = rest->ptr[i];

		if (quote)
			quote = c == quote ? '\0' : quote;
		else if (c == '"' || c == '\'')
			quote = c;
		else if (memchr(" \t\n;|&()`", c, 9))
			break;
	}
	*ret_ends = i < rest->len && rest->ptr[i] != ' ' && rest->ptr[i] != '\t';
	*ret = str_sub(*rest, begin, i - begin);
	*rest = str_from_offset(*rest, MIN(i + 1, rest->len));
	return true;
}

/* Options with a password, of programs that many images run. */
static const struct {
	struct str program, option;
	bool joined; /* "-pSECRET" */
	bool pair;   /* "USER:SECRET" */
} short_options[] = {
	{STR("mysql"), STR("-p"), .joined = true},
	{STR("mysqldump"), STR("-p"), .joined = true},
	{STR("mysqladmin"), STR("-p"), .joined = true},
	{STR("mariadb"), STR("-p"), .joined = true},
	{STR("mariadb-dump"), STR("-p"), .joined = true},
	{STR("mariadb-admin"), STR("-p"), .joined = true},
	{STR("curl"), STR("-u"), .pair = true},
	{STR("curl"), STR("--user"), .pair = true},
	{STR("redis-cli"), STR("-a")},
	{STR("sshpass"), STR("-p")},
};

/* The password of "user:password". */
static bool has_password(struct str s)
{
	ssize_t colon = str_find_char(s, ':');

	return colon >= 0 && secret_by_name(STR("PASSWORD"), str_from_offset(s, (size_t)colon + 1));
}

static bool is_known_program(struct str word)
{
	for (size_t i = 0; i < ARRAY_LEN(short_options); i++)
		if (str_eq(word, short_options[i].program))
			return true;
	return false;
}

static bool is_password(struct str value)
{
	return secret_by_name(STR("PASSWORD"), without_quotes(value));
}

/* What an option of a program, with its value, gives away. */
static bool short_option_is_secret(struct str program, struct str option, struct str value)
{
	for (size_t i = 0; i < ARRAY_LEN(short_options); i++) {
		if (!str_eq(program, short_options[i].program) ||
		    !str_eq(option, short_options[i].option))
			continue;
		value = without_quotes(value);
		if (short_options[i].pair)
			return has_password(value);
		if (!short_options[i].joined)
			return is_password(value);
	}
	return false;
}

static bool joined_option_is_secret(struct str program, struct str word)
{
	for (size_t i = 0; i < ARRAY_LEN(short_options); i++)
		if (short_options[i].joined && str_eq(program, short_options[i].program) &&
		    str_starts(word, short_options[i].option))
			return is_password(str_from_offset(word, 2));
	return false;
}

/* "--password=x" and "NAME=x"; "--password" with the next word. */
static bool word_is_secret(struct command_words *words, struct str word)
{
	struct str option = words->option, name, value;
	ssize_t slash = str_rfind_char(word, '/'), eq = str_find_char(word, '=');

	words->option = STR_NULL;
	if (option.len && !str_starts(word, STR("-"))) {
		name = option;
		while (name.len && name.ptr[0] == '-')
			name = str_from_offset(name, 1);
		if (short_option_is_secret(words->program, option, word) ||
		    (str_starts(option, STR("--")) && secret_by_name(name, without_quotes(word))))
			return true;
	}
	if (str_starts(word, STR("-")) && eq < 0) {
		words->option = word;
		return joined_option_is_secret(words->program, word);
	}
	if (eq > 0) {
		name = str_sub(word, 0, (size_t)eq);
		while (name.len && name.ptr[0] == '-')
			name = str_from_offset(name, 1);
		value = without_quotes(str_from_offset(word, (size_t)eq + 1));
		return secret_by_name(name, value);
	}
	/* Behind "exec", "sudo" or "timeout 5", too. */
	word = str_from_offset(word, slash < 0 ? 0 : (size_t)slash + 1);
	if (is_known_program(word))
		words->program = word;
	return false;
}

/* One argument: a word, or a text of several for a shell. */
static bool argument_is_secret(struct command_words *words, struct str argument)
{
	struct str rest = argument, word;
	bool ends = false;

	if (str_find_char(argument, ' ') < 0)
		return word_is_secret(words, argument);
	*words = (struct command_words){.program = STR("")};
	while (next_word(&rest, &word, &ends)) {
		if (word.len && word_is_secret(words, word))
			return true;
		if (ends)
			*words = (struct command_words){.program = STR("")};
	}
	*words = (struct command_words){.program = STR("")};
	return false;
}

static int judge_arguments(const struct check_run *run, const struct container *c,
			   const struct text_list *list, bool args, struct command_words *words)
{
	struct fault fault = setting_fault(run, c, SETTING_COMMAND);
	int worst = list->n ? VERDICT_GOOD : VERDICT_NONE;

	if (args && is_kubernetes(run_object(run)))
		fault.field = "args";
	fault.wanted = NULL;
	for (size_t i = 0; i < list->n; i++) {
		const char *shape = secret_shape(list->items[i]);
		int r;

		if (!shape && !argument_is_secret(words, list->items[i]))
			continue;
		r = emit_fault(run, &fault,
			       "argument %zu of container '%.*s' holds %s in plain text", i + 1,
			       STR_FMT(c->name), shape ? shape : "a secret");
		if (r < 0)
			return r;
		worst = VERDICT_FAULT;
	}
	return worst;
}

static int judge_command(const struct check_run *run, const struct container *c)
{
	struct command_words words = {.program = STR("")};
	int r = judge_arguments(run, c, &c->command, false, &words);
	int q = r < 0 ? r : judge_arguments(run, c, &c->args, true, &words);

	return r < 0 || q < 0 ? MIN(r, q) : MAX(r, q);
}

int run_secret_in_command(struct check_run *run)
{
	return each_container(run, judge_command);
}

static int judge_secret_as_env(const struct check_run *run, const struct container *c)
{
	int worst = VERDICT_GOOD;

	for (size_t i = 0; i < c->n_env; i++) {
		const struct env_var *v = &c->env[i];
		const struct fault fault = {.place = v->place,
					    .field = is_kubernetes(run_object(run)) ? "valueFrom"
										    : NULL,
					    .seen = v->reference,
					    .severity = SEVERITY_UNKNOWN};
		int r;

		if (!v->from_secret)
			continue;
		r = emit_fault(run, &fault,
			       "container '%.*s' gets the secret '%.*s' as variable %.*s",
			       STR_FMT(c->name), STR_FMT(v->reference), STR_FMT(v->name));
		if (r < 0)
			return r;
		worst = VERDICT_FAULT;
	}
	for (size_t i = 0; i < c->env_from_secrets.n; i++) {
		const struct fault fault = {.place = c->place,
					    .field = is_kubernetes(run_object(run)) ? "envFrom"
										    : NULL,
					    .seen = c->env_from_secrets.items[i],
					    .severity = SEVERITY_UNKNOWN};
		int r = emit_fault(run, &fault,
				   "container '%.*s' gets all of secret '%.*s' as variables",
				   STR_FMT(c->name), STR_FMT(fault.seen));

		if (r < 0)
			return r;
		worst = VERDICT_FAULT;
	}
	return worst;
}

int run_secret_as_env(struct check_run *run)
{
	/* ECS has no other way. */
	if (run_object(run)->origin == ORIGIN_ECS)
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	return each_container(run, judge_secret_as_env);
}
