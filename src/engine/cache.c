/* The layer cache: see cache.h. */
#include "base/compat.h"

#include <dirent.h>

#include "engine/cache.h"

#include "base/fd.h"
#include "base/log.h"
#include "base/sha256.h"
#include "base/vec.h"
#include "base/xdg.h"
#include "core/limits.h"
#include "engine/facts.h"

/* A file: this, the SHA-256 of the facts, the facts. The file's name says which layer and which version
 * of the catalogers. */
static const char magic[8] = "cscfact1";
enum { HEADER = sizeof(magic) + SHA256_SIZE };

void layer_cache_open(struct layer_cache *cache)
{
	struct buf path = BUF_INIT(PATH_MAX);
	struct err err = ERR_INIT;

	*cache = LAYER_CACHE_INIT;
	if (!xdg_add(&path, "XDG_CACHE_HOME", ".cache"))
		return;
	buf_addf(&path, "layers/");
	cache->dir = buf_take(&path);
	buf_release(&path);
	if (cache->dir && dir_make_parents(cache->dir, &err) < 0) {
		log_info("no layer cache: %s", err.text);
		layer_cache_close(cache);
	}
}

void layer_cache_close(struct layer_cache *cache)
{
	free(TAKE_PTR(cache->dir));
}

/* The file of a layer, or an empty string when it has no digests to know it by. */
static int file_name(const struct layer_cache *cache, const struct layer *layer, enum cached what,
		     struct buf *name)
{
	_cleanup_buf_ struct buf key = BUF_INIT(KiB(1));
	unsigned char digest[SHA256_SIZE];
	char text[7 + SHA256_HEX + 1];

	if (!cache->dir || layer->diff_id.len == 0)
		return -ENOENT;
	buf_addf(&key, "%" PRIu64 " ", facts_version());
	buf_add_str(&key, layer->digest);
	buf_add_char(&key, ' ');
	buf_add_str(&key, layer->diff_id);
	if (buf_status(&key, NULL) < 0)
		return -ENOMEM;
	sha256_of(buf_str(&key), digest);
	sha256_format(digest, text);
	buf_addf(name, "%s%s%s", cache->dir, text + 7, what == CACHED_OWNED ? ".owned" : "");
	return buf_status(name, NULL);
}

/* The whole file in arena; .ptr is NULL when it cannot be read, which says nothing about it. */
static struct str read_file(const char *name, struct arena *arena)
{
	_cleanup_close_ int fd = fd_open_read(AT_FDCWD, name, NULL);
	struct stat st;
	char *bytes;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
	    (uint64_t)st.st_size > HEADER + LIMIT_LAYER_FACTS + MiB(1))
		return STR_NULL;
	bytes = arena_alloc(arena, (size_t)st.st_size);
	if (!bytes || fd_read_full(fd, bytes, (size_t)st.st_size) < 0)
		return STR_NULL;
	return (struct str){bytes, (size_t)st.st_size};
}

bool layer_cache_get(const struct layer_cache *cache, const struct layer *layer, enum cached what,
		     struct arena *arena, struct str *ret_facts)
{
	_cleanup_buf_ struct buf name = BUF_INIT(PATH_MAX);
	unsigned char digest[SHA256_SIZE];
	struct str file, facts;

	if (file_name(cache, layer, what, &name) < 0 || access(name.data, F_OK) < 0)
		return false;
	file = read_file(name.data, arena);
	if (!file.ptr)
		return false;
	facts = str_from_offset(file, HEADER);
	sha256_of(facts, digest);
	if (file.len < HEADER || memcmp(file.ptr, magic, sizeof(magic)) != 0 ||
	    memcmp(digest, file.ptr + sizeof(magic), SHA256_SIZE) != 0) {
		log_info("the cached facts '%s' are damaged; the layer is read anew", name.data);
		unlink(name.data);
		return false;
	}
	utimensat(AT_FDCWD, name.data, NULL, 0); /* used now: the oldest go first */
	*ret_facts = facts;
	return true;
}

struct cached_file {
	char *name;
	struct timespec used;
	uint64_t size;
};

static int compare_used(const void *a, const void *b)
{
	const struct cached_file *x = a, *y = b;

	if (x->used.tv_sec != y->used.tv_sec)
		return x->used.tv_sec < y->used.tv_sec ? -1 : 1;
	if (x->used.tv_nsec != y->used.tv_nsec)
		return x->used.tv_nsec < y->used.tv_nsec ? -1 : 1;
	return strcmp(x->name, y->name);
}

/* Removes the longest unused files until three quarters of the limit are left. */
static void shrink(const struct layer_cache *cache)
{
	VEC(struct cached_file) files = {0};
	DIR *dir = opendir(cache->dir);
	uint64_t total = 0;
	struct dirent *d;

	while (dir && (d = readdir(dir))) {
		struct cached_file *file;
		struct stat st;

		if (fstatat(dirfd(dir), d->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
		    !S_ISREG(st.st_mode))
			continue;
		file = vec_add(&files);
		if (!file)
			break;
		*file = (struct cached_file){str_dup(str_from(d->d_name)), st.st_mtim,
					     (uint64_t)st.st_size};
		total += (uint64_t)st.st_size;
		if (!file->name) {
			files.len--;
			break;
		}
	}
	if (total > LIMIT_CACHE_BYTES) {
		vec_sort(&files, compare_used);
		for (size_t i = 0; i < files.len && total > LIMIT_CACHE_BYTES / 4 * 3; i++) {
			unlinkat(dirfd(dir), files.items[i].name, 0);
			total -= files.items[i].size;
		}
	}
	for (size_t i = 0; i < files.len; i++)
		free(files.items[i].name);
	vec_release(&files);
	if (dir)
		closedir(dir);
}

void layer_cache_put(const struct layer_cache *cache, const struct layer *layer, enum cached what,
		     struct str facts)
{
	_cleanup_buf_ struct buf name = BUF_INIT(PATH_MAX);
	_cleanup_atomic_file_ struct atomic_file file = ATOMIC_FILE_INIT;
	unsigned char digest[SHA256_SIZE];
	struct err err = ERR_INIT;
	int r = file_name(cache, layer, what, &name);

	if (r < 0)
		return;
	sha256_of(facts, digest);
	r = atomic_file_open(&file, name.data, 0600, &err);
	if (r == 0)
		r = fd_write_full(file.fd, magic, sizeof(magic));
	if (r == 0)
		r = fd_write_full(file.fd, digest, sizeof(digest));
	if (r == 0)
		r = fd_write_full(file.fd, facts.ptr, facts.len);
	/* Not synced to disk: a file torn by a power cut fails its checksum. */
	file.no_sync = true;
	if (r == 0)
		r = atomic_file_commit(&file, &err);
	if (r < 0)
		log_info("cannot keep a layer's facts: %s",
			 err.text[0] ? err.text : err_code_text(r));
	else
		shrink(cache);
}
