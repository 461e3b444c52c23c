/*
 * What readers of manifests share: known keys of a mapping are rows of a table, each with a function that
 * takes its value. A value of another type than is wanted becomes a row in object.malformed and stays unset;
 * null is as if the key were not there.
 *
 * Functions return 0, or -ENOMEM; what `out` points to is said beside them.
 */
#pragma once

#include "base/arena.h"
#include "base/compat.h"
#include "base/str.h"
#include "base/yaml.h"
#include "core/object.h"
#include "core/scalar.h"
#include "core/workload.h"

/* Items of all lists of one object together, some 25 MiB: what etcd takes of an object (1.5 MiB) holds half
 * of them at most. */
enum { READER_ITEMS = 1 << 17 };
/* Containers of one object: each is much larger in memory than in the file. */
enum { READER_CONTAINERS = 4096 };
/* Values of a wrong type that are told of one object; that there are more is a row of its own. */
enum { READER_MALFORMED = 200 };

struct reader {
	struct arena *arena;
	/* As goyaml.v2 reads, which Kubernetes decodes with: yes, no, on, off, y and n are booleans, and a
	 * merge takes the place of what stands before it, as other readers do not have it. */
	bool yaml_1_1;
	bool template;	/* a value of a wrong type has "{{": what will stand there is not known */
	uint32_t items; /* read so far, against READER_ITEMS */
	struct malformed *malformed;
	size_t n_malformed, max_malformed;
};

#define READER_INIT(arena_, yaml_1_1_) ((struct reader){.arena = (arena_), .yaml_1_1 = (yaml_1_1_)})

/* Takes the value of a key in the mapping `at`; never null. */
typedef int field_fn(struct reader *reader, const struct place *at, struct str key,
		     const struct yaml_node *value, void *out);

struct field {
	struct str key;
	field_fn *read;
	size_t offset; /* of what `read` fills, in what read_fields() is given */
};

/* str_eq() for keys, most of which differ in their length or first byte. */
static inline bool key_is(struct str key, struct str known)
{
	return key.len == known.len && key.len && key.ptr[0] == known.ptr[0] &&
	       memcmp(key.ptr, known.ptr, key.len) == 0;
}

/* A row: FIELD("hostPort", read_int32, struct port, host). */
#define FIELD(key_, read_, type_, member_)                          \
	{                                                           \
		.key = {(key_), sizeof(key_) - 1}, .read = (read_), \
		.offset = offsetof(type_, member_)                  \
	}
/* A row whose function gets the struct itself, or nothing at all (the check_* functions). */
#define FIELD_SELF(key_, read_)                                    \
	{                                                          \
		.key = {(key_), sizeof(key_) - 1}, .read = (read_) \
	}

/* Hands the values of known keys of at->node, a mapping, to their rows, in the order of the file. */
int read_fields(struct reader *reader, const struct place *at, const struct field *fields, size_t n,
		void *out);
/* The same for a mapping that is the value of key; its fields are members of the struct of the one around it. */
int read_inner(struct reader *reader, const struct place *at, struct str key,
	       const struct yaml_node *value, const struct field *fields, size_t n, void *out);
/* at->node is none, where a mapping is wanted: notes it as malformed. */
int reader_not_mapping(struct reader *reader, const struct place *at);

/* ".spec" and "ports", 2 are ".spec.ports[2]"; index -1: none. A key of other characters than a name has is
 * ["quoted"]. .ptr is NULL when out of memory. */
struct str reader_path(struct reader *reader, struct str parent, struct str key,
		       ssize_t index) _must_check_;

/* Adds a row to malformed: at.key[index]; index -1: none, an empty key: at itself. */
int reader_malformed(struct reader *reader, const struct place *at, struct str key, ssize_t index,
		     const struct yaml_node *node, const char *fmt, ...) _printf_(6, 7);
/* The usual one: "is <what it is>, <wanted> is wanted". */
int reader_wrong_type(struct reader *reader, const struct place *at, struct str key, ssize_t index,
		      const struct yaml_node *node, const char *wanted);
/* For a mapping whose node is contested (base/yaml.h), where that matters; others are told by
 * reader_mapping() and reader_item(). */
int reader_contested(struct reader *reader, const struct place *at);

/* --- Scalars ------------------------------------------------------------------------------------- */

/* scalar_of() as the reader has it. */
enum scalar reader_scalar(const struct reader *reader, const struct yaml_node *node,
			  int64_t *ret_value);
bool reader_is_null(const struct yaml_node *node);

/* --- Functions for rows; behind each the type of out ---------------------------------------------- */

field_fn read_truth;	/* enum truth */
field_fn read_text;	/* struct text */
field_fn read_str;	/* struct str */
field_fn read_int32;	/* struct number */
field_fn read_int64;	/* struct number */
field_fn read_quantity; /* struct text: a resource.Quantity of Kubernetes, "500m" or a number */
field_fn read_texts;	/* struct text_list: a list of texts */
field_fn read_integers; /* struct text_list: a list of integers, in decimal */
field_fn read_text_map; /* const struct yaml_node *: a mapping of texts; what is none is left out */
field_fn read_place;	/* struct place: a mapping */
field_fn read_present;	/* bool: a mapping is there */
field_fn read_any;	/* const struct yaml_node *: whatever it is */
field_fn read_sequence; /* const struct yaml_node *: a sequence of anything */

/* The same for what nobody looks at, but a wrong type of which makes the object another one than it
 * seems; out is not touched. */
field_fn check_truth, check_text, check_int32, check_int64, check_mapping, check_sequence,
	check_text_map, check_texts;

/* --- Mappings and lists -------------------------------------------------------------------------- */

/* 1 with its place if value is a mapping, 0 when it became a row in malformed, or -ENOMEM. */
int reader_mapping(struct reader *reader, const struct place *at, struct str key,
		   const struct yaml_node *value, struct place *ret);
/* The same for a mapping that is an item of a list. */
int reader_item(struct reader *reader, const struct place *at, struct str key, ssize_t index,
		const struct yaml_node *value, struct place *ret);

/* Takes one mapping of a list into a zeroed item. */
typedef int item_fn(struct reader *reader, const struct place *at, void *item);

/* An array of size bytes each from a list of mappings; what is none is left out. max is the most that there
 * may be: beyond it the list is a row in malformed, and empty. */
int reader_list(struct reader *reader, const struct place *at, struct str key,
		const struct yaml_node *value, size_t size, size_t max, item_fn *item,
		void *ret_items, size_t *ret_n);
