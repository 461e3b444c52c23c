/*
 * Rows for readers (see reader.h) of the formats that follow docker-run(1). They take a value of any scalar type
 * that can be read as what is wanted: engines do, too (`privileged: "true"`).
 */
#pragma once

#include "base/compat.h"
#include "manifest/draft.h"
#include "manifest/reader.h"

/*
 * One item of a list: text, or what the list's own function makes of a mapping. at is the item's place,
 * whose node is of any kind.
 */
typedef int loose_item_fn(struct reader *reader, const struct place *at, void *out);
/* Calls item for each item of a sequence that is not null; a lone scalar is a list of one if `lone`. */
int loose_list(struct reader *reader, const struct place *at, struct str key,
	       const struct yaml_node *value, bool lone, loose_item_fn *item, void *out);
/* A row in malformed unless at->node is a scalar: 1, 0, or -ENOMEM. */
int loose_scalar(struct reader *reader, const struct place *at, const char *wanted);
/* A row in malformed about the item itself. */
int loose_fault(struct reader *reader, const struct place *at, const char *reason);

/* A row in malformed about a value with an application's tag ("!Ref", "!reset"). */
int loose_tagged(struct reader *reader, const struct place *at, struct str key,
		 const struct yaml_node *value);

/* Rows; behind each the type of out. */
field_fn loose_truth;	 /* enum truth */
field_fn loose_text;	 /* struct text: any scalar */
field_fn loose_str;	 /* struct str: any scalar */
field_fn loose_number;	 /* struct number: an integer */
field_fn loose_size;	 /* struct text: a size; no limit is unset */
field_fn loose_limit;	 /* struct text: a number with a fraction; no limit is unset */
field_fn loose_pids;	 /* struct number; no limit is unset */
field_fn loose_texts;	 /* struct str_list: a list of scalars */
field_fn loose_words;	 /* struct str_list: a list of scalars, or one */
field_fn loose_host;	 /* enum truth: "host" is yes, other texts are no */
field_fn loose_user;	 /* struct container: user and the ids of security */
field_fn loose_caps;	 /* struct str_list */
field_fn loose_security; /* struct security: a list of --security-opt */
field_fn loose_devices;	 /* struct str_list: a list of --device */
field_fn loose_ports;	 /* struct draft: a list of --publish */
field_fn loose_volumes;	 /* struct draft: a list of --volume */
field_fn loose_tmpfs;	 /* struct draft: a list of --tmpfs, or one */
field_fn loose_env;	 /* struct draft: a mapping, or a list of NAME=VALUE */
field_fn loose_keys;	 /* struct str_list: keys of a mapping, or of a list of NAME=VALUE */
field_fn
	loose_labels; /* const struct yaml_node *: a mapping, be it made from a list of NAME=VALUE */

/* Single items of such lists, for out as above. */
loose_item_fn loose_port, loose_volume;
