/* Our own binary form: see pack.h. */
#include "base/compat.h"

#include "base/pack.h"

void pack_uint(struct buf *b, uint64_t value)
{
	unsigned char bytes[10];
	size_t len = 0;

	do {
		bytes[len] = (unsigned char)((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
		value >>= 7;
		len++;
	} while (value);
	buf_add(b, bytes, len);
}

void pack_str(struct buf *b, struct str s)
{
	pack_uint(b, s.len);
	buf_add(b, s.ptr, s.len);
}

struct unpack unpack_init(struct str bytes)
{
	const unsigned char *ptr = (const unsigned char *)bytes.ptr;

	return (struct unpack){.ptr = ptr, .end = ptr + bytes.len};
}

static void *fail(struct unpack *u)
{
	u->failed = true;
	u->ptr = u->end;
	return NULL;
}

uint64_t unpack_uint_long(struct unpack *u)
{
	uint64_t value = 0;

	for (unsigned shift = 0; shift < 64; shift += 7) {
		uint8_t byte = unpack_u8(u);

		if (shift == 63 && byte > 1)
			break;
		value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return u->failed ? 0 : value;
	}
	fail(u);
	return 0;
}

uint64_t unpack_uint_max(struct unpack *u, uint64_t max)
{
	uint64_t value = unpack_uint(u);

	if (value > max) {
		fail(u);
		return 0;
	}
	return value;
}

size_t unpack_count(struct unpack *u, size_t item_min)
{
	size_t room = (size_t)(u->end - u->ptr);

	return (size_t)unpack_uint_max(u, room / MAX(item_min, (size_t)1));
}

struct str unpack_str(struct unpack *u)
{
	uint64_t len = unpack_uint(u);
	struct str s = {(const char *)u->ptr, (size_t)len};

	if (len > (uint64_t)(u->end - u->ptr)) {
		fail(u);
		return STR("");
	}
	u->ptr += len;
	return s;
}

bool unpack_done(const struct unpack *u)
{
	return !u->failed && u->ptr == u->end;
}
