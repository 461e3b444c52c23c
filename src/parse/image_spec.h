/*
 * The JSON documents of container images: OCI layout file, index, manifest and configuration
 * (opencontainers/image-spec v1.1: image-layout.md, image-index.md, manifest.md, config.md; Docker's schema 2
 * has the same shape) and the manifest.json of `docker save`. Bytes in, structs out; strings are copies in the arena. Unknown fields
 * are ignored, missing required ones and wrong types are -ERR_FORMAT with the field's path.
 */
#pragma once

#include "base/arena.h"
#include "base/compat.h"
#include "base/err.h"
#include "base/str.h"

struct spec_descriptor {
	struct str media_type;
	struct str digest; /* "sha256:…", checked for form */
	uint64_t size;
	struct str os, arch, variant; /* platform; empty when not given */
	struct str
		name; /* annotation org.opencontainers.image.ref.name or containerd's image name */
	bool attestation; /* not an image: BuildKit's provenance and the like */
};

struct spec_index {
	struct spec_descriptor *manifests;
	size_t n_manifests;
};

struct spec_manifest {
	struct spec_descriptor config;
	struct spec_descriptor *layers;
	size_t n_layers;
};

struct spec_history {
	struct str created_by;
	bool empty_layer;
};

struct spec_config {
	struct str os, arch, variant, created, user;
	struct str *diff_ids; /* "sha256:…", checked for form */
	size_t n_diff_ids;
	struct spec_history *history;
	size_t n_history;
};

/* One image of manifest.json. */
struct spec_docker_image {
	struct str config; /* member name */
	struct str *tags;
	size_t n_tags;
	struct str *layers; /* member names */
	size_t n_layers;
};

struct spec_docker_manifest {
	struct spec_docker_image *images;
	size_t n_images;
};

/* Is a descriptor of this type an index (a list of manifests)? */
bool spec_is_index(struct str media_type);

/* The file oci-layout: 0 for a layout of version 1.x, -ERR_UNSUPPORTED for another. */
int spec_check_layout(struct str json, struct err *err);
int spec_parse_index(struct str json, struct arena *arena, struct spec_index *ret, struct err *err);
int spec_parse_manifest(struct str json, struct arena *arena, struct spec_manifest *ret,
			struct err *err);
int spec_parse_config(struct str json, struct arena *arena, struct spec_config *ret,
		      struct err *err);
int spec_parse_docker_manifest(struct str json, struct arena *arena,
			       struct spec_docker_manifest *ret, struct err *err);
