/* Making an advisory database: see build.h. */
#include "base/compat.h"

#include <lmdb.h>
#include <pthread.h>
#include <sys/statvfs.h>

#include "advisory/build.h"

#include "advisory/db.h"
#include "advisory/record.h"
#include "advisory/seal.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/date.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/map.h"
#include "base/vec.h"
#include "core/limits.h"

VEC_TYPE(str_list, struct str);

/* A record as it was added: packed, for nothing but its names, dates and feed matters before writing. */
struct rec {
	struct str id, feed, modified;
	struct str bytes;
	size_t first, n; /* its entries */
	bool withdrawn;
	bool dropped;	 /* a newer one took its place */
	uint32_t number; /* in the file; UNNUMBERED until then */
};

#define UNNUMBERED	  UINT32_MAX
/* What one package of one shard may have to say: linux has a megabyte. */
#define PACKAGE_BYTES_MAX MiB(512)

struct entry {
	uint32_t shard; /* index into builder.shards; from sort_shards() on its rank */
	uint32_t rec;	/* index into builder.recs; from sort_recs() on its rank */
	uint32_t order; /* within its record */
	uint32_t len;	/* of bytes */
	const char *bytes;
	struct str package;
};

struct shard {
	struct str name;
	struct str_list origins, asked;
	struct str as_of;
	bool whole, restricted; /* by any of the origins */
	uint32_t rank;
	/* Of what was written. */
	struct str newest;
	uint64_t packages, entries;
};

struct cve {
	uint64_t key;
	struct record_cve values;
};

struct db_builder {
	pthread_mutex_t lock; /* over all that follows, while records are added */
	struct arena arena;
	struct atomic_file file;
	char *path;
	VEC(struct rec) recs;
	VEC(struct entry) entries;
	VEC(struct shard) shards;
	struct map shard_numbers; /* name → index + 1 */
	VEC(struct cve) cves;
	struct str_list gaps;
	struct str kev_date, epss_date;
	uint64_t bad_records;
};

/* --- adding --------------------------------------------------------------------------------------- */

int db_builder_open(const char *path, struct db_builder **ret, struct err *err)
{
	_cleanup_db_builder_ struct db_builder *b = calloc(1, sizeof(*b));
	struct stat st;
	int r;

	if (!b)
		return err_oom(err);
	pthread_mutex_init(&b->lock, NULL);
	b->arena = ARENA_INIT(0);
	b->file = ATOMIC_FILE_INIT;
	b->path = str_dup(str_from(path));
	if (!b->path)
		return err_oom(err);
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return err_set(err, EINVAL,
			       "cannot write advisory database '%s': not a regular file", path);
	r = dir_make_parents(path, err);
	if (r == 0)
		r = atomic_file_open(&b->file, path, 0644, err);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(b);
	return 0;
}

void db_builder_free(struct db_builder *b)
{
	if (!b)
		return;
	atomic_file_release(&b->file);
	for (size_t i = 0; i < b->shards.len; i++) {
		vec_release(&b->shards.items[i].origins);
		vec_release(&b->shards.items[i].asked);
	}
	vec_release(&b->recs);
	vec_release(&b->entries);
	vec_release(&b->shards);
	vec_release(&b->cves);
	vec_release(&b->gaps);
	map_release(&b->shard_numbers);
	arena_release(&b->arena);
	pthread_mutex_destroy(&b->lock);
	free(b->path);
	free(b);
}

/* The index of a shard, made when it is new, or -ENOMEM. The lock is held. */
static ssize_t find_shard(struct db_builder *b, struct str name)
{
	void *known = map_get(&b->shard_numbers, name);
	struct shard *shard;
	void **slot;

	if (known)
		return (ssize_t)((uintptr_t)known - 1);
	name = arena_str(&b->arena, name);
	slot = name.ptr ? map_slot(&b->shard_numbers, name) : NULL;
	shard = slot ? vec_add(&b->shards) : NULL;
	if (!shard)
		return -ENOMEM;
	shard->name = name;
	*slot = (void *)(uintptr_t)b->shards.len;
	return (ssize_t)b->shards.len - 1;
}

static bool name_ok(struct str name)
{
	return name.len > 0 && name.len <= DB_NAME_MAX && str_find_char(name, '\0') < 0;
}

static int check(const struct advisory *a, const struct affected_in *entries, size_t n,
		 struct err *err)
{
	if (!name_ok(a->id) || !name_ok(a->feed))
		return err_set(err, EINVAL, "the id or the feed of a record is empty or too long");
	for (size_t i = 0; i < n; i++)
		if (!name_ok(entries[i].shard) || !name_ok(entries[i].affected.package))
			return err_set(err, EINVAL,
				       "'%.*s' names a package or shard that is empty or too long",
				       STR_FMT(a->id));
	return 0;
}

/* Copies what was packed outside of the lock. ends[i] is where entry i ends in packed. */
static int add_locked(struct db_builder *b, const struct rec *packed_rec,
		      const struct affected_in *entries, size_t n, const struct buf *packed,
		      const size_t *ends)
{
	struct str bytes = arena_str(&b->arena, buf_str(packed));
	size_t begin = packed_rec->bytes.len;
	struct rec *rec = bytes.ptr ? vec_add(&b->recs) : NULL;

	if (!rec)
		return -ENOMEM;
	*rec = *packed_rec;
	rec->bytes = str_sub(bytes, 0, begin);
	rec->id = arena_str(&b->arena, packed_rec->id);
	rec->feed = arena_str(&b->arena, packed_rec->feed);
	rec->modified = arena_str(&b->arena, packed_rec->modified);
	rec->first = b->entries.len;
	if (!rec->id.ptr || !rec->feed.ptr || !rec->modified.ptr)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		ssize_t shard = find_shard(b, entries[i].shard);
		struct entry *e = shard >= 0 ? vec_add(&b->entries) : NULL;

		if (!e)
			return -ENOMEM;
		e->shard = (uint32_t)shard;
		e->rec = (uint32_t)(rec - b->recs.items);
		e->order = (uint32_t)i;
		e->bytes = bytes.ptr + begin;
		e->len = (uint32_t)(ends[i] - begin);
		e->package = arena_str(&b->arena, entries[i].affected.package);
		if (!e->package.ptr)
			return -ENOMEM;
		rec->n++;
		begin = ends[i];
	}
	return 0;
}

int db_builder_add(struct db_builder *b, const struct advisory *advisory,
		   const struct affected_in *entries, size_t n_entries, struct err *err)
{
	_cleanup_buf_ struct buf packed = BUF_INIT(UINT32_MAX);
	_cleanup_free_ size_t *ends = calloc(MAX(n_entries, (size_t)1), sizeof(*ends));
	struct advisory a = *advisory;
	struct rec rec = {.number = UNNUMBERED};
	int r = check(advisory, entries, n_entries, err);

	if (r < 0)
		return r;
	if (!ends)
		return err_oom(err);
	if (a.n_vulns == 0) {
		a.vulns = &a.id;
		a.n_vulns = 1;
	}
	record_pack_advisory(&packed, &a);
	rec.id = a.id;
	rec.feed = a.feed;
	rec.modified = a.modified.ptr ? a.modified : STR("");
	rec.withdrawn = a.withdrawn.len > 0;
	rec.bytes = buf_str(&packed);
	for (size_t i = 0; i < n_entries; i++) {
		record_pack_affected(&packed, &entries[i].affected);
		ends[i] = packed.len;
	}
	if (buf_status(&packed, err) < 0)
		return packed.status;
	pthread_mutex_lock(&b->lock);
	if (b->recs.len >= LIMIT_ADVISORIES || b->entries.len > UINT32_MAX - n_entries)
		r = err_set(err, ERR_LIMIT, "cannot build '%s': more than %zu records", b->path,
			    LIMIT_ADVISORIES);
	else if (add_locked(b, &rec, entries, n_entries, &packed, ends) < 0)
		r = err_oom(err);
	pthread_mutex_unlock(&b->lock);
	return r;
}

void db_builder_add_bad(struct db_builder *b, struct str where, const char *reason)
{
	pthread_mutex_lock(&b->lock);
	b->bad_records++;
	pthread_mutex_unlock(&b->lock);
	log_info("bad record %.*s: %s", STR_FMT(where), reason);
}

/* Adds a copy unless it is there. The lock is held. */
static int add_text(struct db_builder *b, struct str_list *list, struct str text)
{
	struct str *item;

	for (size_t i = 0; i < list->len; i++)
		if (str_eq(list->items[i], text))
			return 0;
	item = vec_add(list);
	if (!item)
		return -ENOMEM;
	*item = arena_str(&b->arena, text);
	return item->ptr ? 0 : -ENOMEM;
}

int db_builder_shard_origin(struct db_builder *b, struct str shard, struct str origin,
			    enum shard_coverage coverage, struct err *err)
{
	ssize_t index;
	int r;

	if (!name_ok(shard))
		return err_set(err, EINVAL, "the name of a shard is empty or too long");
	pthread_mutex_lock(&b->lock);
	index = find_shard(b, shard);
	r = index < 0 ? -ENOMEM : add_text(b, &b->shards.items[index].origins, origin);
	if (r == 0 && coverage == SHARD_RESTRICTED)
		b->shards.items[index].restricted = true;
	else if (r == 0)
		b->shards.items[index].whole = true;
	pthread_mutex_unlock(&b->lock);
	return r < 0 ? err_oom(err) : 0;
}

int db_builder_restrict(struct db_builder *b, struct str shard, struct str package, struct err *err)
{
	struct str *item = NULL;
	ssize_t index;

	if (!name_ok(shard) || !name_ok(package))
		return err_set(err, EINVAL, "'%.*s' is no name of a package in '%.*s'",
			       STR_FMT(package), STR_FMT(shard));
	pthread_mutex_lock(&b->lock);
	index = find_shard(b, shard);
	if (index >= 0)
		item = vec_add(&b->shards.items[index].asked);
	if (item)
		*item = arena_str(&b->arena, package);
	if (index >= 0)
		b->shards.items[index].restricted = true;
	pthread_mutex_unlock(&b->lock);
	return item && item->ptr ? 0 : err_oom(err);
}

int db_builder_shard_as_of(struct db_builder *b, struct str shard, struct str time, struct err *err)
{
	struct shard *s;
	ssize_t index;
	int r = 0;

	if (!name_ok(shard))
		return err_set(err, EINVAL, "the name of a shard is empty or too long");
	pthread_mutex_lock(&b->lock);
	index = find_shard(b, shard);
	s = index < 0 ? NULL : &b->shards.items[index];
	if (!s) {
		r = -ENOMEM;
	} else if (record_time_cmp(time, s->as_of) > 0) {
		s->as_of = arena_str(&b->arena, time);
		r = s->as_of.ptr ? 0 : -ENOMEM;
	}
	pthread_mutex_unlock(&b->lock);
	return r < 0 ? err_oom(err) : 0;
}

int db_builder_add_gap(struct db_builder *b, struct str text, struct err *err)
{
	int r;

	pthread_mutex_lock(&b->lock);
	r = add_text(b, &b->gaps, text);
	pthread_mutex_unlock(&b->lock);
	return r < 0 ? err_oom(err) : 0;
}

static int add_cve(struct db_builder *b, uint64_t key, struct record_cve values, struct err *err)
{
	struct cve *cve;

	pthread_mutex_lock(&b->lock);
	cve = vec_add(&b->cves);
	if (cve)
		*cve = (struct cve){key, values};
	pthread_mutex_unlock(&b->lock);
	return cve ? 0 : err_oom(err);
}

int db_builder_add_kev(struct db_builder *b, struct str cve, struct str date, struct err *err)
{
	struct record_cve values = {.epss = RECORD_NO_EPSS, .percentile = RECORD_NO_EPSS};
	uint64_t key;

	if (record_cve_key(cve, &key) < 0)
		return err_set(err, EINVAL, "'%.*s' is no CVE id", STR_FMT(cve));
	if (record_day(date, &values.kev) < 0)
		return err_set(err, EINVAL, "'%.*s' is no day", STR_FMT(date));
	return add_cve(b, key, values, err);
}

int db_builder_add_epss(struct db_builder *b, struct str cve, double epss, double percentile,
			struct err *err)
{
	struct record_cve values = {0};
	uint64_t key;

	if (record_cve_key(cve, &key) < 0)
		return err_set(err, EINVAL, "'%.*s' is no CVE id", STR_FMT(cve));
	if (!(epss >= 0 && epss <= 1 && percentile >= 0 && percentile <= 1))
		return err_set(err, EINVAL, "the score of %.*s is not between 0 and 1",
			       STR_FMT(cve));
	values.epss = (uint32_t)(epss * RECORD_EPSS_UNIT + 0.5);
	values.percentile = (uint32_t)(percentile * RECORD_EPSS_UNIT + 0.5);
	return add_cve(b, key, values, err);
}

static int later_date(struct db_builder *b, struct str *date, struct str other, struct err *err)
{
	int r = 0;

	pthread_mutex_lock(&b->lock);
	if (str_cmp(other, *date) > 0) {
		*date = arena_str(&b->arena, other);
		if (!date->ptr)
			r = err_oom(err);
	}
	pthread_mutex_unlock(&b->lock);
	return r;
}

int db_builder_kev_date(struct db_builder *b, struct str date, struct err *err)
{
	return later_date(b, &b->kev_date, date, err);
}

int db_builder_epss_date(struct db_builder *b, struct str date, struct err *err)
{
	return later_date(b, &b->epss_date, date, err);
}

/* --- settling ------------------------------------------------------------------------------------- */

/* One build on its way into the file. */
struct writer {
	struct db_builder *b;
	struct err *err;
	MDB_env *env;
	MDB_txn *txn;
	struct rec **recs;	/* by id, feed, newest first */
	struct entry **entries; /* that count, as they are written */
	size_t n_entries;
	struct shard **shards; /* by name */
	struct rec **numbered;
	size_t n_numbered;
	struct str built, newest;
	struct db_build_summary summary;
};

/* For qsort_r: what makes two copies of one record differ when nothing else does. */
static int compare_content(const struct rec *a, const struct rec *b,
			   const struct db_builder *builder)
{
	const struct entry *entries = builder->entries.items;
	int r = str_cmp(a->bytes, b->bytes);

	for (size_t i = 0; r == 0 && i < a->n && i < b->n; i++) {
		const struct entry *x = &entries[a->first + i], *y = &entries[b->first + i];

		r = str_cmp(builder->shards.items[x->shard].name,
			    builder->shards.items[y->shard].name);
		if (r == 0)
			r = str_cmp(x->package, y->package);
		if (r == 0)
			r = str_cmp((struct str){x->bytes, x->len}, (struct str){y->bytes, y->len});
	}
	return r ? r : (a->n > b->n) - (a->n < b->n);
}

static int compare_recs(const void *a, const void *b, void *builder)
{
	const struct rec *x = *(struct rec *const *)a, *y = *(struct rec *const *)b;
	int r = str_cmp(x->id, y->id);

	if (r == 0)
		r = str_cmp(x->feed, y->feed);
	if (r == 0)
		r = record_time_cmp(y->modified, x->modified);
	return r ? r : compare_content(x, y, builder);
}

static int compare_shards(const void *a, const void *b)
{
	const struct shard *x = *(struct shard *const *)a, *y = *(struct shard *const *)b;

	return str_cmp(x->name, y->name);
}

/* Does a's word on a shard count more than that of b, a record of the same id in another feed? */
static bool outranks(const struct rec *a, const struct rec *b, struct str shard_feed)
{
	int r = record_time_cmp(a->modified, b->modified);

	if (r)
		return r > 0;
	if (str_eq(a->feed, shard_feed) != str_eq(b->feed, shard_feed))
		return str_eq(a->feed, shard_feed);
	return str_cmp(a->feed, b->feed) < 0;
}

/*
 * Records [begin, end) have one id and different feeds. owner is scratch with a place for each shard;
 * entries that lose are marked by rec == UNNUMBERED.
 */
static void settle_feeds(struct writer *w, size_t begin, size_t end, struct rec **owner)
{
	struct db_builder *b = w->b;
	const struct rec *newest = w->recs[begin];

	for (size_t i = begin; i < end; i++)
		for (size_t k = 0; k < w->recs[i]->n; k++)
			owner[b->entries.items[w->recs[i]->first + k].shard] = NULL;
	for (size_t i = begin; i < end; i++) {
		struct rec *rec = w->recs[i];

		if (record_time_cmp(rec->modified, newest->modified) > 0)
			newest = rec;
		for (size_t k = 0; k < rec->n; k++) {
			uint32_t shard = b->entries.items[rec->first + k].shard;
			struct str feed = record_shard_feed(b->shards.items[shard].name);

			if (!owner[shard] ||
			    (owner[shard] != rec && outranks(rec, owner[shard], feed)))
				owner[shard] = rec;
		}
	}
	for (size_t i = begin; i < end; i++) {
		struct rec *rec = w->recs[i];
		size_t kept = 0;

		for (size_t k = 0; k < rec->n; k++) {
			struct entry *e = &b->entries.items[rec->first + k];

			if (owner[e->shard] == rec)
				kept++;
			else
				e->rec = UNNUMBERED;
		}
		if (kept == 0 && rec != newest) {
			rec->dropped = true;
			w->summary.replaced++;
		}
	}
}

/* Sorts the records, and drops those that others replace. */
static int settle_records(struct writer *w)
{
	struct db_builder *b = w->b;
	size_t n = b->recs.len, kept = 0;
	_cleanup_free_ struct rec **owner =
		calloc(MAX(b->shards.len, (size_t)1), sizeof(struct rec *));

	w->recs = calloc(MAX(n, (size_t)1), sizeof(struct rec *));
	if (!w->recs || !owner)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		w->recs[i] = &b->recs.items[i];
	qsort_r(w->recs, n, sizeof(struct rec *), compare_recs, b);
	for (size_t i = 0; i < n; i++) {
		struct rec *rec = w->recs[i], *last = kept ? w->recs[kept - 1] : NULL;

		if (last && str_eq(last->id, rec->id) && str_eq(last->feed, rec->feed)) {
			rec->dropped = true;
			w->summary.replaced++;
			continue;
		}
		w->recs[kept++] = rec;
	}
	for (size_t begin = 0, end; begin < kept; begin = end) {
		end = begin + 1;
		while (end < kept && str_eq(w->recs[begin]->id, w->recs[end]->id))
			end++;
		if (end - begin > 1)
			settle_feeds(w, begin, end, owner);
	}
	w->summary.advisories = 0;
	for (size_t i = 0; i < kept; i++)
		if (!w->recs[i]->dropped)
			w->recs[w->summary.advisories++] = w->recs[i];
	return 0;
}

static int compare_entries(const void *a, const void *b)
{
	const struct entry *x = *(struct entry *const *)a, *y = *(struct entry *const *)b;
	int r = (x->shard > y->shard) - (x->shard < y->shard);

	if (r == 0)
		r = str_cmp(x->package, y->package);
	if (r == 0)
		r = (x->rec > y->rec) - (x->rec < y->rec);
	return r ? r : (x->order > y->order) - (x->order < y->order);
}

static int sort_shards(struct writer *w)
{
	struct db_builder *b = w->b;

	if (b->shards.len > RECORD_SHARDS_MAX)
		return err_set(w->err, ERR_LIMIT, "cannot build '%s': more than %d shards", b->path,
			       RECORD_SHARDS_MAX);
	w->shards = calloc(MAX(b->shards.len, (size_t)1), sizeof(struct shard *));
	if (!w->shards)
		return err_oom(w->err);
	for (size_t i = 0; i < b->shards.len; i++)
		w->shards[i] = &b->shards.items[i];
	qsort(w->shards, b->shards.len, sizeof(struct shard *), compare_shards);
	for (size_t i = 0; i < b->shards.len; i++)
		w->shards[i]->rank = (uint32_t)i;
	w->summary.shards = b->shards.len;
	return 0;
}

/* The entries of the records that count, in the order of the file. */
static int settle_entries(struct writer *w)
{
	struct db_builder *b = w->b;

	w->entries = calloc(MAX(b->entries.len, (size_t)1), sizeof(struct entry *));
	if (!w->entries)
		return -ENOMEM;
	for (size_t rank = 0; rank < w->summary.advisories; rank++) {
		const struct rec *rec = w->recs[rank];

		if (rec->withdrawn) {
			w->summary.withdrawn++;
			continue;
		}
		for (size_t k = 0; k < rec->n; k++) {
			struct entry *e = &b->entries.items[rec->first + k];

			if (e->rec == UNNUMBERED)
				continue;
			e->rec = (uint32_t)rank;
			e->shard = b->shards.items[e->shard].rank;
			w->entries[w->n_entries++] = e;
		}
	}
	qsort(w->entries, w->n_entries, sizeof(struct entry *), compare_entries);
	w->summary.entries = w->n_entries;
	return 0;
}

/* --- writing -------------------------------------------------------------------------------------- */

/* LMDB calls a write that came short EIO; what is behind it is mostly a full disk. */
static bool is_full(struct writer *w)
{
	struct statvfs st;

	return fstatvfs(w->b->file.fd, &st) == 0 && st.f_bavail * st.f_frsize < MiB(1);
}

static int lmdb_error(struct writer *w, int rc)
{
	if (rc == EIO && is_full(w))
		rc = ENOSPC;
	if (rc == ENOMEM)
		return err_oom(w->err);
	if (rc > 0)
		return err_errno(w->err, rc, "cannot write '%s'", w->b->path);
	if (rc == MDB_MAP_FULL)
		return err_set(w->err, ERR_LIMIT,
			       "cannot write '%s': larger than the limit of %" PRIu64 " bytes",
			       w->b->path, LIMIT_DATABASE_BYTES);
	return err_set(w->err, EIO, "cannot write '%s': %s", w->b->path, mdb_strerror(rc));
}

static int open_db(struct writer *w, const char *name, unsigned flags, MDB_dbi *ret)
{
	int rc = mdb_dbi_open(w->txn, name, MDB_CREATE | flags, ret);

	return rc ? lmdb_error(w, rc) : 0;
}

/* Appends: keys come in order. */
static int put(struct writer *w, MDB_dbi dbi, const void *key, size_t key_len, struct str value)
{
	MDB_val k = {key_len, (void *)key}, v = {value.len, (void *)value.ptr};
	int rc = mdb_put(w->txn, dbi, &k, &v, MDB_APPEND);

	return rc ? lmdb_error(w, rc) : 0;
}

/* Records get their numbers when a shard first names them. */
static uint32_t number_of(struct writer *w, struct rec *rec)
{
	if (rec->number == UNNUMBERED) {
		rec->number = (uint32_t)w->n_numbered;
		w->numbered[w->n_numbered++] = rec;
	}
	return rec->number;
}

/* A source may hold dates that lie ahead of its time: those do not make a database new. */
static void note_time(const struct writer *w, struct str *newest, struct str modified)
{
	if (record_time_cmp(modified, *newest) > 0 && record_time_cmp(modified, w->built) <= 0)
		*newest = modified;
}

/* Entries [begin, end) are one shard's. */
static int write_shard(struct writer *w, struct shard *shard, size_t begin, size_t end)
{
	char name[sizeof(RECORD_DB_SHARD_PREFIX) + DB_NAME_MAX];
	_cleanup_buf_ struct buf value = BUF_INIT(PACKAGE_BYTES_MAX);
	MDB_dbi dbi;
	int r;

	snprintf(name, sizeof(name), RECORD_DB_SHARD_PREFIX "%.*s", STR_FMT(shard->name));
	r = open_db(w, name, 0, &dbi);
	for (size_t i = begin, next; r == 0 && i < end; i = next) {
		struct str package = w->entries[i]->package;

		buf_clear(&value);
		for (next = i; next < end && str_eq(w->entries[next]->package, package); next++) {
			const struct entry *e = w->entries[next];

			pack_uint(&value, number_of(w, w->recs[e->rec]));
			buf_add(&value, e->bytes, e->len);
			note_time(w, &shard->newest, w->recs[e->rec]->modified);
		}
		r = buf_status(&value, w->err);
		if (r == 0)
			r = put(w, dbi, package.ptr, package.len, buf_str(&value));
		shard->packages++;
	}
	shard->entries = end - begin;
	return r;
}

static int write_shards(struct writer *w)
{
	size_t begin = 0, end;
	int r = 0;

	w->numbered = calloc(MAX(w->summary.advisories, (uint64_t)1), sizeof(struct rec *));
	if (!w->numbered)
		return err_oom(w->err);
	for (size_t i = 0; r == 0 && i < w->summary.shards; i++, begin = end) {
		for (end = begin; end < w->n_entries && w->entries[end]->shard == i;)
			end++;
		if (end > begin)
			r = write_shard(w, w->shards[i], begin, end);
	}
	for (size_t i = 0; i < w->summary.advisories; i++)
		number_of(w, w->recs[i]);
	return r;
}

struct name {
	struct str name;
	uint32_t number;
};

VEC_TYPE(name_list, struct name);

static int compare_names(const void *a, const void *b)
{
	const struct name *x = a, *y = b;
	int r = str_cmp(x->name, y->name);

	return r ? r : (x->number > y->number) - (x->number < y->number);
}

static int add_name(struct name_list *names, struct str name, uint32_t number)
{
	struct name *item;

	if (!name_ok(name))
		return 0;
	item = vec_add(names);
	if (!item)
		return -ENOMEM;
	*item = (struct name){name, number};
	return 0;
}

/* Its names are slices of the packed record, which lives as long as the builder. */
static int names_of(const struct rec *rec, struct name_list *names)
{
	_cleanup_(arena_release) struct arena arena = ARENA_INIT(0);
	struct advisory a;
	int r = record_unpack_advisory(rec->bytes, &arena, &a);

	if (r == 0)
		r = add_name(names, a.id, rec->number);
	for (size_t i = 0; r == 0 && i < a.n_vulns; i++)
		r = add_name(names, a.vulns[i], rec->number);
	for (size_t i = 0; r == 0 && i < a.n_aliases; i++)
		r = add_name(names, a.aliases[i], rec->number);
	return r;
}

static int write_advisories(struct writer *w, struct name_list *names)
{
	MDB_dbi dbi;
	int r = open_db(w, RECORD_DB_ADVISORIES, MDB_INTEGERKEY, &dbi);

	for (size_t i = 0; r == 0 && i < w->n_numbered; i++) {
		const struct rec *rec = w->numbered[i];
		unsigned key = rec->number;

		note_time(w, &w->newest, rec->modified);
		if (names_of(rec, names) < 0)
			return err_oom(w->err);
		r = put(w, dbi, &key, sizeof(key), rec->bytes);
	}
	return r;
}

static int write_names(struct writer *w, struct name_list *names)
{
	_cleanup_buf_ struct buf value = BUF_INIT(PACKAGE_BYTES_MAX);
	MDB_dbi dbi;
	int r = open_db(w, RECORD_DB_NAMES, 0, &dbi);

	vec_sort(names, compare_names);
	for (size_t i = 0, next; r == 0 && i < names->len; i = next) {
		struct str name = names->items[i].name;

		buf_clear(&value);
		for (next = i; next < names->len && str_eq(names->items[next].name, name); next++)
			if (next == i || names->items[next].number != names->items[next - 1].number)
				pack_uint(&value, names->items[next].number);
		r = buf_status(&value, w->err);
		if (r == 0)
			r = put(w, dbi, name.ptr, name.len, buf_str(&value));
	}
	return r;
}

static int compare_cves(const void *a, const void *b)
{
	const struct cve *x = a, *y = b;

	return (x->key > y->key) - (x->key < y->key);
}

/* Whatever order they came in: the higher score, the earlier day. */
static void merge_cve(struct record_cve *to, const struct record_cve *from)
{
	if (from->epss != RECORD_NO_EPSS &&
	    (to->epss == RECORD_NO_EPSS || from->epss > to->epss ||
	     (from->epss == to->epss && from->percentile > to->percentile))) {
		to->epss = from->epss;
		to->percentile = from->percentile;
	}
	if (from->kev && (!to->kev || from->kev < to->kev))
		to->kev = from->kev;
}

static int write_cves(struct writer *w)
{
	struct db_builder *b = w->b;
	MDB_dbi dbi;
	int r = open_db(w, RECORD_DB_CVES, MDB_INTEGERKEY, &dbi);

	vec_sort(&b->cves, compare_cves);
	for (size_t i = 0, next; r == 0 && i < b->cves.len; i = next) {
		struct cve cve = b->cves.items[i];

		for (next = i + 1; next < b->cves.len && b->cves.items[next].key == cve.key; next++)
			merge_cve(&cve.values, &b->cves.items[next].values);
		r = put(w, dbi, &cve.key, sizeof(cve.key),
			(struct str){(const char *)&cve.values, sizeof(cve.values)});
	}
	return r;
}

static int compare_str(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

static void join(struct buf *b, struct str_list *list, const char *between)
{
	vec_sort(list, compare_str);
	for (size_t i = 0; i < list->len; i++) {
		if (i)
			buf_addf(b, "%s", between);
		buf_add_str(b, list->items[i]);
	}
}

/* What a restricted shard was asked about, each name once. */
static int write_asked(struct writer *w, struct shard *shard)
{
	char name[sizeof(RECORD_DB_ASKED_PREFIX) + DB_NAME_MAX];
	MDB_dbi dbi;
	int r;

	snprintf(name, sizeof(name), RECORD_DB_ASKED_PREFIX "%.*s", STR_FMT(shard->name));
	vec_sort(&shard->asked, compare_str);
	r = open_db(w, name, 0, &dbi);
	for (size_t i = 0; r == 0 && i < shard->asked.len; i++) {
		struct str package = shard->asked.items[i];

		if (i == 0 || !str_eq(package, shard->asked.items[i - 1]))
			r = put(w, dbi, package.ptr, package.len, STR(""));
	}
	return r;
}

static int write_shard_rows(struct writer *w)
{
	MDB_dbi dbi;
	int r = open_db(w, RECORD_DB_SHARDS, 0, &dbi);

	for (size_t i = 0; r == 0 && i < w->summary.shards; i++) {
		struct shard *shard = w->shards[i];
		_cleanup_buf_ struct buf origin = BUF_INIT(MiB(1)), value = BUF_INIT(MiB(2));
		struct record_shard row;

		note_time(w, &shard->newest, shard->as_of);
		note_time(w, &w->newest, shard->as_of);
		join(&origin, &shard->origins, ", ");
		row = (struct record_shard){
			.origin = buf_str(&origin),
			.newest = shard->newest,
			.packages = shard->packages,
			.entries = shard->entries,
			.restricted = shard->restricted && !shard->whole,
		};
		record_pack_shard(&value, &row);
		r = row.restricted ? write_asked(w, shard) : 0;
		if (r == 0)
			r = buf_status(&origin, w->err);
		if (r == 0)
			r = buf_status(&value, w->err);
		if (r == 0)
			r = put(w, dbi, shard->name.ptr, shard->name.len, buf_str(&value));
	}
	return r;
}

static int write_meta(struct writer *w)
{
	_cleanup_buf_ struct buf gaps = BUF_INIT(MiB(1)), info = BUF_INIT(MiB(2)),
				 schema = BUF_INIT(16);
	struct record_info row = {
		.built = w->built,
		.newest = w->newest,
		.kev_date = w->b->kev_date,
		.epss_date = w->b->epss_date,
		.advisories = w->summary.advisories,
		.withdrawn = w->summary.withdrawn,
		.bad_records = w->b->bad_records,
	};
	MDB_dbi dbi;
	int r = open_db(w, RECORD_DB_META, 0, &dbi);

	join(&gaps, &w->b->gaps, "\n");
	row.gaps = buf_str(&gaps);
	record_pack_info(&info, &row);
	pack_uint(&schema, DB_SCHEMA);
	if (r == 0)
		r = buf_status(&gaps, w->err);
	if (r == 0)
		r = buf_status(&info, w->err);
	if (r == 0)
		r = buf_status(&schema, w->err);
	if (r == 0)
		r = put(w, dbi, "info", 4, buf_str(&info));
	if (r == 0)
		r = put(w, dbi, "schema", 6, buf_str(&schema));
	return r;
}

/*
 * All in one transaction: pages are then handed out in the order of use, and none is left free. Nobody
 * reads the file before its rename, so there is nothing to lock and no intermediate state to sync.
 */
static int begin(struct writer *w)
{
	int rc = mdb_env_create(&w->env);

	if (rc == 0)
		rc = mdb_env_set_maxdbs(w->env, RECORD_TABLES_MAX);
	if (rc == 0)
		rc = mdb_env_set_mapsize(w->env,
					 (size_t)MIN(LIMIT_DATABASE_BYTES, (uint64_t)SIZE_MAX / 4));
	if (rc == 0)
		rc = mdb_env_open(w->env, w->b->file.temp,
				  MDB_NOSUBDIR | MDB_NOLOCK | MDB_NOSYNC | MDB_NOTLS, 0644);
	if (rc == 0)
		rc = mdb_txn_begin(w->env, NULL, 0, &w->txn);
	return rc ? lmdb_error(w, rc) : 0;
}

/* Commits, closes, and gives the file its exact size and its seal. */
static int end(struct writer *w)
{
	MDB_envinfo info;
	MDB_stat stat;
	int rc = mdb_txn_commit(w->txn), r;

	w->txn = NULL;
	if (rc == 0)
		rc = mdb_env_info(w->env, &info);
	if (rc == 0)
		rc = mdb_env_stat(w->env, &stat);
	if (rc)
		return lmdb_error(w, rc);
	mdb_env_close(w->env);
	w->env = NULL;
	w->summary.bytes = ((uint64_t)info.me_last_pgno + 1) * stat.ms_psize;
	/* LMDB may have left pages at the end that it counts and never wrote. */
	if (ftruncate(w->b->file.fd, (off_t)w->summary.bytes) < 0)
		return err_errno(w->err, errno, "cannot write '%s'", w->b->path);
	r = seal_write(w->b->file.fd, w->summary.bytes, w->b->path, w->err);
	w->summary.bytes += SEAL_SIZE;
	return r;
}

static void writer_release(struct writer *w)
{
	if (w->txn)
		mdb_txn_abort(w->txn);
	if (w->env)
		mdb_env_close(w->env);
	free(w->recs);
	free(w->entries);
	free(w->shards);
	free(w->numbered);
}

static int write_all(struct writer *w)
{
	struct name_list names = {0};
	int r = begin(w);

	if (r == 0)
		r = write_shards(w);
	if (r == 0)
		r = write_advisories(w, &names);
	if (r == 0)
		r = write_names(w, &names);
	if (r == 0)
		r = write_cves(w);
	if (r == 0)
		r = write_shard_rows(w);
	if (r == 0)
		r = write_meta(w);
	vec_release(&names);
	return r == 0 ? end(w) : r;
}

/* The time of the build as RFC 3339. */
static int build_time(struct db_builder *b, struct str *ret, struct err *err)
{
	int64_t seconds;
	char text[21];
	int r = date_now(&seconds, err);

	if (r < 0)
		return r;
	date_format_time(seconds, text);
	*ret = arena_str(&b->arena, str_from(text));
	return ret->ptr ? 0 : err_oom(err);
}

int db_builder_finish(struct db_builder *b, struct db_build_summary *ret, struct err *err)
{
	_cleanup_(writer_release) struct writer w = {.b = b, .err = err};
	int r = build_time(b, &w.built, err);

	/* A shard without records was looked at all the same, see db_builder_shard_origin(). */
	if (r == 0 && b->recs.len == 0 && b->shards.len == 0)
		r = err_set(err, ENODATA, "cannot build '%s': no usable record in what was given",
			    b->path);
	if (r == 0)
		r = sort_shards(&w);
	if (r == 0 && (settle_records(&w) < 0 || settle_entries(&w) < 0))
		r = err_oom(err);
	if (r == 0)
		r = write_all(&w);
	if (r == 0)
		r = atomic_file_commit(&b->file, err);
	if (r < 0)
		return r;
	w.summary.bad_records = b->bad_records;
	if (ret)
		*ret = w.summary;
	return 0;
}
