/* Release files: see apt_release.h. */
#include "base/compat.h"

#include "advisory/apt_release.h"

#include "parse/deb822.h"

int apt_release_parse(const char *name, struct str text, struct apt_release *ret, struct err *err)
{
	struct apt_release release = {0};
	const struct {
		struct str name;
		struct str *to;
	} fields[] = {
		{STR("Origin"), &release.origin},
		{STR("Label"), &release.label},
		{STR("Suite"), &release.suite},
		{STR("Codename"), &release.codename},
		{STR("Version"), &release.version},
		{STR("Date"), &release.date},
		{STR("Valid-Until"), &release.valid_until},
		{STR("Architectures"), &release.architectures},
		{STR("Components"), &release.components},
		{STR("SHA256"), &release.sha256},
	};
	struct deb822 reader = DEB822_INIT(text);
	struct deb822_field field;
	enum deb822_event event;

	while ((event = deb822_next(&reader, &field)) == DEB822_FIELD) {
		for (size_t i = 0; i < ARRAY_LEN(fields); i++)
			if (str_eq_nocase(field.name, fields[i].name))
				*fields[i].to = field.value;
		if (str_eq_nocase(field.name, STR("Acquire-By-Hash")))
			release.by_hash = str_eq_nocase(field.value, STR("yes"));
	}
	if (event == DEB822_MALFORMED)
		return err_set(
			err, ERR_FORMAT,
			"cannot read '%s': line %zu: not a release file of a package archive", name,
			field.line);
	if (!release.suite.len && !release.codename.len)
		return err_set(err, ERR_FORMAT,
			       "cannot read '%s': it names neither a suite nor a code name", name);
	if (!release.sha256.len)
		return err_set(err, ERR_FORMAT, "cannot read '%s': it has no SHA256 hashes", name);
	*ret = release;
	return 0;
}

bool apt_release_is(const struct apt_release *release, struct str suite)
{
	ssize_t slash = str_rfind_char(suite, '/');

	if (str_eq(suite, release->suite) || str_eq(suite, release->codename))
		return true;
	/* Until Debian 10 the security suite was "buster/updates" with the code name "buster". */
	return slash > 0 && str_eq(str_from_offset(suite, (size_t)slash), STR("/updates")) &&
	       str_eq(str_sub(suite, 0, (size_t)slash), release->codename);
}

static bool file_parse(struct str line, struct apt_file *ret)
{
	char text[7 + SHA256_HEX + 1];
	struct str hash, size, path;

	if (!str_next_word(&line, &hash) || !str_next_word(&line, &size) ||
	    !str_next_word(&line, &path) || hash.len != SHA256_HEX ||
	    str_parse_u64(size, &ret->size) < 0)
		return false;
	snprintf(text, sizeof(text), "sha256:%.*s", SHA256_HEX, hash.ptr);
	ret->path = path;
	return sha256_parse(str_from(text), ret->sha256) == 0;
}

int apt_release_file(const struct apt_release *release, struct str path, struct apt_file *ret)
{
	struct str rest = release->sha256, line;

	while (deb822_next_line(&rest, &line)) {
		struct apt_file file;

		if (str_ends(line, path) && file_parse(line, &file) && str_eq(file.path, path)) {
			*ret = file;
			return 0;
		}
	}
	return -ENOENT;
}

/* Ubuntu's long-term releases are those of April in even years (ubuntu.com/about/release-cycle). */
static bool is_lts(struct str version)
{
	uint32_t year;

	return version.len == 5 && str_ends(version, STR(".04")) &&
	       str_parse_u32(str_sub(version, 0, 2), &year) == 0 && year % 2 == 0;
}

/* "12" of "12-updates", which Debian's stable updates call themselves; "11.11" as it is. */
static struct str leading_version(struct str version)
{
	size_t len = 0;

	while (len < version.len &&
	       ((version.ptr[len] >= '0' && version.ptr[len] <= '9') || version.ptr[len] == '.'))
		len++;
	return str_sub(version, 0, len);
}

int apt_release_ecosystem(const char *name, const struct apt_release *release, char *ret,
			  size_t size, struct err *err)
{
	struct str version = leading_version(release->version);
	ssize_t dot = str_find_char(version, '.');
	uint32_t number;

	if (str_eq(release->origin, STR("Debian"))) {
		/* Point releases ("11.11") share their advisories. */
		if (dot > 0)
			version = str_sub(version, 0, (size_t)dot);
		if (str_parse_u32(version, &number) == 0) {
			snprintf(ret, size, "Debian:%" PRIu32, number);
			return 0;
		}
	} else if (str_eq(release->origin, STR("Ubuntu"))) {
		if (dot == 2 && version.len == 5) {
			snprintf(ret, size, "Ubuntu:%.*s%s", STR_FMT(version),
				 is_lts(version) ? ":LTS" : "");
			return 0;
		}
	} else {
		return err_set(
			err, ERR_UNSUPPORTED,
			"cannot use '%s': the advisories of origin '%.*s' have no known name", name,
			STR_FMT(release->origin));
	}
	return err_set(err, ERR_UNSUPPORTED, "cannot use '%s': the suite has no release number",
		       name);
}

bool apt_has_word(struct str list, struct str word)
{
	struct str lines = list, line, have;

	while (str_next_line(&lines, &line))
		while (str_next_word(&line, &have))
			if (str_eq(have, word))
				return true;
	return false;
}
