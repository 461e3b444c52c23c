/* Containers that grow: see draft.h. */
#include "base/compat.h"

#include "manifest/draft.h"

void draft_release(struct draft *draft)
{
	struct str_list *lists[] = {&draft->add,     &draft->drop,   &draft->devices,
				    &draft->sysctls, &draft->groups, &draft->command,
				    &draft->args};

	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		vec_release(lists[i]);
	vec_release(&draft->ports);
	vec_release(&draft->env);
	vec_release(&draft->mounts);
}

int draft_text(struct str_list *list, struct str s)
{
	struct str *slot = vec_add(list);

	if (!slot)
		return -ENOMEM;
	*slot = s;
	return 0;
}

int draft_port(struct draft *draft, const struct port *port)
{
	struct port *slot = vec_add(&draft->ports);

	if (!slot)
		return -ENOMEM;
	*slot = *port;
	return 0;
}

int draft_env(struct draft *draft, const struct env_var *env)
{
	struct env_var *slot = vec_add(&draft->env);

	if (!slot)
		return -ENOMEM;
	*slot = *env;
	return 0;
}

int draft_assignment(struct draft *draft, const struct place *place, struct str s)
{
	ssize_t equals = str_find_char(s, '=');
	struct env_var env = {.place = *place, .name = s};

	if (equals >= 0) {
		env.name = str_sub(s, 0, (size_t)equals);
		env.value.set = true;
		env.value.text = str_from_offset(s, (size_t)equals + 1);
	}
	return draft_env(draft, &env);
}

static int add_mount(struct reader *reader, struct draft *draft, const struct mount *mount,
		     enum volume_kind kind, struct str source, struct str reference)
{
	struct mount *slot = vec_add(&draft->mounts);
	struct volume *volume = NULL;

	if (!slot)
		return -ENOMEM;
	*slot = *mount;
	if (kind == VOLUME_NONE)
		return 0;
	slot->volume = volume = arena_new(reader->arena, struct volume);
	if (!volume)
		return -ENOMEM;
	*volume = (struct volume){.place = mount->place,
				  .name = mount->name,
				  .kind = kind,
				  .source = source,
				  .reference = reference};
	return 0;
}

int draft_mount(struct reader *reader, struct draft *draft, const struct place *place,
		const struct docker_mount *mount)
{
	static const struct {
		enum volume_kind kind;
		const char *source;
	} kinds[] = {
		[DOCKER_BIND] = {VOLUME_NONE, ""},
		[DOCKER_VOLUME] = {VOLUME_CLAIM, "volume"},
		[DOCKER_TMPFS] = {VOLUME_EMPTY_DIR, "tmpfs"},
		[DOCKER_IMAGE] = {VOLUME_IMAGE, "image"},
		[DOCKER_OTHER] = {VOLUME_OTHER, "other"},
	};
	bool bind = mount->kind == DOCKER_BIND;
	struct mount m = {.place = *place,
			  .name = bind ? STR("") : mount->source,
			  .source = bind ? mount->source : STR(""),
			  .target = mount->target,
			  .read_only = mount->read_only,
			  .propagation = mount->propagation};

	return add_mount(reader, draft, &m, kinds[mount->kind].kind,
			 str_from(kinds[mount->kind].source), mount->source);
}

int draft_mount_of(struct reader *reader, struct draft *draft, const struct place *place,
		   enum volume_kind kind, struct str source, struct str reference,
		   struct str target)
{
	struct mount m = {
		.place = *place, .name = reference, .target = target, .read_only = TRUTH_YES};

	return add_mount(reader, draft, &m, kind, source, reference);
}

static int copy_items(struct reader *reader, const void *items, size_t n, size_t size,
		      const void **ret)
{
	void *p;

	if (n == 0)
		return 0;
	p = arena_calloc(reader->arena, n, size);
	if (!p)
		return -ENOMEM;
	memcpy(p, items, n * size);
	*ret = p;
	return 0;
}

int draft_finish(struct reader *reader, const struct draft *draft, struct container *ret)
{
	struct container c = draft->container;
	const void *ports = NULL, *env = NULL, *mounts = NULL;
	struct {
		const struct str_list *from;
		struct text_list *to;
	} lists[] = {
		{&draft->add, &c.security.add},
		{&draft->drop, &c.security.drop},
		{&draft->devices, &c.devices},
		{&draft->sysctls, &c.security.sysctls},
		{&draft->groups, &c.security.supplemental_groups},
		{&draft->command, &c.command},
		{&draft->args, &c.args},
	};

	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		const void *items = NULL;

		if (copy_items(reader, lists[i].from->items, lists[i].from->len, sizeof(struct str),
			       &items) < 0)
			return -ENOMEM;
		*lists[i].to = (struct text_list){items, lists[i].from->len};
	}
	if (copy_items(reader, draft->ports.items, draft->ports.len, sizeof(struct port), &ports) <
		    0 ||
	    copy_items(reader, draft->env.items, draft->env.len, sizeof(struct env_var), &env) <
		    0 ||
	    copy_items(reader, draft->mounts.items, draft->mounts.len, sizeof(struct mount),
		       &mounts) < 0)
		return -ENOMEM;
	c.ports = ports;
	c.n_ports = draft->ports.len;
	c.env = env;
	c.n_env = draft->env.len;
	c.mounts = mounts;
	c.n_mounts = draft->mounts.len;
	*ret = c;
	return 0;
}

int draft_volumes(struct reader *reader, const struct volume *declared, size_t n_declared,
		  struct workload *workload)
{
	const uintptr_t begin = (uintptr_t)declared, end = begin + n_declared * sizeof(*declared);
	struct volume *volumes;
	size_t n = n_declared;

	for (size_t i = 0; i < workload->n_containers; i++)
		n += workload->containers[i].n_mounts;
	volumes = arena_calloc(reader->arena, n, sizeof(*volumes));
	if (!volumes)
		return -ENOMEM;
	if (n_declared)
		memcpy(volumes, declared, n_declared * sizeof(*volumes));
	n = n_declared;
	for (size_t i = 0; i < workload->n_containers; i++) {
		/* Still this reader's own, and nobody has seen them yet. */
		struct mount *mounts = (struct mount *)workload->containers[i].mounts;

		for (size_t k = 0; k < workload->containers[i].n_mounts; k++) {
			uintptr_t at = (uintptr_t)mounts[k].volume;

			if (!at)
				continue;
			if (at < begin || at >= end)
				volumes[n++] = *mounts[k].volume;
			mounts[k].volume = at < begin || at >= end
						   ? &volumes[n - 1]
						   : &volumes[mounts[k].volume - declared];
		}
	}
	workload->volumes = volumes;
	workload->n_volumes = n;
	return 0;
}

int draft_containers(struct reader *reader, const struct place *at, struct str key,
		     const struct yaml_node *value, draft_container_fn *read, void *more,
		     struct workload *ret)
{
	struct container *containers;
	size_t n = 0;

	if (value->kind != YAML_SEQUENCE)
		return reader_wrong_type(reader, at, key, -1, value, "a sequence");
	if (value->n > READER_CONTAINERS)
		return reader_malformed(reader, at, key, -1, value,
					"has %" PRIu32 " items, more than are read", value->n);
	containers = arena_calloc(reader->arena, value->n, sizeof(*containers));
	if (!containers)
		return -ENOMEM;
	for (uint32_t i = 0; i < value->n; i++) {
		struct place place;
		int r = reader_item(reader, at, key, i, value->items[i], &place);

		if (r > 0)
			r = read(reader, &place, more, &containers[n]);
		if (r < 0)
			return r;
		n += r > 0;
	}
	ret->containers = containers;
	ret->n_containers = n;
	return 0;
}
