/*
 * How containers are to be run, whatever format says so: the pod template of a Kubernetes object, a service
 * of a compose file, a Quadlet unit, an ECS task, a Nomad group. The words are those of Kubernetes; formats
 * that say the same in another way are read into them ("cap_add: [CAP_SYS_ADMIN]" is SYS_ADMIN in add).
 *
 * Values are as written: what is not said stays unset, empty or absent, and defaults are for those who
 * judge. Nodes are there to be pointed at, and for the rare fields that only one row looks at. A value of
 * a wrong type reads as unset and is a row in object.malformed.
 */
#pragma once

#include "base/compat.h"
#include "base/str.h"
#include "base/yaml.h"

enum truth { TRUTH_UNSET, TRUTH_NO, TRUTH_YES };

struct number {
	bool set;
	int64_t value;
};

/* A text that may be there and empty: .set with an empty text. */
struct text {
	bool set;
	struct str text;
};

struct text_list {
	const struct str *items;
	size_t n;
};

/*
 * A mapping of the document, and its path from the object's root. What is pointed at lies below one. A port,
 * mount, volume or variable that is written as one text ("8080:80") has that text's place: a scalar.
 */
struct place {
	const struct yaml_node *node; /* NULL: it is not there */
	struct str field;	      /* ".spec.template.spec.containers[0]" */
};

/* SecurityContext and PodSecurityContext (Kubernetes API reference): the union of both. */
struct security {
	struct place place; /* node is NULL when there is none */
	enum truth privileged, allow_privilege_escalation, read_only_root, run_as_non_root;
	struct number run_as_user, run_as_group, fs_group;
	struct text_list supplemental_groups;
	struct text_list add, drop; /* capabilities as written; other formats: without "CAP_" */
	bool has_seccomp, has_apparmor, has_selinux; /* the mapping is there, be it empty */
	struct text seccomp,
		apparmor; /* .type of the profile: "RuntimeDefault" "Localhost" "Unconfined" */
	struct text selinux_user, selinux_role, selinux_type, selinux_level;
	struct text proc_mount;
	enum truth host_process;  /* windowsOptions.hostProcess */
	struct text_list sysctls; /* names; only of pods */
};

enum volume_kind {
	VOLUME_NONE, /* a name and nothing else: Kubernetes makes an emptyDir of it */
	VOLUME_HOST_PATH,
	VOLUME_EMPTY_DIR,
	VOLUME_CONFIG_MAP,
	VOLUME_SECRET,
	VOLUME_PROJECTED,
	VOLUME_DOWNWARD_API,
	VOLUME_CLAIM, /* persistentVolumeClaim; a named volume of compose, Quadlet and the like */
	VOLUME_CSI,
	VOLUME_EPHEMERAL,
	VOLUME_IMAGE,
	VOLUME_OTHER, /* gcePersistentDisk, nfs, glusterfs…: .source has the key */
};

struct volume {
	struct place place;
	struct str name;
	enum volume_kind kind; /* of the first source, but a host path before others; several are a
				* row in malformed */
	struct str source;     /* the key that says so: "hostPath", "nfs" */
	struct str reference;  /* host path; name of the Secret, ConfigMap or claim */
};

struct mount {
	struct place place;
	struct str name;   /* of the volume; empty in formats that mount a host path directly */
	struct str source; /* path on the host, or empty when it is none */
	struct str target;
	enum truth read_only;
	struct str
		propagation; /* "Bidirectional" ("shared", "rshared"), "HostToContainer" ("slave"), "" */
	const struct volume *volume; /* of that name, or NULL */
};

struct port {
	struct place place;
	struct str name, protocol, host_ip; /* protocol is upper case, empty: not said */
	struct number container, host;	    /* as written, in range or not */
};

struct env_var {
	struct place place;
	struct str name;
	struct text value; /* written in the manifest */
	bool build;	   /* an argument of the image's build, not of the container */
	bool from_secret; /* valueFrom.secretKeyRef; formats' own way to take it from a secret store */
	struct str reference; /* name of that Secret or ConfigMap */
};

/* exec, httpGet, tcpSocket, grpc: of a probe or a lifecycle hook. */
struct handler {
	struct place place; /* node is NULL: not there */
	bool has_action;
	struct text http_host, tcp_host;
};

struct resources {
	struct text cpu, memory,
		ephemeral_storage; /* as written: "500m", "1Gi"; numbers as their text */
	struct number pids;	   /* not Kubernetes, whose kubelet limits pids */
};

enum container_kind { CONTAINER_REGULAR, CONTAINER_INIT, CONTAINER_EPHEMERAL };

struct container {
	struct place place;
	enum container_kind kind; /* an init container with restartPolicy Always is a sidecar */
	bool sidecar;
	struct str name;
	struct text image;
	struct str pull_policy;
	struct text
		user; /* as written, "1000:1000" or a name; not Kubernetes. Ids are in security */
	struct security security;
	struct resources limits, requests;
	const struct port *ports;
	size_t n_ports;
	const struct env_var *env;
	size_t n_env;
	struct text_list env_from_secrets; /* envFrom[].secretRef.name */
	const struct mount *mounts;
	size_t n_mounts;
	struct text_list
		devices; /* host devices by path ("/dev/kvm"); block devices of volumeDevices are none */
	struct handler liveness, readiness, startup, post_start, pre_stop;
	struct text_list command, args;
	enum truth tty, stdin_open;
	struct text
		apparmor_annotation; /* pod annotation container.apparmor.security.beta.kubernetes.io/NAME */
	struct text
		seccomp_annotation; /* pod annotation container.seccomp.security.alpha.kubernetes.io/NAME */
};

struct workload {
	struct place pod; /* the pod's spec; the service, unit, task or group itself elsewhere */
	struct place metadata; /* of the pods (.spec.template.metadata); node may be NULL */
	const struct yaml_node *labels, *annotations; /* of the pods; mappings or NULL */
	bool template; /* pods are made from a template, not this one pod */
	bool windows;  /* spec.os.name is windows */
	enum truth host_network, host_pid, host_ipc, host_uts;
	enum truth host_users; /* TRUTH_NO: a user namespace of its own */
	enum truth share_process_namespace, automount_token;
	struct str service_account;
	struct security security;	/* the pod's; elsewhere unset */
	struct text seccomp_annotation; /* seccomp.security.alpha.kubernetes.io/pod */
	struct number replicas;
	struct str restart_policy;
	const struct yaml_node *host_aliases; /* a sequence, or NULL */
	bool has_affinity, has_spread;	      /* podAntiAffinity; topologySpreadConstraints */
	struct number grace_seconds;	      /* terminationGracePeriodSeconds */
	struct str priority_class;
	struct text_list pull_secrets;
	const struct volume *volumes;
	size_t n_volumes;
	const struct container *containers; /* init, regular, ephemeral, in the order of the file */
	size_t n_containers;
};
