/*
 * Times one object as a gate that admits it would see it: object_checks FILE. Prints, in microseconds, what all
 * rows take on the object in memory, what it takes from its bytes in YAML to the last finding, the same from
 * JSON, and how many findings there were. Each is the best of several runs over many rounds.
 */
#include "base/compat.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/yaml.h"
#include "checks/checks.h"
#include "checks/inputs.h"
#include "manifest/manifest.h"

enum { RUNS = 7, ROUNDS = 2000 };

struct bench {
	struct finding_sink sink;
	struct arena findings;
	size_t n_findings, n_rows;
	double rows; /* microseconds of one round, the best */
	bool repeat;
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int take_finding(struct finding_sink *sink, const struct finding *finding)
{
	((struct bench *)sink)->n_findings++;
	return 0;
}

static void take_tally(struct finding_sink *sink, const struct check *check, enum outcome outcome)
{
}

static int run_rows(struct bench *b, const struct object *object)
{
	const struct object_input input = {
		.object = object,
		.pss = {.level = PSS_RESTRICTED, .minor = PSS_LATEST},
		.target_minor = PSS_LATEST,
	};
	const struct subject subject = {.kind = SUBJECT_OBJECT,
					.name = object_title(object, &b->findings)};
	int r = 0;

	b->n_findings = b->n_rows = 0;
	for (size_t a = 0; a < n_check_areas; a++) {
		for (size_t i = 0; r == 0 && i < check_areas[a]->n_checks; i++) {
			const struct check *check = &check_areas[a]->checks[i];
			struct check_run run = {.check = check,
						.subject = subject,
						.input = &input,
						.sink = &b->sink};

			if (check->subject != SUBJECT_OBJECT)
				continue;
			r = check->run(&run);
			b->n_rows++;
		}
	}
	arena_reset(&b->findings);
	return r;
}

static int take_object(void *arg, const struct object *object)
{
	struct bench *b = arg;
	int r = 0;

	if (!b->repeat)
		return run_rows(b, object);
	for (int i = 0; r == 0 && i < RUNS; i++) {
		double begin = now();

		for (int k = 0; r == 0 && k < ROUNDS; k++)
			r = run_rows(b, object);
		b->rows = MIN(b->rows, (now() - begin) / ROUNDS);
	}
	return r;
}

static int judge(struct bench *b, struct str bytes, struct arena *arena)
{
	const struct yaml_node *root;
	struct err err = ERR_INIT;
	int r = yaml_parse(bytes, arena, &root, &err);

	if (r == 0)
		r = manifest_document(root, STR("object"), arena, take_object, b);
	if (r != MANIFEST_OBJECTS)
		fprintf(stderr, "no object: %s\n", err.text);
	arena_reset(arena);
	return r == MANIFEST_OBJECTS ? 0 : -1;
}

/* From bytes to findings; microseconds, or below 0. */
static double judge_many(struct bench *b, struct str bytes, struct arena *arena)
{
	double best = 1e12;

	for (int i = 0; i < RUNS; i++) {
		double begin = now();

		for (int k = 0; k < ROUNDS; k++)
			if (judge(b, bytes, arena) < 0)
				return -1;
		best = MIN(best, (now() - begin) / ROUNDS);
	}
	return best;
}

/* Keys of the bench's own files need no escapes. */
static void write_json(struct json *j, const struct yaml_node *node)
{
	uint64_t number;
	bool truth;

	switch (node->kind) {
	case YAML_MAPPING:
		json_object_begin(j);
		for (uint32_t i = 0; i < node->n; i++) {
			char key[256];

			snprintf(key, sizeof(key), "%.*s", STR_FMT(node->pairs[i].key->text));
			json_key(j, key);
			write_json(j, node->pairs[i].value);
		}
		json_object_end(j);
		break;
	case YAML_SEQUENCE:
		json_array_begin(j);
		for (uint32_t i = 0; i < node->n; i++)
			write_json(j, node->items[i]);
		json_array_end(j);
		break;
	case YAML_SCALAR:
		if (yaml_is_null(node))
			json_nil(j);
		else if (yaml_bool(node, &truth) == 0)
			json_bool(j, truth);
		else if (yaml_uint(node, &number) == 0)
			json_uint(j, number);
		else
			json_str(j, node->text);
		break;
	}
}

static int to_json(struct str bytes, char **ret, size_t *ret_len)
{
	_cleanup_arena_ struct arena arena = ARENA_INIT(0);
	const struct yaml_node *root;
	FILE *out = open_memstream(ret, ret_len);
	struct json json = JSON_INIT(out, 0);
	struct err err = ERR_INIT;
	int r = out ? yaml_parse(bytes, &arena, &root, &err) : -ENOMEM;

	if (r == 0) {
		write_json(&json, root);
		json_finish(&json);
	}
	if (out)
		fclose(out);
	return r;
}

int main(int argc, char **argv)
{
	_cleanup_buf_ struct buf text = BUF_INIT((size_t)1 << 20);
	_cleanup_arena_ struct arena arena = ARENA_INIT(0);
	_cleanup_free_ char *json = NULL;
	struct bench b = {.sink = {&b.findings, take_finding, take_tally}, .rows = 1e12};
	struct err err = ERR_INIT;
	double from_yaml, from_json;
	size_t json_len = 0;
	int r;

	if (argc != 2) {
		fprintf(stderr, "usage: %s FILE\n", argv[0]);
		return 2;
	}
	if (file_read(AT_FDCWD, argv[1], &text, &err) < 0 ||
	    to_json(buf_str(&text), &json, &json_len) < 0) {
		fprintf(stderr, "cannot read '%s': %s\n", argv[1], err.text);
		return 2;
	}
	b.repeat = true;
	r = judge(&b, buf_str(&text), &arena);
	b.repeat = false;
	from_yaml = judge_many(&b, buf_str(&text), &arena);
	from_json = judge_many(&b, (struct str){json, json_len}, &arena);
	arena_release(&b.findings);
	if (r < 0 || from_yaml < 0 || from_json < 0)
		return 2;
	printf("%.2f %.2f %.2f microseconds: rows, from YAML, from JSON; %zu rows, %zu findings\n",
	       b.rows, from_yaml, from_json, b.n_rows, b.n_findings);
	return 0;
}
