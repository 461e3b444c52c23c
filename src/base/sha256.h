/*
 * SHA-256 through OpenSSL, and the "sha256:<64 hex>" form of OCI descriptors (image-spec,
 * descriptor.md, "Digests").
 */
#pragma once

#include "base/compat.h"
#include "base/err.h"
#include "base/str.h"

enum { SHA256_SIZE = 32, SHA256_HEX = 64 };

/* OpenSSL's state; nothing to be freed. */
struct sha256 {
	uint64_t state[14];
};

/* Starts, or starts anew. */
void sha256_begin(struct sha256 *h);
void sha256_add(struct sha256 *h, const void *data, size_t len);
void sha256_end(struct sha256 *h, unsigned char digest[SHA256_SIZE]);

/* All at once. */
void sha256_of(struct str bytes, unsigned char digest[SHA256_SIZE]);

/* "sha256:…" with a NUL: 72 bytes. */
void sha256_format(const unsigned char digest[SHA256_SIZE], char text[7 + SHA256_HEX + 1]);
/* Reads "sha256:<64 lower-case hex>": 0 or -EINVAL. */
int sha256_parse(struct str text, unsigned char ret_digest[SHA256_SIZE]);
