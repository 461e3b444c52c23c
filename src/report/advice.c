/* Remedies of many findings: see advice.h. */
#include "base/compat.h"

#include "core/check.h"
#include "core/upgrade.h"
#include "report/advice.h"

/* One finding's remedy. */
struct piece {
	struct str stem, package; /* the remedy up to the package, if it ends with its name */
	enum package_type type;
};

static struct piece piece_of(const struct finding *f)
{
	struct str remedy = f->remedy.len ? f->remedy : str_from(f->check->remedy);
	const struct package *p = f->subject.package;
	struct str stem = remedy;

	if (p && p->name.len && str_ends(remedy, p->name))
		stem.len -= p->name.len;
	if (stem.len == remedy.len || !str_ends(stem, STR(" ")))
		return (struct piece){.stem = remedy, .type = PACKAGE_TYPE_MAX_};
	return (struct piece){
		.stem = str_trim(stem),
		.package = p->name,
		.type = p->type,
	};
}

static int compare_pieces(const void *a_, const void *b_)
{
	const struct piece *a = a_, *b = b_;
	int r;

	if ((r = str_cmp(a->stem, b->stem)))
		return r;
	return str_cmp(a->package, b->package);
}

/* Takes the command of the distribution from the end of the text, "RUN " included. */
static int split_command(struct arena *arena, const struct distro *distro, enum package_type type,
			 size_t most, struct advice *advice)
{
	struct str one = arena_printf(arena, "RUN %s", upgrade_command(distro, type));
	struct str all = arena_printf(arena, "RUN %s", upgrade_all_command(distro, type));

	if (!one.ptr || !all.ptr)
		return -ENOMEM;
	if (!str_ends(advice->text, one))
		return 0;
	advice->text = str_trim(str_sub(advice->text, 0, advice->text.len - one.len));
	advice->command = one;
	if (advice->n_packages > most) {
		advice->command = all;
		advice->n_packages = 0;
	}
	return 0;
}

/* n pieces with one stem, sorted by their packages. */
static int fill_advice(struct arena *arena, const struct piece *pieces, size_t n,
		       const struct distro *distro, size_t most, struct advice *ret)
{
	struct str *packages = arena_calloc(arena, n, sizeof(*packages));
	struct advice advice = {.text = pieces[0].stem, .packages = packages};

	if (!packages)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		if (pieces[i].package.len &&
		    (i == 0 || !str_eq(pieces[i].package, pieces[i - 1].package)))
			packages[advice.n_packages++] = pieces[i].package;
	*ret = advice;
	if (!advice.n_packages)
		return 0;
	return split_command(arena, distro, pieces[n - 1].type, most, ret);
}

int advice_make(struct arena *arena, const struct finding *const *findings, size_t n,
		const struct distro *distro, size_t most, struct advice_list *ret)
{
	struct piece *pieces = arena_calloc(arena, n, sizeof(*pieces));
	struct advice_list list = {.items = arena_calloc(arena, n, sizeof(struct advice))};

	if (!pieces || !list.items)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		pieces[i] = piece_of(findings[i]);
	if (n > 1)
		qsort(pieces, n, sizeof(*pieces), compare_pieces);
	for (size_t begin = 0, end; begin < n; begin = end) {
		for (end = begin + 1; end < n; end++)
			if (!str_eq(pieces[end].stem, pieces[begin].stem))
				break;
		int r = fill_advice(arena, pieces + begin, end - begin, distro, most,
				    &list.items[list.len++]);
		if (r < 0)
			return r;
	}
	*ret = list;
	return 0;
}
