/* Walking a root filesystem: see directory.h. */
#include "base/compat.h"

#include <dirent.h>
#include <linux/magic.h>
#include <sys/syscall.h>
#include <sys/statfs.h>

#include "engine/directory.h"

#include "base/fd.h"
#include "core/limits.h"
#include "engine/collect.h"

/* Each level holds a descriptor open; deeper trees are reported as not read. */
enum { MAX_DEPTH = 512 };
/* Entries that one call returns: a directory of more takes several. */
enum { ENTRIES_SIZE = 32 * 1024 };
/* Kernel file systems whose numbers linux/magic.h does not have. */
enum { MQUEUE_MAGIC = 0x19800202 };

struct walk {
	struct collector collector;
	char path[4096 + 1];
	size_t len;
	dev_t device; /* of the root */
	char *entries[MAX_DEPTH +
		      1]; /* of the directories on the way, kept for the next of that depth */
};

/* What getdents64(2) fills in. */
struct entry {
	ino64_t inode;
	off64_t offset;
	unsigned short size;
	unsigned char type;
	char name[];
};

/* Things that the kernel makes up are no part of an image. */
static bool is_kernel_fs(int fd)
{
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0)
		return false;
	switch ((unsigned long)fs.f_type) {
	case PROC_SUPER_MAGIC:
	case SYSFS_MAGIC:
	case CGROUP_SUPER_MAGIC:
	case CGROUP2_SUPER_MAGIC:
	case DEVPTS_SUPER_MAGIC:
	case BPF_FS_MAGIC:
	case TRACEFS_MAGIC:
	case DEBUGFS_MAGIC:
	case SECURITYFS_MAGIC:
	case MQUEUE_MAGIC:
		return true;
	default:
		return false;
	}
}

static void unreadable(struct walk *w, const char *what, int errnum)
{
	char text[128];

	snprintf(text, sizeof(text), "cannot %s: %s", what, err_code_text(errnum));
	collector_unreadable(&w->collector, (struct str){w->path, w->len}, text);
}

static int read_file(struct walk *w, int dirfd, const char *name, int cataloger, struct err *err)
{
	_cleanup_buf_ struct buf content = BUF_INIT(catalogers[cataloger]->limit);
	_cleanup_close_ int fd =
		openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct err why = ERR_INIT;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0) {
		unreadable(w, "open", errno);
		return 0;
	}
	if (!S_ISREG(st.st_mode))
		return 0; /* it was one a moment ago; now it is nothing to read */
	if (fd_read_all(fd, name, &content, &why) < 0) {
		collector_unreadable(&w->collector, (struct str){w->path, w->len}, why.text);
		return 0;
	}
	return collector_content(&w->collector, cataloger, buf_str(&content), err);
}

static int walk_directory(struct walk *w, int fd, unsigned depth, struct err *err);

static int enter(struct walk *w, int dirfd, const char *name, unsigned depth, struct err *err)
{
	_cleanup_close_ int fd =
		openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0) {
		unreadable(w, "open directory", errno);
		return 0;
	}
	if (st.st_dev != w->device && is_kernel_fs(fd))
		return 0;
	if (depth == MAX_DEPTH) {
		unreadable(w, "enter directory", ELOOP);
		return 0;
	}
	return walk_directory(w, fd, depth + 1, err);
}

static enum entry_type type_of(int dirfd, const struct entry *e)
{
	struct stat st;

	switch (e->type) {
	case DT_REG:
		return ENTRY_FILE;
	case DT_DIR:
		return ENTRY_DIRECTORY;
	case DT_LNK:
		return ENTRY_SYMLINK;
	case DT_UNKNOWN:
		break;
	default:
		return ENTRY_OTHER;
	}
	if (fstatat(dirfd, e->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return ENTRY_OTHER;
	return S_ISREG(st.st_mode)   ? ENTRY_FILE
	       : S_ISDIR(st.st_mode) ? ENTRY_DIRECTORY
	       : S_ISLNK(st.st_mode) ? ENTRY_SYMLINK
				     : ENTRY_OTHER;
}

static int take_entry(struct walk *w, int dirfd, const struct entry *e, unsigned depth,
		      struct err *err)
{
	enum entry_type type = type_of(dirfd, e);
	struct str path = {w->path, w->len}, link = STR("");
	char target[4096];
	int r;

	if (type == ENTRY_SYMLINK && collector_wants_link(&w->collector, path)) {
		ssize_t n = readlinkat(dirfd, e->name, target, sizeof(target));

		link = (struct str){target, n > 0 ? (size_t)n : 0};
	}
	r = collector_entry(&w->collector, type, path, link, false, err);
	if (r >= 0)
		return read_file(w, dirfd, e->name, r, err);
	if (r != COLLECT_NOTHING)
		return r;
	return type == ENTRY_DIRECTORY ? enter(w, dirfd, e->name, depth, err) : 0;
}

/* One entry of the directory whose path is the first len bytes. */
static int walk_entry(struct walk *w, int fd, const struct entry *e, size_t len, unsigned depth,
		      struct err *err)
{
	size_t n = strlen(e->name);
	int r;

	if (e->name[0] == '.' && (n == 1 || (n == 2 && e->name[1] == '.')))
		return 0;
	if (len + 1 + n > LIMIT_PATH_LEN) {
		unreadable(w, "read", ENAMETOOLONG);
		return 0;
	}
	if (len)
		w->path[len] = '/';
	memcpy(w->path + len + (len > 0), e->name, n + 1);
	w->len = len + (len > 0) + n;
	r = take_entry(w, fd, e, depth, err);
	w->len = len;
	return r;
}

/* getdents64(2) itself: readdir(3) would ask for the descriptor's flags and type before. */
static int walk_directory(struct walk *w, int fd, unsigned depth, struct err *err)
{
	char *entries = w->entries[depth];
	size_t len = w->len;
	long n;
	int r = 0;

	if (!entries)
		entries = w->entries[depth] = malloc(ENTRIES_SIZE);
	if (!entries)
		return err_oom(err);
	while (r == 0 && (n = syscall(SYS_getdents64, fd, entries, ENTRIES_SIZE)) != 0) {
		if (n < 0) {
			unreadable(w, "read directory", errno);
			break;
		}
		for (long at = 0; r == 0 && at < n;) {
			const struct entry *e = (const struct entry *)(void *)(entries + at);

			at += e->size;
			r = walk_entry(w, fd, e, len, depth, err);
		}
	}
	return r;
}

int directory_read(int fd, const struct alias *aliases, size_t n_aliases, struct buf *result,
		   struct err *err)
{
	struct walk *w = calloc(1, sizeof(*w));
	_cleanup_close_ int root = -1;
	struct stat st;
	int r;

	if (!w)
		return err_oom(err);
	/* A descriptor of its own: reading moves the position, which the caller's may share. */
	root = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0 || fstat(root, &st) < 0) {
		r = err_errno(err, errno, "cannot open the directory");
		free(w);
		return r;
	}
	w->device = st.st_dev;
	r = collector_init(&w->collector, aliases, n_aliases, err);
	if (r == 0)
		r = walk_directory(w, root, 0, err);
	if (r == 0)
		r = collector_finish(&w->collector, result, err);
	collector_release(&w->collector);
	for (size_t i = 0; i < ARRAY_LEN(w->entries); i++)
		free(w->entries[i]);
	free(w);
	return r;
}
