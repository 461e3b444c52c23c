/*
 * What one layer (or one directory tree) says, without the layers below it: files that catalogers took,
 * and the entries that hide or redirect files of lower layers. Facts are written by the confined reader,
 * kept in the layer cache, and merged by the engine. Their form is base/pack.h's; reading them trusts
 * nothing.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/compat.h"
#include "base/err.h"
#include "base/sha256.h"
#include "catalog/catalog.h"

enum fact_kind {
	FACT_FILE = 1,	 /* a file that a cataloger read */
	FACT_UNREADABLE, /* one that it wanted and could not read: reason */
	FACT_WHITEOUT,	 /* the path, and all below it, of lower layers is gone */
	FACT_OPAQUE,	 /* all below the path of lower layers is gone */
	FACT_LINK,  /* a symbolic or hard link where a database or a directory above one may be */
	FACT_OTHER, /* anything else but a directory there */
	FACT_KIND_MAX_
};

struct fact {
	enum fact_kind kind;
	struct str path;    /* clean: no leading '/', no ".", ".." or empty parts */
	struct str target;  /* FACT_LINK: as written */
	bool hard;	    /* FACT_LINK */
	unsigned cataloger; /* FACT_FILE: index into catalogers[] */
	enum catalog_kind catalog_kind;
	struct str payload;	    /* FACT_FILE: facts_unpack_… */
	uint64_t skipped;	    /* FACT_FILE: malformed records in it */
	struct str skipped_example; /* FACT_FILE */
	struct str reason;	    /* FACT_UNREADABLE */
};

/* What came before the facts. */
struct facts_summary {
	uint64_t entries;      /* of the archive or tree */
	uint64_t unsafe_names; /* entries whose names left the root and were taken as below it */
	unsigned char stored[SHA256_SIZE], uncompressed[SHA256_SIZE];
	uint64_t stored_size, uncompressed_size;
	bool plain;	    /* not compressed: the stored digest is the only one */
	struct str failure; /* why reading ended early, or empty */
};

/*
 * Packed facts, decoded as far as its summary. Which files packages own is most of what a layer says and
 * seldom asked for, so that it stands apart: FACT_FILE of CATALOG_OWNED_FILES is in owned, all else in body.
 */
struct facts {
	struct facts_summary summary;
	struct str body, owned;
};

/* All of it: what facts_open() reads. Without owned it is the packed form of facts that have none. */
void facts_pack(struct buf *b, const struct facts *facts);
void facts_pack_file(struct buf *b, struct str path, unsigned cataloger,
		     const struct catalog_entry *entry);
void facts_pack_unreadable(struct buf *b, struct str path, const char *reason);
/* FACT_WHITEOUT, FACT_OPAQUE, FACT_OTHER. */
void facts_pack_path(struct buf *b, enum fact_kind kind, struct str path);
void facts_pack_link(struct buf *b, struct str path, struct str target, bool hard);

/* Takes bytes apart as far as the summary; slices into bytes. 0 or -ERR_FORMAT. */
int facts_open(struct str bytes, struct facts *ret);
/* The next fact of u, which begins as unpack_init(facts.body) or (facts.owned); false at the end or on damage (u->failed). */
bool facts_next(struct unpack *u, struct fact *ret);

/* Can every fact be read? What a confined reader gave is checked before it is kept. */
bool facts_valid(const struct facts *facts);

/* The payloads. Slices into the payload; arrays are malloc'd in the lists, files in arena. */
int facts_unpack_packages(struct str payload, struct arena *arena, struct package_list *ret,
			  struct err *err);
int facts_unpack_distro(struct str payload, struct distro *ret, unsigned *ret_rank,
			struct err *err);
int facts_unpack_owned_files(struct str payload, struct arena *arena, struct str *ret_owner,
			     struct owned_file **ret_files, size_t *ret_n, struct err *err);
/* Repository lines, appended to list. */
VEC_TYPE(line_list, struct str);
int facts_unpack_repositories(struct str payload, struct line_list *list, struct err *err);

/* A number that changes when catalogers or this form change: cached facts of another are not used. */
uint64_t facts_version(void);
