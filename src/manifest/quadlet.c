/*
 * Quadlet units of podman (podman-systemd.unit(5)). Keys of [Container] and [Pod] stand for options of
 * podman-run(1), and PodmanArgs= has these options themselves: both go through the same functions.
 */
#include "base/compat.h"

#include "manifest/draft.h"
#include "manifest/loose.h"
#include "manifest/manifest.h"
#include "manifest/run_options.h"
#include "manifest/unit.h"

/* How podman takes the values of a key apart: quadlet.go's Lookup functions. */
enum split {
	SPLIT_LAST,	 /* the last value, without the quotes around it */
	SPLIT_LINES,	 /* each value as it is */
	SPLIT_WORDS,	 /* the words of all values */
	SPLIT_ARGS,	 /* the same, with escapes */
	SPLIT_LAST_ARGS, /* the words of the last value, with escapes */
};

struct key {
	const char *name;
	enum split split;
	option_fn *take;
};

/* --- Keys ---------------------------------------------------------------------------------------- */

static const struct key container_keys[] = {
	{"AddCapability", SPLIT_WORDS, option_cap_add},
	{"AddDevice", SPLIT_WORDS, option_device},
	{"AppArmor", SPLIT_LAST, option_apparmor},
	{"DropCapability", SPLIT_WORDS, option_cap_drop},
	{"Entrypoint", SPLIT_LAST, option_entrypoint},
	{"Environment", SPLIT_ARGS, option_env},
	{"Exec", SPLIT_LAST_ARGS, option_exec},
	{"GIDMap", SPLIT_WORDS, option_id_map},
	{"Group", SPLIT_LAST, option_group},
	{"GroupAdd", SPLIT_LINES, option_group_add},
	{"HealthCmd", SPLIT_LAST, option_health},
	{"Image", SPLIT_LAST, option_image},
	{"Memory", SPLIT_LAST, option_memory},
	{"Mount", SPLIT_ARGS, option_mount},
	{"Network", SPLIT_LINES, option_network},
	{"NoNewPrivileges", SPLIT_LAST, option_no_new_privileges},
	{"PidsLimit", SPLIT_LAST, option_pids},
	{"PublishPort", SPLIT_LINES, option_port},
	{"Pull", SPLIT_LAST, option_pull},
	{"ReadOnly", SPLIT_LAST, option_read_only},
	{"RemapUsers", SPLIT_LAST, option_id_map},
	{"SeccompProfile", SPLIT_LAST, option_seccomp},
	{"Secret", SPLIT_ARGS, option_secret},
	{"SecurityLabelDisable", SPLIT_LAST, option_label_disable},
	{"SecurityLabelLevel", SPLIT_LAST, option_label_level},
	{"SecurityLabelType", SPLIT_LAST, option_label_type},
	{"SubUIDMap", SPLIT_LAST, option_id_map},
	{"Sysctl", SPLIT_WORDS, option_sysctl},
	{"Tmpfs", SPLIT_LINES, option_tmpfs},
	{"UIDMap", SPLIT_WORDS, option_id_map},
	{"Unmask", SPLIT_ARGS, option_unmask},
	{"User", SPLIT_LAST, option_user},
	{"UserNS", SPLIT_LAST, option_userns},
	{"Volume", SPLIT_LINES, option_volume},
};

static const struct key *find_key(struct str name)
{
	for (size_t i = 0; i < ARRAY_LEN(container_keys); i++)
		if (str_eq(name, str_from(container_keys[i].name)))
			return &container_keys[i];
	return NULL;
}

/* Words beyond what an object may have are not read, which is said. */
static int count_item(struct reader *reader, const struct place *at)
{
	int r;

	if (reader->items < READER_ITEMS) {
		reader->items++;
		return 1;
	}
	r = loose_fault(reader, at, "has more words than are read");
	return r < 0 ? r : 0;
}

static struct str without_quotes(struct str s)
{
	if (s.len >= 2 && s.ptr[0] == '"' && s.ptr[s.len - 1] == '"')
		return str_sub(s, 1, s.len - 2);
	return s;
}

static int take_value(struct reader *reader, const struct place *at, const struct key *key,
		      struct quadlet *unit)
{
	struct str rest = at->node->text, word;
	bool escapes = key->split == SPLIT_ARGS || key->split == SPLIT_LAST_ARGS;
	int r = count_item(reader, at);

	if (r <= 0)
		return r;
	if (key->split == SPLIT_LAST)
		return key->take(reader, at, without_quotes(rest), unit);
	if (key->split == SPLIT_LINES)
		return rest.len ? key->take(reader, at, rest, unit) : 0;
	while ((r = unit_next_word(&rest, escapes, reader->arena, &word)) > 0) {
		r = count_item(reader, at);
		if (r > 0)
			r = key->take(reader, at, word, unit);
		else if (r == 0)
			return 0;
		if (r < 0)
			return r;
	}
	return r;
}

static int take_arguments(struct reader *reader, const struct place *at, struct quadlet *unit,
			  const struct run_option **pending)
{
	struct str rest = at->node->text, word;
	int r;

	while ((r = unit_next_word(&rest, true, reader->arena, &word)) > 0) {
		r = count_item(reader, at);
		if (r > 0)
			r = option_argument(reader, at, word, unit, pending);
		else if (r == 0)
			return 0;
		if (r < 0)
			return r;
	}
	return r;
}

/* The i-th value of a pair with its place. */
static int value_place(struct reader *reader, const struct place *section,
		       const struct yaml_pair *pair, uint32_t i, struct place *ret)
{
	bool list = pair->value->kind == YAML_SEQUENCE;

	ret->node = list ? pair->value->items[i] : pair->value;
	ret->field = reader_path(reader, section->field, pair->key->text, list ? (ssize_t)i : -1);
	return ret->field.ptr ? 0 : -ENOMEM;
}

static int take_pair(struct reader *reader, const struct place *section,
		     const struct yaml_pair *pair, bool kube, struct quadlet *unit)
{
	uint32_t n = pair->value->kind == YAML_SEQUENCE ? pair->value->n : 1;
	bool arguments = str_eq(pair->key->text, STR("PodmanArgs"));
	const struct key *key = find_key(pair->key->text);
	/* Options go on from one value to the next. */
	const struct run_option *pending = NULL;
	bool last = key && (key->split == SPLIT_LAST || key->split == SPLIT_LAST_ARGS);

	if (!key && !arguments)
		return 0;
	/* Containers of such a unit are those of its file. */
	if (kube && !arguments && key->take != option_network && key->take != option_userns)
		return 0;
	for (uint32_t i = last ? n - 1 : 0; i < n; i++) {
		struct place at;
		int r = value_place(reader, section, pair, i, &at);

		if (r == 0 && arguments)
			r = take_arguments(reader, &at, unit, &pending);
		else if (r == 0)
			r = take_value(reader, &at, key, unit);
		if (r < 0)
			return r;
	}
	return 0;
}

/* The last value of a key in another section; empty if there is none. */
static struct str last_value(const struct yaml_node *section, struct str key)
{
	const struct yaml_node *value = yaml_get(section, key);

	if (value && value->kind == YAML_SEQUENCE)
		value = value->items[value->n - 1];
	return value ? value->text : STR("");
}

/* Limits of the service hold for the container, which runs below it (podman-systemd.unit(5),
 * CgroupsMode=split). */
static void service_limits(const struct yaml_node *root, struct resources *limits)
{
	const struct yaml_node *service = yaml_get(root, STR("Service"));
	struct str memory = last_value(service, STR("MemoryMax"));
	struct str cpu = last_value(service, STR("CPUQuota"));
	struct str tasks = last_value(service, STR("TasksMax"));
	uint32_t n;

	if (!limits->memory.set && memory.len && !str_eq(memory, STR("infinity")))
		limits->memory = (struct text){.set = true, .text = memory};
	if (!limits->cpu.set && cpu.len)
		limits->cpu = (struct text){.set = true, .text = cpu};
	if (!limits->pids.set && str_parse_u32(tasks, &n) == 0)
		limits->pids = (struct number){.set = true, .value = n};
}

static int read_labels(struct reader *reader, const struct place *section, struct str key,
		       const struct yaml_node **ret)
{
	const struct yaml_node *value = yaml_get(section->node, key);
	const struct yaml_node **items;
	struct yaml_node list = {.kind = YAML_SEQUENCE};
	size_t n = 0, max = 0;
	int r = 1;

	if (!value)
		return 0;
	/* Words are a blank and a letter at least. */
	for (uint32_t i = 0; i < (value->kind == YAML_SEQUENCE ? value->n : 1); i++)
		max += (value->kind == YAML_SEQUENCE ? value->items[i] : value)->text.len / 2 + 1;
	items = arena_calloc(reader->arena, max, sizeof(struct yaml_node *));
	if (!items)
		return -ENOMEM;
	for (uint32_t i = 0; i < (value->kind == YAML_SEQUENCE ? value->n : 1); i++) {
		const struct yaml_node *line =
			value->kind == YAML_SEQUENCE ? value->items[i] : value;
		struct str rest = line->text, word;

		while ((r = unit_next_word(&rest, true, reader->arena, &word)) > 0) {
			struct yaml_node *item = arena_new(reader->arena, struct yaml_node);

			if (!item)
				return -ENOMEM;
			*item = *line;
			item->text = word;
			if (n < max)
				items[n++] = item;
		}
		if (r < 0)
			return r;
	}
	list.line = value->line;
	list.column = value->column;
	list.items = items;
	list.n = (uint32_t)n;
	return loose_labels(reader, section, key, &list, ret);
}

/* A pod's volumes are mounted into all its containers, which are units of their own. */
static int pod_volumes(struct reader *reader, const struct quadlet *unit, struct workload *ret)
{
	size_t n = unit->draft.mounts.len;
	struct volume *volumes = arena_calloc(reader->arena, n, sizeof(*volumes));

	if (!volumes)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		const struct mount *mount = &unit->draft.mounts.items[i];

		if (mount->volume) {
			volumes[i] = *mount->volume;
			continue;
		}
		volumes[i].place = mount->place;
		volumes[i].kind = VOLUME_HOST_PATH;
		volumes[i].source = STR("hostPath");
		volumes[i].reference = mount->source;
	}
	ret->volumes = n ? volumes : NULL;
	ret->n_volumes = n;
	return 0;
}

static int container_workload(struct reader *reader, const struct place *section,
			      const struct yaml_node *root, struct str name, struct quadlet *unit)
{
	struct container *c = &unit->draft.container;
	struct container *container = arena_new(reader->arena, struct container);

	if (!container)
		return -ENOMEM;
	c->name = name;
	c->place = *section;
	c->security.place = *section;
	service_limits(root, &c->limits);
	if (unit->health) {
		c->liveness.place = *section;
		c->liveness.has_action = true;
	}
	unit->workload.restart_policy = last_value(yaml_get(root, STR("Service")), STR("Restart"));
	if (draft_finish(reader, &unit->draft, container) < 0)
		return -ENOMEM;
	unit->workload.containers = container;
	unit->workload.n_containers = 1;
	return draft_volumes(reader, NULL, 0, &unit->workload);
}

/* A volume with the mount option bind is a directory of the host (podman-systemd.unit(5), Device and Options of
 * [Volume]; mount(8)). */
static int volume_unit(struct reader *reader, const struct place *section, struct object *object,
		       struct quadlet *unit)
{
	struct str device = last_value(section->node, STR("Device"));
	struct str options = last_value(section->node, STR("Options")), option;
	bool bind = str_eq(last_value(section->node, STR("Type")), STR("bind"));
	struct volume *volume;

	while (str_split(&options, ',', &option))
		bind = bind || str_eq(option, STR("bind")) || str_eq(option, STR("rbind"));
	if (!bind || !docker_is_path(device))
		return 0;
	volume = arena_new(reader->arena, struct volume);
	if (!volume)
		return -ENOMEM;
	volume->place.node = yaml_get(section->node, STR("Device"));
	volume->place.field = reader_path(reader, section->field, STR("Device"), -1);
	if (!volume->place.field.ptr)
		return -ENOMEM;
	volume->name = object->name;
	volume->kind = VOLUME_HOST_PATH;
	volume->source = STR("hostPath");
	volume->reference = device;
	unit->workload.pod = *section;
	unit->workload.volumes = volume;
	unit->workload.n_volumes = 1;
	object->workload = &unit->workload;
	return 0;
}

/* What a unit has podman run is judged where it stands; of a file outside this folder nobody may have been told. */
static int kube_file(struct reader *reader, const struct place *section)
{
	const struct yaml_node *value = yaml_get(section->node, STR("Yaml"));
	struct str path = last_value(section->node, STR("Yaml"));

	if (!value || !(str_starts(path, STR("/")) || str_starts(path, STR("%")) ||
			str_starts(path, STR("../")) || str_find(path, STR("/../")) >= 0))
		return 0;
	return reader_malformed(
		reader, section, STR("Yaml"), -1, value,
		"names a file elsewhere, which is judged only where it is inspected itself");
}

/* --- Units --------------------------------------------------------------------------------------- */

/* What of a workload a unit describes. */
enum of { OF_NOTHING, OF_CONTAINER, OF_POD, OF_KUBE, OF_VOLUME };

static const struct kind {
	const char *suffix, *kind, *section;
	enum of of;
} kinds[] = {
	{".container", "container", "Container", OF_CONTAINER},
	{".pod", "pod", "Pod", OF_POD},
	{".kube", "kube", "Kube", OF_KUBE},
	{".volume", "volume", "Volume", OF_VOLUME},
	{".network", "network", "Network", OF_NOTHING},
	{".image", "image", "Image", OF_NOTHING},
	{".build", "build", "Build", OF_NOTHING},
	{".artifact", "artifact", "Artifact", OF_NOTHING},
};

static const struct kind *find_kind(struct str path, struct str *ret_name)
{
	ssize_t slash = str_rfind_char(path, '/');
	struct str base = str_from_offset(path, slash < 0 ? 0 : (size_t)slash + 1);

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		struct str suffix = str_from(kinds[i].suffix);

		if (base.len > suffix.len && str_ends(base, suffix)) {
			*ret_name = str_sub(base, 0, base.len - suffix.len);
			return &kinds[i];
		}
	}
	return NULL;
}

bool manifest_is_quadlet(struct str path)
{
	struct str name;

	return find_kind(path, &name) != NULL;
}

static int read_unit(struct reader *reader, const struct kind *kind, struct object *object,
		     struct quadlet *unit)
{
	struct place section = {.node = yaml_get(object->root, str_from(kind->section))};
	int r = 0;

	section.field = reader_path(reader, STR(""), str_from(kind->section), -1);
	if (!section.field.ptr)
		return -ENOMEM;
	r = read_labels(reader, &section, STR("Label"), &object->labels);
	if (r == 0)
		r = read_labels(reader, &section, STR("Annotation"), &object->annotations);
	if (r < 0 || kind->of == OF_NOTHING)
		return r;
	if (kind->of == OF_VOLUME)
		return volume_unit(reader, &section, object, unit);
	for (uint32_t i = 0; r == 0 && i < section.node->n; i++)
		r = take_pair(reader, &section, &section.node->pairs[i], kind->of == OF_KUBE, unit);
	if (r == 0 && kind->of == OF_KUBE)
		r = kube_file(reader, &section);
	unit->workload.pod = section;
	unit->workload.labels = object->labels;
	unit->workload.annotations = object->annotations;
	object->workload = &unit->workload;
	if (r < 0)
		return r;
	if (kind->of == OF_CONTAINER)
		return container_workload(reader, &section, object->root, object->name, unit);
	return pod_volumes(reader, unit, &unit->workload);
}

static void unit_release(struct quadlet *unit)
{
	draft_release(&unit->draft);
}

int manifest_quadlet(struct str bytes, struct str path, struct arena *arena, manifest_fn *take,
		     void *arg, struct err *err)
{
	_cleanup_(unit_release) struct quadlet unit = {0};
	struct object object = {.origin = ORIGIN_QUADLET, .path = path};
	struct reader reader = READER_INIT(arena, false);
	const struct kind *kind = find_kind(path, &object.name);
	char section[16];
	int r;

	if (!kind)
		return 0;
	/* Many other things are called .image or .network; what has no such section is none of podman's. */
	if (snprintf(section, sizeof(section), "[%s]", kind->section) < 0 ||
	    str_find(bytes, str_from(section)) < 0)
		return 0;
	r = unit_parse(bytes, arena, &object.root, err);
	if (r < 0)
		return r;
	if (!yaml_get(object.root, str_from(kind->section)))
		return 0;
	/* systemd-networkd's files have a [Network], too, but always say what they match. */
	if (strcmp(kind->kind, "network") == 0 && yaml_get(object.root, STR("Match")))
		return 0;
	object.kind = str_from(kind->kind);
	r = read_unit(&reader, kind, &object, &unit);
	if (r < 0)
		return err_oom(err);
	object.malformed = reader.malformed;
	object.n_malformed = reader.n_malformed;
	r = take(arg, &object);
	return r < 0 ? r : 1;
}
