/* Image documents: see image_spec.h. */
#include "base/compat.h"

#include <jansson.h>

#include "parse/image_spec.h"

#include "base/sha256.h"

/* Sequences longer than this are no image's (limits.h has the maxima of the model, which are lower). */
enum { MAX_ITEMS = 8192 };

/* jansson itself refuses nesting deeper than 2048 and duplicate keys (with the flag). */
static int load(struct str bytes, json_type type, json_t **ret, struct err *err)
{
	json_error_t at;
	json_t *root =
		json_loadb(bytes.ptr ? bytes.ptr : "", bytes.len, JSON_REJECT_DUPLICATES, &at);

	if (!root)
		return err_set(err, ERR_FORMAT, "line %d, column %d: %s", at.line, at.column,
			       at.text);
	if (json_typeof(root) != type) {
		json_decref(root);
		return err_set(err, ERR_FORMAT, "not a JSON %s",
			       type == JSON_ARRAY ? "array" : "object");
	}
	*ret = root;
	return 0;
}

/* A string field copied into the arena; absent or null is empty. */
static int get_string(const json_t *object, const char *key, struct arena *arena, struct str *ret,
		      struct err *err)
{
	const json_t *value = json_object_get(object, key);

	*ret = STR("");
	if (!value || json_is_null(value))
		return 0;
	if (!json_is_string(value))
		return err_set(err, ERR_FORMAT, "field '%s' is not a string", key);
	*ret = arena_str(arena, (struct str){json_string_value(value), json_string_length(value)});
	return ret->ptr ? 0 : err_oom(err);
}

/* An array field; absent or null counts as empty unless required. */
static int get_array(const json_t *object, const char *key, bool required, const json_t **ret,
		     size_t *ret_len, struct err *err)
{
	const json_t *value = json_object_get(object, key);

	*ret = NULL;
	*ret_len = 0;
	if (!value || json_is_null(value))
		return required ? err_set(err, ERR_FORMAT, "field '%s' is missing", key) : 0;
	if (!json_is_array(value))
		return err_set(err, ERR_FORMAT, "field '%s' is not an array", key);
	if (json_array_size(value) > MAX_ITEMS)
		return err_set(err, ERR_LIMIT, "field '%s' has more than %d items", key, MAX_ITEMS);
	*ret = value;
	*ret_len = json_array_size(value);
	return 0;
}

static int get_strings(const json_t *object, const char *key, struct arena *arena, struct str **ret,
		       size_t *ret_len, struct err *err)
{
	const json_t *array;
	struct str *items;
	size_t n;
	int r = get_array(object, key, false, &array, &n, err);

	if (r < 0)
		return r;
	items = arena_calloc(arena, n, sizeof(*items));
	if (!items)
		return err_oom(err);
	for (size_t i = 0; i < n; i++) {
		const json_t *item = json_array_get(array, i);

		if (!json_is_string(item))
			return err_set(err, ERR_FORMAT, "field '%s[%zu]' is not a string", key, i);
		items[i] = arena_str(
			arena, (struct str){json_string_value(item), json_string_length(item)});
		if (!items[i].ptr)
			return err_oom(err);
	}
	*ret = items;
	*ret_len = n;
	return 0;
}

static int check_digest(struct str digest, const char *what, struct err *err)
{
	unsigned char bytes[SHA256_SIZE];

	if (sha256_parse(digest, bytes) < 0)
		return err_set(err, ERR_FORMAT,
			       "%s has the digest '%.*s', which is no sha256 digest", what,
			       STR_FMT(digest));
	return 0;
}

static int get_platform(const json_t *object, struct arena *arena, struct spec_descriptor *d,
			struct err *err)
{
	const json_t *platform = json_object_get(object, "platform");
	int r;

	if (!json_is_object(platform))
		return 0;
	r = get_string(platform, "os", arena, &d->os, err);
	if (r == 0)
		r = get_string(platform, "architecture", arena, &d->arch, err);
	if (r == 0)
		r = get_string(platform, "variant", arena, &d->variant, err);
	return r;
}

static int get_annotations(const json_t *object, struct arena *arena, struct spec_descriptor *d,
			   struct err *err)
{
	const json_t *annotations = json_object_get(object, "annotations");
	int r;

	if (!json_is_object(annotations))
		return 0;
	r = get_string(annotations, "org.opencontainers.image.ref.name", arena, &d->name, err);
	if (r == 0 && d->name.len == 0)
		r = get_string(annotations, "io.containerd.image.name", arena, &d->name, err);
	d->attestation = json_object_get(annotations, "vnd.docker.reference.type") != NULL;
	return r;
}

static int get_descriptor(const json_t *object, const char *what, struct arena *arena,
			  struct spec_descriptor *ret, struct err *err)
{
	struct spec_descriptor d = {0};
	const json_t *size;
	int r;

	if (!json_is_object(object))
		return err_set(err, ERR_FORMAT, "%s is not an object", what);
	r = get_string(object, "mediaType", arena, &d.media_type, err);
	if (r == 0)
		r = get_string(object, "digest", arena, &d.digest, err);
	if (r == 0)
		r = check_digest(d.digest, what, err);
	if (r == 0)
		r = get_platform(object, arena, &d, err);
	if (r == 0)
		r = get_annotations(object, arena, &d, err);
	if (r < 0)
		return r;
	size = json_object_get(object, "size");
	if (!json_is_integer(size) || json_integer_value(size) < 0)
		return err_set(err, ERR_FORMAT, "%s has no valid size", what);
	d.size = (uint64_t)json_integer_value(size);
	if (str_eq(d.os, STR("unknown")))
		d.attestation = true;
	*ret = d;
	return 0;
}

static int get_descriptors(const json_t *object, const char *key, struct arena *arena,
			   struct spec_descriptor **ret, size_t *ret_len, struct err *err)
{
	struct spec_descriptor *items;
	const json_t *array;
	size_t n;
	int r = get_array(object, key, true, &array, &n, err);

	if (r < 0)
		return r;
	items = arena_calloc(arena, n, sizeof(*items));
	if (!items)
		return err_oom(err);
	for (size_t i = 0; i < n; i++) {
		char what[64];

		snprintf(what, sizeof(what), "%s[%zu]", key, i);
		r = get_descriptor(json_array_get(array, i), what, arena, &items[i], err);
		if (r < 0)
			return r;
	}
	*ret = items;
	*ret_len = n;
	return 0;
}

bool spec_is_index(struct str media_type)
{
	return str_eq(media_type, STR("application/vnd.oci.image.index.v1+json")) ||
	       str_eq(media_type, STR("application/vnd.docker.distribution.manifest.list.v2+json"));
}

int spec_check_layout(struct str json, struct err *err)
{
	json_auto_t *root = NULL;
	const json_t *field;
	struct str version;
	int r = load(json, JSON_OBJECT, &root, err);

	if (r < 0)
		return r;
	field = json_object_get(root, "imageLayoutVersion");
	if (!json_is_string(field))
		return err_set(err, ERR_FORMAT, "field 'imageLayoutVersion' is %s",
			       field ? "not a string" : "missing");
	version = (struct str){json_string_value(field), json_string_length(field)};
	if (str_starts(version, STR("1.")))
		return 0;
	return err_set(err, ERR_UNSUPPORTED, "layout of version '%.*s'; only 1.x is read",
		       STR_FMT(version));
}

int spec_parse_index(struct str json, struct arena *arena, struct spec_index *ret, struct err *err)
{
	json_auto_t *root = NULL;
	int r = load(json, JSON_OBJECT, &root, err);

	if (r < 0)
		return r;
	return get_descriptors(root, "manifests", arena, &ret->manifests, &ret->n_manifests, err);
}

/* Docker's schema 1 has other fields; artifacts have another configuration type. */
static int check_manifest_kind(const json_t *root, struct str config_type, struct err *err)
{
	const json_t *schema = json_object_get(root, "schemaVersion");

	if (json_is_integer(schema) && json_integer_value(schema) != 2)
		return err_set(err, ERR_UNSUPPORTED,
			       "manifest of schema version %lld; only 2 is read",
			       (long long)json_integer_value(schema));
	if (config_type.len == 0 || str_ends(config_type, STR(".image.config.v1+json")) ||
	    str_eq(config_type, STR("application/vnd.docker.container.image.v1+json")))
		return 0;
	return err_set(err, ERR_UNSUPPORTED,
		       "not a container image: its configuration is of type '%.*s'",
		       STR_FMT(config_type));
}

int spec_parse_manifest(struct str json, struct arena *arena, struct spec_manifest *ret,
			struct err *err)
{
	json_auto_t *root = NULL;
	struct spec_manifest manifest = {0};
	int r = load(json, JSON_OBJECT, &root, err);

	if (r < 0)
		return r;
	r = get_descriptor(json_object_get(root, "config"), "config", arena, &manifest.config, err);
	if (r == 0)
		r = check_manifest_kind(root, manifest.config.media_type, err);
	if (r == 0)
		r = get_descriptors(root, "layers", arena, &manifest.layers, &manifest.n_layers,
				    err);
	if (r == 0)
		*ret = manifest;
	return r;
}

static int get_history(const json_t *root, struct arena *arena, struct spec_config *config,
		       struct err *err)
{
	const json_t *array;
	size_t n;
	int r = get_array(root, "history", false, &array, &n, err);

	if (r < 0)
		return r;
	config->history = arena_calloc(arena, n, sizeof(*config->history));
	if (!config->history)
		return err_oom(err);
	for (size_t i = 0; i < n; i++) {
		const json_t *item = json_array_get(array, i);

		r = get_string(item, "created_by", arena, &config->history[i].created_by, err);
		if (r < 0)
			return r;
		config->history[i].empty_layer = json_is_true(json_object_get(item, "empty_layer"));
	}
	config->n_history = n;
	return 0;
}

static int get_diff_ids(const json_t *root, struct arena *arena, struct spec_config *config,
			struct err *err)
{
	const json_t *rootfs = json_object_get(root, "rootfs");
	int r;

	if (!json_is_object(rootfs))
		return err_set(err, ERR_FORMAT, "field 'rootfs' is missing");
	r = get_strings(rootfs, "diff_ids", arena, &config->diff_ids, &config->n_diff_ids, err);
	for (size_t i = 0; r == 0 && i < config->n_diff_ids; i++)
		r = check_digest(config->diff_ids[i], "rootfs.diff_ids", err);
	return r;
}

int spec_parse_config(struct str json, struct arena *arena, struct spec_config *ret,
		      struct err *err)
{
	json_auto_t *root = NULL;
	struct spec_config config = {0};
	const json_t *run;
	int r = load(json, JSON_OBJECT, &root, err);

	if (r < 0)
		return r;
	r = get_string(root, "os", arena, &config.os, err);
	if (r == 0)
		r = get_string(root, "architecture", arena, &config.arch, err);
	if (r == 0)
		r = get_string(root, "variant", arena, &config.variant, err);
	if (r == 0)
		r = get_string(root, "created", arena, &config.created, err);
	if (r == 0)
		r = get_diff_ids(root, arena, &config, err);
	if (r == 0)
		r = get_history(root, arena, &config, err);
	run = json_object_get(root, "config");
	if (r == 0 && json_is_object(run))
		r = get_string(run, "User", arena, &config.user, err);
	if (r == 0)
		*ret = config;
	return r;
}

int spec_parse_docker_manifest(struct str json, struct arena *arena,
			       struct spec_docker_manifest *ret, struct err *err)
{
	json_auto_t *root = NULL;
	struct spec_docker_image *images;
	size_t n;
	int r = load(json, JSON_ARRAY, &root, err);

	if (r < 0)
		return r;
	n = json_array_size(root);
	if (n > MAX_ITEMS)
		return err_set(err, ERR_LIMIT, "more than %d images", MAX_ITEMS);
	images = arena_calloc(arena, n, sizeof(*images));
	if (!images)
		return err_oom(err);
	for (size_t i = 0; i < n; i++) {
		const json_t *item = json_array_get(root, i);

		if (!json_is_object(item))
			return err_set(err, ERR_FORMAT, "image %zu is not an object", i);
		r = get_string(item, "Config", arena, &images[i].config, err);
		if (r == 0 && images[i].config.len == 0)
			r = err_set(err, ERR_FORMAT, "image %zu has no field 'Config'", i);
		if (r == 0)
			r = get_strings(item, "RepoTags", arena, &images[i].tags, &images[i].n_tags,
					err);
		if (r == 0)
			r = get_strings(item, "Layers", arena, &images[i].layers,
					&images[i].n_layers, err);
		if (r < 0)
			return r;
	}
	ret->images = images;
	ret->n_images = n;
	return 0;
}
