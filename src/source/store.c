/* The store of an image's documents: see store.h. */
#include "base/compat.h"

#include <archive.h>
#include <archive_entry.h>
#include <linux/openat2.h>
#include <sys/syscall.h>

#include "source/store.h"

#include "base/fd.h"
#include "core/limits.h"
#include "source/tar.h"

/* Members of an archive of one or more images: each layer has a handful. */
enum { MAX_MEMBERS = 65536 };
/* Links followed from one member to another: docker save makes one step. */
enum { MAX_LINKS = 8 };
/* Documents kept in memory while a compressed archive is listed. */
#define MAX_CONTENTS MiB(32)

int open_beneath(int dirfd, const char *name, int flags)
{
	struct open_how how = {
		.flags = (uint64_t)(flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY),
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
	};
	long fd = syscall(SYS_openat2, dirfd, name, &how, sizeof(how));

	return fd < 0 ? -errno : (int)fd;
}

/* "./blobs//sha256/x" and "/blobs/sha256/x" are the same member. */
static struct str member_name(struct arena *arena, const char *name)
{
	struct buf clean = BUF_INIT(LIMIT_PATH_LEN);
	struct str rest = str_from(name), part, result;

	while (str_split(&rest, '/', &part)) {
		if (part.len == 0 || str_eq(part, STR(".")))
			continue;
		if (clean.len)
			buf_add_char(&clean, '/');
		buf_add_str(&clean, part);
	}
	result = buf_status(&clean, NULL) == 0 ? arena_str(arena, buf_str(&clean)) : STR_NULL;
	buf_release(&clean);
	return result;
}

static bool looks_like_document(struct str content)
{
	content = str_trim(content);
	return content.len && (content.ptr[0] == '{' || content.ptr[0] == '[');
}

/* Keeps a small document of a compressed archive, which could not be found again without reading the
 * whole archive once more. */
static int keep_content(struct store *s, struct archive *a, struct store_member *m, size_t *kept,
			struct err *err)
{
	_cleanup_buf_ struct buf content = BUF_INIT(LIMIT_IMAGE_JSON);
	char *to;
	la_ssize_t n;

	if (m->size == 0 || m->size > LIMIT_IMAGE_JSON || *kept + m->size > MAX_CONTENTS)
		return 0;
	to = buf_reserve(&content, (size_t)m->size);
	if (!to)
		return buf_status(&content, err);
	n = archive_read_data(a, to, (size_t)m->size);
	if (n < 0)
		return tar_error(a, err, "cannot read the archive");
	buf_commit(&content, (size_t)n);
	if (!looks_like_document(buf_str(&content)))
		return 0;
	m->content = arena_str(s->arena, buf_str(&content));
	*kept += m->content.len;
	return m->content.ptr ? 0 : err_oom(err);
}

static int add_member(struct store *s, struct archive *a, struct archive_entry *entry, size_t *kept,
		      struct err *err)
{
	const char *path = archive_entry_pathname(entry);
	const char *link = archive_entry_symlink(entry);
	struct store_member **item, *m;
	void **slot;

	if (!link)
		link = archive_entry_hardlink(entry);
	if (!path || (!link && archive_entry_filetype(entry) != AE_IFREG))
		return 0;
	if (s->members.len == MAX_MEMBERS)
		return err_set(err, ERR_LIMIT, "the archive has more than %d members", MAX_MEMBERS);
	m = arena_new(s->arena, struct store_member);
	item = m ? vec_add(&s->members) : NULL;
	if (!item)
		return err_oom(err);
	*item = m;
	m->name = member_name(s->arena, path);
	m->link = link ? arena_str(s->arena, str_from(link)) : STR("");
	if (!m->name.ptr || !m->link.ptr)
		return err_oom(err);
	m->size = (uint64_t)archive_entry_size(entry);
	/* What the reader has consumed so far ends where the member's bytes begin. In a compressed archive
	 * that says nothing: there the member is found again by its number. */
	m->offset = s->compressed ? s->n_headers : (uint64_t)archive_filter_bytes(a, 0);
	slot = map_slot(&s->by_name, m->name);
	if (!slot)
		return err_oom(err);
	*slot = m; /* of two members of one name the later counts, as when unpacking */
	return s->compressed && !link ? keep_content(s, a, m, kept, err) : 0;
}

static int list_members(struct store *s, struct err *err)
{
	struct extent whole = {.fd = s->fd, .size = UINT64_MAX};
	struct tar_input input;
	_cleanup_archive_ struct archive *a = tar_open(&input, &whole, err);
	struct archive_entry *entry;
	size_t kept = 0;
	int r = 0, status;

	if (!a)
		return -err->code;
	while ((status = archive_read_next_header(a, &entry)) == ARCHIVE_OK ||
	       status == ARCHIVE_WARN) {
		s->compressed = archive_filter_count(a) > 1;
		r = add_member(s, a, entry, &kept, err);
		if (r < 0)
			break;
		s->n_headers++;
	}
	if (r == 0 && status != ARCHIVE_EOF)
		r = tar_error(a, err, "cannot read the archive");
	archive_read_free(TAKE_PTR(a));
	tar_input_release(&input);
	return r;
}

int store_open(struct store *s, int fd, struct arena *arena, struct err *err)
{
	struct stat st;

	*s = (struct store){.fd = fd, .arena = arena};
	if (fstat(fd, &st) < 0)
		return err_errno(err, errno, "cannot look at it");
	s->is_directory = S_ISDIR(st.st_mode);
	if (!s->is_directory && !S_ISREG(st.st_mode))
		return err_set(err, EINVAL, "neither a file nor a directory");
	return s->is_directory ? 0 : list_members(s, err);
}

void store_release(struct store *s)
{
	vec_release(&s->members);
	map_release(&s->by_name);
}

/* The member that name means, links between members followed; NULL if there is none. */
static const struct store_member *find_member(const struct store *s, const char *name)
{
	const struct store_member *m = map_get(&s->by_name, str_from(name));

	for (unsigned links = 0; m && m->link.len; links++) {
		_cleanup_buf_ struct buf path = BUF_INIT(LIMIT_PATH_LEN);
		struct str dir = m->name, target = m->link;
		ssize_t slash = str_rfind_char(dir, '/');

		if (links == MAX_LINKS)
			return NULL;
		dir = str_sub(dir, 0, slash < 0 ? 0 : (size_t)slash);
		/* A hard link's target is a whole member name; a symbolic one begins beside the link. */
		if (map_get(&s->by_name, target)) {
			m = map_get(&s->by_name, target);
			continue;
		}
		while (str_starts(target, STR("../"))) {
			slash = str_rfind_char(dir, '/');
			dir = str_sub(dir, 0, slash < 0 ? 0 : (size_t)slash);
			target = str_from_offset(target, 3);
		}
		buf_add_str(&path, dir);
		if (dir.len)
			buf_add_char(&path, '/');
		buf_add_str(&path, target);
		m = buf_status(&path, NULL) == 0 ? map_get(&s->by_name, buf_str(&path)) : NULL;
	}
	return m;
}

bool store_has(const struct store *s, const char *name)
{
	_cleanup_close_ int fd = -1;

	if (!s->is_directory)
		return find_member(s, name) != NULL;
	fd = open_beneath(s->fd, name, O_RDONLY);
	return fd >= 0;
}

static int read_member(const struct store *s, const struct store_member *m, struct buf *b,
		       struct err *err)
{
	void *to;
	ssize_t n;

	if (s->compressed) {
		if (m->size && !m->content.len)
			return err_set(err, ERR_FORMAT, "cannot read '%.*s': not a JSON document",
				       STR_FMT(m->name));
		buf_add_str(b, m->content);
		return buf_status(b, err);
	}
	to = m->size <= b->max ? buf_reserve(b, (size_t)m->size) : NULL;
	if (!to)
		return err_set(err, ERR_LIMIT,
			       "cannot read '%.*s': larger than the limit of %zu bytes",
			       STR_FMT(m->name), b->max);
	n = fd_pread_full(s->fd, to, (size_t)m->size, m->offset);
	if (n < 0)
		return err_errno(err, (int)-n, "cannot read '%.*s'", STR_FMT(m->name));
	if ((uint64_t)n < m->size)
		return err_set(err, ERR_FORMAT, "cannot read '%.*s': the archive is cut short",
			       STR_FMT(m->name));
	buf_commit(b, (size_t)n);
	return 0;
}

int store_read(const struct store *s, const char *name, struct buf *b, struct err *err)
{
	const struct store_member *m;
	_cleanup_close_ int fd = -1;
	struct stat st;

	if (!s->is_directory) {
		m = find_member(s, name);
		return m ? read_member(s, m, b, err)
			 : err_set(err, ENOENT, "cannot find '%s' in the archive", name);
	}
	fd = open_beneath(s->fd, name, O_RDONLY);
	if (fd < 0)
		return err_errno(err, -fd, "cannot open '%s'", name);
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return err_set(err, EINVAL, "cannot read '%s': not a regular file", name);
	return fd_read_all(fd, name, b, err);
}

int store_locate(const struct store *s, const char *name, struct location *ret)
{
	const struct store_member *m;

	*ret = (struct location){.kind = LOCATION_MISSING};
	if (s->is_directory) {
		if (store_has(s, name))
			*ret = (struct location){.kind = LOCATION_FILE,
						 .member = arena_str(s->arena, str_from(name))};
		return ret->kind == LOCATION_FILE && !ret->member.ptr ? -ENOMEM : 0;
	}
	m = find_member(s, name);
	if (m)
		*ret = (struct location){.kind = s->compressed ? LOCATION_MEMBER : LOCATION_EXTENT,
					 .member = m->name,
					 .offset = m->offset,
					 .size = m->size};
	return 0;
}
