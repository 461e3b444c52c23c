/* What the tests of checks on objects share: a file with manifests, read object by object, and a sink that
 * keeps what rows say. */
#pragma once

#include "base/compat.h"

#include <setjmp.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/fd.h"
#include "checks/inputs.h"
#include "core/check.h"
#include "core/limits.h"
#include "manifest/manifest.h"

VEC_TYPE(kept_findings, struct finding);

struct keeper {
	struct finding_sink sink;
	struct kept_findings findings;
	size_t tallies[OUTCOME_MAX_];
};

static inline int keep_finding(struct finding_sink *sink, const struct finding *finding)
{
	struct keeper *k = (struct keeper *)sink;
	struct finding *item = vec_add(&k->findings);

	if (!item)
		return -ENOMEM;
	*item = *finding;
	/* A reader may let its object go after each. */
	item->where.field = arena_str(sink->arena, finding->where.field);
	item->where.path = arena_str(sink->arena, finding->where.path);
	item->seen = arena_str(sink->arena, finding->seen);
	item->subject.name = arena_str(sink->arena, finding->subject.name);
	return item->where.field.ptr && item->where.path.ptr && item->seen.ptr &&
			       item->subject.name.ptr
		       ? 0
		       : -ENOMEM;
}

static inline void keep_tally(struct finding_sink *sink, const struct check *check,
			      enum outcome outcome)
{
	((struct keeper *)sink)->tallies[outcome]++;
}

static inline size_t keeper_tallies(const struct keeper *k)
{
	size_t n = 0;

	for (enum outcome o = 0; o < OUTCOME_MAX_; o++)
		n += k->tallies[o];
	return n;
}

/* A file, and what in it was no object. */
struct manifest_file {
	struct arena arena;
	struct buf bytes;
	struct str path;
	VEC(struct unrendered) templates;
	VEC(struct unreadable) unreadable;
};

#define MANIFEST_FILE_INIT ((struct manifest_file){.bytes = BUF_INIT(MiB(16))})

static inline void manifest_file_open(struct manifest_file *f, const char *path)
{
	struct err err = ERR_INIT;

	if (file_read(AT_FDCWD, path, &f->bytes, &err) < 0)
		fail_msg("%s", err.text);
	f->path = arena_str(&f->arena, str_from(path));
}

static inline void manifest_file_release(struct manifest_file *f)
{
	vec_release(&f->templates);
	vec_release(&f->unreadable);
	buf_release(&f->bytes);
	arena_release(&f->arena);
}

static inline void manifest_file_unreadable(struct manifest_file *f, const char *reason)
{
	struct unreadable *u = vec_add(&f->unreadable);

	u->what = STR("file");
	u->path = f->path;
	u->layer = LAYER_NONE;
	u->reason = arena_str(&f->arena, str_from(reason));
}

/* Hands over every object; what could not be read is noted. */
static inline void manifest_file_each(struct manifest_file *f, manifest_fn *take, void *arg)
{
	_cleanup_yaml_ struct yaml *yaml = NULL;
	const struct yaml_node *root;
	struct err err = ERR_INIT;
	int r;

	if (manifest_is_quadlet(f->path)) {
		if (manifest_quadlet(buf_str(&f->bytes), f->path, &f->arena, take, arg, &err) < 0)
			manifest_file_unreadable(f, err.text);
		return;
	}
	r = yaml_open(buf_str(&f->bytes), &yaml, &err);
	while (r >= 0 && (r = yaml_next(yaml, &f->arena, &root, &err)) > 0) {
		int kind = manifest_document(root, f->path, &f->arena, take, arg);

		assert_true(kind >= 0);
		if (kind == MANIFEST_TEMPLATE)
			vec_add(&f->templates)->path = f->path;
	}
	if (r < 0 && manifest_is_template(buf_str(&f->bytes)))
		vec_add(&f->templates)->path = f->path;
	else if (r < 0)
		manifest_file_unreadable(f, err.text);
}
