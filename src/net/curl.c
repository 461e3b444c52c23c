/* Loading libcurl: see curl.h. */
#include "base/compat.h"

#include <dlfcn.h>
#include <pthread.h>

#include "net/curl.h"

static struct curl curl;
static struct err load_error;
static pthread_once_t load_once = PTHREAD_ONCE_INIT;

static void load(void)
{
	/* The OpenSSL flavour first, since OpenSSL is loaded already; either has the same ABI. */
	void *library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);

	if (!library)
		library = dlopen("libcurl-gnutls.so.4", RTLD_NOW | RTLD_LOCAL);
	if (!library) {
		err_set(&load_error, ERR_UNSUPPORTED, "cannot load libcurl: %s", dlerror());
		return;
	}
#define X(name)                                                                                 \
	curl.name = (__typeof__(curl.name))dlsym(library, "curl_" #name);                       \
	if (!curl.name) {                                                                       \
		err_set(&load_error, ERR_UNSUPPORTED, "cannot load libcurl: it has no curl_%s", \
			#name);                                                                 \
		return;                                                                         \
	}
	CURL_FUNCTIONS(X)
#undef X
	/* CURLOPT_PROTOCOLS_STR, which keeps redirects away from file: and the like, came with 7.85. */
	if (curl.version_info(CURLVERSION_NOW)->version_num < 0x075500)
		err_set(&load_error, ERR_UNSUPPORTED, "cannot load libcurl: %s is older than 7.85",
			curl.version_info(CURLVERSION_NOW)->version);
	else if (curl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		err_set(&load_error, ERR_UNSUPPORTED, "cannot load libcurl: it cannot start");
}

int curl_load(const struct curl **ret, struct err *err)
{
	pthread_once(&load_once, load);
	if (load_error.code)
		return err_set(err, load_error.code, "%s", load_error.text);
	*ret = &curl;
	return 0;
}
