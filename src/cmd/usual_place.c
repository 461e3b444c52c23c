/* Files in usual places: see usual_place.h. */
#include "base/compat.h"

#include "cmd/usual_place.h"

#include "base/fd.h"

int usual_place_read(const char *path, struct buf *to, struct err *err)
{
	struct stat st;
	int r = file_read(AT_FDCWD, path, to, err);

	if (r != -ENOENT && r != -ENOTDIR)
		return r < 0 ? r : 1;
	if (lstat(path, &st) == 0)
		return err_set(err, ENOENT, "cannot open '%s': the symbolic link leads nowhere",
			       path);
	if (err)
		*err = ERR_INIT;
	return 0;
}
