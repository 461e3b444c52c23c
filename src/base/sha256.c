/*
 * SHA-256: see sha256.h. The plain functions of OpenSSL, not its EVP ones: fetching an algorithm there reads
 * configuration and sets up providers, which takes longer than all digests of a scan from the cache.
 */
#include "base/compat.h"

#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include "base/sha256.h"

static SHA256_CTX *state_of(struct sha256 *h)
{
	static_assert(sizeof(SHA256_CTX) <= sizeof(h->state), "OpenSSL's state fits");
	return (SHA256_CTX *)(void *)h->state;
}

void sha256_begin(struct sha256 *h)
{
	SHA256_Init(state_of(h));
}

void sha256_add(struct sha256 *h, const void *data, size_t len)
{
	SHA256_Update(state_of(h), data, len);
}

void sha256_end(struct sha256 *h, unsigned char digest[SHA256_SIZE])
{
	SHA256_Final(digest, state_of(h));
}

void sha256_of(struct str bytes, unsigned char digest[SHA256_SIZE])
{
	struct sha256 h;

	sha256_begin(&h);
	sha256_add(&h, bytes.ptr, bytes.len);
	sha256_end(&h, digest);
}

void sha256_format(const unsigned char digest[SHA256_SIZE], char text[7 + SHA256_HEX + 1])
{
	static const char hex[] = "0123456789abcdef";
	char *to = text;

	memcpy(to, "sha256:", 7);
	to += 7;
	for (size_t i = 0; i < SHA256_SIZE; i++) {
		*to++ = hex[digest[i] >> 4];
		*to++ = hex[digest[i] & 15];
	}
	*to = '\0';
}

static int hex_value(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int sha256_parse(struct str text, unsigned char ret_digest[SHA256_SIZE])
{
	unsigned char digest[SHA256_SIZE];

	if (text.len != 7 + SHA256_HEX || !str_starts(text, STR("sha256:")))
		return -EINVAL;
	for (size_t i = 0; i < SHA256_SIZE; i++) {
		int high = hex_value(text.ptr[7 + 2 * i]), low = hex_value(text.ptr[8 + 2 * i]);

		if (high < 0 || low < 0)
			return -EINVAL;
		digest[i] = (unsigned char)(high << 4 | low);
	}
	memcpy(ret_digest, digest, SHA256_SIZE);
	return 0;
}
