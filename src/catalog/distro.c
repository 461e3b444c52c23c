/*
 * Which distribution it is: os-release(5), lsb-release, and the one-line files of the time before them.
 * Of several files the engine takes the lowest rank, so a rank says how much a file is worth: what it
 * is, first, and whether it lies where it belongs or somewhere in the tree.
 */
#include "base/compat.h"

#include "catalog/catalogers.h"
#include "core/limits.h"
#include "parse/osrelease.h"

enum {
	RANK_LIB = 1,	      /* /etc/os-release goes before /usr/lib/os-release (os-release(5)) */
	RANK_ELSEWHERE = 50,  /* under another prefix, perhaps of something inside the image */
	RANK_NOT_TOLD = 1000, /* understood, but no distribution is named in it */
};

struct reader {
	struct str name;
	bool prefix; /* any name that begins so */
	unsigned rank;
	int (*read)(struct str bytes, struct arena *arena, struct catalog_entry *entry);
};

/* What distributions call themselves in full, and their ids; longer names before those that they begin
 * with. */
static const struct {
	struct str begin;
	const char *id;
} full_names[] = {
#define NAME(text, id)                       \
	{                                    \
		{text, sizeof(text) - 1}, id \
	}
	/* clang-format off */
	NAME("Red Hat Enterprise Linux",	"rhel"),
	NAME("Red Hat Linux",			"rhl"),
	NAME("CentOS",				"centos"),
	NAME("Rocky Linux",			"rocky"),
	NAME("AlmaLinux",			"almalinux"),
	NAME("Oracle Linux",			"ol"),
	NAME("Enterprise Linux Enterprise Linux", "ol"),
	NAME("Fedora",				"fedora"),
	NAME("Amazon Linux",			"amzn"),
	NAME("Scientific Linux",		"scientific"),
	NAME("CloudLinux",			"cloudlinux"),
	NAME("VMware Photon",			"photon"),
	NAME("CBL-Mariner",			"mariner"),
	NAME("Common Base Linux Mariner",	"mariner"),
	NAME("Microsoft Azure Linux",		"azurelinux"),
	NAME("Azure Linux",			"azurelinux"),
	NAME("SUSE Linux Enterprise",		"sles"),
	NAME("openSUSE Leap",			"opensuse-leap"),
	NAME("openSUSE",			"opensuse"),
/* clang-format on */
#undef NAME
};

static struct str id_of_full_name(struct str name)
{
	for (size_t i = 0; i < ARRAY_LEN(full_names); i++)
		if (str_starts(name, full_names[i].begin))
			return str_from(full_names[i].id);
	return STR_NULL;
}

/* Lower case, and blanks out: "Ubuntu", "openSUSE project". */
static struct str lower_id(struct str name, struct arena *arena)
{
	struct str copy = arena_str(arena, name);
	char *text = (char *)copy.ptr;

	for (size_t i = 0; text && i < copy.len; i++) {
		if (text[i] >= 'A' && text[i] <= 'Z')
			text[i] = (char)(text[i] - 'A' + 'a');
		else if (text[i] == ' ')
			text[i] = '-';
	}
	return copy;
}

static bool is_lower_word(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] < 'a' || s.ptr[i] > 'z')
			return false;
	return s.len > 0;
}

/* The code name out of "8 (jessie)": old releases of Debian give it nowhere else. */
static struct str codename_of_version(struct str version)
{
	ssize_t open = str_find_char(version, '('), close = str_rfind_char(version, ')');
	struct str inside;

	if (open < 0 || close <= open)
		return STR_NULL;
	inside = str_sub(version, (size_t)open + 1, (size_t)(close - open - 1));
	return is_lower_word(inside) ? inside : STR_NULL;
}

static int read_assignments(struct str bytes, struct arena *arena, struct catalog_entry *entry)
{
	struct distro *d = &entry->distro;
	struct str version = STR_NULL, ubuntu_codename = STR_NULL, lsb_id = STR_NULL;
	struct {
		struct str name, *value;
	} wanted[] = {
		{STR("ID"), &d->id},
		{STR("ID_LIKE"), &d->id_like},
		{STR("VERSION_ID"), &d->version_id},
		{STR("VERSION_CODENAME"), &d->codename},
		{STR("UBUNTU_CODENAME"), &ubuntu_codename},
		{STR("PRETTY_NAME"), &d->pretty},
		{STR("VARIANT_ID"), &d->variant},
		{STR("VERSION"), &version},
		{STR("DISTRIB_ID"), &lsb_id},
		{STR("DISTRIB_RELEASE"), &d->version_id},
		{STR("DISTRIB_CODENAME"), &d->codename},
		{STR("DISTRIB_DESCRIPTION"), &d->pretty},
	};
	struct osrelease o = OSRELEASE_INIT(bytes);
	struct osrelease_variable v;
	int r;

	while ((r = osrelease_next(&o, arena, &v)) > 0)
		for (size_t i = 0; i < ARRAY_LEN(wanted); i++)
			if (str_eq(v.name, wanted[i].name))
				*wanted[i].value = v.value;
	if (r < 0)
		return r;
	if (o.malformed) {
		catalog_skip(entry, arena, "line %zu: not an assignment", o.malformed_line);
		entry->skipped += o.malformed - 1;
	}
	if (d->id.len == 0 && lsb_id.len) {
		d->id = id_of_full_name(lsb_id);
		if (d->id.len == 0)
			d->id = lower_id(lsb_id, arena);
		if (!d->id.ptr)
			return -ENOMEM;
	}
	if (d->codename.len == 0)
		d->codename = ubuntu_codename.len ? ubuntu_codename : codename_of_version(version);
	return 0;
}

static struct str first_line(struct str bytes)
{
	struct str line;

	while (str_next_line(&bytes, &line)) {
		line = str_trim(line);
		if (line.len)
			return line;
	}
	return STR_NULL;
}

/* "12.5" of a release, "trixie/sid" of what is not released yet. */
static int read_debian_version(struct str bytes, struct arena *arena, struct catalog_entry *entry)
{
	struct str line = first_line(bytes), rest = line, part;
	struct distro *d = &entry->distro;

	if (!str_split(&rest, '/', &part))
		return 0;
	if (is_lower_word(part))
		d->codename = part;
	else if (line.len && line.ptr[0] >= '0' && line.ptr[0] <= '9')
		/* os-release has the number before the point only, and so have all advisories. */
		str_split(&line, '.', &d->version_id);
	else
		return 0;
	d->id = STR("debian");
	d->pretty = arena_printf(arena, "Debian GNU/Linux %.*s", STR_FMT(first_line(bytes)));
	return d->pretty.ptr ? 0 : -ENOMEM;
}

static int read_alpine_release(struct str bytes, struct arena *arena, struct catalog_entry *entry)
{
	struct str line = first_line(bytes);
	struct distro *d = &entry->distro;

	if (line.len == 0 || line.ptr[0] < '0' || line.ptr[0] > '9')
		return 0;
	d->id = STR("alpine");
	d->version_id = line;
	d->pretty = arena_printf(arena, "Alpine Linux v%.*s", STR_FMT(line));
	return d->pretty.ptr ? 0 : -ENOMEM;
}

/* The first word of a line that begins with a digit: "release 7.9.2009 (Core)", "Enterprise Server 11". */
static struct str number_in_line(struct str line)
{
	struct str word;

	while (str_next_word(&line, &word))
		if (word.ptr[0] >= '0' && word.ptr[0] <= '9')
			return word;
	return STR_NULL;
}

/* "CBL-Mariner 2.0.20220527" → "2.0": builds are dated, releases are not. */
static struct str without_build_date(struct str version)
{
	ssize_t dot = str_rfind_char(version, '.');

	return dot > 0 && version.len - (size_t)dot > 8 ? str_sub(version, 0, (size_t)dot)
							: version;
}

/* The second line on of SuSE-release has "PATCHLEVEL = 4"; os-release of later ones says "11.4". */
static int add_patch_level(struct str bytes, struct arena *arena, struct distro *d)
{
	struct str line, key;

	while (str_next_line(&bytes, &line)) {
		if (!str_split(&line, '=', &key) || !str_eq(str_trim(key), STR("PATCHLEVEL")))
			continue;
		line = str_trim(line);
		if (line.len == 0 || str_eq(line, STR("0")))
			return 0;
		d->version_id =
			arena_printf(arena, "%.*s.%.*s", STR_FMT(d->version_id), STR_FMT(line));
		return d->version_id.ptr ? 0 : -ENOMEM;
	}
	return 0;
}

/* "Rocky Linux release 8.10 (Green Obsidian)" and all that are like it. */
static int read_release_line(struct str bytes, struct arena *arena, struct catalog_entry *entry)
{
	struct str line = first_line(bytes);
	struct distro *d = &entry->distro;

	d->id = id_of_full_name(line);
	if (d->id.len == 0)
		return 0;
	d->version_id = without_build_date(number_in_line(line));
	d->pretty = line;
	return str_starts(line, STR("SUSE")) ? add_patch_level(bytes, arena, d) : 0;
}

/* In the order of trust; the rank of lsb-release and debian_version matters most: Ubuntu has the latter
 * too, with the name of a release of Debian in it. */
static const struct reader readers[] = {
#define READER(text, starts, rank, fn)                     \
	{                                                  \
		{text, sizeof(text) - 1}, starts, rank, fn \
	}
	/* clang-format off */
	READER("os-release",		true,  0,  read_assignments),
	READER("lsb-release",		false, 10, read_assignments),
	READER("almalinux-release",	false, 20, read_release_line),
	READER("rocky-release",		false, 20, read_release_line),
	READER("oracle-release",	false, 20, read_release_line),
	READER("enterprise-release",	false, 20, read_release_line),
	READER("centos-release",	false, 20, read_release_line),
	READER("fedora-release",	false, 20, read_release_line),
	READER("photon-release",	false, 20, read_release_line),
	READER("mariner-release",	false, 20, read_release_line),
	READER("azurelinux-release",	false, 20, read_release_line),
	READER("SuSE-release",		false, 20, read_release_line),
	READER("alpine-release",	false, 20, read_alpine_release),
	READER("redhat-release",	false, 30, read_release_line),
	READER("system-release",	false, 30, read_release_line),
	READER("debian_version",	false, 30, read_debian_version),
/* clang-format on */
#undef READER
};

/* Links in /etc point to files beside usr/lib/os-release ("os.release.d/os-release-fedora"), so every
 * name that begins so may be the one. Manual pages and what a package manager sets aside have a dot. */
static const struct reader *find_reader(struct str folder, struct str name)
{
	for (size_t i = 0; i < ARRAY_LEN(readers); i++) {
		if (readers[i].prefix) {
			if (str_starts(name, readers[i].name) && str_find_char(name, '.') < 0)
				return &readers[i];
		} else if (str_eq(name, readers[i].name)) {
			return path_is_under(folder, STR("etc")) ||
					       path_is_under(folder, STR("lib"))
				       ? &readers[i]
				       : NULL;
		}
	}
	return NULL;
}

static bool distro_bid(struct str folder, struct str name)
{
	char last = name.ptr[name.len - 1];

	/* Nearly every file ends here: all names but os-release-x end in "-release" or "_version". */
	if (name.len < sizeof("os-release") - 1 ||
	    (name.ptr[0] != 'o' && last != 'e' && last != 'n'))
		return false;
	return (str_starts(name, STR("os-release")) || str_ends(name, STR("-release")) ||
		str_ends(name, STR("_version"))) &&
	       find_reader(folder, name);
}

static unsigned rank_of(const struct reader *reader, struct str folder)
{
	if (str_eq(folder, STR("etc")))
		return reader->rank;
	if (str_eq(folder, STR("usr/lib")))
		return reader->rank + RANK_LIB;
	if (str_eq(folder, STR("usr/lib/os.release.d")))
		return reader->rank + RANK_LIB + 1;
	return reader->rank + RANK_ELSEWHERE;
}

static int distro_read(struct str path, struct str bytes, struct arena *arena,
		       struct catalog_entry *entry, struct err *err)
{
	const struct reader *reader = find_reader(path_folder(path), path_name(path));

	entry->kind = CATALOG_DISTRO;
	if (!reader)
		return err_set(err, EINVAL, "cannot read '%.*s': not a release file",
			       STR_FMT(path));
	entry->distro.layer = LAYER_NONE;
	if (reader->read(bytes, arena, entry) < 0)
		return err_oom(err);
	entry->rank = rank_of(reader, path_folder(path));
	if (entry->distro.id.len == 0) {
		entry->rank = RANK_NOT_TOLD;
		if (entry->skipped == 0 && str_trim(bytes).len)
			catalog_skip(entry, arena, "line 1: no distribution is named");
	}
	return 0;
}

static const char *const places[] = {"etc", "usr/lib", "usr/lib/os.release.d", NULL};

const struct cataloger cataloger_distro = {
	.name = "distro",
	.version = 1,
	.bid = distro_bid,
	.limit = LIMIT_SMALL_TEXT,
	.places = places,
	.read = distro_read,
};
