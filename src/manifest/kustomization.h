/*
 * What a kustomization (kustomize.config.k8s.io, kustomization.yaml) is made of: the files and directories
 * that it lists. What stands in them, and what becomes of it, only kustomize knows.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/compat.h"
#include "base/err.h"
#include "base/str.h"

/* Paths of one kustomization, some 100 times what large ones list. */
enum { KUSTOMIZATION_PATHS = 16384 };

/* The names that kustomize looks for in a directory, one of which must be there. */
extern const char *const kustomization_names[3];

/* Takes one path as it is written, valid during the call. 0 or a negative code, which ends the reading. */
typedef int kustomization_fn(void *arg, struct str path);

/*
 * Hands over every path that may be one of a file or directory beside it, in no useful order: resources,
 * components, patches, generators' files and so on. What is written in place of a path, or is of another
 * type than it should be, is passed over.
 *
 * 0; -ERR_FORMAT or -ERR_LIMIT with err; -ENOMEM, or what take returned.
 */
int kustomization_read(struct str bytes, struct arena *arena, kustomization_fn *take, void *arg,
		       struct err *err);

/*
 * Where such a path leads, seen from the top of a tree: directory ("" or "a/b/") is that of the kustomization
 * in it. *ret ("a/c.yaml", or "" for the top) has no empty, "." or ".." part. False, with ret in no useful
 * state, when it leads out of the tree, is absolute, or is what kustomize takes for a place in the network.
 */
bool kustomization_locate(struct str directory, struct str path, struct buf *ret);
