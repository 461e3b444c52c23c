/*
 * Files kept between runs by the hash of what they were made from. A file carries the digest of its
 * contents, so that one that was cut or changed is as good as none. Safe with many processes and threads.
 */
#pragma once

#include "base/buf.h"
#include "base/compat.h"
#include "base/err.h"
#include "base/sha256.h"
#include "base/str.h"

struct apt_cache {
	char *dir; /* NULL: nothing is kept */
};

enum apt_cache_kind { CACHE_RELEASE, CACHE_INDEX, CACHE_CHANGELOG };

/* dir NULL is $XDG_CACHE_HOME/cscplate/apt, or below ~/.cache; "" keeps nothing. A directory that cannot be
 * made is an error only if it was named. */
int apt_cache_open(struct apt_cache *cache, const char *dir, struct err *err);
void apt_cache_release(struct apt_cache *cache);

/* Appends what is kept under key: 0, or -ENOENT. */
int apt_cache_get(const struct apt_cache *cache, enum apt_cache_kind kind,
		  const unsigned char key[SHA256_SIZE], struct buf *to);
/* Keeps it. Failing costs the next run time and nothing else: it goes to the log. */
void apt_cache_put(const struct apt_cache *cache, enum apt_cache_kind kind,
		   const unsigned char key[SHA256_SIZE], struct str contents);
/* Removes what was used longest ago while all together is larger than LIMIT_APT_CACHE_BYTES. */
void apt_cache_prune(const struct apt_cache *cache);
