/* Running helm and kustomize: see code_render.h. */
#include "base/compat.h"

#include "engine/code_render.h"

#include "base/proc.h"
#include "core/limits.h"

/* What a directory is rendered with, told by a file in it. */
struct renderer {
	const char *marker, *program;
	const char *arguments[3]; /* before the directory */
	bool chart;		  /* what it is made of is told by its name; otherwise all below */
	const char *by;		  /* "rendered by …" */
	bool network;		  /* may fetch things */
};

static const struct renderer renderers[] = {
	{"Chart.yaml", "helm", {"template", "release"}, true, "helm", false},
	{"kustomization.yaml", "kustomize", {"build"}, false, "kustomize", true},
	{"kustomization.yml", "kustomize", {"build"}, false, "kustomize", true},
	{"Kustomization", "kustomize", {"build"}, false, "kustomize", true},
};

struct context {
	struct renderings *renderings;
	const char *root;
	struct arena *arena;
	struct err *err;
};

void renderings_release(struct renderings *r)
{
	for (size_t i = 0; i < r->len; i++)
		buf_release(&r->items[i].out);
	vec_release(r);
}

/* The directory of a marker, with its slash: "charts/web/", or "" for the root's. -1 when it is none. */
static ssize_t directory_len(const struct code_file *file, const struct renderer *renderer)
{
	size_t len = strlen(file->name), marker = strlen(renderer->marker);

	if (len < marker || strcmp(file->name + len - marker, renderer->marker) != 0 ||
	    (len > marker && file->name[len - marker - 1] != '/'))
		return -1;
	return (ssize_t)(len - marker);
}

/* The first line of what a program complained of. */
static struct str first_line(const struct buf *b)
{
	struct str rest = buf_str(b), line = STR("");

	while (str_next_line(&rest, &line) && !str_trim(line).len)
		;
	return str_sub(str_trim(line), 0, 400);
}

static int run(struct context *c, const struct renderer *renderer, const char *program,
	       const char *directory, struct rendering *rendering)
{
	struct buf complaints = BUF_INIT(KiB(64));
	const char *argv[6] = {program};
	const struct proc_output outputs[] = {{1, &rendering->out}, {2, &complaints}};
	struct err err = ERR_INIT;
	struct str why = STR("");
	size_t n = 1;
	int status = 0, r;

	while (n < 4 && renderer->arguments[n - 1]) {
		argv[n] = renderer->arguments[n - 1];
		n++;
	}
	argv[n] = directory;
	r = proc_run(argv, STR(""), outputs, ARRAY_LEN(outputs), &status, &err);
	if (r < 0)
		why = arena_printf(c->arena, "cannot run %s: %s", renderer->program, err.text);
	else if (status)
		why = arena_printf(c->arena, "%s failed with exit code %d: %.*s", renderer->program,
				   status, STR_FMT(first_line(&complaints)));
	buf_release(&complaints);
	if (!why.ptr)
		return -ENOMEM;
	rendering->file.skip = why.len ? why.ptr : NULL;
	rendering->file.bytes = buf_str(&rendering->out);
	return 0;
}

/* A rendering of one directory: its text, or why there is none. */
static int render(struct context *c, const struct renderer *renderer,
		  const struct code_file *marker, struct str below, bool offline, bool *ret_done)
{
	_cleanup_free_ char *program = proc_find(renderer->program);
	struct rendering *rendering = vec_add(c->renderings);
	struct str directory = arena_printf(c->arena, "%s%s/%.*s", c->root[0] == '-' ? "./" : "",
					    c->root, STR_FMT(below));
	int r = 0;

	*ret_done = false;
	if (!rendering || !directory.ptr)
		return -ENOMEM;
	rendering->out = BUF_INIT(LIMIT_MANIFEST_TEXT);
	rendering->file.named = true;
	rendering->file.path = arena_printf(c->arena, "%.*s (rendered by %s)",
					    STR_FMT(marker->path), renderer->by);
	if (!rendering->file.path.ptr)
		return -ENOMEM;
	if (!program) {
		rendering->file.template = true;
	} else if (renderer->network && offline) {
		rendering->file.template = true;
	} else {
		r = run(c, renderer, program, directory.ptr, rendering);
		*ret_done = r == 0 && !rendering->file.skip;
	}
	return r;
}

/* Of a chart, what it is made of: its marker, its templates, and those of charts that it brings along. */
static bool is_chart_source(struct str rest)
{
	bool inner = str_starts(rest, STR("charts/"));

	return str_eq(rest, STR("Chart.yaml")) || str_starts(rest, STR("templates/")) ||
	       (inner &&
		(str_ends(rest, STR("/Chart.yaml")) || str_find(rest, STR("/templates/")) >= 0));
}

/* Takes off the list what went into a rendering of the directory. */
static void drop_sources(struct code_file *files, size_t *n, struct str below, bool chart)
{
	size_t kept = 0;

	for (size_t i = 0; i < *n; i++) {
		struct str name = str_from(files[i].name);

		if (!str_starts(name, below) ||
		    (chart && !is_chart_source(str_from_offset(name, below.len))))
			files[kept++] = files[i];
	}
	*n = kept;
}

int renderings_make(struct renderings *ret, const char *root, bool offline, struct code_file *files,
		    size_t *n, struct arena *arena, struct err *err)
{
	struct context c = {.renderings = ret, .root = root, .arena = arena, .err = err};

	for (size_t k = 0; k < ARRAY_LEN(renderers); k++) {
		for (size_t i = 0; i < *n; i++) {
			ssize_t len = directory_len(&files[i], &renderers[k]);
			struct str below;
			bool done;

			if (len < 0)
				continue;
			below = arena_str(arena, str_sub(str_from(files[i].name), 0, (size_t)len));
			if (!below.ptr ||
			    render(&c, &renderers[k], &files[i], below, offline, &done) < 0)
				return err_oom(err);
			/* A chart's templates mean nothing as they are; what a kustomization
			 * changes is judged as it stands. */
			if (!done && !renderers[k].chart)
				continue;
			drop_sources(files, n, below, renderers[k].chart);
			i = SIZE_MAX; /* the list is another now; markers that are left are new */
		}
	}
	return 0;
}
