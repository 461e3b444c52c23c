/*
 * From entries of an archive or directory tree to facts: decides which entries matter, hands files to
 * their cataloger, packs what comes of it. Runs in a confined process.
 */
#pragma once

#include "base/buf.h"
#include "base/compat.h"
#include "base/map.h"
#include "engine/facts.h"

enum entry_type { ENTRY_FILE, ENTRY_DIRECTORY, ENTRY_SYMLINK, ENTRY_HARDLINK, ENTRY_OTHER };

/*
 * Links of an image may lead to a database in a place that no cataloger knows: a directory /real/dpkg
 * that is /var/lib/dpkg to everybody inside. The first pass finds the links, the second reads what they
 * lead to as if it lay where it is known.
 */
struct alias {
	struct str real;  /* clean path of a directory, or of a file */
	struct str known; /* the place or file it stands for */
	bool is_file;
};

struct collector {
	const struct alias *aliases;
	size_t n_aliases;
	struct buf body, owned; /* packed facts */
	struct facts_summary summary;
	size_t n_links, n_unreadable;
	struct map above;    /* directories that databases lie in, and those above them */
	char path[4096 + 1]; /* the clean path of the entry at hand */
	struct str clean;
	char known_path[4096 + 1]; /* what the cataloger calls it: the same, or by an alias */
	struct str known;
};

/* aliases stay the caller's. */
int collector_init(struct collector *c, const struct alias *aliases, size_t n_aliases,
		   struct err *err);
void collector_release(struct collector *c);

/*
 * Takes one entry by its name as stored. Returns the index of the cataloger that wants the file's
 * content (collector_content comes next), COLLECT_NOTHING, or a negative code (-ENOMEM,
 * -ERR_LIMIT). whiteouts: names that begin with ".wh." hide files (layers, not directories).
 */
int collector_entry(struct collector *c, enum entry_type type, struct str name, struct str link,
		    bool whiteouts, struct err *err);
enum { COLLECT_NOTHING = INT_MIN };
/* Need the target of a symbolic link at that clean path be known? Most need not. */
bool collector_wants_link(struct collector *c, struct str path);

/* The content of the file that the last collector_entry() wanted: read by its cataloger and packed. */
int collector_content(struct collector *c, int cataloger, struct str bytes, struct err *err);
/* That file, or any other thing, could not be read. */
void collector_unreadable(struct collector *c, struct str path, const char *reason);

/* Appends summary and facts to result. */
int collector_finish(struct collector *c, struct buf *result, struct err *err);

/*
 * Cleans a name as container runtimes do: leading "/" and "./", empty parts and "." go, ".." never
 * leaves the root. Writes to (4097 bytes); returns the length, or -1 when it is too long. *ret_unsafe is
 * set when ".." had to be resolved.
 */
ssize_t path_clean(struct str name, char *to, bool *ret_unsafe);
