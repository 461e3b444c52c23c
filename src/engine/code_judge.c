/*
 * From bytes of files to packed findings, in a confined process: see code_judge.h. A document's objects are
 * judged and let go; what stays are its findings, as packed bytes in which every text stands once.
 */
#include "base/compat.h"

#include "engine/code_judge.h"

#include "base/fd.h"
#include "base/map.h"
#include "base/yaml.h"
#include "checks/checks.h"
#include "checks/inputs.h"
#include "core/limits.h"
#include "core/manifests.h"
#include "engine/code_waivers.h"
#include "manifest/manifest.h"

/* A record's first byte. */
enum record { RECORD_FINDING = 1, RECORD_END = 2 };

/* The texts of a finding, in the order in which they are packed. */
enum { FINDING_TEXTS = 9 };

struct packed_text {
	struct str text; /* in judge.kept */
	size_t number;
};

/* A row and where it stands, so that findings can name it by numbers. */
struct row {
	const struct check *check;
	size_t area, index;
	size_t n[OUTCOME_MAX_];
	/* Of its last finding: the next one mostly says the same. */
	struct packed_text last[FINDING_TEXTS];
};

/* The first of these texts are rather those of the last finding, whatever its row. */
enum { SHARED_TEXTS = 2 };

struct judge {
	const struct code_job *job;
	const struct code_options *options;
	struct finding_sink sink;
	struct arena document; /* of the document that is being read */
	struct arena words;    /* of the findings of one object */
	struct arena kept;     /* until the end */
	struct err *err;

	VEC(struct row) rows;
	struct row *row; /* that is running */
	struct packed_text last[SHARED_TEXTS];
	struct object_waivers waivers;

	struct manifests manifests;
	VEC(struct unreadable) unreadable;
	VEC(struct str) templates;
	VEC(struct str) customs;
	struct map custom_names;
	size_t n_files, n_objects, n_judged;
	struct str counted; /* the path that n_files counted last */

	struct map texts; /* text → struct packed_text, in kept */
	size_t n_texts;
	struct buf *out;
};

/* --- Packing ------------------------------------------------------------------------------------- */

/* 0: a new text follows; 1: no text; from 2 on: the n-2nd that was new. */
static int pack_text(struct judge *j, struct str s, struct packed_text *last)
{
	struct packed_text *known;
	void **slot;

	if (!s.len) {
		pack_uint(j->out, 1);
		return 0;
	}
	if (last->number && str_eq(last->text, s)) {
		pack_uint(j->out, last->number + 1);
		return 0;
	}
	known = map_get(&j->texts, s);
	if (known) {
		*last = *known;
		pack_uint(j->out, known->number + 1);
		return 0;
	}
	known = arena_new(&j->kept, struct packed_text);
	if (!known)
		return -ENOMEM;
	known->text = arena_str(&j->kept, s);
	slot = known->text.ptr ? map_slot(&j->texts, known->text) : NULL;
	if (!slot)
		return -ENOMEM;
	known->number = ++j->n_texts;
	*slot = known;
	*last = *known;
	pack_uint(j->out, 0);
	pack_str(j->out, s);
	return 0;
}

static int take_finding(struct finding_sink *sink, const struct finding *f)
{
	struct judge *j = (struct judge *)((char *)sink - offsetof(struct judge, sink));
	const struct str waived = object_waiver_reason(&j->waivers, f);
	const struct str texts[] = {f->subject.name, f->where.path, f->where.field,
				    f->message,	     f->seen,	    f->wanted,
				    f->remedy,	     f->edit,	    waived};
	int r = 0;

	if (!code_wants(j->options, f->subject.name) && f->subject.kind == SUBJECT_OBJECT)
		return 0;
	/* A precondition that is met (emit_met()) is no answer, and so no pass. */
	j->row->n[f->outcome == OUTCOME_PASS && f->severity == SEVERITY_NONE
			  ? OUTCOME_NOT_APPLICABLE
			  : f->outcome]++;
	if (f->outcome == OUTCOME_PASS || f->outcome == OUTCOME_NOT_APPLICABLE)
		return 0;
	pack_u8(j->out, RECORD_FINDING);
	pack_uint(j->out, j->row->area);
	pack_uint(j->out, j->row->index);
	pack_uint(j->out, f->outcome);
	pack_uint(j->out, f->severity);
	pack_uint(j->out, f->subject.kind);
	pack_uint(j->out, f->where.line);
	pack_uint(j->out, f->where.column);
	static_assert(ARRAY_LEN(texts) == FINDING_TEXTS, "every text has its last one");
	for (size_t i = 0; r == 0 && i < FINDING_TEXTS; i++)
		r = pack_text(j, texts[i], i < SHARED_TEXTS ? &j->last[i] : &j->row->last[i]);
	return r;
}

static void take_tally(struct finding_sink *sink, const struct check *check, enum outcome outcome)
{
	struct judge *j = (struct judge *)((char *)sink - offsetof(struct judge, sink));

	(void)check; /* it is the running one */
	j->row->n[outcome]++;
}

/* --- Objects ------------------------------------------------------------------------------------- */

/* The groups of Kubernetes' own API; all that came later end in its domain. */
static bool is_built_in(struct str group)
{
	static const char *const groups[] = {"",       "apps",	    "batch", "autoscaling",
					     "policy", "extensions"};

	for (size_t i = 0; i < ARRAY_LEN(groups); i++)
		if (str_eq(group, str_from(groups[i])))
			return true;
	return str_ends(group, STR(".k8s.io"));
}

static int note_custom(struct judge *j, const struct object *object)
{
	ssize_t slash = str_find_char(object->api_version, '/');
	struct str group = str_sub(object->api_version, 0, slash < 0 ? 0 : (size_t)slash);
	struct str kind, *item;
	void **slot;

	if (object->origin != ORIGIN_KUBERNETES || object->workload || is_built_in(group) ||
	    map_get(&j->custom_names, object->kind))
		return 0;
	kind = arena_str(&j->kept, object->kind);
	slot = kind.ptr ? map_slot(&j->custom_names, kind) : NULL;
	item = slot ? vec_add(&j->customs) : NULL;
	if (!item)
		return -ENOMEM;
	*slot = (void *)kind.ptr;
	*item = kind;
	return 0;
}

static int run_row(struct judge *j, struct row *row, struct subject subject, const void *input)
{
	struct check_run run = {
		.check = row->check, .subject = subject, .input = input, .sink = &j->sink};

	j->row = row;
	return row->check->run(&run);
}

static int judge_object(void *arg, const struct object *object)
{
	struct judge *j = arg;
	const struct object_input input = {
		.object = object, .pss = j->options->pss, .target_minor = j->options->target_minor};
	struct subject subject = {.kind = SUBJECT_OBJECT, .name = object_title(object, &j->words)};
	int r = subject.name.ptr ? manifests_add(&j->manifests, object) : -ENOMEM;

	if (r == 0)
		r = note_custom(j, object);
	if (r < 0)
		return r;
	j->n_objects++;
	if (!str_eq(j->counted, object->path)) {
		j->counted = object->path;
		j->n_files++;
	}
	if (!code_wants(j->options, subject.name))
		return 0;
	j->n_judged++;
	if (!j->options->no_annotations)
		r = object_waivers_read(object, &j->words, &j->waivers);
	for (size_t i = 0; r == 0 && i < j->rows.len; i++)
		if (j->rows.items[i].check->subject == SUBJECT_OBJECT)
			r = run_row(j, &j->rows.items[i], subject, &input);
	j->waivers = (struct object_waivers){0};
	arena_reset(&j->words);
	return r;
}

/* --- Files --------------------------------------------------------------------------------------- */

static int note_unreadable(struct judge *j, struct str path, const char *reason)
{
	struct unreadable *item = vec_add(&j->unreadable);

	if (!item)
		return -ENOMEM;
	*item = (struct unreadable){
		.path = path, .layer = LAYER_NONE, .reason = arena_str(&j->kept, str_from(reason))};
	return item->reason.ptr ? 0 : -ENOMEM;
}

/* For a file that the user named. */
static int note_none(struct judge *j, const struct code_file *file)
{
	return note_unreadable(j, file->path, "there is no manifest of a known kind in it");
}

static int note_template(struct judge *j, struct str path)
{
	struct str *item;

	if (j->templates.len && str_eq(j->templates.items[j->templates.len - 1], path))
		return 0;
	item = vec_add(&j->templates);
	if (!item)
		return -ENOMEM;
	*item = path;
	return 0;
}

static bool has(struct str bytes, const char *word)
{
	return memmem(bytes.ptr, bytes.len, word, strlen(word)) != NULL;
}

/* Before anything is parsed: can there be a manifest in these bytes at all? Every kind has one of its words. */
static bool may_be_manifest(struct str bytes)
{
	static const char *const words[] = {"apiVersion", "services", "ontainerDefinitions",
					    "TaskGroups"};

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (has(bytes, words[i]))
			return true;
	return false;
}

static int judge_documents(struct judge *j, const struct code_file *file, struct str bytes)
{
	_cleanup_yaml_ struct yaml *yaml = NULL;
	struct err err = ERR_INIT;
	bool any = false;
	int r = yaml_open(bytes, &yaml, &err);

	while (r >= 0) {
		const struct yaml_node *root;

		r = yaml_next(yaml, &j->document, &root, &err);
		if (r <= 0)
			break;
		r = manifest_document(root, file->path, &j->document, judge_object, j);
		if (r < 0)
			return r;
		any |= r != MANIFEST_NONE;
		if (r == MANIFEST_TEMPLATE && note_template(j, file->path) < 0)
			return -ENOMEM;
		arena_reset(&j->document);
	}
	if (r == -ENOMEM)
		return r;
	if (r < 0 && manifest_is_template(bytes))
		return note_template(j, file->path);
	if (r < 0)
		return note_unreadable(j, file->path, err.text);
	return !any && file->named ? note_none(j, file) : 0;
}

static int judge_bytes(struct judge *j, const struct code_file *file, struct str bytes)
{
	struct err err = ERR_INIT;
	int r;

	if (manifest_is_quadlet(file->path)) {
		r = manifest_quadlet(bytes, file->path, &j->document, judge_object, j, &err);
		if (r < 0 && r != -ENOMEM)
			return note_unreadable(j, file->path, err.text);
		if (r == MANIFEST_NONE && file->named)
			return note_none(j, file);
		return MIN(r, 0);
	}
	if (!file->named && !may_be_manifest(bytes))
		return 0;
	return judge_documents(j, file, bytes);
}

static int judge_file(struct judge *j, const struct code_file *file)
{
	_cleanup_buf_ struct buf content = BUF_INIT(LIMIT_MANIFEST_TEXT);
	struct err err = ERR_INIT;
	int r;

	if (file->template)
		return note_template(j, file->path);
	if (file->skip)
		return note_unreadable(j, file->path, file->skip);
	if (!file->name)
		return judge_bytes(j, file, file->bytes);
	if (file_read(j->job->dir, file->name, &content, &err) < 0)
		return note_unreadable(j, file->path, err.text);
	r = judge_bytes(j, file, buf_str(&content));
	arena_reset(&j->document);
	return r;
}

/* --- All of it ----------------------------------------------------------------------------------- */

/* The rows about objects and manifests; only the standard's when it is all that counts. */
static int choose_rows(struct judge *j)
{
	for (size_t a = 0; a < n_check_areas; a++) {
		const struct check_area *area = check_areas[a];
		bool standard = strcmp(area->name, "pss") == 0;

		for (size_t i = 0; i < area->n_checks; i++) {
			const struct check *check = &area->checks[i];
			struct row *row;

			if (check->subject != SUBJECT_OBJECT && check->subject != SUBJECT_MANIFESTS)
				continue;
			if (j->options->pss.alone && !standard && !check->always)
				continue;
			row = vec_add(&j->rows);
			if (!row)
				return -ENOMEM;
			*row = (struct row){.check = check, .area = a, .index = i};
		}
	}
	return 0;
}

static int run_set_rows(struct judge *j)
{
	const struct manifests_input input = {.manifests = &j->manifests,
					      .n_objects = j->n_objects,
					      .unreadable = j->unreadable.items,
					      .n_unreadable = j->unreadable.len,
					      .templates = j->templates.items,
					      .n_templates = j->templates.len};
	const struct subject subject = {.kind = SUBJECT_MANIFESTS, .name = STR("manifests")};
	int r = 0;

	for (size_t i = 0; r == 0 && i < j->rows.len; i++)
		if (j->rows.items[i].check->subject == SUBJECT_MANIFESTS)
			r = run_row(j, &j->rows.items[i], subject, &input);
	return r;
}

static int finish(struct judge *j)
{
	int r = 0;

	pack_u8(j->out, RECORD_END);
	pack_uint(j->out, j->n_files);
	pack_uint(j->out, j->n_judged);
	pack_uint(j->out, j->customs.len);
	for (size_t i = 0; r == 0 && i < j->customs.len; i++)
		r = pack_text(j, j->customs.items[i], &(struct packed_text){0});
	pack_uint(j->out, j->rows.len);
	for (size_t i = 0; i < j->rows.len; i++) {
		pack_uint(j->out, j->rows.items[i].area);
		pack_uint(j->out, j->rows.items[i].index);
		for (enum outcome o = 0; o < OUTCOME_MAX_; o++)
			pack_uint(j->out, j->rows.items[i].n[o]);
	}
	return r;
}

static void release(struct judge *j)
{
	arena_release(&j->document);
	arena_release(&j->words);
	arena_release(&j->kept);
	vec_release(&j->rows);
	vec_release(&j->unreadable);
	vec_release(&j->templates);
	vec_release(&j->customs);
	map_release(&j->custom_names);
	map_release(&j->texts);
	manifests_release(&j->manifests);
}

int code_judge(void *arg, struct buf *result, struct err *err)
{
	const struct code_job *job = arg;
	struct judge j = {
		.job = job,
		.options = job->options,
		.err = err,
		.out = result,
		.manifests = MANIFESTS_INIT,
	};
	int r = choose_rows(&j);

	j.sink =
		(struct finding_sink){.arena = &j.words, .take = take_finding, .tally = take_tally};
	for (size_t i = 0; r == 0 && i < job->n_files; i++) {
		*job->progress = i;
		r = judge_file(&j, &job->files[i]);
	}
	*job->progress = job->n_files;
	if (r == 0)
		r = run_set_rows(&j);
	if (r == 0)
		r = finish(&j);
	if (r == -ENOMEM)
		err_oom(err);
	release(&j);
	return r;
}

/* --- What comes back ----------------------------------------------------------------------------- */

struct unpacker {
	struct unpack u;
	struct result *result;
	VEC(struct str) texts;
	VEC(struct waiver *) waivers; /* of annotations, one for each check and reason */
};

/* A check by its numbers; a failure and NULL when there is none. */
static const struct check *unpack_check(struct unpacker *p)
{
	size_t area = unpack_uint_max(&p->u, n_check_areas - 1), index;

	if (p->u.failed)
		return NULL;
	index = unpack_uint_max(&p->u, check_areas[area]->n_checks - 1);
	return p->u.failed ? NULL : &check_areas[area]->checks[index];
}

static struct str unpack_text(struct unpacker *p)
{
	uint64_t n = unpack_uint(&p->u);
	struct str *item;

	if (n > 1) {
		if (n - 2 < p->texts.len)
			return p->texts.items[n - 2];
		p->u.failed = true;
		return STR("");
	}
	if (n == 1 || p->u.failed)
		return STR("");
	item = vec_add(&p->texts);
	if (!item) {
		p->u.failed = true;
		return STR("");
	}
	*item = unpack_str(&p->u);
	return *item;
}

static int waive(struct unpacker *p, struct finding *f, struct str reason)
{
	struct waiver **slot, *waiver = NULL;

	for (size_t i = 0; !waiver && i < p->waivers.len; i++)
		if (p->waivers.items[i]->reason.ptr == reason.ptr &&
		    str_eq(p->waivers.items[i]->id, str_from(f->check->id)))
			waiver = p->waivers.items[i];
	if (!waiver) {
		waiver = arena_new(p->result->arena, struct waiver);
		slot = waiver ? vec_add(&p->waivers) : NULL;
		if (!slot)
			return -ENOMEM;
		*waiver = (struct waiver){
			.id = str_from(f->check->id), .reason = reason, .used = true};
		*slot = waiver;
	}
	f->waiver = waiver;
	return 0;
}

static int unpack_finding(struct unpacker *p)
{
	struct finding *f = vec_add(&p->result->findings);
	struct str reason;

	if (!f)
		return -ENOMEM;
	f->check = unpack_check(p);
	f->outcome = (enum outcome)unpack_uint_max(&p->u, OUTCOME_MAX_ - 1);
	f->severity = (enum severity)unpack_uint_max(&p->u, SEVERITY_MAX_ - 1);
	f->severity_before = f->severity;
	f->subject.kind = (enum subject_kind)unpack_uint_max(&p->u, SUBJECT_KIND_MAX_ - 1);
	f->where.line = (uint32_t)unpack_uint_max(&p->u, UINT32_MAX);
	f->where.column = (uint32_t)unpack_uint_max(&p->u, UINT32_MAX);
	f->where.layer = LAYER_NONE;
	f->subject.name = unpack_text(p);
	f->where.path = unpack_text(p);
	f->where.field = unpack_text(p);
	f->message = unpack_text(p);
	f->seen = unpack_text(p);
	f->wanted = unpack_text(p);
	f->remedy = unpack_text(p);
	f->edit = unpack_text(p);
	reason = unpack_text(p);
	return reason.len && !p->u.failed ? waive(p, f, reason) : 0;
}

/* The same check may be counted by several readers. */
static int add_tally(struct result *result, const struct tally *from)
{
	struct tally *to = NULL;

	for (size_t i = 0; !to && i < result->tallies.len; i++)
		if (result->tallies.items[i].check == from->check)
			to = &result->tallies.items[i];
	if (!to) {
		to = vec_add(&result->tallies);
		if (!to)
			return -ENOMEM;
		to->check = from->check;
	}
	for (enum outcome o = 0; o < OUTCOME_MAX_; o++)
		to->n[o] += from->n[o];
	return 0;
}

static int unpack_end(struct unpacker *p, struct code_counts *counts)
{
	size_t n;

	counts->files = unpack_uint_max(&p->u, SIZE_MAX);
	counts->objects = unpack_uint_max(&p->u, SIZE_MAX);
	counts->n_customs = unpack_count(&p->u, 1);
	counts->customs =
		arena_calloc(p->result->arena, counts->n_customs, sizeof(*counts->customs));
	if (!counts->customs)
		return -ENOMEM;
	for (size_t i = 0; i < counts->n_customs; i++)
		counts->customs[i] = unpack_text(p);
	n = unpack_count(&p->u, 2 + OUTCOME_MAX_);
	for (size_t i = 0; i < n && !p->u.failed; i++) {
		struct tally tally = {.check = unpack_check(p)};

		for (enum outcome o = 0; o < OUTCOME_MAX_; o++)
			tally.n[o] = unpack_uint_max(&p->u, SIZE_MAX);
		if (!p->u.failed && add_tally(p->result, &tally) < 0)
			return -ENOMEM;
	}
	return 0;
}

int code_unpack(struct str bytes, struct result *result, struct code_counts *ret, struct err *err)
{
	struct unpacker p = {.u = unpack_init(bytes), .result = result};
	size_t before = result->findings.len;
	int r = 0;

	*ret = (struct code_counts){0};
	while (r == 0 && !p.u.failed) {
		uint8_t tag = unpack_u8(&p.u);

		if (tag == RECORD_FINDING) {
			r = unpack_finding(&p);
		} else {
			p.u.failed |= tag != RECORD_END;
			r = p.u.failed ? 0 : unpack_end(&p, ret);
			break;
		}
	}
	vec_release(&p.texts);
	vec_release(&p.waivers);
	if (r < 0)
		return err_oom(err);
	if (unpack_done(&p.u))
		return 0;
	result->findings.len = before;
	return err_set(err, ERR_FORMAT, "the confined reader's findings are malformed");
}
