/* The pod of a Kubernetes object, for kubernetes.c. */
#pragma once

#include "base/compat.h"
#include "core/workload.h"
#include "manifest/reader.h"

/*
 * Reads a PodSpec into the zeroed workload, whose metadata, labels and annotations are there already (what
 * annotations say of containers is taken from these). The object may have volumes of its own
 * (.spec.volumeClaimTemplates). Returns 0 or -ENOMEM.
 */
int kubernetes_pod(struct reader *reader, const struct object *object, const struct place *spec,
		   struct workload *workload);

/* --- Kinds --------------------------------------------------------------------------------------- */

/* Is it a group of Kubernetes' own API, whose kinds are all known? "" is the core's. */
bool kubernetes_has_group(struct str group);
/* Is there, or was there ever, such a kind (or a list of it) in such a group? */
bool kubernetes_has_kind(struct str group, struct str kind);
/* The same in any group. */
bool kubernetes_is_kind(struct str kind);
/* The kind of the group that was probably meant; empty when none is near. */
struct str kubernetes_nearest_kind(struct str group, struct str kind);
