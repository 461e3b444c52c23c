/* cscplate db build: makes the advisory database out of feeds. */
#include "base/compat.h"

#include "advisory/apt_feed.h"
#include "advisory/build.h"
#include "advisory/db.h"
#include "advisory/kev_epss.h"
#include "advisory/osv_feed.h"
#include "base/fd.h"
#include "base/term.h"
#include "cmd/command.h"
#include "cmd/output.h"
#include "engine/scan.h"
#include "source/source.h"

struct build_context {
	struct option_list from, kev, epss, apt, suites, packages, keyrings, components;
	const char *for_image, *database, *main_suite, *architecture, *apt_cache;
	bool allow_unsigned;
};

#define OFFSET(member) offsetof(struct build_context, member)

/* clang-format off */
static const struct option options[] = {
	{.name = "from", .type = OPTION_LIST, .arg = "DIR|ZIP", .offset = OFFSET(from),
	 .help = "OSV export: ECOSYSTEM/all.zip, a directory of such, or of JSON files"},
	{.name = "kev", .type = OPTION_LIST, .arg = "FILE", .offset = OFFSET(kev),
	 .help = "exploited vulnerabilities: CISA's JSON, or CSV of CVE and date"},
	{.name = "epss", .type = OPTION_LIST, .arg = "FILE", .offset = OFFSET(epss),
	 .help = "EPSS scores: FIRST's CSV, plain or gzip"},
	{.name = "from-apt", .type = OPTION_LIST, .arg = "URL|DIR", .offset = OFFSET(apt),
	 .help = "a distribution's own archive, with --suite"},
	{.name = "suite", .type = OPTION_LIST, .arg = "NAME", .offset = OFFSET(suites),
	 .help = "its security or update suite, such as bookworm-security"},
	{.name = "main-suite", .type = OPTION_STRING, .arg = "NAME", .offset = OFFSET(main_suite),
	 .help = "the suite as it was released", .otherwise = "what stands before -security"},
	{.name = "component", .type = OPTION_LIST, .arg = "NAME", .offset = OFFSET(components),
	 .help = "a component of the archive", .otherwise = "all"},
	{.name = "architecture", .type = OPTION_STRING, .arg = "NAME", .offset = OFFSET(architecture),
	 .help = "architecture whose packages are read", .otherwise = "this machine's"},
	{.name = "package", .type = OPTION_LIST, .arg = "SOURCE", .offset = OFFSET(packages),
	 .help = "only this source package of the archive", .otherwise = "all"},
	{.name = "for", .type = OPTION_STRING, .arg = "IMAGE", .offset = OFFSET(for_image),
	 .help = "only the source packages that this image has installed"},
	{.name = "keyring", .type = OPTION_LIST, .arg = "FILE", .offset = OFFSET(keyrings),
	 .help = "keys that may sign the archive",
	 .otherwise = "the archive keyrings of this machine"},
	{.name = "allow-unsigned", .type = OPTION_FLAG, .offset = OFFSET(allow_unsigned),
	 .help = "take an archive without a signature; the database says so"},
	{.name = "apt-cache", .type = OPTION_STRING, .arg = "DIR", .offset = OFFSET(apt_cache),
	 .help = "where downloads are kept; with an empty name nowhere",
	 .otherwise = "the per-user cache"},
	{.name = "output", .letter = 'o', .type = OPTION_STRING, .arg = "FILE", .offset = OFFSET(database),
	 .help = "the database to write", .otherwise = "the per-user place"},
	OPTION_END,
};

static const struct example examples[] = {
	{"cscplate db build --from osv-export --kev kev.json --epss epss.csv.gz", "a whole export"},
	{"cscplate db build --from Debian/all.zip --output debian.db", "one ecosystem"},
	{"cscplate db build --from-apt MIRROR --suite bookworm-security --for app.tar",
	 "from the package mirror alone, for one image"},
	{NULL, NULL},
};
/* clang-format on */

static int add_string(struct arena *arena, const char ***list, size_t *n, size_t max, struct str s,
		      struct err *err)
{
	if (*n >= max)
		return 0;
	(*list)[*n] = arena_str(arena, s).ptr;
	return (*list)[(*n)++] ? 0 : err_oom(err);
}

static int compare_strings(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* An archive of .debs has nothing to say about other packages. */
static bool has_dpkg_package(const struct result *inventory)
{
	for (size_t i = 0; i < inventory->n_packages; i++)
		if (inventory->packages[i].type == PACKAGE_DPKG)
			return true;
	return false;
}

/* The source packages of --package and --for, each once. */
static int wanted_sources(const struct globals *globals, const struct build_context *c,
			  const char ***ret, size_t *ret_n, struct err *err)
{
	_cleanup_scan_ struct scan *scan = NULL;
	const struct result *inventory = NULL;
	size_t n = 0, kept = 0, max = c->packages.len;
	const char **list;
	int r = 0;

	if (c->for_image) {
		const struct scan_options anything = {0};

		r = scan_packages(c->for_image, &anything, &scan, err);
		if (r < 0)
			return r;
		inventory = scan_result(scan);
		max += inventory->n_packages;
		if (!has_dpkg_package(inventory))
			return err_set(err, ENOENT,
				       "cannot build for '%s': no dpkg packages found in it",
				       c->for_image);
	}
	list = arena_calloc(globals->arena, MAX(max, (size_t)1), sizeof(*list));
	if (!list)
		return err_oom(err);
	for (size_t i = 0; r == 0 && i < c->packages.len; i++)
		r = add_string(globals->arena, &list, &n, max, str_from(c->packages.items[i]), err);
	for (size_t i = 0; r == 0 && inventory && i < inventory->n_packages; i++)
		r = add_string(globals->arena, &list, &n, max, inventory->packages[i].source_name,
			       err);
	if (r < 0)
		return r;
	qsort(list, n, sizeof(*list), compare_strings);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || strcmp(list[kept - 1], list[i]) != 0)
			list[kept++] = list[i];
	*ret = list;
	*ret_n = kept;
	return 0;
}

static int read_apt(const struct globals *globals, const struct build_context *c,
		    const char *const *sources, size_t n_sources, struct db_builder *builder,
		    struct err *err)
{
	struct apt_feed_options o = {
		.urls = c->apt.items,
		.n_urls = c->apt.len,
		.suites = c->suites.items,
		.n_suites = c->suites.len,
		.main_suite = c->main_suite,
		.components = c->components.items,
		.n_components = c->components.len,
		.must_have = c->packages.items,
		.n_must_have = c->packages.len,
		.architecture = c->architecture,
		.sources = sources,
		.n_sources = n_sources,
		.cache_dir = c->apt_cache,
		.keyrings = c->keyrings.items,
		.n_keyrings = c->keyrings.len,
		.allow_unsigned = c->allow_unsigned,
		.offline = globals->offline,
	};

	return apt_feed_read(&o, builder, err);
}

static int read_osv(const struct globals *globals, const struct build_context *c,
		    const char *const *args, size_t n_args, struct db_builder *builder,
		    struct err *err)
{
	size_t n = c->from.len + n_args;
	const char **paths = arena_calloc(globals->arena, MAX(n, (size_t)1), sizeof(*paths));
	struct osv_feed_options o = {.paths = paths, .n_paths = n};

	if (!paths)
		return err_oom(err);
	for (size_t i = 0; i < n; i++)
		paths[i] = i < c->from.len ? c->from.items[i] : args[i - c->from.len];
	return n ? osv_feed_read(&o, builder, NULL, err) : 0;
}

static int check_options(const struct build_context *c, size_t n_args, struct err *err)
{
	/* What to read of an archive. */
	const struct {
		const char *name;
		bool given;
	} choices[] = {
		{"suite", c->suites.len > 0},	      {"main-suite", c->main_suite},
		{"component", c->components.len > 0}, {"architecture", c->architecture},
		{"package", c->packages.len > 0},     {"for", c->for_image},
	};

	if (c->from.len + n_args == 0 && c->apt.len == 0)
		return err_set(
			err, ERR_USAGE,
			"nothing to build from: name an export with --from, or an archive with "
			"--from-apt");
	if (c->apt.len && c->suites.len == 0)
		return err_set(err, ERR_USAGE, "--from-apt needs --suite");
	if (c->apt.len)
		return 0;
	/* What says how to read an archive (keys, cache) may stand in cscplate.yaml for another day. */
	for (size_t i = 0; i < ARRAY_LEN(choices); i++)
		if (choices[i].given)
			return err_set(err, ERR_USAGE, "--%s needs --from-apt", choices[i].name);
	return 0;
}

/* The file at path can be written over: there is none, it is empty, or a database, if only a damaged one. */
static int check_is_database(const char *path, struct err *err)
{
	/* LMDB's magic number, behind the header of the first page (lmdb's mdb.c, MDB_meta). */
	enum { AT = 16 };
	static const uint32_t magic = 0xBEEFC0DE;
	_cleanup_close_ int fd = -1;
	uint32_t found = 0;
	struct stat st;
	ssize_t n;

	if (stat(path, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size == 0)
		return 0;
	fd = fd_open_read(AT_FDCWD, path, err);
	if (fd < 0)
		return fd;
	n = fd_pread_full(fd, &found, sizeof(found), AT);
	if (n < 0)
		return err_errno(err, (int)-n, "cannot read '%s'", path);
	if (found == magic)
		return 0;
	return err_set(err, ERR_USAGE,
		       "cannot write advisory database '%s': it is there, and is none; "
		       "remove it, or name another",
		       path);
}

/* Is a named place for the database one that it may take? */
static int check_place(const struct globals *globals, const struct build_context *c,
		       const char *const *args, size_t n_args, struct err *err)
{
	const struct option_list lists[] = {c->from, c->kev, c->epss, c->keyrings};
	struct reference image = {.path = STR("")};
	int r = 0;

	if (c->for_image)
		r = reference_parse(c->for_image, globals->arena, &image, err);
	for (size_t i = 0; r == 0 && i < ARRAY_LEN(lists); i++)
		r = cmd_output_check(globals, c->database, lists[i].items, lists[i].len, err);
	if (r == 0)
		r = cmd_output_check(globals, c->database, args, n_args, err);
	if (r == 0)
		r = cmd_output_check(globals, c->database, &image.path.ptr, 1, err);
	return r < 0 ? r : check_is_database(c->database, err);
}

static void print_summary(const char *path, const struct db_build_summary *s)
{
	printf("%s: %" PRIu64 " advisories (%" PRIu64 " withdrawn), %" PRIu64 " entries in %" PRIu64
	       " shards, %.1f MB\n",
	       path, s->advisories, s->withdrawn, s->entries, s->shards, (double)s->bytes / 1e6);
	if (s->replaced)
		printf("%" PRIu64 " records were replaced by newer ones of the same id\n",
		       s->replaced);
	if (s->bad_records)
		printf("%" PRIu64 " bad records were left out (--verbose names them)\n",
		       s->bad_records);
}

static int run(const struct globals *globals, void *context, const char *const *args, size_t n_args,
	       struct err *err)
{
	const struct build_context *c = context;
	_cleanup_db_builder_ struct db_builder *builder = NULL;
	struct db_build_summary summary;
	struct str path = str_from(c->database);
	const char **sources = NULL;
	size_t n_sources = 0;
	int r = check_options(c, n_args, err);

	if (r == 0 && c->database)
		r = check_place(globals, c, args, n_args, err);
	if (r == 0 && c->apt.len) /* before what takes longer */
		r = wanted_sources(globals, c, &sources, &n_sources, err);
	if (r == 0 && !path.ptr)
		r = db_write_path(globals->arena, &path, err);
	if (r == 0)
		r = db_builder_open(path.ptr, &builder, err);
	if (r == 0)
		r = read_osv(globals, c, args, n_args, builder, err);
	if (r == 0 && c->apt.len)
		r = read_apt(globals, c, sources, n_sources, builder, err);
	for (size_t i = 0; r == 0 && i < c->kev.len; i++)
		r = kev_read(c->kev.items[i], builder, err);
	for (size_t i = 0; r == 0 && i < c->epss.len; i++)
		r = epss_read(c->epss.items[i], builder, err);
	if (r == 0)
		r = db_builder_finish(builder, &summary, err);
	if (r < 0)
		return r;
	progress_clear();
	if (!globals->quiet)
		print_summary(path.ptr, &summary);
	return 0;
}

const struct command cmd_db_build = {
	.name = "db build",
	.summary = "build the advisory database",
	.args = "[DIR|ZIP…]",
	.description =
		"Makes one file out of OSV exports, and of a distribution's own package archive "
		"where that is all that can be reached. The file is written beside its place and "
		"renamed in: a build that is cut short leaves the old one as it was.\n\n"
		"Further arguments are exports like those of --from. Records that cannot be read "
		"are counted, and named with --verbose; they never stop a build. The same input "
		"gives the same bytes; the time of the build is SOURCE_DATE_EPOCH where that is "
		"set.",
	.max_args = UINT_MAX,
	.options = options,
	.context_size = sizeof(struct build_context),
	.run = run,
	.examples = examples,
};
