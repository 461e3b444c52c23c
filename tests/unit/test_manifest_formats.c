/*
 * Compose files, Quadlet units, ECS task definitions and Nomad jobs: each file of tests/data/manifest is
 * read, and what came of it is compared with the text beside it (".expected"). And the short forms of
 * docker.h, and the lines and words of unit.h.
 */
#include "base/compat.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/buf.h"
#include "core/workload.h"
#include "manifest/docker.h"
#include "manifest/manifest.h"
#include "manifest/unit.h"

/* --- Objects as text ----------------------------------------------------------------------------- */

static void add_truth(struct buf *b, const char *name, enum truth truth)
{
	if (truth != TRUTH_UNSET)
		buf_addf(b, "  %s %s\n", name, truth == TRUTH_YES ? "yes" : "no");
}

static void add_text(struct buf *b, const char *name, struct text text)
{
	if (text.set)
		buf_addf(b, "  %s '%.*s'\n", name, STR_FMT(text.text));
}

static void add_str(struct buf *b, const char *name, struct str s)
{
	add_text(b, name, (struct text){.set = s.len > 0, .text = s});
}

static void add_number(struct buf *b, const char *name, struct number number)
{
	if (number.set)
		buf_addf(b, "  %s %" PRId64 "\n", name, number.value);
}

static void add_list(struct buf *b, const char *name, struct text_list list)
{
	if (!list.n)
		return;
	buf_addf(b, "  %s", name);
	for (size_t i = 0; i < list.n; i++)
		buf_addf(b, " '%.*s'", STR_FMT(list.items[i]));
	buf_addf(b, "\n");
}

static void add_place(struct buf *b, const struct place *place)
{
	buf_addf(b, " @%.*s", STR_FMT(place->field));
	if (place->node)
		buf_addf(b, " %" PRIu32 ":%" PRIu32, place->node->line, place->node->column);
	buf_addf(b, "\n");
}

static void add_mapping(struct buf *b, const char *name, const struct yaml_node *mapping)
{
	for (uint32_t i = 0; mapping && i < mapping->n; i++)
		buf_addf(b, "%s %.*s = %.*s\n", name, STR_FMT(mapping->pairs[i].key->text),
			 STR_FMT(mapping->pairs[i].value->text));
}

static void add_volume(struct buf *b, const struct volume *v)
{
	static const char *const kinds[] = {
		[VOLUME_NONE] = "none",
		[VOLUME_HOST_PATH] = "host path",
		[VOLUME_EMPTY_DIR] = "empty dir",
		[VOLUME_CONFIG_MAP] = "config map",
		[VOLUME_SECRET] = "secret",
		[VOLUME_PROJECTED] = "projected",
		[VOLUME_DOWNWARD_API] = "downward",
		[VOLUME_CLAIM] = "claim",
		[VOLUME_CSI] = "csi",
		[VOLUME_EPHEMERAL] = "ephemeral",
		[VOLUME_IMAGE] = "image",
		[VOLUME_OTHER] = "other",
	};

	buf_addf(b, "volume '%.*s' %s '%.*s' source '%.*s'", STR_FMT(v->name), kinds[v->kind],
		 STR_FMT(v->reference), STR_FMT(v->source));
	add_place(b, &v->place);
}

static void add_mount(struct buf *b, const struct workload *w, const struct mount *m)
{
	buf_addf(b, "  mount '%.*s' on '%.*s'", STR_FMT(m->source.len ? m->source : m->name),
		 STR_FMT(m->target));
	if (m->read_only != TRUTH_UNSET)
		buf_addf(b, m->read_only == TRUTH_YES ? " ro" : " rw");
	if (m->propagation.len)
		buf_addf(b, " %.*s", STR_FMT(m->propagation));
	if (m->volume) {
		assert_true(m->volume >= w->volumes && m->volume < w->volumes + w->n_volumes);
		buf_addf(b, " volume %zu", (size_t)(m->volume - w->volumes));
	}
	add_place(b, &m->place);
}

static void add_security(struct buf *b, const struct security *s)
{
	add_truth(b, "privileged", s->privileged);
	add_truth(b, "escalation", s->allow_privilege_escalation);
	add_truth(b, "read-only root", s->read_only_root);
	add_number(b, "run as user", s->run_as_user);
	add_number(b, "run as group", s->run_as_group);
	add_list(b, "groups", s->supplemental_groups);
	add_list(b, "add", s->add);
	add_list(b, "drop", s->drop);
	add_text(b, "seccomp", s->seccomp);
	add_text(b, "apparmor", s->apparmor);
	add_text(b, "selinux type", s->selinux_type);
	add_text(b, "selinux level", s->selinux_level);
	add_text(b, "proc mount", s->proc_mount);
	add_list(b, "sysctls", s->sysctls);
	if (s->place.node && s->place.field.len) {
		buf_addf(b, "  security");
		add_place(b, &s->place);
	}
}

static void add_container(struct buf *b, const struct workload *w, const struct container *c)
{
	buf_addf(b, "%s '%.*s'%s", c->kind == CONTAINER_INIT ? "init container" : "container",
		 STR_FMT(c->name), c->sidecar ? " sidecar" : "");
	add_place(b, &c->place);
	add_text(b, "image", c->image);
	add_str(b, "pull", c->pull_policy);
	add_text(b, "user", c->user);
	add_security(b, &c->security);
	add_text(b, "memory limit", c->limits.memory);
	add_text(b, "cpu limit", c->limits.cpu);
	add_number(b, "pids limit", c->limits.pids);
	add_text(b, "memory request", c->requests.memory);
	add_text(b, "cpu request", c->requests.cpu);
	for (size_t i = 0; i < c->n_ports; i++) {
		const struct port *p = &c->ports[i];

		buf_addf(b, "  port '%.*s'", STR_FMT(p->name));
		if (p->host_ip.len)
			buf_addf(b, " ip %.*s", STR_FMT(p->host_ip));
		if (p->host.set)
			buf_addf(b, " host %" PRId64, p->host.value);
		if (p->container.set)
			buf_addf(b, " container %" PRId64, p->container.value);
		if (p->protocol.len)
			buf_addf(b, " %.*s", STR_FMT(p->protocol));
		add_place(b, &p->place);
	}
	for (size_t i = 0; i < c->n_env; i++) {
		const struct env_var *e = &c->env[i];

		buf_addf(b, "  env %.*s", STR_FMT(e->name));
		if (e->value.set)
			buf_addf(b, "='%.*s'", STR_FMT(e->value.text));
		if (e->from_secret)
			buf_addf(b, " secret '%.*s'", STR_FMT(e->reference));
		add_place(b, &e->place);
	}
	for (size_t i = 0; i < c->n_mounts; i++)
		add_mount(b, w, &c->mounts[i]);
	add_list(b, "devices", c->devices);
	add_list(b, "command", c->command);
	add_list(b, "args", c->args);
	add_truth(b, "tty", c->tty);
	add_truth(b, "stdin", c->stdin_open);
	if (c->liveness.place.node) {
		buf_addf(b, "  health %s", c->liveness.has_action ? "asked" : "off");
		add_place(b, &c->liveness.place);
	}
}

static void add_workload(struct buf *b, const struct workload *w)
{
	add_truth(b, "host network", w->host_network);
	add_truth(b, "host pid", w->host_pid);
	add_truth(b, "host ipc", w->host_ipc);
	add_truth(b, "host uts", w->host_uts);
	add_truth(b, "host users", w->host_users);
	add_number(b, "replicas", w->replicas);
	add_str(b, "restart", w->restart_policy);
	if (w->host_aliases)
		buf_addf(b, "  host aliases %" PRIu32 "\n", w->host_aliases->n);
	for (size_t i = 0; i < w->n_volumes; i++)
		add_volume(b, &w->volumes[i]);
	for (size_t i = 0; i < w->n_containers; i++)
		add_container(b, w, &w->containers[i]);
}

static int add_object(void *arg, const struct object *object)
{
	struct buf *b = arg;

	assert_int_equal(object->root->kind, YAML_MAPPING);
	buf_addf(b, "--- %.*s '%.*s'", STR_FMT(object->kind), STR_FMT(object->name));
	if (object->ns.len)
		buf_addf(b, " in '%.*s'", STR_FMT(object->ns));
	add_place(b, &(struct place){.node = object->root, .field = object->field});
	add_mapping(b, "label", object->labels);
	add_mapping(b, "annotation", object->annotations);
	if (object->workload)
		add_workload(b, object->workload);
	for (size_t i = 0; i < object->n_malformed; i++) {
		const struct malformed *m = &object->malformed[i];

		buf_addf(b, "malformed: %.*s", STR_FMT(m->reason));
		add_place(b, &(struct place){.node = m->node, .field = m->field});
	}
	return 0;
}

/* --- Files --------------------------------------------------------------------------------------- */

static void read_data(const char *name, struct buf *ret)
{
	const char *source = getenv("CSCPLATE_SOURCE");
	char path[4096], bytes[4096];
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "%s/tests/data/manifest/%s", source ? source : ".", name);
	f = fopen(path, "re");
	if (!f)
		fail_msg("cannot open '%s'", path);
	while ((n = fread(bytes, 1, sizeof(bytes), f)) > 0)
		buf_add(ret, bytes, n);
	fclose(f);
	assert_int_equal(buf_status(ret, NULL), 0);
}

enum format { FORMAT_YAML, FORMAT_QUADLET };

static const struct {
	const char *name;
	enum format format;
} files[] = {
	{"shop.compose.yaml", FORMAT_YAML},    {"malformed.compose.yaml", FORMAT_YAML},
	{"symfony.yaml", FORMAT_YAML},	       {"ci.yaml", FORMAT_YAML},
	{"web.ecs.json", FORMAT_YAML},	       {"stack.ecs.yaml", FORMAT_YAML},
	{"malformed.ecs.json", FORMAT_YAML},   {"job.nomad.json", FORMAT_YAML},
	{"malformed.nomad.json", FORMAT_YAML}, {"web.container", FORMAT_QUADLET},
	{"agent.container", FORMAT_QUADLET},   {"shop.pod", FORMAT_QUADLET},
	{"site.kube", FORMAT_QUADLET},	       {"data.volume", FORMAT_QUADLET},
	{"eth0.network", FORMAT_QUADLET},      {"tools.artifact", FORMAT_QUADLET},
};

static void read_file(const char *name, enum format format, struct buf *b)
{
	_cleanup_buf_ struct buf bytes = BUF_INIT(1 << 20);
	_cleanup_arena_ struct arena arena = ARENA_INIT(0);
	const struct yaml_node *root;
	struct err err = ERR_INIT;
	int r;

	read_data(name, &bytes);
	if (format == FORMAT_QUADLET) {
		r = manifest_quadlet(buf_str(&bytes), str_from(name), &arena, add_object, b, &err);
		assert_string_equal(err.text, "");
	} else {
		assert_int_equal(yaml_parse(buf_str(&bytes), &arena, &root, &err), 0);
		r = manifest_document(root, str_from(name), &arena, add_object, b);
	}
	assert_true(r >= 0);
	if (r == 0)
		buf_addf(b, "none\n");
}

static void test_files(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		_cleanup_buf_ struct buf seen = BUF_INIT(1 << 20), expected = BUF_INIT(1 << 20);
		char name[256];

		read_file(files[i].name, files[i].format, &seen);
		assert_int_equal(buf_status(&seen, NULL), 0);
		snprintf(name, sizeof(name), "%s.expected", files[i].name);
		read_data(name, &expected);
		if (!str_eq(buf_str(&seen), buf_str(&expected)))
			fail_msg("%s is not as in %s:\n%s", files[i].name, name, seen.data);
	}
}

/* What take returns ends the reading. */
static int refuse(void *arg, const struct object *object)
{
	unsigned *n = arg;

	++*n;
	return -ECANCELED;
}

static void test_refused(void **state)
{
	static const char *const names[] = {"shop.compose.yaml", "web.ecs.json", "job.nomad.json"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		_cleanup_buf_ struct buf bytes = BUF_INIT(1 << 20);
		_cleanup_arena_ struct arena arena = ARENA_INIT(0);
		const struct yaml_node *root;
		unsigned n = 0;

		read_data(names[i], &bytes);
		assert_int_equal(yaml_parse(buf_str(&bytes), &arena, &root, NULL), 0);
		assert_int_equal(manifest_document(root, STR("x"), &arena, refuse, &n), -ECANCELED);
		assert_int_equal(n, 1);
	}
}

/* --- Short forms --------------------------------------------------------------------------------- */

static const struct {
	const char *text;
	int r;
	const char *ip;
	int64_t host, container; /* -1: unset */
	const char *protocol;
} ports[] = {
	{"80", 0, "", -1, 80, ""},
	{"8080:80", 0, "", 8080, 80, ""},
	{"8080:80/udp", 0, "", 8080, 80, "UDP"},
	{"127.0.0.1:8080:80", 0, "127.0.0.1", 8080, 80, ""},
	{"127.0.0.1::80", 0, "127.0.0.1", -1, 80, ""},
	{"[::1]:8080:80", 0, "::1", 8080, 80, ""},
	{"9090-9091:8080-8081", 0, "", 9090, 8080, ""},
	{"${PORT}:80", 0, "", -1, 80, ""},
	{"${PORT:-8443}:443/tcp", 0, "", 8443, 443, "TCP"},
	{"${IP:-127.0.0.1}:80:80", 0, "127.0.0.1", 80, 80, ""},
	{"%i:80", 0, "", -1, 80, ""},
	{":80:92", 0, "", 80, 92, ""},
	{"::95", 0, "", -1, 95, ""},
	{"[::]::94", 0, "::", -1, 94, ""},
	{"[2001:db8:c0:ff:ee::1]:1234:1234/udp", 0, "2001:db8:c0:ff:ee::1", 1234, 1234, "UDP"},
	{"65535:1", 0, "", 65535, 1, ""},
	{"65536:1", -EINVAL, "", -1, -1, ""},
	{"http:80", -EINVAL, "", -1, -1, ""},
	{"80:", -EINVAL, "", -1, -1, ""},
	{"", -EINVAL, "", -1, -1, ""},
	{"-80:80", -EINVAL, "", -1, -1, ""},
};

static void test_ports(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(ports); i++) {
		_cleanup_arena_ struct arena arena = ARENA_INIT(0);
		struct port port = {.protocol = STR("")};
		const char *reason = NULL;
		int r = docker_port(str_from(ports[i].text), &arena, &port, &reason);

		if (r != ports[i].r)
			fail_msg("'%s': %d", ports[i].text, r);
		assert_int_equal(r == -EINVAL, reason != NULL);
		if (r < 0)
			continue;
		if (!str_eq(port.host_ip, str_from(ports[i].ip)) ||
		    !str_eq(port.protocol, str_from(ports[i].protocol)) ||
		    (port.host.set ? port.host.value : -1) != ports[i].host ||
		    (port.container.set ? port.container.value : -1) != ports[i].container)
			fail_msg("'%s' is read as ip '%.*s' host %" PRId64 " container %" PRId64,
				 ports[i].text, STR_FMT(port.host_ip), port.host.value,
				 port.container.value);
	}
}

static const struct {
	const char *text, *source, *target;
	enum docker_mount_kind kind;
	enum truth read_only;
	const char *propagation;
} volumes[] = {
	{"/data", "", "/data", DOCKER_VOLUME, TRUTH_UNSET, ""},
	{"data:/data", "data", "/data", DOCKER_VOLUME, TRUTH_UNSET, ""},
	{"/srv:/data:ro", "/srv", "/data", DOCKER_BIND, TRUTH_YES, ""},
	{"./srv:/data:rw,Z", "./srv", "/data", DOCKER_BIND, TRUTH_NO, ""},
	{"~/x:/data:rshared", "~/x", "/data", DOCKER_BIND, TRUTH_UNSET, "Bidirectional"},
	{"/:/host:ro,rslave", "/", "/host", DOCKER_BIND, TRUTH_YES, "HostToContainer"},
	{"${D:-/srv}:/data", "/srv", "/data", DOCKER_BIND, TRUTH_UNSET, ""},
	{"${D:-data}:/data", "data", "/data", DOCKER_VOLUME, TRUTH_UNSET, ""},
	{"${D}/x:/data", "${D}/x", "/data", DOCKER_BIND, TRUTH_UNSET, ""},
	{"%h/x:/data", "%h/x", "/data", DOCKER_BIND, TRUTH_UNSET, ""},
	{"C:\\data:C:\\x:ro", "C:\\data", "C:\\x", DOCKER_BIND, TRUTH_YES, ""},
};

static void test_volumes(void **state)
{
	struct docker_mount m;
	const char *reason;

	for (size_t i = 0; i < ARRAY_LEN(volumes); i++) {
		assert_int_equal(docker_volume(str_from(volumes[i].text), &m, &reason), 0);
		if (!str_eq(m.source, str_from(volumes[i].source)) ||
		    !str_eq(m.target, str_from(volumes[i].target)) || m.kind != volumes[i].kind ||
		    m.read_only != volumes[i].read_only ||
		    !str_eq(m.propagation, str_from(volumes[i].propagation)))
			fail_msg("'%s' is read as '%.*s' on '%.*s' kind %d", volumes[i].text,
				 STR_FMT(m.source), STR_FMT(m.target), (int)m.kind);
	}
	assert_int_equal(docker_volume(STR(""), &m, &reason), -EINVAL);
	assert_int_equal(docker_mount(STR("type=bind,src=/a,dst=/b,ro=false"), &m, &reason), 0);
	assert_int_equal(m.kind, DOCKER_BIND);
	assert_int_equal(m.read_only, TRUTH_NO);
	assert_int_equal(docker_mount(STR("type=hole,dst=/b"), &m, &reason), -EINVAL);
	assert_int_equal(docker_mount(STR("type=bind,src=/a"), &m, &reason), -EINVAL);
}

static void test_scalars(void **state)
{
	static const char *const good[] = {"512m", "1.5gb", "1024", "2 GiB",
					   "-1",   "0",	    "${M}", "1T"};
	static const char *const bad[] = {"", "m", "12 stones", "1.2.3", "5mm", "--1"};
	struct container c = {0};
	const char *reason;

	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		if (docker_size(str_from(good[i]), &reason) < 0)
			fail_msg("'%s' %s", good[i], reason);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (docker_size(str_from(bad[i]), &reason) == 0)
			fail_msg("'%s' is taken for a size", bad[i]);
	docker_user(STR("${UID:-1000}:0"), &c);
	assert_true(c.security.run_as_user.set && c.security.run_as_user.value == 1000);
	assert_true(c.security.run_as_group.set && c.security.run_as_group.value == 0);
	docker_user(STR("root"), &c);
	assert_true(c.security.run_as_user.set && c.security.run_as_user.value == 0);
	docker_user(STR("nginx"), &c);
	assert_false(c.security.run_as_user.set);
	assert_true(c.user.set && str_eq(c.user.text, STR("nginx")));
}

/* --- Units --------------------------------------------------------------------------------------- */

static const struct {
	const char *text, *reason; /* NULL: it is one */
} units[] = {
	{"", NULL},
	{"# only a comment\n", NULL},
	{"[A]\nb=c\n[D]\n", NULL},
	{"[A]\r\nb = c \r\n", NULL},
	{"[A]\nb=c\\", NULL},
	{"b=c\n", "line 1: a key before the first section"},
	{"[A]\n\nb\n", "line 3: neither a section nor a key with a value"},
	{"[A]\n=c\n", "line 2: a value without a key"},
	{"[]\n", "line 1: a section without a name"},
	{"[A]\nb=\x01\n", "line 2: a control character"},
	{"[A]\nb=\xff\n", "line 2: not UTF-8"},
	{"[A]\nb=c\\\n\\\n#x\n[B]\nd", "line 6: neither a section nor a key with a value"},
};

static void test_units(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		_cleanup_arena_ struct arena arena = ARENA_INIT(0);
		const struct yaml_node *root = NULL;
		struct err err = ERR_INIT;
		int r = unit_parse(str_from(units[i].text), &arena, &root, &err);

		assert_string_equal(err.text, units[i].reason ? units[i].reason : "");
		assert_int_equal(r, units[i].reason ? -ERR_FORMAT : 0);
		assert_int_equal(root != NULL, r == 0);
	}
}

static void test_values(void **state)
{
	static const char text[] = "[A]\nx=1\nx=2\ny=1\ny=\n[B]\nz=\n[A]\nx=3\nw=1\nw=\nw=2\n"
				   "l=a \\\n  # no\n\n  ; no\n  b\n";
	_cleanup_arena_ struct arena arena = ARENA_INIT(0);
	const struct yaml_node *root, *a, *x;

	assert_int_equal(unit_parse(STR(text), &arena, &root, NULL), 0);
	assert_int_equal(root->n, 2);
	a = yaml_get(root, STR("A"));
	x = yaml_get(a, STR("x"));
	assert_int_equal(x->kind, YAML_SEQUENCE);
	assert_int_equal(x->n, 3);
	assert_int_equal(x->items[2]->line, 9);
	assert_int_equal(x->items[2]->column, 3);
	assert_int_equal(yaml_get(a, STR("y"))->text.len, 0);
	assert_true(str_eq(yaml_get(a, STR("w"))->text, STR("2")));
	assert_true(str_eq(yaml_get(a, STR("l"))->text, STR("a b")));
	assert_int_equal(yaml_get(yaml_get(root, STR("B")), STR("z"))->line, 7);
}

static void test_words(void **state)
{
	static const struct {
		const char *text;
		bool unescape;
		const char *words;
	} cases[] = {
		{"", true, ""},
		{"  a  b\tc ", true, "a|b|c|"},
		{"\"a b\" 'c d'", true, "a b|c d|"},
		{"x\"a b\"y", true, "xa by|"},
		{"a\\x20b \\\"q\\\"", true, "a b|\"q\"|"},
		{"a\\040b\\n", true, "a b\n|"},
		{"a\\qb", true, "a\\qb|"},
		{"a\\x20b", false, "a\\x20b|"},
		{"\"\" x", true, "|x|"},
		{"\"open end", true, "open end|"},
		{"a\\x00", true, "a\\x00|"},
		{"'test\\.com'", true, "test\\.com|"},
		{"a;b\\nc 'a\"b' '\\110ello \\127orld'", true, "a;b\nc|a\"b|Hello World|"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_arena_ struct arena arena = ARENA_INIT(0);
		_cleanup_buf_ struct buf seen = BUF_INIT(4096);
		struct str rest = str_from(cases[i].text), word;

		while (unit_next_word(&rest, cases[i].unescape, &arena, &word) > 0)
			buf_addf(&seen, "%.*s|", STR_FMT(word));
		assert_string_equal(seen.data ? seen.data : "", cases[i].words);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files),	cmocka_unit_test(test_refused),
		cmocka_unit_test(test_ports),	cmocka_unit_test(test_volumes),
		cmocka_unit_test(test_scalars), cmocka_unit_test(test_units),
		cmocka_unit_test(test_values),	cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
