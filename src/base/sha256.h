/*
 * SHA-256 through OpenSSL, and the "sha256:<64 hex>" form of OCI descriptors (image-spec,
 * descriptor.md, "Digests").
 */
#pragma once

#include "base/compat.h"
#include "base/err.h"
#include "base/str.h"

enum { SHA256_SIZE = 32, SHA256_HEX = 64 };

struct sha256 {
	void *ctx;
};

#define SHA256_INIT	 ((struct sha256){0})
#define _cleanup_sha256_ _cleanup_(sha256_release)

/* Does OpenSSL's start-up work, which sha256_begin() does otherwise: called before processes are forked,
 * it is done once for all of them. Returns 0 or -ENOMEM. */
int sha256_prepare(void);

/* Starts, or starts anew. Returns 0 or -ENOMEM. */
int sha256_begin(struct sha256 *h);
void sha256_add(struct sha256 *h, const void *data, size_t len);
void sha256_end(struct sha256 *h, unsigned char digest[SHA256_SIZE]);
void sha256_release(struct sha256 *h);

/* All at once. Returns 0 or -ENOMEM. */
int sha256_of(struct str bytes, unsigned char digest[SHA256_SIZE]);

/* "sha256:…" with a NUL: 72 bytes. */
void sha256_format(const unsigned char digest[SHA256_SIZE], char text[7 + SHA256_HEX + 1]);
/* Reads "sha256:<64 lower-case hex>": 0 or -EINVAL. */
int sha256_parse(struct str text, unsigned char ret_digest[SHA256_SIZE]);
