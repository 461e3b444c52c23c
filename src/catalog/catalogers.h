/*
 * What catalogers share among themselves: their rows, and a few helpers.
 */
#pragma once

#include "catalog/catalog.h"

extern const struct cataloger cataloger_distro;	      /* distro.c */
extern const struct cataloger cataloger_dpkg;	      /* dpkg.c */
extern const struct cataloger cataloger_apk;	      /* apk.c */
extern const struct cataloger cataloger_rpm;	      /* rpm.c */
extern const struct cataloger cataloger_repositories; /* repositories.c */

/* The last component of a path, and what is before its slash (empty when there is none). */
struct str path_name(struct str path);
struct str path_folder(struct str path);
/* Is folder "tail" or does it end with "/tail"? So that odd prefixes and merged directories fit. */
bool path_is_under(struct str folder, struct str tail);

/* Counts a record that is passed over; the text of the first one is kept as the example. */
void catalog_skip(struct catalog_entry *entry, struct arena *arena, const char *fmt, ...)
	_printf_(3, 4);

/* third_party.c: sets third_party of every package. Returns 0 or -ENOMEM. */
int third_party_mark(const struct distro *distro, struct package *packages, size_t n_packages,
		     struct arena *arena);
