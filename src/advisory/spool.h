/*
 * Downloads that are complete and checked before anything looks into them.
 */
#pragma once

#include "base/compat.h"
#include "base/err.h"
#include "base/sha256.h"
#include "net/http.h"

/*
 * Downloads a file of which size and SHA-256 are known beforehand into one without a name (in dir if it is not
 * NULL, else in $TMPDIR or /tmp, else in memory), and returns its descriptor at the beginning of what is
 * exactly that. It goes when the descriptor is closed. No byte more than size is taken from the network; a
 * file of another size or digest is -ERR_DIGEST.
 */
int spool_download(struct http *http, const char *url, uint64_t size,
		   const unsigned char sha256[SHA256_SIZE], const char *dir, int *ret_fd,
		   struct err *err);
