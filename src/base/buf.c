/* Growable buffers with a maximum: see buf.h. */
#include "base/compat.h"

#include "base/buf.h"

#include "base/utf8.h"

void buf_release(struct buf *b)
{
	free(b->data);
	*b = BUF_INIT(b->max);
}

void buf_clear(struct buf *b)
{
	b->len = 0;
	b->status = 0;
	if (b->data)
		b->data[0] = '\0';
}

void *buf_reserve(struct buf *b, size_t len)
{
	size_t cap;
	char *data;

	if (b->status < 0)
		return NULL;
	if (len > b->max || b->len > b->max - len) {
		b->status = -ERR_LIMIT;
		return NULL;
	}
	if (b->data && b->len + len + 1 <= b->cap)
		return b->data + b->len;
	cap = MAX(b->cap + b->cap / 2, b->len + len + 1);
	cap = MIN(MAX(cap, (size_t)64), b->max + 1);
	data = realloc(b->data, cap);
	if (!data) {
		b->status = -ENOMEM;
		return NULL;
	}
	b->data = data;
	b->cap = cap;
	return data + b->len;
}

void buf_commit(struct buf *b, size_t len)
{
	b->len += len;
	b->data[b->len] = '\0';
}

void buf_add(struct buf *b, const void *data, size_t len)
{
	void *to = buf_reserve(b, len);

	if (!to)
		return;
	if (len)
		memcpy(to, data, len);
	buf_commit(b, len);
}

void buf_add_str(struct buf *b, struct str s)
{
	buf_add(b, s.ptr, s.len);
}

void buf_add_char(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void buf_vaddf(struct buf *b, const char *fmt, va_list args)
{
	va_list again;
	char *to;
	int len;

	va_copy(again, args);
	len = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (len < 0) {
		b->status = b->status < 0 ? b->status : -EINVAL;
		return;
	}
	to = buf_reserve(b, (size_t)len);
	if (!to)
		return;
	vsnprintf(to, (size_t)len + 1, fmt, args);
	buf_commit(b, (size_t)len);
}

void buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	buf_vaddf(b, fmt, args);
	va_end(args);
}

/* Code points that a terminal acts upon instead of showing: C0 and C1 controls, and those that turn the
 * direction of the text behind them (UAX #9), by which a line can show something else than it says. */
static bool is_control(uint32_t code_point)
{
	return code_point < 0x20 || (code_point >= 0x7f && code_point < 0xa0) ||
	       (code_point >= 0x202a && code_point <= 0x202e) ||
	       (code_point >= 0x2066 && code_point <= 0x2069) || code_point == 0x2028 ||
	       code_point == 0x2029;
}

void buf_add_printable(struct buf *b, struct str s)
{
	while (s.len) {
		uint32_t code_point = 0;
		size_t len = utf8_decode(s, &code_point);

		if (len && !is_control(code_point)) {
			buf_add(b, s.ptr, len);
		} else {
			len = len ? len : 1;
			for (size_t i = 0; i < len; i++)
				buf_addf(b, "\\x%02x", (unsigned char)s.ptr[i]);
		}
		s = str_from_offset(s, len);
	}
}

int buf_status(const struct buf *b, struct err *err)
{
	if (b->status == -ENOMEM)
		return err_oom(err);
	if (b->status == -ERR_LIMIT)
		return err_set(err, ERR_LIMIT, "larger than the limit of %zu bytes", b->max);
	if (b->status < 0)
		return err_set(err, -b->status, "%s", err_code_text(b->status));
	return 0;
}

struct str buf_str(const struct buf *b)
{
	return (struct str){b->data ? b->data : "", b->len};
}

char *buf_take(struct buf *b)
{
	char *data;

	if (b->status < 0 || (!b->data && !buf_reserve(b, 0)))
		return NULL;
	b->data[b->len] = '\0';
	data = b->data;
	*b = BUF_INIT(b->max);
	return data;
}
