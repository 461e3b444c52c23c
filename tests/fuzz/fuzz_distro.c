/* os-release and its older cousins. */
#include "catalog_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	catalog_fuzz("etc/os-release", data, size);
	catalog_fuzz("etc/redhat-release", data, size);
	catalog_fuzz("etc/SuSE-release", data, size);
	catalog_fuzz("etc/debian_version", data, size);
	catalog_fuzz("etc/alpine-release", data, size);
	return 0;
}
