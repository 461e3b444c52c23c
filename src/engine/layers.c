/* Reading the layers of an image: see layers.h. */
#include "base/compat.h"

#include <sched.h>

#include "engine/layers.h"

#include "base/confine.h"
#include "base/fd.h"
#include "base/term.h"
#include "core/limits.h"
#include "engine/cache.h"
#include "engine/layer.h"

struct reader {
	struct confined process, digester;
	struct layer_job job;
	bool cached;
};

struct layers {
	const struct source *source;
	const struct layers_options *options;
	struct arena *arena;
	struct err *err;
	struct layer_cache cache;
	struct reader *readers;
	struct facts *facts;
	size_t facts_size; /* of all layers so far */
	struct unreadable_list *unreadable;
	struct result *result;
};

static size_t processors(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		return 1;
	return (size_t)MAX(CPU_COUNT(&set), 1);
}

/* "layer 3", counted from 1 as people do, or "the directory". */
static struct str layer_name(const struct layers *l, size_t i)
{
	if (l->source->image.kind == IMAGE_DIRECTORY)
		return STR("the directory");
	return arena_printf(l->arena, "layer %zu", i + 1);
}

static int add_unreadable(struct layers *l, size_t i, struct str reason)
{
	struct unreadable *item = vec_add(l->unreadable);
	struct str text = arena_str(l->arena, reason);

	if (!item || !text.ptr)
		return err_oom(l->err);
	*item = (struct unreadable){
		.what = layer_name(l, i), .path = STR(""), .layer = (int)i, .reason = text};
	return item->what.ptr ? 0 : err_oom(l->err);
}

/* Takes facts from the cache; false when the layer has to be read. */
static bool from_cache(struct layers *l, size_t i)
{
	const struct layer *layer = &l->source->image.layers[i];
	struct str bytes;

	if (l->options->verify || l->options->n_aliases ||
	    !layer_cache_get(&l->cache, layer, CACHED_FACTS, l->arena, &bytes) ||
	    facts_open(bytes, &l->facts[i]) < 0)
		return false;
	return !l->options->with_files ||
	       layer_cache_get(&l->cache, layer, CACHED_OWNED, l->arena, &l->facts[i].owned);
}

/* Opens the blob of a layer that is a file of its own: a descriptor, or -errno with err set. */
static int open_blob(struct layers *l, const struct location *location, struct err *err)
{
	_cleanup_close_ int fd = open_beneath(l->source->fd, location->member.ptr, O_RDONLY);
	struct stat st;

	if (fd < 0)
		return err_errno(err, -fd, "cannot open '%.*s'", STR_FMT(location->member));
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return err_set(err, EINVAL, "cannot read '%.*s': not a regular file",
			       STR_FMT(location->member));
	return TAKE_FD(fd);
}

/* Starts the reader of layer i, and what digests it, unless its facts are cached or it is not there. */
static int start(struct layers *l, size_t i)
{
	struct reader *r = &l->readers[i];
	_cleanup_close_ int blob = -1;
	struct err why = ERR_INIT;
	int status;

	r->job = (struct layer_job){.fd = l->source->fd,
				    .max_size = l->options->max_layer_size,
				    .aliases = l->options->aliases,
				    .n_aliases = l->options->n_aliases};
	if (!l->source->locations) {
		r->job.is_directory = true;
		return layer_start(&r->process, &r->job, l->err);
	}
	r->job.location = l->source->locations[i];
	if (r->job.location.kind == LOCATION_MISSING)
		return add_unreadable(l, i,
				      STR("its bytes are not in the image (a foreign layer, or an "
					  "incomplete copy)"));
	if (r->job.location.kind == LOCATION_FILE) {
		blob = open_blob(l, &r->job.location, &why);
		if (blob < 0)
			return add_unreadable(l, i, str_from(why.text));
		r->job.fd = blob;
	}
	if (from_cache(l, i)) {
		r->cached = true;
		return 0;
	}
	status = layer_start(&r->process, &r->job, l->err);
	if (status == 0 && layer_digested_apart(&r->job) && !l->options->n_aliases)
		status = layer_start_digest(&r->digester, &r->job, l->err);
	return status;
}

static int check_digest(struct layers *l, size_t i, const char *what, struct str wanted,
			const unsigned char seen[SHA256_SIZE])
{
	unsigned char bytes[SHA256_SIZE];
	char text[7 + SHA256_HEX + 1];

	if (wanted.len == 0)
		return 0;
	if (sha256_parse(wanted, bytes) == 0 && memcmp(bytes, seen, SHA256_SIZE) == 0)
		return 0;
	sha256_format(seen, text);
	return err_set(l->err, ERR_DIGEST,
		       "cannot trust layer %zu: its %s is named %.*s, but its bytes have %s", i + 1,
		       what, STR_FMT(wanted), text);
}

/* Are these the bytes that manifest and configuration name? */
static int check_digests(struct layers *l, size_t i)
{
	const struct layer *layer = &l->source->image.layers[i];
	const struct facts_summary *s = &l->facts[i].summary;
	int r = check_digest(l, i, "digest", layer->digest, s->stored);

	if (r == 0 && layer->digest.len && layer->size != s->stored_size)
		r = err_set(l->err, ERR_DIGEST,
			    "cannot trust layer %zu: its size is stated as %" PRIu64
			    ", but it has %" PRIu64 " bytes",
			    i + 1, layer->size, s->stored_size);
	if (r == 0 && s->failure.len == 0)
		r = check_digest(l, i, "diff id", layer->diff_id, s->uncompressed);
	return r;
}

static int cover(struct layers *l, size_t i)
{
	const struct layer *layer = &l->source->image.layers[i];
	const struct facts_summary *s = &l->facts[i].summary;
	bool complete = s->failure.len == 0 && l->facts[i].body.ptr;
	struct str name = layer_name(l, i), detail;

	if (layer->digest.len || layer->diff_id.len)
		name = arena_printf(l->arena, "%.*s %.*s", STR_FMT(name),
				    STR_FMT(layer->digest.len ? layer->digest : layer->diff_id));
	detail = arena_printf(l->arena, "%" PRIu64 " entries", s->entries);
	if (s->uncompressed_size && detail.ptr)
		detail = arena_printf(l->arena, "%.*s, %" PRIu64 " bytes uncompressed",
				      STR_FMT(detail), s->uncompressed_size);
	if (s->unsafe_names && detail.ptr)
		detail = arena_printf(
			l->arena, "%.*s, %" PRIu64 " names with \"..\" taken as inside the root",
			STR_FMT(detail), s->unsafe_names);
	if (!l->facts[i].body.ptr)
		detail = STR("not read");
	if (!name.ptr || !detail.ptr ||
	    result_cover(l->result, COVERAGE_INPUT, complete, name, detail) < 0)
		return err_oom(l->err);
	if (!l->source->locations && !confine_has_landlock() &&
	    result_cover(
		    l->result, COVERAGE_GAP, false, STR("confinement"),
		    STR("this kernel has no Landlock: the process that read the directory could "
			"have opened files outside it")) < 0)
		return err_oom(l->err);
	return 0;
}

/* The reader's result as facts; its bytes stay in the arena. */
static int take_facts(struct layers *l, size_t i, struct err *why)
{
	struct reader *r = &l->readers[i];
	struct facts facts;
	struct str bytes;
	int status = confine_wait(&r->process, &bytes, why);

	if (status < 0)
		return status;
	if (bytes.len > LIMIT_IMAGE_FACTS - MIN(LIMIT_IMAGE_FACTS, l->facts_size))
		return err_set(why, ERR_LIMIT, "what the layers say exceeds the limit of %zu bytes",
			       LIMIT_IMAGE_FACTS);
	bytes = arena_str(l->arena, bytes);
	if (!bytes.ptr)
		return err_oom(why);
	if (facts_open(bytes, &facts) < 0 || !facts_valid(&facts))
		return err_set(why, ERR_CRASHED, "the confined reader's result is damaged");
	l->facts_size += bytes.len;
	l->facts[i] = facts;
	return 0;
}

/* The digest of the stored bytes, by the process that did nothing else, in place of the reader's. */
static int take_digest(struct layers *l, size_t i, struct err *why)
{
	struct facts_summary *s = &l->facts[i].summary;
	struct str result;
	int status = confine_wait(&l->readers[i].digester, &result, why);

	if (status == 0 && layer_take_digest(result, s->stored, &s->stored_size) < 0)
		status = err_set(why, ERR_CRASHED, "the confined digester's result is damaged");
	if (status == 0 && s->plain) {
		memcpy(s->uncompressed, s->stored, SHA256_SIZE);
		s->uncompressed_size = s->stored_size;
	}
	return status;
}

/* Facts may be kept under a name that was proven: the blob's digest, or the diff id of a plain layer. */
static bool may_cache(const struct layers *l, size_t i)
{
	const struct reader *r = &l->readers[i];

	return layer_digested_apart(&r->job) && !l->options->n_aliases &&
	       (l->source->image.layers[i].digest.len || l->facts[i].summary.plain);
}

/* The cache holds facts with the digests that were proven, not those that the reader claims. */
static void cache_facts(struct layers *l, size_t i, const struct facts *facts)
{
	const struct layer *layer = &l->source->image.layers[i];
	_cleanup_buf_ struct buf b = BUF_INIT(LIMIT_LAYER_FACTS + MiB(1));

	facts_pack(&b, &(struct facts){.summary = facts->summary, .body = facts->body});
	if (buf_status(&b, NULL) < 0)
		return;
	layer_cache_put(&l->cache, layer, CACHED_OWNED, facts->owned);
	layer_cache_put(&l->cache, layer, CACHED_FACTS, buf_str(&b));
}

/* Takes what the reader of layer i found. A layer that cannot be read is one more thing to tell. */
static int finish(struct layers *l, size_t i)
{
	struct reader *r = &l->readers[i];
	const struct facts *facts = &l->facts[i];
	struct err why = ERR_INIT;
	int status;

	if (r->cached || !r->process.pid) /* what was not started was told about */
		return 0;
	status = take_facts(l, i, &why);
	if (status == 0 && r->digester.pid)
		status = take_digest(l, i, &why);
	if (status == 0 && l->source->locations && !l->options->n_aliases &&
	    check_digests(l, i) < 0)
		return -l->err->code;
	if (status == 0 && facts->summary.failure.len == 0 && may_cache(l, i))
		cache_facts(l, i, facts);
	confine_release(&r->process);
	confine_release(&r->digester);
	if (status < 0) {
		l->facts[i] = (struct facts){0};
		return add_unreadable(l, i, str_from(why.text));
	}
	if (facts->summary.failure.len)
		return add_unreadable(l, i, facts->summary.failure);
	return 0;
}

static int read_all(struct layers *l)
{
	size_t n = l->source->image.n_layers, at_once = MIN(processors(), LIMIT_LAYERS_AT_ONCE),
	       started = 0;
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++) {
		while (r == 0 && started < n && started < i + at_once)
			r = start(l, started++);
		if (r == 0 && i == 0 && l->options->meanwhile)
			l->options->meanwhile(l->options->arg);
		if (n > 1)
			progress_show("reading layer %zu of %zu", i + 1, n);
		if (r == 0)
			r = finish(l, i);
		if (r == 0 && !l->options->n_aliases)
			r = cover(l, i);
	}
	progress_clear();
	return r;
}

int layers_read(const struct source *source, const struct layers_options *options,
		struct arena *arena, struct facts **ret_facts, struct unreadable_list *unreadable,
		struct result *result, struct err *err)
{
	struct layers l = {.source = source,
			   .options = options,
			   .arena = arena,
			   .err = err,
			   .unreadable = unreadable,
			   .result = result};
	size_t n = source->image.n_layers;
	int r;

	l.readers = arena_calloc(arena, n, sizeof(*l.readers));
	l.facts = arena_calloc(arena, n, sizeof(*l.facts));
	if (!l.readers || !l.facts)
		return err_oom(err);
	for (size_t i = 0; i < n; i++)
		l.readers[i].process = l.readers[i].digester = CONFINED_INIT;
	if (!options->no_cache && !options->n_aliases)
		layer_cache_open(&l.cache);
	r = read_all(&l);
	for (size_t i = 0; i < n; i++) {
		confine_release(&l.readers[i].process);
		confine_release(&l.readers[i].digester);
	}
	layer_cache_close(&l.cache);
	if (r == 0)
		*ret_facts = l.facts;
	return r;
}
