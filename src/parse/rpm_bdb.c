/*
 * rpm's Berkeley DB hash databases: see rpmdb.h. Layout (Berkeley DB, src/dbinc/db_page.h): pages of one
 * size, the first one holds the description. Hash pages hold keys and data by turns, each reached through
 * an array of offsets behind the page head; an item ends where the one before it begins, the first at the
 * end of the page. Large items lie in chains of overflow pages.
 *
 * All hash pages are read in the order of the file instead of bucket by bucket: that needs no trust in
 * the links between them. Pages that were freed carry another type.
 */
#include "base/compat.h"

#include "base/buf.h"
#include "parse/bytes.h"
#include "parse/rpmdb.h"

enum {
	META_BYTES = 512,
	HEAD_BYTES = 26,
	MAX_PAGE = 64 * 1024, /* DB_MAX_PGSIZE */
	MIN_PAGE = 512,
	OFFPAGE_BYTES = 12, /* type, 3 unused, first page, length */
};

enum { HASH_MAGIC = 0x061561, BTREE_MAGIC = 0x053162 };
enum { PAGE_HASH_UNSORTED = 2, PAGE_OVERFLOW = 7, PAGE_HASH_META = 8, PAGE_HASH = 13 };
enum { ITEM_KEYDATA = 1, ITEM_OFFPAGE = 3 };

struct bdb {
	const unsigned char *bytes;
	uint32_t page_size, n_pages;
	bool big_endian;
	uint64_t budget; /* bytes of data that may still be put together */
	struct buf blob; /* the overflow chain being put together */
};

static uint32_t get32(const struct bdb *db, const unsigned char *p)
{
	return db->big_endian ? bytes_be32(p) : bytes_le32(p);
}

static uint16_t get16(const struct bdb *db, const unsigned char *p)
{
	return db->big_endian ? bytes_be16(p) : bytes_le16(p);
}

static const unsigned char *page_at(const struct bdb *db, uint32_t number)
{
	return db->bytes + (size_t)number * db->page_size;
}

/* Reads the description. */
static int open_db(struct bdb *db, struct str bytes, struct err *err)
{
	const unsigned char *meta = (const unsigned char *)bytes.ptr;
	uint32_t magic;

	if (bytes.len < META_BYTES)
		return err_set(err, ERR_FORMAT, "offset 0: no rpm database of any known kind");
	db->bytes = meta;
	magic = bytes_le32(meta + 12);
	if (magic != HASH_MAGIC && magic != BTREE_MAGIC) {
		db->big_endian = true;
		magic = bytes_be32(meta + 12);
	}
	if (magic == BTREE_MAGIC)
		return err_set(err, ERR_UNSUPPORTED, "offset 12: a Berkeley DB b-tree, not a hash");
	if (magic != HASH_MAGIC)
		return err_set(err, ERR_FORMAT, "offset 12: no rpm database of any known kind");
	if (meta[24] != 0 || meta[26] != 0)
		return err_set(err, ERR_UNSUPPORTED,
			       "offset 24: a Berkeley DB with encryption, checksums or partitions");
	db->page_size = get32(db, meta + 20);
	if (meta[25] != PAGE_HASH_META || db->page_size < MIN_PAGE || db->page_size > MAX_PAGE ||
	    (db->page_size & (db->page_size - 1)))
		return err_set(err, ERR_FORMAT, "offset 20: page size %" PRIu32 ", page type %u",
			       db->page_size, meta[25]);
	db->n_pages = (uint32_t)MIN(bytes.len / db->page_size, (size_t)UINT32_MAX);
	/* The file may be cut at its end; what there is of it is read first. */
	db->budget = bytes.len;
	db->blob = BUF_INIT(bytes.len);
	return 0;
}

/* Puts an overflow chain together in db->blob; NULL, or what is wrong with it. Bytes that were read count
 * against the budget whatever became of them: chains that share pages or go in circles are cut short. */
static const char *read_chain(struct bdb *db, uint32_t number, uint32_t len)
{
	buf_clear(&db->blob);
	if (len > db->budget)
		return "it is longer than the file";
	while (db->blob.len < len) {
		const unsigned char *page;
		size_t used;

		if (number == 0 || number >= db->n_pages)
			return "its overflow pages end too early";
		page = page_at(db, number);
		used = get16(db, page + 22);
		if (page[25] != PAGE_OVERFLOW || used == 0 || used > db->page_size - HEAD_BYTES)
			return "its overflow pages are broken";
		used = MIN(used, len - db->blob.len);
		buf_add(&db->blob, page + HEAD_BYTES, used);
		if (db->blob.status)
			return NULL; /* the caller asks for the status */
		db->budget -= used;
		number = get32(db, page + 16);
	}
	return NULL;
}

struct item {
	const unsigned char *ptr;
	size_t len;
};

/* Item i of a hash page; false when its offsets make no sense. */
static bool page_item(const struct bdb *db, const unsigned char *page, unsigned i, struct item *ret)
{
	size_t begin = get16(db, page + HEAD_BYTES + 2 * (size_t)i), end = db->page_size;

	if (i > 0)
		end = get16(db, page + HEAD_BYTES + 2 * (size_t)(i - 1));
	if (begin >= end || begin < HEAD_BYTES || end > db->page_size)
		return false;
	*ret = (struct item){page + begin, end - begin};
	return true;
}

/* One key and its data. */
static int read_pair(struct bdb *db, const struct item *key, const struct item *data,
		     rpmdb_visit *visit, void *context, struct err *err)
{
	struct rpmdb_record record = {.offset = (uint64_t)(data->ptr - db->bytes)};
	int r;

	if (key->ptr[0] == ITEM_KEYDATA && key->len == 5)
		record.number = get32(db, key->ptr + 1);
	else
		record.problem = "its key is no package number";
	/* Number 0 keeps the number of the next package. */
	if (!record.problem && record.number == 0)
		return 0;
	if (record.problem) {
		/* nothing more is known of it */
	} else if (data->ptr[0] == ITEM_OFFPAGE && data->len == OFFPAGE_BYTES) {
		record.problem = read_chain(db, get32(db, data->ptr + 4), get32(db, data->ptr + 8));
		r = buf_status(&db->blob, err);
		if (r < 0)
			return r;
		if (!record.problem)
			record.blob = buf_str(&db->blob);
	} else if (data->ptr[0] == ITEM_KEYDATA) {
		record.blob = (struct str){(const char *)data->ptr + 1, data->len - 1};
	} else {
		record.problem = "its data is of an unknown type";
	}
	return visit(context, &record);
}

static int read_page(struct bdb *db, uint32_t number, rpmdb_visit *visit, void *context,
		     struct err *err)
{
	const unsigned char *page = page_at(db, number);
	unsigned n_items = get16(db, page + 20);
	struct rpmdb_record lost = {.offset = (uint64_t)number * db->page_size,
				    .problem = "its page is broken"};
	int r;

	if ((page[25] != PAGE_HASH && page[25] != PAGE_HASH_UNSORTED) || n_items == 0)
		return 0;
	if (get32(db, page + 8) != number || HEAD_BYTES + 2 * (size_t)n_items > db->page_size)
		return visit(context, &lost);
	for (unsigned i = 0; i + 1 < n_items; i += 2) {
		struct item key, data;

		if (!page_item(db, page, i, &key) || !page_item(db, page, i + 1, &data))
			return visit(context, &lost);
		r = read_pair(db, &key, &data, visit, context, err);
		if (r < 0)
			return r;
	}
	return 0;
}

int rpmdb_read_bdb(struct str bytes, rpmdb_visit *visit, void *context, struct err *err)
{
	struct bdb db = {0};
	int r = open_db(&db, bytes, err);
	uint32_t last;

	if (r < 0)
		return r;
	for (uint32_t number = 1; r == 0 && number < db.n_pages; number++)
		r = read_page(&db, number, visit, context, err);
	buf_release(&db.blob);
	if (r < 0)
		return r;
	last = get32(&db, db.bytes + 32);
	if (last >= db.n_pages)
		return err_set(err, ERR_FORMAT,
			       "offset %zu: the file ends before its last page, number %" PRIu32,
			       bytes.len, last);
	return 0;
}
