/* The end of a database file: see seal.h. */
#include "base/compat.h"

#include <dirent.h>

#include "advisory/seal.h"

#include "base/buf.h"
#include "base/fd.h"
#include "base/sha256.h"
#include "base/xdg.h"

struct seal {
	char magic[SEAL_SIZE - SHA256_SIZE];
	unsigned char digest[SHA256_SIZE];
};
_Static_assert(sizeof(struct seal) == SEAL_SIZE, "seal");

static const char magic[sizeof(((struct seal *)0)->magic)] = "cscplate-seal-1";

enum {
	/* The coarsest time stamps of a file system in use (FAT). */
	SETTLED_SECONDS = 2,
	/* Each database that was ever opened leaves a mark: beyond these all are forgotten. */
	MARKS_MAX = 64,
};

static int digest_of(int fd, uint64_t size, const char *name, unsigned char digest[SHA256_SIZE],
		     struct err *err)
{
	enum { BLOCK = 1 << 18 };
	struct sha256 hash;
	_cleanup_free_ char *block = malloc(BLOCK);

	if (!block)
		return err_oom(err);
	sha256_begin(&hash);
	for (uint64_t at = 0; at < size;) {
		size_t len = (size_t)MIN(size - at, (uint64_t)BLOCK);
		ssize_t n = fd_pread_full(fd, block, len, at);

		if (n < 0)
			return err_errno(err, (int)-n, "cannot read '%s'", name);
		if ((size_t)n < len)
			return err_set(err, EIO, "cannot read '%s': it became shorter", name);
		sha256_add(&hash, block, len);
		at += len;
	}
	sha256_end(&hash, digest);
	return 0;
}

int seal_write(int fd, uint64_t size, const char *name, struct err *err)
{
	struct seal seal;
	int r = digest_of(fd, size, name, seal.digest, err);

	if (r < 0)
		return r;
	memcpy(seal.magic, magic, sizeof(magic));
	if (ftruncate(fd, (off_t)size) < 0 || lseek(fd, (off_t)size, SEEK_SET) < 0)
		return err_errno(err, errno, "cannot write '%s'", name);
	r = fd_write_full(fd, &seal, sizeof(seal));
	return r < 0 ? err_errno(err, -r, "cannot write '%s'", name) : 0;
}

/* --- files that were compared --------------------------------------------------------------------- */

static int mark_path(const char *path, const struct stat *st, struct buf *to)
{
	const int64_t numbers[] = {
		(int64_t)st->st_dev, (int64_t)st->st_ino, (int64_t)st->st_size, st->st_mtim.tv_sec,
		st->st_mtim.tv_nsec, st->st_ctim.tv_sec,  st->st_ctim.tv_nsec,
	};
	struct sha256 hash;
	unsigned char digest[SHA256_SIZE];
	char hex[7 + SHA256_HEX + 1];

	if (!xdg_add(to, "XDG_CACHE_HOME", ".cache"))
		return -ENOENT;
	sha256_begin(&hash);
	sha256_add(&hash, numbers, sizeof(numbers));
	sha256_add(&hash, path, strlen(path));
	sha256_end(&hash, digest);
	sha256_format(digest, hex);
	buf_addf(to, "databases/%s", hex + 7);
	return buf_status(to, NULL);
}

static bool is_marked(const char *mark, const struct seal *seal)
{
	_cleanup_close_ int fd = open(mark, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct seal marked;

	return fd >= 0 && fd_read_full(fd, &marked, sizeof(marked)) == sizeof(marked) &&
	       memcmp(&marked, seal, sizeof(marked)) == 0;
}

static void forget_old(const char *mark)
{
	_cleanup_free_ char *path =
		str_dup(str_sub(str_from(mark), 0, (size_t)str_rfind_char(str_from(mark), '/')));
	DIR *dir = path ? opendir(path) : NULL;
	const struct dirent *entry;
	size_t n = 0;

	while (dir && (entry = readdir(dir)))
		n++;
	if (n > MARKS_MAX) {
		rewinddir(dir);
		while ((entry = readdir(dir)))
			unlinkat(dirfd(dir), entry->d_name, 0);
	}
	if (dir)
		closedir(dir);
}

/* That it could not be written costs the next run time, and nothing else. */
static void set_mark(const char *mark, const struct seal *seal)
{
	_cleanup_atomic_file_ struct atomic_file file = ATOMIC_FILE_INIT;
	struct err err = ERR_INIT;

	if (dir_make_parents(mark, &err) < 0)
		return;
	forget_old(mark);
	if (atomic_file_open(&file, mark, 0600, &err) < 0)
		return;
	file.no_sync = true;
	if (fd_write_full(file.fd, seal, sizeof(*seal)) == 0)
		atomic_file_commit(&file, &err);
}

/* Has the file lain long enough that a further change would change its times? */
static bool is_settled(int fd, const struct stat *before)
{
	struct stat st;
	struct timespec now;

	if (fstat(fd, &st) < 0 || clock_gettime(CLOCK_REALTIME, &now) < 0)
		return false;
	return st.st_size == before->st_size &&
	       memcmp(&st.st_mtim, &before->st_mtim, sizeof(st.st_mtim)) == 0 &&
	       memcmp(&st.st_ctim, &before->st_ctim, sizeof(st.st_ctim)) == 0 &&
	       MAX(st.st_mtim.tv_sec, st.st_ctim.tv_sec) + SETTLED_SECONDS < now.tv_sec;
}

int seal_check(int fd, const char *path, const struct stat *st, bool cached, struct err *err)
{
	_cleanup_buf_ struct buf mark = BUF_INIT(PATH_MAX);
	unsigned char digest[SHA256_SIZE];
	bool can_mark;
	struct seal seal;
	uint64_t size;
	ssize_t n;
	int r;

	if (st->st_size < SEAL_SIZE)
		return -ERR_FORMAT;
	size = (uint64_t)st->st_size - SEAL_SIZE;
	n = fd_pread_full(fd, &seal, sizeof(seal), size);
	if (n < 0)
		return err_errno(err, (int)-n, "cannot read '%s'", path);
	if ((size_t)n < sizeof(seal) || memcmp(seal.magic, magic, sizeof(magic)) != 0)
		return -ERR_FORMAT;
	can_mark = cached && mark_path(path, st, &mark) == 0;
	if (can_mark && is_marked(mark.data, &seal))
		return 0;
	r = digest_of(fd, size, path, digest, err);
	if (r < 0)
		return r;
	if (memcmp(digest, seal.digest, sizeof(digest)) != 0)
		return -ERR_DIGEST;
	if (can_mark && is_settled(fd, st))
		set_mark(mark.data, &seal);
	return 0;
}
