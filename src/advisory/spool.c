/* Checked downloads: see spool.h. */
#include "base/compat.h"

#include <sys/mman.h>

#include "advisory/spool.h"

#include "base/fd.h"

static int open_nameless(const char *dir)
{
	const char *const places[] = {dir, getenv("TMPDIR"), "/tmp"};
	int fd = -1;

	for (size_t i = 0; i < ARRAY_LEN(places) && fd < 0; i++)
		if (places[i])
			fd = open(places[i], O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	/* Not every file system has files without a name. */
	return fd < 0 ? memfd_create("cscplate-download", MFD_CLOEXEC) : fd;
}

static int err_size(const char *url, uint64_t size, struct err *err)
{
	return err_set(err, ERR_DIGEST,
		       "cannot use '%s': it has not the %" PRIu64 " bytes that the index names",
		       url, size);
}

/* Writes and hashes what comes; the client itself refuses more than size. */
static int receive(struct http *http, const char *url, uint64_t size, int fd, struct sha256 *hash,
		   struct err *err)
{
	uint64_t received = 0;
	const void *bytes;
	ssize_t n;
	int r;

	while ((n = http_read(http, &bytes, err)) > 0) {
		sha256_add(hash, bytes, (size_t)n);
		received += (uint64_t)n;
		r = fd_write_full(fd, bytes, (size_t)n);
		if (r < 0)
			return err_errno(err, -r, "cannot keep '%s' while it is checked", url);
	}
	if (n < 0)
		return n == -ERR_LIMIT ? err_size(url, size, err) : (int)n;
	return received == size ? 0 : err_size(url, size, err);
}

static int check(const char *url, const unsigned char wanted[SHA256_SIZE], struct sha256 *hash,
		 struct err *err)
{
	char wanted_text[7 + SHA256_HEX + 1], found_text[7 + SHA256_HEX + 1];
	unsigned char found[SHA256_SIZE];

	sha256_end(hash, found);
	if (memcmp(found, wanted, SHA256_SIZE) == 0)
		return 0;
	sha256_format(wanted, wanted_text);
	sha256_format(found, found_text);
	return err_set(err, ERR_DIGEST, "cannot use '%s': the index names %s, it has %s", url,
		       wanted_text, found_text);
}

int spool_download(struct http *http, const char *url, uint64_t size,
		   const unsigned char sha256[SHA256_SIZE], const char *dir, int *ret_fd,
		   struct err *err)
{
	struct sha256 hash;
	_cleanup_close_ int fd = -1;
	int r;

	sha256_begin(&hash);
	r = http_open(http, url, size, err);
	if (r < 0)
		return r == -ERR_LIMIT ? err_size(url, size, err) : r;
	fd = open_nameless(dir);
	if (fd < 0)
		r = err_errno(err, errno, "cannot keep '%s' while it is checked", url);
	if (r == 0)
		r = receive(http, url, size, fd, &hash, err);
	http_close(http);
	if (r == 0)
		r = check(url, sha256, &hash, err);
	if (r < 0)
		return r;
	if (lseek(fd, 0, SEEK_SET) < 0)
		return err_errno(err, errno, "cannot read '%s'", url);
	*ret_fd = TAKE_FD(fd);
	return 0;
}
