/* YAML: kinds, positions, meaning, aliases, and everything that is refused. */
#include "base/compat.h"

#include <dirent.h>
#include <setjmp.h>

#include <cmocka.h>

#include "base/fd.h"
#include "base/yaml.h"

static const struct yaml_node *parse(struct arena *arena, const char *text)
{
	const struct yaml_node *root = NULL;
	struct err err = ERR_INIT;

	if (yaml_parse(str_from(text), arena, &root, &err) < 0)
		fail_msg("%s", err.text);
	return root;
}

static void expect_text(const struct yaml_node *node, const char *text, bool plain)
{
	assert_non_null(node);
	assert_int_equal(node->kind, YAML_SCALAR);
	assert_int_equal(node->text.len, strlen(text));
	assert_memory_equal(node->text.ptr, text, node->text.len);
	assert_int_equal(node->plain, plain);
}

static void expect_place(const struct yaml_node *node, uint32_t line, uint32_t column)
{
	assert_int_equal(node->line, line);
	assert_int_equal(node->column, column);
}

static void kinds_and_places(void **state)
{
	_cleanup_arena_ struct arena arena = {0};
	const struct yaml_node *root = parse(&arena, "# comment\n"
						     "name: web\n"
						     "spec:\n"
						     "  ports: [80, '443']\n"
						     "  empty: {}\n"
						     "  list:\n"
						     "  - a: 1\n"
						     "    b: \"t\\n\"\n"
						     "  - |\n"
						     "    two\n"
						     "    lines\n"
						     "  nothing:\n"
						     "last: héllo wörld\n"
						     "it: 'it''s''''a''b''c''d''e''f''g''h''i'\n"
						     "'k''ey': 'two\n  lines ''q'' '\n");
	const struct yaml_node *spec = yaml_get(root, STR("spec")), *list;

	assert_int_equal(root->kind, YAML_MAPPING);
	assert_int_equal(root->n, 5);
	expect_place(root, 2, 1);
	expect_text(yaml_get(root, STR("it")), "it's''a'b'c'd'e'f'g'h'i", false);
	expect_text(yaml_get(root, STR("k'ey")), "two lines 'q' ", false);
	expect_text(root->pairs[0].key, "name", true);
	expect_text(yaml_get(root, STR("name")), "web", true);
	expect_place(yaml_get(root, STR("name")), 2, 7);
	expect_place(spec, 4, 3);
	expect_place(yaml_get(spec, STR("ports")), 4, 10);
	expect_text(yaml_get(spec, STR("ports"))->items[0], "80", true);
	expect_text(yaml_get(spec, STR("ports"))->items[1], "443", false);
	expect_place(yaml_get(spec, STR("ports"))->items[1], 4, 15);
	assert_int_equal(yaml_get(spec, STR("empty"))->n, 0);
	expect_place(yaml_get(spec, STR("empty")), 5, 10);
	list = yaml_get(spec, STR("list"));
	assert_int_equal(list->kind, YAML_SEQUENCE);
	assert_int_equal(list->n, 2);
	expect_place(list->items[0], 7, 5);
	expect_text(yaml_get(list->items[0], STR("b")), "t\n", false);
	expect_text(list->items[1], "two\nlines\n", false);
	expect_text(yaml_get(spec, STR("nothing")), "", true);
	assert_true(yaml_is_null(yaml_get(spec, STR("nothing"))));
	assert_int_equal(yaml_get(spec, STR("nothing"))->line, 12);
	expect_text(yaml_get(root, STR("last")), "héllo wörld", true);
	assert_null(yaml_get(root, STR("absent")));
	assert_null(yaml_get(list, STR("a")));
	assert_null(yaml_get(NULL, STR("a")));
}

static void meaning(void **state)
{
	static const struct {
		const char *yaml, *describe;
		bool null;
		int boolean; /* -1: none */
		int number;  /* -1: none */
	} cases[] = {
		{"v: 12", "a number", false, -1, 12},
		{"v: '12'", "text", false, -1, -1},
		{"v: !!str 12", "text", false, -1, -1},
		{"v: !!int '12'", "a number", false, -1, 12},
		{"v: !!bool \"true\"", "a boolean", false, 1, -1},
		{"v: !!int 12", "a number", false, -1, 12},
		{"v: !Ref 12", "text", false, -1, -1},
		{"v: -1", "text", false, -1, -1},
		{"v: 1.5", "text", false, -1, -1},
		{"v: 99999999999999999999", "a number", false, -1, -1},
		{"v: true", "a boolean", false, 1, -1},
		{"v: FALSE", "a boolean", false, 0, -1},
		{"v: \"true\"", "text", false, -1, -1},
		{"v: yes", "text", false, -1, -1},
		{"v: ~", "nothing", true, -1, -1},
		{"v: null", "nothing", true, -1, -1},
		{"v:", "nothing", true, -1, -1},
		{"v: ''", "text", false, -1, -1},
		{"v: {a: b}", "a mapping", false, -1, -1},
		{"v: []", "a sequence", false, -1, -1},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_arena_ struct arena arena = {0};
		const struct yaml_node *v = yaml_get(parse(&arena, cases[i].yaml), STR("v"));
		uint64_t number = 0;
		bool truth = false;

		assert_string_equal(yaml_describe(v), cases[i].describe);
		assert_int_equal(yaml_is_null(v), cases[i].null);
		assert_int_equal(yaml_bool(v, &truth) == 0 ? truth : -1, cases[i].boolean);
		assert_int_equal(yaml_uint(v, &number) == 0 ? (int)number : -1, cases[i].number);
	}
}

static void json_is_yaml(void **state)
{
	_cleanup_arena_ struct arena arena = {0};
	const struct yaml_node *root = parse(
		&arena, "{\n\t\"a\": {\"b\": [1, true, null, \"x\\u0041\"]},\n\t\"c\": \"\"\n}\n");

	expect_text(yaml_get(yaml_get(root, STR("a")), STR("b"))->items[3], "xA", false);
	expect_place(yaml_get(root, STR("c")), 3, 7);
}

/* Texts of all styles; wanted is what the specification says (checked against PyYAML, too). */
static void texts(void **state)
{
	static const struct {
		const char *yaml, *text;
	} cases[] = {
		/* Single quotes, §7.3.2. */
		{"v: ''", ""},
		{"v: ''''", "'"},
		{"v: 'a'", "a"},
		{"v: 'it''s'", "it's"},
		{"v: '''''é'''", "''é'"},
		{"v: ' x '  ", " x "},
		{"v: 'é''é' # c", "é'é"},
		{"v: 'a\\n\"b'", "a\\n\"b"},
		{"v: 'two\n  lines'", "two lines"},
		{"v: 'it''s  \n\n  \t two '", "it's\ntwo "},
		{"{'v':'x''','w':1}", "x'"},
		{"\xef\xbb\xbfv: 'a''b'", "a'b"},
		{"# é\nv: 'a''b'", "a'b"},
		{"---\n- 1\n---\n'v' : 'a''b'", "a'b"},
		/* Double quotes, §7.3.1 and §5.7. */
		{"v: \"\"", ""},
		{"v: \"a\\tb\\n\\\"\\\\\\/\\e\\x41\\u00e9\\U0001F6A2\"", "a\tb\n\"\\/\033Aé🚢"},
		{"v: \"\\ud83d\\udea2\"", "🚢"},
		{"v: \"\\N\\_\\L\\P\"", "\xc2\x85\xc2\xa0\xe2\x80\xa8\xe2\x80\xa9"},
		{"v: \"a \\\n   b\"", "a b"},
		{"v: \"a\\  \n\n b\\\n \\ c\"", "a \nb c"},
		{"v: \"a\\t \n b\"", "a\t b"},
		{"v: \"a\n \\\n\n \n b\"", "a \n\nb"},
		{"\"v\": \"x\"", "x"},
		/* Plain, §7.3.3. */
		{"v: a b  # c", "a b"},
		{"v: a\n  b\n\n\n  c\n", "a b\n\nc"},
		{"v: a#b", "a#b"},
		{"{v: a b , w: 1}", "a b"},
		{"v: a\r\n  b\r\n", "a b"},
		/* Literal, §8.1.2. */
		{"v: |\n  a\n   b\n\n  c\n\n", "a\n b\n\nc\n"},
		{"v: |-\n  a\n\n", "a"},
		{"v: |+\n  a\n\n \n", "a\n\n\n"},
		{"v: |\n\n\n  a\nw: 1\n", "\n\na\n"},
		{"v: |\n  a", "a"},
		{"v: |+\n\n\nw: 1\n", "\n\n"},
		{"v: |\n", ""},
		{"v: |2\n   a\n  b\n", " a\nb\n"},
		{"v: |1-\n a\n  \n", "a\n "},
		{"v: |-2 # > |\n   a\n", " a"},
		{"v: |\r\n  a\r\n\r\n  b\r\n", "a\n\nb\n"},
		{"v: &x !!str |\n  a\n", "a\n"},
		{"v: |\n  # no comment\n# a comment\nw: 1\n", "# no comment\n"},
		{"\"w | # \": 1\nv: >-\n  a\n  b\n", "a b"},
		{"{\"v\": \"|\"}", "|"},
		{"v: |\n  \ta\n", "\ta\n"},
		/* Folded, §8.1.3. */
		{"v: >\n  a\n  b\n\n  c\n", "a b\nc\n"},
		{"v: >\n  a\n    b\n\n  c\n  d\n", "a\n  b\n\nc d\n"},
		{"v: >\n  x\n  \n  aa\n   \n  b b a\n  \n  \n   a\n  é \n",
		 "x\naa\n \nb b a\n\n\n a\né \n"},
		{"v: >-\n\n  a\n  b\n\n", "\na b"},
		{"v: >+\n  a\n\n\n", "a\n\n\n"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_arena_ struct arena arena = {0};
		_cleanup_yaml_ struct yaml *yaml = NULL;
		const struct yaml_node *root = NULL, *v;
		struct err err = ERR_INIT;

		assert_int_equal(yaml_open(str_from(cases[i].yaml), &yaml, &err), 0);
		while (yaml_next(yaml, &arena, &root, &err) > 0)
			;
		assert_string_equal(err.text, "");
		v = yaml_get(root, STR("v"));
		assert_non_null(v);
		if (!str_eq(v->text, str_from(cases[i].text)))
			fail_msg("%s: wanted '%s', got '%.*s'", cases[i].yaml, cases[i].text,
				 STR_FMT(v->text));
	}
}

/* Indentation that is written out counts from the collection around it. */
static void block_indentation(void **state)
{
	_cleanup_arena_ struct arena arena = {0};
	const struct yaml_node *root = parse(&arena, "a:\n"
						     "  b: |2\n"
						     "     x\n"
						     "  c:\n"
						     "  - |1\n"
						     "    y\n"
						     "  - - >-2\n"
						     "         z\n"
						     "    - d: |+1\n"
						     "        w\n");
	const struct yaml_node *a = yaml_get(root, STR("a")), *c = yaml_get(a, STR("c"));

	expect_text(yaml_get(a, STR("b")), " x\n", false);
	expect_text(c->items[0], " y\n", false);
	expect_text(c->items[1]->items[0], "   z", false);
	expect_text(yaml_get(c->items[1]->items[1], STR("d")), " w\n", false);
}

static void aliases(void **state)
{
	_cleanup_arena_ struct arena arena = {0};
	const struct yaml_node *root = parse(&arena, "a: &x {k: v}\n"
						     "b: *x\n"
						     "c: &x [1]\n"
						     "d: *x\n"
						     "e: &y text\n"
						     "*y : key\n");

	assert_ptr_equal(yaml_get(root, STR("a")), yaml_get(root, STR("b")));
	assert_int_equal(yaml_get(root, STR("d"))->kind, YAML_SEQUENCE);
	expect_text(yaml_get(root, STR("text")), "key", true);
}

/* Keys and values of a mapping in its order, "!" in front when it is contested. */
static void flatten(struct buf *text, const struct yaml_node *node)
{
	assert_int_equal(node->kind, YAML_MAPPING);
	if (node->contested)
		buf_addf(text, "!");
	for (size_t i = 0; i < node->n; i++) {
		const struct yaml_node *value = node->pairs[i].value;
		struct str seen = value->kind == YAML_SCALAR ? value->text : STR("+");

		buf_addf(text, "%s%.*s=%.*s", i ? " " : "", STR_FMT(node->pairs[i].key->text),
			 STR_FMT(seen));
	}
}

static void merges(void **state)
{
	static const struct {
		const char *v, *wanted;
	} cases[] = {
		{"{<<: *one, c: 3}", "a=1 b=2 c=3"},
		{"{c: 3, <<: *one}", "c=3 a=1 b=2"},
		{"{<<: *one, a: 9}", "b=2 a=9"},
		/* The key counts wherever it stands, but not for all readers. */
		{"{a: 9, <<: *one}", "!a=9 b=2"},
		{"{a: 1, <<: *one}", "a=1 b=2"},
		{"{a: '1', <<: *one}", "!a=1 b=2"},
		{"{<<: [*one, *two]}", "a=1 b=2 d=5"},
		{"{<<: [*two, *one]}", "b=4 d=5 a=1"},
		{"{<<: [*two, {e: 6}], b: 7}", "d=5 e=6 b=7"},
		{"{b: 7, <<: [{e: 6}, *two]}", "!b=7 e=6 d=5"},
		{"{<<: *more}", "c=3 a=1 b=2"},
		{"{<<: {}, x: y}", "x=y"},
		{"{<<: [], x: y}", "x=y"},
		{"{<<: {s: {t: 1}}}", "s=+"},
		{"{!!merge '<<': *one}", "a=1 b=2"},
		{"{'<<': *one}", "<<=+"},
		{"{!!str <<: *one}", "<<=+"},
		{"\n  <<: *one\n  x: y", "a=1 b=2 x=y"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_arena_ struct arena arena = {0};
		_cleanup_buf_ struct buf text = BUF_INIT(4096), flat = BUF_INIT(4096);
		const struct yaml_node *v;

		buf_addf(&text,
			 "one: &one {a: 1, b: 2}\ntwo: &two {b: 4, d: 5}\n"
			 "more: &more {c: 3, <<: *one}\nv: %s\n%c",
			 cases[i].v, 0);
		v = yaml_get(parse(&arena, buf_str(&text).ptr), STR("v"));
		flatten(&flat, v);
		buf_addf(&flat, "%c", 0);
		assert_string_equal(buf_str(&flat).ptr, cases[i].wanted);
	}
}

/* Many keys, merged again and again into small mappings. */
static void merge_bomb(void **state)
{
	struct err err = ERR_INIT;
	_cleanup_arena_ struct arena arena = {0};
	_cleanup_buf_ struct buf text = BUF_INIT((size_t)4 << 20);
	const struct yaml_node *root;

	buf_addf(&text, "a: &a\n");
	for (int i = 0; i < 2000; i++)
		buf_addf(&text, "  k%d: v\n", i);
	buf_addf(&text, "b:\n");
	for (int i = 0; i < 1000; i++)
		buf_addf(&text, "- <<: *a\n");
	assert_int_equal(yaml_parse(buf_str(&text), &arena, &root, &err), -ERR_LIMIT);
	assert_non_null(strstr(err.text, "too many keys are merged"));
}

static void binary(void **state)
{
	static const struct {
		const char *v, *wanted;
	} cases[] = {
		{"!!binary L3Zhci9ydW4=", "/var/run"},
		{"!!binary |\n  L3Zhc\n  i9ydW4=\n", "/var/run"},
		{"!!binary \"L3Zh\"", "/va"},
		{"!!binary Lw==", "/"},
		{"!!binary MTIz", "123"},
		{"!!binary ''", ""},
		/* No text, or no base64: as it is written. */
		{"!!binary AAAA", "AAAA"},
		{"!!binary /w==", "/w=="},
		{"!!binary L3Z", "L3Z"},
		{"!!binary ====", "===="},
		{"!!binary L=3Z", "L=3Z"},
		{"!!binary L3*h", "L3*h"},
		{"!binary L3Zh", "L3Zh"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_arena_ struct arena arena = {0};
		char text[100];

		(void)snprintf(text, sizeof(text), "v: %s", cases[i].v);
		expect_text(yaml_get(parse(&arena, text), STR("v")), cases[i].wanted, false);
	}
}

static void documents(void **state)
{
	static const char text[] = "---\na: 1\n---\n- b\n...\n---\n---\nc\n";
	static const enum yaml_kind kinds[] = {YAML_MAPPING, YAML_SEQUENCE, YAML_SCALAR,
					       YAML_SCALAR};
	_cleanup_arena_ struct arena arena = {0};
	_cleanup_yaml_ struct yaml *yaml = NULL;
	const struct yaml_node *root;
	struct err err = ERR_INIT;

	assert_int_equal(yaml_open(STR(text), &yaml, &err), 0);
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		assert_int_equal(yaml_next(yaml, &arena, &root, &err), 1);
		assert_int_equal(root->kind, kinds[i]);
	}
	assert_int_equal(root->line, 8);
	assert_int_equal(yaml_next(yaml, &arena, &root, &err), 0);
	assert_int_equal(yaml_next(yaml, &arena, &root, &err), 0);
	assert_true(yaml_is_null(parse(&arena, "")));
	assert_true(yaml_is_null(parse(&arena, "# only a comment\n")));
}

static void refused(void **state)
{
	static const struct {
		struct str text;
		int code;
		const char *message;
	} cases[] = {
		{STR("a: 1\nb: x\0y\n"), ERR_FORMAT, "line 2, column 5: control character 0x00"},
		{STR("a: \033[31m\n"), ERR_FORMAT, "line 1, column 4: control character 0x1b"},
		{STR("a: x\177\n"), ERR_FORMAT, "line 1, column 5: control character 0x7f"},
		{STR("a: \xff\n"), ERR_FORMAT, "line 1, column 4: not UTF-8: byte 0xff"},
		{STR("\xff\xfe"
		     "a\0:\0 \0"),
		 ERR_FORMAT, "line 1, column 1: not UTF-8: byte 0xff"},
		{STR("a: 1\nb: 2\na: 3\n"), ERR_FORMAT, "line 3, column 1: duplicate key 'a'"},
		{STR("{a: 1, \"a\": 2}"), ERR_FORMAT, "line 1, column 8: duplicate key 'a'"},
		{STR("a: &x 1\n*x : 1\n1: 2\n"), ERR_FORMAT, "line 3, column 1: duplicate key '1'"},
		{STR("a: *x\n"), ERR_FORMAT,
		 "line 1, column 4: an alias to an anchor that does not"},
		{STR("a: &x [*x]\n"), ERR_FORMAT,
		 "line 1, column 8: an alias to what it is a part"},
		{STR("{a: 1}: b\n"), ERR_FORMAT, "a key must be a scalar"},
		{STR("? [a]\n: b\n"), ERR_FORMAT, "a key must be a scalar"},
		{STR("a: \"\\0\"\n"), ERR_FORMAT,
		 "line 1, column 4: an escape that is not allowed"},
		{STR("a: \"\\x00\"\n"), ERR_FORMAT,
		 "line 1, column 4: an escape that is not allowed"},
		{STR("a: \"\\ud83d\"\n"), ERR_FORMAT, "line 1, column "},
		{STR("a: 1\n---\nb: 2\n"), ERR_FORMAT, "line 3, column 1: a second document"},
		{STR("a:\n\tb: 1\n"), ERR_FORMAT, "line 2, column 1: "},
		{STR("a: [1, 2\n"), ERR_FORMAT, "line "},
		{STR("a: 'open\n"), ERR_FORMAT, "line "},
		{STR("a: b: c\n"), ERR_FORMAT, "line 1, column "},
		{STR("a: 1\n<<: x\n"), ERR_FORMAT, "line 2, column 5: a merge is of a mapping"},
		{STR("<<: [{}, [x]]\n"), ERR_FORMAT, "line 1, column 10: a merge is of a mapping"},
		{STR("<<:\n"), ERR_FORMAT, "a merge is of a mapping"},
		{STR("<<: {}\n<<: {}\n"), ERR_FORMAT, "line 2, column 1: duplicate key '<<'"},
		{STR("a: {{ .Values.x }}\n"), ERR_FORMAT, "line 1, column "},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_arena_ struct arena arena = {0};
		const struct yaml_node *root = NULL;
		struct err err = ERR_INIT;

		assert_int_equal(yaml_parse(cases[i].text, &arena, &root, &err), -cases[i].code);
		assert_null(root);
		if (!strstr(err.text, cases[i].message))
			fail_msg("wanted '%s', got '%s'", cases[i].message, err.text);
	}
}

static int parse_built(const char *head, const char *repeated, size_t times, const char *tail,
		       struct err *err)
{
	_cleanup_arena_ struct arena arena = {0};
	_cleanup_buf_ struct buf text = BUF_INIT((size_t)16 << 20);
	const struct yaml_node *root;

	buf_addf(&text, "%s", head);
	for (size_t i = 0; i < times; i++)
		buf_addf(&text, "%s", repeated);
	buf_addf(&text, "%s", tail);
	return yaml_parse(buf_str(&text), &arena, &root, err);
}

static void depth(void **state)
{
	static const char *const openings[] = {"[", "{a: ", "- ", "? ", "[{a: "};

	for (size_t i = 0; i < ARRAY_LEN(openings); i++) {
		struct err err = ERR_INIT;

		assert_int_equal(parse_built("", openings[i], 100000, "", &err), -ERR_LIMIT);
		assert_non_null(strstr(err.text, "nested too deeply"));
	}
	assert_int_equal(parse_built("", "- ", YAML_DEPTH, "x\n", NULL), 0);
	assert_int_equal(parse_built("", "- ", YAML_DEPTH + 1, "x\n", NULL), -ERR_LIMIT);
	/* An alias adds its own depth to that of its place. */
	assert_int_equal(parse_built("- &a [[[x]]]\n- ", "- ", YAML_DEPTH - 4, "*a\n", NULL), 0);
	assert_int_equal(parse_built("- &a [[[x]]]\n- ", "- ", YAML_DEPTH - 3, "*a\n", NULL),
			 -ERR_LIMIT);
}

/* What libfyaml's own texts take quadratic time, or all of the stack, for. */
static void empty_lines(void **state)
{
	static const struct {
		const char *head, *repeated, *tail;
	} cases[] = {
		{"a: |\n  x\n", "\n", ""},
		{"a: >\n  x\n", "  \n", "  y\n"},
		{"a: \"x", "\n", "  y\"\n"},
		{"a: 'x", "\n", "  y'\n"},
		{"a: x", "\n", "  y\n"},
		{"a: |+\n  x\n", "\r\n", ""},
		{"%YAML 1.1\n---\na: |\n  x\n", "\xe2\x80\xa8", ""},
		{"%YAML 1.1\n---\na: |\n  x\n", "\xc2\x85", ""},
		{"a: |\n  x\nb: y", "\n", "c: d\n"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err err = ERR_INIT;

		if (parse_built(cases[i].head, cases[i].repeated, 300000, cases[i].tail, &err) < 0)
			fail_msg("%zu: %s", i, err.text);
	}
}

static void alias_bomb(void **state)
{
	_cleanup_arena_ struct arena arena = {0};
	_cleanup_buf_ struct buf text = BUF_INIT(65536);
	const struct yaml_node *root;
	struct err err = ERR_INIT;

	buf_addf(&text, "a0: &a0 [x,x,x,x,x,x,x,x,x]\n");
	for (int i = 1; i < 100; i++) {
		buf_addf(&text, "a%d: &a%d [", i, i);
		for (int k = 0; k < 9; k++)
			buf_addf(&text, "*a%d,", i - 1);
		buf_addf(&text, "]\n");
	}
	assert_int_equal(yaml_parse(buf_str(&text), &arena, &root, &err), -ERR_LIMIT);
	assert_non_null(strstr(err.text, "line 8, "));
}

static void large(void **state)
{
	_cleanup_arena_ struct arena arena = {0};
	_cleanup_buf_ struct buf text = BUF_INIT((size_t)16 << 20);
	const struct yaml_node *root;
	struct err err = ERR_INIT;

	for (int i = 0; i < 100000; i++)
		buf_addf(&text, "key%d: &k%d value %d\n", i, i, i);
	assert_int_equal(yaml_parse(buf_str(&text), &arena, &root, &err), 0);
	assert_int_equal(root->n, 100000);
	expect_text(root->pairs[99999].value, "value 99999", true);
	buf_addf(&text, "key77: again\n");
	assert_int_equal(yaml_parse(buf_str(&text), &arena, &root, &err), -ERR_FORMAT);
	assert_string_equal(err.text, "line 100001, column 1: duplicate key 'key77'");
}

/* Real manifests: every one is a mapping with a kind. */
static void shared_manifests(void **state)
{
	const char *shared = getenv("CSCPLATE_SHARED");
	char folder[PATH_MAX];
	struct dirent *entry;
	size_t n = 0;
	DIR *dir;

	snprintf(folder, sizeof(folder), "%s/samples/pss/restricted/v1.35/pass",
		 shared ? shared : "../shared");
	dir = opendir(folder);
	if (!dir) {
		print_message("no '%s'\n", folder);
		skip();
	}
	while ((entry = readdir(dir))) {
		_cleanup_arena_ struct arena arena = {0};
		_cleanup_buf_ struct buf text = BUF_INIT((size_t)4 << 20);
		const struct yaml_node *root;
		struct err err = ERR_INIT;
		char path[PATH_MAX + 300];

		if (!str_ends(str_from(entry->d_name), STR(".yaml")))
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		assert_int_equal(file_read(AT_FDCWD, path, &text, &err), 0);
		if (yaml_parse(buf_str(&text), &arena, &root, &err) < 0)
			fail_msg("%s: %s", path, err.text);
		assert_non_null(yaml_get(root, STR("kind")));
		n++;
	}
	closedir(dir);
	print_message("%zu manifests\n", n);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds_and_places),
		cmocka_unit_test(meaning),
		cmocka_unit_test(json_is_yaml),
		cmocka_unit_test(texts),
		cmocka_unit_test(block_indentation),
		cmocka_unit_test(aliases),
		cmocka_unit_test(merges),
		cmocka_unit_test(merge_bomb),
		cmocka_unit_test(binary),
		cmocka_unit_test(documents),
		cmocka_unit_test(refused),
		cmocka_unit_test(depth),
		cmocka_unit_test(empty_lines),
		cmocka_unit_test(alias_bomb),
		cmocka_unit_test(large),
		cmocka_unit_test(shared_manifests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
