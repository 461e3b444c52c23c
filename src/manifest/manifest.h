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

/* May a file of that name hold a manifest? For walks: what the user names is read whatever it is called. */
bool manifest_is_named(struct str name);

struct manifest_found {
	bool any;      /* manifest or template */
	bool template; /* one that is not rendered */
};

/*
 * A file's bytes, be they YAML, JSON or a Quadlet unit: hands over every object. What has none of the words that
 * manifests have is not parsed, unless it was named. arena is reset between documents.
 *
 * Returns 0; -ERR_FORMAT or -ERR_LIMIT with err when it cannot be understood from there on; -ENOMEM or what take
 * returned, which is neither of these two.
 */
int manifest_read(struct str bytes, struct str path, bool named, struct arena *arena,
		  manifest_fn *take, void *arg, struct manifest_found *ret, struct err *err);

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

struct manifests;

/* Remembers what an object of Kubernetes says of others, and may be asked for by them; others are passed over.
 * Everything is copied. Returns 0 or -ENOMEM. */
int manifests_add(struct manifests *manifests, const struct object *object);
