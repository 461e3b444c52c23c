/* What an entry says of a version, with the bounds that decided. */
#pragma once

#include "match/match.h"

struct judgement {
	enum verdict verdict;
	/* For VERDICT_AFFECTED, where the range begins and ends; each is empty when there is none. */
	struct str introduced;	  /* "0" counts as none */
	struct str fixed;	  /* the first version without it */
	struct str last_affected; /* the last version with it */
	struct str limit;	  /* where the range stops being judged, if it has no other end */
	bool listed;		  /* not in a range, but in the list of versions */
};

struct judgement match_judge(enum version_scheme scheme, const struct affected *entry,
			     struct str version);
