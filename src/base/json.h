/*
 * A streaming JSON writer (RFC 8259). Commas, indentation and escapes are its business; the caller's
 * is to close what it opens, and to call json_finish() before the stream is looked at or written to by
 * others. Write errors stick in the stream (ferror). Bytes that are not UTF-8 become
 * U+FFFD, so that the output is always valid.
 */
#pragma once

#include "base/compat.h"
#include "base/str.h"

enum { JSON_DEPTH = 32, JSON_BUFFER = 8192 };

struct json {
	FILE *out;
	unsigned depth;
	unsigned indent; /* blanks per level; 0 writes one line */
	bool after_key;
	bool has_items[JSON_DEPTH];
	size_t len; /* bytes of buffer that are yet to be written */
	char buffer[JSON_BUFFER];
};

#define JSON_INIT(stream, blanks) ((struct json){.out = (stream), .indent = (blanks)})

void json_object_begin(struct json *j);
void json_object_end(struct json *j);
void json_array_begin(struct json *j);
void json_array_end(struct json *j);
/* Inside an object, before every value. The key is ours: it needs no escape. */
void json_key(struct json *j, const char *key);
void json_str(struct json *j, struct str s);
void json_uint(struct json *j, uint64_t value);
void json_int(struct json *j, int64_t value);
/* With as many digits as needed to read the same value back; not finite becomes null. */
void json_double(struct json *j, double value);
void json_bool(struct json *j, bool value);
void json_nil(struct json *j);
/* json_key and a value at once. */
void json_field(struct json *j, const char *key, struct str s);
/* The same, left out altogether when s is empty. */
void json_field_opt(struct json *j, const char *key, struct str s);
void json_field_uint(struct json *j, const char *key, uint64_t value);
void json_field_bool(struct json *j, const char *key, bool value);
/* The newline at the end of a document; writes what is left of it. */
void json_finish(struct json *j);
