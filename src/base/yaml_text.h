/*
 * The text of YAML scalars from their source (spec 1.2.2, §7.3 flow styles, §8.1 block styles): line
 * folding, quotes, escapes, indentation. Pure; takes time in proportion to the source.
 *
 * All return 0 with a slice of raw or a copy in arena, -ENOMEM, or -ERR_FORMAT for an escape that does
 * not exist or means NUL.
 */
#pragma once

#include "base/arena.h"
#include "base/compat.h"
#include "base/str.h"

/* raw is without the quotes. */
int yaml_text_plain(struct str raw, struct arena *arena, struct str *ret);
int yaml_text_single(struct str raw, struct arena *arena, struct str *ret);
int yaml_text_double(struct str raw, struct arena *arena, struct str *ret);

enum yaml_chomp { YAML_CLIP, YAML_STRIP, YAML_KEEP };

struct yaml_block {
	bool folded;	       /* '>', else '|' */
	enum yaml_chomp chomp; /* '-', '+' or neither */
	unsigned indent; /* columns of indentation; 0: as the first line that is not empty has */
};

/* raw begins on the line after the header. */
int yaml_text_block(struct str raw, struct yaml_block block, struct arena *arena, struct str *ret);

/* The bytes that the text of a !!binary stands for (RFC 4648 §4, line ends passed over); the text itself
 * when it is none such. 0 or -ENOMEM. */
int yaml_text_binary(struct str text, struct arena *arena, struct str *ret);

/*
 * Reads "|", ">2-", "|+ # comment" at the end of a line. The indentation is as written, relative to the
 * parent. False if the line does not end in a header.
 */
bool yaml_block_header(struct str line, struct yaml_block *ret);
