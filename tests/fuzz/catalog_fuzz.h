/* What the fuzz targets of catalogers share: read the bytes as a file, and check what every entry holds. */
#pragma once

#include "base/compat.h"
#include "catalog/catalog.h"
#include "core/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void check_files(const struct owned_file *files, size_t n_files)
{
	for (size_t i = 0; i < n_files; i++) {
		assert(files[i].path.len > 0 && files[i].path.ptr[0] == '/');
		assert(files[i].digest.len == 0 || str_find_char(files[i].digest, ':') > 0);
	}
}

static inline void catalog_fuzz(const char *path, const uint8_t *data, size_t size)
{
	struct str bytes = {(const char *)data, size}, name = str_from(path);
	int which = catalog_bid(name);
	struct arena arena = ARENA_INIT(MiB(64) + 64 * size);
	struct catalog_entry entry = {0};
	struct err err = ERR_INIT;
	int r;

	assert(which >= 0);
	r = catalogers[which]->read(name, bytes, &arena, &entry, &err);
	assert(r == 0 || (r == -err.code && err.text[0] && r != -ENOMEM));
	for (size_t i = 0; r == 0 && i < entry.packages.len; i++) {
		const struct package *p = &entry.packages.items[i];

		assert(p->name.len > 0 && p->version.len > 0);
		assert(p->source_name.len > 0 && p->source_version.len > 0);
		check_files(p->files, p->n_files);
	}
	if (r == 0) {
		struct distro distro = entry.distro;

		check_files(entry.files.items, entry.files.len);
		eol_find(&distro);
		assert(catalog_finish(&distro, entry.repositories.items, entry.repositories.len,
				      entry.packages.items, entry.packages.len, &arena) == 0);
	}
	catalog_entry_release(&entry);
	arena_release(&arena);
}
