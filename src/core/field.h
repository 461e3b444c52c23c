/*
 * Fields of a document by their paths: "spec.template.metadata". What is not there, and what has another
 * type than is asked for, both read as absent.
 */
#pragma once

#include "base/compat.h"
#include "base/str.h"
#include "base/yaml.h"

/* The value at keys joined by dots (keys that have one cannot be named); null is as good as absent: NULL. */
const struct yaml_node *field_at(const struct yaml_node *node, const char *path);

/* Is it a text, as Kubernetes' decoder reads it (core/scalar.h)? */
bool field_is_text(const struct yaml_node *node);
/* What such a word or plain true and false say: 0 or -EINVAL. */
int field_truth(const struct yaml_node *node, bool *ret);
/* That text; empty with a NULL .ptr when there is none. An empty text has a .ptr. */
struct str field_text(const struct yaml_node *node, const char *path);

/* Is there a truth, and is it that one? */
bool field_is(const struct yaml_node *node, const char *path, bool wanted);

/* The items of a sequence, or 0 of them. */
size_t field_items(const struct yaml_node *node, const char *path,
		   const struct yaml_node *const **ret);
