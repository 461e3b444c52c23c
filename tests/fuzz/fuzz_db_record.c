/* Records of the database: the first byte chooses the kind. What reads well must pack to what reads the same. */
#include "base/compat.h"

#include "advisory/record.h"
#include "base/buf.h"

static void fuzz_advisory(struct str bytes, struct arena *arena)
{
	struct buf first = BUF_INIT(1 << 24), second = BUF_INIT(1 << 24);
	struct advisory a, again;

	if (record_unpack_advisory(bytes, arena, &a) < 0)
		return;
	record_pack_advisory(&first, &a);
	if (record_unpack_advisory(buf_str(&first), arena, &again) < 0)
		abort();
	record_pack_advisory(&second, &again);
	if (!str_eq(buf_str(&first), buf_str(&second)))
		abort();
	buf_release(&first);
	buf_release(&second);
}

static void fuzz_entries(struct str bytes, struct arena *arena)
{
	struct unpack u = unpack_init(bytes);

	while (u.ptr < u.end) {
		struct unpack skipped = u;
		struct affected affected;
		uint32_t number, other;
		int r = record_skip_entry(&skipped, &other);

		if (record_unpack_entry(&u, arena, &number, &affected) < 0)
			return;
		if (r < 0 || number != other || skipped.ptr != u.ptr)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = ARENA_INIT(1 << 28);
	struct str bytes = {(const char *)data, size};
	struct record_shard shard;
	struct record_info info;
	uint64_t key;
	uint32_t day;

	if (size == 0)
		return 0;
	bytes = str_from_offset(bytes, 1);
	switch (data[0] % 5) {
	case 0:
		fuzz_advisory(bytes, &arena);
		break;
	case 1:
		fuzz_entries(bytes, &arena);
		break;
	case 2:
		record_unpack_shard(bytes, &shard);
		break;
	case 3:
		record_unpack_info(bytes, &info);
		break;
	case 4:
		record_cve_key(bytes, &key);
		record_day(bytes, &day);
		record_time_cmp(bytes, STR("2024-01-01T00:00:00.5Z"));
		break;
	}
	arena_release(&arena);
	return 0;
}
