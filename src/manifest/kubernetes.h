/* The pod of a Kubernetes object, for kubernetes.c. */
#pragma once

#include "base/compat.h"
#include "core/workload.h"
#include "manifest/reader.h"

/*
 * Reads a PodSpec into the zeroed workload, whose metadata, labels and annotations are there already (what
 * annotations say of containers is taken from these). Returns 0 or -ENOMEM.
 */
int kubernetes_pod(struct reader *reader, const struct place *spec, struct workload *workload);
