/* A whole layer as stored: decompression, tar, catalogers, facts, merge. */
#include "base/compat.h"

#include <sys/mman.h>

#include "base/fd.h"
#include "core/limits.h"
#include "engine/layer.h"
#include "engine/merge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_close_ int fd = memfd_create("layer", MFD_CLOEXEC);
	struct layer_job job = {.fd = fd, .location = {.kind = LOCATION_FILE}, .max_size = MiB(64)};
	_cleanup_arena_ struct arena arena = ARENA_INIT(MiB(256));
	_cleanup_buf_ struct buf result = BUF_INIT(MiB(64));
	struct merged merged;
	struct err err = ERR_INIT;
	struct facts facts;

	if (fd < 0 || fd_write_full(fd, data, size) < 0)
		return 0;
	if (layer_read(&job, &result, &err) < 0)
		return 0;
	if (facts_open(buf_str(&result), &facts) < 0)
		__builtin_trap(); /* what we write we can read */
	if (merge_layers(&facts, 1, true, &arena, &merged, &err) == 0)
		merged_release(&merged);
	else if (err.code == ERR_FORMAT)
		__builtin_trap();
	return 0;
}
