/* Suites of package archives: see apt_suite.h. */
#include "base/compat.h"

#include "advisory/apt_suite.h"

#include "advisory/changelog.h"
#include "advisory/deb.h"
#include "advisory/spool.h"
#include "advisory/unpack.h"
#include "base/fd.h"
#include "base/log.h"

enum {
	ATTEMPTS = 3,
	/* Of the binary packages of one source: whose documentation is a link to another's, others may
	 * have it. */
	BINARIES_TRIED = 8,
	URL_MAX = 4096,
};

/* Bytes that stand for themselves in the path of a URL (RFC 3986, "pchar"), and '/'. */
static bool in_path(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr("/-._~!$&'()*+,;=:@", c));
}

static void add_path(struct buf *url, struct str path)
{
	for (size_t i = 0; i < path.len; i++) {
		unsigned char c = (unsigned char)path.ptr[i];

		if (in_path(c))
			buf_add_char(url, (char)c);
		else
			buf_addf(url, "%%%02X", c);
	}
}

static int add_base(struct apt_archive *archive, struct buf *url, struct err *err)
{
	char **base, *text;

	while (url->len && url->data[url->len - 1] == '/')
		url->data[--url->len] = '\0';
	text = buf_take(url);
	if (!text)
		return err_oom(err);
	for (size_t i = 0; i < archive->bases.len; i++) {
		if (strcmp(archive->bases.items[i], text) == 0) {
			free(text);
			return 0;
		}
	}
	base = vec_add(&archive->bases);
	if (!base) {
		free(text);
		return err_oom(err);
	}
	*base = text;
	return 0;
}

static int add_named(struct apt_archive *archive, const char *url, struct err *err)
{
	_cleanup_buf_ struct buf text = BUF_INIT(URL_MAX);
	_cleanup_free_ char *path = NULL;

	if (http_url_valid(url)) {
		buf_addf(&text, "%s", url);
	} else if (strstr(url, "://")) {
		return err_set(err, EINVAL,
			       "cannot read archive '%s': not an http, https or file URL", url);
	} else {
		path = realpath(url, NULL);
		if (!path)
			return err_errno(err, errno, "cannot read archive '%s'", url);
		buf_addf(&text, "file://");
		add_path(&text, str_from(path));
	}
	return add_base(archive, &text, err);
}

int apt_archive_add_bases(struct apt_archive *archive, const char *const *urls, size_t n,
			  struct err *err)
{
	static const struct str security = STR("-security");
	size_t named;
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++)
		r = add_named(archive, urls[i], err);
	named = archive->bases.len;
	for (size_t i = 0; i < named && r == 0; i++) {
		_cleanup_buf_ struct buf text = BUF_INIT(URL_MAX);
		struct str base = str_from(archive->bases.items[i]);

		/* "http://host" has no name of its own that could be one of two. */
		if (str_find_char(str_from_offset(base, (size_t)str_find(base, STR("://")) + 3),
				  '/') < 0)
			continue;
		if (str_ends(base, security)) {
			base.len -= security.len;
			buf_add_str(&text, base);
		} else {
			buf_add_str(&text, base);
			buf_add_str(&text, security);
		}
		r = add_base(archive, &text, err);
	}
	return r;
}

void apt_archive_release(struct apt_archive *archive)
{
	for (size_t i = 0; i < archive->bases.len; i++)
		free(archive->bases.items[i]);
	vec_release(&archive->bases);
	apt_cache_release(&archive->cache);
}

void apt_suite_release(struct apt_suite *suite)
{
	apt_index_release(&suite->index);
	for (size_t i = 0; i < suite->packages.len; i++)
		buf_release(&suite->packages.items[i]);
	vec_release(&suite->packages);
	buf_release(&suite->text);
	free(TAKE_PTR(suite->base));
	free(TAKE_PTR(suite->url));
}

/* After attempts 1, 2, …: a mirror that is overrun is helped by waiting. */
static bool try_again(int r, unsigned *attempt)
{
	struct timespec pause = {.tv_sec = *attempt, .tv_nsec = 0};

	if (r != -EAGAIN || ++*attempt >= ATTEMPTS)
		return false;
	nanosleep(&pause, NULL);
	return true;
}

static bool is_local(const char *url)
{
	return strncmp(url, "file:", 5) == 0;
}

static int fetch(const struct apt_archive *archive, struct http *http, const char *url,
		 struct buf *to, struct err *err)
{
	unsigned attempt = 0;
	size_t begin = to->len;
	int r;

	if (archive->offline && !is_local(url))
		return err_set(err, ENOENT,
			       "cannot fetch '%s': offline, and it is not in the cache", url);
	do {
		to->len = begin;
		r = http_get(http, url, to, err);
	} while (try_again(r, &attempt));
	return r;
}

/* Release files have no hash to be kept by: they are kept by their URL, for offline runs. */
static int fetch_release(const struct apt_archive *archive, struct http *http, const char *url,
			 struct buf *to, bool *ret_fetched, struct err *err)
{
	unsigned char key[SHA256_SIZE];
	int r;

	sha256_of(str_from(url), key);
	if (archive->offline && !is_local(url) &&
	    apt_cache_get(&archive->cache, CACHE_RELEASE, key, to) == 0)
		return 0;
	r = fetch(archive, http, url, to, err);
	*ret_fetched = r == 0 && !is_local(url);
	if (*ret_fetched)
		apt_cache_put(&archive->cache, CACHE_RELEASE, key, buf_str(to));
	return r;
}

/* Fetches the release file from one base; -ENOENT if there is none. */
static int find_at(const struct apt_archive *archive, struct http *http, const char *base,
		   struct apt_suite *suite, struct buf *raw, struct err *err)
{
	static const char *const names[] = {"InRelease", "Release"};
	int r = -ENOENT;

	/* A "Release" is signed in a file beside it; who has no InRelease today has no signature. */
	for (size_t i = 0; i < (archive->keys.allow_unsigned ? 2 : 1) && r == -ENOENT; i++) {
		_cleanup_buf_ struct buf url = BUF_INIT(URL_MAX);

		buf_addf(&url, "%s/dists/", base);
		add_path(&url, str_from(suite->name));
		buf_addf(&url, "/%s", names[i]);
		free(TAKE_PTR(suite->url));
		suite->url = buf_take(&url);
		if (!suite->url)
			return err_oom(err);
		buf_clear(raw);
		r = fetch_release(archive, http, suite->url, raw, &suite->fetched, err);
	}
	return r;
}

/* What captive portals and mirrors out of order answer with, whatever was asked for. */
static bool is_web_page(struct str bytes)
{
	struct str begin = str_trim(str_sub(bytes, 0, 256));

	return str_starts(begin, STR("<")) || str_starts(begin, STR("\xef\xbb\xbf<"));
}

static int check_release(const struct apt_archive *archive, struct apt_suite *suite, struct str raw,
			 struct err *err)
{
	int r;

	if (is_web_page(raw))
		return err_set(err, ERR_FORMAT,
			       "cannot use '%s': it is a web page, not a release file", suite->url);
	r = apt_signature_check(suite->url, raw, &archive->keys, &suite->text, &suite->doubt, err);
	if (r < 0)
		return r;
	r = apt_release_parse(suite->url, buf_str(&suite->text), &suite->release, err);
	if (r < 0)
		return r;
	if (!apt_release_is(&suite->release, str_from(suite->name)))
		return err_set(err, ERR_FORMAT,
			       "cannot use '%s': the mirror serves suite '%.*s' (code name "
			       "'%.*s'), not '%s'",
			       suite->url, STR_FMT(suite->release.suite),
			       STR_FMT(suite->release.codename), suite->name);
	return 0;
}

int apt_suite_open(const struct apt_archive *archive, struct http *http, const char *name,
		   struct apt_suite *suite, struct err *err)
{
	_cleanup_buf_ struct buf raw = BUF_INIT(LIMIT_APT_RELEASE);
	_cleanup_buf_ struct buf asked = BUF_INIT(sizeof(err->text));
	struct err first = ERR_INIT;

	suite->name = name;
	for (size_t i = 0; i < archive->bases.len; i++) {
		struct err local = ERR_INIT;
		int r = find_at(archive, http, archive->bases.items[i], suite, &raw, &local);

		if (r == 0) {
			suite->base = str_dup(str_from(archive->bases.items[i]));
			if (!suite->base)
				return err_oom(err);
			return check_release(archive, suite, buf_str(&raw), err);
		}
		/* Some mirrors forbid what they do not have. */
		if (r != -ENOENT && r != -EACCES)
			return err_set(err, -r, "%s", local.text);
		if (!first.code)
			first = local;
		buf_addf(&asked, "%s'%s'", i ? ", " : "", archive->bases.items[i]);
	}
	return err_set(err, ENOENT, "cannot find suite '%s' at %s: %s", name,
		       asked.data ? asked.data : "no archive", first.text);
}

static int err_digest(const char *url, const struct apt_file *file, const unsigned char *found,
		      struct str bytes, struct err *err)
{
	char want[7 + SHA256_HEX + 1], have[7 + SHA256_HEX + 1];
	bool html = is_web_page(bytes);

	sha256_format(file->sha256, want);
	sha256_format(found, have);
	if (bytes.len != file->size)
		return err_set(err, ERR_DIGEST,
			       "cannot use '%s': %sthe release file names %" PRIu64
			       " bytes with %s, it has %zu bytes",
			       url, html ? "it is a web page; " : "", file->size, want, bytes.len);
	return err_set(err, ERR_DIGEST, "cannot use '%s': %sthe release file names %s, it has %s",
		       url, html ? "it is a web page; " : "", want, have);
}

/* One form of an index, checked; by its hash where the archive has it that way, then by its name. */
static int fetch_checked(const struct apt_archive *archive, struct http *http,
			 const struct apt_suite *suite, const struct apt_file *file, struct buf *to,
			 struct err *err)
{
	ssize_t slash = str_rfind_char(file->path, '/');
	unsigned char found[SHA256_SIZE];
	char hex[7 + SHA256_HEX + 1];
	int r = -ENOENT;

	if (apt_cache_get(&archive->cache, CACHE_INDEX, file->sha256, to) == 0)
		return 0;
	sha256_format(file->sha256, hex);
	for (int by_hash = suite->release.by_hash; by_hash >= 0 && r == -ENOENT; by_hash--) {
		_cleanup_buf_ struct buf url = BUF_INIT(URL_MAX);

		buf_addf(&url, "%s/dists/", suite->base);
		add_path(&url, str_from(suite->name));
		buf_add_char(&url, '/');
		if (by_hash) {
			add_path(&url, str_sub(file->path, 0, (size_t)(slash + 1)));
			buf_addf(&url, "by-hash/SHA256/%s", hex + 7);
		} else {
			add_path(&url, file->path);
		}
		if (buf_status(&url, err) < 0)
			return err_wrap(err, -ENOMEM, "cannot fetch an index of '%s'", suite->url);
		buf_clear(to);
		r = fetch(archive, http, url.data, to, err);
		if (r == -ERR_LIMIT)
			return err_set(err, ERR_DIGEST,
				       "cannot use '%s': it is larger than the %" PRIu64
				       " bytes that the release file names",
				       url.data, file->size);
		if (r < 0)
			continue;
		sha256_of(buf_str(to), found);
		if (to->len != file->size || memcmp(found, file->sha256, SHA256_SIZE) != 0)
			return err_digest(url.data, file, found, buf_str(to), err);
		if (!is_local(url.data))
			apt_cache_put(&archive->cache, CACHE_INDEX, file->sha256, buf_str(to));
	}
	return r;
}

int apt_suite_fetch_packages(const struct apt_archive *archive, struct http *http,
			     const struct apt_suite *suite, struct str component,
			     struct str architecture, struct buf *ret_text, struct err *err)
{
	static const char *const suffixes[] = {".xz", ".gz", ""};
	ssize_t slash = str_rfind_char(component, '/');
	bool listed = false;
	int r = -ENOENT;

	/* "updates/main" of Debian's security suites lies in "main". */
	component = str_from_offset(component, (size_t)(slash + 1));
	for (size_t i = 0; i < ARRAY_LEN(suffixes) && r == -ENOENT; i++) {
		_cleanup_buf_ struct buf path = BUF_INIT(PATH_MAX);
		_cleanup_buf_ struct buf raw = BUF_INIT(LIMIT_APT_INDEX);
		struct apt_file file;

		buf_addf(&path, "%.*s/binary-%.*s/Packages%s", STR_FMT(component),
			 STR_FMT(architecture), suffixes[i]);
		if (buf_status(&path, err) < 0)
			return err_wrap(err, -ENOMEM, "cannot fetch an index of '%s'", suite->url);
		if (apt_release_file(&suite->release, buf_str(&path), &file) < 0)
			continue;
		listed = true;
		if (file.size > LIMIT_APT_INDEX)
			return err_set(err, ERR_LIMIT,
				       "cannot fetch '%s' of '%s': %" PRIu64
				       " bytes, the limit is %zu",
				       path.data, suite->url, file.size, LIMIT_APT_INDEX);
		/* An answer that is longer than it may be is not read to its end. */
		raw.max = file.size + 1;
		r = fetch_checked(archive, http, suite, &file, &raw, err);
		if (r == 0)
			r = unpack_bytes(path.data, buf_str(&raw), ret_text, err);
	}
	if (!listed)
		return err_set(err, ENOENT, "cannot find component '%.*s' for '%.*s' in '%s'",
			       STR_FMT(component), STR_FMT(architecture), suite->url);
	/* What is listed and not there is no missing component. */
	if (r == -ENOENT) {
		r = -EIO;
		if (err)
			err->code = EIO;
	}
	return r;
}

static int by_size(const void *a, const void *b)
{
	const struct apt_binary *x = *(struct apt_binary *const *)a,
				*y = *(struct apt_binary *const *)b;

	if (x->size != y->size)
		return x->size < y->size ? -1 : 1;
	return str_cmp(x->name, y->name);
}

/* Downloads and checks a package, then takes the changelog out of it. */
static int fetch_package(const struct apt_archive *archive, struct http *http, const char *url,
			 const struct apt_binary *binary, struct buf *changelog, struct err *err)
{
	_cleanup_close_ int fd = -1;
	unsigned attempt = 0;
	int r;

	if (binary->size > LIMIT_APT_PACKAGE)
		return err_set(err, ERR_LIMIT,
			       "cannot fetch '%s': %" PRIu64 " bytes, the limit is %" PRIu64, url,
			       binary->size, LIMIT_APT_PACKAGE);
	do {
		r = spool_download(http, url, binary->size, binary->sha256, archive->cache.dir, &fd,
				   err);
	} while (try_again(r, &attempt));
	return r < 0 ? r : deb_changelog(fd, url, changelog, err);
}

/* One package's changelog from the cache or the archive; empty if it has none. */
static int fetch_changelog(const struct apt_archive *archive, struct http *http,
			   const struct apt_suite *suite, const struct apt_binary *binary,
			   struct buf *to, struct err *err)
{
	_cleanup_buf_ struct buf url = BUF_INIT(URL_MAX);
	_cleanup_buf_ struct buf packed = BUF_INIT(LIMIT_CHANGELOG);
	int r = 0;

	buf_addf(&url, "%s/", suite->base);
	add_path(&url, binary->path);
	if (buf_status(&url, err) < 0)
		return err_wrap(err, -ENOMEM, "cannot fetch package '%.*s'", STR_FMT(binary->name));
	if (apt_cache_get(&archive->cache, CACHE_CHANGELOG, binary->sha256, &packed) < 0) {
		if (archive->offline && !is_local(url.data))
			return err_set(err, ENOENT,
				       "cannot fetch '%s': offline, and it is not in the cache",
				       url.data);
		r = fetch_package(archive, http, url.data, binary, &packed, err);
		if (r < 0)
			return r;
		apt_cache_put(&archive->cache, CACHE_CHANGELOG, binary->sha256, buf_str(&packed));
	}
	return unpack_bytes(url.data, buf_str(&packed), to, err);
}

/* Does the newest entry belong to the source package? It may be another program's upstream changelog. */
static bool changelog_is_of(struct str text, struct str source)
{
	struct changelog_entry entry;

	return changelog_next(&text, &entry) && str_eq(entry.source, source);
}

int apt_suite_changelog(const struct apt_archive *archive, struct http *http,
			const struct apt_suite *suite, const struct apt_source *source,
			struct buf *ret_text, struct err *err)
{
	VEC(const struct apt_binary *) binaries = {0};
	size_t begin = ret_text->len;
	struct err local = ERR_INIT;
	bool absent = false;
	int r = 0;

	for (const struct apt_binary *b = source->binaries; b; b = b->next) {
		const struct apt_binary **slot = vec_add(&binaries);

		if (!slot) {
			vec_release(&binaries);
			return err_oom(err);
		}
		*slot = b;
	}
	vec_sort(&binaries, by_size);
	for (size_t i = 0; i < MIN(binaries.len, (size_t)BINARIES_TRIED) && r == 0; i++) {
		ret_text->len = begin;
		r = fetch_changelog(archive, http, suite, binaries.items[i], ret_text, &local);
		if (r == 0 &&
		    changelog_is_of(str_from_offset(buf_str(ret_text), begin), source->name)) {
			r = 1;
		} else if (r == 0) {
			log_debug("no changelog of %.*s in '%.*s'", STR_FMT(source->name),
				  STR_FMT(binaries.items[i]->path));
		} else if (r == -ENOENT || r == -EACCES) {
			/* Mirrors lack a file now and then: another package of the source will do. */
			log_info("%s", local.text);
			absent = true;
			r = 0;
		}
	}
	if (r < 0 || (r == 0 && absent && archive->offline))
		r = err_set(err, local.code, "%s", local.text);
	vec_release(&binaries);
	return r;
}
