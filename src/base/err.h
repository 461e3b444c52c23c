/*
 * Error objects. A function that can fail returns 0 or a negative code and, where the failure is
 * known, writes one message into the caller's struct err; callers on the way up may prefix it with
 * what they were doing. It is printed once, by main. Library code never prints, exits or aborts.
 *
 * Codes are errno values, or one of the ERR_* below, which begin where errno values end.
 * Messages read "cannot <verb> '<object>': <reason>": lower case, no full stop.
 */
#pragma once

#include "base/compat.h"

#define ERR_CODES(X)                                 \
	X(ERR_FORMAT, "malformed input")             \
	X(ERR_LIMIT, "a limit was exceeded")         \
	X(ERR_DIGEST, "a digest does not match")     \
	X(ERR_UNSUPPORTED, "not supported")          \
	X(ERR_USAGE, "wrong usage")                  \
	X(ERR_SIGNATURE, "a signature is not valid") \
	X(ERR_CRASHED, "a confined process died")

enum err_code {
	ERR_BASE_ = 1023,
#define X(name, text) name,
	ERR_CODES(X)
#undef X
};

/* The text is empty while nothing failed. It is always NUL-terminated, cut when too long. */
struct err {
	int code;
	char text[1024];
};

#define ERR_INIT ((struct err){.code = 0})

/* Sets code and message; an earlier message is replaced. err may be NULL. Returns -code. */
int err_set(struct err *err, int code, const char *fmt, ...) _printf_(3, 4);

/* The same with ": <text of the errno value>" appended. Returns -errnum. */
int err_errno(struct err *err, int errnum, const char *fmt, ...) _printf_(3, 4);

/* Puts "<prefix>: " before the message that is there. Returns -err->code (or r if err is NULL). */
int err_wrap(struct err *err, int r, const char *fmt, ...) _printf_(3, 4);

/* "out of memory"; returns -ENOMEM. */
int err_oom(struct err *err);

/* The text for a code, positive or negative; never NULL. */
const char *err_code_text(int code);
