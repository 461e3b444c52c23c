/*
 * Findings in a form for the way between processes, in which every text stands once: hundreds of thousands
 * that say much the same take little room. Reading trusts nothing (base/pack.h).
 */
#pragma once

#include "base/arena.h"
#include "base/compat.h"
#include "base/map.h"
#include "base/pack.h"
#include "base/vec.h"
#include "core/finding.h"
#include "core/result.h"

/* The texts of a finding, in the order in which they are packed; the first ones are mostly those of the finding
 * before, the others those of the check's last finding. */
enum { FINDING_TEXTS = 9, FINDING_SHARED_TEXTS = 2 };

struct packed_text {
	struct str text;
	size_t number;
};

/* What the last finding of a check said. */
struct packed_row {
	struct packed_text last[FINDING_TEXTS];
};

struct findings_packer {
	struct buf *out;
	struct arena arena;
	struct map texts; /* text → struct packed_text */
	size_t n_texts;
	struct packed_text last[FINDING_SHARED_TEXTS];
	VEC(struct packed_row) rows; /* by the caller's numbers */
};

#define FINDINGS_PACKER_INIT(buffer) ((struct findings_packer){.out = (buffer)})
void findings_packer_release(struct findings_packer *packer);

/*
 * Appends a finding of the check with that number (check_at()), of which row is any small number of the
 * caller's; waived says why an annotation waives it, or is empty. Returns 0 or -ENOMEM; a full buffer shows
 * in its status.
 */
int findings_pack(struct findings_packer *packer, const struct finding *f, size_t number,
		  size_t row, struct str waived);
/* Appends any text, each stored once. */
int findings_pack_text(struct findings_packer *packer, struct str text);

struct findings_unpacker {
	struct unpack u;
	struct result *result;
	VEC(struct str) texts;
	struct map waivers; /* check and reason → struct waiver * */
};

void findings_unpacker_release(struct findings_unpacker *unpacker);

/*
 * Reads one finding and adds it to the result, without policy; an annotation's waiver is in the result's arena.
 * Texts are slices of the bytes. Returns 0 or -ENOMEM; what is malformed shows in u.failed.
 */
int findings_unpack(struct findings_unpacker *unpacker);
struct str findings_unpack_text(struct findings_unpacker *unpacker);
/* A check by its number; NULL, and u.failed, when there is none. */
const struct check *findings_unpack_check(struct findings_unpacker *unpacker);
