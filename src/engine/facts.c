/* The packed form of what a layer says: see facts.h. */
#include "base/compat.h"

#include "engine/facts.h"

#include "core/limits.h"

/* Raise when the layout below changes, or what package_pack() writes. */
enum { FACTS_FORM = 3 };

uint64_t facts_version(void)
{
	uint64_t version = FACTS_FORM;

	/* FNV-1a over the catalogers: the same in every process, unlike str_hash(). */
	for (size_t i = 0; i < n_catalogers; i++) {
		for (const char *c = catalogers[i]->name; *c; c++)
			version = (version ^ (unsigned char)*c) * UINT64_C(0x100000001b3);
		version = (version ^ catalogers[i]->version) * UINT64_C(0x100000001b3);
	}
	return version;
}

void facts_pack(struct buf *b, const struct facts *facts)
{
	const struct facts_summary *summary = &facts->summary;

	pack_uint(b, summary->entries);
	pack_uint(b, summary->unsafe_names);
	buf_add(b, summary->stored, SHA256_SIZE);
	buf_add(b, summary->uncompressed, SHA256_SIZE);
	pack_uint(b, summary->stored_size);
	pack_uint(b, summary->uncompressed_size);
	pack_u8(b, summary->plain);
	pack_str(b, summary->failure);
	pack_str(b, facts->body);
	buf_add_str(b, facts->owned);
}

static void unpack_bytes(struct unpack *u, void *to, size_t len)
{
	for (size_t i = 0; i < len; i++)
		((unsigned char *)to)[i] = unpack_u8(u);
}

int facts_open(struct str bytes, struct facts *ret)
{
	struct unpack u = unpack_init(bytes);
	struct facts facts = {0};

	facts.summary.entries = unpack_uint(&u);
	facts.summary.unsafe_names = unpack_uint(&u);
	unpack_bytes(&u, facts.summary.stored, SHA256_SIZE);
	unpack_bytes(&u, facts.summary.uncompressed, SHA256_SIZE);
	facts.summary.stored_size = unpack_uint(&u);
	facts.summary.uncompressed_size = unpack_uint(&u);
	facts.summary.plain = unpack_u8(&u);
	facts.summary.failure = unpack_str(&u);
	facts.body = unpack_str(&u);
	if (u.failed)
		return -ERR_FORMAT;
	facts.owned = str_from_range((const char *)u.ptr, (const char *)u.end);
	*ret = facts;
	return 0;
}

static void pack_distro(struct buf *b, const struct distro *d, unsigned rank)
{
	pack_str(b, d->id);
	pack_str(b, d->id_like);
	pack_str(b, d->version_id);
	pack_str(b, d->codename);
	pack_str(b, d->pretty);
	pack_str(b, d->variant);
	pack_str(b, d->channel);
	pack_uint(b, rank);
}

static void pack_payload(struct buf *b, const struct catalog_entry *entry)
{
	switch (entry->kind) {
	case CATALOG_PACKAGES:
		pack_uint(b, entry->packages.len);
		for (size_t i = 0; i < entry->packages.len; i++)
			package_pack(b, &entry->packages.items[i]);
		break;
	case CATALOG_OWNED_FILES:
		pack_str(b, entry->owner);
		pack_uint(b, entry->files.len);
		for (size_t i = 0; i < entry->files.len; i++) {
			pack_str(b, entry->files.items[i].path);
			pack_str(b, entry->files.items[i].digest);
		}
		break;
	case CATALOG_DISTRO:
		pack_distro(b, &entry->distro, entry->rank);
		break;
	case CATALOG_REPOSITORIES:
		pack_uint(b, entry->repositories.len);
		for (size_t i = 0; i < entry->repositories.len; i++)
			pack_str(b, entry->repositories.items[i]);
		break;
	case CATALOG_KIND_MAX_:
		break;
	}
}

void facts_pack_file(struct buf *b, struct str path, unsigned cataloger,
		     const struct catalog_entry *entry)
{
	struct buf payload = BUF_INIT(LIMIT_LAYER_FACTS);

	pack_payload(&payload, entry);
	pack_u8(b, FACT_FILE);
	pack_str(b, path);
	pack_uint(b, cataloger);
	pack_uint(b, entry->kind);
	pack_uint(b, entry->skipped);
	pack_str(b, entry->skipped_example);
	pack_str(b, buf_str(&payload));
	if (payload.status < 0 && b->status == 0)
		b->status = payload.status;
	buf_release(&payload);
}

void facts_pack_unreadable(struct buf *b, struct str path, const char *reason)
{
	pack_u8(b, FACT_UNREADABLE);
	pack_str(b, path);
	pack_str(b, str_from(reason));
}

void facts_pack_path(struct buf *b, enum fact_kind kind, struct str path)
{
	pack_u8(b, (uint8_t)kind);
	pack_str(b, path);
}

void facts_pack_link(struct buf *b, struct str path, struct str target, bool hard)
{
	pack_u8(b, FACT_LINK);
	pack_str(b, path);
	pack_str(b, target);
	pack_u8(b, hard);
}

bool facts_next(struct unpack *u, struct fact *ret)
{
	if (u->ptr == u->end)
		return false;
	*ret = (struct fact){.kind = (enum fact_kind)unpack_u8(u)};
	ret->path = unpack_str(u);
	switch (ret->kind) {
	case FACT_FILE:
		ret->cataloger = (unsigned)unpack_uint_max(u, n_catalogers - 1);
		ret->catalog_kind = (enum catalog_kind)unpack_uint_max(u, CATALOG_KIND_MAX_ - 1);
		ret->skipped = unpack_uint(u);
		ret->skipped_example = unpack_str(u);
		ret->payload = unpack_str(u);
		break;
	case FACT_UNREADABLE:
		ret->reason = unpack_str(u);
		break;
	case FACT_LINK:
		ret->target = unpack_str(u);
		ret->hard = unpack_u8(u);
		break;
	case FACT_WHITEOUT:
	case FACT_OPAQUE:
	case FACT_OTHER:
		break;
	default:
		u->failed = true;
	}
	if (ret->path.len > LIMIT_PATH_LEN || str_starts(ret->path, STR("/")))
		u->failed = true;
	return !u->failed;
}

static bool is_valid(struct str packed)
{
	struct unpack u = unpack_init(packed);
	struct fact fact;

	while (facts_next(&u, &fact))
		;
	return unpack_done(&u);
}

bool facts_valid(const struct facts *facts)
{
	return is_valid(facts->body) && is_valid(facts->owned);
}

static int damaged(struct err *err)
{
	return err_set(err, ERR_FORMAT, "the facts of a layer are damaged");
}

int facts_unpack_packages(struct str payload, struct arena *arena, struct package_list *ret,
			  struct err *err)
{
	struct unpack u = unpack_init(payload);
	size_t n = unpack_count(&u, 10);

	if (n > LIMIT_PACKAGES)
		return err_set(err, ERR_LIMIT, "more than %zu packages", LIMIT_PACKAGES);
	for (size_t i = 0; i < n; i++) {
		struct package *package = vec_add(ret);

		if (!package || package_unpack(&u, arena, package) < 0)
			return err_oom(err);
		if (u.failed)
			return damaged(err);
	}
	return unpack_done(&u) ? 0 : damaged(err);
}

int facts_unpack_distro(struct str payload, struct distro *ret, unsigned *ret_rank, struct err *err)
{
	struct unpack u = unpack_init(payload);
	struct distro d = {0};

	d.id = unpack_str(&u);
	d.id_like = unpack_str(&u);
	d.version_id = unpack_str(&u);
	d.codename = unpack_str(&u);
	d.pretty = unpack_str(&u);
	d.variant = unpack_str(&u);
	d.channel = unpack_str(&u);
	*ret_rank = (unsigned)unpack_uint_max(&u, UINT_MAX);
	if (!unpack_done(&u))
		return damaged(err);
	*ret = d;
	return 0;
}

int facts_unpack_owned_files(struct str payload, struct arena *arena, struct str *ret_owner,
			     struct owned_file **ret_files, size_t *ret_n, struct err *err)
{
	struct unpack u = unpack_init(payload);
	struct owned_file *files;
	size_t n;

	*ret_owner = unpack_str(&u);
	n = unpack_count(&u, 2);
	if (n > LIMIT_OWNED_FILES)
		return err_set(err, ERR_LIMIT, "more than %zu files of one package",
			       LIMIT_OWNED_FILES);
	files = arena_calloc(arena, n, sizeof(*files));
	if (!files)
		return err_oom(err);
	for (size_t i = 0; i < n; i++) {
		files[i].path = unpack_str(&u);
		files[i].digest = unpack_str(&u);
	}
	*ret_files = files;
	*ret_n = n;
	return unpack_done(&u) ? 0 : damaged(err);
}

int facts_unpack_repositories(struct str payload, struct line_list *list, struct err *err)
{
	struct unpack u = unpack_init(payload);
	size_t n = unpack_count(&u, 1);

	for (size_t i = 0; i < n; i++) {
		struct str *line = vec_add(list);

		if (!line)
			return err_oom(err);
		*line = unpack_str(&u);
	}
	return unpack_done(&u) ? 0 : damaged(err);
}
