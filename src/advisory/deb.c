/* Changelogs out of binary packages: see deb.h. */
#include "base/compat.h"

#include <archive_entry.h>

#include "advisory/deb.h"

#include "advisory/unpack.h"
#include "core/limits.h"

enum { BLOCK_SIZE = 128 * 1024 };

/* libarchive's read callback for data.tar: the contents of the ar archive's present member. */
static la_ssize_t read_member(struct archive *a, void *context, const void **ret)
{
	struct archive *ar = context;
	la_int64_t offset;
	size_t len;

	switch (archive_read_data_block(ar, ret, &len, &offset)) {
	case ARCHIVE_OK:
	case ARCHIVE_WARN:
		return (la_ssize_t)len;
	case ARCHIVE_EOF:
		return 0;
	default:
		archive_set_error(a, EIO, "%s", archive_error_string(ar));
		return ARCHIVE_FATAL;
	}
}

enum changelog_kind { NO_CHANGELOG, NATIVE_CHANGELOG, DEBIAN_CHANGELOG };

/* By a path such as "./usr/share/doc/openssl/changelog.Debian.gz". */
static enum changelog_kind kind_of(struct str path)
{
	static const struct str dir = STR("usr/share/doc/");
	ssize_t slash;

	if (str_starts(path, STR("./")))
		path = str_from_offset(path, 2);
	if (!str_starts(path, dir))
		return NO_CHANGELOG;
	path = str_from_offset(path, dir.len);
	slash = str_find_char(path, '/');
	if (slash <= 0)
		return NO_CHANGELOG;
	path = str_from_offset(path, (size_t)slash + 1);
	return str_eq(path, STR("changelog.Debian.gz")) ? DEBIAN_CHANGELOG
	       : str_eq(path, STR("changelog.gz"))	? NATIVE_CHANGELOG
							: NO_CHANGELOG;
}

static int read_entry(struct archive *tar, struct buf *to, struct err *err)
{
	const void *bytes;
	la_int64_t offset;
	size_t len;
	int r;

	while ((r = archive_read_data_block(tar, &bytes, &len, &offset)) == ARCHIVE_OK) {
		buf_add(to, bytes, len);
		if (buf_status(to, err) < 0)
			return err_wrap(err, -ENOMEM, "its changelog");
	}
	return r == ARCHIVE_EOF ? 0 : unpack_error(tar, err);
}

/* Finds the changelog in data.tar. One that is for Debian counts more than one that may be upstream's. */
static int read_tar(struct archive *ar, struct buf *to, struct err *err)
{
	_cleanup_unpack_ struct archive *tar = NULL;
	enum changelog_kind have = NO_CHANGELOG;
	struct archive_entry *entry;
	size_t begin = to->len;
	int r = unpack_new(&tar, err);

	if (r < 0)
		return r;
	archive_read_support_format_tar(tar);
	if (archive_read_open2(tar, ar, NULL, read_member, NULL, NULL) != ARCHIVE_OK)
		return unpack_error(tar, err);
	while (have != DEBIAN_CHANGELOG &&
	       (r = archive_read_next_header(tar, &entry)) != ARCHIVE_EOF) {
		enum changelog_kind kind;

		if (r != ARCHIVE_OK && r != ARCHIVE_WARN)
			return unpack_error(tar, err);
		if ((uint64_t)archive_filter_bytes(tar, 0) > LIMIT_APT_PACKAGE)
			return err_set(err, ERR_LIMIT, "it unpacks to more than %" PRIu64 " bytes",
				       LIMIT_APT_PACKAGE);
		kind = kind_of(str_from(archive_entry_pathname(entry)));
		if (kind <= have || archive_entry_filetype(entry) != AE_IFREG)
			continue;
		have = kind;
		to->len = begin;
		r = read_entry(tar, to, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int read_ar(int fd, struct buf *to, struct err *err)
{
	_cleanup_unpack_ struct archive *ar = archive_read_new();
	struct archive_entry *entry;
	int r;

	if (!ar)
		return err_oom(err);
	archive_read_support_format_ar(ar);
	if (archive_read_open_fd(ar, fd, BLOCK_SIZE) != ARCHIVE_OK)
		return unpack_error(ar, err);
	while ((r = archive_read_next_header(ar, &entry)) == ARCHIVE_OK || r == ARCHIVE_WARN)
		if (str_starts(str_from(archive_entry_pathname(entry)), STR("data.tar")))
			return read_tar(ar, to, err);
	return r == ARCHIVE_EOF ? err_set(err, ERR_FORMAT, "it has no data.tar")
				: unpack_error(ar, err);
}

int deb_changelog(int fd, const char *name, struct buf *to, struct err *err)
{
	int r = read_ar(fd, to, err);

	return r < 0 ? err_wrap(err, r, "cannot read '%s'", name) : 0;
}
