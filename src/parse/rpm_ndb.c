/* rpm's ndb databases: see rpmdb.h. All integers are little-endian. */
#include "base/compat.h"

#include "parse/bytes.h"
#include "parse/rpmdb.h"

enum {
	PAGE_BYTES = 4096,
	HEADER_BYTES =
		32,	 /* magic, version, generation, number of slot pages, next package number */
	SLOT_BYTES = 16, /* magic, package number, first block, number of blocks */
	BLOCK_BYTES = 16,
	BLOB_HEAD_BYTES = 16, /* magic, package number, generation, length */
	BLOB_TAIL_BYTES = 12, /* Adler-32, length, magic */
};

#define SLOT_MAGIC	UINT32_C(0x746f6c53) /* "Slot" */
#define BLOB_HEAD_MAGIC UINT32_C(0x53626c42) /* "BlbS" */
#define BLOB_TAIL_MAGIC UINT32_C(0x45626c42) /* "BlbE" */

struct slot {
	uint32_t number;
	uint64_t offset, size; /* of the blob with head and tail, in bytes */
};

/* The blob that a slot points to; NULL, or what is wrong with it. The checksum is not computed, as rpm
 * does not when it reads. */
static const char *find_blob(struct str bytes, const struct slot *slot, struct str *ret)
{
	const unsigned char *head, *tail;
	uint64_t len;

	if (slot->size < BLOB_HEAD_BYTES + BLOB_TAIL_BYTES)
		return "its slot has too few blocks";
	if (slot->offset > bytes.len || slot->size > bytes.len - slot->offset)
		return "its slot points behind the file";
	head = (const unsigned char *)bytes.ptr + slot->offset;
	tail = head + slot->size - BLOB_TAIL_BYTES;
	len = bytes_le32(head + 12);
	if (bytes_le32(head) != BLOB_HEAD_MAGIC || bytes_le32(head + 4) != slot->number)
		return "its slot points to something else";
	if (len > slot->size - BLOB_HEAD_BYTES - BLOB_TAIL_BYTES || bytes_le32(tail + 4) != len ||
	    bytes_le32(tail + 8) != BLOB_TAIL_MAGIC)
		return "its length does not fit its slot";
	*ret = (struct str){(const char *)head + BLOB_HEAD_BYTES, (size_t)len};
	return NULL;
}

int rpmdb_read_ndb(struct str bytes, rpmdb_visit *visit, void *context, struct err *err)
{
	const unsigned char *p = (const unsigned char *)bytes.ptr;
	uint64_t slots_end, budget = bytes.len;

	if (bytes.len < PAGE_BYTES || !str_starts(bytes, STR("RpmP")))
		return err_set(err, ERR_FORMAT, "offset 0: not an ndb database");
	if (bytes_le32(p + 4) != 0)
		return err_set(err, ERR_UNSUPPORTED, "offset 4: ndb version %" PRIu32,
			       bytes_le32(p + 4));
	slots_end = (uint64_t)bytes_le32(p + 12) * PAGE_BYTES;
	if (slots_end == 0 || slots_end > bytes.len)
		return err_set(err, ERR_FORMAT, "offset 12: %" PRIu32 " pages of slots",
			       bytes_le32(p + 12));
	for (uint64_t at = HEADER_BYTES; at < slots_end; at += SLOT_BYTES) {
		struct slot slot = {.number = bytes_le32(p + at + 4),
				    .offset = (uint64_t)bytes_le32(p + at + 8) * BLOCK_BYTES,
				    .size = (uint64_t)bytes_le32(p + at + 12) * BLOCK_BYTES};
		struct rpmdb_record record = {.number = slot.number, .offset = slot.offset};
		int r;

		if (bytes_le32(p + at) != SLOT_MAGIC)
			return err_set(err, ERR_FORMAT, "offset %" PRIu64 ": not a slot", at);
		if (slot.offset == 0)
			continue; /* free */
		record.problem = find_blob(bytes, &slot, &record.blob);
		if (!record.problem) {
			/* Blobs never overlap; slots that share one are a trick to multiply work. */
			if (record.blob.len > budget)
				return err_set(err, ERR_FORMAT,
					       "offset %" PRIu64 ": slots share their blobs", at);
			budget -= record.blob.len;
		}
		r = visit(context, &record);
		if (r < 0)
			return r;
	}
	return 0;
}
