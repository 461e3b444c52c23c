/* Kustomizations: whatever they list leads to a plain path below the top, or nowhere. */
#include "base/compat.h"

#include "manifest/kustomization.h"

struct taker {
	struct buf path;
	size_t n;
};

static int take(void *arg, struct str path)
{
	struct taker *taker = arg;
	struct str rest, part;

	taker->n++;
	if (!path.len || !kustomization_locate(STR("a/b/"), path, &taker->path))
		return 0;
	rest = buf_str(&taker->path);
	while (rest.len && str_split(&rest, '/', &part))
		if (!part.len || str_eq(part, STR(".")) || str_eq(part, STR("..")))
			__builtin_trap();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_arena_ struct arena arena = ARENA_INIT(0);
	struct taker taker = {.path = BUF_INIT((size_t)1 << 20)};
	struct err err = ERR_INIT;
	int r = kustomization_read((struct str){(const char *)data, size}, &arena, take, &taker,
				   &err);

	if (taker.n > KUSTOMIZATION_PATHS || (r < 0 && !err.text[0]))
		__builtin_trap();
	buf_release(&taker.path);
	return 0;
}
