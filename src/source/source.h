/*
 * Where images come from. A reference names one:
 *
 *   PATH                    what it is, is found out
 *   docker-archive:PATH[:TAG]   `docker save`, old layout or OCI inside
 *   oci:DIR[:NAME|@DIGEST]      an OCI image layout; oci-archive:FILE[…] the same in a tar
 *   dir:DIR                     a root filesystem
 *
 * Opening reads and checks the image's documents in a confined process, and locates its layers.
 */
#pragma once

#include "base/arena.h"
#include "base/compat.h"
#include "base/err.h"
#include "core/image.h"
#include "source/store.h"
#include "source/tar.h"

struct reference {
	bool has_kind;
	enum image_kind kind;
	struct str path;     /* NUL-terminated */
	struct str selector; /* a tag, a name or "sha256:…"; empty for the only one */
};

/* Takes a reference apart. A path that exists as written is not taken apart further. Strings in arena. */
int reference_parse(const char *text, struct arena *arena, struct reference *ret, struct err *err);

struct source {
	struct reference reference;
	int fd;			    /* the file or directory */
	struct image image;	    /* strings in the arena given to source_open */
	struct location *locations; /* one per layer; NULL for a directory */
};

#define SOURCE_INIT	 ((struct source){.fd = -1})
#define _cleanup_source_ _cleanup_(source_close)

/*
 * Opens text. platform (os, arch, variant; os empty for none asked) chooses from an index; without one
 * this machine's is taken where there is a choice. Errors name the reference, and list what there is
 * when nothing or too much matches.
 */
int source_open(const char *text, const struct platform *platform, struct arena *arena,
		struct source *ret, struct err *err);
void source_close(struct source *source);

/* Reads "os/arch[/variant]": 0 or -ERR_USAGE. */
int platform_parse(const char *text, struct platform *ret, struct err *err);
/* Go's name for this machine's architecture: "amd64". */
const char *platform_host_arch(void);

/*
 * The image documents of an opened store, checked against their digests: what the confined process of
 * source_open() does. Strings in arena.
 */
int describe_image(const struct store *store, const struct reference *reference,
		   const struct platform *platform, struct arena *arena, struct image *ret_image,
		   struct location **ret_locations, struct err *err);

/* The form in which a description comes back from that process. */
void description_pack(struct buf *b, const struct image *image, const struct location *locations);
/* Returns 0, -ENOMEM or -ERR_FORMAT; strings are copied to arena. */
int description_unpack(struct str bytes, struct arena *arena, struct image *ret_image,
		       struct location **ret_locations, struct err *err);
