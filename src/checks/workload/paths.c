/*
 * What of the host is mounted: sockets of container engines, which are root on the host whoever may speak to
 * them, and directories that no container should see.
 */
#include "base/compat.h"

#include "checks/workload/workload.h"

/* No path that is looked for is longer, wherever it begins. */
enum { PATH_LEN = 256 };

/* One path of the host that the object mounts. */
struct host_mount {
	struct fault at;       /* where it is written */
	struct str path;       /* as written */
	char normal[PATH_LEN]; /* without "//", "/./" and a slash at the end; /var/run is /run */
	bool writable;
	struct str who;		     /* a sentence's subject: volume or container */
	const struct volume *volume; /* when it is declared apart from its mounts */
};

typedef int mount_fn(const struct check_run *run, const struct host_mount *mount);

static struct str normal_path(const struct host_mount *m)
{
	return str_from(m->normal);
}

/* The home directory and the runtime directory, as shells, compose files and units call them. */
static const struct {
	struct str written, path;
} variables[] = {
	{STR("${HOME}"), STR("/home/*")},
	{STR("$HOME"), STR("/home/*")},
	{STR("%h"), STR("/home/*")},
	{STR("~"), STR("/home/*")},
	{STR("${XDG_RUNTIME_DIR}"), STR("/run/user/*")},
	{STR("$XDG_RUNTIME_DIR"), STR("/run/user/*")},
	{STR("%t"), STR("/run/user/*")},
};

static size_t append(char *normal, size_t n, struct str part)
{
	for (size_t i = 0; i < part.len && n < PATH_LEN - 1; i++)
		normal[n++] = part.ptr[i];
	return n;
}

/* The length of normal without its last component. */
static size_t parent(const char *normal, size_t n)
{
	while (n && normal[n - 1] != '/')
		n--;
	return n ? n - 1 : 0;
}

static void normalise(struct host_mount *m)
{
	struct str rest = m->path, part;
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(variables); i++) {
		if (!str_starts(rest, variables[i].written))
			continue;
		n = append(m->normal, n, variables[i].path);
		rest = str_from_offset(rest, variables[i].written.len);
		break;
	}
	/* Wherever the project lies, "./etc" is its own, and who knows what is above it. */
	bool relative = str_starts(rest, STR("."));
	if (relative)
		n = append(m->normal, n, STR("/."));
	/* The engine's named pipe on Windows: \\.\pipe\docker_engine. */
	char sep = str_starts(rest, STR("\\\\")) ? '\\' : '/';
	while (str_split(&rest, sep, &part)) {
		if (!part.len || str_eq(part, STR(".")))
			continue;
		if (str_eq(part, STR(".."))) {
			n = relative ? n : parent(m->normal, n);
			continue;
		}
		n = append(m->normal, n, STR("/"));
		n = append(m->normal, n, part);
		if (n == strlen("/var/run") && memcmp(m->normal, "/var/run", n) == 0)
			n = strlen("/run"), memcpy(m->normal, "/run", n);
	}
	if (!n)
		n = append(m->normal, n, STR("/"));
	m->normal[n] = '\0';
}

/* One component of each; a '*' of the pattern is any. False when path has no more. */
static bool component_eq(struct str path, struct str pattern)
{
	return str_eq(pattern, STR("*")) || str_eq(path, STR("*")) || str_eq(path, pattern);
}

enum relation { APART, ABOVE, SAME, BELOW };

/* Where path lies, seen from pattern. */
static enum relation relation(struct str path, struct str pattern)
{
	struct str p = str_from_offset(path, 1), q = str_from_offset(pattern, 1), a, b;

	/* Most are apart from their first letter. */
	if (p.len && q.len && p.ptr[0] != q.ptr[0])
		return APART;
	while (p.len && q.len) {
		str_split(&p, '/', &a);
		str_split(&q, '/', &b);
		if (!component_eq(a, b))
			return APART;
	}
	return p.len ? BELOW : q.len ? ABOVE : SAME;
}

/* --- What is mounted ----------------------------------------------------------------------------- */

/* Which volumes are mounted writable; units of pods do not say by whom. NULL when out of memory. */
static bool *written_volumes(const struct workload *w)
{
	bool *written = calloc(w->n_volumes, sizeof(*written));

	for (size_t i = 0; written && !w->n_containers && i < w->n_volumes; i++)
		written[i] = true;
	for (size_t i = 0; written && i < w->n_containers; i++) {
		const struct container *c = &w->containers[i];

		for (size_t k = 0; k < c->n_mounts; k++) {
			const struct volume *v = c->mounts[k].volume;

			if (v >= w->volumes && v < w->volumes + w->n_volumes &&
			    c->mounts[k].read_only != TRUTH_YES)
				written[v - w->volumes] = true;
		}
	}
	return written;
}

static struct host_mount volume_mount(const struct check_run *run, const struct volume *v,
				      bool writable)
{
	enum origin origin = run_object(run)->origin;
	struct host_mount m = {
		.at = {.place = v->place, .seen = v->reference, .severity = SEVERITY_UNKNOWN},
		.path = v->reference,
		.writable = writable,
		.who = v->name,
		.volume = v,
	};

	if (origin == ORIGIN_KUBERNETES)
		m.at.field = "hostPath.path";
	if (origin == ORIGIN_ECS)
		m.at.field = origin_field(run, v->place, "host.sourcePath");
	normalise(&m);
	return m;
}

static int volume_mounts(const struct check_run *run, const struct workload *w, mount_fn *judge)
{
	_cleanup_free_ bool *written = NULL;
	int worst = VERDICT_GOOD;

	for (size_t i = 0; i < w->n_volumes; i++) {
		const struct volume *v = &w->volumes[i];
		struct host_mount m;
		int r;

		if (v->kind != VOLUME_HOST_PATH || !v->reference.len)
			continue;
		if (!written)
			written = written_volumes(w);
		if (!written)
			return -ENOMEM;
		m = volume_mount(run, v, written[i]);
		r = judge(run, &m);
		if (r < 0)
			return r;
		worst = MAX(worst, r);
	}
	return worst;
}

/* Other options stand in the same text, which cannot go as a whole. */
static bool is_shared_text(struct place place)
{
	return str_find(place.field, STR(".PodmanArgs")) >= 0;
}

/* What is mounted goes, and its volume if that is declared elsewhere. */
static int take_out(const struct check_run *run, const struct host_mount *m, struct fault *fault)
{
	fault->remove = !m->volume && !is_shared_text(fault->place);
	return m->volume ? fault_take_out_volume(run, m->volume, fault) : 0;
}

static int container_mounts(const struct check_run *run, const struct container *c, mount_fn *judge)
{
	int worst = VERDICT_GOOD;

	for (size_t i = 0; i < c->n_mounts; i++) {
		const struct mount *mount = &c->mounts[i];
		struct host_mount m;
		int r;

		if (!mount->source.len)
			continue;
		m = (struct host_mount){
			.at = {.place = mount->place,
			       .seen = mount->source,
			       .severity = SEVERITY_UNKNOWN},
			.path = mount->source,
			.writable = mount->read_only != TRUTH_YES,
			.who = c->name,
		};
		normalise(&m);
		r = judge(run, &m);
		if (r < 0)
			return r;
		worst = MAX(worst, r);
	}
	return worst;
}

/* Where volumes are declared apart from their mounts, one finding for each volume is enough. */
static int each_host_mount(const struct check_run *run, mount_fn *judge)
{
	const struct object *o = run_object(run);
	const struct workload *w = o->workload;
	int worst = VERDICT_GOOD;

	if (!w)
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	/* Units of pods have volumes and no containers. */
	if (is_kubernetes(o) || o->origin == ORIGIN_ECS || !w->n_containers)
		return tally_verdict(run, volume_mounts(run, w, judge));
	for (size_t i = 0; i < w->n_containers; i++) {
		int r = container_mounts(run, &w->containers[i], judge);

		if (r < 0)
			return r;
		worst = MAX(worst, r);
	}
	return tally_verdict(run, worst);
}

/* --- Sockets ------------------------------------------------------------------------------------- */

/* Sockets by which an engine is told what to run, in the places of engines and distributions. */
static const struct {
	struct str path;
	const char *engine;
	enum severity severity;
} sockets[] = {
	{STR("/run/docker.sock"), "Docker", SEVERITY_CRITICAL},
	{STR("/run/user/*/docker.sock"), "rootless Docker", SEVERITY_HIGH},
	{STR("/run/podman/podman.sock"), "Podman", SEVERITY_CRITICAL},
	{STR("/run/user/*/podman/podman.sock"), "rootless Podman", SEVERITY_HIGH},
	{STR("/run/containerd/containerd.sock"), "containerd", SEVERITY_CRITICAL},
	{STR("/run/docker/containerd/containerd.sock"), "containerd", SEVERITY_CRITICAL},
	{STR("/run/k3s/containerd/containerd.sock"), "containerd", SEVERITY_CRITICAL},
	{STR("/var/snap/microk8s/common/run/containerd.sock"), "containerd", SEVERITY_CRITICAL},
	{STR("/run/crio/crio.sock"), "CRI-O", SEVERITY_CRITICAL},
	{STR("/run/cri-dockerd.sock"), "cri-dockerd", SEVERITY_CRITICAL},
	{STR("/run/dockershim.sock"), "dockershim", SEVERITY_CRITICAL},
	{STR("/run/buildkit/buildkitd.sock"), "BuildKit", SEVERITY_CRITICAL},
	{STR("/var/lib/kubelet/device-plugins/kubelet.sock"), "the kubelet", SEVERITY_MEDIUM},
	{STR("/pipe/docker_engine"), "Docker", SEVERITY_CRITICAL},
	{STR("/pipe/containerd-containerd"), "containerd", SEVERITY_CRITICAL},
};

/* The same by their names, wherever somebody put them. */
static const struct {
	struct str name;
	const char *engine;
} socket_names[] = {
	{STR("/docker.sock"), "Docker"},      {STR("/docker.sock.raw"), "Docker"},
	{STR("/podman.sock"), "Podman"},      {STR("/containerd.sock"), "containerd"},
	{STR("/crio.sock"), "CRI-O"},	      {STR("/cri-dockerd.sock"), "cri-dockerd"},
	{STR("/buildkitd.sock"), "BuildKit"},
};

/* Directories that hold far more than a socket are told as host paths. */
static bool is_wide(struct str path)
{
	return str_eq(path, STR("/var")) || str_eq(path, STR("/var/lib")) ||
	       str_eq(path, STR("/var/lib/kubelet"));
}

static int judge_socket(const struct check_run *run, const struct host_mount *m)
{
	struct str path = normal_path(m);
	struct fault fault = m->at;
	const char *engine = NULL;
	bool above = false;

	for (size_t i = 0; i < ARRAY_LEN(sockets) && !engine && !is_wide(path); i++) {
		enum relation lies = relation(path, sockets[i].path);

		if (lies != SAME && lies != ABOVE)
			continue;
		engine = sockets[i].engine;
		above = lies == ABOVE;
		fault.severity = sockets[i].severity;
	}
	for (size_t i = 0; i < ARRAY_LEN(socket_names) && !engine; i++)
		if (str_ends(path, socket_names[i].name))
			engine = socket_names[i].engine;
	if (!engine)
		return VERDICT_GOOD;
	if (take_out(run, m, &fault) < 0)
		return -ENOMEM;
	return fault_verdict(emit_fault(run, &fault, "%s '%.*s' %s %.*s, %sthe socket of %s",
					m->volume ? "volume" : "container", STR_FMT(m->who),
					m->volume ? "is" : "mounts", STR_FMT(m->path),
					above ? "which holds " : "", engine));
}

int run_engine_socket(struct check_run *run)
{
	return each_host_mount(run, judge_socket);
}

/* --- Directories --------------------------------------------------------------------------------- */

enum reach { EXACT, BELOW_TOO };

/* The first that fits counts. Severity none: may be seen, if it cannot be written. */
static const struct {
	struct str path;
	enum reach reach;
	bool kubernetes; /* only there */
	enum severity written, read;
} sensitive[] = {
	{STR("/"), EXACT, false, SEVERITY_CRITICAL, SEVERITY_HIGH},
	{STR("/etc/kubernetes"), BELOW_TOO, false, SEVERITY_CRITICAL, SEVERITY_HIGH},
	{STR("/etc/localtime"), EXACT, false, SEVERITY_MEDIUM, SEVERITY_NONE},
	{STR("/etc/timezone"), EXACT, false, SEVERITY_MEDIUM, SEVERITY_NONE},
	{STR("/etc/hostname"), EXACT, false, SEVERITY_MEDIUM, SEVERITY_NONE},
	{STR("/etc/machine-id"), EXACT, false, SEVERITY_MEDIUM, SEVERITY_NONE},
	{STR("/etc/os-release"), EXACT, false, SEVERITY_MEDIUM, SEVERITY_NONE},
	{STR("/etc/resolv.conf"), EXACT, false, SEVERITY_HIGH, SEVERITY_NONE},
	{STR("/etc/ssl/certs"), BELOW_TOO, false, SEVERITY_HIGH, SEVERITY_NONE},
	{STR("/etc/pki/tls/certs"), BELOW_TOO, false, SEVERITY_HIGH, SEVERITY_NONE},
	{STR("/etc/pki/ca-trust"), BELOW_TOO, false, SEVERITY_HIGH, SEVERITY_NONE},
	{STR("/etc/ca-certificates"), BELOW_TOO, false, SEVERITY_HIGH, SEVERITY_NONE},
	{STR("/etc"), BELOW_TOO, false, SEVERITY_HIGH, SEVERITY_MEDIUM},
	{STR("/proc"), BELOW_TOO, false, SEVERITY_HIGH, SEVERITY_MEDIUM},
	{STR("/sys"), BELOW_TOO, false, SEVERITY_HIGH, SEVERITY_MEDIUM},
	{STR("/dev/null"), EXACT, false, SEVERITY_NONE, SEVERITY_NONE},
	{STR("/dev/log"), EXACT, false, SEVERITY_NONE, SEVERITY_NONE},
	{STR("/dev/shm"), BELOW_TOO, false, SEVERITY_MEDIUM, SEVERITY_LOW},
	{STR("/dev"), BELOW_TOO, false, SEVERITY_HIGH, SEVERITY_MEDIUM},
	{STR("/boot"), BELOW_TOO, false, SEVERITY_HIGH, SEVERITY_MEDIUM},
	{STR("/bin"), BELOW_TOO, false, SEVERITY_HIGH, SEVERITY_LOW},
	{STR("/sbin"), BELOW_TOO, false, SEVERITY_HIGH, SEVERITY_LOW},
	{STR("/lib"), BELOW_TOO, false, SEVERITY_HIGH, SEVERITY_LOW},
	{STR("/lib64"), BELOW_TOO, false, SEVERITY_HIGH, SEVERITY_LOW},
	{STR("/usr/share/zoneinfo"), BELOW_TOO, false, SEVERITY_HIGH, SEVERITY_NONE},
	{STR("/usr"), BELOW_TOO, false, SEVERITY_HIGH, SEVERITY_LOW},
	{STR("/root"), EXACT, false, SEVERITY_HIGH, SEVERITY_MEDIUM},
	{STR("/home"), EXACT, false, SEVERITY_HIGH, SEVERITY_MEDIUM},
	{STR("/home/*"), EXACT, false, SEVERITY_HIGH, SEVERITY_MEDIUM},
	{STR("/var"), EXACT, false, SEVERITY_CRITICAL, SEVERITY_HIGH},
	{STR("/var/lib"), EXACT, false, SEVERITY_CRITICAL, SEVERITY_HIGH},
	{STR("/var/lib/kubelet"), BELOW_TOO, false, SEVERITY_HIGH, SEVERITY_MEDIUM},
	{STR("/var/lib/etcd"), BELOW_TOO, false, SEVERITY_CRITICAL, SEVERITY_HIGH},
	{STR("/var/lib/docker"), BELOW_TOO, false, SEVERITY_CRITICAL, SEVERITY_HIGH},
	{STR("/var/lib/containerd"), BELOW_TOO, false, SEVERITY_CRITICAL, SEVERITY_HIGH},
	{STR("/var/lib/containers"), BELOW_TOO, false, SEVERITY_CRITICAL, SEVERITY_HIGH},
	{STR("/var/lib/crio"), BELOW_TOO, false, SEVERITY_CRITICAL, SEVERITY_HIGH},
	{STR("/var/lib/rancher"), BELOW_TOO, false, SEVERITY_CRITICAL, SEVERITY_HIGH},
	{STR("/var/spool/cron"), BELOW_TOO, false, SEVERITY_HIGH, SEVERITY_LOW},
	/* The kubelet follows links there for whoever may read logs: CVE-2017-1002101 and its kin. */
	{STR("/var/log"), BELOW_TOO, true, SEVERITY_MEDIUM, SEVERITY_LOW},
};

/* Keys of people and clouds, in whoever's home directory. */
static const struct str credentials[] = {
	STR("/.ssh"),	STR("/.aws"),	      STR("/.azure"),  STR("/.config/gcloud"),
	STR("/.gnupg"), STR("/.kube"),	      STR("/.docker"), STR("/.config/containers"),
	STR("/.netrc"), STR("/.vault-token"),
};

static bool has_component(struct str path, struct str name)
{
	ssize_t at = str_find(path, name);
	struct str rest = at < 0 ? STR_NULL : str_from_offset(path, (size_t)at + name.len);

	return at >= 0 && (!rest.len || rest.ptr[0] == '/');
}

/* SEVERITY_NONE when nothing is wrong with it. */
static enum severity path_severity(struct str path, bool writable, bool kubernetes)
{
	for (size_t i = 0; i < ARRAY_LEN(credentials) && str_find(path, STR("/.")) >= 0; i++)
		if (has_component(path, credentials[i]))
			return SEVERITY_HIGH;
	for (size_t i = 0; i < ARRAY_LEN(sensitive); i++) {
		enum relation lies;

		if (sensitive[i].kubernetes && !kubernetes)
			continue;
		lies = relation(path, sensitive[i].path);
		if (lies == SAME || (lies == BELOW && sensitive[i].reach == BELOW_TOO))
			return writable ? sensitive[i].written : sensitive[i].read;
	}
	return SEVERITY_NONE;
}

static int judge_path(const struct check_run *run, const struct host_mount *m)
{
	struct fault fault = m->at;

	fault.severity = path_severity(normal_path(m), m->writable, is_kubernetes(run_object(run)));
	if (fault.severity == SEVERITY_NONE)
		return VERDICT_GOOD;
	if (take_out(run, m, &fault) < 0)
		return -ENOMEM;
	return fault_verdict(emit_fault(run, &fault, "%s '%.*s' %s the host's %.*s%s",
					m->volume ? "volume" : "container", STR_FMT(m->who),
					m->volume ? "is" : "mounts", STR_FMT(m->path),
					m->writable ? ", writable" : ""));
}

int run_host_path(struct check_run *run)
{
	return each_host_mount(run, judge_path);
}

/* --- Propagation --------------------------------------------------------------------------------- */

static int judge_propagation(const struct check_run *run, const struct container *c)
{
	int worst = VERDICT_NONE;

	for (size_t i = 0; i < c->n_mounts; i++) {
		const struct mount *m = &c->mounts[i];
		struct fault fault = {
			.place = m->place, .seen = m->propagation, .severity = SEVERITY_UNKNOWN};
		int r;

		worst = MAX(worst, (int)VERDICT_GOOD);
		if (!str_eq(m->propagation, STR("Bidirectional")))
			continue;
		if (is_kubernetes(run_object(run))) {
			fault.field = "mountPropagation";
			fault.remove = true;
		}
		r = emit_fault(run, &fault,
			       "mounts that container '%.*s' makes below %.*s appear on the host",
			       STR_FMT(c->name), STR_FMT(m->target));
		if (r < 0)
			return r;
		worst = VERDICT_FAULT;
	}
	return worst;
}

int run_mount_propagation(struct check_run *run)
{
	return each_container(run, judge_propagation);
}
