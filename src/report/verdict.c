/* What closing lines count: see verdict.h. */
#include "base/compat.h"

#include "base/map.h"
#include "report/verdict.h"

int verdict_count_unrated(const struct result *result, bool accepted, size_t *ret)
{
	_cleanup_map_ struct map seen = MAP_INIT;
	size_t n = 0;

	for (size_t i = 0; i < result->findings.len; i++) {
		const struct finding *f = &result->findings.items[i];
		void **slot;

		if (!result_passes_over(result, f) ||
		    result_accepts_unknown(result, f->check) != accepted)
			continue;
		slot = map_slot(&seen, f->vulnerability->id);
		if (!slot)
			return -ENOMEM;
		n += !*slot;
		*slot = (void *)f;
	}
	*ret = n;
	return 0;
}
