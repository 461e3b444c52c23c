/*
 * What is remembered of the objects of one run once each was judged and let go: enough to tell whether what
 * one says of another is true (a Service's selector, a binding's role, a namespace's policies). Only objects
 * of Kubernetes refer to each other by name and label; those of other origins are not kept.
 *
 * manifests_add() of manifest/manifest.h fills it. Nothing here points into the documents. Read what is public,
 * change nothing.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/compat.h"
#include "base/map.h"
#include "base/str.h"
#include "base/vec.h"
#include "core/object.h"
#include "core/workload.h"

/* A kind of object, whatever the version of its API. */
struct declared_kind {
	struct str group, name; /* "apps", "Deployment"; an empty group is the core's */
	uint32_t index;
};

struct pods;
struct service;

/*
 * A namespace that something is in. One without a name has what says none: whoever applies it decides, so
 * that it may be any. See selector_visit() and manifests_find().
 */
struct space {
	struct str name;
	uint32_t index;
	struct map labels; /* struct label by requirement.label */
	bool has[4];	   /* by enum reference_kind: something of that kind is declared in it */
	bool has_quota, has_limit_range;
	const struct pods *first; /* what runs pods in it, linked by ->next */
	size_t n_pods;
};

/* An object and where it is. */
struct declared {
	const struct declared_kind *kind;
	const struct space *space; /* the nameless one for what belongs to no namespace */
	struct str name;
	struct str path;   /* the file */
	struct str folder; /* that it is in; the same bytes for all of one folder */
	uint32_t line, column;
	const struct service *service; /* when it is one */
};

/* A place in an object. */
struct spot {
	struct str field; /* ".spec.selector" */
	uint32_t line, column;
};

/* A label of pods in one namespace, and the pods that have it. */
struct label {
	struct str key, value;
	struct label_pods *first; /* linked by ->next */
	size_t n;
};

struct label_pods {
	struct label_pods *next;
	const struct pods *pods;
};

enum reference_kind {
	REFERENCE_CONFIG_MAP,
	REFERENCE_SECRET,
	REFERENCE_SERVICE_ACCOUNT,
	REFERENCE_CLAIM,
};

/* What a pod cannot start without. Optional ones are left out, as is what Kubernetes makes by itself. */
struct object_reference {
	enum reference_kind kind;
	struct str name;
	struct spot spot;
};

/* What runs pods: one, or a template for some. */
struct pods {
	const struct declared *object;
	const struct pods *next; /* in the same namespace */
	size_t index;		 /* in manifests.pods */
	struct number replicas;
	const struct label *const *labels; /* of the pods */
	size_t n_labels;
	struct text_list ports; /* names of container ports */
	const struct object_reference *references;
	size_t n_references;
};

/* Operators of LabelSelectorRequirement (Kubernetes API reference, apimachinery meta/v1). */
enum selector_op { SELECTOR_IN, SELECTOR_NOT_IN, SELECTOR_EXISTS, SELECTOR_DOES_NOT_EXIST };

/* Requirements of one selector, and values of one of these: people write some three. With more it is unclear,
 * since all are compared with every label of a pod. */
enum { SELECTOR_REQUIREMENTS = 1000 };

struct requirement {
	enum selector_op op;
	struct str key;
	struct text_list values;
	struct str
		label; /* where pods with that one value are found; empty: no or several values */
};

/* All of it must hold. What an empty one means differs between kinds: here it matches everything. */
struct selector {
	bool present;
	bool unclear; /* something in it has a wrong type, or it is too long: it cannot be told whom it selects */
	const struct requirement *requirements; /* matchLabels are IN with one value */
	size_t n;
	struct spot spot;
};

/* A name for something in another object: a port, a role, a target. */
struct named {
	struct str group, kind, ns, name;
	struct spot spot;
};

struct service_port {
	struct str name;   /* of the port itself */
	uint64_t number;   /* 0: none that is one */
	struct str target; /* targetPort when it is a name */
	struct spot spot;  /* of targetPort */
};

struct service {
	const struct declared *object;
	struct selector selector; /* not present for type ExternalName */
	const struct service_port *ports;
	size_t n_ports;
};

struct backend {
	struct str service, port_name;
	uint64_t port_number; /* 0: by name, or not said */
	struct spot spot;
};

struct ingress {
	const struct declared *object;
	const struct backend *backends;
	size_t n;
};

struct network_policy {
	const struct declared *object;
	struct selector selector;
	bool ingress,
		egress; /* policyTypes, or what follows from the rules when they are not said */
};

struct disruption_budget {
	const struct declared *object;
	struct selector selector;
	struct text min_available; /* as written: "2", "50%" */
	struct spot min_spot;
};

struct autoscaler {
	const struct declared *object;
	struct named target;
};

struct role_binding {
	const struct declared *object;
	struct named role;
	const struct named *accounts; /* the subjects that are ServiceAccounts */
	size_t n_accounts;
};

/* The same object twice in one folder. In several they are variants (of an overlay, of a chart). */
struct duplicate {
	const struct declared *first, *again;
};

struct manifests {
	size_t n_objects;
	VEC(struct pods *) pods;
	VEC(const struct service *) services;
	VEC(const struct ingress *) ingresses;
	VEC(const struct network_policy *) policies;
	VEC(const struct disruption_budget *) budgets;
	VEC(const struct autoscaler *) autoscalers;
	VEC(const struct role_binding *) bindings;
	VEC(const struct declared *) namespaces; /* objects of kind Namespace */
	VEC(struct duplicate) duplicates;
	VEC(struct space *) spaces;
	/* The labels of pods in every namespace that has a name: once something that says none has a selector. */
	struct space anywhere;
	bool wants_anywhere;

	struct arena arena;
	/* Texts; kinds; namespaces; objects by kind, namespace and name; the same by folder, for those whose name
	 * is there in another one. */
	struct map strings, kinds, space_map, names, files;
	struct declared_kind *last_kind;
	struct space *last_space;
	struct buf scratch;	 /* a field while it is put together */
	struct str path, folder; /* of the last object */
};

#define MANIFESTS_INIT	    ((struct manifests){.scratch = BUF_INIT(SIZE_MAX / 4)})
#define _cleanup_manifests_ _cleanup_(manifests_release)

void manifests_release(struct manifests *manifests);

/*
 * The object of that kind and name in a namespace, or one that says no namespace; NULL when there is none. ns is
 * ignored for what belongs to no namespace (cluster).
 */
const struct declared *manifests_find(const struct manifests *manifests, struct str group,
				      struct str kind, struct str ns, struct str name,
				      bool cluster);
/*
 * Can it be said of an object of that namespace that what it names is not there? Not when it says none while
 * others do: it may be meant for any of theirs.
 */
bool manifests_can_miss(const struct manifests *manifests, struct str ns);

/*
 * Whom selectors select may take as long as there are selectors times pods. So every search takes from what is
 * left of *steps: one for each text that is compared or looked up, and what `visit` takes for itself. With
 * nothing left it ends with -E2BIG, and nothing follows from it.
 */

/* Bytes of a text that are compared in one step: names and labels of Kubernetes have 63, keys up to 317. */
enum { SELECTOR_STEP = 64 };

/* Takes what comparing n texts with that one is worth; false, and nothing is left, when there is less. */
bool selector_spend(uint64_t *steps, size_t n, struct str text);

/* Does the selector match these pods' labels? 1, 0 or -E2BIG. */
int selector_matches(const struct selector *selector, const struct pods *pods, uint64_t *steps);

/* What to do with pods: 0 to go on, 1 to stop, or a negative code. */
typedef int pods_fn(void *arg, const struct pods *pods, uint64_t *steps);

/*
 * Calls visit for each of the pods that a selector of an object in space matches, until it returns another
 * thing than 0; then returns that. Looked at are the pods of that namespace and those that say none; all,
 * when the object itself says none. Takes the time of the rarest label asked for, not that of all pods.
 */
int selector_visit(const struct manifests *manifests, const struct selector *selector,
		   const struct space *space, uint64_t *steps, pods_fn *visit, void *arg);
