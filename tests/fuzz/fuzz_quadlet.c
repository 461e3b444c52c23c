/* Quadlet units: whatever comes, an error with its line, or an object whose parts can all be read. */
#include "base/compat.h"

#include "core/workload.h"
#include "manifest/manifest.h"

static volatile size_t sink;

static void touch(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		sink += (unsigned char)text.ptr[i];
}

static void touch_list(struct text_list list)
{
	for (size_t i = 0; i < list.n; i++)
		touch(list.items[i]);
}

static void touch_place(const struct place *place)
{
	if (place->node && (place->node->kind == YAML_SEQUENCE || !place->field.ptr))
		__builtin_trap();
	touch(place->field);
}

static void touch_container(const struct workload *w, const struct container *c)
{
	touch_place(&c->place);
	touch(c->image.text);
	touch(c->user.text);
	touch(c->limits.memory.text);
	touch(c->limits.cpu.text);
	touch(c->security.seccomp.text);
	touch(c->security.selinux_type.text);
	touch_list(c->security.add);
	touch_list(c->security.drop);
	touch_list(c->security.sysctls);
	touch_list(c->devices);
	touch_list(c->command);
	touch_list(c->args);
	for (size_t i = 0; i < c->n_ports; i++) {
		touch_place(&c->ports[i].place);
		touch(c->ports[i].host_ip);
		touch(c->ports[i].protocol);
		if (c->ports[i].host.value > 65535 || c->ports[i].container.value > 65535)
			__builtin_trap();
	}
	for (size_t i = 0; i < c->n_env; i++) {
		touch_place(&c->env[i].place);
		touch(c->env[i].name);
		touch(c->env[i].value.text);
	}
	for (size_t i = 0; i < c->n_mounts; i++) {
		touch_place(&c->mounts[i].place);
		touch(c->mounts[i].source);
		touch(c->mounts[i].target);
		if (c->mounts[i].volume && (c->mounts[i].volume < w->volumes ||
					    c->mounts[i].volume >= w->volumes + w->n_volumes))
			__builtin_trap();
	}
}

/* Only the values of scalars and lists of them. */
static void touch_unit(const struct yaml_node *root)
{
	for (uint32_t s = 0; s < root->n; s++) {
		const struct yaml_node *section = root->pairs[s].value;

		if (section->kind != YAML_MAPPING)
			__builtin_trap();
		for (uint32_t i = 0; i < section->n; i++) {
			const struct yaml_node *value = section->pairs[i].value;

			if (value->kind == YAML_SCALAR)
				touch(value->text);
			else if (value->kind == YAML_SEQUENCE && value->n > 1)
				touch(value->items[value->n - 1]->text);
			else
				__builtin_trap();
		}
	}
}

static int take(void *arg, const struct object *object)
{
	const struct workload *w = object->workload;
	bool *taken = arg;

	*taken = true;
	touch_unit(object->root);
	touch(object->name);
	for (uint32_t i = 0; object->labels && i < object->labels->n; i++) {
		touch(object->labels->pairs[i].key->text);
		touch(object->labels->pairs[i].value->text);
	}
	for (size_t i = 0; i < object->n_malformed; i++) {
		touch(object->malformed[i].field);
		touch(object->malformed[i].reason);
	}
	for (size_t i = 0; w && i < w->n_volumes; i++)
		touch(w->volumes[i].reference);
	for (size_t i = 0; w && i < w->n_containers; i++)
		touch_container(w, &w->containers[i]);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = {"a.container", "dir/b.pod", "c.volume", "d.service"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		_cleanup_arena_ struct arena arena = ARENA_INIT(0);
		struct err err = ERR_INIT;
		bool taken = false;
		int r = manifest_quadlet((struct str){(const char *)data, size}, str_from(names[i]),
					 &arena, take, &taken, &err);

		if (taken != (r == 1) || (r < 0 && strncmp(err.text, "line ", 5) != 0))
			__builtin_trap();
	}
	return 0;
}
