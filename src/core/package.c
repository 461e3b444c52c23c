/* Packages: see package.h. */
#include "base/compat.h"

#include "core/limits.h"
#include "core/package.h"

const char *package_type_name(enum package_type type)
{
	static const char *const names[PACKAGE_TYPE_MAX_] = {
		[PACKAGE_DPKG] = "dpkg",
		[PACKAGE_APK] = "apk",
		[PACKAGE_RPM] = "rpm",
	};

	return type < PACKAGE_TYPE_MAX_ ? names[type] : "?";
}

void package_pack(struct buf *b, const struct package *p)
{
	pack_u8(b, (uint8_t)p->type);
	pack_str(b, p->name);
	pack_str(b, p->version);
	pack_str(b, p->arch);
	pack_str(b, p->source_name);
	pack_str(b, p->source_version);
	pack_str(b, p->module);
	pack_str(b, p->vendor);
	pack_str(b, p->license);
	pack_u8(b, p->broken);
	pack_str(b, p->third_party);
	pack_uint(b, p->n_files);
	for (size_t i = 0; i < p->n_files; i++) {
		pack_str(b, p->files[i].path);
		pack_str(b, p->files[i].digest);
	}
}

static int unpack_files(struct unpack *u, struct arena *arena, struct package *p)
{
	enum { FILE_MIN = 2 }; /* the lengths of two empty strings */
	size_t n = unpack_count(u, FILE_MIN);
	struct owned_file *files;

	if (n == 0)
		return 0;
	if (n > LIMIT_OWNED_FILES) {
		u->failed = true;
		return 0;
	}
	files = arena_calloc(arena, n, sizeof(*files));
	if (!files)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		files[i].path = unpack_str(u);
		files[i].digest = unpack_str(u);
	}
	p->files = files;
	p->n_files = n;
	return 0;
}

int package_unpack(struct unpack *u, struct arena *arena, struct package *ret)
{
	struct package p = {.layer = LAYER_NONE};
	int r;

	p.type = (enum package_type)unpack_uint_max(u, PACKAGE_TYPE_MAX_ - 1);
	p.name = unpack_str(u);
	p.version = unpack_str(u);
	p.arch = unpack_str(u);
	p.source_name = unpack_str(u);
	p.source_version = unpack_str(u);
	p.module = unpack_str(u);
	p.vendor = unpack_str(u);
	p.license = unpack_str(u);
	p.broken = unpack_uint_max(u, 1) != 0;
	p.third_party = unpack_str(u);
	r = unpack_files(u, arena, &p);
	if (r < 0)
		return r;
	*ret = p;
	return 0;
}

int package_compare(const void *a_, const void *b_)
{
	const struct package *a = a_, *b = b_;
	int r;

	if ((r = str_cmp(a->name, b->name)))
		return r;
	if ((r = str_cmp(a->version, b->version)))
		return r;
	if ((r = str_cmp(a->arch, b->arch)))
		return r;
	return str_cmp(a->path, b->path);
}
