/*
 * The first include of every source file: the common system headers, a few attributes, and last the
 * list of calls that may not be used.
 */
#pragma once

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#define _cleanup_(fn)	    __attribute__((cleanup(fn)))
#define _printf_(fmt, args) __attribute__((format(printf, fmt, args)))
#define _must_check_	    __attribute__((warn_unused_result))
#define _unused_	    __attribute__((unused))

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
/* Each argument is evaluated once; both must have one signedness. The number keeps the names of nested
 * uses apart. */
#define PICK_(a, b, op, n)                      \
	({                                      \
		__typeof__(a) a_##n = (a);      \
		__typeof__(b) b_##n = (b);      \
		a_##n op b_##n ? a_##n : b_##n; \
	})
#define PICK(a, b, op, n) PICK_(a, b, op, n)
#define MIN(a, b)	  PICK(a, b, <, __COUNTER__)
#define MAX(a, b)	  PICK(a, b, >, __COUNTER__)

/* Hands a pointer over: the variable is NULL afterwards, so its cleanup does nothing. */
#define TAKE_PTR(p)                            \
	({                                     \
		__typeof__(p) *take_ = &(p);   \
		__typeof__(p) taken_ = *take_; \
		*take_ = NULL;                 \
		taken_;                        \
	})

static inline void freep(void *p)
{
	free(*(void **)p);
}
#define _cleanup_free_ _cleanup_(freep)

#include "base/banned.h"
