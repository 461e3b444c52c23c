/* Per-user places: see xdg.h. */
#include "base/compat.h"

#include "base/xdg.h"

bool xdg_add(struct buf *to, const char *variable, const char *below_home)
{
	const char *dir = getenv(variable), *home = getenv("HOME");

	if (dir && dir[0] == '/')
		buf_addf(to, "%s/cscplate/", dir);
	else if (home && home[0] == '/')
		buf_addf(to, "%s/%s/cscplate/", home, below_home);
	else
		return false;
	return true;
}
