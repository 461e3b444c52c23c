/*
 * Times the matcher alone: match DATABASE SHARD PACKAGES, where PACKAGES has "source version" lines.
 * Prints the seconds that one pass over all of them took with a warm page cache, and what it found.
 */
#include "base/compat.h"

#include "advisory/db.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/fd.h"
#include "match/match.h"

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int match_all(struct db *db, struct str shard, struct str lines, size_t *ret_found,
		     struct err *err)
{
	_cleanup_arena_ struct arena arena = ARENA_INIT((size_t)64 << 20);
	struct candidate_list list = {0};
	struct str line;
	int r = 0;

	*ret_found = 0;
	while (r >= 0 && str_next_line(&lines, &line)) {
		struct package p = {.type = PACKAGE_DPKG, .layer = LAYER_NONE};
		struct vulnerability *found;
		size_t n_found = 0;

		if (!str_next_word(&line, &p.source_name) ||
		    !str_next_word(&line, &p.source_version))
			continue;
		p.name = p.source_name;
		p.version = p.source_version;
		list.len = 0;
		r = db_candidates(db, shard, p.source_name, p.source_version, &arena, &list, err);
		if (r >= 0)
			r = match_package(VERSION_DPKG, &p, list.items, list.len, &arena, &found,
					  &n_found);
		*ret_found += n_found;
	}
	vec_release(&list);
	return r;
}

int main(int argc, char **argv)
{
	struct err err = ERR_INIT;
	_cleanup_db_ struct db *db = NULL;
	_cleanup_buf_ struct buf text = BUF_INIT((size_t)1 << 20);
	double best = 1e9;
	size_t found = 0;

	if (argc != 4) {
		fprintf(stderr, "usage: %s DATABASE SHARD PACKAGES\n", argv[0]);
		return 2;
	}
	if (db_open(argv[1], &db, &err) < 0 || file_read(AT_FDCWD, argv[3], &text, &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		return 2;
	}
	for (int i = 0; i < 5; i++) {
		double begin = now();

		if (match_all(db, str_from(argv[2]), buf_str(&text), &found, &err) < 0) {
			fprintf(stderr, "%s\n", err.text);
			return 2;
		}
		best = MIN(best, now() - begin);
	}
	printf("%.6f %zu vulnerabilities\n", best, found);
	return 0;
}
