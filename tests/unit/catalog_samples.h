/*
 * Helpers of the catalog tests: files of the tests' own data, members of the shared sample archives
 * (through libarchive), and reading either with the cataloger that bids for a path.
 */
#pragma once

#include "base/compat.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <archive.h>
#include <archive_entry.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/fd.h"
#include "catalog/catalog.h"
#include "core/limits.h"

struct reading {
	struct arena arena;
	struct catalog_entry entry;
	struct err err;
	int r;
};

static inline void reading_release(struct reading *reading)
{
	catalog_entry_release(&reading->entry);
	arena_release(&reading->arena);
}
#define _cleanup_reading_ _cleanup_(reading_release)

/* Reads bytes as the file at path, with no more than max bytes of the arena (0: any number); fails when
 * nobody bids for it. */
static inline void read_within(struct reading *reading, const char *path, struct str bytes,
			       size_t max)
{
	int which = catalog_bid(str_from(path));

	*reading = (struct reading){.arena = ARENA_INIT(max)};
	if (which < 0)
		fail_msg("nobody bids for '%s'", path);
	reading->r = catalogers[which]->read(str_from(path), bytes, &reading->arena,
					     &reading->entry, &reading->err);
}

static inline void read_as(struct reading *reading, const char *path, struct str bytes)
{
	read_within(reading, path, bytes, 0);
}

static inline void read_text(struct reading *reading, const char *path, const char *text)
{
	read_as(reading, path, str_from(text));
}

static inline const char *source_folder(void)
{
	const char *source = getenv("CSCPLATE_SOURCE");

	return source ? source : ".";
}

/* A file of tests/data. */
static inline void load_data(struct buf *b, const char *name)
{
	_cleanup_buf_ struct buf path = BUF_INIT(PATH_MAX);
	struct err err = ERR_INIT;

	buf_addf(&path, "%s/tests/data", source_folder());
	buf_addf(&path, "/%s", name);
	assert_int_equal(buf_status(&path, NULL), 0);
	if (file_read(AT_FDCWD, path.data, b, &err) < 0)
		fail_msg("%s", err.text);
}

/* The archive samples/inventory/<root>.tar; skips the test when the shared samples are not there. */
static inline const char *sample_archive(struct buf *path, const char *root)
{
	const char *shared = getenv("CSCPLATE_SHARED");

	if (shared)
		buf_addf(path, "%s", shared);
	else
		buf_addf(path, "%s/../shared", source_folder());
	buf_addf(path, "/samples/inventory");
	assert_int_equal(buf_status(path, NULL), 0);
	if (access(path->data, R_OK) != 0) {
		buf_release(path);
		skip();
	}
	buf_addf(path, "/%s.tar", root);
	return path->data;
}

/* A member of samples/inventory/<root>.tar. */
static inline bool load_member(struct buf *b, const char *root, const char *member)
{
	_cleanup_buf_ struct buf path = BUF_INIT(PATH_MAX);
	const char *name = sample_archive(&path, root);
	struct archive *a = archive_read_new();
	struct archive_entry *e;
	bool found = false;

	archive_read_support_format_tar(a);
	if (archive_read_open_filename(a, name, 65536) != ARCHIVE_OK)
		fail_msg("%s", archive_error_string(a));
	while (!found && archive_read_next_header(a, &e) == ARCHIVE_OK) {
		size_t size = (size_t)archive_entry_size(e);
		void *to;

		if (strcmp(archive_entry_pathname(e), member) != 0 ||
		    archive_entry_filetype(e) != AE_IFREG)
			continue;
		to = buf_reserve(b, size);
		assert_non_null(to);
		assert_int_equal(archive_read_data(a, to, size), size);
		buf_commit(b, size);
		found = true;
	}
	archive_read_free(a);
	return found;
}

static inline void read_member(struct reading *reading, struct buf *b, const char *root,
			       const char *member)
{
	buf_clear(b);
	if (!load_member(b, root, member))
		fail_msg("no '%s' in '%s'", member, root);
	read_as(reading, member, buf_str(b));
}

static inline const struct package *find_package(const struct reading *reading, const char *name)
{
	for (size_t i = 0; i < reading->entry.packages.len; i++)
		if (str_eq(reading->entry.packages.items[i].name, str_from(name)))
			return &reading->entry.packages.items[i];
	fail_msg("no package '%s'", name);
	abort();
}

static inline void assert_str(struct str s, const char *expected)
{
	if (!str_eq(s, str_from(expected)))
		fail_msg("'%.*s' is not '%s'", STR_FMT(s), expected);
}

static inline void assert_digest(const struct owned_file *files, size_t n_files, const char *path,
				 const char *digest)
{
	for (size_t i = 0; i < n_files; i++) {
		if (str_eq(files[i].path, str_from(path))) {
			assert_str(files[i].digest, digest);
			return;
		}
	}
	fail_msg("no file '%s'", path);
}

/* Every cut and every changed byte of a file: the cataloger may refuse it, it may not do worse. */
static inline void torture(const char *path, struct str bytes)
{
	_cleanup_free_ char *copy = malloc(bytes.len + 1);
	static const unsigned char changes[] = {0x00, 0x01, 0x7f, 0x80, 0xff};

	assert_non_null(copy);
	for (size_t i = 0; i < bytes.len; i++) {
		/* A copy of the very length, so that a sanitizer sees what is read behind it. */
		char *cut = malloc(i + 1);
		_cleanup_reading_ struct reading reading;

		assert_non_null(cut);
		memcpy(cut, bytes.ptr, i);
		read_as(&reading, path, (struct str){cut, i});
		assert_true(reading.r <= 0);
		free(cut);
	}
	for (size_t i = 0; i < bytes.len; i++) {
		for (size_t j = 0; j < ARRAY_LEN(changes); j++) {
			_cleanup_reading_ struct reading reading;

			memcpy(copy, bytes.ptr, bytes.len);
			copy[i] = (char)(changes[j] == 0x01 ? copy[i] + 1 : changes[j]);
			read_as(&reading, path, (struct str){copy, bytes.len});
			assert_true(reading.r <= 0);
			if (reading.r < 0)
				assert_true(reading.err.text[0] != '\0');
		}
	}
}

/* However little memory there is, running out of it is said, until it is enough. */
static inline void starve(const char *path, struct str bytes)
{
	for (size_t max = 1;; max += 1 + max / 16) {
		_cleanup_reading_ struct reading reading;

		read_within(&reading, path, bytes, max);
		if (reading.r == 0)
			return;
		assert_int_equal(reading.r, -ENOMEM);
		assert_non_null(strstr(reading.err.text, "out of memory"));
		assert_true(max < MiB(64));
	}
}
