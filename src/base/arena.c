/* Scan-lifetime memory: see arena.h. */
#include "base/compat.h"

#include "base/arena.h"

struct arena_chunk {
	struct arena_chunk *next;
	size_t used, size;
	max_align_t data[];
};

enum { CHUNK_SIZE = 64 * 1024, ALIGN = _Alignof(max_align_t) };

void arena_release(struct arena *a)
{
	while (a->chunks) {
		struct arena_chunk *next = a->chunks->next;

		free(a->chunks);
		a->chunks = next;
	}
	*a = ARENA_INIT(a->max);
}

void arena_reset(struct arena *a)
{
	struct arena_chunk *kept = a->chunks;

	if (kept)
		a->chunks = kept->next;
	arena_release(a);
	if (kept && kept->size == CHUNK_SIZE) {
		memset(kept->data, 0, kept->used);
		kept->used = 0;
		kept->next = NULL;
		a->chunks = kept;
	} else {
		free(kept);
	}
}

/* A large object gets a chunk of its own behind the first, so that the room in that is not lost. */
static struct arena_chunk *add_chunk(struct arena *a, size_t size)
{
	bool large = size > CHUNK_SIZE / 4;
	size_t room = large ? size : CHUNK_SIZE;
	struct arena_chunk *chunk = calloc(1, sizeof(*chunk) + room);

	if (!chunk)
		return NULL;
	chunk->size = room;
	if (large && a->chunks) {
		chunk->next = a->chunks->next;
		a->chunks->next = chunk;
	} else {
		chunk->next = a->chunks;
		a->chunks = chunk;
	}
	return chunk;
}

/* size bytes from a chunk at an offset rounded up to align (a power of two). */
static void *take(struct arena *a, size_t size, size_t align)
{
	struct arena_chunk *chunk = a->chunks;
	size_t at;

	if (size > SIZE_MAX / 2 || (a->max && (size > a->max || a->used > a->max - size)))
		return NULL;
	at = chunk ? (chunk->used + align - 1) & ~(align - 1) : 0;
	if (!chunk || at > chunk->size || chunk->size - at < size) {
		chunk = add_chunk(a, size);
		if (!chunk)
			return NULL;
		at = 0;
	}
	chunk->used = at + size;
	a->used += size;
	return (char *)chunk->data + at;
}

void *arena_alloc(struct arena *a, size_t size)
{
	return take(a, size ? size : 1, ALIGN);
}

void *arena_calloc(struct arena *a, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		return NULL;
	return arena_alloc(a, bytes);
}

struct str arena_str(struct arena *a, struct str s)
{
	char *copy = s.len < SIZE_MAX / 2 ? take(a, s.len + 1, 1) : NULL;

	if (!copy)
		return STR_NULL;
	if (s.len)
		memcpy(copy, s.ptr, s.len);
	copy[s.len] = '\0';
	return (struct str){copy, s.len};
}

char *arena_strdup(struct arena *a, const char *s)
{
	return (char *)arena_str(a, str_from(s)).ptr;
}

struct str arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list args;
	char *text;
	int len;

	va_start(args, fmt);
	len = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	text = len < 0 ? NULL : take(a, (size_t)len + 1, 1);
	if (!text)
		return STR_NULL;
	va_start(args, fmt);
	vsnprintf(text, (size_t)len + 1, fmt, args);
	va_end(args);
	return (struct str){text, (size_t)len};
}
