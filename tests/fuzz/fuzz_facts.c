/* Packed facts as a taken-over reader or a damaged cache would give them. */
#include "base/compat.h"

#include "core/limits.h"
#include "engine/merge.h"
#include "source/source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_arena_ struct arena arena = ARENA_INIT(MiB(256));
	struct str bytes = {(const char *)data, size};
	struct location *locations;
	struct err err = ERR_INIT;
	struct merged merged;
	struct facts facts;
	struct image image;

	description_unpack(bytes, &arena, &image, &locations, &err);
	if (facts_open(bytes, &facts) < 0)
		return 0;
	if (merge_layers(&facts, 1, true, &arena, &merged, &err) == 0)
		merged_release(&merged);
	return 0;
}
