/* Opening what a reference names: see source.h. */
#include "base/compat.h"

#include "source/source.h"

#include "base/confine.h"
#include "base/fd.h"
#include "core/limits.h"

struct describe_job {
	int fd;
	const struct reference *reference;
	const struct platform *platform;
};

static int describe_confined(void *arg, struct buf *result, struct err *err)
{
	const struct describe_job *job = arg;
	_cleanup_arena_ struct arena arena = ARENA_INIT(MiB(256));
	struct location *locations = NULL;
	struct image image = {0};
	struct store store;
	int r = store_open(&store, job->fd, &arena, err);

	if (r == 0)
		r = describe_image(&store, job->reference, job->platform, &arena, &image,
				   &locations, err);
	if (r == 0)
		description_pack(result, &image, locations);
	store_release(&store);
	return r;
}

static int describe(struct source *source, const struct platform *platform, bool is_directory,
		    struct arena *arena, struct err *err)
{
	struct describe_job job = {source->fd, &source->reference, platform};
	struct confine_options options = {
		.keep_fds = {source->fd},
		.n_keep_fds = 1,
		.read_dir = is_directory ? source->fd : -1,
		.memory = LIMIT_CONFINED_MEMORY,
		.seconds = LIMIT_CONFINED_SECONDS,
		.max_result = MiB(64),
	};
	_cleanup_confined_ struct confined c = CONFINED_INIT;
	struct str result;
	int r = confine_start(&c, describe_confined, &job, &options, err);

	if (r == 0)
		r = confine_wait(&c, &result, err);
	if (r == 0)
		r = description_unpack(result, arena, &source->image, &source->locations, err);
	return r;
}

/* A root filesystem: one layer without digests. */
static int describe_directory(struct source *source, const struct platform *platform,
			      struct arena *arena, struct err *err)
{
	if (platform->os.len)
		return err_set(err, ERR_USAGE,
			       "a directory does not say its platform; leave --platform out");
	source->image = (struct image){.kind = IMAGE_DIRECTORY, .n_layers = 1};
	source->image.layers = arena_new(arena, struct layer);
	return source->image.layers ? 0 : err_oom(err);
}

static bool is_layout(int dirfd)
{
	return faccessat(dirfd, "oci-layout", F_OK, AT_SYMLINK_NOFOLLOW) == 0 ||
	       (faccessat(dirfd, "index.json", F_OK, AT_SYMLINK_NOFOLLOW) == 0 &&
		faccessat(dirfd, "blobs", F_OK, AT_SYMLINK_NOFOLLOW) == 0);
}

/* Is it a word of the alphabet of image names, which have no upper case but in tags? */
static bool is_name(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789._-/:", s.ptr[i]))
			return false;
	return s.len > 0 && s.ptr[0] != '.' && s.ptr[0] != '/' && s.ptr[s.len - 1] != '/';
}

/* The image of a registry that text seems to name ("debian:12", "docker://host:5000/app"), or an empty slice.
 * A dot behind the last slash is taken for that of a file name. */
static struct str registry_image(const char *text)
{
	static const struct str scheme = STR("docker://");
	struct str image = str_from(text), name;
	bool certain = str_starts(image, scheme);
	ssize_t at;
	size_t last = 0, end;

	if (certain)
		image = str_from_offset(image, scheme.len);
	at = str_find(image, STR("@sha256:"));
	name = at >= 0 ? str_sub(image, 0, (size_t)at) : image;
	for (size_t i = 0; i < name.len; i++)
		if (name.ptr[i] == '/')
			last = i + 1;
	end = last;
	while (end < name.len && name.ptr[end] != ':')
		end++;
	if (!is_name(str_sub(name, 0, end)) || end == last)
		return STR("");
	if (!certain && str_find(str_sub(name, last, end - last), STR(".")) >= 0)
		return STR("");
	return image;
}

static int cannot_find(const char *text, const char *path, struct err *err)
{
	struct str image = registry_image(text);

	if (image.len == 0)
		return err_set(err, ENOENT, "cannot open '%s': no such file or directory", path);
	return err_set(err, ENOENT,
		       "cannot open '%s': no such file or directory (an image of a registry has "
		       "to be copied first, for example with 'skopeo copy docker://%.*s oci:DIR')",
		       path, STR_FMT(image));
}

static int open_path(struct source *source, const char *text, bool *ret_directory, struct err *err)
{
	const struct reference *ref = &source->reference;
	struct stat st;

	source->fd = fd_open_read(AT_FDCWD, ref->path.ptr, err);
	if (source->fd == -ENOENT && !ref->has_kind)
		return cannot_find(text, ref->path.ptr, err);
	if (source->fd < 0)
		return source->fd;
	if (fstat(source->fd, &st) < 0)
		return err_errno(err, errno, "cannot open '%s'", ref->path.ptr);
	*ret_directory = S_ISDIR(st.st_mode);
	if (ref->has_kind &&
	    (ref->kind == IMAGE_DIRECTORY || ref->kind == IMAGE_OCI_LAYOUT) != *ret_directory)
		return err_set(err, ERR_USAGE, "cannot open '%s' as %s: it is %sa directory",
			       ref->path.ptr, image_kind_name(ref->kind),
			       *ret_directory ? "" : "not ");
	return 0;
}

int source_open(const char *text, const struct platform *platform, struct arena *arena,
		struct source *ret, struct err *err)
{
	struct source source = SOURCE_INIT;
	bool directory = false;
	int r = reference_parse(text, arena, &source.reference, err);

	if (r == 0)
		r = open_path(&source, text, &directory, err);
	if (r < 0) {
		source_close(&source);
		return r;
	}
	if (directory && (source.reference.has_kind ? source.reference.kind == IMAGE_DIRECTORY
						    : !is_layout(source.fd)))
		r = describe_directory(&source, platform, arena, err);
	else
		r = describe(&source, platform, directory, arena, err);
	if (r < 0) {
		source_close(&source);
		if (platform->os.len == 0)
			return err_wrap(err, r, "cannot read image '%s'", text);
		return err_wrap(err, r, "cannot read image '%s' for %.*s/%.*s%s%.*s", text,
				STR_FMT(platform->os), STR_FMT(platform->arch),
				platform->variant.len ? "/" : "", STR_FMT(platform->variant));
	}
	source.image.reference = arena_str(arena, str_from(text));
	if (!source.image.reference.ptr) {
		source_close(&source);
		return err_oom(err);
	}
	*ret = source;
	return 0;
}

void source_close(struct source *source)
{
	fd_closep(&source->fd);
}
