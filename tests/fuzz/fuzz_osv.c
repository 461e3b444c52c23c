/* One OSV record: any bytes, twice, with and without a feed's name; and the shards of any ecosystem name. */
#include "base/compat.h"

#include "advisory/ecosystem.h"
#include "advisory/osv.h"
#include "base/buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = ARENA_INIT(0);
	struct str bytes = {(const char *)data, size}, shard, channel;
	struct osv_record record;
	struct err err = ERR_INIT;

	if (osv_parse(bytes, STR(""), &arena, &record, &err) == 0) {
		if (record.advisory.id.len == 0 || record.advisory.feed.len == 0 ||
		    record.advisory.n_vulns == 0)
			abort();
		for (size_t i = 0; i < record.n_entries; i++)
			if (record.entries[i].affected.package.len == 0 ||
			    record.entries[i].shard.len == 0)
				abort();
	} else if (err.text[0] == '\0') {
		abort();
	}
	if (ecosystem_shard(bytes, &arena, &shard, &channel) == 0 && size && shard.len == 0)
		abort();
	arena_release(&arena);
	return 0;
}
