/* Layer streams: every compression, broken streams, bombs. */
#include "base/compat.h"

#include <setjmp.h>
#include <cmocka.h>
#include <isa-l/igzip_lib.h>
#include <zstd.h>

#include "base/buf.h"
#include "base/sha256.h"
#include "core/limits.h"
#include "source/layer_stream.h"

struct memory {
	struct str bytes;
	size_t at, step; /* at most step bytes a time */
};

static ssize_t read_memory(void *context, void *to, size_t len)
{
	struct memory *m = context;
	size_t n = MIN(MIN(len, m->step), m->bytes.len - m->at);

	memcpy(to, m->bytes.ptr + m->at, n);
	m->at += n;
	return (ssize_t)n;
}

/* Text that compresses some, not all zero. */
static void make_text(struct buf *b, size_t len)
{
	uint32_t state = 1;

	*b = BUF_INIT(len + 64);
	while (b->len < len) {
		state = state * 1664525 + 1013904223;
		buf_addf(b, "%08x line\n", state >> 8);
	}
	b->len = len;
}

static void add_gzip(struct buf *to, struct str text)
{
	struct isal_zstream z;
	size_t room = text.len + text.len / 8 + 1024;
	uint8_t *level = malloc(ISAL_DEF_LVL1_DEFAULT);

	isal_deflate_init(&z);
	z.level = 1;
	z.level_buf = level;
	z.level_buf_size = ISAL_DEF_LVL1_DEFAULT;
	z.gzip_flag = IGZIP_GZIP;
	z.end_of_stream = 1;
	z.next_in = (uint8_t *)text.ptr;
	z.avail_in = (uint32_t)text.len;
	z.next_out = buf_reserve(to, room);
	z.avail_out = (uint32_t)room;
	assert_int_equal(isal_deflate(&z), COMP_OK);
	assert_int_equal(z.avail_in, 0);
	buf_commit(to, z.total_out);
	free(level);
}

static void add_zstd(struct buf *to, struct str text)
{
	size_t room = ZSTD_compressBound(text.len);
	size_t n = ZSTD_compress(buf_reserve(to, room), room, text.ptr, text.len, 3);

	assert_false(ZSTD_isError(n));
	buf_commit(to, n);
}

/* Reads a whole stream; returns the status of finish and fills in what came. */
static int drain(struct str stored, size_t step, uint64_t max, struct buf *out,
		 struct layer_digests *digests, struct err *err)
{
	struct memory m = {.bytes = stored, .step = step};
	struct byte_source from = {read_memory, &m};
	_cleanup_layer_stream_ struct layer_stream *s = NULL;
	const void *block;
	ssize_t n;

	assert_int_equal(
		layer_stream_open(&from, &(struct layer_stream_options){.max_size = max}, &s, err),
		0);
	while ((n = layer_stream_next(s, &block, err)) > 0)
		buf_add(out, block, (size_t)n);
	return layer_stream_finish(s, digests, err);
}

static void check(struct str stored, struct str text)
{
	static const size_t steps[] = {SIZE_MAX, 100000, 4093};
	unsigned char wanted[SHA256_SIZE];

	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		struct buf out = BUF_INIT(MiB(64));
		struct layer_digests digests;
		struct err err = ERR_INIT;

		assert_int_equal(drain(stored, steps[i], 0, &out, &digests, &err), 0);
		assert_true(str_eq(buf_str(&out), text));
		sha256_of(stored, wanted);
		assert_memory_equal(digests.stored, wanted, SHA256_SIZE);
		sha256_of(text, wanted);
		assert_memory_equal(digests.uncompressed, wanted, SHA256_SIZE);
		assert_int_equal(digests.stored_size, stored.len);
		assert_int_equal(digests.uncompressed_size, text.len);
		buf_release(&out);
	}
}

static void check_fails(struct str stored, uint64_t max, const char *message)
{
	struct buf out = BUF_INIT(MiB(64));
	unsigned char wanted[SHA256_SIZE];
	struct layer_digests digests;
	struct err err = ERR_INIT;

	assert_true(drain(stored, SIZE_MAX, max, &out, &digests, &err) < 0);
	if (!strstr(err.text, message))
		fail_msg("'%s' has no '%s'", err.text, message);
	/* Whatever happened, the digest of the stored bytes is right. */
	sha256_of(stored, wanted);
	assert_memory_equal(digests.stored, wanted, SHA256_SIZE);
	buf_release(&out);
}

static void test_plain(void **state)
{
	struct buf text;

	make_text(&text, 1500001);
	check(buf_str(&text), buf_str(&text));
	check(STR(""), STR(""));
	buf_release(&text);
}

static void test_gzip(void **state)
{
	struct buf text, gz = BUF_INIT(MiB(16));

	make_text(&text, 3000007);
	add_gzip(&gz, buf_str(&text));
	check(buf_str(&gz), buf_str(&text));
	/* Padding of zeros behind the last member is none of its bytes. */
	buf_add(&gz, "\0\0\0\0", 4);
	check(buf_str(&gz), buf_str(&text));
	buf_release(&gz);
	buf_release(&text);
}

static void test_gzip_members(void **state)
{
	struct buf text, gz = BUF_INIT(MiB(16));

	make_text(&text, 700001);
	add_gzip(&gz, str_sub(buf_str(&text), 0, 300000));
	add_gzip(&gz, STR(""));
	add_gzip(&gz, str_from_offset(buf_str(&text), 300000));
	check(buf_str(&gz), buf_str(&text));
	buf_release(&gz);
	buf_release(&text);
}

static void test_gzip_broken(void **state)
{
	struct buf text, gz = BUF_INIT(MiB(16));

	make_text(&text, 700001);
	add_gzip(&gz, buf_str(&text));
	check_fails(str_sub(buf_str(&gz), 0, gz.len - 9), 0, "cut short");
	check_fails(str_sub(buf_str(&gz), 0, gz.len - 1), 0, "cut short");
	gz.data[gz.len - 6] ^= 1;
	check_fails(buf_str(&gz), 0, "checksum");
	gz.data[gz.len - 6] ^= 1;
	memset(gz.data + gz.len / 2, 0xff, 64);
	check_fails(buf_str(&gz), 0, "gzip stream");
	buf_release(&gz);
	buf_release(&text);
}

static void test_zstd(void **state)
{
	struct buf text, z = BUF_INIT(MiB(16));

	make_text(&text, 900001);
	add_zstd(&z, str_sub(buf_str(&text), 0, 300000));
	add_zstd(&z, str_from_offset(buf_str(&text), 300000));
	check(buf_str(&z), buf_str(&text));
	check_fails(str_sub(buf_str(&z), 0, z.len - 5), 0, "cut short");
	buf_add_str(&z, STR("garbage"));
	check_fails(buf_str(&z), 0, "");
	buf_release(&z);
	buf_release(&text);
}

static void test_limits(void **state)
{
	struct buf text, gz = BUF_INIT(MiB(16));

	make_text(&text, 700001);
	add_gzip(&gz, buf_str(&text));
	check_fails(buf_str(&gz), 700000, "limit of 700000 bytes");
	check_fails(buf_str(&text), 1000, "limit of 1000 bytes");
	buf_release(&gz);
	buf_release(&text);
}

/* Members of zeros, 1.1 GiB in all, in about a megabyte. */
static void test_bomb(void **state)
{
	struct buf member = BUF_INIT(MiB(8)), bomb = BUF_INIT(MiB(16));
	struct memory m = {.step = SIZE_MAX};
	struct byte_source from = {read_memory, &m};
	_cleanup_layer_stream_ struct layer_stream *s = NULL;
	struct err err = ERR_INIT;
	char *zeros = calloc(1, MiB(4));
	const void *block;
	ssize_t n;

	add_gzip(&member, (struct str){zeros, MiB(4)});
	for (size_t i = 0; i < 300; i++)
		buf_add_str(&bomb, buf_str(&member));
	m.bytes = buf_str(&bomb);
	assert_int_equal(layer_stream_open(&from, &(struct layer_stream_options){0}, &s, &err), 0);
	while ((n = layer_stream_next(s, &block, &err)) > 0)
		;
	assert_int_equal(n, -ERR_LIMIT);
	assert_non_null(strstr(err.text, "compression bomb"));
	free(zeros);
	buf_release(&member);
	buf_release(&bomb);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),	     cmocka_unit_test(test_gzip),
		cmocka_unit_test(test_gzip_members), cmocka_unit_test(test_gzip_broken),
		cmocka_unit_test(test_zstd),	     cmocka_unit_test(test_limits),
		cmocka_unit_test(test_bomb),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
