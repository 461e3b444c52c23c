/* Compressed files: see unpack.h. */
#include "base/compat.h"

#include "advisory/unpack.h"

enum { STEP = 128 * 1024 };

int unpack_new(struct archive **ret, struct err *err)
{
	static int (*const filters[])(struct archive *) = {
		archive_read_support_filter_gzip,
		archive_read_support_filter_xz,
		archive_read_support_filter_zstd,
	};
	_cleanup_unpack_ struct archive *a = archive_read_new();

	if (!a)
		return err_oom(err);
	/* ARCHIVE_WARN: it was built without that library and would run a program. */
	for (size_t i = 0; i < ARRAY_LEN(filters); i++)
		if (filters[i](a) != ARCHIVE_OK)
			return err_set(err, ERR_UNSUPPORTED,
				       "this libarchive was built without gzip, xz or zstd");
	*ret = TAKE_PTR(a);
	return 0;
}

int unpack_error(struct archive *a, struct err *err)
{
	const char *text = archive_error_string(a);

	if (archive_errno(a) == ENOMEM)
		return err_oom(err);
	return err_set(err, ERR_FORMAT, "%s", text ? text : "not an archive, or cut short");
}

static int unpack_raw(struct str bytes, struct buf *to, struct err *err)
{
	_cleanup_unpack_ struct archive *raw = NULL;
	struct archive_entry *entry;
	int r = unpack_new(&raw, err);

	if (r < 0)
		return r;
	archive_read_support_format_raw(raw);
	archive_read_support_format_empty(raw);
	if (archive_read_open_memory(raw, bytes.ptr, bytes.len) != ARCHIVE_OK ||
	    (r = archive_read_next_header(raw, &entry)) < ARCHIVE_WARN)
		return unpack_error(raw, err);
	while (r != ARCHIVE_EOF) {
		size_t room = MIN((size_t)STEP, to->max - to->len);
		void *at = buf_reserve(to, room);
		la_ssize_t n;

		if (!at || !room) {
			to->status = to->status < 0 ? to->status : -ERR_LIMIT;
			return buf_status(to, err);
		}
		n = archive_read_data(raw, at, room);
		if (n < 0)
			return unpack_error(raw, err);
		if (n == 0)
			break;
		buf_commit(to, (size_t)n);
	}
	return 0;
}

int unpack_bytes(const char *name, struct str bytes, struct buf *to, struct err *err)
{
	int r = bytes.len ? unpack_raw(bytes, to, err) : 0;

	return r < 0 ? err_wrap(err, r, "cannot read '%s'", name) : 0;
}
