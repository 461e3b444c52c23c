/* Fuzzes the reading of Packages indexes. */
#include "base/compat.h"

#include "advisory/apt_index.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct apt_index index = APT_INDEX_INIT;

	if (apt_index_add(&index, "fuzz", (struct str){(const char *)data, size}, NULL, true,
			  NULL) == 0) {
		for (size_t i = 0; i < index.sources.len; i++) {
			const struct apt_source *source = &index.sources.items[i];

			assert(apt_index_find(&index, source->name) == source);
			for (const struct apt_binary *b = source->binaries; b; b = b->next)
				assert(b->path.len && b->path.ptr[0] != '/');
		}
	}
	apt_index_release(&index);
	return 0;
}
