/* tar through libarchive: see tar.h. */
#include "base/compat.h"

#include "source/tar.h"

#include "base/fd.h"

enum { BLOCK = 64 * 1024 };

static la_ssize_t read_block(struct archive *a, void *data, const void **ret_block)
{
	struct tar_input *in = data;
	size_t len = (size_t)MIN((uint64_t)BLOCK, in->extent.size - in->at);
	ssize_t n = fd_pread_full(in->extent.fd, in->block, len, in->extent.offset + in->at);

	if (n < 0) {
		archive_set_error(a, (int)-n, "%s", err_code_text((int)n));
		return ARCHIVE_FATAL;
	}
	in->at += (uint64_t)n;
	*ret_block = in->block;
	return n;
}

static la_int64_t skip_bytes(struct archive *a, void *data, la_int64_t len)
{
	struct tar_input *in = data;
	uint64_t left = in->extent.size - in->at;
	uint64_t n = MIN((uint64_t)len, left);

	/* Not past the end of the file: there reading must notice that something is missing. */
	in->at += n;
	return (la_int64_t)n;
}

struct archive *tar_new(void)
{
	struct archive *a = archive_read_new();

	if (!a)
		return NULL;
	/* Return codes are ignored on purpose: a filter that this libarchive lacks makes the archive
	 * unreadable later, with libarchive's own message. */
	archive_read_support_format_tar(a);
	archive_read_support_filter_gzip(a);
	archive_read_support_filter_bzip2(a);
	archive_read_support_filter_xz(a);
	archive_read_support_filter_lzma(a);
	archive_read_support_filter_zstd(a);
	archive_read_support_filter_lz4(a);
	return a;
}

int tar_error(struct archive *a, struct err *err, const char *what)
{
	if (!a || archive_errno(a) == ENOMEM)
		return err_oom(err);
	return err_set(err, ERR_FORMAT, "%s: %s", what,
		       archive_error_string(a) ? archive_error_string(a) : "not a tar archive");
}

struct archive *tar_open(struct tar_input *input, const struct extent *extent, struct err *err)
{
	struct archive *a = tar_new();
	struct stat st;

	*input = (struct tar_input){.extent = *extent, .block = malloc(BLOCK)};
	if (!a || !input->block) {
		err_oom(err);
		goto fail;
	}
	if (fstat(extent->fd, &st) < 0) {
		err_errno(err, errno, "cannot read the archive");
		goto fail;
	}
	if (input->extent.offset > (uint64_t)st.st_size)
		input->extent.offset = (uint64_t)st.st_size;
	input->extent.size = MIN(extent->size, (uint64_t)st.st_size - input->extent.offset);
	archive_read_set_read_callback(a, read_block);
	archive_read_set_skip_callback(a, skip_bytes);
	archive_read_set_callback_data(a, input);
	if (archive_read_open1(a) != ARCHIVE_OK) {
		tar_error(a, err, "cannot read the archive");
		goto fail;
	}
	return a;
fail:
	if (a)
		archive_read_free(a);
	tar_input_release(input);
	return NULL;
}

void tar_input_release(struct tar_input *input)
{
	free(input->block);
	input->block = NULL;
}
