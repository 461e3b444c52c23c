/* Documents of every format that is told by its content: whatever comes, objects whose parts can all be read. */
#include "base/compat.h"

#include "core/workload.h"
#include "manifest/manifest.h"

static volatile size_t sink;

/* Every byte must be there to be read. */
static void touch(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		sink += (unsigned char)text.ptr[i];
}

static void touch_text(struct text text)
{
	if (!text.set && text.text.len)
		__builtin_trap();
	touch(text.text);
}

static void touch_list(struct text_list list)
{
	for (size_t i = 0; i < list.n; i++)
		touch(list.items[i]);
}

static void touch_texts(const struct yaml_node *mapping)
{
	if (!mapping)
		return;
	if (mapping->kind != YAML_MAPPING)
		__builtin_trap();
	for (uint32_t i = 0; i < mapping->n; i++) {
		touch(mapping->pairs[i].key->text);
		if (mapping->pairs[i].value->kind != YAML_SCALAR)
			__builtin_trap();
		touch(mapping->pairs[i].value->text);
	}
}

static void touch_place(const struct place *place)
{
	if (place->node && (place->node->kind != YAML_MAPPING || !place->field.ptr))
		__builtin_trap();
	touch(place->field);
}

/* The place of what may be written as one text. */
static void touch_short(const struct place *place)
{
	if (place->node && (place->node->kind == YAML_SEQUENCE || !place->field.ptr))
		__builtin_trap();
	touch(place->field);
}

static void touch_security(const struct security *s)
{
	touch_place(&s->place);
	touch_list(s->supplemental_groups);
	touch_list(s->add);
	touch_list(s->drop);
	touch_list(s->sysctls);
	touch_text(s->seccomp);
	touch_text(s->apparmor);
	touch_text(s->selinux_user);
	touch_text(s->selinux_role);
	touch_text(s->selinux_type);
	touch_text(s->selinux_level);
	touch_text(s->proc_mount);
	sink += s->privileged + s->host_process + (size_t)s->run_as_user.value;
}

static void touch_handler(const struct handler *handler)
{
	touch_place(&handler->place);
	touch_text(handler->http_host);
	touch_text(handler->tcp_host);
}

static void touch_resources(const struct resources *resources)
{
	touch_text(resources->cpu);
	touch_text(resources->memory);
	touch_text(resources->ephemeral_storage);
}

static void touch_mount(const struct workload *workload, const struct mount *mount)
{
	touch_short(&mount->place);
	touch(mount->name);
	touch(mount->source);
	touch(mount->target);
	touch(mount->propagation);
	if (mount->volume && (mount->volume < workload->volumes ||
			      mount->volume >= workload->volumes + workload->n_volumes))
		__builtin_trap();
}

static void touch_container(const struct workload *workload, const struct container *c)
{
	const struct handler *const handlers[] = {&c->liveness, &c->readiness, &c->startup,
						  &c->post_start, &c->pre_stop};

	touch_place(&c->place);
	touch(c->name);
	touch(c->pull_policy);
	touch_text(c->image);
	touch_text(c->apparmor_annotation);
	touch_text(c->seccomp_annotation);
	touch_security(&c->security);
	touch_resources(&c->limits);
	touch_resources(&c->requests);
	touch_list(c->env_from_secrets);
	touch_list(c->devices);
	touch_list(c->command);
	touch_list(c->args);
	for (size_t i = 0; i < ARRAY_LEN(handlers); i++)
		touch_handler(handlers[i]);
	for (size_t i = 0; i < c->n_ports; i++) {
		touch_short(&c->ports[i].place);
		touch(c->ports[i].name);
		touch(c->ports[i].protocol);
		touch(c->ports[i].host_ip);
	}
	for (size_t i = 0; i < c->n_env; i++) {
		touch_short(&c->env[i].place);
		touch(c->env[i].name);
		touch_text(c->env[i].value);
		touch(c->env[i].reference);
	}
	for (size_t i = 0; i < c->n_mounts; i++)
		touch_mount(workload, &c->mounts[i]);
}

static void touch_workload(const struct workload *w)
{
	touch_place(&w->pod);
	touch_place(&w->metadata);
	touch_texts(w->labels);
	touch_texts(w->annotations);
	touch(w->service_account);
	touch(w->restart_policy);
	touch(w->priority_class);
	touch_security(&w->security);
	touch_text(w->seccomp_annotation);
	touch_list(w->pull_secrets);
	if (w->host_aliases && w->host_aliases->kind != YAML_SEQUENCE)
		__builtin_trap();
	for (size_t i = 0; i < w->n_volumes; i++) {
		touch_short(&w->volumes[i].place);
		touch(w->volumes[i].name);
		touch(w->volumes[i].source);
		touch(w->volumes[i].reference);
	}
	for (size_t i = 0; i < w->n_containers; i++)
		touch_container(w, &w->containers[i]);
}

static int take(void *arg, const struct object *object)
{
	unsigned *n = arg;

	if (object->root->kind != YAML_MAPPING)
		__builtin_trap();
	touch(object->path);
	touch(object->api_version);
	touch(object->kind);
	touch(object->name);
	touch(object->ns);
	touch(object->field);
	touch_texts(object->labels);
	touch_texts(object->annotations);
	for (size_t i = 0; i < object->n_malformed; i++) {
		touch(object->malformed[i].field);
		touch(object->malformed[i].reason);
		if (!object->malformed[i].reason.len)
			__builtin_trap();
	}
	if (object->workload)
		touch_workload(object->workload);
	/* Lists of aliases to lists have more objects than there is time for. */
	return ++*n < 1000 ? 0 : -ECANCELED;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str bytes = {(const char *)data, size};
	_cleanup_yaml_ struct yaml *yaml = NULL;
	unsigned n = 0;
	int r = 1;

	sink += manifest_is_template(bytes);
	if (yaml_open(bytes, &yaml, NULL) < 0)
		return 0;
	while (r > 0) {
		_cleanup_arena_ struct arena arena = {0};
		const struct yaml_node *root;

		r = yaml_next(yaml, &arena, &root, NULL);
		if (r > 0) {
			int kind = manifest_document(root, STR("x.yaml"), &arena, take, &n);

			if (kind < 0 && kind != -ECANCELED)
				__builtin_trap();
		}
	}
	return 0;
}
