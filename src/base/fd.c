/* Files and descriptors: see fd.h. */
#include "base/compat.h"

#include <sys/random.h>
#include <sys/syscall.h>

#include "base/fd.h"

void fd_closep(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

int fd_open_read(int dirfd, const char *path, struct err *err)
{
	int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	return fd >= 0 ? fd : err_errno(err, errno, "cannot open '%s'", path);
}

ssize_t fd_read_full(int fd, void *to, size_t len)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = read(fd, (char *)to + done, len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

ssize_t fd_pread_full(int fd, void *to, size_t len, uint64_t offset)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = pread(fd, (char *)to + done, len - done, (off_t)(offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

int fd_write_full(int fd, const void *from, size_t len)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = write(fd, (const char *)from + done, len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		done += (size_t)n;
	}
	return 0;
}

int fd_read_all(int fd, const char *name, struct buf *b, struct err *err)
{
	for (;;) {
		size_t room = MIN((size_t)64 * 1024, b->max - b->len);
		char probe;
		ssize_t n;

		if (room == 0) {
			n = fd_read_full(fd, &probe, 1);
			if (n > 0)
				return err_set(
					err, ERR_LIMIT,
					"cannot read '%s': larger than the limit of %zu bytes",
					name, b->max);
		} else {
			void *to = buf_reserve(b, room);

			if (!to)
				return buf_status(b, err);
			n = fd_read_full(fd, to, room);
			if (n > 0)
				buf_commit(b, (size_t)n);
		}
		if (n < 0)
			return err_errno(err, (int)-n, "cannot read '%s'", name);
		if ((size_t)n < room || n == 0)
			return 0;
	}
}

int file_read(int dirfd, const char *path, struct buf *b, struct err *err)
{
	_cleanup_close_ int fd = fd_open_read(dirfd, path, err);
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return err_errno(err, errno, "cannot read '%s'", path);
	if (!S_ISREG(st.st_mode))
		return err_set(err, EINVAL, "cannot read '%s': not a regular file", path);
	/* One allocation of the right size for what is normally a small file. */
	if (st.st_size > 0 && (uint64_t)st.st_size <= b->max)
		buf_reserve(b, MIN((size_t)st.st_size + 1, b->max));
	return fd_read_all(fd, path, b, err);
}

int dir_make_parents(const char *path, struct err *err)
{
	_cleanup_free_ char *copy = str_dup(str_from(path));

	if (!copy)
		return err_oom(err);
	for (char *slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(copy, 0700) < 0 && errno != EEXIST)
			return err_errno(err, errno, "cannot make directory '%s'", copy);
		*slash = '/';
	}
	return 0;
}

/*
 * The temporary files there are, for atomic_file_unlink_all() in a signal handler, which may not touch
 * memory that another thread frees: hence fixed places. More files at once than places are not removed
 * by a signal; nobody has more than one per download.
 */
enum { TEMPS = 32, TEMP_FREE = 0, TEMP_TAKEN, TEMP_SET };
static struct temp {
	int state;
	char path[PATH_MAX];
} temps[TEMPS];

static struct temp *temp_note(const char *path)
{
	for (size_t i = 0; i < TEMPS; i++) {
		int expected = TEMP_FREE;

		if (!__atomic_compare_exchange_n(&temps[i].state, &expected, TEMP_TAKEN, false,
						 __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
			continue;
		snprintf(temps[i].path, sizeof(temps[i].path), "%s", path);
		__atomic_store_n(&temps[i].state, TEMP_SET, __ATOMIC_SEQ_CST);
		return &temps[i];
	}
	return NULL;
}

static void temp_forget(struct temp *temp)
{
	if (temp)
		__atomic_store_n(&temp->state, TEMP_FREE, __ATOMIC_SEQ_CST);
}

void atomic_file_unlink_all(void)
{
	for (size_t i = 0; i < TEMPS; i++)
		if (__atomic_load_n(&temps[i].state, __ATOMIC_SEQ_CST) == TEMP_SET)
			unlink(temps[i].path);
}

/* "<path>.<16 random hex digits>.tmp": a name that an earlier process left behind is in nobody's way. */
static char *temp_name(const char *path)
{
	struct buf name = BUF_INIT(PATH_MAX);
	uint64_t number;
	char *result;

	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		number = (uint64_t)time(NULL) << 32 | (uint64_t)getpid();
	buf_addf(&name, "%s.%016" PRIx64 ".tmp", path, number);
	result = buf_take(&name);
	buf_release(&name);
	return result;
}

int atomic_file_open(struct atomic_file *f, const char *path, mode_t mode, struct err *err)
{
	enum { TRIES = 8 };
	int saved = EEXIST;

	*f = ATOMIC_FILE_INIT;
	f->path = str_dup(str_from(path));
	for (size_t i = 0; f->path && saved == EEXIST && i < TRIES; i++) {
		free(f->temp);
		f->temp = temp_name(path);
		if (!f->temp)
			break;
		f->noted = temp_note(f->temp);
		f->fd = open(f->temp, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
		if (f->fd >= 0)
			return 0;
		saved = errno;
		temp_forget(TAKE_PTR(f->noted));
	}
	if (!f->path || !f->temp) {
		atomic_file_release(f);
		return err_oom(err);
	}
	free(TAKE_PTR(f->temp)); /* not ours to remove */
	atomic_file_release(f);
	return err_errno(err, saved, "cannot create '%s'", path);
}

FILE *atomic_file_stream(struct atomic_file *f)
{
	if (!f->file)
		f->file = fdopen(f->fd, "w");
	return f->file;
}

/*
 * Puts the new file into its place. rename(2) over an older file makes some file systems write the new one's
 * data at once (ext4(5), auto_da_alloc): where nobody waits for the disk, both change places instead, which
 * does not, and the older one goes.
 */
static int put_in_place(const struct atomic_file *f)
{
	struct stat st;

	if (f->no_sync && lstat(f->path, &st) == 0 && S_ISREG(st.st_mode) &&
	    renameat2(AT_FDCWD, f->temp, AT_FDCWD, f->path, RENAME_EXCHANGE) == 0)
		return unlink(f->temp) < 0 ? -errno : 0;
	return rename(f->temp, f->path) < 0 ? -errno : 0;
}

int atomic_file_commit(struct atomic_file *f, struct err *err)
{
	int r = 0;

	/* An error of an earlier write left no errno that could still be trusted. */
	errno = EIO;
	if (f->file && (fflush(f->file) != 0 || ferror(f->file)))
		r = -errno;
	if (r == 0 && !f->no_sync && fsync(f->fd) < 0 && errno != EINVAL)
		r = -errno;
	if (r == 0)
		r = put_in_place(f);
	if (r < 0)
		return err_errno(err, -r, "cannot write '%s'", f->path);
	temp_forget(TAKE_PTR(f->noted));
	free(TAKE_PTR(f->temp));
	return 0;
}

void atomic_file_release(struct atomic_file *f)
{
	if (f->file)
		fclose(f->file);
	else if (f->fd >= 0)
		close(f->fd);
	if (f->temp)
		unlink(f->temp);
	temp_forget(f->noted);
	free(f->temp);
	free(f->path);
	*f = ATOMIC_FILE_INIT;
}
