/* apk's installed database. */
#include "catalog_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	catalog_fuzz("lib/apk/db/installed", data, size);
	return 0;
}
