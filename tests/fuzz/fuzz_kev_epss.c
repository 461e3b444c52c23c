/* KEV catalogues and EPSS scores, into a builder that is never finished. */
#include "base/compat.h"

#include "advisory/kev_epss.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str bytes = {(const char *)data, size};
	struct db_builder *builder = NULL;
	struct err err = ERR_INIT;
	char path[64];

	snprintf(path, sizeof(path), "/tmp/cscplate-fuzz-%ld", (long)getpid());
	if (db_builder_open(path, &builder, &err) < 0)
		abort();
	if (kev_parse("kev", bytes, builder, &err) < 0 && err.text[0] == '\0')
		abort();
	err = ERR_INIT;
	if (epss_parse("epss", bytes, builder, &err) < 0 && err.text[0] == '\0')
		abort();
	db_builder_free(builder);
	return 0;
}
