/*
 * Runs a fuzz target over a corpus without a fuzzer, so that corpora are ordinary tests: every file
 * whole, then its first half, then no bytes at all. Each input is copied to a heap block of its very
 * size, for sanitizers and valgrind to see the first byte read beyond it.
 */
#include "base/compat.h"

#include <dirent.h>

#include "base/buf.h"
#include "base/fd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int run_one(const uint8_t *bytes, size_t len)
{
	_cleanup_free_ uint8_t *copy = malloc(len > 0 ? len : 1);

	if (!copy)
		return -ENOMEM;
	if (len > 0)
		memcpy(copy, bytes, len);
	LLVMFuzzerTestOneInput(copy, len);
	return 0;
}

static int visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

int main(int argc, char **argv)
{
	struct dirent **entries;
	int n;

	if (argc != 2) {
		fprintf(stderr, "usage: %s CORPUS\n", argv[0]);
		return 2;
	}
	n = scandir(argv[1], &entries, visible, alphasort);
	if (n <= 0) {
		fprintf(stderr, "cannot read corpus '%s': %s\n", argv[1],
			n < 0 ? strerror(errno) : "it is empty");
		return 1;
	}
	for (int i = 0; i < n; i++) {
		struct err err = ERR_INIT;
		_cleanup_free_ char *path = NULL;
		_cleanup_buf_ struct buf b = BUF_INIT((size_t)64 << 20);

		if (asprintf(&path, "%s/%s", argv[1], entries[i]->d_name) < 0)
			return 1;
		if (file_read(AT_FDCWD, path, &b, &err) < 0) {
			fprintf(stderr, "%s\n", err.text);
			return 1;
		}
		if (run_one((const uint8_t *)b.data, b.len) < 0 ||
		    run_one((const uint8_t *)b.data, b.len / 2) < 0)
			return 1;
		free(entries[i]);
	}
	free(entries);
	if (run_one(NULL, 0) < 0)
		return 1;
	printf("%d inputs\n", n);
	return 0;
}
