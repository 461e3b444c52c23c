/*
 * Real manifests with one value replaced by one that does not belong there: the failing fixtures of all checks
 * on objects, and the failing pods of Kubernetes' own tests. Values are replaced in the tree of a document, one
 * at a time, by texts, numbers, booleans, nothing, sequences and mappings. What must hold:
 *
 *  1. Every row answers, whatever the object: findings, or one outcome, and no error.
 *  2. A value that Kubernetes' decoder refuses gives an unknown finding. What it refuses follows from the
 *     value that is replaced, since these manifests are valid: in the place of a mapping everything but a
 *     mapping or nothing, and so on (refuses()); but not where several types may stand, which is a table, and
 *     not where nobody here reads, which is another (Kubernetes passes over keys that it does not know, and so
 *     must readers).
 *  3. What failed the baseline standard still fails in the same way, or something is unknown, unless the value
 *     is the one that failed, above it, below it, or decides whether the standard looks there at all. For
 *     baseline this is sound since each of its failures is a value that is there and that nothing elsewhere
 *     excuses. (A failure of restricted is mostly a value that is absent, which other places can provide.)
 *
 * 2 and 3 are for Kubernetes objects with a workload that had nothing unknown, and are not in a list. Of compose
 * files, ECS and Nomad, which convert much that Kubernetes refuses, only this is asked: a sequence or a mapping in
 * the place of a boolean or number is unknown.
 */
#include "base/compat.h"

#include <setjmp.h>

#include <cmocka.h>
#include <dirent.h>

#include "check_fixture.h"
#include "object_fixture.h"

enum type { TYPE_TEXT, TYPE_INTEGER, TYPE_FRACTION, TYPE_TRUTH, TYPE_NULL, TYPE_LIST, TYPE_MAP };

static const struct mutant {
	const char *name;
	enum type type;
	const char *text;
	bool quoted, filled;
	bool template;
} mutants[] = {
	{"text", TYPE_TEXT, "mutant"},
	{"empty text", TYPE_TEXT, "", .quoted = true},
	{"number as text", TYPE_TEXT, "7", .quoted = true},
	{"boolean as text", TYPE_TEXT, "true", .quoted = true},
	{"template", TYPE_TEXT, "{{ .Values.x }}", .quoted = true, .template = true},
	{"number", TYPE_INTEGER, "7"},
	{"negative number", TYPE_INTEGER, "-1"},
	{"huge number", TYPE_FRACTION, "99999999999999999999"},
	{"fraction", TYPE_FRACTION, "1.5"},
	{"true", TYPE_TRUTH, "true"},
	{"false", TYPE_TRUTH, "false"},
	{"nothing", TYPE_NULL, ""},
	{"empty list", TYPE_LIST},
	{"list", TYPE_LIST, .filled = true},
	{"empty mapping", TYPE_MAP},
	{"mapping", TYPE_MAP, .filled = true},
};

/* --- Places in a document ------------------------------------------------------------------------ */

/* Where a pointer to a value stands, which mutation changes. */
struct slot {
	struct str path;
	const struct yaml_node **to;
	enum type type;
};

VEC_TYPE(slots, struct slot);

static bool is_plain_name(struct str key)
{
	for (size_t i = 0; i < key.len; i++) {
		char c = key.ptr[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      c == '_' || c == '-'))
			return false;
	}
	return key.len > 0;
}

static enum type type_of(const struct yaml_node *node)
{
	static const struct str digits = {"0123456789", 10};
	struct str text = node->text;
	bool truth, integer = true;

	if (node->kind == YAML_SEQUENCE)
		return TYPE_LIST;
	if (node->kind == YAML_MAPPING)
		return TYPE_MAP;
	if (yaml_is_null(node))
		return TYPE_NULL;
	if (yaml_bool(node, &truth) == 0)
		return TYPE_TRUTH;
	if (!node->plain || !text.len)
		return TYPE_TEXT;
	for (size_t i = text.ptr[0] == '-'; i < text.len; i++)
		integer &= str_find_char(digits, text.ptr[i]) >= 0;
	if (integer)
		return TYPE_INTEGER;
	return str_find_char(digits, text.ptr[0]) >= 0 ? TYPE_FRACTION : TYPE_TEXT;
}

static void find_slots(struct arena *arena, const struct yaml_node *node, struct str path,
		       struct slots *slots)
{
	for (uint32_t i = 0; node->kind != YAML_SCALAR && i < node->n; i++) {
		struct slot slot;

		if (node->kind == YAML_MAPPING) {
			struct str key = node->pairs[i].key->text;

			slot.to = (const struct yaml_node **)(uintptr_t)&node->pairs[i].value;
			slot.path = arena_printf(arena,
						 is_plain_name(key) ? "%.*s.%.*s" : "%.*s['%.*s']",
						 STR_FMT(path), STR_FMT(key));
		} else {
			slot.to = (const struct yaml_node **)(uintptr_t)&node->items[i];
			slot.path = arena_printf(arena, "%.*s[%" PRIu32 "]", STR_FMT(path), i);
		}
		slot.type = type_of(*slot.to);
		*vec_add(slots) = slot;
		find_slots(arena, *slot.to, slot.path, slots);
	}
}

static void make_mutant(const struct mutant *m, struct yaml_node *node)
{
	static const struct yaml_node text = {
		.kind = YAML_SCALAR, .plain = true, .text = {"mutant", 6}};
	static const struct yaml_node *const items[] = {&text};
	static const struct yaml_pair pairs[] = {{&text, &text}};

	switch (m->type) {
	case TYPE_LIST:
		node->kind = YAML_SEQUENCE;
		node->n = m->filled;
		node->items = items;
		break;
	case TYPE_MAP:
		node->kind = YAML_MAPPING;
		node->n = m->filled;
		node->pairs = pairs;
		break;
	default:
		node->kind = YAML_SCALAR;
		node->plain = !m->quoted;
		node->text = str_from(m->text);
	}
}

/* --- What Kubernetes decodes --------------------------------------------------------------------- */

/* Kubernetes decodes nothing as if the key were not there. */
static bool refuses(enum type wanted, const struct mutant *m)
{
	if (m->type == TYPE_NULL)
		return false;
	switch (wanted) {
	case TYPE_TEXT:
	case TYPE_INTEGER:
	case TYPE_TRUTH:
	case TYPE_LIST:
	case TYPE_MAP:
		return m->type != wanted;
	case TYPE_FRACTION:
	case TYPE_NULL:
		return false;
	}
	return false;
}

/* Does a path end so? "[]" is any index, and "*" at the end anything in brackets or behind a dot. */
static bool fits(struct str path, const char *pattern)
{
	struct str want = str_from(pattern);

	while (want.len && path.len) {
		char w = want.ptr[want.len - 1], p = path.ptr[path.len - 1];

		if (w == '*') {
			char open = p == ']' ? '[' : '.';

			while (path.len && path.ptr[path.len - 1] != open)
				path.len--;
			path.len -= path.len > 0 && open == '[';
			want.len--;
		} else if (w == ']' && p == ']') {
			while (path.len && path.ptr[path.len - 1] != '[')
				path.len--;
			path.len -= path.len > 0;
			want.len -= 2;
		} else if (w == p) {
			path.len--;
			want.len--;
		} else {
			return false;
		}
	}
	return !want.len;
}

static bool fits_one(struct str path, const char *const *patterns, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (fits(path, patterns[i]))
			return true;
	return false;
}

/* Several types may stand there: a quantity, a port by number or name. */
static bool is_of_many_types(struct str path)
{
	static const char *const patterns[] = {
		".limits.*",	 ".requests.*", ".httpGet.port",   ".tcpSocket.port",
		".sizeLimit",	 ".targetPort", ".maxUnavailable", ".maxSurge",
		".minAvailable", ".divisor",	".capacity.*",	   ".httpHeaders[].value",
	};

	return fits_one(path, patterns, ARRAY_LEN(patterns));
}

/* Of a volume's source only what it leads to is read. */
static bool is_detail_of_volume(struct str path)
{
	static const char *const read[] = {".hostPath.path", ".secret.secretName",
					   ".configMap.name", ".persistentVolumeClaim.claimName"};
	ssize_t at = str_find(path, STR(".volumes["));
	struct str rest = str_from_offset(path, at < 0 ? path.len : (size_t)at + 1), part;
	size_t n = 0;

	while (str_split(&rest, '.', &part))
		n++;
	return at >= 0 && n > 2 && !fits_one(path, read, ARRAY_LEN(read));
}

/* --- Judging ------------------------------------------------------------------------------------- */

struct fault_place {
	const struct check *check;
	struct str field;
};

VEC_TYPE(fault_places, struct fault_place);

/* One document judged by rows of one kind. */
struct judging {
	struct finding_sink sink;
	struct arena *arena;
	bool all;      /* all rows; otherwise the baseline standard, and what could not be read */
	bool together; /* and those about all objects together */
	struct fault_places failed;
	size_t n_answers, n_unknown, n_objects, n_workloads, n_lists, n_others;
	int r;
	struct manifests *manifests;
};

static int take_finding(struct finding_sink *sink, const struct finding *f)
{
	struct judging *j = (struct judging *)sink;

	j->n_answers++;
	j->n_unknown += f->outcome == OUTCOME_UNKNOWN;
	if (f->outcome == OUTCOME_FAIL)
		*vec_add(&j->failed) =
			(struct fault_place){f->check, arena_str(j->arena, f->where.field)};
	return 0;
}

static void take_tally(struct finding_sink *sink, const struct check *check, enum outcome outcome)
{
	((struct judging *)sink)->n_answers++;
}

static void run_rows(struct judging *j, enum subject_kind kind, const void *input, struct str name)
{
	for (size_t a = 0; a < n_check_areas; a++) {
		const struct check_area *area = check_areas[a];

		for (size_t i = 0; i < area->n_checks; i++) {
			const struct check *check = &area->checks[i];
			struct check_run run = {.check = check,
						.subject = {.kind = kind, .name = name},
						.input = input,
						.sink = &j->sink};
			size_t before = j->n_answers;

			if (check->subject != kind ||
			    (!j->all && !check->always && strcmp(area->name, "pss") != 0))
				continue;
			if (check->run(&run) < 0)
				j->r = -1;
			if (j->n_answers == before)
				j->r = -2;
		}
	}
}

static int judge_object(void *arg, const struct object *object)
{
	struct judging *j = arg;
	const struct object_input input = {
		.object = object,
		.pss = {.level = j->all ? PSS_RESTRICTED : PSS_BASELINE,
			.minor = PSS_LATEST,
			.alone = !j->all},
		.target_minor = PSS_LATEST,
	};

	j->n_objects++;
	j->n_workloads += object->origin == ORIGIN_KUBERNETES && object->workload;
	j->n_lists += object->origin == ORIGIN_KUBERNETES && object->field.len > 0;
	j->n_others += object->origin != ORIGIN_KUBERNETES;
	if (j->manifests)
		assert_int_equal(manifests_add(j->manifests, object), 0);
	run_rows(j, SUBJECT_OBJECT, &input, object->name);
	return 0;
}

static void judge(struct judging *j, const struct yaml_node *root)
{
	_cleanup_manifests_ struct manifests manifests = MANIFESTS_INIT;
	int kind;

	j->sink = (struct finding_sink){j->arena, take_finding, take_tally};
	j->manifests = j->together ? &manifests : NULL;
	kind = manifest_document(root, STR("mutant.yaml"), j->arena, judge_object, j);
	assert_true(kind >= 0);
	if (j->together) {
		const struct manifests_input input = {.manifests = &manifests,
						      .n_objects = j->n_objects};

		run_rows(j, SUBJECT_MANIFESTS, &input, STR("manifests"));
	}
	/* The engine tells of it (CODE-TEMPLATE). */
	j->n_unknown += kind == MANIFEST_TEMPLATE;
}

/* --- Mutating ------------------------------------------------------------------------------------ */

static size_t n_problems, n_mutations, n_refused, n_kept;

static bool is_above(struct str above, struct str path)
{
	return str_starts(path, above) &&
	       (path.len == above.len || path.ptr[above.len] == '.' || path.ptr[above.len] == '[');
}

static bool still_fails(const struct judging *j, const struct fault_place *before)
{
	for (size_t i = 0; i < j->failed.len; i++)
		if (j->failed.items[i].check == before->check &&
		    str_eq(j->failed.items[i].field, before->field))
			return true;
	return false;
}

/* An object of another kind, or of none. */
static bool says_what_it_is(struct str path)
{
	return str_eq(path, STR(".apiVersion")) || str_eq(path, STR(".kind"));
}

/* The standard asks less of Windows, and of pods in a user namespace of their own. */
static bool decides(struct str path)
{
	return fits(path, ".os.name") || fits(path, ".os") || fits(path, ".hostUsers");
}

static void want_unknown(const char *path, const struct slot *slot, const struct mutant *m,
			 const struct judging *after)
{
	n_refused++;
	if (after->n_unknown)
		return;
	print_error("%s: %.*s: a %s is not refused\n", path, STR_FMT(slot->path), m->name);
	n_problems++;
}

static void compare_others(const char *path, const struct slot *slot, const struct mutant *m,
			   const struct judging *after)
{
	static const char *const unread[] = {".essential", ".create_host_path"};

	if ((slot->type == TYPE_TRUTH || slot->type == TYPE_INTEGER) &&
	    (m->type == TYPE_LIST || m->type == TYPE_MAP) &&
	    !fits_one(slot->path, unread, ARRAY_LEN(unread)))
		want_unknown(path, slot, m, after);
}

static void compare_kubernetes(const char *path, const struct slot *slot, const struct mutant *m,
			       const struct judging *before, const struct judging *after)
{
	if (says_what_it_is(slot->path))
		return;
	if (refuses(slot->type, m) && !is_of_many_types(slot->path) &&
	    !is_detail_of_volume(slot->path))
		want_unknown(path, slot, m, after);
	if (decides(slot->path) || after->n_unknown)
		return;
	for (size_t i = 0; i < before->failed.len; i++) {
		const struct fault_place *f = &before->failed.items[i];

		if (is_above(slot->path, f->field) || is_above(f->field, slot->path))
			continue;
		n_kept++;
		if (!still_fails(after, f)) {
			print_error("%s: %.*s: with a %s, %s of %.*s is gone\n", path,
				    STR_FMT(slot->path), m->name, f->check->id, STR_FMT(f->field));
			n_problems++;
		}
	}
}

static void compare(const char *path, const struct slot *slot, const struct mutant *m,
		    const struct judging *before, const struct judging *after)
{
	if (before->n_unknown)
		return;
	if (before->n_workloads == 1 && before->n_objects == 1 && !before->n_lists)
		compare_kubernetes(path, slot, m, before, after);
	else if (before->n_others && before->n_others == before->n_objects)
		compare_others(path, slot, m, after);
}

/* All rows once for each mutant; those of the standard once more, for 2 and 3. */
static void mutate_slot(const char *path, const struct yaml_node *root, const struct slot *slot,
			const struct judging *before, bool all)
{
	const struct yaml_node *original = *slot->to;

	for (size_t i = 0; i < ARRAY_LEN(mutants); i++) {
		_cleanup_arena_ struct arena arena = ARENA_INIT(0);
		struct yaml_node mutant = {.line = original->line, .column = original->column};
		struct judging every = {.arena = &arena, .all = true, .together = true};
		struct judging after = {.arena = &arena};

		make_mutant(&mutants[i], &mutant);
		*slot->to = &mutant;
		n_mutations++;
		if (all) {
			judge(&every, root);
			vec_release(&every.failed);
		}
		judge(&after, root);
		*slot->to = original;
		if (every.r || after.r) {
			print_error("%s: %.*s: with a %s a row fails or says nothing\n", path,
				    STR_FMT(slot->path), mutants[i].name);
			n_problems++;
		}
		compare(path, slot, &mutants[i], before, &after);
		vec_release(&after.failed);
	}
}

static void mutate_document(const char *path, const struct yaml_node *root, bool all)
{
	_cleanup_arena_ struct arena arena = ARENA_INIT(0);
	struct judging before = {.arena = &arena};
	struct slots slots = {0};

	judge(&before, root);
	find_slots(&arena, root, STR(""), &slots);
	for (size_t i = 0; i < slots.len; i++)
		mutate_slot(path, root, &slots.items[i], &before, all);
	vec_release(&slots);
	vec_release(&before.failed);
}

static void mutate_file(const char *path, bool all)
{
	struct manifest_file file = MANIFEST_FILE_INIT;
	_cleanup_yaml_ struct yaml *yaml = NULL;
	const struct yaml_node *root;

	manifest_file_open(&file, path);
	assert_int_equal(yaml_open(buf_str(&file.bytes), &yaml, NULL), 0);
	while (yaml_next(yaml, &file.arena, &root, NULL) > 0)
		mutate_document(path, root, all);
	manifest_file_release(&file);
}

static void report(void)
{
	print_message("%zu mutations, %zu of them refused; %zu failures were looked for again\n",
		      n_mutations, n_refused, n_kept);
	assert_true(n_mutations > 1000 && n_refused > 100 && n_kept > 100);
	assert_int_equal(n_problems, 0);
}

/* --- Files --------------------------------------------------------------------------------------- */

static bool is_of_plain_format(const char *name)
{
	return str_ends(str_from(name), STR(".yaml")) || str_ends(str_from(name), STR(".json"));
}

static void mutate_fixtures_of(const struct check *c)
{
	struct dirent **entries;
	char path[4096];
	int n;

	snprintf(path, sizeof(path), "%s/tests/checks/%s", source_root(), c->id);
	n = scandir(path, &entries, NULL, alphasort);
	assert_true(n >= 0);
	for (int i = 0; i < n; i++) {
		const char *name = entries[i]->d_name;

		snprintf(path, sizeof(path), "%s/tests/checks/%s/%s", source_root(), c->id, name);
		if (fixture_outcome(name) == OUTCOME_FAIL && is_of_plain_format(name))
			mutate_file(path, true);
		free(entries[i]);
	}
	free(entries);
}

static void fixtures(void **state)
{
	n_problems = n_mutations = n_refused = n_kept = 0;
	for (size_t a = 0; a < n_check_areas; a++)
		for (size_t i = 0; i < check_areas[a]->n_checks; i++)
			if (is_about_objects(&check_areas[a]->checks[i]))
				mutate_fixtures_of(&check_areas[a]->checks[i]);
	report();
}

/* Versions of the standard have mostly the same pods: those of its last are enough. */
static void kubernetes_own_pods(void **state)
{
	static const char *const folders[] = {"baseline/v1.0", "baseline/v1.35",
					      "restricted/v1.35"};
	const char *shared = getenv("CSCPLATE_SHARED");
	struct dirent **entries;
	char path[4096];

	n_problems = n_mutations = n_refused = n_kept = 0;
	for (size_t k = 0; k < ARRAY_LEN(folders); k++) {
		int n;

		snprintf(path, sizeof(path), "%s/samples/pss/%s/fail",
			 shared ? shared : "../shared", folders[k]);
		n = scandir(path, &entries, NULL, alphasort);
		if (n < 0) {
			print_message("no samples/pss/%s in CSCPLATE_SHARED\n", folders[k]);
			skip();
		}
		for (int i = 0; i < n; i++) {
			snprintf(path, sizeof(path), "%s/samples/pss/%s/fail/%s",
				 shared ? shared : "../shared", folders[k], entries[i]->d_name);
			if (is_of_plain_format(entries[i]->d_name))
				mutate_file(path, false);
			free(entries[i]);
		}
		free(entries);
	}
	report();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fixtures),
		cmocka_unit_test(kubernetes_own_pods),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
