/* The layer cache: hits, misses, damage, sharing, its limit. */
#include "base/compat.h"

#include <setjmp.h>
#include <cmocka.h>
#include <dirent.h>
#include <sys/wait.h>

#include "core/limits.h"
#include "engine/cache.h"

static char base[] = "/tmp/cscplate-cache-XXXXXX";

static const struct layer layer_a = {.digest = STR("sha256:aaaa"), .diff_id = STR("sha256:bbbb")};
/* The same blob claims another diff id: not the same layer. */
static const struct layer layer_b = {.digest = STR("sha256:aaaa"), .diff_id = STR("sha256:cccc")};
static const struct layer layer_none = {.digest = STR(""), .diff_id = STR("")};

static int setup(void **state)
{
	if (!mkdtemp(base))
		return -1;
	return setenv("XDG_CACHE_HOME", base, 1);
}

/* Calls fn with the path of each file in the cache; returns how many. */
static size_t each_file(const struct layer_cache *cache, void (*fn)(const char *path))
{
	DIR *dir = opendir(cache->dir);
	struct dirent *d;
	char path[512];
	size_t n = 0;

	while (dir && (d = readdir(dir))) {
		if (d->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s%s", cache->dir, d->d_name);
		n++;
		if (fn)
			fn(path);
	}
	if (dir)
		closedir(dir);
	return n;
}

static void remove_file(const char *path)
{
	unlink(path);
}

static int teardown(void **state)
{
	struct layer_cache cache;
	char path[128];

	layer_cache_open(&cache);
	each_file(&cache, remove_file);
	rmdir(cache.dir);
	layer_cache_close(&cache);
	snprintf(path, sizeof(path), "%s/cscplate", base);
	rmdir(path);
	return rmdir(base);
}

static bool hit(const struct layer_cache *cache, const struct layer *layer, const char *wanted)
{
	_cleanup_arena_ struct arena arena = ARENA_INIT(0);
	struct str facts;
	bool found = layer_cache_get(cache, layer, CACHED_FACTS, &arena, &facts);

	if (found)
		assert_true(str_eq(facts, str_from(wanted)));
	return found;
}

static void test_keys(void **state)
{
	_cleanup_layer_cache_ struct layer_cache cache = LAYER_CACHE_INIT;

	layer_cache_open(&cache);
	assert_false(hit(&cache, &layer_a, ""));
	layer_cache_put(&cache, &layer_a, CACHED_FACTS, STR("facts of a"));
	assert_true(hit(&cache, &layer_a, "facts of a"));
	assert_false(hit(&cache, &layer_b, ""));
	layer_cache_put(&cache, &layer_none, CACHED_FACTS, STR("facts of nothing"));
	assert_false(hit(&cache, &layer_none, ""));
	assert_int_equal(each_file(&cache, NULL), 1);
}

static void cut(const char *path)
{
	assert_int_equal(truncate(path, 20), 0);
}

static void flip(const char *path)
{
	int fd = open(path, O_RDWR);
	char c;

	assert_int_equal(pread(fd, &c, 1, 45), 1);
	c ^= 4;
	assert_int_equal(pwrite(fd, &c, 1, 45), 1);
	close(fd);
}

static void test_damage(void **state)
{
	static void (*const damages[])(const char *) = {cut, flip};
	_cleanup_layer_cache_ struct layer_cache cache = LAYER_CACHE_INIT;

	layer_cache_open(&cache);
	for (size_t i = 0; i < ARRAY_LEN(damages); i++) {
		layer_cache_put(&cache, &layer_a, CACHED_FACTS, STR("facts of a"));
		assert_true(hit(&cache, &layer_a, "facts of a"));
		each_file(&cache, damages[i]);
		assert_false(hit(&cache, &layer_a, ""));
		assert_int_equal(each_file(&cache, NULL), 0); /* and it is gone */
	}
}

/* Eight processes write and read the same two layers: every hit is whole. */
static void test_processes(void **state)
{
	_cleanup_layer_cache_ struct layer_cache cache = LAYER_CACHE_INIT;

	layer_cache_open(&cache);
	for (size_t i = 0; i < 8; i++) {
		if (fork() != 0)
			continue;
		for (size_t k = 0; k < 200; k++) {
			layer_cache_put(&cache, k % 2 ? &layer_a : &layer_b, CACHED_FACTS,
					STR("the same in both"));
			hit(&cache, &layer_a, "the same in both");
			hit(&cache, &layer_b, "the same in both");
		}
		_exit(0);
	}
	for (size_t i = 0; i < 8; i++) {
		int status;

		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	assert_int_equal(each_file(&cache, NULL), 2);
	each_file(&cache, remove_file);
}

/* Sparse files stand in for half a gigabyte of facts; those not used for longest go. */
static void test_limit(void **state)
{
	_cleanup_layer_cache_ struct layer_cache cache = LAYER_CACHE_INIT;
	struct timespec times[2] = {{0}};
	char path[512];

	layer_cache_open(&cache);
	for (int i = 0; i < 6; i++) {
		int fd;

		snprintf(path, sizeof(path), "%sold%d", cache.dir, i);
		fd = open(path, O_CREAT | O_WRONLY, 0600);
		assert_int_equal(ftruncate(fd, (off_t)MiB(100)), 0);
		times[0].tv_sec = times[1].tv_sec = 1000 + i;
		assert_int_equal(futimens(fd, times), 0);
		close(fd);
	}
	layer_cache_put(&cache, &layer_a, CACHED_FACTS, STR("facts of a"));
	assert_int_equal(each_file(&cache, NULL), 4); /* 300 MiB and the new one */
	snprintf(path, sizeof(path), "%sold2", cache.dir);
	assert_int_equal(access(path, F_OK), -1);
	snprintf(path, sizeof(path), "%sold3", cache.dir);
	assert_int_equal(access(path, F_OK), 0);
	assert_true(hit(&cache, &layer_a, "facts of a"));
}

/* A place that cannot be made is no error: there is just no cache. */
static void test_no_place(void **state)
{
	_cleanup_layer_cache_ struct layer_cache cache = LAYER_CACHE_INIT;

	setenv("XDG_CACHE_HOME", "/proc/nowhere", 1);
	layer_cache_open(&cache);
	assert_null(cache.dir);
	layer_cache_put(&cache, &layer_a, CACHED_FACTS, STR("facts"));
	assert_false(hit(&cache, &layer_a, ""));
	setenv("XDG_CACHE_HOME", base, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),	  cmocka_unit_test(test_damage),
		cmocka_unit_test(test_processes), cmocka_unit_test(test_limit),
		cmocka_unit_test(test_no_place),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
