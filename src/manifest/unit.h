/*
 * Units as plain data: a mapping of sections, each a mapping of keys to a scalar, or to a sequence if a key is
 * there more than once. An empty value takes back what was before it.
 *
 * The syntax is that of systemd (systemd.syntax(7)), but where podman's generator, which reads Quadlet units
 * before systemd does, goes its own way, as that does: see unit.c.
 */
#pragma once

#include "base/arena.h"
#include "base/compat.h"
#include "base/err.h"
#include "base/str.h"
#include "base/yaml.h"

/* -ERR_FORMAT with "line L: …" for what podman refuses, and for bytes that are not printable UTF-8. */
int unit_parse(struct str bytes, struct arena *arena, const struct yaml_node **ret_root,
	       struct err *err);

/*
 * The next word of a value: between blanks, with quotes taken off and, if unescape, C's escapes resolved.
 * 1, 0 at the end, or -ENOMEM.
 */
int unit_next_word(struct str *rest, bool unescape, struct arena *arena, struct str *ret_word);
