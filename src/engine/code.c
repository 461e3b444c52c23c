/* Inspecting sources: see code.h. This half finds files; it parses none. */
#include "base/compat.h"

#include <dirent.h>
#include <sys/mman.h>

#include "engine/code.h"

#include "base/confine.h"
#include "base/fd.h"
#include "core/check.h"
#include "core/limits.h"
#include "engine/code_judge.h"
#include "engine/code_render.h"
#include "manifest/manifest.h"

/* Readers that may be ended by a file before the rest of a path is given up. */
enum { MAX_CRASHES = 8 };

struct code {
	struct arena arena;
	struct result result;
	VEC(struct confined) readers; /* whose results findings point into */
	struct code_options options;
	struct err *err;
};

/* Files of one argument. */
struct target {
	struct code *code;
	const char *path; /* as the user wrote it */
	int dir;	  /* -1: the one file is in bytes */
	struct buf bytes;
	VEC(struct code_file) files;
	size_t n_links; /* not followed */
	struct renderings renderings;
};

/* --- Finding files ------------------------------------------------------------------------------- */

/* The last marks what kustomize renders. */
static bool is_wanted(struct str name)
{
	return manifest_is_named(name) || str_eq(name, STR("Kustomization"));
}

/* Histories and installed dependencies hold what others wrote, or what was. */
static bool is_passed_over(const char *name)
{
	return strcmp(name, ".git") == 0 || strcmp(name, "node_modules") == 0;
}

static int add_file(struct target *t, const char *name)
{
	struct code_file *file;
	size_t len = strlen(t->path);
	bool slash = len && t->path[len - 1] == '/';

	if (t->files.len >= LIMIT_CODE_FILES)
		return err_set(t->code->err, ERR_LIMIT, "cannot inspect '%s': more than %zu files",
			       t->path, LIMIT_CODE_FILES);
	file = vec_add(&t->files);
	if (!file)
		return err_oom(t->code->err);
	file->name = arena_strdup(&t->code->arena, name);
	file->path = strcmp(t->path, ".") == 0 ? str_from(file->name)
					       : arena_printf(&t->code->arena, "%s%s%s", t->path,
							      slash ? "" : "/", name);
	return file->name && file->path.ptr ? 0 : err_oom(t->code->err);
}

/* What lies below could be anything: an unknown finding of its own. */
static int add_unreadable(struct target *t, const char *name, const char *what, int errnum)
{
	struct code_file *file;
	int r = add_file(t, name);

	if (r < 0)
		return r;
	file = &t->files.items[t->files.len - 1];
	file->skip = arena_printf(&t->code->arena, "%s: %s", what, err_code_text(errnum)).ptr;
	return file->skip ? 0 : err_oom(t->code->err);
}

static int walk(struct target *t, int fd, const char *name, unsigned depth);

static int walk_directory(struct target *t, int fd, const char *entry, const char *name,
			  unsigned depth)
{
	int below = openat(fd, entry, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (below < 0)
		return add_unreadable(t, name, "cannot open the directory", errno);
	if (depth >= LIMIT_CODE_DEPTH) {
		close(below);
		return add_unreadable(t, name, "directories are nested too deeply", ELOOP);
	}
	return walk(t, below, name, depth + 1);
}

/* Links are not followed: what they lead to is read where it lies, or is not the user's to inspect. */
static int walk_entry(struct target *t, int fd, const char *name, const struct dirent *d,
		      unsigned depth)
{
	_cleanup_free_ char *path = NULL;
	unsigned char type = d->d_type;
	struct stat st;

	if (asprintf(&path, "%s%s%s", name, name[0] ? "/" : "", d->d_name) < 0)
		return err_oom(t->code->err);
	if (type == DT_UNKNOWN && fstatat(fd, d->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		type = S_ISREG(st.st_mode) ? DT_REG : S_ISDIR(st.st_mode) ? DT_DIR : DT_LNK;
	if (type == DT_REG)
		return is_wanted(str_from(d->d_name)) ? add_file(t, path) : 0;
	if (type == DT_DIR)
		return is_passed_over(d->d_name) ? 0
						 : walk_directory(t, fd, d->d_name, path, depth);
	/* A link of another name may lead to a directory of manifests: that is told, too. */
	t->n_links += type == DT_LNK;
	return 0;
}

/* Takes fd over. */
static int walk(struct target *t, int fd, const char *name, unsigned depth)
{
	DIR *dir = fdopendir(fd);
	struct dirent *d;
	int r = 0;

	if (!dir) {
		r = add_unreadable(t, name, "cannot read the directory", errno);
		close(fd);
		return r;
	}
	while (r == 0 && (errno = 0, d = readdir(dir))) {
		if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0)
			r = walk_entry(t, fd, name, d, depth);
	}
	if (r == 0 && errno)
		r = add_unreadable(t, name, "cannot read the directory", errno);
	closedir(dir);
	return r;
}

static int compare_files(const void *a, const void *b)
{
	return str_cmp(((const struct code_file *)a)->path, ((const struct code_file *)b)->path);
}

/* One file, or standard input: read here, since reading is not parsing. */
static int read_named(struct target *t, int fd, const char *path)
{
	struct code_file *file = vec_add(&t->files);
	int r;

	if (!file)
		return err_oom(t->code->err);
	t->bytes = BUF_INIT(LIMIT_MANIFEST_TEXT);
	file->path = str_from(path);
	file->named = true;
	r = fd_read_all(fd, path, &t->bytes, t->code->err);
	file->bytes = buf_str(&t->bytes);
	return r;
}

static int open_target(struct target *t)
{
	_cleanup_close_ int fd = -1;
	struct stat st;
	int r;

	if (strcmp(t->path, "-") == 0)
		return read_named(t, STDIN_FILENO, "<stdin>");
	fd = fd_open_read(AT_FDCWD, t->path, t->code->err);
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return err_errno(t->code->err, errno, "cannot open '%s'", t->path);
	/* What a shell makes of <(kustomize build) is a pipe, opened without waiting for its first byte. */
	if (S_ISFIFO(st.st_mode) && fcntl(fd, F_SETFL, 0) < 0)
		return err_errno(t->code->err, errno, "cannot open '%s'", t->path);
	if (S_ISREG(st.st_mode) || S_ISFIFO(st.st_mode))
		return read_named(t, fd, t->path);
	if (!S_ISDIR(st.st_mode))
		return err_set(t->code->err, EINVAL,
			       "cannot read '%s': neither file, directory nor pipe", t->path);
	t->dir = TAKE_FD(fd);
	fd = openat(t->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_errno(t->code->err, errno, "cannot read directory '%s'", t->path);
	r = walk(t, TAKE_FD(fd), "", 0);
	vec_sort(&t->files, compare_files);
	return r;
}

/* What helm and kustomize make of the files takes their place. */
static int render(struct target *t)
{
	int r = renderings_make(&t->renderings, t->dir, &t->code->options, t->files.items,
				&t->files.len, &t->code->arena, t->code->err);

	for (size_t i = 0; r == 0 && i < t->renderings.files.len; i++) {
		struct code_file *file = vec_add(&t->files);

		if (!file)
			return err_oom(t->code->err);
		*file = t->renderings.files.items[i];
	}
	return r;
}

/* --- Judging them -------------------------------------------------------------------------------- */

static int cover(struct target *t, const struct code_counts *counts)
{
	struct code *c = t->code;
	struct buf b = BUF_INIT(KiB(64));
	struct str detail = arena_printf(&c->arena, "%zu object%s in %zu of %zu file%s",
					 counts->objects, counts->objects == 1 ? "" : "s",
					 counts->files, t->files.len, t->files.len == 1 ? "" : "s");
	int r = detail.ptr
			? result_cover(&c->result, COVERAGE_INPUT, true, str_from(t->path), detail)
			: -ENOMEM;

	if (r == 0 && counts->n_customs) {
		enum { MOST = 10 };

		for (size_t i = 0; i < counts->n_customs && i < MOST; i++)
			buf_addf(&b, "%s%.*s", i ? ", " : "", STR_FMT(counts->customs[i]));
		if (counts->n_customs > MOST)
			buf_addf(&b, " and %zu more", counts->n_customs - MOST);
		detail = buf_status(&b, NULL) < 0 ? STR("many") : arena_str(&c->arena, buf_str(&b));
		r = result_cover(&c->result, COVERAGE_GAP, false,
				 STR("custom resources, which no check looks into"), detail);
	}
	if (r == 0 && t->n_links)
		r = result_cover(&c->result, COVERAGE_GAP, false,
				 STR("symbolic links, which are not followed"),
				 arena_printf(&c->arena, "%zu below %s", t->n_links, t->path));
	buf_release(&b);
	return r < 0 ? err_oom(c->err) : 0;
}

/* One reader over all files: 0, or -ERR_CRASHED when a file ended it, which *progress names. */
static int run_reader(struct target *t, size_t *progress, struct code_counts *counts)
{
	struct code *c = t->code;
	struct code_job job = {.options = &c->options,
			       .dir = t->dir,
			       .files = t->files.items,
			       .n_files = t->files.len,
			       .progress = progress};
	const struct confine_options confine = {.read_dir = t->dir,
						.memory = LIMIT_CONFINED_MEMORY,
						.seconds = LIMIT_CODE_SECONDS(t->files.len),
						.max_result = LIMIT_CODE_RESULT};
	struct confined *reader = vec_add(&c->readers);
	struct str bytes;
	int r;

	if (!reader)
		return err_oom(c->err);
	*reader = CONFINED_INIT;
	r = confine_start(reader, code_judge, &job, &confine, c->err);
	if (r == 0)
		r = confine_wait(reader, &bytes, c->err);
	return r < 0 ? r : code_unpack(bytes, &c->result, counts, c->err);
}

/* The files that a reader does not get to see again: the one that ended it, and all behind when it was not the
 * first of its kind by far. */
static int skip_culprit(struct target *t, size_t at, bool last)
{
	char *why = arena_strdup(&t->code->arena, t->code->err->text);

	if (!why)
		return err_oom(t->code->err);
	t->files.items[at].skip = why;
	for (size_t i = at + 1; last && i < t->files.len; i++)
		t->files.items[i].skip = "not read: too many files before it ended their reader";
	return 0;
}

/*
 * A file that ends its reader, or takes all of its memory, costs one finding: the rest is read without it. What
 * the reader says of its progress is looked at once, when it is gone; it can only harm a file of its own.
 */
static int judge(struct target *t)
{
	struct code *c = t->code;
	struct code_counts counts = {0};
	size_t *progress = mmap(NULL, sizeof(*progress), PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int r = -ERR_CRASHED;

	if (progress == MAP_FAILED)
		return err_oom(c->err);
	for (unsigned ended = 0; ended <= MAX_CRASHES + 1; ended++) {
		size_t at;

		r = run_reader(t, progress, &counts);
		at = *progress;
		if ((r != -ERR_CRASHED && r != -ENOMEM && r != -ERR_LIMIT) || at >= t->files.len)
			break;
		if (skip_culprit(t, at, ended == MAX_CRASHES) < 0)
			break;
	}
	munmap(progress, sizeof(*progress));
	if (r < 0)
		return err_wrap(c->err, r, "cannot inspect '%s'", t->path);
	return cover(t, &counts);
}

static int inspect_path(struct code *c, const char *path)
{
	struct target t = {.code = c, .path = path, .dir = -1};
	int r = open_target(&t);

	if (r == 0)
		r = render(&t);
	if (r == 0)
		r = judge(&t);
	fd_closep(&t.dir);
	buf_release(&t.bytes);
	vec_release(&t.files);
	renderings_release(&t.renderings);
	return r;
}

/* By outcome, severity and check like finding_compare(), and then as they were found: by file and line. */
static int compare_keys(const void *a_, const void *b_)
{
	uint64_t a = *(const uint64_t *)a_, b = *(const uint64_t *)b_;

	return (a > b) - (a < b);
}

/* The index of a check among the tallies, which are sorted and have every one. */
static uint64_t rank_of(const struct result *result, const struct check *check)
{
	size_t low = 0, high = result->tallies.len;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(result->tallies.items[middle].check->id, check->id) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* There may be hundreds of thousands: numbers are sorted, not the findings themselves. */
static int sort_findings(struct result *result)
{
	size_t n = result->findings.len;
	struct finding *findings = result->findings.items;
	_cleanup_free_ uint64_t *keys = NULL;
	uint64_t rank = 0;

	if (n < 2)
		return 0;
	keys = malloc(n * sizeof(*keys));
	if (!keys)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		const struct finding *f = &findings[i];

		if (i == 0 || f->check != findings[i - 1].check)
			rank = rank_of(result, f->check);
		keys[i] = (uint64_t)(f->outcome != OUTCOME_FAIL) << 63 |
			  (uint64_t)(SEVERITY_MAX_ - f->severity) << 56 | rank << 32 | i;
	}
	qsort(keys, n, sizeof(*keys), compare_keys);
	/* Where each goes is known: every cycle of moves needs room for one. */
	for (size_t i = 0; i < n; i++) {
		struct finding moved = findings[i];
		size_t to = i, from = keys[i] & UINT32_MAX;

		while (from != i) {
			findings[to] = findings[from];
			keys[to] = to;
			to = from;
			from = keys[to] & UINT32_MAX;
		}
		findings[to] = moved;
		keys[to] = to;
	}
	return 0;
}

static int compare_tallies(const void *a, const void *b)
{
	return strcmp(((const struct tally *)a)->check->id, ((const struct tally *)b)->check->id);
}

static bool is_named_before(const char *const *paths, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (strcmp(paths[k], paths[i]) == 0)
			return true;
	return false;
}

int code_inspect(const char *const *paths, size_t n_paths, const struct code_options *options,
		 struct code **ret, struct err *err)
{
	_cleanup_code_ struct code *c = calloc(1, sizeof(*c));
	struct result *result;
	int r = 0;

	if (!c)
		return err_oom(err);
	c->options = *options;
	c->err = err;
	result = &c->result;
	result->arena = &c->arena;
	result->command = STR("code");
	result->target = arena_str(&c->arena, str_from(n_paths == 1 ? paths[0] : "sources"));
	result->policy = options->policy;
	result->compared = true; /* nothing here was to be compared with advisories */
	result->explain = options->explain;
	if (options->judge.pss.alone)
		result->standard = arena_printf(&c->arena, "Pod Security Standard %s, version 1.%u",
						pss_level_name(options->judge.pss.level),
						options->judge.pss.minor);
	if (!result->target.ptr || (options->judge.pss.alone && !result->standard.ptr))
		return err_oom(err);
	for (size_t i = 0; r == 0 && i < n_paths; i++)
		if (!is_named_before(paths, i))
			r = inspect_path(c, paths[i]);
	if (r < 0)
		return r;
	for (size_t i = 0; i < result->findings.len; i++)
		policy_apply(options->policy, STR(""), &result->findings.items[i]);
	vec_sort(&result->tallies, compare_tallies);
	if (sort_findings(result) < 0)
		return err_oom(err);
	*ret = TAKE_PTR(c);
	return 0;
}

const struct result *code_result(const struct code *code)
{
	return &code->result;
}

void code_free(struct code *code)
{
	if (!code)
		return;
	for (size_t i = 0; i < code->readers.len; i++)
		confine_release(&code->readers.items[i]);
	vec_release(&code->readers);
	result_release(&code->result);
	arena_release(&code->arena);
	free(code);
}
