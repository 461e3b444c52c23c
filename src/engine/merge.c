/* Merging layers: see merge.h. */
#include "base/compat.h"

#include "engine/merge.h"

#include "base/map.h"
#include "core/limits.h"
#include "engine/collect.h"

/* What a higher layer does to paths of lower ones, as map values. */
enum { HIDES_BELOW = 1, HIDES_SELF = 2 };

VEC_TYPE(fact_list, struct fact);

/* One layer's facts by path: of several entries of one name the last counts, as when unpacking. */
struct layer_facts {
	struct fact_list facts;
	struct map last;  /* path → struct fact * that may be visible */
	struct map hides; /* path → HIDES_… for the layers below */
};

struct visible {
	const struct fact *fact;
	int layer;
};

struct merger {
	struct layer_facts *layers;
	size_t n_layers;
	struct arena *arena;
	struct err *err;
	VEC(struct visible) visible;
	struct map links;   /* path → struct fact *: visible symbolic links */
	struct map places;  /* real directory → bit mask of catalogers */
	struct map files;   /* real path → struct visible * */
	struct map counted; /* real path → visible file, so that two names do not count twice */
	bool with_files;
	unsigned distro_rank;
	struct merged *result;
};

/* The path one level up; false at the root. "" is the root itself. */
static bool go_up(struct str *path)
{
	ssize_t slash;

	if (path->len == 0)
		return false;
	slash = str_rfind_char(*path, '/');
	path->len = slash < 0 ? 0 : (size_t)slash;
	return true;
}

/* Does a layer of these hides take path away from the layers below it? */
static bool is_hidden(const struct map *hides, struct str path)
{
	uintptr_t flags = (uintptr_t)map_get(hides, path);

	if (flags & HIDES_SELF)
		return true;
	while (go_up(&path))
		if (map_get(hides, path))
			return true;
	return false;
}

static int add_flags(struct map *map, struct str path, uintptr_t flags)
{
	void **slot = map_slot(map, path);

	if (!slot)
		return -ENOMEM;
	*slot = (void *)((uintptr_t)*slot | flags);
	return 0;
}

static int index_facts(struct layer_facts *layer)
{
	for (size_t i = 0; i < layer->facts.len; i++) {
		struct fact *fact = &layer->facts.items[i];
		bool opaque = fact->kind == FACT_OPAQUE;
		void **slot;

		if (fact->kind == FACT_UNREADABLE && fact->path.len == 0)
			continue;
		if (add_flags(&layer->hides, fact->path, opaque ? HIDES_BELOW : HIDES_SELF) < 0)
			return -ENOMEM;
		if (opaque || fact->kind == FACT_WHITEOUT)
			continue;
		slot = map_slot(&layer->last, fact->path);
		if (!slot)
			return -ENOMEM;
		*slot = fact;
	}
	return 0;
}

static int load_facts(struct merger *m, struct str packed, struct layer_facts *layer)
{
	struct unpack u = unpack_init(packed);
	struct fact fact;

	while (facts_next(&u, &fact)) {
		struct fact *item = vec_add(&layer->facts);

		if (!item)
			return err_oom(m->err);
		*item = fact;
	}
	if (u.failed)
		return err_set(m->err, ERR_FORMAT, "the facts of a layer are damaged");
	return 0;
}

/* Of facts about one path the last counts: what else the layer says of it stands behind its owned files. */
static int load_layer(struct merger *m, const struct facts *facts, struct layer_facts *layer)
{
	int r = m->with_files ? load_facts(m, facts->owned, layer) : 0;

	if (r == 0)
		r = load_facts(m, facts->body, layer);
	if (r == 0 && index_facts(layer) < 0)
		r = err_oom(m->err);
	return r;
}

/* Fills m->visible, uppermost layer first. */
static int find_visible(struct merger *m)
{
	_cleanup_map_ struct map hidden = MAP_INIT;

	for (size_t i = m->n_layers; i-- > 0;) {
		struct layer_facts *layer = &m->layers[i];

		for (size_t k = 0; k < layer->facts.len; k++) {
			const struct fact *fact = &layer->facts.items[k];
			bool everywhere = fact->kind == FACT_UNREADABLE && fact->path.len == 0;
			struct visible *v;

			if (!everywhere && (map_get(&layer->last, fact->path) != fact ||
					    is_hidden(&hidden, fact->path)))
				continue;
			v = vec_add(&m->visible);
			if (!v)
				return err_oom(m->err);
			*v = (struct visible){fact, (int)i};
		}
		for (size_t k = 0; k < layer->facts.len; k++) {
			struct str path = layer->facts.items[k].path;
			uintptr_t flags = (uintptr_t)map_get(&layer->hides, path);

			if (flags && add_flags(&hidden, path, flags) < 0)
				return err_oom(m->err);
		}
	}
	return 0;
}

/*
 * The real path of a path inside the merged tree, links followed, never leaving the root; written to
 * `to` (4097 bytes). What is not known to be a link is taken as it is. -ELOOP, -ENAMETOOLONG.
 */
static ssize_t resolve(const struct merger *m, struct str path, char *to)
{
	char rest[4096 + 1], next[4096 + 1];
	struct str left, part;
	unsigned followed = 0;
	bool unsafe = false;
	size_t len = 0;

	if (path.len > LIMIT_PATH_LEN)
		return -ENAMETOOLONG;
	memcpy(rest, path.ptr, path.len);
	left = (struct str){rest, path.len};
	while (left.ptr && str_split(&left, '/', &part)) {
		const struct fact *link;
		size_t before = len;
		ssize_t n;

		if (part.len == 0)
			continue;
		if (len + 1 + part.len > LIMIT_PATH_LEN)
			return -ENAMETOOLONG;
		if (len)
			to[len++] = '/';
		memcpy(to + len, part.ptr, part.len);
		len += part.len;
		link = map_get(&m->links, (struct str){to, len});
		if (!link)
			continue;
		if (++followed > LIMIT_LINKS_FOLLOWED)
			return -ELOOP;
		/* Begin anew with: directory of the link (unless the target is absolute), target, rest. */
		n = snprintf(next, sizeof(next), "%.*s/%.*s/%.*s",
			     str_starts(link->target, STR("/")) ? 0 : (int)before, to,
			     STR_FMT(link->target), STR_FMT(left));
		if (n < 0 || (size_t)n >= sizeof(next))
			return -ENAMETOOLONG;
		n = path_clean((struct str){next, (size_t)n}, rest, &unsafe);
		if (n < 0)
			return -ENAMETOOLONG;
		left = (struct str){rest, (size_t)n};
		len = 0;
	}
	to[len] = '\0';
	return (ssize_t)len;
}

static int find_links(struct merger *m)
{
	for (size_t i = 0; i < m->visible.len; i++) {
		const struct fact *fact = m->visible.items[i].fact;
		void **slot;

		if (fact->kind != FACT_LINK || fact->hard)
			continue;
		slot = map_slot(&m->links, fact->path);
		if (!slot)
			return err_oom(m->err);
		*slot = (void *)fact;
	}
	return 0;
}

/* Catalogers know directories by how they end: "lib/dpkg" in "var/lib/dpkg". */
static bool known_by_end(struct str place, struct str real)
{
	struct str end = place;
	ssize_t slash = str_rfind_char(place, '/');

	if (str_eq(place, real))
		return true;
	if (slash > 0) {
		slash = str_rfind_char(str_sub(place, 0, (size_t)slash), '/');
		end = str_from_offset(place, (size_t)(slash + 1));
	}
	return str_ends(real, end) &&
	       (real.len == end.len || real.ptr[real.len - end.len - 1] == '/');
}

/* What lies below an alias in the same way needs none of its own. */
static bool is_implied(const struct alias *alias, struct str real, struct str known)
{
	return !alias->is_file && str_starts(real, alias->real) &&
	       str_starts(known, alias->known) &&
	       str_eq(str_from_offset(real, alias->real.len),
		      str_from_offset(known, alias->known.len));
}

static int add_alias(struct merger *m, struct str real, struct str known, bool is_file)
{
	struct alias *alias;

	if (real.len == 0) /* a link to the root itself stands for nothing */
		return 0;
	for (size_t i = 0; i < m->result->aliases.len; i++)
		if (is_implied(&m->result->aliases.items[i], real, known))
			return 0;
	real = arena_str(m->arena, real);
	known = arena_str(m->arena, known);
	alias = real.ptr && known.ptr ? vec_add(&m->result->aliases) : NULL;
	if (!alias)
		return -ENOMEM;
	*alias = (struct alias){.real = real, .known = known, .is_file = is_file};
	return 0;
}

/* The real directories in which each cataloger's files count. */
static int find_places(struct merger *m)
{
	char real[4096 + 1];

	for (size_t i = 0; i < n_catalogers; i++) {
		for (const char *const *place = catalogers[i]->places; *place; place++) {
			ssize_t n = resolve(m, str_from(*place), real);
			struct str dir;

			if (n < 0)
				continue; /* a loop of links: nothing can lie there */
			dir = arena_str(m->arena, (struct str){real, (size_t)n});
			if (!dir.ptr || add_flags(&m->places, dir, (uintptr_t)1 << i) < 0)
				return err_oom(m->err);
			if (!known_by_end(str_from(*place), dir) &&
			    add_alias(m, dir, str_from(*place), false) < 0)
				return err_oom(m->err);
		}
	}
	return 0;
}

static int add_unreadable(struct merger *m, struct str what, struct str path, int layer,
			  struct str reason)
{
	struct unreadable *item = vec_add(&m->result->unreadable);

	if (!item)
		return err_oom(m->err);
	*item = (struct unreadable){.what = what, .path = path, .layer = layer, .reason = reason};
	return 0;
}

static struct str absolute(struct merger *m, struct str path)
{
	return arena_printf(m->arena, "/%.*s", STR_FMT(path));
}

static struct str package_key(struct arena *arena, const struct package *p)
{
	return arena_printf(arena, "%.*s\n%.*s\n%.*s", STR_FMT(p->name), STR_FMT(p->arch),
			    STR_FMT(p->version));
}

/* Does some layer between lower and upper (both excluded) take path away? */
static bool hidden_between(const struct merger *m, int lower, int upper, struct str path)
{
	for (int i = lower + 1; i < upper; i++)
		if (!map_get(&m->layers[i].last, path) && is_hidden(&m->layers[i].hides, path))
			return true;
	return false;
}

/*
 * Sets layer of the packages from first on, which come from the database at path in layer top: down
 * through the layers that have that database, as long as they list the same version.
 */
static int attribute(struct merger *m, struct str path, int top, size_t first)
{
	struct package_list *packages = &m->result->packages;
	int below = top;

	for (int i = top - 1; i >= 0; i--) {
		const struct fact *fact = map_get(&m->layers[i].last, path);
		_cleanup_arena_ struct arena scratch = ARENA_INIT(0);
		struct package_list older = {0};
		_cleanup_map_ struct map present = MAP_INIT;
		bool any = false;
		int r;

		if (!fact || fact->kind != FACT_FILE || fact->catalog_kind != CATALOG_PACKAGES)
			continue;
		if (hidden_between(m, i, below, path))
			break;
		r = facts_unpack_packages(fact->payload, &scratch, &older, m->err);
		for (size_t k = 0; r == 0 && k < older.len; k++) {
			struct str key = package_key(&scratch, &older.items[k]);

			if (!key.ptr || add_flags(&present, key, 1) < 0)
				r = err_oom(m->err);
		}
		vec_release(&older);
		for (size_t k = first; r == 0 && k < packages->len; k++) {
			struct package *p = &packages->items[k];
			struct str key;

			if (p->layer != below)
				continue;
			key = package_key(&scratch, p);
			if (!key.ptr)
				r = err_oom(m->err);
			else if (map_get(&present, key))
				p->layer = i, any = true;
		}
		if (r < 0)
			return r;
		if (!any)
			break;
		below = i;
	}
	return 0;
}

static int take_packages(struct merger *m, const struct fact *fact, struct str path, int layer)
{
	struct package_list *packages = &m->result->packages;
	size_t first = packages->len;
	int r = facts_unpack_packages(fact->payload, m->arena, packages, m->err);

	if (r < 0)
		return r;
	if (packages->len > LIMIT_PACKAGES)
		return err_set(m->err, ERR_LIMIT, "more than %zu packages", LIMIT_PACKAGES);
	m->result->has_package_database = true;
	for (size_t i = first; i < packages->len; i++) {
		packages->items[i].path = path;
		packages->items[i].layer = layer;
	}
	return attribute(m, fact->path, layer, first);
}

/* A distribution's facts; of several files the one of lowest rank counts, of equal ones the first. */
static int take_distro(struct merger *m, const struct fact *fact, struct str path, int layer)
{
	struct distro distro = {0};
	unsigned rank = 0;
	int r = facts_unpack_distro(fact->payload, &distro, &rank, m->err);

	if (r < 0)
		return r;
	if (m->result->distro.path.len &&
	    (rank > m->distro_rank ||
	     (rank == m->distro_rank && str_cmp(path, m->result->distro.path) > 0)))
		return 0;
	distro.path = path;
	distro.layer = layer;
	m->result->distro = distro;
	m->distro_rank = rank;
	return 0;
}

/* A file that counts, under the path by which people know it. */
static int take_file(struct merger *m, const struct fact *fact, struct str path, int layer)
{
	int r = 0;

	path = absolute(m, path);
	if (!path.ptr)
		return err_oom(m->err);
	if (fact->skipped) {
		struct str reason = arena_printf(
			m->arena, "%" PRIu64 " malformed record%s passed over, %.*s", fact->skipped,
			fact->skipped == 1 ? " was" : "s were", STR_FMT(fact->skipped_example));

		if (!reason.ptr)
			return err_oom(m->err);
		r = add_unreadable(m, STR("a part of a file"), path, layer, reason);
	}
	if (r < 0)
		return r;
	switch (fact->catalog_kind) {
	case CATALOG_PACKAGES:
		return take_packages(m, fact, path, layer);
	case CATALOG_DISTRO:
		return take_distro(m, fact, path, layer);
	case CATALOG_REPOSITORIES:
		return facts_unpack_repositories(fact->payload, &m->result->repositories, m->err);
	case CATALOG_OWNED_FILES: /* attached to packages later, if asked for */
	case CATALOG_KIND_MAX_:
		return 0;
	}
	return 0;
}

/* Is the directory of path one in which the cataloger's files count? Gives the file's real path. */
static bool in_place(const struct merger *m, struct str path, int cataloger, char *real,
		     struct str *ret_real)
{
	struct str base, dir = path;
	uintptr_t mask;
	ssize_t n;

	go_up(&dir);
	base = str_from_offset(path, dir.len ? dir.len + 1 : 0);
	n = resolve(m, dir, real);
	if (n < 0 || (size_t)n + 1 + base.len > LIMIT_PATH_LEN)
		return false;
	mask = (uintptr_t)map_get(&m->places, (struct str){real, (size_t)n});
	if (n)
		real[n++] = '/';
	memcpy(real + n, base.ptr, base.len);
	*ret_real = (struct str){real, (size_t)n + base.len};
	return cataloger >= 0 && (mask >> cataloger & 1);
}

/* Remembers that the file at a real path was counted; true when it was before. */
static int count_once(struct merger *m, struct str real, bool *ret_before)
{
	struct str key = arena_str(m->arena, real);
	void **slot = key.ptr ? map_slot(&m->counted, key) : NULL;

	if (!slot)
		return err_oom(m->err);
	*ret_before = *slot != NULL;
	*slot = m;
	return 0;
}

/* Where each visible file really lies, so that links can be followed to it. */
static int index_files(struct merger *m)
{
	char real[4096 + 1];

	for (size_t i = 0; i < m->visible.len; i++) {
		const struct visible *v = &m->visible.items[i];
		struct str key;
		void **slot;
		ssize_t n;

		if (v->fact->kind != FACT_FILE)
			continue;
		n = resolve(m, v->fact->path, real);
		if (n < 0)
			continue;
		key = arena_str(m->arena, (struct str){real, (size_t)n});
		slot = key.ptr ? map_slot(&m->files, key) : NULL;
		if (!slot)
			return err_oom(m->err);
		*slot = (void *)v;
	}
	return 0;
}

/* What a hard link leads to: an entry of its own layer, or a file of a lower one. */
static const struct fact *hard_target(const struct merger *m, int layer, struct str path,
				      int *ret_layer)
{
	for (int i = layer; i >= 0; i--) {
		const struct fact *fact = map_get(&m->layers[i].last, path);

		if (fact && fact->kind == FACT_FILE) {
			*ret_layer = i;
			return fact;
		}
	}
	return NULL;
}

static int tell_dangling(struct merger *m, const struct visible *v)
{
	struct str reason =
		arena_printf(m->arena, "a link to '%.*s', which is not there or was not read",
			     STR_FMT(v->fact->target));

	if (!reason.ptr)
		return err_oom(m->err);
	return add_unreadable(m, STR("a file"), absolute(m, v->fact->path), v->layer, reason);
}

/* A link where a database should be: what it leads to counts, if it was read. */
static int take_link(struct merger *m, const struct visible *v)
{
	int cataloger = catalog_bid(v->fact->path), layer = v->layer, r;
	const struct visible *target = NULL;
	const struct fact *file = NULL;
	bool before = false;
	char real[4096 + 1];
	struct str real_path;
	ssize_t n;

	if (cataloger < 0 || !in_place(m, v->fact->path, cataloger, real, &real_path))
		return 0;
	n = v->fact->hard ? path_clean(v->fact->target, real, &before)
			  : resolve(m, v->fact->path, real);
	real_path = (struct str){real, n < 0 ? 0 : (size_t)n};
	if (v->fact->hard)
		file = hard_target(m, v->layer, real_path, &layer);
	else
		target = map_get(&m->files, real_path);
	if (target) {
		file = target->fact;
		layer = target->layer;
	}
	if (file) {
		r = count_once(m, real_path, &before);
		return r < 0 || before ? r : take_file(m, file, v->fact->path, layer);
	}
	if (add_alias(m, real_path, v->fact->path, true) < 0)
		return err_oom(m->err);
	return tell_dangling(m, v);
}

static int take_visible(struct merger *m, const struct visible *v)
{
	const struct fact *fact = v->fact;
	char real[4096 + 1];
	struct str real_path;
	bool before = false;
	int r;

	switch (fact->kind) {
	case FACT_FILE:
		if (!in_place(m, fact->path, (int)fact->cataloger, real, &real_path))
			return 0;
		r = count_once(m, real_path, &before);
		return r < 0 || before ? r : take_file(m, fact, fact->path, v->layer);
	case FACT_UNREADABLE: {
		bool somewhere = fact->path.len == 0;
		int cataloger = catalog_bid(fact->path);

		/* A directory that cannot be opened may hold anything; a file matters where it would count. */
		if (!somewhere && cataloger >= 0 &&
		    !in_place(m, fact->path, cataloger, real, &real_path))
			return 0;
		return add_unreadable(m, somewhere ? STR("an entry") : STR("a file or directory"),
				      somewhere ? STR("") : absolute(m, fact->path), v->layer,
				      fact->reason);
	}
	case FACT_LINK:
		return take_link(m, v);
	default:
		return 0;
	}
}

/* Owner names are "name" or "name:arch". */
static bool owns(struct str owner, const struct package *p)
{
	return str_starts(owner, p->name) &&
	       (owner.len == p->name.len ||
		(owner.ptr[p->name.len] == ':' &&
		 str_eq(str_from_offset(owner, p->name.len + 1), p->arch)));
}

static int add_files(struct merger *m, struct package *p, const struct owned_file *files, size_t n)
{
	struct owned_file *all;
	size_t len = p->n_files;

	if (len == 0) {
		p->files = files;
		p->n_files = n;
		return 0;
	}
	/* Two lists of one package (dpkg's .list and .md5sums): the union by path, with digests. */
	all = arena_calloc(m->arena, len + n, sizeof(*all));
	if (!all)
		return err_oom(m->err);
	memcpy(all, p->files, len * sizeof(*all));
	for (size_t i = 0; i < n; i++)
		all[len++] = files[i];
	p->files = all;
	p->n_files = len;
	return 0;
}

static int compare_files(const void *a, const void *b)
{
	const struct owned_file *x = a, *y = b;
	int r = str_cmp(x->path, y->path);

	return r ? r : str_cmp(y->digest, x->digest); /* the one with a digest first */
}

static void sort_files(struct package *p)
{
	struct owned_file *files = (struct owned_file *)p->files;
	size_t n = 0;

	if (!p->n_files)
		return;
	qsort(files, p->n_files, sizeof(*files), compare_files);
	for (size_t i = 0; i < p->n_files; i++)
		if (n == 0 || !str_eq(files[n - 1].path, files[i].path))
			files[n++] = files[i];
	p->n_files = n;
}

static int attach_files(struct merger *m)
{
	_cleanup_map_ struct map by_name = MAP_INIT;
	struct package_list *packages = &m->result->packages;
	char real[4096 + 1];
	struct str real_path;

	if (packages->len == 0)
		return 0;
	/* packages are sorted by name: the map leads to the first of a name. */
	for (size_t i = packages->len; i-- > 0;) {
		void **slot = map_slot(&by_name, packages->items[i].name);

		if (!slot)
			return err_oom(m->err);
		*slot = &packages->items[i];
	}
	for (size_t i = 0; i < m->visible.len; i++) {
		const struct fact *fact = m->visible.items[i].fact;
		struct owned_file *files = NULL;
		struct package *p, *end = packages->items + packages->len;
		struct str owner, name;
		size_t n = 0;
		int r;

		if (fact->kind != FACT_FILE || fact->catalog_kind != CATALOG_OWNED_FILES ||
		    !in_place(m, fact->path, (int)fact->cataloger, real, &real_path))
			continue;
		r = facts_unpack_owned_files(fact->payload, m->arena, &owner, &files, &n, m->err);
		if (r < 0)
			return r;
		name = str_find_char(owner, ':') < 0
			       ? owner
			       : str_sub(owner, 0, (size_t)str_find_char(owner, ':'));
		for (p = map_get(&by_name, name); p && p < end && str_eq(p->name, name); p++) {
			r = owns(owner, p) ? add_files(m, p, files, n) : 0;
			if (r < 0)
				return r;
		}
	}
	for (size_t i = 0; i < packages->len; i++)
		sort_files(&packages->items[i]);
	return 0;
}

static int compare_unreadable(const void *a, const void *b)
{
	const struct unreadable *x = a, *y = b;
	int r = x->layer != y->layer ? (x->layer < y->layer ? -1 : 1) : str_cmp(x->path, y->path);

	return r ? r : str_cmp(x->reason, y->reason);
}

static int run_merge(struct merger *m, const struct facts *layers)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < m->n_layers; i++)
		r = load_layer(m, &layers[i], &m->layers[i]);
	if (r == 0)
		r = find_visible(m);
	if (r == 0)
		r = find_links(m);
	if (r == 0)
		r = find_places(m);
	if (r == 0)
		r = index_files(m);
	for (size_t i = 0; r == 0 && i < m->visible.len; i++)
		r = take_visible(m, &m->visible.items[i]);
	if (r < 0)
		return r;
	vec_sort(&m->result->packages, package_compare);
	vec_sort(&m->result->unreadable, compare_unreadable);
	return m->with_files ? attach_files(m) : 0;
}

int merge_layers(const struct facts *layers, size_t n, bool with_files, struct arena *arena,
		 struct merged *ret, struct err *err)
{
	struct merged result = {.distro = {.layer = LAYER_NONE}};
	struct merger m = {.n_layers = n,
			   .arena = arena,
			   .err = err,
			   .with_files = with_files,
			   .result = &result};
	int r;

	m.layers = calloc(n ? n : 1, sizeof(*m.layers));
	if (!m.layers)
		return err_oom(err);
	r = run_merge(&m, layers);
	for (size_t i = 0; i < n; i++) {
		vec_release(&m.layers[i].facts);
		map_release(&m.layers[i].last);
		map_release(&m.layers[i].hides);
	}
	free(m.layers);
	vec_release(&m.visible);
	map_release(&m.links);
	map_release(&m.places);
	map_release(&m.files);
	map_release(&m.counted);
	if (r < 0) {
		merged_release(&result);
		return r;
	}
	*ret = result;
	return 0;
}

void merged_release(struct merged *m)
{
	vec_release(&m->packages);
	vec_release(&m->repositories);
	vec_release(&m->unreadable);
	vec_release(&m->aliases);
}
