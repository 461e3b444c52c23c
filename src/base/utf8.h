/*
 * UTF-8 (RFC 3629): well-formed sequences only; no overlong forms, surrogates or values above U+10FFFF.
 */
#pragma once

#include "base/compat.h"
#include "base/str.h"

/* The length of the sequence that s begins with (1–4) and its code point; 0 if there is none. */
size_t utf8_decode(struct str s, uint32_t *ret);
/* Columns that a code point takes on a terminal: 0, 1 or 2 (UAX #11; combining and control ones 0). */
unsigned utf8_columns(uint32_t code_point);
