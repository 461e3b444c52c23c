/* Findings between processes: see findings_pack.h. */
#include "base/compat.h"

#include "engine/findings_pack.h"

#include "checks/checks.h"

/* --- Writing ------------------------------------------------------------------------------------- */

void findings_packer_release(struct findings_packer *p)
{
	arena_release(&p->arena);
	map_release(&p->texts);
	vec_release(&p->rows);
}

/* 0: a new text follows; 1: no text; from 2 on: the n-2nd that was new. */
static int pack_text(struct findings_packer *p, struct str s, struct packed_text *last)
{
	struct packed_text *known;
	void **slot;

	if (!s.len) {
		pack_uint(p->out, 1);
		return 0;
	}
	if (last->number && str_eq(last->text, s)) {
		pack_uint(p->out, last->number + 1);
		return 0;
	}
	known = map_get(&p->texts, s);
	if (known) {
		*last = *known;
		pack_uint(p->out, known->number + 1);
		return 0;
	}
	known = arena_new(&p->arena, struct packed_text);
	if (!known)
		return -ENOMEM;
	known->text = arena_str(&p->arena, s);
	slot = known->text.ptr ? map_slot(&p->texts, known->text) : NULL;
	if (!slot)
		return -ENOMEM;
	known->number = ++p->n_texts;
	*slot = known;
	*last = *known;
	pack_uint(p->out, 0);
	pack_str(p->out, s);
	return 0;
}

int findings_pack_text(struct findings_packer *p, struct str text)
{
	struct packed_text none = {0};

	return pack_text(p, text, &none);
}

int findings_pack(struct findings_packer *p, const struct finding *f, size_t number, size_t row,
		  struct str waived)
{
	const struct str texts[FINDING_TEXTS] = {f->subject.name, f->where.path, f->where.field,
						 f->message,	  f->seen,	 f->wanted,
						 f->remedy,	  f->edit,	 waived};
	int r = 0;

	while (p->rows.len <= row)
		if (!vec_add(&p->rows))
			return -ENOMEM;
	pack_uint(p->out, number);
	pack_uint(p->out, f->outcome);
	pack_uint(p->out, f->severity);
	pack_uint(p->out, f->subject.kind);
	pack_uint(p->out, f->where.line);
	pack_uint(p->out, f->where.column);
	for (size_t i = 0; r == 0 && i < FINDING_TEXTS; i++)
		r = pack_text(p, texts[i],
			      i < FINDING_SHARED_TEXTS ? &p->last[i] : &p->rows.items[row].last[i]);
	return r;
}

/* --- Reading ------------------------------------------------------------------------------------- */

void findings_unpacker_release(struct findings_unpacker *p)
{
	vec_release(&p->texts);
	map_release(&p->waivers);
}

const struct check *findings_unpack_check(struct findings_unpacker *p)
{
	const struct check *check = check_at(unpack_uint_max(&p->u, SIZE_MAX));

	if (!check)
		p->u.failed = true;
	return p->u.failed ? NULL : check;
}

struct str findings_unpack_text(struct findings_unpacker *p)
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

/* Findings of one check with one reason share a waiver: texts stand once, so that pointers tell them apart. */
static int waive(struct findings_unpacker *p, struct finding *f, struct str reason)
{
	struct keyed_waiver {
		const void *key[2];
		struct waiver waiver;
	} * item;
	const void *key[2] = {f->check, reason.ptr};
	void **slot;

	item = map_get(&p->waivers, (struct str){(const char *)key, sizeof(key)});
	if (!item) {
		item = arena_new(p->result->arena, struct keyed_waiver);
		if (!item)
			return -ENOMEM;
		memcpy(item->key, key, sizeof(key));
		item->waiver = (struct waiver){
			.id = str_from(f->check->id), .reason = reason, .used = true};
		slot = map_slot(&p->waivers,
				(struct str){(const char *)item->key, sizeof(item->key)});
		if (!slot)
			return -ENOMEM;
		*slot = item;
	}
	f->waiver = &item->waiver;
	return 0;
}

int findings_unpack(struct findings_unpacker *p)
{
	struct finding *f = vec_add(&p->result->findings);
	struct str reason;

	if (!f)
		return -ENOMEM;
	f->check = findings_unpack_check(p);
	f->outcome = (enum outcome)unpack_uint_max(&p->u, OUTCOME_MAX_ - 1);
	f->severity = (enum severity)unpack_uint_max(&p->u, SEVERITY_MAX_ - 1);
	f->severity_before = f->severity;
	f->subject.kind = (enum subject_kind)unpack_uint_max(&p->u, SUBJECT_KIND_MAX_ - 1);
	f->where.line = (uint32_t)unpack_uint_max(&p->u, UINT32_MAX);
	f->where.column = (uint32_t)unpack_uint_max(&p->u, UINT32_MAX);
	f->where.layer = LAYER_NONE;
	f->subject.name = findings_unpack_text(p);
	f->where.path = findings_unpack_text(p);
	f->where.field = findings_unpack_text(p);
	f->message = findings_unpack_text(p);
	f->seen = findings_unpack_text(p);
	f->wanted = findings_unpack_text(p);
	f->remedy = findings_unpack_text(p);
	f->edit = findings_unpack_text(p);
	reason = findings_unpack_text(p);
	return reason.len && !p->u.failed ? waive(p, f, reason) : 0;
}
