/* A layer's one pass: stored bytes → digests and tar → facts. See layer.h. */
#include "base/compat.h"

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>

#include "engine/layer.h"

#include "core/limits.h"
#include "base/fd.h"
#include "engine/collect.h"
#include "engine/directory.h"
#include "source/layer_stream.h"

enum { DIGEST_BLOCK = 256 * 1024 };

/* Stored bytes out of a part of a file. */
static ssize_t read_extent(void *context, void *to, size_t len)
{
	struct extent *e = context;
	ssize_t n = fd_pread_full(e->fd, to, (size_t)MIN((uint64_t)len, e->size), e->offset);

	if (n > 0) {
		e->offset += (uint64_t)n;
		e->size -= (uint64_t)n;
	}
	return n;
}

/* Stored bytes out of a member of an archive that is compressed as a whole. */
static ssize_t read_member(void *context, void *to, size_t len)
{
	la_ssize_t n = archive_read_data(context, to, len);

	return n < 0 ? -ERR_FORMAT : n;
}

static int seek_member(struct archive *a, uint64_t ordinal, struct err *err)
{
	struct archive_entry *entry;

	for (uint64_t i = 0; i <= ordinal; i++) {
		int status = archive_read_next_header(a, &entry);

		if (status != ARCHIVE_OK && status != ARCHIVE_WARN)
			return tar_error(a, err, "cannot read the archive");
	}
	return 0;
}

struct tar_pass {
	struct layer_stream *stream;
	struct err err; /* of the stream */
};

static la_ssize_t next_block(struct archive *a, void *data, const void **ret_block)
{
	struct tar_pass *pass = data;
	ssize_t n = layer_stream_next(pass->stream, ret_block, &pass->err);

	if (n < 0) {
		archive_set_error(a, EIO, "%s", pass->err.text);
		return ARCHIVE_FATAL;
	}
	return n;
}

static enum entry_type type_of(struct archive_entry *entry)
{
	if (archive_entry_hardlink(entry))
		return ENTRY_HARDLINK;
	switch (archive_entry_filetype(entry)) {
	case AE_IFREG:
		return ENTRY_FILE;
	case AE_IFDIR:
		return ENTRY_DIRECTORY;
	case AE_IFLNK:
		return ENTRY_SYMLINK;
	default:
		return ENTRY_OTHER;
	}
}

static int read_content(struct collector *c, struct archive *a, struct archive_entry *entry,
			int cataloger, struct err *err)
{
	_cleanup_buf_ struct buf content = BUF_INIT(catalogers[cataloger]->limit);
	int64_t size = archive_entry_size(entry);
	char text[96];
	void *to;
	la_ssize_t n;

	if (size < 0 || (uint64_t)size > content.max) {
		snprintf(text, sizeof(text), "larger than the limit of %zu bytes", content.max);
		collector_unreadable(c, c->clean, text);
		return 0;
	}
	to = buf_reserve(&content, (size_t)size);
	if (!to)
		return buf_status(&content, err);
	n = archive_read_data(a, to, (size_t)size);
	if (n != size) {
		/* Also a file that libarchive only warns about: a part of a database is not the database. */
		collector_unreadable(c, c->clean,
				     n < 0 && archive_error_string(a)
					     ? archive_error_string(a)
					     : "shorter than its entry says");
		return 0;
	}
	buf_commit(&content, (size_t)n);
	return collector_content(c, cataloger, buf_str(&content), err);
}

static int take_entry(struct collector *c, struct archive *a, struct archive_entry *entry,
		      struct err *err)
{
	const char *name = archive_entry_pathname(entry);
	enum entry_type type = type_of(entry);
	const char *link = type == ENTRY_SYMLINK    ? archive_entry_symlink(entry)
			   : type == ENTRY_HARDLINK ? archive_entry_hardlink(entry)
						    : NULL;
	int cataloger;

	if (!name) {
		collector_unreadable(c, STR(""), "an entry's name cannot be decoded");
		return 0;
	}
	cataloger = collector_entry(c, type, str_from(name), str_from(link), true, err);
	if (cataloger >= 0)
		return read_content(c, a, entry, cataloger, err);
	return cataloger == COLLECT_NOTHING ? 0 : cataloger;
}

/* All entries. A tar that is corrupt ends the pass: what was found stays, with the reason beside it. */
static int read_entries(struct collector *c, struct tar_pass *pass, struct buf *failure,
			struct err *err)
{
	_cleanup_archive_ struct archive *a = archive_read_new();
	struct archive_entry *entry;
	int status;

	if (!a)
		return err_oom(err);
	archive_read_support_format_tar(a);
	archive_read_support_format_empty(a);
	status = archive_read_open(a, pass, NULL, next_block, NULL);
	while (status == ARCHIVE_OK || status == ARCHIVE_WARN) {
		status = archive_read_next_header(a, &entry);
		if (status == ARCHIVE_OK || status == ARCHIVE_WARN) {
			int r = take_entry(c, a, entry, err);

			if (r == -ERR_LIMIT) {
				buf_addf(failure, "%s", err->text);
				*err = ERR_INIT;
				return 0;
			}
			if (r < 0)
				return r;
		}
	}
	if (status != ARCHIVE_EOF)
		buf_addf(failure, "after %" PRIu64 " entries: %s", c->summary.entries,
			 pass->err.text[0]	   ? pass->err.text
			 : archive_error_string(a) ? archive_error_string(a)
						   : "not a tar archive");
	return 0;
}

static int read_stream(struct layer_job *job, const struct byte_source *from, struct buf *result,
		       struct err *err)
{
	_cleanup_layer_stream_ struct layer_stream *stream = NULL;
	_cleanup_buf_ struct buf failure = BUF_INIT(KiB(4));
	struct layer_digests digests = {0};
	struct layer_stream_options options = {
		.max_size = job->max_size,
		.no_stored_digest = layer_digested_apart(job),
	};
	struct tar_pass pass = {0};
	struct collector c;
	int r = collector_init(&c, job->aliases, job->n_aliases, err);

	if (r == 0)
		r = layer_stream_open(from, &options, &stream, err);
	pass.stream = stream;
	if (r == 0)
		r = read_entries(&c, &pass, &failure, err);
	if (r == 0) {
		struct err late = ERR_INIT;
		int end = layer_stream_finish(stream, &digests, &late);

		if (end < 0 && failure.len == 0)
			buf_addf(&failure, "%s", late.text);
		memcpy(c.summary.stored, digests.stored, SHA256_SIZE);
		memcpy(c.summary.uncompressed, digests.uncompressed, SHA256_SIZE);
		c.summary.stored_size = digests.stored_size;
		c.summary.uncompressed_size = digests.uncompressed_size;
		c.summary.plain = digests.plain;
		c.summary.failure = buf_str(&failure);
		r = collector_finish(&c, result, err);
	}
	collector_release(&c);
	return r;
}

int layer_read(void *arg, struct buf *result, struct err *err)
{
	struct layer_job *job = arg;
	struct extent extent = {
		.fd = job->fd, .offset = job->location.offset, .size = job->location.size};
	struct byte_source from = {.read = read_extent, .context = &extent};

	/* Names in pax headers are UTF-8; in another locale libarchive could not hand them out. */
	setlocale(LC_CTYPE, "C.UTF-8");
	if (job->is_directory)
		return directory_read(job->fd, job->aliases, job->n_aliases, result, err);
	if (job->location.kind == LOCATION_FILE)
		extent = (struct extent){.fd = job->fd, .size = UINT64_MAX};
	if (job->location.kind == LOCATION_MEMBER) {
		struct extent whole = {.fd = job->fd, .size = UINT64_MAX};
		struct tar_input input;
		_cleanup_archive_ struct archive *outer = tar_open(&input, &whole, err);
		int r;

		if (!outer)
			return -err->code;
		from = (struct byte_source){.read = read_member, .context = outer};
		r = seek_member(outer, job->location.offset, err);
		if (r == 0)
			r = read_stream(job, &from, result, err);
		archive_read_free(TAKE_PTR(outer));
		tar_input_release(&input);
		return r;
	}
	return read_stream(job, &from, result, err);
}

bool layer_digested_apart(const struct layer_job *job)
{
	return !job->is_directory && job->location.kind != LOCATION_MEMBER;
}

static int digest_stored(void *arg, struct buf *result, struct err *err)
{
	const struct layer_job *job = arg;
	struct extent extent = {
		.fd = job->fd, .offset = job->location.offset, .size = job->location.size};
	struct sha256 hash;
	_cleanup_free_ char *block = malloc(DIGEST_BLOCK);
	unsigned char digest[SHA256_SIZE];
	uint64_t size = 0;
	ssize_t n;

	if (job->location.kind == LOCATION_FILE)
		extent = (struct extent){.fd = job->fd, .size = UINT64_MAX};
	if (!block)
		return err_oom(err);
	sha256_begin(&hash);
	while ((n = read_extent(&extent, block, DIGEST_BLOCK)) > 0) {
		sha256_add(&hash, block, (size_t)n);
		size += (uint64_t)n;
	}
	if (n < 0)
		return err_errno(err, (int)-n, "cannot read its bytes");
	sha256_end(&hash, digest);
	buf_add(result, digest, SHA256_SIZE);
	pack_uint(result, size);
	return 0;
}

static struct confine_options confinement(const struct layer_job *job)
{
	return (struct confine_options){
		.keep_fds = {job->fd},
		.n_keep_fds = 1,
		.read_dir = job->is_directory ? job->fd : -1,
		.memory = LIMIT_CONFINED_MEMORY,
		.seconds = LIMIT_CONFINED_SECONDS,
		.max_result = LIMIT_LAYER_FACTS + MiB(1),
	};
}

int layer_start(struct confined *c, struct layer_job *job, struct err *err)
{
	struct confine_options options = confinement(job);

	return confine_start(c, layer_read, job, &options, err);
}

int layer_start_digest(struct confined *c, struct layer_job *job, struct err *err)
{
	struct confine_options options = confinement(job);

	return confine_start(c, digest_stored, job, &options, err);
}

int layer_take_digest(struct str result, unsigned char ret_digest[SHA256_SIZE], uint64_t *ret_size)
{
	struct unpack u = unpack_init(str_from_offset(result, SHA256_SIZE));

	if (result.len < SHA256_SIZE)
		return -ERR_FORMAT;
	memcpy(ret_digest, result.ptr, SHA256_SIZE);
	*ret_size = unpack_uint(&u);
	return unpack_done(&u) ? 0 : -ERR_FORMAT;
}
