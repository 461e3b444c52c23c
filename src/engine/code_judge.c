/*
 * From files to packed findings, in a confined process: see code_judge.h. A document's objects are judged and
 * let go; what stays are its findings.
 */
#include "base/compat.h"

#include "engine/code_judge.h"

#include "base/fd.h"
#include "base/map.h"
#include "checks/inputs.h"
#include "core/limits.h"
#include "engine/findings_pack.h"
#include "engine/judge.h"
#include "manifest/manifest.h"

/* A record's first byte. */
enum record { RECORD_FINDING = 1, RECORD_END = 2 };

struct reader {
	const struct code_job *job;
	struct judge *judge;
	struct findings_packer packer;
	struct arena document; /* of the document that is being read */
	struct arena kept;     /* until the end */
	VEC(struct unreadable) unreadable;
	VEC(struct unrendered) templates;
	struct map programs;	      /* path → what rendered it */
	bool any;		      /* in what was rendered together */
	size_t n_findings, n_of_file; /* of all files, and of the one that is read */
	size_t n_files;		      /* with objects in them */
	struct str counted;	      /* the path that n_files counted last */
};

/* --- Files --------------------------------------------------------------------------------------- */

static int note_unreadable(struct reader *rd, struct str path, const char *reason)
{
	struct unreadable *item = vec_add(&rd->unreadable);

	if (!item)
		return -ENOMEM;
	*item = (struct unreadable){.path = path,
				    .layer = LAYER_NONE,
				    .reason = arena_str(&rd->kept, str_from(reason))};
	return item->reason.ptr ? 0 : -ENOMEM;
}

static int note_template(struct reader *rd, const struct code_file *file)
{
	struct unrendered *item = vec_add(&rd->templates);

	if (!item)
		return -ENOMEM;
	*item = (struct unrendered){file->path, str_from(file->unrendered), str_from(file->remedy)};
	return 0;
}

static int take_object(void *arg, const struct object *object)
{
	struct reader *rd = arg;

	if (!str_eq(rd->counted, object->path)) {
		rd->counted = object->path;
		rd->n_files++;
	}
	return judge_object(rd->judge, object);
}

static int read_bytes(struct reader *rd, const struct code_file *file, struct str bytes)
{
	struct manifest_found found = {0};
	struct err err = ERR_INIT;
	int r = manifest_read(bytes, file->path, file->named, &rd->document, take_object, rd,
			      &found, &err);

	arena_reset(&rd->document);
	rd->any |= found.any || r < 0;
	if (r == 0 && !rd->any && !file->more && file->named)
		return note_unreadable(rd, file->program ? file->whole : file->path,
				       file->program
					       ? "there is no manifest of a known kind in what "
						 "comes of it"
					       : "there is no manifest of a known kind in it");
	if (r == -ERR_FORMAT || r == -ERR_LIMIT) {
		if (file->program)
			err_wrap(&err, r, "what %s made of it", file->program);
		r = note_unreadable(rd, file->path, err.text);
	}
	if (r == 0 && found.template)
		r = note_template(rd, file);
	if (r == 0 &&
	    (rd->n_of_file > LIMIT_FILE_FINDINGS || rd->n_findings >= LIMIT_CODE_FINDINGS))
		r = note_unreadable(
			rd, file->path,
			"a limit of findings was met: the rest of what is wrong with it "
			"is not told");
	rd->n_of_file = 0;
	return r;
}

static int read_rendered(struct reader *rd, const struct code_file *file)
{
	void **slot = map_slot(&rd->programs, file->path);

	if (!slot)
		return -ENOMEM;
	*slot = (void *)(uintptr_t)file->program;
	return read_bytes(rd, file, file->bytes);
}

static int read_file(struct reader *rd, const struct code_file *file)
{
	_cleanup_buf_ struct buf content = BUF_INIT(LIMIT_MANIFEST_TEXT);
	struct err err = ERR_INIT;

	if (file->unrendered)
		return note_template(rd, file);
	if (file->skip) {
		rd->any = true;
		return note_unreadable(rd, file->path, file->skip);
	}
	if (file->program)
		return read_rendered(rd, file);
	if (!file->name)
		return read_bytes(rd, file, file->bytes);
	if (file_read(rd->job->dir, file->name, &content, &err) < 0)
		return note_unreadable(rd, file->path, err.text);
	return read_bytes(rd, file, buf_str(&content));
}

/* --- Findings ------------------------------------------------------------------------------------ */

/* What was rendered from a file has lines of its own, which nobody sees, and is not edited there. */
static int mark_rendered(struct reader *rd, struct finding *f)
{
	const char *program = map_get(&rd->programs, f->where.path);

	if (!program || f->subject.kind != SUBJECT_OBJECT)
		return 0;
	f->where.line = f->where.column = 0;
	f->edit = STR("");
	f->message = arena_printf(&rd->document, "%.*s, as rendered by %s", STR_FMT(f->message),
				  program);
	return f->message.ptr ? 0 : -ENOMEM;
}

static int take_finding(void *arg, const struct finding *finding, size_t row, struct str waived)
{
	struct reader *rd = arg;
	struct finding f = *finding;
	size_t n;

	/* A few lines with aliases can make findings without end. */
	rd->n_of_file++;
	if (rd->n_of_file > LIMIT_FILE_FINDINGS || rd->n_findings >= LIMIT_CODE_FINDINGS)
		return 0;
	rd->n_findings++;
	if (rd->programs.len && mark_rendered(rd, &f) < 0)
		return -ENOMEM;
	pack_u8(rd->packer.out, RECORD_FINDING);
	return findings_pack(&rd->packer, &f, judge_rows(rd->judge, &n)[row].number, row, waived);
}

static int pack_end(struct reader *rd)
{
	struct buf *out = rd->packer.out;
	size_t n_customs, n_rows;
	const struct str *customs = judge_customs(rd->judge, &n_customs);
	const struct judge_row *rows = judge_rows(rd->judge, &n_rows);
	int r = 0;

	pack_u8(out, RECORD_END);
	pack_uint(out, rd->n_files);
	pack_uint(out, judge_n_objects(rd->judge));
	pack_uint(out, n_customs);
	for (size_t i = 0; r == 0 && i < n_customs; i++)
		r = findings_pack_text(&rd->packer, customs[i]);
	pack_uint(out, n_rows);
	for (size_t i = 0; i < n_rows; i++) {
		pack_uint(out, rows[i].number);
		for (enum outcome o = 0; o < OUTCOME_MAX_; o++)
			pack_uint(out, rows[i].n[o]);
	}
	return r;
}

static int run(struct reader *rd)
{
	const struct code_job *job = rd->job;
	int r = judge_new(&job->options->judge, take_finding, rd, &rd->judge);

	for (size_t i = 0; r == 0 && i < job->n_files; i++) {
		*job->progress = i;
		r = read_file(rd, &job->files[i]);
		rd->any = rd->any && job->files[i].more;
	}
	if (r == 0) {
		*job->progress = job->n_files;
		r = judge_finish(rd->judge, &(struct judge_gaps){.unreadable = rd->unreadable.items,
								 .n_unreadable = rd->unreadable.len,
								 .templates = rd->templates.items,
								 .n_templates = rd->templates.len});
	}
	return r == 0 ? pack_end(rd) : r;
}

int code_judge(void *arg, struct buf *result, struct err *err)
{
	struct reader rd = {.job = arg, .packer = FINDINGS_PACKER_INIT(result)};
	int r = run(&rd);

	if (r == -ENOMEM)
		err_oom(err);
	judge_free(rd.judge);
	findings_packer_release(&rd.packer);
	arena_release(&rd.document);
	arena_release(&rd.kept);
	vec_release(&rd.unreadable);
	vec_release(&rd.templates);
	map_release(&rd.programs);
	return r;
}

/* --- What comes back ----------------------------------------------------------------------------- */

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

static int unpack_end(struct findings_unpacker *p, struct code_counts *counts)
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
		counts->customs[i] = findings_unpack_text(p);
	n = unpack_count(&p->u, 1 + OUTCOME_MAX_);
	for (size_t i = 0; i < n && !p->u.failed; i++) {
		struct tally tally = {.check = findings_unpack_check(p)};

		for (enum outcome o = 0; o < OUTCOME_MAX_; o++)
			tally.n[o] = unpack_uint_max(&p->u, SIZE_MAX);
		if (!p->u.failed && add_tally(p->result, &tally) < 0)
			return -ENOMEM;
	}
	return 0;
}

int code_unpack(struct str bytes, struct result *result, struct code_counts *ret, struct err *err)
{
	struct findings_unpacker p = {.u = unpack_init(bytes), .result = result};
	size_t before = result->findings.len;
	int r = 0;

	*ret = (struct code_counts){0};
	while (r == 0 && !p.u.failed) {
		uint8_t tag = unpack_u8(&p.u);

		if (tag == RECORD_FINDING) {
			r = findings_unpack(&p);
		} else {
			p.u.failed |= tag != RECORD_END;
			r = p.u.failed ? 0 : unpack_end(&p, ret);
			break;
		}
	}
	findings_unpacker_release(&p);
	if (r == 0 && unpack_done(&p.u))
		return 0;
	result->findings.len = before;
	return r < 0 ? err_oom(err)
		     : err_set(err, ERR_FORMAT, "the confined reader's findings are malformed");
}
