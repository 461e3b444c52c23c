/*
 * Which distribution and release an image is of. Strings live in the arena of the scan.
 */
#pragma once

#include "base/compat.h"
#include "base/str.h"

/* The facts, as os-release(5) and its older cousins give them. */
struct distro {
	struct str id;	       /* "debian", "alpine", "rhel"…; empty when unknown */
	struct str id_like;    /* as written, blank-separated */
	struct str version_id; /* "12", "3.18.4", "22.04"; empty for rolling releases */
	struct str codename;   /* "bookworm" */
	struct str pretty;     /* "Debian GNU/Linux 12 (bookworm)" */
	struct str variant;    /* VARIANT_ID */
	struct str path;       /* the file that says so, absolute inside the image */
	int layer;
	/* What the configured repositories say: "edge" for Alpine edge, "esm" for Ubuntu Pro/ESM. */
	struct str channel;
};
