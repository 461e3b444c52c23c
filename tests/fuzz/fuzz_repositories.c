/* Repositories of apk and apt, and apt's credentials. */
#include "catalog_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	catalog_fuzz("etc/apk/repositories", data, size);
	catalog_fuzz("etc/apt/sources.list", data, size);
	catalog_fuzz("etc/apt/sources.list.d/x.sources", data, size);
	catalog_fuzz("etc/apt/auth.conf", data, size);
	return 0;
}
