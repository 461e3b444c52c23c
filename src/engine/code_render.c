/* Running helm and kustomize: see code_render.h. */
#include "base/compat.h"

#include "engine/code_render.h"

#include "base/confine.h"
#include "base/fd.h"
#include "base/pack.h"
#include "base/proc.h"
#include "core/limits.h"
#include "manifest/kustomization.h"
#include "manifest/manifest.h"

/* Charts and kustomizations of one path: at a tenth of a second each, some minutes. */
enum { MOST_RENDERINGS = 1000 };
/* What they print, all together, is held in memory. */
#define RENDERED_MAX MiB(512)
/* A program that takes longer than this is stuck; when that happens so often, it is to be. */
enum { RENDER_SECONDS = 60, MOST_TIMEOUTS = 5 };
/* A kustomization that lists thousands of files has some 100 KiB. */
#define KUSTOMIZATION_TEXT MiB(1)
/* Templates of one chart that its output is cut into; large ones have some hundred. */
enum { MOST_PARTS = 16384 };

#define CHART_FILE "Chart.yaml"

struct program {
	const char *name;
	const char *const arguments[4]; /* the directory is the one that it runs in */
	bool network;			/* may fetch things */
	bool sources;			/* says which template comes next */
	char *path;
};

struct context {
	struct renderings *renderings;
	int dir;
	const struct code_options *options;
	struct code_file *files;
	size_t n;
	bool *gone; /* files that are off the list */
	struct arena *arena;
	struct err *err;
	size_t n_rendered, n_timeouts, n_bytes;
};

void renderings_release(struct renderings *r)
{
	for (size_t i = 0; i < r->outputs.len; i++)
		buf_release(&r->outputs.items[i]);
	vec_release(&r->outputs);
	vec_release(&r->files);
}

/* --- Names --------------------------------------------------------------------------------------- */

/* The first file whose name is not before that one. */
static size_t find_from(const struct code_file *files, size_t n, struct str name)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (str_cmp(str_from(files[middle].name), name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Its index, or -1. */
static ssize_t find_file(const struct code_file *files, size_t n, struct str name)
{
	size_t at = find_from(files, n, name);

	return at < n && str_eq(str_from(files[at].name), name) && !files[at].skip ? (ssize_t)at
										   : -1;
}

/* The directory of a file of that name, with its slash: "charts/web/", or "" for the top. */
static bool is_marker(struct str name, const char *marker, struct str *ret_directory)
{
	struct str last = str_from(marker), directory;

	if (!str_ends(name, last))
		return false;
	directory = str_sub(name, 0, name.len - last.len);
	if (directory.len && directory.ptr[directory.len - 1] != '/')
		return false;
	*ret_directory = directory;
	return true;
}

static bool is_kustomization(struct str name, struct str *ret_directory)
{
	for (size_t i = 0; i < ARRAY_LEN(kustomization_names); i++)
		if (is_marker(name, kustomization_names[i], ret_directory))
			return true;
	return false;
}

/* --- One rendering ------------------------------------------------------------------------------- */

static struct code_file *add_file(struct context *c, const struct code_file *marker)
{
	struct code_file *file = vec_add(&c->renderings->files);

	if (file)
		*file = (struct code_file){
			.path = marker->path, .whole = marker->path, .named = true};
	return file;
}

static int add_unrendered(struct context *c, const struct code_file *marker, struct str why,
			  struct str remedy)
{
	struct code_file *file = add_file(c, marker);

	if (!file || !why.ptr || !remedy.ptr)
		return err_oom(c->err);
	file->unrendered = why.ptr;
	file->remedy = remedy.ptr;
	return 0;
}

static int add_failed(struct context *c, const struct code_file *marker, struct str why)
{
	struct code_file *file = add_file(c, marker);

	if (!file || !why.ptr)
		return err_oom(c->err);
	file->skip = why.ptr;
	return 0;
}

/* Why a program is not run at all, and what to do about it: 1 when there is no reason, else as for functions. */
static int refuse(struct context *c, const struct program *program, const struct code_file *marker)
{
	const char *name = program->name;
	struct str why = STR_NULL, remedy = STR_NULL;
	struct arena *a = c->arena;

	if (c->options->no_render) {
		why = arena_printf(a, "%s is not run with --no-render", name);
		remedy = STR("run without --no-render");
	} else if (program->network && c->options->offline) {
		why = arena_printf(a, "%s may need the network, which --offline forbids", name);
		remedy = STR("run without --offline");
	} else if (!program->path) {
		why = arena_printf(a, "%s is not installed", name);
		remedy = arena_printf(a, "install %s", name);
	} else if (c->n_rendered >= MOST_RENDERINGS) {
		why = arena_printf(a, "there are more than %d charts and kustomizations",
				   MOST_RENDERINGS);
		remedy = STR("inspect fewer directories at a time");
	} else if (c->n_timeouts >= MOST_TIMEOUTS) {
		why = arena_printf(a, "%d others did not end within %d seconds", MOST_TIMEOUTS,
				   RENDER_SECONDS);
		remedy = STR("inspect its directory alone");
	} else {
		return 1;
	}
	if (!why.ptr || !remedy.ptr)
		return err_oom(c->err);
	remedy = arena_printf(a,
			      "%.*s, or render it first and inspect what comes out: %s %s . | "
			      "cscplate code -",
			      STR_FMT(remedy), name, program->arguments[0]);
	return add_unrendered(c, marker, why, remedy);
}

/* What a program complained of: its first line that says "error", else its last. */
static struct str complaint(struct str text)
{
	struct str line, last = STR("it says nothing");

	while (str_next_line(&text, &line)) {
		line = str_trim(line);
		if (line.len)
			last = line;
		if (str_starts(line, STR("Error:")) || str_starts(line, STR("error:")))
			break;
	}
	return str_sub(last, 0, 400);
}

/* Runs the program in the directory. 1, or 0 when there is no output, with why. */
static int run(struct context *c, const struct program *program, int dir, struct buf *out,
	       struct str *ret_why)
{
	const struct proc_options options = {
		.dir = dir, .seconds = RENDER_SECONDS, .memory = LIMIT_CONFINED_MEMORY};
	_cleanup_buf_ struct buf complaints = BUF_INIT(LIMIT_MANIFEST_TEXT);
	const struct proc_output outputs[] = {{STDOUT_FILENO, out}, {STDERR_FILENO, &complaints}};
	const char *argv[ARRAY_LEN(program->arguments) + 2] = {program->path};
	struct err err = ERR_INIT;
	int status = 0, r;

	for (size_t i = 0; i < ARRAY_LEN(program->arguments); i++)
		argv[i + 1] = program->arguments[i];
	c->n_rendered++;
	r = proc_run(argv, STR(""), outputs, ARRAY_LEN(outputs), &options, &status, &err);
	c->n_timeouts += r == -ETIMEDOUT;
	if (r == -ENOMEM)
		return err_oom(c->err);
	if (r == 0 && status == 0)
		return 1;
	*ret_why =
		r < 0 ? arena_printf(c->arena, "%s", err.text)
		      : arena_printf(c->arena, "%s failed with exit code %d: %.*s", program->name,
				     status, STR_FMT(complaint(buf_str(&complaints))));
	return ret_why->ptr ? 0 : err_oom(c->err);
}

/* Of a chart, what it is made of: its own file, its templates, and those of charts that it brings along. */
static bool is_chart_source(struct str rest)
{
	bool inner = str_starts(rest, STR("charts/"));

	return str_eq(rest, STR(CHART_FILE)) || str_starts(rest, STR("templates/")) ||
	       (inner &&
		(str_ends(rest, STR("/" CHART_FILE)) || str_find(rest, STR("/templates/")) >= 0));
}

/* "NAME-OF-CHART/templates/web.yaml" → that file of the chart, if it is one that was found; else the chart's own. */
static int find_source(struct context *c, const struct code_file *marker, struct str source,
		       struct str *ret)
{
	_cleanup_buf_ struct buf name = BUF_INIT(64 * LIMIT_PATH_LEN);
	struct str directory = STR(""), rest = source, chart;
	ssize_t at = -1;

	*ret = marker->path;
	is_marker(str_from(marker->name), CHART_FILE, &directory);
	if (!str_split(&rest, '/', &chart) || !rest.ptr || !is_chart_source(rest) ||
	    manifest_is_quadlet(rest) || rest.len > LIMIT_PATH_LEN)
		return 0;
	buf_add_str(&name, directory);
	buf_add_str(&name, rest);
	if (buf_status(&name, NULL) < 0)
		return err_oom(c->err);
	at = find_file(c->files, c->n, buf_str(&name));
	if (at >= 0)
		*ret = c->files[at].path;
	return 0;
}

static int add_part(struct context *c, const struct program *program,
		    const struct code_file *marker, struct str path, struct str bytes)
{
	struct code_file *file = add_file(c, marker);

	if (!file)
		return err_oom(c->err);
	file->path = path;
	file->bytes = bytes;
	file->program = program->name;
	file->more = true;
	return 0;
}

/*
 * Cuts output where another template begins. helm writes "---" and "# Source: NAME/templates/web.yaml" before
 * each document, and where a line is "---" a document ends for every reader of YAML, whoever wrote it.
 */
static int add_output(struct context *c, const struct program *program,
		      const struct code_file *marker, struct str out)
{
	static const struct str source = STR("# Source: ");
	struct str rest = out, line, path = marker->path;
	const char *begin = out.ptr, *mark = NULL; /* of the part, and of a line "---" above */
	size_t n_parts = 0;
	int r = 0;

	while (r == 0 && program->sources && n_parts < MOST_PARTS && str_next_line(&rest, &line)) {
		struct str next = marker->path;

		if (mark && str_starts(line, source)) {
			r = find_source(c, marker, str_from_offset(line, source.len), &next);
			if (r == 0 && !str_eq(next, path)) {
				if (str_trim(str_from_range(begin, mark)).len) {
					r = add_part(c, program, marker, path,
						     str_from_range(begin, mark));
					n_parts++;
				}
				begin = mark;
				path = next;
			}
		}
		mark = str_eq(line, STR("---")) ? line.ptr : NULL;
	}
	if (n_parts == MOST_PARTS)
		path = marker->path;
	if (r == 0)
		r = add_part(c, program, marker, path, str_from_range(begin, out.ptr + out.len));
	if (r == 0)
		c->renderings->files.items[c->renderings->files.len - 1].more = false;
	return r;
}

/* A rendering of one directory: its text, or why there is none. 1 when it was rendered. */
static int render(struct context *c, const struct program *program, const struct code_file *marker,
		  struct str directory)
{
	_cleanup_close_ int dir = -1;
	struct str name = STR("."), why = STR("");
	struct buf *out;
	int r = refuse(c, program, marker);

	if (r <= 0)
		return r;
	if (directory.len) /* without its slash, which would follow a link */
		name = arena_str(c->arena, str_sub(directory, 0, directory.len - 1));
	out = vec_add(&c->renderings->outputs);
	if (!out || !name.ptr)
		return err_oom(c->err);
	*out = BUF_INIT(MIN(LIMIT_MANIFEST_TEXT, RENDERED_MAX - c->n_bytes));
	dir = openat(c->dir, name.ptr, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0)
		return add_failed(c, marker,
				  arena_printf(c->arena, "cannot open the directory: %s",
					       err_code_text(errno)));
	r = run(c, program, dir, out, &why);
	if (r < 0)
		return r;
	if (r == 0) {
		buf_release(out);
		return add_failed(c, marker, why);
	}
	c->n_bytes += out->len;
	r = add_output(c, program, marker, buf_str(out));
	return r < 0 ? r : 1;
}

/* --- Charts -------------------------------------------------------------------------------------- */

static int render_charts(struct context *c, const struct program *helm)
{
	for (size_t i = 0; i < c->n; i++) {
		struct str directory;
		int r;

		if (c->gone[i] || c->files[i].skip ||
		    !is_marker(str_from(c->files[i].name), CHART_FILE, &directory))
			continue;
		r = render(c, helm, &c->files[i], directory);
		if (r < 0)
			return r;
		for (size_t k = find_from(c->files, c->n, directory);
		     k < c->n && str_starts(str_from(c->files[k].name), directory); k++)
			c->gone[k] |= is_chart_source(
				str_from_offset(str_from(c->files[k].name), directory.len));
	}
	return 0;
}

/* --- Kustomizations ------------------------------------------------------------------------------ */

struct kustomization {
	size_t file;
	const size_t *listed; /* files; those of kustomizations for directories */
	size_t n_listed;
	bool inner;   /* another lists it */
	bool reached; /* from a root */
	bool taken;   /* off the list */
};

struct kustomizations {
	struct context *c;
	struct kustomization *items; /* sorted by file */
	size_t n;
	size_t *stack; /* room for all */
};

/* Where paths of one kustomization lead; in the confined process. */
struct listing {
	const struct kustomizations *all;
	struct str directory;
	struct buf path, found;
	size_t n_found;
};

static int find_listed(void *arg, struct str path)
{
	struct listing *l = arg;
	const struct context *c = l->all->c;
	ssize_t at;
	size_t len;

	if (!kustomization_locate(l->directory, path, &l->path))
		return 0;
	at = find_file(c->files, c->n, buf_str(&l->path));
	len = l->path.len;
	for (size_t i = 0; at < 0 && i < ARRAY_LEN(kustomization_names); i++) {
		l->path.len = len;
		buf_addf(&l->path, "%s%s", len ? "/" : "", kustomization_names[i]);
		if (buf_status(&l->path, NULL) == 0)
			at = find_file(c->files, c->n, buf_str(&l->path));
	}
	if (at < 0)
		return 0;
	pack_uint(&l->found, (uint64_t)at);
	l->n_found++;
	return 0;
}

/* One that cannot be read lists nothing: kustomize will say why. */
static int pack_listed(const struct kustomizations *all, const struct kustomization *k,
		       struct buf *result)
{
	const struct code_file *file = &all->c->files[k->file];
	_cleanup_arena_ struct arena arena = {0};
	_cleanup_buf_ struct buf text = BUF_INIT(KUSTOMIZATION_TEXT);
	struct listing l = {.all = all,
			    .path = BUF_INIT(2 * LIMIT_PATH_LEN),
			    .found = BUF_INIT(KUSTOMIZATION_TEXT)};
	struct err err = ERR_INIT;
	int r = file_read(all->c->dir, file->name, &text, &err);

	is_kustomization(str_from(file->name), &l.directory);
	if (r == 0)
		r = kustomization_read(buf_str(&text), &arena, find_listed, &l, &err);
	pack_uint(result, r == 0 ? l.n_found : 0);
	if (r == 0)
		buf_add_str(result, buf_str(&l.found));
	buf_release(&l.path);
	buf_release(&l.found);
	return r == -ENOMEM ? r : 0;
}

static int list_all(void *arg, struct buf *result, struct err *err)
{
	const struct kustomizations *all = arg;

	for (size_t i = 0; i < all->n; i++)
		if (pack_listed(all, &all->items[i], result) < 0)
			return err_oom(err);
	return 0;
}

static struct kustomization *find_kustomization(const struct kustomizations *all, size_t file)
{
	size_t low = 0, high = all->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (all->items[middle].file < file)
			low = middle + 1;
		else
			high = middle;
	}
	return low < all->n && all->items[low].file == file ? &all->items[low] : NULL;
}

static int unpack_listed(struct kustomizations *all, struct str bytes)
{
	struct unpack u = unpack_init(bytes);

	for (size_t i = 0; i < all->n; i++) {
		struct kustomization *k = &all->items[i];
		size_t n = unpack_count(&u, 1);
		size_t *listed = arena_calloc(all->c->arena, n, sizeof(*listed));

		if (!listed)
			return err_oom(all->c->err);
		for (size_t m = 0; m < n; m++) {
			struct kustomization *inner;

			listed[m] = unpack_uint_max(&u, all->c->n - 1);
			inner = find_kustomization(all, listed[m]);
			if (inner && inner != k)
				inner->inner = true;
		}
		k->listed = listed;
		k->n_listed = n;
	}
	return unpack_done(&u) ? 0
			       : err_set(all->c->err, ERR_FORMAT,
					 "the confined reader's list is malformed");
}

/* What the kustomizations list, read in a confined process. */
static int read_listed(struct kustomizations *all)
{
	const struct confine_options options = {.read_dir = all->c->dir,
						.memory = LIMIT_CONFINED_MEMORY,
						.seconds = LIMIT_CODE_SECONDS(all->n),
						.max_result = LIMIT_CODE_RESULT};
	_cleanup_confined_ struct confined reader = CONFINED_INIT;
	struct str bytes;
	int r = confine_start(&reader, list_all, all, &options, all->c->err);

	if (r == 0)
		r = confine_wait(&reader, &bytes, all->c->err);
	return r < 0 ? r : unpack_listed(all, bytes);
}

/* Goes through a kustomization and those that it lists; each once, for `taken` or `reached`. */
static void go_through(struct kustomizations *all, struct kustomization *root, bool take)
{
	size_t depth = 0;

	all->stack[depth++] = (size_t)(root - all->items);
	*(take ? &root->taken : &root->reached) = true;
	while (depth) {
		struct kustomization *k = &all->items[all->stack[--depth]];

		if (take)
			all->c->gone[k->file] = true;
		for (size_t i = 0; i < k->n_listed; i++) {
			struct kustomization *inner = find_kustomization(all, k->listed[i]);
			bool *seen = !inner ? NULL : take ? &inner->taken : &inner->reached;

			if (take)
				all->c->gone[k->listed[i]] = true;
			if (!inner || *seen)
				continue;
			*seen = true;
			all->stack[depth++] = (size_t)(inner - all->items);
		}
	}
}

static int render_root(struct kustomizations *all, const struct program *kustomize,
		       struct kustomization *k)
{
	const struct code_file *marker = &all->c->files[k->file];
	struct str directory = STR("");
	int r;

	is_kustomization(str_from(marker->name), &directory);
	go_through(all, k, false);
	r = render(all->c, kustomize, marker, directory);
	if (r > 0)
		go_through(all, k, true);
	return MIN(r, 0);
}

/* Those that no other lists; then what is left, which are circles of them that kustomize will complain of. */
static int render_roots(struct kustomizations *all, const struct program *kustomize)
{
	int r = 0;

	for (unsigned pass = 0; pass < 2; pass++)
		for (size_t i = 0; r == 0 && i < all->n; i++) {
			struct kustomization *k = &all->items[i];

			if (pass ? !k->reached : !k->inner)
				r = render_root(all, kustomize, k);
		}
	return r;
}

static int find_kustomizations(struct context *c, struct kustomizations *all)
{
	struct str directory;
	size_t n = 0;

	for (size_t i = 0; i < c->n; i++)
		n += is_kustomization(str_from(c->files[i].name), &directory);
	all->items = arena_calloc(c->arena, n, sizeof(*all->items));
	all->stack = arena_calloc(c->arena, n, sizeof(*all->stack));
	if (!all->items || !all->stack)
		return err_oom(c->err);
	for (size_t i = 0; i < c->n; i++)
		if (!c->gone[i] && !c->files[i].skip &&
		    is_kustomization(str_from(c->files[i].name), &directory))
			all->items[all->n++].file = i;
	return 0;
}

static int render_kustomizations(struct context *c, const struct program *kustomize)
{
	struct kustomizations all = {.c = c};
	int r = find_kustomizations(c, &all);
	struct str why;

	if (r < 0 || all.n == 0)
		return r;
	r = read_listed(&all);
	if (r == 0)
		return render_roots(&all, kustomize);
	/* Nobody knows what belongs to which: none is rendered, and all stays. */
	why = arena_printf(c->arena, "nobody knows what kustomizations list: %s", c->err->text);
	r = 0;
	for (size_t i = 0; r == 0 && i < all.n; i++)
		r = add_failed(c, &c->files[all.items[i].file], why);
	return r;
}

/* --- All of them --------------------------------------------------------------------------------- */

/* A file that the user named alone. */
static int note_lone(struct context *c)
{
	struct str path = c->n ? c->files[0].path : STR(""), directory;

	if (!is_kustomization(path, &directory) && !is_marker(path, CHART_FILE, &directory))
		return 0;
	c->files[0].named = false; /* that it is no manifest is not news */
	return add_unrendered(c, &c->files[0], STR("it alone does not tell"),
			      STR("name its directory instead of the file"));
}

static int make(struct context *c)
{
	struct program helm = {
		.name = "helm", .arguments = {"template", "release", "."}, .sources = true};
	struct program kustomize = {
		.name = "kustomize", .arguments = {"build", "."}, .network = true};
	int r;

	helm.path = proc_find(helm.name);
	kustomize.path = proc_find(kustomize.name);
	r = render_charts(c, &helm);
	if (r == 0)
		r = render_kustomizations(c, &kustomize);
	free(helm.path);
	free(kustomize.path);
	return r;
}

int renderings_make(struct renderings *ret, int dir, const struct code_options *options,
		    struct code_file *files, size_t *n, struct arena *arena, struct err *err)
{
	struct context c = {.renderings = ret,
			    .dir = dir,
			    .options = options,
			    .files = files,
			    .n = *n,
			    .arena = arena,
			    .err = err};
	size_t kept = 0;
	int r;

	if (dir < 0)
		return note_lone(&c);
	c.gone = calloc(*n + 1, sizeof(*c.gone));
	if (!c.gone)
		return err_oom(err);
	r = make(&c);
	for (size_t i = 0; r == 0 && i < *n; i++)
		if (!c.gone[i])
			files[kept++] = files[i];
	if (r == 0)
		*n = kept;
	free(c.gone);
	return r;
}
