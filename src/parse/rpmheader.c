/* Header blobs of rpm: see rpmheader.h. */
#include "base/compat.h"

#include "parse/rpmheader.h"

#include "parse/bytes.h"

/* rpm's own maxima (lib/header.c, HEADER_TAGS_MAX and HEADER_DATA_MAX). */
enum { MAX_ENTRIES = 0xffff, MAX_DATA = 0x0fffffff };
enum { INTRO_SIZE = 8, ENTRY_SIZE = 16 };

enum entry_type {
	TYPE_CHAR = 1,
	TYPE_INT8 = 2,
	TYPE_INT16 = 3,
	TYPE_INT32 = 4,
	TYPE_STRING = 6,
	TYPE_STRING_ARRAY = 8,
	TYPE_I18N_STRING = 9,
};

enum tag {
	TAG_NAME = 1000,
	TAG_VERSION = 1001,
	TAG_RELEASE = 1002,
	TAG_EPOCH = 1003,
	TAG_VENDOR = 1011,
	TAG_LICENSE = 1014,
	TAG_ARCH = 1022,
	TAG_OLD_FILE_NAMES = 1027,
	TAG_FILE_STATES = 1029,
	TAG_FILE_MODES = 1030,
	TAG_FILE_DIGESTS = 1035,
	TAG_FILE_FLAGS = 1037,
	TAG_SOURCE_RPM = 1044,
	TAG_DIR_INDEXES = 1116,
	TAG_BASE_NAMES = 1117,
	TAG_DIR_NAMES = 1118,
	TAG_FILE_DIGEST_ALGO = 5011,
	TAG_MODULARITY_LABEL = 5096,
};

/* Where a tag's value goes: one of the three is set. */
struct target {
	struct str *string;
	uint32_t *integer;
	struct rpmheader_array *array;
	bool strings; /* the array is one of strings */
};

static bool find_target(struct rpmheader *h, uint32_t tag, struct target *ret)
{
	struct target t = {0};

	switch (tag) {
	case TAG_NAME:
		t.string = &h->name;
		break;
	case TAG_VERSION:
		t.string = &h->version;
		break;
	case TAG_RELEASE:
		t.string = &h->release;
		break;
	case TAG_VENDOR:
		t.string = &h->vendor;
		break;
	case TAG_LICENSE:
		t.string = &h->license;
		break;
	case TAG_ARCH:
		t.string = &h->arch;
		break;
	case TAG_SOURCE_RPM:
		t.string = &h->source_rpm;
		break;
	case TAG_MODULARITY_LABEL:
		t.string = &h->modularity_label;
		break;
	case TAG_EPOCH:
		t.integer = &h->epoch;
		break;
	case TAG_FILE_DIGEST_ALGO:
		t.integer = &h->digest_algo;
		break;
	case TAG_BASE_NAMES:
		t = (struct target){.array = &h->base_names, .strings = true};
		break;
	case TAG_DIR_NAMES:
		t = (struct target){.array = &h->dir_names, .strings = true};
		break;
	case TAG_OLD_FILE_NAMES:
		t = (struct target){.array = &h->old_names, .strings = true};
		break;
	case TAG_FILE_DIGESTS:
		t = (struct target){.array = &h->file_digests, .strings = true};
		break;
	case TAG_DIR_INDEXES:
		t.array = &h->dir_indexes;
		break;
	case TAG_FILE_FLAGS:
		t.array = &h->file_flags;
		break;
	case TAG_FILE_MODES:
		t.array = &h->file_modes;
		break;
	case TAG_FILE_STATES:
		t.array = &h->file_states;
		break;
	default:
		return false;
	}
	*ret = t;
	return true;
}

static unsigned integer_width(uint32_t type)
{
	switch (type) {
	case TYPE_CHAR:
	case TYPE_INT8:
		return 1;
	case TYPE_INT16:
		return 2;
	case TYPE_INT32:
		return 4;
	default:
		return 0;
	}
}

static bool is_string(uint32_t type)
{
	return type == TYPE_STRING || type == TYPE_STRING_ARRAY || type == TYPE_I18N_STRING;
}

/* Stores the value of an entry whose data begins at ptr; NULL, or what is wrong with it. */
static const char *store(const struct target *t, uint32_t type, uint32_t count,
			 const unsigned char *ptr, const unsigned char *end)
{
	struct rpmheader_array a = {ptr, end, count, integer_width(type)};

	if (t->string || t->strings) {
		if (!is_string(type))
			return "is no string";
		a.width = 0;
		/* Every string takes a byte at least. */
		if (count > (size_t)(end - ptr))
			return "has more strings than bytes";
	} else {
		if (a.width == 0)
			return "is no integer";
		if (count > (size_t)(end - ptr) / a.width)
			return "reaches behind the data";
	}
	if (t->string && !rpmheader_next_string(&a, t->string))
		return "does not end within the data";
	if (t->integer) {
		if (count == 0)
			return "is empty";
		*t->integer = rpmheader_integer(&a, 0);
	}
	if (t->array)
		*t->array = a;
	return NULL;
}

int rpmheader_parse(struct str blob, struct rpmheader *ret, struct err *err)
{
	const unsigned char *bytes = (const unsigned char *)blob.ptr, *data, *end;
	struct rpmheader h = {.digest_algo = 1};
	uint32_t n_entries, data_len;

	if (blob.len < INTRO_SIZE)
		return err_set(err, ERR_FORMAT, "offset 0: header of %zu bytes", blob.len);
	n_entries = bytes_be32(bytes);
	data_len = bytes_be32(bytes + 4);
	if (n_entries > MAX_ENTRIES || data_len > MAX_DATA ||
	    INTRO_SIZE + (size_t)n_entries * ENTRY_SIZE + data_len > blob.len)
		return err_set(err, ERR_FORMAT,
			       "offset 0: header of %" PRIu32 " entries and %" PRIu32
			       " bytes of data in %zu bytes",
			       n_entries, data_len, blob.len);
	data = bytes + INTRO_SIZE + (size_t)n_entries * ENTRY_SIZE;
	end = data + data_len;
	/* Entries that were added after the build lie behind the region they may replace: the last one of
	 * a tag counts. */
	for (uint32_t i = 0; i < n_entries; i++) {
		const unsigned char *entry = bytes + INTRO_SIZE + (size_t)i * ENTRY_SIZE;
		uint32_t tag = bytes_be32(entry), offset = bytes_be32(entry + 8);
		const char *wrong = "points behind the data";
		struct target target;

		if (!find_target(&h, tag, &target))
			continue;
		if (offset <= data_len)
			wrong = store(&target, bytes_be32(entry + 4), bytes_be32(entry + 12),
				      data + offset, end);
		if (wrong)
			return err_set(err, ERR_FORMAT, "offset %zu: tag %" PRIu32 " %s",
				       (size_t)(entry - bytes), tag, wrong);
	}
	*ret = h;
	return 0;
}

bool rpmheader_next_string(struct rpmheader_array *strings, struct str *ret)
{
	size_t left = (size_t)(strings->end - strings->ptr);
	const unsigned char *nul;

	if (strings->count == 0 || strings->width)
		return false;
	nul = left ? memchr(strings->ptr, '\0', left) : NULL;
	if (!nul)
		return false;
	*ret = str_from_range((const char *)strings->ptr, (const char *)nul);
	strings->ptr = nul + 1;
	strings->count--;
	return true;
}

uint32_t rpmheader_integer(const struct rpmheader_array *integers, uint32_t i)
{
	const unsigned char *at;

	if (i >= integers->count)
		return 0;
	at = integers->ptr + (size_t)i * integers->width;
	switch (integers->width) {
	case 1:
		return *at;
	case 2:
		return bytes_be16(at);
	case 4:
		return bytes_be32(at);
	default:
		return 0;
	}
}
