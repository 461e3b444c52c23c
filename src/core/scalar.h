/* What the scalars of a document are. One answer for readers and for rows: what differs would be a way past. */
#pragma once

#include "base/compat.h"
#include "base/yaml.h"

enum scalar { SCALAR_NOT, SCALAR_NULL, SCALAR_TRUTH, SCALAR_INTEGER, SCALAR_FRACTION, SCALAR_TEXT };

/*
 * As goyaml.v2 resolves it: 010 is 8, 0x10 and 0b1 and 1_000 are numbers, 1e3 and 2.0 are integers. Of a truth and
 * of an integer ret_value is the value; an integer beyond int64_t, or a fraction that JSON would not write as an
 * integer, is a SCALAR_FRACTION. SCALAR_NOT is a mapping or sequence. yaml_1_1: yes, no, on, off, y and n are
 * booleans (yaml.org/type/bool.html), as Kubernetes' decoder has them.
 */
enum scalar scalar_of(const struct yaml_node *node, bool yaml_1_1, int64_t *ret_value);
bool scalar_is_null(const struct yaml_node *node);
