/* dpkg's status and file lists. */
#include "catalog_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	catalog_fuzz("var/lib/dpkg/status", data, size);
	catalog_fuzz("var/lib/dpkg/info/x.list", data, size);
	catalog_fuzz("var/lib/dpkg/status.d/x.md5sums", data, size);
	return 0;
}
