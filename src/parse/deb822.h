/*
 * Control files of Debian, as deb822(5) describes them: stanzas of "Name: value" fields, a blank line
 * between stanzas, values continued on lines that begin with a blank or tab, comment lines with '#'.
 * dpkg's status, apt's Packages, Sources, Release and *.sources files are all of this form.
 */
#pragma once

#include "base/compat.h"
#include "base/str.h"

enum deb822_event {
	DEB822_END,	   /* nothing is left */
	DEB822_FIELD,	   /* one field */
	DEB822_STANZA_END, /* the stanza is complete; also sent for the last one */
	DEB822_MALFORMED, /* a line that is neither a field nor belongs to one; reading goes on behind it */
};

struct deb822 {
	struct str rest;
	size_t line; /* of what comes next, from 1 */
	bool in_stanza;
};

#define DEB822_INIT(text) ((struct deb822){.rest = (text), .line = 1})

struct deb822_field {
	struct str name; /* compare with str_eq_nocase; empty when malformed */
	struct str
		value; /* without blanks around it; continuation lines and their line ends included */
	size_t line;
};

/*
 * The next event; for fields and malformed lines (whose text is the value) *ret is set. Slices are parts
 * of the text. A line of blanks only continues a field, it does not end the stanza: that is how dpkg
 * reads its own database, and taking it for an end would lose a package.
 */
enum deb822_event deb822_next(struct deb822 *d, struct deb822_field *ret);

/* Cuts one trimmed line off a value of several; empty lines and comments are passed over. */
bool deb822_next_line(struct str *value, struct str *ret_line);
