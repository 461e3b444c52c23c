/*
 * The short forms of docker-run(1) and podman-run(1), which compose files, Quadlet units, ECS task
 * definitions and Nomad jobs have, too.
 *
 * Parsers are pure. Those that can fail return 0, -ENOMEM, or -EINVAL with a reason that completes the
 * sentence "the value …".
 */
#pragma once

#include "base/arena.h"
#include "base/compat.h"
#include "base/str.h"
#include "core/workload.h"

/*
 * What a value is when nobody sets its variables: "${PORT:-8080}" is "8080", "%i" and "$PORT" are not
 * known (compose-spec, Interpolation; systemd.unit(5), Specifiers). False if it is not known.
 */
bool docker_known(struct str *s);
/* Whether a variable or specifier is left in it. */
bool docker_has_variable(struct str s);

/*
 * Like str_split(), but a variable in braces is never cut: "${DIR:-/srv}:/data" has two parts.
 */
bool docker_split(struct str *rest, char sep, struct str *ret_part);

/* "cap_sys_admin" is SYS_ADMIN; .ptr is NULL when out of memory. */
struct str docker_capability(struct str s, struct arena *arena) _must_check_;

/* In capitals (ASCII); .ptr is NULL when out of memory. */
struct str docker_upper(struct str s, struct arena *arena) _must_check_;

/* USER[:GROUP]. Numbers and root become ids; a name stays a name. */
void docker_user(struct str s, struct container *ret);
/* Whether the user before the colon is known. */
bool docker_user_known(struct str s);

/* One value of --security-opt: seccomp, apparmor, label, no-new-privileges, systempaths, unmask. */
int docker_security_opt(struct str s, struct security *ret, const char **ret_reason);

/* "true", "yes", "on", "1" and their opposites, as YAML 1.1, systemd and Go's strconv know them. */
enum truth docker_truth(struct str s);

/*
 * [[IP:][HOST]:]CONTAINER[/PROTOCOL], each port may be a range, of which the first is taken. Numbers that
 * are variables stay unset. ret->place is not touched.
 */
int docker_port(struct str s, struct arena *arena, struct port *ret, const char **ret_reason);
/* One number of a port or of a range of ports; unset when it is a variable. */
int docker_port_number(struct str s, struct number *ret, const char **ret_reason);

/* A number and a unit: "512m", "1.5gb", "1024" (docker/go-units; binary units). -1 and 0 are no limit. */
int docker_size(struct str s, const char **ret_reason);

enum docker_mount_kind {
	DOCKER_BIND,
	DOCKER_VOLUME, /* named or, without a source, anonymous */
	DOCKER_TMPFS,
	DOCKER_IMAGE,
	DOCKER_OTHER, /* cluster, npipe, devpts */
};

struct docker_mount {
	enum docker_mount_kind kind;
	struct str source, target;
	enum truth read_only;
	struct str propagation; /* as struct mount has it */
};

/* [SOURCE:]TARGET[:OPTIONS] of -v. */
int docker_volume(struct str s, struct docker_mount *ret, const char **ret_reason);
/* type=bind,source=…,target=…[,readonly…] of --mount. */
int docker_mount(struct str s, struct docker_mount *ret, const char **ret_reason);
/* A source that is a path: "/srv", "./data", "~/x", "C:\x", "$PWD/x". */
bool docker_is_path(struct str source);
/* "bind", "volume", "tmpfs"…; false for a kind that does not exist. */
bool docker_mount_kind(struct str s, enum docker_mount_kind *ret);
/* "shared" and "rshared" are Bidirectional, "slave" and "rslave" HostToContainer, others "". */
struct str docker_propagation(struct str s);

/* The host's side of HOST[:CONTAINER[:MODE]] of --device. */
struct str docker_device(struct str s);
