/*
 * Checks of area "image": is what is installed in an image free of known vulnerabilities, and could that
 * be told at all? Rows are run on struct image_input.
 */
#include "base/compat.h"

#include "checks/emit.h"
#include "checks/inputs.h"
#include "core/check.h"
#include "core/upgrade.h"

/* A finding about one package rather than the whole image. */
static int package_finding(const struct check_run *run, enum outcome outcome,
			   const struct package *p, struct finding *ret)
{
	struct str name =
		arena_printf(run->sink->arena, "%.*s %.*s", STR_FMT(p->name), STR_FMT(p->version));

	if (!name.ptr)
		return -ENOMEM;
	*ret = check_finding(run, outcome);
	ret->subject = (struct subject){.kind = SUBJECT_PACKAGE, .name = name, .package = p};
	ret->where = (struct where){.path = p->path, .layer = p->layer};
	ret->seen = p->version;
	return 0;
}

static struct str fix_remedy(const struct check_run *run, const struct package *p,
			     const struct vulnerability *v)
{
	const struct image_input *in = run->input;

	/* Distroless images keep one file per package and have no package manager inside. */
	if (str_find(p->path, STR("/status.d/")) >= 0 || !upgrade_is_plain_name(p->name))
		return arena_printf(run->sink->arena,
				    "rebuild on a base image whose %.*s is at %.*s or later",
				    STR_FMT(p->source_name.len ? p->source_name : p->name),
				    STR_FMT(v->fixed_version));
	return arena_printf(run->sink->arena,
			    "rebuild on an updated base image, or add: RUN %s %.*s",
			    upgrade_command(in->distro, p->type), STR_FMT(p->name));
}

/* clang-format off */
static const struct {
	const char *text, *remedy;
} without_fix[VULN_STATUS_MAX_] = {
	[VULN_AFFECTED] = {"no fix yet",
		"no fixed version has been published: remove the package if nothing needs it, and rebuild "
		"when there is one"},
	[VULN_WILL_NOT_FIX] = {"the vendor will not fix it",
		"the vendor decided against a fix for this release: remove the package if nothing needs it, "
		"or move to a release that has the fix"},
	[VULN_FIX_DEFERRED] = {"the fix is deferred",
		"the vendor has put the fix off to a later update: rebuild when it is out"},
	[VULN_END_OF_LIFE] = {"the package is past its end of life",
		"the vendor does not support this package any more: replace it, or move to a newer release"},
	[VULN_UNDER_INVESTIGATION] = {"the vendor is investigating",
		"the vendor has not decided yet whether it is affected: look again later"},
};
/* clang-format on */

/* headers: the package holds the kernel's headers and no kernel, so that it is told but never counts. */
static int emit_vulnerability(const struct check_run *run, const struct package_input *in,
			      const struct vulnerability *v, bool headers)
{
	const struct package *p = in->package;
	struct arena *arena = run->sink->arena;
	struct finding f;
	int r;

	r = package_finding(run, OUTCOME_FAIL, p, &f);
	if (r < 0)
		return r;
	f.vulnerability = v;
	if (v->fixed_version.len)
		f.wanted = in->upgrade_to.len ? in->upgrade_to : v->fixed_version;
	if (headers)
		return emit_message(
			run, &f,
			arena_printf(arena,
				     "%.*s comes from kernel sources that have %.*s; no kernel "
				     "runs from an image",
				     STR_FMT(f.subject.name), STR_FMT(v->id)));
	f.severity = f.severity_before = v->severity;
	if (!v->fixed_version.len) {
		f.remedy = str_from(without_fix[v->status].remedy);
		return emit_message(run, &f,
				    arena_printf(arena, "%.*s has %.*s; %s",
						 STR_FMT(f.subject.name), STR_FMT(v->id),
						 without_fix[v->status].text));
	}
	f.remedy = fix_remedy(run, p, v);
	if (!f.remedy.ptr)
		return -ENOMEM;
	/* The fix is a version of what was compared: the source package, for some feeds. */
	struct str compared = v->n_evidence ? v->evidence[0].package : STR_NULL;
	if (str_eq(compared, p->name))
		compared = STR_NULL;
	return emit_message(run, &f,
			    arena_printf(arena, "%.*s has %.*s; fixed in %.*s%s%.*s",
					 STR_FMT(f.subject.name), STR_FMT(v->id), STR_FMT(compared),
					 compared.len ? " " : "", STR_FMT(v->fixed_version)));
}

/*
 * Packages made from the kernel's sources that hold no kernel: headers, build helpers, sources and
 * documentation. contains and suffix may be NULL.
 */
static bool is_kernel_headers(struct str name)
{
	static const struct {
		const char *prefix, *contains, *suffix;
	} patterns[] = {
		{"linux-libc-dev"},		     /* Debian, Ubuntu; also …-arm64-cross */
		{"linux-headers"},		     /* the same, and Alpine's only one */
		{"linux-", "-headers-"},	     /* Ubuntu flavours: linux-aws-headers-… */
		{"linux-kbuild-"},		     /* Debian */
		{"linux-compiler-"},		     /* Debian */
		{"linux-config-"},		     /* Debian */
		{"linux-source"},		     /* Debian, Ubuntu */
		{"linux-support-"},		     /* Debian */
		{"linux-doc"},			     /* Debian, Ubuntu */
		{"linux-glibc-devel"},		     /* SUSE */
		{"kernel-headers"},		     /* RPM distributions */
		{"kernel-devel"},		     /* the same, and SUSE */
		{"kernel-doc"},			     /* RPM distributions */
		{"kernel-macros"},		     /* SUSE */
		{"kernel-source"},		     /* SUSE */
		{"kernel-syms"},		     /* SUSE */
		{"kernel-", NULL, "-headers"},	     /* kernel-uek-headers, kernel-cross-headers */
		{"kernel-", NULL, "-devel"},	     /* kernel-default-devel, kernel-rt-devel */
		{"kernel-", NULL, "-devel-matched"}, /* kernel-rt-devel-matched */
	};

	for (size_t i = 0; i < ARRAY_LEN(patterns); i++) {
		if (str_starts(name, str_from(patterns[i].prefix)) &&
		    (!patterns[i].contains ||
		     str_find(name, str_from(patterns[i].contains)) >= 0) &&
		    str_ends(name, str_from(patterns[i].suffix)))
			return true;
	}
	return false;
}

/* IMG-VULN and IMG-VULN-HEADERS: the same over the packages that are, or are not, kernel headers. */
static int run_vulnerabilities(const struct check_run *run, bool headers, const char *nothing,
			       const char *clean)
{
	const struct image_input *in = run->input;
	size_t judged = 0, found = 0;
	int r;

	for (size_t i = 0; i < in->n_packages; i++) {
		const struct package_input *p = &in->packages[i];

		if (!p->judged || is_kernel_headers(p->package->name) != headers)
			continue;
		judged++;
		for (size_t k = 0; k < p->n_vulnerabilities; k++) {
			const struct vulnerability *v = &p->vulnerabilities[k];

			if (v->status == VULN_NOT_AFFECTED)
				continue;
			found++;
			r = emit_vulnerability(run, p, v, headers);
			if (r < 0)
				return r;
		}
	}
	if (found)
		return 0;
	if (!judged)
		return check_emitf(run, OUTCOME_NOT_APPLICABLE, "%s", nothing);
	return check_emitf(run, OUTCOME_PASS, "compared with the advisories: %zu package%s; %s",
			   judged, plural_s(judged), clean);
}

static int image_vulnerabilities(struct check_run *run)
{
	return run_vulnerabilities(run, false, "no package was compared with advisories",
				   "none has a known vulnerability");
}

static int image_kernel_headers(struct check_run *run)
{
	return run_vulnerabilities(run, true,
				   "no package of kernel headers was compared with advisories",
				   "the kernel that they come from has no known vulnerability");
}

static int image_end_of_life(struct check_run *run)
{
	const struct image_input *in = run->input;
	const struct distro *d = in->distro;
	struct str name = d->pretty.len ? d->pretty : d->id;
	struct finding f;

	if (!d->id.len)
		return check_emitf(run, OUTCOME_NOT_APPLICABLE, "the distribution is not known");
	if (!in->eol.len)
		return check_emitf(run, OUTCOME_NOT_APPLICABLE,
				   "no end of security support is known for %.*s", STR_FMT(name));
	f = precondition(run, str_cmp(in->today, in->eol) <= 0);
	f.where = (struct where){.path = d->path, .layer = d->layer};
	f.seen = in->today;
	f.wanted = in->eol;
	if (f.outcome == OUTCOME_PASS)
		return emit_message(run, &f,
				    arena_printf(run->sink->arena,
						 "%.*s gets security updates until %.*s",
						 STR_FMT(name), STR_FMT(in->eol)));
	return emit_message(
		run, &f,
		arena_printf(run->sink->arena,
			     "security support of %.*s ended on %.*s: new vulnerabilities are not "
			     "recorded for it any more",
			     STR_FMT(name), STR_FMT(in->eol)));
}

static int image_distribution(struct check_run *run)
{
	const struct image_input *in = run->input;
	const struct distro *d = in->distro;
	struct finding f;

	if (!d->id.len)
		return check_emitf(run, OUTCOME_UNKNOWN,
				   "the image does not say which distribution it is");
	f = precondition(run, in->has_feed);
	f.where = (struct where){.path = d->path, .layer = d->layer};
	f.seen = d->id;
	struct str name = d->pretty.len ? d->pretty : d->id;
	if (in->has_feed)
		return emit_message(
			run, &f,
			arena_printf(run->sink->arena, "the distribution is %.*s", STR_FMT(name)));
	return emit_message(
		run, &f,
		arena_printf(run->sink->arena,
			     "no advisories are published for %.*s (id '%.*s') that could be used",
			     STR_FMT(name), STR_FMT(d->id)));
}

static int image_packages(struct check_run *run)
{
	const struct image_input *in = run->input;

	if (in->n_packages)
		return emit_met(run, arena_printf(run->sink->arena, "installed: %zu package%s",
						  in->n_packages, plural_s(in->n_packages)));
	if (in->has_package_database)
		return check_emitf(run, OUTCOME_UNKNOWN, "the package database lists no package");
	return check_emitf(run, OUTCOME_UNKNOWN, "no package database was found");
}

static int image_third_party(struct check_run *run)
{
	const struct image_input *in = run->input;
	size_t found = 0;

	for (size_t i = 0; i < in->n_packages; i++) {
		const struct package *p = in->packages[i].package;
		struct finding f;
		int r;

		if (!p->third_party.len)
			continue;
		found++;
		r = package_finding(run, OUTCOME_UNKNOWN, p, &f);
		if (r < 0)
			return r;
		r = emit_message(
			run, &f,
			arena_printf(run->sink->arena,
				     "%.*s was not built by the distribution (%.*s), so that its "
				     "advisories do not speak about it",
				     STR_FMT(f.subject.name), STR_FMT(p->third_party)));
		if (r < 0)
			return r;
	}
	if (found)
		return 0;
	if (!in->n_packages)
		return check_emitf(run, OUTCOME_NOT_APPLICABLE, "no packages are installed");
	return emit_met(run,
			arena_str(run->sink->arena,
				  STR("nothing tells that a package is not the distribution's")));
}

static int image_readable(struct check_run *run)
{
	const struct image_input *in = run->input;

	for (size_t i = 0; i < in->n_unreadable; i++) {
		const struct unreadable *u = &in->unreadable[i];
		struct finding f = check_finding(run, OUTCOME_UNKNOWN);
		int r;

		f.where = (struct where){.path = u->path, .layer = u->layer};
		r = emit_message(run, &f,
				 arena_printf(run->sink->arena, "cannot read %.*s%s%.*s%s: %.*s",
					      STR_FMT(u->what), u->path.len ? " '" : "",
					      STR_FMT(u->path), u->path.len ? "'" : "",
					      STR_FMT(u->reason)));
		if (r < 0)
			return r;
	}
	if (in->n_unreadable)
		return 0;
	return emit_met(run, arena_str(run->sink->arena,
				       STR("everything that was to be read could be read")));
}

static int image_broken_packages(struct check_run *run)
{
	const struct image_input *in = run->input;
	size_t found = 0;

	for (size_t i = 0; i < in->n_packages; i++) {
		const struct package *p = in->packages[i].package;
		struct finding f;
		int r;

		if (!p->broken)
			continue;
		found++;
		r = package_finding(run, OUTCOME_FAIL, p, &f);
		if (r < 0)
			return r;
		r = emit_message(run, &f,
				 arena_printf(run->sink->arena, "%.*s is only half installed",
					      STR_FMT(f.subject.name)));
		if (r < 0)
			return r;
	}
	if (found)
		return 0;
	if (!in->n_packages)
		return check_emitf(run, OUTCOME_NOT_APPLICABLE, "no packages are installed");
	return emit_met(run, arena_printf(run->sink->arena, "installed in full: %zu package%s",
					  in->n_packages, plural_s(in->n_packages)));
}

/* clang-format off */
static const struct check checks[] = {
	{
		.id = "IMG-VULN",
		.title = "package has a known vulnerability",
		.question = Q_IMAGE_1,
		.severity = SEVERITY_UNKNOWN, /* each finding has that of its vulnerability */
		.subject = SUBJECT_IMAGE,
		.refs = REFS({REF_CIS_DOCKER, "4.4"}, {REF_NIST_190, "4.1.1"}, {REF_PCI, "6.3.1"}, {REF_PCI, "6.3.3"}),
		.remedy = "rebuild the image on an updated base, or upgrade the package in it",
		.run = image_vulnerabilities,
	},
	{
		.id = "IMG-VULN-HEADERS",
		.title = "kernel headers of a kernel with a known vulnerability",
		.question = Q_IMAGE_2,
		.severity = SEVERITY_NONE,
		.subject = SUBJECT_IMAGE,
		.refs = REFS({REF_CIS_DOCKER, "4.3"}, {REF_NIST_190, "4.1.1"}),
		.remedy = "nothing need be done, since containers run on the kernel of their host; a final image "
			  "that compiles nothing can do without the package",
		.run = image_kernel_headers,
	},
	{
		.id = "IMG-EOL",
		.title = "distribution release is past its security support",
		.question = Q_IMAGE_1,
		.severity = SEVERITY_HIGH,
		.subject = SUBJECT_IMAGE,
		.refs = REFS({REF_CIS_DOCKER, "4.4"}, {REF_NIST_190, "4.1.1"}, {REF_PCI, "6.3.3"}, {REF_PCI, "12.3.4"}),
		.remedy = "move to a release that is still supported; until then, accept IMG-EOL in the policy "
			  "(gate: accept-unknown) if extended support is bought elsewhere",
		.run = image_end_of_life,
	},
	{
		.id = "IMG-DISTRO",
		.title = "distribution is unknown or without advisories",
		.question = Q_IMAGE_1,
		.severity = SEVERITY_MEDIUM,
		.subject = SUBJECT_IMAGE,
		.refs = REFS({REF_NIST_190, "4.1.1"}, {REF_PCI, "6.3.1"}),
		.remedy = "build on a distribution that publishes advisories, and keep its /etc/os-release in the "
			  "image",
		.run = image_distribution,
	},
	{
		.id = "IMG-PACKAGES",
		.title = "no installed packages were found",
		.question = Q_IMAGE_1,
		.severity = SEVERITY_MEDIUM,
		.subject = SUBJECT_IMAGE,
		.refs = REFS({REF_NIST_190, "4.1.1"}, {REF_PCI, "6.3.2"}),
		.remedy = "leave the package database in the image; if it has no packages on purpose, accept "
			  "IMG-PACKAGES in the policy (gate: accept-unknown)",
		.run = image_packages,
	},
	{
		.id = "IMG-THIRD-PARTY",
		.title = "package is not the distribution's",
		.question = Q_IMAGE_1,
		.severity = SEVERITY_LOW,
		.subject = SUBJECT_IMAGE,
		.refs = REFS({REF_CIS_DOCKER, "4.11"}, {REF_NIST_190, "4.1.5"}, {REF_PCI, "6.3.1"}, {REF_PCI, "6.3.2"}),
		.remedy = "follow the advisories of whoever built it, or install the distribution's own package",
		.run = image_third_party,
	},
	{
		.id = "IMG-READ",
		.title = "part of the image could not be read",
		.question = Q_IMAGE_1,
		.severity = SEVERITY_MEDIUM,
		.subject = SUBJECT_IMAGE,
		.refs = REFS({REF_NIST_190, "4.1.1"}),
		.remedy = "fetch or build the image again; if a limit was met on purpose, raise it",
		.run = image_readable,
	},
	{
		.id = "IMG-BROKEN-PACKAGE",
		.title = "package is only half installed",
		.question = Q_IMAGE_2,
		.severity = SEVERITY_LOW,
		.subject = SUBJECT_IMAGE,
		.refs = REFS({REF_NIST_190, "4.1.2"}),
		.remedy = "mend the build step that was cut short (dpkg --configure -a finishes it), or remove the "
			  "package",
		.run = image_broken_packages,
	},
};
/* clang-format on */

CHECK_AREA(image, "container images");
