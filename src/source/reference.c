/* References to images and platforms: see source.h. */
#include "base/compat.h"

#include <sys/utsname.h>

#include "source/source.h"

static const struct {
	struct str prefix;
	enum image_kind kind;
} prefixes[] = {
	{STR("docker-archive:"), IMAGE_DOCKER_ARCHIVE},
	{STR("oci-archive:"), IMAGE_OCI_ARCHIVE},
	{STR("oci-dir:"), IMAGE_OCI_LAYOUT},
	{STR("oci:"), IMAGE_OCI_LAYOUT},
	{STR("dir:"), IMAGE_DIRECTORY},
};

static bool exists(struct str path)
{
	return access(path.ptr, F_OK) == 0;
}

/* Cuts a selector off the end of path: "@sha256:…", or ":NAME" behind the last slash or, since names
 * may hold slashes and colons themselves, behind the first colon that leaves an existing path. */
static int cut_selector(struct reference *ref, struct arena *arena)
{
	ssize_t at = str_find(ref->path, STR("@sha256:"));
	struct str path;

	if (at >= 0) {
		ref->selector = str_from_offset(ref->path, (size_t)at + 1);
		ref->path = arena_str(arena, str_sub(ref->path, 0, (size_t)at));
		return ref->path.ptr ? 0 : -ENOMEM;
	}
	for (size_t i = 1; i < ref->path.len; i++) {
		if (ref->path.ptr[i] != ':')
			continue;
		path = arena_str(arena, str_sub(ref->path, 0, i));
		if (!path.ptr)
			return -ENOMEM;
		if (exists(path)) {
			ref->selector = str_from_offset(ref->path, i + 1);
			ref->path = path;
			return 0;
		}
	}
	return 0;
}

int reference_parse(const char *text, struct arena *arena, struct reference *ret, struct err *err)
{
	struct reference ref = {.path = str_from(text)};

	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
		if (str_starts(ref.path, prefixes[i].prefix)) {
			ref.has_kind = true;
			ref.kind = prefixes[i].kind;
			ref.path = str_from_offset(ref.path, prefixes[i].prefix.len);
			break;
		}
	}
	if (ref.path.len == 0)
		return err_set(err, ERR_USAGE, "'%s' names no file or directory", text);
	ref.path = arena_str(arena, ref.path);
	if (!ref.path.ptr || (!exists(ref.path) && cut_selector(&ref, arena) < 0))
		return err_oom(err);
	*ret = ref;
	return 0;
}

int platform_parse(const char *text, struct platform *ret, struct err *err)
{
	struct str rest = str_from(text), part;
	struct str parts[3] = {STR(""), STR(""), STR("")};
	size_t n = 0;

	while (str_split(&rest, '/', &part)) {
		if (n == ARRAY_LEN(parts) || part.len == 0)
			n = ARRAY_LEN(parts) + 1;
		else
			parts[n++] = part;
		if (n > ARRAY_LEN(parts))
			break;
	}
	if (n < 2 || n > ARRAY_LEN(parts))
		return err_set(err, ERR_USAGE,
			       "'%s' is not a platform of the form os/arch[/variant]", text);
	*ret = (struct platform){.os = parts[0], .arch = parts[1], .variant = parts[2]};
	return 0;
}

const char *platform_host_arch(void)
{
	static const char *const names[][2] = {
		{"x86_64", "amd64"},	{"aarch64", "arm64"},	{"armv7l", "arm"},  {"i686", "386"},
		{"ppc64le", "ppc64le"}, {"riscv64", "riscv64"}, {"s390x", "s390x"},
	};
	struct utsname machine;

	if (uname(&machine) == 0)
		for (size_t i = 0; i < ARRAY_LEN(names); i++)
			if (str_eq(str_from(machine.machine), str_from(names[i][0])))
				return names[i][1];
	return "amd64";
}
