/* Header blobs of rpm. */
#include "base/compat.h"

#include "parse/rpmheader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* All strings lie within the blob and end there. */
static void walk_strings(struct rpmheader_array strings, const uint8_t *data, size_t size)
{
	uint32_t count = strings.count, n = 0;
	struct str s;

	for (; rpmheader_next_string(&strings, &s); n++) {
		assert((const uint8_t *)s.ptr >= data &&
		       (size_t)(s.ptr - (const char *)data) < size);
		assert(s.ptr[s.len] == '\0');
	}
	assert(n <= count);
}

static void walk_integers(const struct rpmheader_array *integers)
{
	for (uint32_t i = 0; i < integers->count; i++)
		rpmheader_integer(integers, i);
	assert(rpmheader_integer(integers, integers->count) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rpmheader h;
	struct err err = ERR_INIT;

	if (rpmheader_parse((struct str){(const char *)data, size}, &h, &err) < 0) {
		assert(err.code == ERR_FORMAT && err.text[0]);
		return 0;
	}
	walk_strings(h.base_names, data, size);
	walk_strings(h.dir_names, data, size);
	walk_strings(h.old_names, data, size);
	walk_strings(h.file_digests, data, size);
	walk_integers(&h.dir_indexes);
	walk_integers(&h.file_flags);
	walk_integers(&h.file_modes);
	walk_integers(&h.file_states);
	return 0;
}
