/*
 * A container image, or a root filesystem directory seen as an image of one layer without a digest.
 * Strings live in the arena of the scan.
 */
#pragma once

#include "base/compat.h"
#include "base/str.h"

struct platform {
	struct str os, arch, variant; /* Go's names: "linux", "amd64", "v8" */
};

struct layer {
	struct str
		digest; /* of the blob as stored, "sha256:…"; empty for old archives, directories */
	struct str diff_id;    /* of the uncompressed tar; empty for a directory */
	struct str media_type; /* as the manifest says, or empty */
	struct str created_by; /* the history line that made it, or empty */
	uint64_t size;	       /* stored bytes, 0 when unknown */
};

enum image_kind {
	IMAGE_DOCKER_ARCHIVE,
	IMAGE_OCI_LAYOUT,
	IMAGE_OCI_ARCHIVE,
	IMAGE_DIRECTORY,
	IMAGE_KIND_MAX_
};

/* "docker-archive", "oci-layout", "oci-archive", "directory". */
const char *image_kind_name(enum image_kind kind);

struct image {
	enum image_kind kind;
	struct str reference; /* as the user wrote it */
	struct str name;      /* the tag or ref name it carries, or empty */
	struct str digest;    /* of the manifest; empty for old archives and directories */
	struct str config_digest;
	struct platform platform;
	struct str created;
	struct str user; /* config.User; empty means root */
	struct layer *layers;
	size_t n_layers;
};
