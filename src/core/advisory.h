/*
 * Advisories as the database gives them to the matcher, and vulnerabilities as findings carry them.
 * The meaning is OSV's (ossf/osv-schema, schema.md). Strings are slices into the database's map or the
 * arena of the scan.
 */
#pragma once

#include "base/compat.h"
#include "base/str.h"
#include "core/severity.h"

/* What the vendor says of a package and a vulnerability; see facts of each feed in advisory/. */
enum vuln_status {
	VULN_AFFECTED,		  /* affected; a fix exists if fixed_version is not empty */
	VULN_WILL_NOT_FIX,	  /* the vendor decided against a fix */
	VULN_FIX_DEFERRED,	  /* postponed to a later update */
	VULN_END_OF_LIFE,	  /* the package has no support in this release */
	VULN_NOT_AFFECTED,	  /* stated by the vendor; never a finding */
	VULN_UNDER_INVESTIGATION, /* not decided yet */
	VULN_STATUS_MAX_
};

/* "affected", "will not fix", …; a fix or its absence is not part of it. */
const char *vuln_status_name(enum vuln_status status);

enum range_event_kind {
	EVENT_INTRODUCED,    /* affected from here on; "0" is before every version */
	EVENT_FIXED,	     /* not affected from here on */
	EVENT_LAST_AFFECTED, /* not affected after this one */
	EVENT_LIMIT,	     /* nothing from here on is judged by this range */
	EVENT_KIND_MAX_
};

struct range_event {
	enum range_event_kind kind;
	struct str version;
};

struct range {
	const struct range_event *events; /* in the order of the feed */
	size_t n_events;
};

/* One "affected" entry: one package of one shard, from one advisory. */
struct affected {
	struct str advisory; /* id of the record, "DSA-5417-1" */
	struct str package;  /* the name the shard knows it by */
	struct str
		channel; /* "esm", "appstream", "eus-8.4"…: empty is the release's main channel */
	struct str module; /* rpm module "nodejs:12" that it is about, or empty */
	struct str arch;   /* blank-separated architectures it is about, or empty for all */
	enum vuln_status status;
	enum severity severity;	  /* the vendor's word on this package, SEVERITY_UNKNOWN if none */
	struct str severity_text; /* in the vendor's terms ("urgency unimportant"), or empty */
	struct str
		origin; /* where in its source it comes from ("bookworm-security, changelog entry …") */
	const struct range *ranges;
	size_t n_ranges;
	const struct str *versions; /* enumerated affected versions */
	size_t n_versions;
};

struct cvss {
	struct str vector; /* "CVSS:3.1/AV:N/…" or a bare v2 vector */
	double version;	   /* 2, 3.0, 3.1, 4.0 */
	double score;	   /* base score 0–10, computed here */
	struct str source; /* id of the record that carries it */
};

/* What is not about one package: one record of a feed. */
struct advisory {
	struct str id;
	struct str feed;      /* "Debian", "Red Hat"…: the folder or archive it came from */
	struct str summary;   /* one line, may be empty */
	struct str published; /* RFC 3339, or empty */
	struct str modified;
	struct str withdrawn; /* not empty: the record no longer holds */
	/* The vulnerabilities it is about, as CVE ids where there are any, else its own id; and every
	 * other name it has. Which of OSV's aliases, upstream and related counts is settled when the
	 * database is built. */
	const struct str *vulns;
	size_t n_vulns;
	const struct str *aliases;
	size_t n_aliases;
	const struct cvss *cvss;
	size_t n_cvss;
	const struct str *urls;
	size_t n_urls;
};

/* Why a package counts as affected: one record, one comparison. */
struct match_evidence {
	struct str advisory, feed, shard;
	struct str package;   /* the name compared: the source's or the binary's */
	struct str installed; /* the version compared */
	struct str bound;  /* the version it was compared with, empty when the range has no end */
	struct str text;   /* "1.1.1n-0+deb11u3 < 1.1.1w-0+deb11u1, dpkg order" */
	struct str origin; /* affected.origin */
	enum vuln_status status;
};

/* One vulnerability of one package, made from every record that names it. */
struct vulnerability {
	struct str id;		   /* the CVE, else the record's own id */
	const struct str *aliases; /* all other names, advisories included; sorted */
	size_t n_aliases;
	struct str summary;
	enum vuln_status status;
	struct str fixed_version; /* the version that has the fix, empty when there is none */
	enum severity severity;
	struct str
		severity_source; /* whose: "Debian urgency low", "CVSS 3.1 7.5 of DEBIAN-CVE-…" */
	const struct cvss *cvss;
	size_t n_cvss;
	bool has_epss;
	double epss, epss_percentile;
	struct str kev_added; /* the day it entered CISA's catalogue, or empty */
	struct str published, modified;
	const struct str *urls;
	size_t n_urls;
	const struct match_evidence *evidence;
	size_t n_evidence;
};
