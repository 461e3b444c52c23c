/* SHA-256: see sha256.h. */
#include "base/compat.h"

#include <openssl/evp.h>
#include <pthread.h>

#include "base/sha256.h"

static const EVP_MD *algorithm;

/* Fetched once: EVP_sha256() would look its implementation up at every use. */
static void fetch_algorithm(void)
{
	algorithm = EVP_MD_fetch(NULL, "SHA256", NULL);
}

int sha256_prepare(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, fetch_algorithm);
	return algorithm ? 0 : -ENOMEM;
}

int sha256_begin(struct sha256 *h)
{
	if (sha256_prepare() < 0)
		return -ENOMEM;
	if (!h->ctx)
		h->ctx = EVP_MD_CTX_new();
	if (!h->ctx || EVP_DigestInit_ex(h->ctx, algorithm, NULL) != 1)
		return -ENOMEM;
	return 0;
}

void sha256_add(struct sha256 *h, const void *data, size_t len)
{
	EVP_DigestUpdate(h->ctx, data, len);
}

void sha256_end(struct sha256 *h, unsigned char digest[SHA256_SIZE])
{
	EVP_DigestFinal_ex(h->ctx, digest, NULL);
}

void sha256_release(struct sha256 *h)
{
	EVP_MD_CTX_free(h->ctx);
	h->ctx = NULL;
}

int sha256_of(struct str bytes, unsigned char digest[SHA256_SIZE])
{
	_cleanup_sha256_ struct sha256 h = SHA256_INIT;

	if (sha256_begin(&h) < 0)
		return -ENOMEM;
	sha256_add(&h, bytes.ptr, bytes.len);
	sha256_end(&h, digest);
	return 0;
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
