/* The table of catalogers, and what follows when all files were read: see catalog.h. */
#include "base/compat.h"

#include "catalog/catalog.h"

#include "catalog/catalogers.h"

const struct cataloger *const catalogers[] = {
	&cataloger_distro, &cataloger_dpkg, &cataloger_apk, &cataloger_rpm, &cataloger_repositories,
};
const size_t n_catalogers = ARRAY_LEN(catalogers);

int catalog_bid(struct str path)
{
	ssize_t slash = str_rfind_char(path, '/');
	struct str name = str_from_offset(path, (size_t)(slash + 1));
	struct str folder = {path.ptr, slash < 0 ? 0 : (size_t)slash};

	for (size_t i = 0; i < n_catalogers && name.len; i++)
		if (catalogers[i]->bid(folder, name))
			return (int)i;
	return -1;
}

void catalog_entry_release(struct catalog_entry *entry)
{
	vec_release(&entry->packages);
	vec_release(&entry->files);
	vec_release(&entry->repositories);
}

struct str path_name(struct str path)
{
	return str_from_offset(path, (size_t)(str_rfind_char(path, '/') + 1));
}

struct str path_folder(struct str path)
{
	ssize_t slash = str_rfind_char(path, '/');

	return str_sub(path, 0, slash < 0 ? 0 : (size_t)slash);
}

bool path_is_under(struct str folder, struct str tail)
{
	return str_ends(folder, tail) &&
	       (folder.len == tail.len || folder.ptr[folder.len - tail.len - 1] == '/');
}

void catalog_skip(struct catalog_entry *entry, struct arena *arena, const char *fmt, ...)
{
	char text[256];
	va_list args;

	if (entry->skipped++ > 0)
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	/* Without memory there is no example; the count stands. */
	entry->skipped_example = arena_str(arena, str_from(text));
}

/* A package that came from Ubuntu's extended maintenance says so in its version: "1.2-3ubuntu4.5+esm1",
 * "1.2~esm1". */
static bool has_esm_version(const struct package *package)
{
	ssize_t at = str_find(package->version, STR("esm"));

	return package->type == PACKAGE_DPKG && at > 0 &&
	       (package->version.ptr[at - 1] == '+' || package->version.ptr[at - 1] == '~');
}

static bool is_ubuntu_esm(const struct str *repositories, size_t n_repositories,
			  const struct package *packages, size_t n_packages)
{
	for (size_t i = 0; i < n_repositories; i++)
		if (str_find(repositories[i], STR("esm.ubuntu.com")) >= 0)
			return true;
	for (size_t i = 0; i < n_packages; i++)
		if (has_esm_version(&packages[i]))
			return true;
	return false;
}

/*
 * apk upgrades to the newest version that any repository without a tag has, so main of edge makes an
 * edge system whatever stands beside it. Other repositories of edge (testing) are often added for one
 * package and say nothing.
 */
static bool is_alpine_edge(const struct distro *distro, const struct str *repositories,
			   size_t n_repositories)
{
	if (str_find(distro->version_id, STR("_alpha")) >= 0)
		return true;
	for (size_t i = 0; i < n_repositories; i++) {
		struct str line = repositories[i];

		while (str_ends(line, STR("/")))
			line.len--;
		if (!str_starts(line, STR("@")) && str_ends(line, STR("/edge/main")))
			return true;
	}
	return false;
}

int catalog_finish(struct distro *distro, const struct str *repositories, size_t n_repositories,
		   struct package *packages, size_t n_packages, struct arena *arena)
{
	distro->channel = STR_NULL;
	if (str_eq(distro->id, STR("ubuntu")) &&
	    is_ubuntu_esm(repositories, n_repositories, packages, n_packages))
		distro->channel = STR("esm");
	if (str_eq(distro->id, STR("alpine")) &&
	    is_alpine_edge(distro, repositories, n_repositories))
		distro->channel = STR("edge");
	return third_party_mark(distro, packages, n_packages, arena);
}
