/* Fixes of newer changelog entries: see fixes.h. */
#include "base/compat.h"

#include "advisory/fixes.h"

#include "base/arena.h"
#include "base/map.h"
#include "match/version.h"

/* CVEs that one update may fix: linux comes to some 3,000 when it moves to another branch. */
enum { FIXES_MAX = 20000 };

/* The place of cve in fixes, made if it is new. NULL with err set when there is none. */
static struct fix *fix_of(struct fixes *fixes, struct map *seen, struct arena *keys,
			  const char *cve, struct err *err)
{
	uintptr_t position = (uintptr_t)map_get(seen, str_from(cve));
	struct str key;
	void **slot;

	if (position)
		return &fixes->items[position - 1];
	if (fixes->len == FIXES_MAX) {
		err_set(err, ERR_LIMIT, "more than %d CVEs", FIXES_MAX);
		return NULL;
	}
	key = arena_str(keys, str_from(cve));
	slot = key.ptr ? map_slot(seen, key) : NULL;
	if (!slot || !vec_add(fixes)) {
		err_oom(err);
		return NULL;
	}
	*slot = (void *)(uintptr_t)fixes->len;
	return &fixes->items[fixes->len - 1];
}

int fixes_collect(struct str changelog, struct str base, struct fixes *fixes, bool *ret_reaches,
		  struct err *err)
{
	_cleanup_map_ struct map seen = MAP_INIT;
	_cleanup_arena_ struct arena keys = ARENA_INIT(0);
	struct changelog_entry entry;
	struct str lowest = STR_NULL;
	bool reaches = !base.len;

	while (changelog_next(&changelog, &entry)) {
		struct cve_scan scan = CVE_SCAN(entry.text);
		char id[CVE_ID_SIZE];

		/* What is below is history that base has, also where its version is higher: bullseye's
		 * xz-utils 5.2.5-2.1~deb11u1 was built from 5.2.5-2.1. */
		if (base.len && version_compare(VERSION_DPKG, entry.version, base) <= 0) {
			reaches = true;
			break;
		}
		if (!lowest.ptr || version_compare(VERSION_DPKG, entry.version, lowest) < 0)
			lowest = entry.version;
		while (cve_next(&scan, id)) {
			struct fix *fix = fix_of(fixes, &seen, &keys, id, err);

			if (!fix)
				return -err->code;
			memcpy(fix->cve, id, sizeof(id));
			fix->entry = entry;
			fix->version = lowest;
			fix->at = entry.text.len - scan.rest.len - 1;
		}
	}
	*ret_reaches = reaches;
	return 0;
}
