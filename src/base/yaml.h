/*
 * YAML 1.2 (yaml.org/spec/1.2.2) as plain data with positions, read through libfyaml. A document becomes
 * a tree of nodes in an arena; aliases are followed, so that a node may be reached by several ways, but
 * never in a circle.
 *
 * Refused, with line and column: bytes that are not UTF-8 or not printable (NUL among them), duplicate
 * and structured keys, nesting deeper than YAML_DEPTH, aliases that unfold to more than
 * YAML_UNFOLDED nodes. Tags of an application ("!Ref") are no error; that there was one is kept.
 *
 * One thing is of YAML 1.1 (yaml.org/type/merge.html), since all that manifests are written for knows it: a
 * plain key "<<" is replaced by the pairs of the mapping that is its value, or of the mappings in a sequence
 * of them. Keys of the mapping itself count before those, and earlier mappings before later ones.
 */
#pragma once

#include "base/arena.h"
#include "base/compat.h"
#include "base/err.h"
#include "base/str.h"

/* A custom resource definition of Kubernetes reaches some 60 levels. */
enum { YAML_DEPTH = 200 };
/* Nodes of one document with every alias written out: a 100 MB file without aliases has 10 million. */
enum { YAML_UNFOLDED = 16 << 20 };
/* Pairs of one document that merges add: 16 MiB, where real files have some hundred. */
enum { YAML_MERGED = 1 << 20 };

enum yaml_kind { YAML_SCALAR, YAML_SEQUENCE, YAML_MAPPING };

struct yaml_node;

struct yaml_pair {
	const struct yaml_node *key; /* always a scalar */
	const struct yaml_node *value;
};

/* Read only. Text is a slice into the bytes that were read, or in the arena. */
struct yaml_node {
	enum yaml_kind kind : 8;
	bool plain : 1; /* a scalar without quotes, or with a tag of the core schema that gives it a
			 * meaning ("!!int '1'"): only such a one is a number, true, null… */
	/* A mapping with a merge behind a key that what is merged has, too. That key counts; but readers that
	 * go from top to bottom (goyaml.v2, so kubectl) take what is merged. */
	bool contested : 1;
	bool tagged : 1;       /* a tag of an application stood before it ("!Ref x") */
	bool single : 1;       /* a scalar in single quotes */
	bool flow : 1;	       /* a mapping or sequence in braces or brackets */
	uint32_t line, column; /* of its first character, from 1; in a block ("|") of its text */
	uint32_t n;	       /* items or pairs */
	union {
		struct str text;		      /* YAML_SCALAR */
		const struct yaml_node *const *items; /* YAML_SEQUENCE */
		const struct yaml_pair *pairs;	      /* YAML_MAPPING, in the order of the file */
	};
};

struct yaml;

/* Begins to read; bytes must stay until yaml_close(). Fails for bytes that no document may have. */
int yaml_open(struct str bytes, struct yaml **ret, struct err *err);
/*
 * The next document: 1 with its root in arena, 0 at the end, or a negative code. After an error nothing
 * more can be read. An empty document has a null scalar as its root.
 */
int yaml_next(struct yaml *yaml, struct arena *arena, const struct yaml_node **ret_root,
	      struct err *err);
void yaml_close(struct yaml *yaml);
static inline void yaml_closep(struct yaml **yaml)
{
	if (*yaml)
		yaml_close(*yaml);
}
#define _cleanup_yaml_ _cleanup_(yaml_closep)

/* Bytes that are one document, or nothing at all (a null scalar). */
int yaml_parse(struct str bytes, struct arena *arena, const struct yaml_node **ret_root,
	       struct err *err);

/* The value of a key; NULL if node is no mapping or has no such key. */
const struct yaml_node *yaml_get(const struct yaml_node *node, struct str key);

/* What a plain scalar means in the core schema (spec §10.3.2). */
bool yaml_is_null(const struct yaml_node *node);
/* Whole numbers without sign; true and false. 0, -EINVAL, or -ERANGE. */
int yaml_uint(const struct yaml_node *node, uint64_t *ret);
int yaml_bool(const struct yaml_node *node, bool *ret);

/* "a mapping", "a sequence", "a number", "text"…: for messages that say what was found. */
const char *yaml_describe(const struct yaml_node *node);
/* Sets "line L, column C: <message>" with ERR_FORMAT and returns its negative. */
int yaml_error(const struct yaml_node *node, struct err *err, const char *fmt, ...) _printf_(3, 4);
