/* Options: arguments, environment, cscplate.yaml, and which of them decides. */
#include "base/compat.h"

#include <setjmp.h>

#include <cmocka.h>

#include "cmd/options.h"
#include "cmd/output.h"
#include "cmd/policy_load.h"

struct context {
	const char *db, *kind;
	struct option_list from;
	uint64_t jobs, size, age;
	bool unfixed, cache;
	int order;
};

#define AT(member) .offset = offsetof(struct context, member)

static const char *kind_word(size_t i)
{
	static const char *const words[] = {"apple", "pear", NULL};

	return words[i];
}

static const char *const orders[] = {"up", "down", NULL};

static const struct option options[] = {
	{.name = "db", .type = OPTION_STRING, .arg = "FILE", AT(db)},
	{.name = "kind", .type = OPTION_STRING, .arg = "KIND", AT(kind), .values = kind_word},
	{.name = "from", .letter = 'f', .type = OPTION_LIST, .arg = "DIR", AT(from)},
	{.name = "jobs", .letter = 'j', .type = OPTION_UINT, .arg = "N", AT(jobs)},
	{.name = "max-size", .type = OPTION_SIZE, .arg = "SIZE", AT(size)},
	{.name = "max-age", .type = OPTION_DURATION, .arg = "TIME", AT(age)},
	{.name = "fail-on-unfixed", .letter = 'u', .type = OPTION_FLAG, AT(unfixed)},
	{.name = "cache", .type = OPTION_FLAG, AT(cache)},
	{.name = "order", .type = OPTION_CHOICE, .arg = "ORDER", AT(order), .choices = orders},
	OPTION_END,
};

static const struct option own_output[] = {
	{.name = "output", .letter = 'o', .type = OPTION_STRING, .arg = "FILE", AT(db)},
	OPTION_END,
};

static void set_defaults(void *context)
{
	struct context *c = context;

	c->cache = true;
	c->age = 7 * 86400;
}

static const struct command look = {
	.name = "look",
	.args = "WHAT",
	.min_args = 1,
	.max_args = 2,
	.options = options,
	.context_size = sizeof(struct context),
	.defaults = set_defaults,
};
static const struct command db_build = {
	.name = "db build", .options = own_output, .context_size = sizeof(struct context)};
static const struct command db_info = {.name = "db info", .context_size = 1};
static const struct option own_format[] = {
	{.name = "format",
	 .type = OPTION_CHOICE,
	 .arg = "FORMAT",
	 AT(order),
	 .choices = view_formats},
	OPTION_END,
};
static const struct command view = {
	.name = "view", .options = own_format, .context_size = sizeof(struct context)};
static const struct command sort = {.name = "sort",
				    .args = "KIND",
				    .first_arg = kind_word,
				    .min_args = 1,
				    .max_args = 2,
				    .context_size = 1};
static const struct command plain = {.name = "plain", .plain = true, .context_size = 1};

static const struct command *const all[] = {&look, &db_build, &db_info, &view, &sort, &plain};
static const struct command_table table = {all, ARRAY_LEN(all)};

/* Each test has its own directory, home and no CSCPLATE_ variables. */
static int set_up(void **state)
{
	char *folder = strdup("/tmp/cscplate-test-XXXXXX");

	if (!folder || !mkdtemp(folder) || chdir(folder) < 0)
		return -1;
	setenv("HOME", folder, 1);
	unsetenv("XDG_CONFIG_HOME");
	*state = folder;
	return 0;
}

static int tear_down(void **state)
{
	static const char *const files[] = {"cscplate.yaml",
					    "other.yaml",
					    "cscplate-policy.yaml",
					    "out",
					    "link",
					    ".config/cscplate/cscplate.yaml",
					    "xdg/cscplate/cscplate.yaml"};
	static const char *const folders[] = {".config/cscplate", ".config", "xdg/cscplate", "xdg"};
	static const char *const variables[] = {
		"CSCPLATE_DB",	  "CSCPLATE_FROM",   "CSCPLATE_JOBS",	 "CSCPLATE_CACHE",
		"CSCPLATE_QUIET", "CSCPLATE_CONFIG", "CSCPLATE_FAIL_ON", "CSCPLATE_OUTPUT"};
	int r;

	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		unlink(files[i]);
	for (size_t i = 0; i < ARRAY_LEN(folders); i++)
		rmdir(folders[i]);
	for (size_t i = 0; i < ARRAY_LEN(variables); i++)
		unsetenv(variables[i]);
	r = chdir("/") < 0 ? -1 : rmdir(*state);
	free(*state);
	return r;
}

static void write_file(const char *path, const char *text)
{
	FILE *f;

	assert_int_equal(dir_make_parents(path, NULL), 0);
	f = fopen(path, "we");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

/* An invocation by a command line whose words are separated by blanks. */
struct call {
	struct arena arena;
	struct invocation inv;
	const struct context *context;
	struct err err;
	int r;
};

static struct call *call(const char *line)
{
	struct call *c = calloc(1, sizeof(*c));
	const char *words[16];
	struct str rest = str_from(line), word;
	size_t n = 0;

	assert_non_null(c);
	while (str_next_word(&rest, &word)) {
		assert_true(n < ARRAY_LEN(words));
		words[n++] = arena_str(&c->arena, word).ptr;
	}
	c->r = invocation_read_args(&c->inv, table, n, words, &c->arena, &c->err);
	if (c->r == 0 && !c->inv.help)
		c->r = invocation_complete(&c->inv, table, &c->err);
	c->context = c->inv.context;
	return c;
}

static struct call *good(const char *line)
{
	struct call *c = call(line);

	if (c->r < 0)
		fail_msg("%s: %s", line, c->err.text);
	return c;
}

static void done(struct call *c)
{
	invocation_release(&c->inv);
	arena_release(&c->arena);
	free(c);
}

static void bad(const char *line, const char *message)
{
	struct call *c = call(line);

	assert_true(c->r < 0);
	assert_string_equal(c->err.text, message);
	done(c);
}

static void forms(void **state)
{
	struct call *c =
		good("look --db x --jobs=3 -f a -fb --from c --no-cache -uq thing -- --other");

	assert_ptr_equal(c->inv.command, &look);
	assert_string_equal(c->context->db, "x");
	assert_int_equal(c->context->jobs, 3);
	assert_int_equal(c->context->from.len, 3);
	assert_string_equal(c->context->from.items[1], "b");
	assert_false(c->context->cache);
	assert_true(c->context->unfixed);
	assert_true(c->inv.globals.quiet);
	assert_int_equal(c->inv.args.len, 2);
	assert_string_equal(c->inv.args.items[0], "thing");
	assert_string_equal(c->inv.args.items[1], "--other");
	done(c);

	c = good("--quiet --output file look -vj 4 -");
	assert_true(c->inv.globals.quiet);
	assert_true(c->inv.globals.verbose);
	assert_string_equal(c->inv.globals.output, "file");
	assert_int_equal(c->context->jobs, 4);
	assert_string_equal(c->inv.args.items[0], "-");
	done(c);

	c = good("db info --no-progress --offline");
	assert_ptr_equal(c->inv.command, &db_info);
	assert_false(c->inv.globals.progress);
	assert_true(c->inv.globals.offline);
	done(c);
}

static void defaults_hold(void **state)
{
	struct call *c = good("look x");

	assert_true(c->context->cache);
	assert_int_equal(c->context->age, 7 * 86400);
	assert_null(c->context->db);
	assert_string_equal(c->inv.globals.format, "table");
	assert_true(c->inv.globals.progress);
	assert_int_equal(c->inv.globals.color, COLOR_AUTO);
	assert_null(c->inv.globals.fail_on);
	done(c);
}

static void values(void **state)
{
	static const struct {
		const char *text;
		uint64_t size;
	} sizes[] = {{"0", 0},
		     {"4096", 4096},
		     {"2K", 2048},
		     {"512M", 512 << 20},
		     {"3G", UINT64_C(3) << 30},
		     {"1T", UINT64_C(1) << 40}};
	static const struct {
		const char *text;
		uint64_t seconds;
	} ages[] = {{"0", 0},	    {"45s", 45},    {"30m", 1800},
		    {"12h", 43200}, {"7d", 604800}, {"2w", 1209600}};
	char line[80];

	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		snprintf(line, sizeof(line), "look x --max-size %s", sizes[i].text);
		struct call *c = good(line);
		assert_int_equal(c->context->size, sizes[i].size);
		done(c);
	}
	for (size_t i = 0; i < ARRAY_LEN(ages); i++) {
		snprintf(line, sizeof(line), "look x --max-age %s", ages[i].text);
		struct call *c = good(line);
		assert_int_equal(c->context->age, ages[i].seconds);
		done(c);
	}
	struct call *c = good("look x --order down --kind pear --color never");

	assert_int_equal(c->context->order, 1);
	assert_string_equal(c->context->kind, "pear");
	assert_int_equal(c->inv.globals.color, COLOR_NEVER);
	done(c);
}

static void usage_errors(void **state)
{
	static const struct {
		const char *line, *message;
	} cases[] = {
		{"lok x", "unknown command 'lok': did you mean 'look'?"},
		{"plian", "unknown command 'plian': did you mean 'plain'?"},
		{"something", "unknown command 'something': see 'cscplate help'"},
		{"db bulid", "unknown command 'db bulid': did you mean 'db build'?"},
		{"db other", "unknown command 'db other': see 'cscplate help db'"},
		{"look x --jbos 3", "unknown option '--jbos': did you mean '--jobs'?"},
		{"look x --fail-on-unfix", "unknown option '--fail-on-unfix': did you mean "
					   "'--fail-on-unfixed'?"},
		{"look x --hepl", "unknown option '--hepl': did you mean '--help'?"},
		{"look x --zzz", "unknown option '--zzz': see 'cscplate help look'"},
		{"--zzz", "unknown option '--zzz': see 'cscplate help'"},
		{"look x -z", "unknown option '-z': see 'cscplate help look'"},
		{"look x --no-db", "unknown option '--no-db': see 'cscplate help look'"},
		{"look x --cache=yes", "option '--cache' takes no value"},
		{"look x --db", "option '--db' needs a value: FILE"},
		{"look x -qj", "option '--jobs' needs a value: N"},
		{"look", "'look' needs WHAT: see 'cscplate help look'"},
		{"look a b c", "'look' does not take 'c': see 'cscplate help look'"},
		{"sort", "'sort' needs KIND: see 'cscplate help sort'"},
		{"sort aple", "'sort' does not take 'aple': did you mean 'apple'?"},
		{"sort xx pear", "'sort' does not take 'xx': not one of apple, pear"},
		{"look x --jobs many", "cannot use '--jobs many': a whole number wanted"},
		{"look x --jobs -1", "cannot use '--jobs -1': a whole number wanted"},
		{"look x --jobs 99999999999999999999",
		 "cannot use '--jobs 99999999999999999999': too large a number"},
		{"look x --max-size 1X",
		 "cannot use '--max-size 1X': bytes wanted, such as 4096, 512M or 2G"},
		{"look x --max-size 99999999T",
		 "cannot use '--max-size 99999999T': too large a number"},
		{"look x --max-age 7",
		 "cannot use '--max-age 7': a time wanted, such as 45s, 30m, 12h or 7d"},
		{"look x --kind aple", "cannot use '--kind aple': did you mean 'apple'?"},
		{"look x --kind xx", "cannot use '--kind xx': not one of apple, pear"},
		{"look x --order sideways", "cannot use '--order sideways': not one of up, down"},
		{"look x --fail-on hihg", "cannot use '--fail-on hihg': did you mean 'high'?"},
		{"look x --format jsno", "cannot use '--format jsno': did you mean 'json'?"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		bad(cases[i].line, cases[i].message);
}

static void help_comes_first(void **state)
{
	struct call *c = good("look --help");

	assert_true(c->inv.help);
	assert_ptr_equal(c->inv.command, &look);
	done(c);
	c = good("--help");
	assert_true(c->inv.help);
	assert_null(c->inv.command);
	done(c);
	c = good("db -h");
	assert_true(c->inv.help);
	assert_string_equal(c->inv.group, "db");
	done(c);
}

static void precedence(void **state)
{
	struct call *c;

	write_file("cscplate.yaml", "quiet: true\n"
				    "look:\n"
				    "  db: section\n"
				    "  jobs: 1\n"
				    "  from: [a, b]\n"
				    "  quiet: false\n"
				    "db build: { output: there }\n");
	c = good("look x");
	assert_string_equal(c->context->db, "section");
	assert_int_equal(c->context->from.len, 2);
	/* The section beats the top level. */
	assert_false(c->inv.globals.quiet);
	done(c);

	setenv("CSCPLATE_DB", "environment", 1);
	setenv("CSCPLATE_FROM", "c,d,,e", 1);
	setenv("CSCPLATE_CACHE", "off", 1);
	setenv("CSCPLATE_JOBS", "", 1);
	c = good("look x");
	assert_string_equal(c->context->db, "environment");
	assert_int_equal(c->context->from.len, 3);
	assert_string_equal(c->context->from.items[2], "e");
	assert_false(c->context->cache);
	/* An empty variable says nothing. */
	assert_int_equal(c->context->jobs, 1);
	done(c);

	c = good("look x --db argument --from z --cache");
	assert_string_equal(c->context->db, "argument");
	assert_int_equal(c->context->from.len, 1);
	assert_true(c->context->cache);
	done(c);
}

static void bad_environment(void **state)
{
	setenv("CSCPLATE_JOBS", "few", 1);
	bad("look x", "cannot use CSCPLATE_JOBS 'few' from the environment: a whole number wanted");
	/* Commands without configuration do not look at it. */
	done(good("plain"));
}

static void own_option_in_place_of_a_global(void **state)
{
	struct call *c = good("db build -o x");

	assert_string_equal(c->context->db, "x");
	assert_null(c->inv.globals.output);
	done(c);
	c = good("--output y db build");
	assert_string_equal(c->context->db, "y");
	done(c);
	/* At the top level of the file it is the global one, which this command does not have. */
	write_file("cscplate.yaml", "output: z\n");
	c = good("db build");
	assert_null(c->context->db);
	assert_null(c->inv.globals.output);
	done(c);
	c = good("look x");
	assert_string_equal(c->inv.globals.output, "z");
	done(c);
	/* Unless it is one of the words that its own may be. */
	bad("view --format sarif", "cannot use '--format sarif': not one of table, json");
	bad("--format sarif view", "cannot use '--format sarif': not one of table, json");
	write_file("cscplate.yaml", "format: json\n");
	c = good("view");
	assert_int_equal(c->context->order, VIEW_JSON);
	done(c);
	c = good("view --format table");
	assert_int_equal(c->context->order, VIEW_TABLE);
	done(c);
	write_file("cscplate.yaml", "format: sarif\n");
	c = good("view");
	assert_int_equal(c->context->order, VIEW_TABLE);
	done(c);
	write_file("cscplate.yaml", "format: sarfi\n");
	bad("view", "cannot read 'cscplate.yaml': line 1, column 9: 'format' cannot be 'sarfi': "
		    "did you mean 'sarif'?");
}

static void places_of_the_file(void **state)
{
	char xdg[PATH_MAX];
	struct call *c;

	write_file(".config/cscplate/cscplate.yaml", "look: { db: home }\n");
	c = good("look x");
	assert_string_equal(c->context->db, "home");
	done(c);
	write_file("xdg/cscplate/cscplate.yaml", "look: { db: xdg }\n");
	snprintf(xdg, sizeof(xdg), "%s/xdg", (const char *)*state);
	setenv("XDG_CONFIG_HOME", xdg, 1);
	c = good("look x");
	assert_string_equal(c->context->db, "xdg");
	done(c);
	write_file("cscplate.yaml", "look: { db: here }\n");
	c = good("look x");
	assert_string_equal(c->context->db, "here");
	done(c);
	write_file("other.yaml", "look: { db: other }\n");
	setenv("CSCPLATE_CONFIG", "other.yaml", 1);
	c = good("look x");
	assert_string_equal(c->context->db, "other");
	done(c);
	c = good("look x --config cscplate.yaml");
	assert_string_equal(c->context->db, "here");
	done(c);
	bad("look x --config absent.yaml", "cannot open 'absent.yaml': No such file or directory");
}

static void bad_files(void **state)
{
	static const struct {
		const char *yaml, *message;
	} cases[] = {
		{"quite: true\n", "line 1, column 1: unknown key 'quite': did you mean 'quiet'?"},
		{"quiet: true\nconfig: x\n", "line 2, column 1: unknown key 'config'"},
		{"look:\n  jbos: 1\n",
		 "line 2, column 3: unknown key 'jbos': did you mean 'jobs'?"},
		{"look:\n  jobs: many\n",
		 "line 2, column 9: 'jobs' cannot be 'many': a whole number wanted"},
		{"look:\n  jobs: [1]\n", "line 2, column 9: 'jobs' cannot be a sequence"},
		{"look: 3\n",
		 "line 1, column 7: the section 'look' must be a mapping of options, not a number"},
		{"db: x\n", "line 1, column 1: unknown key 'db': did you mean 'db build'?"},
		{"quiet:\n", "line 1, column 1: 'quiet' cannot be nothing"},
		{"quiet: maybe\n",
		 "line 1, column 8: 'quiet' cannot be 'maybe': true or false wanted"},
		{"- quiet\n", "line 1, column 1: options wanted, not a sequence"},
		/* Sections of other commands are read, too. */
		{"db build:\n  outptu: x\n",
		 "line 2, column 3: unknown key 'outptu': did you mean 'output'?"},
		{"db info: { format: jsno }\n",
		 "line 1, column 20: 'format' cannot be 'jsno': did you mean 'json'?"},
		{"quiet: true\nquiet: false\n", "line 2, column 1: duplicate key 'quiet'"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char message[256];

		write_file("cscplate.yaml", cases[i].yaml);
		snprintf(message, sizeof(message), "cannot read 'cscplate.yaml': %s",
			 cases[i].message);
		bad("look x", message);
	}
	done(good("plain"));
	write_file("cscplate.yaml", "# nothing\n");
	done(good("look x"));
	write_file("cscplate.yaml", "look:\n");
	done(good("look x"));
}

static bool is_option_word(const char *s)
{
	return s[0] != '-' && s[strspn(s, "abcdefghijklmnopqrstuvwxyz-")] == '\0';
}

/* One row: what help, the environment, completion and --no-… take for granted. */
static void check_row(const char *command, const struct option *o)
{
	const char *help = o->help ? o->help : "";

	if (!is_option_word(o->name))
		fail_msg("%s --%s: not a name of small letters and dashes", command, o->name);
	/* --no-NAME switches the flag NAME off; a row of that name would mean something else. */
	if (strncmp(o->name, "no-", 3) == 0)
		fail_msg("%s --%s: name the flag without 'no-' and let it default to on", command,
			 o->name);
	if (strcmp(o->name, "help") == 0 || strcmp(o->name, "version") == 0 || o->letter == 'h')
		fail_msg("%s --%s: taken by --help and --version", command, o->name);
	if ((o->type == OPTION_FLAG) != !o->arg)
		fail_msg("%s --%s: flags have no value, all others name theirs", command, o->name);
	if ((o->type == OPTION_CHOICE) != !!o->choices)
		fail_msg("%s --%s: choices without a choice, or none", command, o->name);
	if (!*help || help[strlen(help) - 1] == '.' || strstr(help, "default"))
		fail_msg("%s --%s: help is empty, ends in a full stop, or names the default",
			 command, o->name);
}

/* The rows of the program itself. */
static void real_rows(void **state)
{
	for (const struct option *o = global_options; o->name; o++)
		check_row("", o);
	for (size_t i = 0; i < n_commands; i++) {
		_cleanup_invocation_ struct invocation inv = {0};
		_cleanup_arena_ struct arena arena = {0};
		struct option_slot slot;
		bool letters[256] = {false};

		for (const struct option *o = commands[i]->options; o && o->name; o++)
			check_row(commands[i]->name, o);
		assert_int_equal(invocation_init(&inv, commands[i], &arena), 0);
		for (size_t k = 0; invocation_next(&inv, &k, &slot);) {
			unsigned char letter = (unsigned char)slot.option->letter;

			if (letter && letters[letter])
				fail_msg("%s: two options -%c", commands[i]->name, letter);
			letters[letter] = true;
		}
	}
}

/* A HOME that is another's, as of containers that run as nobody. */
static void unreadable_home(void **state)
{
	bool root = geteuid() == 0;
	struct arena arena = ARENA_INIT(0);
	struct invocation inv;
	struct err err = ERR_INIT;
	int r, named;

	mkdir(".config", 0755);
	mkdir(".config/cscplate", 0755);
	write_file(".config/cscplate/cscplate.yaml", "look: { db: home }\n");
	assert_int_equal(chmod(".config", 0), 0);
	if (root) {
		assert_int_equal(chmod(".", 0755), 0);
		assert_int_equal(seteuid(65534), 0);
	}
	assert_int_equal(invocation_init(&inv, &look, &arena), 0);
	named = config_read(&inv, table, ".config/cscplate/cscplate.yaml", &err);
	r = config_read(&inv, table, NULL, &err);
	if (root)
		assert_int_equal(seteuid(0), 0);
	assert_int_equal(chmod(".config", 0755), 0);
	assert_int_equal(r, 0);
	assert_string_equal(err.text, "");
	assert_non_null(strstr(inv.note, ".config/cscplate/cscplate.yaml': Permission denied"));
	assert_null(((struct context *)inv.context)->db);
	/* One that is named is meant. */
	assert_int_equal(named, -EACCES);
	invocation_release(&inv);
	arena_release(&arena);
}

static void policy(void **state)
{
	_cleanup_arena_ struct arena arena = {0};
	struct globals globals = {.arena = &arena, .format = "table"};
	struct err err = ERR_INIT;
	struct policy p;
	const int64_t now = 1767225600;

	assert_int_equal(policy_load(&globals, now, &p, &err), 0);
	assert_string_equal(p.today.ptr, "2026-01-01");
	assert_int_equal(p.gate.fail_on, SEVERITY_LOW);
	assert_int_equal(p.path.len, 0);
	write_file("cscplate-policy.yaml", "gate: { fail-on: high }\n");
	assert_int_equal(policy_load(&globals, now, &p, &err), 0);
	assert_int_equal(p.gate.fail_on, SEVERITY_HIGH);
	globals.fail_on = "never";
	assert_int_equal(policy_load(&globals, now, &p, &err), 0);
	assert_int_equal(p.gate.fail_on, GATE_NEVER);
	globals.policy = "absent.yaml";
	assert_int_equal(policy_load(&globals, now, &p, &err), -ENOENT);
	assert_string_equal(err.text, "cannot open 'absent.yaml': No such file or directory");
	write_file("other.yaml", "gate: { fail-on: x }\n");
	globals.policy = "other.yaml";
	assert_true(policy_load(&globals, now, &p, &err) < 0);
	assert_non_null(strstr(err.text, "cannot read policy 'other.yaml': line 1, column 18: "));
}

static void expect_file(const char *path, const char *text)
{
	_cleanup_buf_ struct buf b = BUF_INIT(1024);

	assert_int_equal(file_read(AT_FDCWD, path, &b, NULL), 0);
	assert_string_equal(b.data, text);
}

static void output_is_whole_or_not_at_all(void **state)
{
	struct globals globals = {.output = "out"};
	struct cmd_output o;
	struct err err = ERR_INIT;
	struct stat st;

	write_file("out", "old");
	assert_int_equal(symlink("out", "link"), 0);
	assert_int_equal(cmd_output_open(&globals, &o, &err), 0);
	fputs("half", o.stream);
	cmd_output_release(&o);
	expect_file("out", "old");
	assert_int_equal(cmd_output_open(&globals, &o, &err), 0);
	fputs("new", o.stream);
	assert_int_equal(cmd_output_commit(&o, &err), 0);
	cmd_output_release(&o);
	expect_file("out", "new");
	/* Through a link: the link stays one. */
	globals.output = "link";
	assert_int_equal(cmd_output_open(&globals, &o, &err), 0);
	fputs("newer", o.stream);
	assert_int_equal(cmd_output_commit(&o, &err), 0);
	cmd_output_release(&o);
	expect_file("out", "newer");
	assert_int_equal(lstat("link", &st), 0);
	assert_true(S_ISLNK(st.st_mode));
}

static void output_to_odd_places(void **state)
{
	struct globals globals = {.output = "/dev/full"};
	struct cmd_output o;
	struct err err = ERR_INIT;
	struct stat st;

	assert_int_equal(cmd_output_open(&globals, &o, &err), 0);
	fputs("x", o.stream);
	assert_int_equal(cmd_output_commit(&o, &err), -ENOSPC);
	cmd_output_release(&o);
	/* Still the device, not a file in its place. */
	assert_int_equal(stat("/dev/full", &st), 0);
	assert_true(S_ISCHR(st.st_mode));
	globals.output = ".";
	assert_int_equal(cmd_output_open(&globals, &o, &err), -EISDIR);
	globals.output = "absent/out";
	assert_int_equal(cmd_output_open(&globals, &o, &err), -ENOENT);
	globals.output = "-";
	assert_int_equal(cmd_output_open(&globals, &o, &err), 0);
	assert_ptr_equal(o.stream, stdout);
	cmd_output_release(&o);
}

int main(void)
{
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
		IN_FOLDER(forms),
		IN_FOLDER(defaults_hold),
		IN_FOLDER(values),
		IN_FOLDER(usage_errors),
		IN_FOLDER(help_comes_first),
		IN_FOLDER(precedence),
		IN_FOLDER(bad_environment),
		IN_FOLDER(own_option_in_place_of_a_global),
		IN_FOLDER(places_of_the_file),
		IN_FOLDER(bad_files),
		IN_FOLDER(real_rows),
		IN_FOLDER(unreadable_home),
		IN_FOLDER(policy),
		IN_FOLDER(output_is_whole_or_not_at_all),
		IN_FOLDER(output_to_odd_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
