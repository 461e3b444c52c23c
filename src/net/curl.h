/*
 * libcurl, loaded when something is first downloaded: linked in the ordinary way, its 26 libraries would
 * cost every start of the program several milliseconds. Only http.c includes this.
 */
#pragma once

#include "base/compat.h"

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

#include "base/err.h"

#define CURL_FUNCTIONS(X)      \
	X(global_init)         \
	X(version_info)        \
	X(easy_init)           \
	X(easy_setopt)         \
	X(easy_getinfo)        \
	X(easy_pause)          \
	X(easy_strerror)       \
	X(easy_cleanup)        \
	X(multi_init)          \
	X(multi_add_handle)    \
	X(multi_remove_handle) \
	X(multi_perform)       \
	X(multi_poll)          \
	X(multi_info_read)     \
	X(multi_strerror)      \
	X(multi_cleanup)

/* curl_easy_init is curl.easy_init here, and so on. */
struct curl {
#define X(name) __typeof__(curl_##name) *name;
	CURL_FUNCTIONS(X)
#undef X
};

/* Loads the library, once per process, from any thread: 0, or -ERR_UNSUPPORTED if it is not there. */
int curl_load(const struct curl **ret, struct err *err);
