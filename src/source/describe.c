/*
 * From a store to an image: layout file, index, manifest and configuration are read and checked against the digests
 * that name them, and layers are located. Runs in the confined process of source_open().
 */
#include "base/compat.h"

#include "source/source.h"

#include "base/sha256.h"
#include "core/limits.h"
#include "parse/image_spec.h"

/* Indexes may name indexes; nobody nests deeper. */
enum { MAX_INDEX_DEPTH = 4 };

VEC_TYPE(descriptor_list, struct spec_descriptor);

struct describer {
	const struct store *store;
	const struct reference *reference;
	const struct platform *platform; /* os empty: none asked for */
	struct arena *arena;
	struct err *err;
};

/* "blobs/sha256/<hex>" of a digest that was checked for form. */
static void blob_name(struct str digest, char name[13 + SHA256_HEX + 1])
{
	snprintf(name, 13 + SHA256_HEX + 1, "blobs/sha256/%.*s", SHA256_HEX, digest.ptr + 7);
}

static int check_sha256(struct str bytes, struct str digest, const char *what, struct err *err)
{
	unsigned char seen[SHA256_SIZE], wanted[SHA256_SIZE];
	char text[7 + SHA256_HEX + 1];

	sha256_of(bytes, seen);
	if (sha256_parse(digest, wanted) < 0 || memcmp(seen, wanted, SHA256_SIZE) != 0) {
		sha256_format(seen, text);
		return err_set(err, ERR_DIGEST,
			       "%s is named %.*s, but its bytes have the digest %s", what,
			       STR_FMT(digest), text);
	}
	return 0;
}

static int read_document(struct describer *d, const char *name, struct buf *b)
{
	*b = BUF_INIT(LIMIT_IMAGE_JSON);
	return store_read(d->store, name, b, d->err);
}

/* A blob that a descriptor names, with size and digest checked. */
static int read_blob(struct describer *d, const struct spec_descriptor *descriptor,
		     const char *what, struct buf *b)
{
	char name[13 + SHA256_HEX + 1];
	int r;

	blob_name(descriptor->digest, name);
	r = read_document(d, name, b);
	if (r < 0)
		return err_wrap(d->err, r, "%s", what);
	if (b->len != descriptor->size)
		return err_set(d->err, ERR_DIGEST,
			       "%s %.*s has %zu bytes, not the %" PRIu64 " stated", what,
			       STR_FMT(descriptor->digest), b->len, descriptor->size);
	return check_sha256(buf_str(b), descriptor->digest, what, d->err);
}

/* All manifests below one index document; attestations are left out. */
static int flatten_index(struct describer *d, struct str json, struct str name, unsigned depth,
			 struct descriptor_list *list)
{
	struct spec_index index = {0};
	int r = spec_parse_index(json, d->arena, &index, d->err);

	if (r < 0)
		return err_wrap(d->err, r, "cannot read the index");
	for (size_t i = 0; r == 0 && i < index.n_manifests; i++) {
		struct spec_descriptor *m = &index.manifests[i];
		struct spec_descriptor *item;

		if (m->attestation)
			continue;
		if (m->name.len == 0)
			m->name = name;
		if (spec_is_index(m->media_type)) {
			_cleanup_buf_ struct buf b = {0};

			if (depth == MAX_INDEX_DEPTH)
				return err_set(d->err, ERR_LIMIT,
					       "indexes are nested more than %d deep",
					       MAX_INDEX_DEPTH);
			r = read_blob(d, m, "index", &b);
			if (r == 0)
				r = flatten_index(d, buf_str(&b), m->name, depth + 1, list);
			continue;
		}
		if (list->len == LIMIT_INDEX_ENTRIES)
			return err_set(d->err, ERR_LIMIT, "the index names more than %zu images",
				       LIMIT_INDEX_ENTRIES);
		item = vec_add(list);
		if (!item)
			return err_oom(d->err);
		*item = *m;
	}
	return r;
}

/* A tag "1.2" selects the name "1.2" and "registry/app:1.2"; a digest selects itself. */
static bool selected(const struct spec_descriptor *m, struct str selector)
{
	ssize_t colon = str_rfind_char(m->name, ':');

	return str_eq(m->digest, selector) || str_eq(m->name, selector) ||
	       (colon >= 0 && str_eq(str_from_offset(m->name, (size_t)colon + 1), selector));
}

static bool platform_matches(const struct platform *wanted, struct str os, struct str arch,
			     struct str variant)
{
	return str_eq(wanted->os, os) && str_eq(wanted->arch, arch) &&
	       (wanted->variant.len == 0 || str_eq(wanted->variant, variant));
}

/* "linux/amd64, linux/arm64/v8" or the names, for messages that say what there is. */
static void list_choices(const struct descriptor_list *list, struct buf *b)
{
	for (size_t i = 0; i < list->len; i++) {
		const struct spec_descriptor *m = &list->items[i];

		buf_addf(b, "%s", i ? ", " : "");
		buf_add_printable(b, m->name.len ? m->name : m->digest);
		if (m->os.len || m->arch.len)
			buf_addf(b, " (%.*s/%.*s%s%.*s)", STR_FMT(m->os), STR_FMT(m->arch),
				 m->variant.len ? "/" : "", STR_FMT(m->variant));
	}
}

static int fail_with_choices(struct describer *d, const struct descriptor_list *list,
			     const char *what)
{
	_cleanup_buf_ struct buf b = BUF_INIT(KiB(16));
	int r;

	list_choices(list, &b);
	r = err_set(d->err, ERR_USAGE, "%s; there is: %.*s", what, STR_FMT(buf_str(&b)));
	return r;
}

static void keep_if(struct descriptor_list *list,
		    bool (*keep)(const struct spec_descriptor *, const void *), const void *arg)
{
	size_t n = 0;

	for (size_t i = 0; i < list->len; i++)
		if (keep(&list->items[i], arg))
			list->items[n++] = list->items[i];
	list->len = n;
}

static bool keep_selected(const struct spec_descriptor *m, const void *selector)
{
	return selected(m, *(const struct str *)selector);
}

/* A manifest that does not say its platform stays: its configuration will. */
static bool keep_platform(const struct spec_descriptor *m, const void *platform)
{
	return m->arch.len == 0 || platform_matches(platform, m->os, m->arch, m->variant);
}

/* Chooses the one manifest that the user means. */
static int choose(struct describer *d, struct descriptor_list *list, struct spec_descriptor *ret)
{
	struct platform host = {.os = STR("linux"), .arch = str_from(platform_host_arch())};
	_cleanup_free_ struct spec_descriptor *all = NULL;
	struct descriptor_list before = {0};
	bool several_names = false;

	if (list->len == 0)
		return err_set(d->err, ERR_FORMAT, "the index names no image");
	all = malloc(list->len * sizeof(*all));
	if (!all)
		return err_oom(d->err);
	memcpy(all, list->items, list->len * sizeof(*all));
	before = (struct descriptor_list){.items = all, .len = list->len};
	if (d->reference->selector.len) {
		keep_if(list, keep_selected, &d->reference->selector);
		if (list->len == 0)
			return fail_with_choices(d, &before, "no image of that name or digest");
	}
	if (d->platform->os.len || list->len > 1)
		keep_if(list, keep_platform, d->platform->os.len ? d->platform : &host);
	if (list->len == 0)
		return fail_with_choices(d, &before,
					 d->platform->os.len
						 ? "no image for that platform"
						 : "no image for this machine's platform, and "
						   "--platform was not given");
	for (size_t i = 1; i < list->len; i++)
		several_names |= !str_eq(list->items[i].digest, list->items[0].digest);
	if (several_names)
		return fail_with_choices(d, list,
					 "several images; name one with ':NAME' or '@DIGEST'");
	*ret = list->items[0];
	return 0;
}

/* Gives each layer the history line that made it; lines marked empty made none. */
static void attach_history(struct image *image, const struct spec_config *config)
{
	size_t made = 0, layer = 0;

	for (size_t i = 0; i < config->n_history; i++)
		made += !config->history[i].empty_layer;
	if (made != image->n_layers)
		return; /* a history that does not fit says nothing about any layer */
	for (size_t i = 0; i < config->n_history; i++)
		if (!config->history[i].empty_layer)
			image->layers[layer++].created_by = config->history[i].created_by;
}

/* What the configuration says, checked against the platform that was asked for. */
static int apply_config(struct describer *d, struct str json, struct image *image)
{
	struct spec_config config = {0};
	int r = spec_parse_config(json, d->arena, &config, d->err);

	if (r < 0)
		return err_wrap(d->err, r, "cannot read the image configuration");
	if (d->platform->os.len &&
	    !platform_matches(d->platform, config.os, config.arch, config.variant))
		return err_set(d->err, ERR_USAGE,
			       "no image for that platform; there is: %.*s/%.*s%s%.*s",
			       STR_FMT(config.os), STR_FMT(config.arch),
			       config.variant.len ? "/" : "", STR_FMT(config.variant));
	if (config.n_diff_ids != image->n_layers)
		return err_set(d->err, ERR_FORMAT,
			       "the image configuration lists %zu layers, the manifest %zu",
			       config.n_diff_ids, image->n_layers);
	image->platform = (struct platform){config.os, config.arch, config.variant};
	image->created = config.created;
	image->user = config.user;
	for (size_t i = 0; i < image->n_layers; i++)
		image->layers[i].diff_id = config.diff_ids[i];
	attach_history(image, &config);
	return 0;
}

static int make_layers(struct describer *d, size_t n, struct image *image,
		       struct location **ret_locations)
{
	if (n > LIMIT_LAYERS)
		return err_set(d->err, ERR_LIMIT, "more than %zu layers", LIMIT_LAYERS);
	image->n_layers = n;
	image->layers = arena_calloc(d->arena, n, sizeof(*image->layers));
	*ret_locations = arena_calloc(d->arena, n, sizeof(**ret_locations));
	return image->layers && *ret_locations ? 0 : err_oom(d->err);
}

/* A layout of a version to come may keep its blobs elsewhere. */
static int check_layout(struct describer *d)
{
	_cleanup_buf_ struct buf layout = {0};
	int r = read_document(d, "oci-layout", &layout);

	if (r < 0)
		return r;
	r = spec_check_layout(buf_str(&layout), d->err);
	return r < 0 ? err_wrap(d->err, r, "cannot read 'oci-layout'") : 0;
}

static int describe_oci(struct describer *d, struct image *image, struct location **ret_locations)
{
	_cleanup_buf_ struct buf index = {0}, manifest_json = {0}, config_json = {0};
	struct descriptor_list list = {0};
	struct spec_descriptor chosen = {0};
	struct spec_manifest manifest = {0};
	int r = check_layout(d);

	if (r == 0)
		r = read_document(d, "index.json", &index);
	if (r == 0)
		r = flatten_index(d, buf_str(&index), STR(""), 0, &list);
	if (r == 0)
		r = choose(d, &list, &chosen);
	vec_release(&list);
	if (r == 0)
		r = read_blob(d, &chosen, "manifest", &manifest_json);
	if (r < 0)
		return r;
	r = spec_parse_manifest(buf_str(&manifest_json), d->arena, &manifest, d->err);
	if (r < 0)
		return err_wrap(d->err, r, "cannot read the manifest");
	r = make_layers(d, manifest.n_layers, image, ret_locations);
	for (size_t i = 0; r == 0 && i < manifest.n_layers; i++) {
		char name[13 + SHA256_HEX + 1];

		image->layers[i].digest = manifest.layers[i].digest;
		image->layers[i].media_type = manifest.layers[i].media_type;
		image->layers[i].size = manifest.layers[i].size;
		blob_name(manifest.layers[i].digest, name);
		if (store_locate(d->store, name, &(*ret_locations)[i]) < 0)
			r = err_oom(d->err);
	}
	if (r == 0)
		r = read_blob(d, &manifest.config, "image configuration", &config_json);
	if (r == 0)
		r = apply_config(d, buf_str(&config_json), image);
	image->digest = chosen.digest;
	image->name = chosen.name;
	image->config_digest = manifest.config.digest;
	return r;
}

static bool has_tag(const struct spec_docker_image *image, struct str selector, struct str *ret_tag)
{
	for (size_t i = 0; i < image->n_tags; i++) {
		struct spec_descriptor named = {.name = image->tags[i]};

		if (selected(&named, selector)) {
			*ret_tag = image->tags[i];
			return true;
		}
	}
	return false;
}

static int choose_docker(struct describer *d, const struct spec_docker_manifest *manifest,
			 const struct spec_docker_image **ret, struct str *ret_tag)
{
	_cleanup_buf_ struct buf b = BUF_INIT(KiB(16));
	struct str selector = d->reference->selector;

	if (manifest->n_images == 0)
		return err_set(d->err, ERR_FORMAT, "manifest.json names no image");
	for (size_t i = 0; i < manifest->n_images; i++) {
		const struct spec_docker_image *image = &manifest->images[i];

		*ret = image;
		*ret_tag = image->n_tags ? image->tags[0] : STR("");
		if (selector.len ? has_tag(image, selector, ret_tag) : manifest->n_images == 1)
			return 0;
		buf_addf(&b, "%s", i ? ", " : "");
		buf_add_printable(&b, image->n_tags ? image->tags[0] : image->config);
	}
	return err_set(d->err, ERR_USAGE, "%s; there is: %.*s",
		       selector.len ? "no image of that name"
				    : "several images; name one with ':TAG'",
		       STR_FMT(buf_str(&b)));
}

/* docker save names configurations by their digest: "<hex>.json" or "blobs/sha256/<hex>". */
static int check_docker_config(struct describer *d, struct str name, struct str json,
			       struct image *image)
{
	ssize_t slash = str_rfind_char(name, '/');
	struct str hex = str_from_offset(name, slash < 0 ? 0 : (size_t)slash + 1);
	unsigned char digest[SHA256_SIZE];
	char text[7 + SHA256_HEX + 1];

	if (str_ends(hex, STR(".json")))
		hex = str_sub(hex, 0, hex.len - 5);
	sha256_of(json, digest);
	sha256_format(digest, text);
	if (hex.len == SHA256_HEX && !str_eq(hex, str_from(text + 7)))
		return err_set(
			d->err, ERR_DIGEST,
			"the image configuration is named %.*s, but its bytes have the digest %s",
			STR_FMT(name), text);
	image->config_digest = arena_str(d->arena, str_from(text));
	return image->config_digest.ptr ? 0 : err_oom(d->err);
}

static int describe_docker(struct describer *d, struct image *image,
			   struct location **ret_locations)
{
	_cleanup_buf_ struct buf manifest_json = {0}, config_json = {0};
	struct spec_docker_manifest manifest = {0};
	const struct spec_docker_image *chosen = NULL;
	int r = read_document(d, "manifest.json", &manifest_json);

	if (r < 0)
		return r;
	r = spec_parse_docker_manifest(buf_str(&manifest_json), d->arena, &manifest, d->err);
	if (r < 0)
		return err_wrap(d->err, r, "cannot read manifest.json");
	r = choose_docker(d, &manifest, &chosen, &image->name);
	if (r == 0)
		r = read_document(d, chosen->config.ptr, &config_json);
	if (r == 0)
		r = check_docker_config(d, chosen->config, buf_str(&config_json), image);
	if (r == 0)
		r = make_layers(d, chosen->n_layers, image, ret_locations);
	for (size_t i = 0; r == 0 && i < chosen->n_layers; i++) {
		if (store_locate(d->store, chosen->layers[i].ptr, &(*ret_locations)[i]) < 0)
			r = err_oom(d->err);
		image->layers[i].size = (*ret_locations)[i].size;
	}
	if (r == 0)
		r = apply_config(d, buf_str(&config_json), image);
	return r;
}

int describe_image(const struct store *store, const struct reference *reference,
		   const struct platform *platform, struct arena *arena, struct image *ret_image,
		   struct location **ret_locations, struct err *err)
{
	struct describer d = {store, reference, platform, arena, err};
	bool oci = store_has(store, "index.json") && store_has(store, "oci-layout");
	bool docker = store_has(store, "manifest.json");

	/* docker save since 25 writes both; the OCI part has the digests of manifest and blobs. */
	if (reference->has_kind && reference->kind == IMAGE_DOCKER_ARCHIVE && docker)
		oci = false;
	if (!oci && !docker)
		return err_set(err, ERR_FORMAT,
			       "not an image: it has neither 'oci-layout' with 'index.json' nor "
			       "'manifest.json'");
	ret_image->kind = !oci			? IMAGE_DOCKER_ARCHIVE
			  : store->is_directory ? IMAGE_OCI_LAYOUT
						: IMAGE_OCI_ARCHIVE;
	return oci ? describe_oci(&d, ret_image, ret_locations)
		   : describe_docker(&d, ret_image, ret_locations);
}

static void pack_platform(struct buf *b, const struct platform *p)
{
	pack_str(b, p->os);
	pack_str(b, p->arch);
	pack_str(b, p->variant);
}

void description_pack(struct buf *b, const struct image *image, const struct location *locations)
{
	pack_uint(b, image->kind);
	pack_str(b, image->name);
	pack_str(b, image->digest);
	pack_str(b, image->config_digest);
	pack_platform(b, &image->platform);
	pack_str(b, image->created);
	pack_str(b, image->user);
	pack_uint(b, image->n_layers);
	for (size_t i = 0; i < image->n_layers; i++) {
		const struct layer *layer = &image->layers[i];

		pack_str(b, layer->digest);
		pack_str(b, layer->diff_id);
		pack_str(b, layer->media_type);
		pack_str(b, layer->created_by);
		pack_uint(b, layer->size);
		pack_uint(b, locations[i].kind);
		pack_str(b, locations[i].member);
		pack_uint(b, locations[i].offset);
		pack_uint(b, locations[i].size);
	}
}

static struct str unpack_copy(struct unpack *u, struct arena *arena)
{
	struct str s = arena_str(arena, unpack_str(u));

	if (!s.ptr)
		u->failed = true;
	return s;
}

int description_unpack(struct str bytes, struct arena *arena, struct image *ret_image,
		       struct location **ret_locations, struct err *err)
{
	struct unpack u = unpack_init(bytes);
	struct image image = {0};
	struct location *locations;

	image.kind = (enum image_kind)unpack_uint_max(&u, IMAGE_KIND_MAX_ - 1);
	image.name = unpack_copy(&u, arena);
	image.digest = unpack_copy(&u, arena);
	image.config_digest = unpack_copy(&u, arena);
	image.platform.os = unpack_copy(&u, arena);
	image.platform.arch = unpack_copy(&u, arena);
	image.platform.variant = unpack_copy(&u, arena);
	image.created = unpack_copy(&u, arena);
	image.user = unpack_copy(&u, arena);
	image.n_layers = MIN(unpack_count(&u, 9), LIMIT_LAYERS);
	image.layers = arena_calloc(arena, image.n_layers, sizeof(*image.layers));
	locations = arena_calloc(arena, image.n_layers, sizeof(*locations));
	if (!image.layers || !locations)
		return err_oom(err);
	for (size_t i = 0; i < image.n_layers; i++) {
		struct layer *layer = &image.layers[i];

		layer->digest = unpack_copy(&u, arena);
		layer->diff_id = unpack_copy(&u, arena);
		layer->media_type = unpack_copy(&u, arena);
		layer->created_by = unpack_copy(&u, arena);
		layer->size = unpack_uint(&u);
		locations[i].kind = (enum location_kind)unpack_uint_max(&u, LOCATION_KIND_MAX_ - 1);
		locations[i].member = unpack_copy(&u, arena);
		locations[i].offset = unpack_uint(&u);
		locations[i].size = unpack_uint(&u);
	}
	if (!unpack_done(&u))
		return err_set(err, ERR_FORMAT, "the confined reader's description is damaged");
	*ret_image = image;
	*ret_locations = locations;
	return 0;
}
