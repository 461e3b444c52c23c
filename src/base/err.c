/* Error objects: see err.h. */
#include "base/compat.h"

#include "base/err.h"

_printf_(2, 0) static void set_text(struct err *err, const char *fmt, va_list args)
{
	if (vsnprintf(err->text, sizeof(err->text), fmt, args) < 0)
		err->text[0] = '\0';
}

int err_set(struct err *err, int code, const char *fmt, ...)
{
	va_list args;

	if (err) {
		err->code = code;
		va_start(args, fmt);
		set_text(err, fmt, args);
		va_end(args);
	}
	return -code;
}

int err_errno(struct err *err, int errnum, const char *fmt, ...)
{
	va_list args;
	size_t len;

	if (!err)
		return -errnum;
	err->code = errnum;
	va_start(args, fmt);
	set_text(err, fmt, args);
	va_end(args);
	len = strlen(err->text);
	snprintf(err->text + len, sizeof(err->text) - len, ": %s", err_code_text(errnum));
	return -errnum;
}

int err_wrap(struct err *err, int r, const char *fmt, ...)
{
	char old[sizeof(err->text)];
	va_list args;
	size_t len;

	if (!err)
		return r;
	memcpy(old, err->text, sizeof(old));
	va_start(args, fmt);
	set_text(err, fmt, args);
	va_end(args);
	len = strlen(err->text);
	snprintf(err->text + len, sizeof(err->text) - len, ": %s",
		 old[0] ? old : err_code_text(err->code ? err->code : r));
	return err->code ? -err->code : r;
}

int err_oom(struct err *err)
{
	return err_set(err, ENOMEM, "out of memory");
}

const char *err_code_text(int code)
{
	code = code < 0 ? -code : code;
	switch (code) {
#define X(name, text) \
	case name:    \
		return text;
		ERR_CODES(X)
#undef X
	default:
		return strerrordesc_np(code) ? strerrordesc_np(code) : "unknown error";
	}
}
