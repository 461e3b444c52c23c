/* Growable arrays: see vec.h. */
#include "base/compat.h"

#include "base/vec.h"

void *vec_add_(void **items, size_t *len, size_t *cap, size_t item_size)
{
	char *item;

	if (*len == *cap) {
		size_t more = *cap ? *cap + *cap / 2 + 1 : 8;
		void *grown = reallocarray(*items, more, item_size);

		if (!grown)
			return NULL;
		*items = grown;
		*cap = more;
	}
	item = (char *)*items + (*len)++ * item_size;
	memset(item, 0, item_size);
	return item;
}
