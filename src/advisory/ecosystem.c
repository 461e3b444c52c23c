/* Distributions and OSV ecosystems: see ecosystem.h. */
#include "base/compat.h"

#include "advisory/ecosystem.h"
#include "base/err.h"

/* How a VERSION_ID becomes the release of a shard's name. */
enum release {
	RELEASE_NONE,	     /* rolling: the shard has no release */
	RELEASE_MAJOR,	     /* "8.9" → "8" */
	RELEASE_MAJOR_MINOR, /* "3.18.4" → "3.18" */
	RELEASE_DEBIAN,	     /* by codename where VERSION_ID is missing */
	RELEASE_ALPINE,	     /* or "edge" */
	RELEASE_UBUNTU,	     /* with ":LTS", and Pro beside it */
	RELEASE_SUSE,	     /* "15.3"; "15" is the release without a service pack */
};

#define FIXED_ONLY(whose) \
	whose " names what it has fixed; vulnerabilities without a fix are not known"

/*
 * Debian's, Ubuntu's, Alpine's, Wolfi's and Rocky's records name source packages (purl "arch=source";
 * Rocky's name "systemd", never "systemd-libs"); those of Red Hat and AlmaLinux name every binary
 * package; SUSE's name sources but list the binaries, by which they are stored (advisory/osv.c).
 * Debian's testing and unstable have no feed of their own: a release's codename decides, and "sid"
 * alone is unsupported.
 */
/* clang-format off */
static const struct row {
	const char *id;	    /* of os-release */
	const char *prefix; /* of the shard's name */
	enum release release;
	enum version_scheme scheme;
	enum package_key key;
	const char *gap;
} rows[] = {
	{"debian",     "Debian:",       RELEASE_DEBIAN, VERSION_DPKG, KEY_SOURCE, NULL},
	{"ubuntu",     "Ubuntu:",       RELEASE_UBUNTU, VERSION_DPKG, KEY_SOURCE, NULL},
	{"alpine",     "Alpine:",       RELEASE_ALPINE, VERSION_APK,  KEY_SOURCE, FIXED_ONLY("Alpine")},
	{"wolfi",      "Wolfi",         RELEASE_NONE,   VERSION_APK,  KEY_SOURCE, FIXED_ONLY("Wolfi")},
	{"chainguard", "Chainguard",    RELEASE_NONE,   VERSION_APK,  KEY_SOURCE, FIXED_ONLY("Chainguard")},
	{"rhel",       "Red Hat:",      RELEASE_MAJOR,  VERSION_RPM,  KEY_BINARY, FIXED_ONLY("Red Hat's feed")},
	{"centos",     "Red Hat:",      RELEASE_MAJOR,  VERSION_RPM,  KEY_BINARY,
	 "CentOS has no feed: Red Hat's is used, whose fixes may reach CentOS later or never"},
	{"almalinux",  "AlmaLinux:",    RELEASE_MAJOR,  VERSION_RPM,  KEY_BINARY, FIXED_ONLY("AlmaLinux")},
	{"rocky",      "Rocky Linux:",  RELEASE_MAJOR,  VERSION_RPM,  KEY_SOURCE, FIXED_ONLY("Rocky Linux")},
	{"ol",         "Oracle Linux:", RELEASE_MAJOR,  VERSION_RPM,  KEY_BINARY, FIXED_ONLY("Oracle")},
	{"fedora",     "Fedora:",       RELEASE_MAJOR,  VERSION_RPM,  KEY_BINARY, FIXED_ONLY("Fedora")},
	{"amzn",       "Amazon Linux:", RELEASE_MAJOR,  VERSION_RPM,  KEY_BINARY, FIXED_ONLY("Amazon")},
	{"sles",       "SUSE:",         RELEASE_SUSE,   VERSION_RPM,  KEY_BINARY, FIXED_ONLY("SUSE")},
	{"sled",       "SUSE:",         RELEASE_SUSE,   VERSION_RPM,  KEY_BINARY, FIXED_ONLY("SUSE")},
	{"sles_sap",   "SUSE:",         RELEASE_SUSE,   VERSION_RPM,  KEY_BINARY, FIXED_ONLY("SUSE")},
	{"sle_hpc",    "SUSE:",         RELEASE_SUSE,   VERSION_RPM,  KEY_BINARY, FIXED_ONLY("SUSE")},
	{"sle-micro",  "SUSE:Linux Enterprise Micro ", RELEASE_MAJOR_MINOR, VERSION_RPM, KEY_BINARY,
	 FIXED_ONLY("SUSE")},
	{"sl-micro",   "SUSE:Linux Micro ", RELEASE_MAJOR_MINOR, VERSION_RPM, KEY_BINARY, FIXED_ONLY("SUSE")},
	{"opensuse-leap", "openSUSE:Leap ", RELEASE_MAJOR_MINOR, VERSION_RPM, KEY_BINARY,
	 FIXED_ONLY("openSUSE")},
	{"opensuse-tumbleweed", "openSUSE:Tumbleweed", RELEASE_NONE, VERSION_RPM, KEY_BINARY,
	 FIXED_ONLY("openSUSE")},
	{"photon",     "Photon OS:",    RELEASE_MAJOR_MINOR, VERSION_RPM, KEY_BINARY, FIXED_ONLY("Photon OS")},
	{"azurelinux", "Azure Linux:",  RELEASE_MAJOR,  VERSION_RPM,  KEY_BINARY, FIXED_ONLY("Azure Linux")},
	{"mariner",    "Azure Linux:",  RELEASE_MAJOR,  VERSION_RPM,  KEY_BINARY, FIXED_ONLY("Azure Linux")},
	{"mageia",     "Mageia:",       RELEASE_MAJOR,  VERSION_RPM,  KEY_SOURCE, FIXED_ONLY("Mageia")},
};

/* Codenames whose images may lack VERSION_ID: those made while the release was still testing. */
static const struct {
	const char *codename, *release;
} debian_codenames[] = {
	{"buster", "10"}, {"bullseye", "11"}, {"bookworm", "12"}, {"trixie", "13"}, {"forky", "14"},
	{"stretch", "9"}, {"jessie", "8"},    {"wheezy", "7"},
};
/* clang-format on */

/* The number at the head of s, of at most three parts: "3.18" of "3.18.4" for parts == 2. */
static struct str leading_number(struct str s, unsigned parts)
{
	size_t len = 0;

	for (; len < s.len; len++) {
		if (s.ptr[len] == '.' && --parts == 0)
			break;
		if (s.ptr[len] != '.' && (s.ptr[len] < '0' || s.ptr[len] > '9'))
			break;
	}
	while (len && s.ptr[len - 1] == '.')
		len--;
	return str_sub(s, 0, len);
}

static struct str debian_release(const struct distro *distro)
{
	struct str codename = distro->codename, part;

	if (distro->version_id.len) {
		/* Up to 6.0 the shards carry the whole number. */
		struct str major = leading_number(distro->version_id, 1);
		uint32_t n;

		return str_parse_u32(major, &n) == 0 && n >= 7
			       ? major
			       : leading_number(distro->version_id, 2);
	}
	/* "trixie/sid" is what testing calls itself. */
	if (!str_split(&codename, '/', &part))
		return STR("");
	for (size_t i = 0; i < ARRAY_LEN(debian_codenames); i++)
		if (str_eq(part, str_from(debian_codenames[i].codename)))
			return str_from(debian_codenames[i].release);
	return STR("");
}

/* Every second year's April release is supported for long, and says so in its shard. */
static bool ubuntu_is_lts(struct str release)
{
	uint32_t year;

	return str_ends(release, STR(".04")) &&
	       str_parse_u32(str_sub(release, 0, release.len - 3), &year) == 0 && year % 2 == 0;
}

/* Empty when the distribution does not say; ptr is NULL when out of memory. */
static struct str release_text(const struct row *row, const struct distro *distro,
			       struct arena *arena)
{
	struct str version = distro->version_id.ptr ? distro->version_id : STR("");

	switch (row->release) {
	case RELEASE_NONE:
		return STR("");
	case RELEASE_MAJOR:
		return leading_number(version, 1);
	case RELEASE_MAJOR_MINOR:
		return leading_number(version, 2);
	case RELEASE_DEBIAN:
		return debian_release(distro);
	case RELEASE_ALPINE:
		/* Edge calls itself "3.22_alpha20250108". */
		if (str_eq(distro->channel, STR("edge")) || str_find(version, STR("_alpha")) >= 0)
			return STR("edge");
		version = leading_number(version, 2);
		return version.len ? arena_printf(arena, "v%.*s", STR_FMT(version)) : version;
	case RELEASE_UBUNTU:
		version = leading_number(version, 2);
		return ubuntu_is_lts(version) ? arena_printf(arena, "%.*s:LTS", STR_FMT(version))
					      : version;
	case RELEASE_SUSE:
		version = leading_number(version, 2);
		return str_ends(version, STR(".0")) ? str_sub(version, 0, version.len - 2)
						    : version;
	}
	return STR("");
}

int ecosystem_of_distro(const struct distro *distro, struct arena *arena, struct ecosystem *ret)
{
	const struct row *row = NULL;
	struct ecosystem ecosystem;
	struct str release;

	for (size_t i = 0; i < ARRAY_LEN(rows) && !row; i++)
		if (str_eq_nocase(distro->id, str_from(rows[i].id)))
			row = &rows[i];
	if (!row)
		return -ERR_UNSUPPORTED;
	release = release_text(row, distro, arena);
	if (!release.ptr)
		return -ENOMEM;
	if (release.len == 0 && row->release != RELEASE_NONE)
		return -ERR_UNSUPPORTED;
	ecosystem = (struct ecosystem){
		.scheme = row->scheme, .key = row->key, .gap = str_from(row->gap)};
	ecosystem.shards[ecosystem.n_shards++] =
		arena_printf(arena, "%s%.*s", row->prefix, STR_FMT(release));
	if (row->release == RELEASE_UBUNTU && str_eq(distro->channel, STR("esm")))
		ecosystem.shards[ecosystem.n_shards++] =
			arena_printf(arena, "Ubuntu:Pro:%.*s", STR_FMT(release));
	for (size_t i = 0; i < ecosystem.n_shards; i++)
		if (!ecosystem.shards[i].ptr)
			return -ENOMEM;
	*ret = ecosystem;
	return 0;
}

/* The part of s before the first "::", and what follows it. */
static struct str cut_double_colon(struct str *s)
{
	ssize_t at = str_find(*s, STR("::"));
	struct str head = *s;

	if (at < 0) {
		*s = STR("");
		return head;
	}
	head = str_sub(*s, 0, (size_t)at);
	*s = str_from_offset(*s, (size_t)at + 2);
	return head;
}

/*
 * Red Hat's are CPE parts: product:version::channel. The mainline and the extended life phase of a
 * release (rhel_els) continue each other; extended update support is a branch of its own, whose fixes
 * have other versions: "rhel_eus:8.4" is the shard "Red Hat:8.4".
 */
static int red_hat_shard(struct str osv, struct arena *arena, struct str *ret_shard,
			 struct str *ret_channel)
{
	static const struct {
		struct str product, channel;
	} products[] = {
		{{"enterprise_linux", 16}, {"", 0}}, {{"rhel_els", 8}, {"els", 3}},
		{{"rhel_eus", 8}, {"eus", 3}},	     {{"rhel_aus", 8}, {"aus", 3}},
		{{"rhel_tus", 8}, {"tus", 3}},	     {{"rhel_e4s", 8}, {"e4s", 3}},
	};
	struct str rest = str_from_offset(osv, strlen("Red Hat:"));
	struct str release = cut_double_colon(&rest), product;

	if (!str_split(&release, ':', &product) || release.len == 0)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(products); i++) {
		struct str shard;

		if (!str_eq(product, products[i].product))
			continue;
		shard = arena_printf(arena, "Red Hat:%.*s", STR_FMT(release));
		if (!shard.ptr)
			return -ENOMEM;
		*ret_shard = shard;
		*ret_channel = products[i].channel.len ? products[i].channel : rest;
		return 0;
	}
	return 0;
}

/* Cuts the last word off. */
static struct str last_word(struct str *s)
{
	ssize_t at = str_rfind_char(*s, ' ');
	struct str word = *s;

	if (at < 0) {
		*s = STR("");
		return word;
	}
	word = str_from_offset(*s, (size_t)at + 1);
	*s = str_sub(*s, 0, (size_t)at);
	return word;
}

/*
 * SUSE's are product names: "Linux Enterprise Server 15 SP3-LTSS", "Linux Enterprise Module for
 * Basesystem 15 SP4". What a machine has of one release comes from many of them, so that they share
 * the shard "SUSE:15.3" and the product is the channel. Products that do not end like this (Micro 5.3,
 * Manager 4.3) are shards of themselves.
 */
static int suse_shard(struct str osv, struct arena *arena, struct str *ret_shard,
		      struct str *ret_channel)
{
	struct str product = str_from_offset(osv, strlen("SUSE:"));
	struct str rest = product, word = last_word(&rest), pack = STR("");
	struct str shard;
	uint32_t n;

	if (!str_starts(product, STR("Linux Enterprise ")) &&
	    !str_starts(product, STR("Package Hub ")))
		return 0;
	if (str_starts(word, STR("SP"))) {
		pack = leading_number(str_from_offset(word, 2), 1);
		word = last_word(&rest);
		if (pack.len == 0)
			return 0;
	} else if (str_find_char(word, '-') > 0) {
		/* "Linux Enterprise Server 15-LTSS" */
		word = str_sub(word, 0, (size_t)str_find_char(word, '-'));
	}
	if (str_parse_u32(word, &n) < 0)
		return 0;
	shard = pack.len ? arena_printf(arena, "SUSE:%u.%.*s", n, STR_FMT(pack))
			 : arena_printf(arena, "SUSE:%u", n);
	if (!shard.ptr)
		return -ENOMEM;
	*ret_shard = shard;
	*ret_channel = product;
	return 0;
}

int ecosystem_shard(struct str osv_ecosystem, struct arena *arena, struct str *ret_shard,
		    struct str *ret_channel)
{
	*ret_shard = osv_ecosystem;
	*ret_channel = STR("");
	if (str_starts(osv_ecosystem, STR("Red Hat:")))
		return red_hat_shard(osv_ecosystem, arena, ret_shard, ret_channel);
	if (str_starts(osv_ecosystem, STR("SUSE:")))
		return suse_shard(osv_ecosystem, arena, ret_shard, ret_channel);
	if (str_starts(osv_ecosystem, STR("Ubuntu:Pro:")))
		*ret_channel = STR("esm");
	return 0;
}
