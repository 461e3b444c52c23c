/* Which kind of rpm database it is: see rpmdb.h. */
#include "base/compat.h"

#include "parse/rpmdb.h"

int rpmdb_read(struct str bytes, rpmdb_visit *visit, void *context, struct err *err)
{
	if (bytes.len == 0)
		return err_set(err, ERR_FORMAT, "the file is empty");
	if (str_starts(bytes, STR("SQLite format 3\0")))
		return rpmdb_read_sqlite(bytes, visit, context, err);
	if (str_starts(bytes, STR("RpmP")))
		return rpmdb_read_ndb(bytes, visit, context, err);
	return rpmdb_read_bdb(bytes, visit, context, err);
}
