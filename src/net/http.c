/* The HTTP client on libcurl's multi interface, one transfer at a time: see http.h. */
#include "base/compat.h"

#include "net/http.h"

#include "base/fd.h"
#include "net/curl.h"

enum {
	DEFAULT_CONNECT_SECONDS = 20,
	DEFAULT_STALL_SECONDS = 30,
	STALL_BYTES_PER_SECOND = 1024,
	REDIRECTS_MAX = 8,	    /* browsers allow 20; a mirror needs two */
	RECEIVE_SIZE = 128 * 1024,  /* what libcurl hands over at once */
	BACKLOG_SIZE = 1024 * 1024, /* above it the sender has to wait */
	BACKLOG_MAX = BACKLOG_SIZE + CURL_MAX_READ_SIZE,
	POLL_MS = 1000,
};

struct http {
	struct http_options options;
	const struct curl *curl;
	CURLM *multi;
	CURL *easy; /* NULL while nothing is requested over the network */
	int fd;	    /* the same for file: */
	char *url;
	uint64_t max, received;
	struct buf backlog; /* what came and was not handed out yet */
	struct buf handed;  /* what was handed out last */
	bool has_head, paused, ended, over_limit;
	CURLcode result;
	char reason[CURL_ERROR_SIZE];
};

int http_new(const struct http_options *options, struct http **ret, struct err *err)
{
	struct http *http = calloc(1, sizeof(*http));

	if (!http)
		return err_oom(err);
	if (options)
		http->options = *options;
	if (http->options.connect_seconds == 0)
		http->options.connect_seconds = DEFAULT_CONNECT_SECONDS;
	if (http->options.stall_seconds == 0)
		http->options.stall_seconds = DEFAULT_STALL_SECONDS;
	http->fd = -1;
	http->backlog = BUF_INIT(BACKLOG_MAX);
	http->handed = BUF_INIT(BACKLOG_MAX);
	*ret = http;
	return 0;
}

void http_close(struct http *http)
{
	if (http->easy) {
		http->curl->multi_remove_handle(http->multi, http->easy);
		http->curl->easy_cleanup(http->easy);
		http->easy = NULL;
	}
	fd_closep(&http->fd);
	free(TAKE_PTR(http->url));
	buf_clear(&http->backlog);
	buf_clear(&http->handed);
	http->has_head = http->paused = http->ended = http->over_limit = false;
	http->received = 0;
	http->reason[0] = '\0';
}

void http_free(struct http *http)
{
	if (!http)
		return;
	http_close(http);
	if (http->multi)
		http->curl->multi_cleanup(http->multi);
	buf_release(&http->backlog);
	buf_release(&http->handed);
	free(http);
}

bool http_url_valid(const char *url)
{
	struct str s = str_from(url);

	return str_starts(s, STR("http://")) || str_starts(s, STR("https://")) ||
	       str_starts(s, STR("file:///"));
}

static int err_too_large(const struct http *http, struct err *err)
{
	return err_set(err, ERR_LIMIT,
		       "cannot fetch '%s': larger than the limit of %" PRIu64 " bytes", http->url,
		       http->max);
}

/* libcurl's write callback. */
static size_t receive(char *bytes, size_t size, size_t count, void *context)
{
	struct http *http = context;
	size_t len = size * count;

	http->has_head = true;
	if (http->backlog.len >= BACKLOG_SIZE) {
		http->paused = true;
		return CURL_WRITEFUNC_PAUSE;
	}
	if (len > http->max - http->received) {
		http->over_limit = true;
		return 0;
	}
	http->received += len;
	buf_add(&http->backlog, bytes, len);
	return http->backlog.status < 0 ? 0 : len;
}

/* libcurl's header callback: an empty line ends the head, also that of a redirect or "100 Continue". */
static size_t receive_header(char *bytes, size_t size, size_t count, void *context)
{
	struct http *http = context;
	long status = 0;

	if (size * count == 2 && memcmp(bytes, "\r\n", 2) == 0 &&
	    http->curl->easy_getinfo(http->easy, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK &&
	    status >= 200 && (status < 300 || status >= 400))
		http->has_head = true;
	return size * count;
}

static int err_status(const struct http *http, long status, struct err *err)
{
	static const struct {
		long status;
		int code;
		const char *text;
	} known[] = {
		{301, EIO, "Moved Permanently"}, /* without saying where */
		{302, EIO, "Found"},
		{401, EACCES, "Unauthorized"},
		{403, EACCES, "Forbidden"},
		{404, ENOENT, "Not Found"},
		{407, EACCES, "Proxy Authentication Required"},
		{410, ENOENT, "Gone"},
		{429, EAGAIN, "Too Many Requests"},
		{500, EIO, "Internal Server Error"},
		{502, EAGAIN, "Bad Gateway"},
		{503, EAGAIN, "Service Unavailable"},
		{504, EAGAIN, "Gateway Timeout"},
	};

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (known[i].status == status)
			return err_set(err, known[i].code, "cannot fetch '%s': HTTP status %ld %s",
				       http->url, status, known[i].text);
	return err_set(err, EIO, "cannot fetch '%s': HTTP status %ld", http->url, status);
}

static int err_result(const struct http *http, struct err *err)
{
	const char *reason =
		http->reason[0] ? http->reason : http->curl->easy_strerror(http->result);
	int code = EIO;

	if (http->over_limit || http->result == CURLE_FILESIZE_EXCEEDED)
		return err_too_large(http, err);
	if (http->backlog.status < 0)
		return buf_status(&http->backlog, err);
	switch (http->result) {
	case CURLE_OUT_OF_MEMORY:
		return err_oom(err);
	case CURLE_OPERATION_TIMEDOUT:
		code = ETIMEDOUT;
		break;
	case CURLE_TOO_MANY_REDIRECTS:
		code = ELOOP;
		break;
	case CURLE_PARTIAL_FILE:
		code = ERR_FORMAT;
		break;
	case CURLE_GOT_NOTHING:
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR:
	case CURLE_HTTP2_STREAM:
	case CURLE_COULDNT_CONNECT:
		code = EAGAIN;
		break;
	default:
		break;
	}
	return err_set(err, code, "cannot fetch '%s': %s", http->url, reason);
}

/* Lets the transfer go on until there is something to hand out, or the end. */
static int step(struct http *http, struct err *err)
{
	const struct curl *curl = http->curl;
	CURLMsg *message;
	int running, left;
	CURLMcode m;

	if (http->paused) {
		http->paused = false;
		curl->easy_pause(http->easy, CURLPAUSE_CONT);
		if (http->backlog.len)
			return 0;
	}
	m = curl->multi_perform(http->multi, &running);
	while ((message = curl->multi_info_read(http->multi, &left))) {
		if (message->msg == CURLMSG_DONE && message->easy_handle == http->easy) {
			http->ended = true;
			http->result = message->data.result;
		}
	}
	if (m == CURLM_OK && !http->ended && !http->backlog.len && !http->has_head)
		m = curl->multi_poll(http->multi, NULL, 0, POLL_MS, NULL);
	else if (m == CURLM_OK && !http->ended && !http->backlog.len && running)
		m = curl->multi_poll(http->multi, NULL, 0, POLL_MS, NULL);
	if (m != CURLM_OK)
		return err_set(err, EIO, "cannot fetch '%s': %s", http->url,
			       curl->multi_strerror(m));
	return http->ended && http->result != CURLE_OK ? err_result(http, err) : 0;
}

static bool set_options(struct http *http)
{
	const struct curl *curl = http->curl;
	CURL *easy = http->easy;
	/* No way back from https to plain text. */
	const char *next = strncmp(http->url, "https:", 6) == 0 ? "https" : "http,https";
	bool ok = true;

#define SET(option, value) ok = ok && curl->easy_setopt(easy, option, value) == CURLE_OK
	SET(CURLOPT_URL, http->url);
	SET(CURLOPT_PROTOCOLS_STR, "http,https");
	SET(CURLOPT_REDIR_PROTOCOLS_STR, next);
	SET(CURLOPT_FOLLOWLOCATION, 1L);
	SET(CURLOPT_MAXREDIRS, (long)REDIRECTS_MAX);
	SET(CURLOPT_USERAGENT, "cscplate/" CSCPLATE_VERSION);
	SET(CURLOPT_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_SSL_VERIFYHOST, 2L);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_CONNECTTIMEOUT, (long)http->options.connect_seconds);
	SET(CURLOPT_LOW_SPEED_LIMIT, (long)STALL_BYTES_PER_SECOND);
	SET(CURLOPT_LOW_SPEED_TIME, (long)http->options.stall_seconds);
	SET(CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)MIN(http->max, (uint64_t)INT64_MAX));
	SET(CURLOPT_BUFFERSIZE, (long)RECEIVE_SIZE);
	SET(CURLOPT_ERRORBUFFER, http->reason);
	SET(CURLOPT_WRITEFUNCTION, receive);
	SET(CURLOPT_WRITEDATA, http);
	SET(CURLOPT_HEADERFUNCTION, receive_header);
	SET(CURLOPT_HEADERDATA, http);
#undef SET
	return ok;
}

static int open_network(struct http *http, struct err *err)
{
	long status = 0;
	int r;

	r = curl_load(&http->curl, err);
	if (r < 0)
		return err_wrap(err, r, "cannot fetch '%s'", http->url);
	if (!http->multi)
		http->multi = http->curl->multi_init();
	http->easy = http->multi ? http->curl->easy_init() : NULL;
	if (!http->easy || !set_options(http) ||
	    http->curl->multi_add_handle(http->multi, http->easy) != CURLM_OK)
		return err_oom(err);
	while (!http->has_head && !http->ended) {
		r = step(http, err);
		if (r < 0)
			return r;
	}
	http->curl->easy_getinfo(http->easy, CURLINFO_RESPONSE_CODE, &status);
	return status >= 200 && status < 300 ? 0 : err_status(http, status, err);
}

static int hex_value(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : -1;
}

/* "file:///a%20b" is "/a b" (RFC 8089); NUL cannot be part of a path. */
static int open_file(struct http *http, struct err *err)
{
	_cleanup_buf_ struct buf path = BUF_INIT(PATH_MAX);
	struct stat st;

	for (const char *p = http->url + strlen("file://"); *p; p++) {
		int high = *p == '%' ? hex_value(p[1]) : -1;
		int low = high >= 0 ? hex_value(p[2]) : -1;

		if (low >= 0 && (high || low)) {
			buf_add_char(&path, (char)(high << 4 | low));
			p += 2;
		} else {
			buf_add_char(&path, *p);
		}
	}
	if (buf_status(&path, err) < 0)
		return err_wrap(err, -EINVAL, "cannot fetch '%s'", http->url);
	http->fd = open(path.data, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (http->fd < 0)
		return err_errno(err, errno == ENOTDIR ? ENOENT : errno, "cannot fetch '%s'",
				 http->url);
	if (fstat(http->fd, &st) < 0)
		return err_errno(err, errno, "cannot fetch '%s'", http->url);
	if (!S_ISREG(st.st_mode))
		return err_set(err, EINVAL, "cannot fetch '%s': not a regular file", http->url);
	if ((uint64_t)st.st_size > http->max)
		return err_too_large(http, err);
	return 0;
}

int http_open(struct http *http, const char *url, uint64_t max, struct err *err)
{
	int r;

	http_close(http);
	if (!http_url_valid(url))
		return err_set(err, EINVAL, "cannot fetch '%s': not an http, https or file URL",
			       url);
	http->url = str_dup(str_from(url));
	if (!http->url)
		return err_oom(err);
	http->max = max;
	r = strncmp(url, "file:", 5) == 0 ? open_file(http, err) : open_network(http, err);
	if (r < 0)
		http_close(http);
	return r;
}

static ssize_t read_file(struct http *http, const void **ret_bytes, struct err *err)
{
	char *to;
	ssize_t n;

	buf_clear(&http->handed);
	to = buf_reserve(&http->handed, RECEIVE_SIZE);
	if (!to)
		return err_oom(err);
	n = fd_read_full(http->fd, to, RECEIVE_SIZE);
	if (n < 0)
		return err_errno(err, (int)-n, "cannot fetch '%s'", http->url);
	if ((uint64_t)n > http->max - http->received)
		return err_too_large(http, err);
	http->received += (uint64_t)n;
	*ret_bytes = to;
	return n;
}

ssize_t http_read(struct http *http, const void **ret_bytes, struct err *err)
{
	struct buf empty;

	if (http->fd >= 0)
		return read_file(http, ret_bytes, err);
	if (!http->easy)
		return err_set(err, EINVAL, "cannot read: nothing was requested");
	while (!http->backlog.len && !http->ended) {
		int r = step(http, err);

		if (r < 0)
			return r;
	}
	empty = http->handed;
	buf_clear(&empty);
	http->handed = http->backlog;
	http->backlog = empty;
	*ret_bytes = http->handed.data;
	return (ssize_t)http->handed.len;
}

int http_get(struct http *http, const char *url, struct buf *b, struct err *err)
{
	int r = http_open(http, url, b->max - b->len, err);

	while (r == 0) {
		const void *bytes;
		ssize_t n = http_read(http, &bytes, err);

		if (n <= 0) {
			r = (int)n;
			break;
		}
		buf_add(b, bytes, (size_t)n);
		r = buf_status(b, err);
	}
	http_close(http);
	return r;
}
