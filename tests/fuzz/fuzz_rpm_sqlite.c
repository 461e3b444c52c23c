/* rpm's databases of the kind SQLite. */
#include "catalog_fuzz.h"

#include "parse/rpmdb.h"

/* The blobs of one walk, which may not be larger than the file together. */
static int add_up(void *context, const struct rpmdb_record *record)
{
	uint64_t *left = context;

	assert(record->problem ? record->blob.len == 0 : record->blob.len <= *left);
	*left -= record->blob.len;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t left = size;
	struct err err = ERR_INIT;

	rpmdb_read_sqlite((struct str){(const char *)data, size}, add_up, &left, &err);
	catalog_fuzz("var/lib/rpm/rpmdb.sqlite", data, size);
	return 0;
}
