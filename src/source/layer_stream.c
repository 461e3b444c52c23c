/* Layers as streams of blocks: see layer_stream.h. */
#include "base/compat.h"

#include <archive.h>
#include <isa-l/igzip_lib.h>
#include <pthread.h>
#include <zstd.h>

#include "source/layer_stream.h"

#include "core/limits.h"

/*
 * Stored bytes are read into IN_SLOTS blocks in turn, uncompressed ones written to OUT_SLOTS blocks. A
 * block is used again when the digesting thread is done with it. 256 KiB stays in a core's second-level
 * cache from the decompressor to the tar reader.
 */
enum { IN_SLOTS = 4, OUT_SLOTS = 8, JOBS = 32, BLOCK = 256 * 1024 };

enum compression { COMPRESSION_NONE, COMPRESSION_GZIP, COMPRESSION_ZSTD, COMPRESSION_OTHER };

struct slot {
	unsigned char *data;
	size_t len;
	uint64_t job; /* the last digesting job that reads it; 0: none yet */
};

struct job {
	const unsigned char *data;
	size_t len;
	struct sha256 *hash;
};

/* The digesting thread and its queue. Jobs have numbers from 1 and end in order. */
struct digester {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake, done;
	struct job jobs[JOBS];
	uint64_t queued, finished;
	bool started, stop;
};

struct layer_stream {
	struct byte_source from;
	enum compression compression;
	struct slot in[IN_SLOTS], out[OUT_SLOTS];
	size_t in_at, out_at; /* slots used next */
	struct slot *pending; /* stored bytes that are read but not decompressed yet */
	size_t pending_at;
	bool source_ended, source_failed, ended;
	bool no_stored_digest;
	uint64_t stored_size, uncompressed_size, max_size;
	bool check_ratio;
	struct sha256 stored_hash, uncompressed_hash;
	struct digester digester;
	struct inflate_state *inflate;
	bool member_open; /* gzip: inside a member; zstd: inside a frame */
	bool any_member;
	ZSTD_DStream *zstd;
	struct archive *other;
	int status; /* the first failure */
	char status_text[256];
};

static void *digest_thread(void *arg)
{
	struct digester *d = arg;

	pthread_mutex_lock(&d->lock);
	for (;;) {
		struct job job;

		while (d->queued == d->finished && !d->stop)
			pthread_cond_wait(&d->wake, &d->lock);
		if (d->queued == d->finished)
			break;
		job = d->jobs[d->finished % JOBS];
		pthread_mutex_unlock(&d->lock);
		sha256_add(job.hash, job.data, job.len);
		pthread_mutex_lock(&d->lock);
		d->finished++;
		pthread_cond_signal(&d->done);
	}
	pthread_mutex_unlock(&d->lock);
	return NULL;
}

/* Queues len bytes of slot for hash; waits while the queue is full. */
static void digest(struct layer_stream *s, struct sha256 *hash, struct slot *slot, const void *data,
		   size_t len)
{
	struct digester *d = &s->digester;

	if (len == 0)
		return;
	pthread_mutex_lock(&d->lock);
	while (d->queued - d->finished == JOBS)
		pthread_cond_wait(&d->done, &d->lock);
	d->jobs[d->queued % JOBS] = (struct job){data, len, hash};
	slot->job = ++d->queued;
	pthread_cond_signal(&d->wake);
	pthread_mutex_unlock(&d->lock);
}

static void wait_for(struct layer_stream *s, uint64_t job)
{
	struct digester *d = &s->digester;

	pthread_mutex_lock(&d->lock);
	while (d->finished < job)
		pthread_cond_wait(&d->done, &d->lock);
	pthread_mutex_unlock(&d->lock);
}

static int fail(struct layer_stream *s, int code, const char *text)
{
	if (s->status == 0) {
		s->status = -code;
		snprintf(s->status_text, sizeof(s->status_text), "%s", text);
	}
	return s->status;
}

/* Reads the next stored block; NULL at the end or on failure (s->status says which). */
static struct slot *read_stored(struct layer_stream *s)
{
	struct slot *slot = &s->in[s->in_at];
	ssize_t n;

	if (s->source_ended)
		return NULL;
	wait_for(s, slot->job);
	n = s->from.read(s->from.context, slot->data, BLOCK);
	if (n <= 0) {
		s->source_ended = true;
		s->source_failed = n < 0;
		if (n < 0)
			fail(s, (int)-n, err_code_text((int)n));
		return NULL;
	}
	s->in_at = (s->in_at + 1) % IN_SLOTS;
	slot->len = (size_t)n;
	s->stored_size += (size_t)n;
	if (!s->no_stored_digest)
		digest(s, &s->stored_hash, slot, slot->data, slot->len);
	return slot;
}

/* Makes sure that there are stored bytes to decompress; false at their end. */
static bool fill_pending(struct layer_stream *s)
{
	if (s->pending && s->pending_at < s->pending->len)
		return true;
	s->pending = read_stored(s);
	s->pending_at = 0;
	return s->pending != NULL;
}

static bool only_zeros(const struct slot *slot, size_t at)
{
	for (; at < slot->len; at++)
		if (slot->data[at])
			return false;
	return true;
}

static bool has_magic(const struct slot *slot, size_t at, const char *magic, size_t len)
{
	return slot->len - at >= len && memcmp(slot->data + at, magic, len) == 0;
}

/* Begins the next gzip member. Zero bytes behind the last one are padding (gzip(1) does likewise). */
static bool begin_member(struct layer_stream *s)
{
	if (s->any_member && only_zeros(s->pending, s->pending_at)) {
		s->pending_at = s->pending->len;
		return false;
	}
	isal_inflate_reset(s->inflate);
	s->inflate->crc_flag = ISAL_GZIP;
	s->member_open = s->any_member = true;
	return true;
}

static int inflate_block(struct layer_stream *s, struct slot *out)
{
	struct inflate_state *z = s->inflate;

	while (out->len < BLOCK) {
		int r;

		if (!fill_pending(s))
			return s->member_open ? fail(s, ERR_FORMAT, "the gzip stream is cut short")
					      : s->status;
		if (!s->member_open && !begin_member(s))
			continue;
		z->next_in = s->pending->data + s->pending_at;
		z->avail_in = (uint32_t)(s->pending->len - s->pending_at);
		z->next_out = out->data + out->len;
		z->avail_out = (uint32_t)(BLOCK - out->len);
		r = isal_inflate(z);
		s->pending_at = s->pending->len - z->avail_in;
		out->len = BLOCK - z->avail_out;
		if (r < 0)
			return fail(s, ERR_FORMAT,
				    r == ISAL_INCORRECT_CHECKSUM
					    ? "the gzip stream's checksum is wrong"
					    : "the gzip stream is corrupt");
		if (z->block_state == ISAL_BLOCK_FINISH)
			s->member_open = false;
	}
	return 0;
}

static int zstd_block(struct layer_stream *s, struct slot *out)
{
	while (out->len < BLOCK) {
		ZSTD_outBuffer to = {out->data, BLOCK, out->len};
		ZSTD_inBuffer from;
		bool more = fill_pending(s);
		size_t r;

		if (!more && !s->member_open)
			return s->status;
		from = (ZSTD_inBuffer){more ? s->pending->data : NULL, more ? s->pending->len : 0,
				       more ? s->pending_at : 0};
		r = ZSTD_decompressStream(s->zstd, &to, &from);
		if (ZSTD_isError(r))
			return fail(s, ERR_FORMAT, ZSTD_getErrorName(r));
		if (!more && to.pos == out->len)
			return fail(s, ERR_FORMAT, "the zstd stream is cut short");
		s->pending_at = from.pos;
		out->len = to.pos;
		s->member_open = r != 0;
	}
	return 0;
}

static la_ssize_t other_read(struct archive *a, void *data, const void **ret_block)
{
	struct layer_stream *s = data;

	if (!fill_pending(s)) {
		if (s->status == 0)
			return 0;
		archive_set_error(a, -s->status, "%s", s->status_text);
		return ARCHIVE_FATAL;
	}
	*ret_block = s->pending->data + s->pending_at;
	s->pending_at = s->pending->len;
	return (la_ssize_t)(s->pending->data + s->pending->len - (const unsigned char *)*ret_block);
}

static const char *other_error(const struct layer_stream *s)
{
	const char *text = archive_error_string(s->other);

	return text ? text : "the compressed stream is corrupt";
}

static int other_open(struct layer_stream *s)
{
	struct archive_entry *entry;

	s->other = archive_read_new();
	if (!s->other)
		return fail(s, ENOMEM, "out of memory");
	archive_read_support_format_raw(s->other);
	archive_read_support_filter_bzip2(s->other);
	archive_read_support_filter_xz(s->other);
	archive_read_support_filter_lzma(s->other);
	archive_read_support_filter_lz4(s->other);
	if (archive_read_open(s->other, s, NULL, other_read, NULL) != ARCHIVE_OK ||
	    archive_read_next_header(s->other, &entry) != ARCHIVE_OK)
		return fail(s, ERR_FORMAT, other_error(s));
	return 0;
}

static int other_block(struct layer_stream *s, struct slot *out)
{
	la_ssize_t n = archive_read_data(s->other, out->data, BLOCK);

	if (n < 0)
		return fail(s, ERR_FORMAT, other_error(s));
	out->len = (size_t)n;
	return 0;
}

/* Stored and uncompressed bytes are the same: one block, one digest. */
static ssize_t next_plain(struct layer_stream *s, const void **ret_block)
{
	struct slot *slot;

	if (!fill_pending(s))
		return s->status;
	slot = s->pending;
	s->pending_at = slot->len;
	*ret_block = slot->data;
	return (ssize_t)slot->len;
}

static ssize_t next_decompressed(struct layer_stream *s, const void **ret_block)
{
	struct slot *out = &s->out[s->out_at];
	int r;

	wait_for(s, out->job);
	out->len = 0;
	r = s->compression == COMPRESSION_GZIP	 ? inflate_block(s, out)
	    : s->compression == COMPRESSION_ZSTD ? zstd_block(s, out)
						 : other_block(s, out);
	if (r < 0)
		return r;
	s->out_at = (s->out_at + 1) % OUT_SLOTS;
	digest(s, &s->uncompressed_hash, out, out->data, out->len);
	*ret_block = out->data;
	return (ssize_t)out->len;
}

static int check_size(struct layer_stream *s)
{
	char text[160];

	if (s->uncompressed_size > s->max_size) {
		snprintf(text, sizeof(text),
			 "uncompressed, it has more than the limit of %" PRIu64 " bytes",
			 s->max_size);
		return fail(s, ERR_LIMIT, text);
	}
	if (s->check_ratio && s->uncompressed_size > LIMIT_RATIO_FLOOR &&
	    s->uncompressed_size / LIMIT_COMPRESSION_RATIO > s->stored_size) {
		snprintf(text, sizeof(text),
			 "%" PRIu64 " stored bytes grew to %" PRIu64
			 ", over the limit of %d times: a compression bomb",
			 s->stored_size, s->uncompressed_size, (int)LIMIT_COMPRESSION_RATIO);
		return fail(s, ERR_LIMIT, text);
	}
	return 0;
}

ssize_t layer_stream_next(struct layer_stream *s, const void **ret_block, struct err *err)
{
	ssize_t n = s->status;

	if (n == 0 && s->ended)
		return 0;
	if (n == 0)
		n = s->compression == COMPRESSION_NONE ? next_plain(s, ret_block)
						       : next_decompressed(s, ret_block);
	if (n > 0) {
		s->uncompressed_size += (uint64_t)n;
		if (check_size(s) < 0)
			n = s->status;
	}
	if (n == 0)
		s->ended = true;
	return n < 0 ? err_set(err, (int)-n, "%s", s->status_text) : n;
}

static void tell_compression(struct layer_stream *s)
{
	const struct slot *slot = s->pending;

	s->compression = COMPRESSION_NONE;
	if (!slot)
		return;
	if (has_magic(slot, 0, "\x1f\x8b", 2))
		s->compression = COMPRESSION_GZIP;
	/* A zstd frame, or a skippable one, which estargz and zstd:chunked write first (RFC 8878 §3.1). */
	else if (has_magic(slot, 0, "\x28\xb5\x2f\xfd", 4) ||
		 (slot->len >= 4 && (slot->data[0] & 0xf0) == 0x50 &&
		  has_magic(slot, 1, "\x2a\x4d\x18", 3)))
		s->compression = COMPRESSION_ZSTD;
	else if (has_magic(slot, 0,
			   "\xfd"
			   "7zXZ",
			   5) ||
		 has_magic(slot, 0, "BZh", 3) || has_magic(slot, 0, "\x04\x22\x4d\x18", 4))
		s->compression = COMPRESSION_OTHER;
}

static int make_blocks(struct layer_stream *s)
{
	for (size_t i = 0; i < IN_SLOTS; i++)
		if (!(s->in[i].data = malloc(BLOCK)))
			return -ENOMEM;
	return 0;
}

static int make_decoder(struct layer_stream *s)
{
	if (s->compression != COMPRESSION_NONE)
		for (size_t i = 0; i < OUT_SLOTS; i++)
			if (!(s->out[i].data = malloc(BLOCK)))
				return -ENOMEM;
	if (s->compression == COMPRESSION_GZIP) {
		s->inflate = malloc(sizeof(*s->inflate));
		if (!s->inflate)
			return -ENOMEM;
		isal_inflate_init(s->inflate);
	}
	if (s->compression == COMPRESSION_ZSTD) {
		s->zstd = ZSTD_createDStream();
		s->member_open = true;
		if (!s->zstd)
			return -ENOMEM;
	}
	return 0;
}

static int start_digester(struct layer_stream *s)
{
	struct digester *d = &s->digester;

	pthread_mutex_init(&d->lock, NULL);
	pthread_cond_init(&d->wake, NULL);
	pthread_cond_init(&d->done, NULL);
	sha256_begin(&s->stored_hash);
	sha256_begin(&s->uncompressed_hash);
	if (pthread_create(&d->thread, NULL, digest_thread, d) != 0)
		return -EAGAIN;
	d->started = true;
	return 0;
}

int layer_stream_open(const struct byte_source *from, const struct layer_stream_options *options,
		      struct layer_stream **ret, struct err *err)
{
	_cleanup_layer_stream_ struct layer_stream *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return err_oom(err);
	s->from = *from;
	s->max_size = options->max_size ? options->max_size : LIMIT_LAYER_BYTES;
	s->check_ratio = options->max_size == 0;
	s->no_stored_digest = options->no_stored_digest;
	r = start_digester(s);
	if (r == 0)
		r = make_blocks(s);
	if (r < 0)
		return err_errno(err, -r, "cannot start to read");
	fill_pending(s);
	tell_compression(s);
	if (make_decoder(s) < 0)
		return err_oom(err);
	if (s->compression == COMPRESSION_OTHER)
		other_open(s); /* a failure sticks and shows at the first block */
	*ret = TAKE_PTR(s);
	return 0;
}

static void stop_digester(struct digester *d)
{
	if (!d->started)
		return;
	pthread_mutex_lock(&d->lock);
	d->stop = true;
	pthread_cond_signal(&d->wake);
	pthread_mutex_unlock(&d->lock);
	pthread_join(d->thread, NULL);
	d->started = false;
}

int layer_stream_finish(struct layer_stream *s, struct layer_digests *ret, struct err *err)
{
	bool plain = s->compression == COMPRESSION_NONE;
	const void *block;
	ssize_t n = 0;

	if (!plain || !s->no_stored_digest) {
		do
			n = layer_stream_next(s, &block, err);
		while (n > 0);
		while (!s->no_stored_digest && read_stored(s))
			;
	}
	stop_digester(&s->digester);
	*ret = (struct layer_digests){.stored_size = s->stored_size,
				      .uncompressed_size = s->uncompressed_size,
				      .plain = plain};
	if (!s->no_stored_digest && !s->source_failed)
		sha256_end(&s->stored_hash, ret->stored);
	if (plain)
		memcpy(ret->uncompressed, ret->stored, SHA256_SIZE);
	else if (n == 0)
		sha256_end(&s->uncompressed_hash, ret->uncompressed);
	return n < 0 ? (int)n : 0;
}

void layer_stream_free(struct layer_stream *s)
{
	if (!s)
		return;
	stop_digester(&s->digester);
	pthread_mutex_destroy(&s->digester.lock);
	pthread_cond_destroy(&s->digester.wake);
	pthread_cond_destroy(&s->digester.done);
	for (size_t i = 0; i < IN_SLOTS; i++)
		free(s->in[i].data);
	for (size_t i = 0; i < OUT_SLOTS; i++)
		free(s->out[i].data);
	free(s->inflate);
	ZSTD_freeDStream(s->zstd);
	if (s->other)
		archive_read_free(s->other);
	free(s);
}
