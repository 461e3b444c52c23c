/*
 * Every check on whatever documents say: rows about objects on each, then rows about all of them together. Input
 * as for fuzz_manifest; a row must answer, and what it emits must be there to be read.
 */
#include "base/compat.h"

#include "checks/checks.h"
#include "checks/inputs.h"
#include "manifest/manifest.h"

/* Lists of aliases to lists have more objects than there is time for. */
enum { MAX_OBJECTS = 300 };

struct run {
	struct finding_sink sink;
	struct manifests manifests;
	size_t n_answers, n_objects;
};

static volatile size_t touched;

static void touch(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		touched += (unsigned char)text.ptr[i];
}

static int take_finding(struct finding_sink *sink, const struct finding *f)
{
	struct run *run = (struct run *)sink;

	run->n_answers++;
	touch(f->subject.name);
	touch(f->where.path);
	touch(f->where.field);
	touch(f->message);
	touch(f->seen);
	touch(f->wanted);
	touch(f->remedy);
	touch(f->edit);
	if (!f->message.len || (f->where.line == 0) != (f->where.column == 0))
		__builtin_trap();
	return 0;
}

static void take_tally(struct finding_sink *sink, const struct check *check, enum outcome outcome)
{
	((struct run *)sink)->n_answers++;
}

static void run_rows(struct run *run, enum subject_kind kind, const void *input)
{
	for (size_t a = 0; a < n_check_areas; a++) {
		for (size_t i = 0; i < check_areas[a]->n_checks; i++) {
			const struct check *check = &check_areas[a]->checks[i];
			struct check_run one = {.check = check,
						.subject = {.kind = kind, .name = STR("object")},
						.input = input,
						.sink = &run->sink};
			size_t before = run->n_answers;

			if (check->subject != kind)
				continue;
			if (check->run(&one) < 0 || run->n_answers == before)
				__builtin_trap();
		}
	}
}

static int take_object(void *arg, const struct object *object)
{
	struct run *run = arg;
	struct object_input input = {.object = object};
	static const struct {
		struct pss pss;
		unsigned target_minor;
	} asked[] = {
		{{PSS_RESTRICTED, PSS_LATEST, false}, PSS_LATEST},
		{{PSS_RESTRICTED, 8, true}, 8},
		{{PSS_BASELINE, 24, true}, 24},
	};

	if (manifests_add(&run->manifests, object) < 0)
		__builtin_trap();
	for (size_t i = 0; i < ARRAY_LEN(asked); i++) {
		input.pss = asked[i].pss;
		input.target_minor = asked[i].target_minor;
		run_rows(run, SUBJECT_OBJECT, &input);
	}
	return ++run->n_objects < MAX_OBJECTS ? 0 : -ECANCELED;
}

/* The first byte of a unit is '#' and the second a letter for its kind, as a comment of systemd would. */
static void read_unit(struct run *run, struct str bytes)
{
	static const char *const kinds[] = {"x.container", "x.pod",   "x.kube",	 "x.volume",
					    "x.network",   "x.image", "x.build", "x.artifact"};
	_cleanup_arena_ struct arena arena = ARENA_INIT(0);
	unsigned char which = bytes.len > 1 ? (unsigned char)bytes.ptr[1] : 0;

	manifest_quadlet(bytes, str_from(kinds[which % ARRAY_LEN(kinds)]), &arena, take_object, run,
			 NULL);
}

static void read_documents(struct run *run, struct str bytes)
{
	_cleanup_yaml_ struct yaml *yaml = NULL;
	int r = yaml_open(bytes, &yaml, NULL);

	while (r >= 0) {
		_cleanup_arena_ struct arena arena = ARENA_INIT(0);
		const struct yaml_node *root;

		r = yaml_next(yaml, &arena, &root, NULL);
		if (r <= 0)
			break;
		if (manifest_document(root, STR("x.yaml"), &arena, take_object, run) < 0)
			break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str bytes = {(const char *)data, size};
	_cleanup_arena_ struct arena arena = ARENA_INIT(0);
	struct run run = {.sink = {&arena, take_finding, take_tally}, .manifests = MANIFESTS_INIT};
	struct manifests_input input = {.manifests = &run.manifests};

	if (str_starts(bytes, STR("#")) && !str_starts(bytes, STR("# ")))
		read_unit(&run, bytes);
	else
		read_documents(&run, bytes);
	input.n_objects = run.n_objects;
	run_rows(&run, SUBJECT_MANIFESTS, &input);
	manifests_release(&run.manifests);
	return 0;
}
