/* Fuzzes the reading of Debian changelogs, and what is made of them. */
#include "base/compat.h"

#include "advisory/changelog.h"
#include "advisory/fixes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = {(const char *)data, size}, rest = text;
	struct changelog_entry entry;
	struct fixes fixes = {0};
	char id[CVE_ID_SIZE];
	int64_t when;
	bool reaches;

	while (changelog_next(&rest, &entry)) {
		struct cve_scan scan = CVE_SCAN(entry.text);

		assert(entry.source.len && entry.version.len);
		date_parse_rfc5322(entry.date, &when);
		while (cve_next(&scan, id)) {
			char summary[64];
			size_t at = entry.text.len - scan.rest.len - 1;

			assert(strlen(id) >= 13 && at < entry.text.len);
			changelog_summary(entry.text, at, summary, sizeof(summary));
			assert(strlen(summary) < sizeof(summary));
		}
	}
	for (const char *base = "1.0-1"; base; base = base[0] ? "" : NULL) {
		if (fixes_collect(text, str_from(base), &fixes, &reaches, NULL) == 0)
			for (size_t i = 0; i < fixes.len; i++)
				assert(fixes.items[i].at < fixes.items[i].entry.text.len);
		fixes_release(&fixes);
	}
	return 0;
}
