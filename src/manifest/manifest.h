/*
 * Manifests: files that say how containers are to be run. What a file is, is told by what is in it.
 */
#pragma once

#include "base/arena.h"
#include "base/compat.h"
#include "base/err.h"
#include "base/str.h"
#include "base/yaml.h"
#include "core/object.h"

/* Takes one object; what it points to is valid during the call. Returns 0 or a negative code, which ends
 * the reading. */
typedef int manifest_fn(void *arg, const struct object *object);

/* What a document turned out to be. */
enum manifest_kind {
	MANIFEST_NONE, /* YAML or JSON of another kind */
	MANIFEST_OBJECTS,
	MANIFEST_TEMPLATE, /* a template of Helm or the like that is not rendered: "{{ … }}" */
};

/*
 * One document of YAML or JSON: hands over each object in it (a List has many). path names the file in
 * objects. Returns a manifest_kind, or a negative code: -ENOMEM or what take returned.
 */
int manifest_document(const struct yaml_node *root, struct str path, struct arena *arena,
		      manifest_fn *take, void *arg);

/*
 * Whether bytes that are no YAML are such a template: "{{" stands outside of comments, in what would
 * otherwise be an object.
 */
bool manifest_is_template(struct str bytes);

/* The readers behind it: each returns MANIFEST_NONE when the document is none of theirs, another
 * manifest_kind when it was, or a negative code. */
int manifest_kubernetes(const struct yaml_node *root, struct str path, struct arena *arena,
			manifest_fn *take, void *arg);
int manifest_compose(const struct yaml_node *root, struct str path, struct arena *arena,
		     manifest_fn *take, void *arg);
int manifest_ecs(const struct yaml_node *root, struct str path, struct arena *arena,
		 manifest_fn *take, void *arg);
int manifest_nomad(const struct yaml_node *root, struct str path, struct arena *arena,
		   manifest_fn *take, void *arg);

/* Is a file of that name a Quadlet unit (".container", ".pod"…)? Only its name tells. */
bool manifest_is_quadlet(struct str path);

/* A Quadlet unit (podman-systemd.unit(5)); its kind follows from the name: .container, .pod, .kube… It is no
 * YAML: nodes are made of its sections, keys and values, with their lines. Messages say "line L: …". */
int manifest_quadlet(struct str bytes, struct str path, struct arena *arena, manifest_fn *take,
		     void *arg, struct err *err);
