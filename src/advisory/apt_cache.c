/* The cache of the apt feed: see apt_cache.h. */
#include "base/compat.h"

#include <dirent.h>

#include "advisory/apt_cache.h"

#include "base/fd.h"
#include "base/log.h"
#include "base/vec.h"
#include "base/xdg.h"
#include "core/limits.h"

/* The indexes of some releases and the changelogs of some thousand packages. */
#define LIMIT_APT_CACHE_BYTES MiB(256)

static const char *const prefixes[] = {
	[CACHE_RELEASE] = "release",
	[CACHE_INDEX] = "index",
	[CACHE_CHANGELOG] = "changelog",
};

int apt_cache_open(struct apt_cache *cache, const char *dir, struct err *err)
{
	_cleanup_buf_ struct buf path = BUF_INIT(PATH_MAX);
	int r;

	*cache = (struct apt_cache){NULL};
	if (dir && !dir[0])
		return 0;
	if (dir)
		buf_addf(&path, "%s/", dir);
	else if (xdg_add(&path, "XDG_CACHE_HOME", ".cache"))
		buf_addf(&path, "apt/");
	else
		return 0;
	r = buf_status(&path, err);
	if (r == 0)
		r = dir_make_parents(path.data, err);
	if (r < 0 && !dir && r != -ENOMEM) {
		log_info("nothing is cached: %s", err ? err->text : err_code_text(r));
		if (err)
			*err = ERR_INIT;
		return 0;
	}
	if (r < 0)
		return r;
	cache->dir = buf_take(&path);
	return cache->dir ? 0 : err_oom(err);
}

void apt_cache_release(struct apt_cache *cache)
{
	free(TAKE_PTR(cache->dir));
}

static void path_of(const struct apt_cache *cache, enum apt_cache_kind kind,
		    const unsigned char key[SHA256_SIZE], struct buf *path)
{
	char hex[7 + SHA256_HEX + 1];

	sha256_format(key, hex);
	buf_addf(path, "%s%s-%s", cache->dir, prefixes[kind], hex + 7);
}

int apt_cache_get(const struct apt_cache *cache, enum apt_cache_kind kind,
		  const unsigned char key[SHA256_SIZE], struct buf *to)
{
	_cleanup_buf_ struct buf path = BUF_INIT(PATH_MAX);
	_cleanup_buf_ struct buf file = BUF_INIT(LIMIT_APT_INDEX);
	unsigned char digest[SHA256_SIZE];
	struct str contents;

	if (!cache->dir)
		return -ENOENT;
	path_of(cache, kind, key, &path);
	if (buf_status(&path, NULL) < 0 || file_read(AT_FDCWD, path.data, &file, NULL) < 0)
		return -ENOENT;
	contents = str_from_offset(buf_str(&file), SHA256_SIZE);
	sha256_of(contents, digest);
	if (file.len < SHA256_SIZE || memcmp(digest, file.data, SHA256_SIZE) != 0) {
		log_info("cache file '%s' is damaged: passed over", path.data);
		return -ENOENT;
	}
	/* The age that apt_cache_prune goes by. */
	utimensat(AT_FDCWD, path.data, NULL, 0);
	buf_add_str(to, contents);
	return buf_status(to, NULL) < 0 ? -ENOENT : 0;
}

void apt_cache_put(const struct apt_cache *cache, enum apt_cache_kind kind,
		   const unsigned char key[SHA256_SIZE], struct str contents)
{
	_cleanup_atomic_file_ struct atomic_file file = ATOMIC_FILE_INIT;
	_cleanup_buf_ struct buf path = BUF_INIT(PATH_MAX);
	unsigned char digest[SHA256_SIZE];
	struct err err = ERR_INIT;
	int r;

	if (!cache->dir)
		return;
	sha256_of(contents, digest);
	path_of(cache, kind, key, &path);
	r = buf_status(&path, &err);
	if (r == 0)
		r = atomic_file_open(&file, path.data, 0600, &err);
	if (r == 0)
		r = fd_write_full(file.fd, digest, sizeof(digest));
	if (r == 0)
		r = fd_write_full(file.fd, contents.ptr, contents.len);
	if (r == 0)
		r = atomic_file_commit(&file, &err);
	if (r < 0)
		log_info("cannot cache a download: %s", err.code ? err.text : err_code_text(r));
}

struct cached_file {
	char name[128]; /* the temporary files of runs that were killed are among them */
	uint64_t size;
	struct timespec used;
};

static int oldest_first(const void *a, const void *b)
{
	const struct cached_file *x = a, *y = b;

	if (x->used.tv_sec != y->used.tv_sec)
		return x->used.tv_sec < y->used.tv_sec ? -1 : 1;
	if (x->used.tv_nsec != y->used.tv_nsec)
		return x->used.tv_nsec < y->used.tv_nsec ? -1 : 1;
	return strcmp(x->name, y->name);
}

void apt_cache_prune(const struct apt_cache *cache)
{
	VEC(struct cached_file) files = {0};
	struct dirent *entry;
	uint64_t total = 0;
	DIR *dir;

	dir = cache->dir ? opendir(cache->dir) : NULL;
	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		struct cached_file *file;
		struct stat st;

		if (strlen(entry->d_name) >= sizeof(file->name) ||
		    fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
		    !S_ISREG(st.st_mode))
			continue;
		file = vec_add(&files);
		if (!file)
			break;
		snprintf(file->name, sizeof(file->name), "%s", entry->d_name);
		file->size = (uint64_t)st.st_size;
		file->used = st.st_mtim;
		total += file->size;
	}
	vec_sort(&files, oldest_first);
	for (size_t i = 0; i < files.len && total > LIMIT_APT_CACHE_BYTES; i++)
		if (unlinkat(dirfd(dir), files.items[i].name, 0) == 0)
			total -= files.items[i].size;
	vec_release(&files);
	closedir(dir);
}
