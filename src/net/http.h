/*
 * The HTTP client: GET, as a stream that is read like a file or into a buffer. Nothing else in the
 * program opens a connection. Certificates are verified, proxies come from the environment
 * (http_proxy, https_proxy, no_proxy), a redirect never leads from https to http or to another kind of
 * URL. "file:///path" is read without libcurl.
 *
 * Errors, besides those of memory and limits:
 *	-ENOENT		there is no such thing (404, 410, no such file)
 *	-EAGAIN		it may work later (429, 502, 503, 504, a connection that broke)
 *	-ETIMEDOUT	no answer, or too slow to wait for
 *	-ELOOP		too many redirects
 *	-ERR_FORMAT	the answer ended before the length that it had promised
 *	-EIO		anything else; the message tells
 */
#pragma once

#include "base/buf.h"
#include "base/compat.h"
#include "base/err.h"

struct http_options {
	unsigned connect_seconds; /* default 20 */
	unsigned stall_seconds;	  /* less than 1 KiB/s for this long is given up; default 30 */
};

/* A client keeps its connections between requests. For one thread at a time, one request at a time. */
struct http;

/* options may be NULL. Never fails but for memory: libcurl is loaded by the first request that needs it. */
int http_new(const struct http_options *options, struct http **ret, struct err *err);
void http_free(struct http *http);
static inline void http_freep(struct http **http)
{
	http_free(*http);
}
#define _cleanup_http_ _cleanup_(http_freep)

/*
 * Begins a request and waits for the head of the answer, redirects followed. More than max bytes, promised
 * or sent, is -ERR_LIMIT. An earlier request that was not read to its end is dropped.
 */
int http_open(struct http *http, const char *url, uint64_t max, struct err *err);
/* The next bytes: how many, 0 at the end, or an error. They are valid until the next call. */
ssize_t http_read(struct http *http, const void **ret_bytes, struct err *err);
/* Ends the request, wherever it is; an open connection that is in the middle of it is closed. */
void http_close(struct http *http);

/* A whole answer, appended to b, whose maximum holds. */
int http_get(struct http *http, const char *url, struct buf *b, struct err *err);

/*
 * Calls work for 0 … n - 1 from up to threads threads at once, each with a client of its own. After a
 * failure no more are begun, and the error of the lowest number that failed is returned.
 */
typedef int http_work(void *context, size_t number, struct http *http, struct err *err);
int http_each(size_t n, unsigned threads, const struct http_options *options, http_work *work,
	      void *context, struct err *err);

/* Is it one of http://, https://, file://? */
bool http_url_valid(const char *url);
