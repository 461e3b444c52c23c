/*
 * The confined half of an inspection of sources: reads files, makes objects of them, runs the rows, and
 * packs what they found. What comes back is read as carefully as any foreign bytes.
 */
#pragma once

#include "base/compat.h"
#include "base/confine.h"
#include "base/err.h"
#include "base/pack.h"
#include "base/str.h"
#include "core/result.h"
#include "engine/code.h"

/* A file, or bytes that somebody else read. */
struct code_file {
	struct str path;  /* for people */
	const char *name; /* below the directory that is read; NULL: bytes has it all */
	struct str bytes;
	bool named; /* by the user: what is not understood is told, whatever it looks like */
	const char
		*skip; /* why it is not read: it ended an earlier reader, could not be rendered */
	const char *unrendered; /* it stands for what was not: why */
	const char *remedy;	/* what would have it rendered */
	/* bytes are what that program made of it, so that their lines are none of its own; whole is the chart or
	 * kustomization, of whose output there may be more in the next file. */
	const char *program;
	struct str whole;
	bool more;
};

struct code_job {
	const struct code_options *options;
	int dir; /* of names, or -1 */
	const struct code_file *files;
	size_t n_files;
	size_t *progress; /* in memory that both halves share: which file is being read */
};

/* The confined function; arg is a struct code_job. */
int code_judge(void *arg, struct buf *result, struct err *err);

/* What was counted beside the findings. */
struct code_counts {
	size_t files, objects; /* files with objects in them; objects that were judged */
	struct str *customs;   /* kinds of custom resources, which nothing looks into; each once */
	size_t n_customs;
};

/*
 * Reads what code_judge() packed: adds findings (without policy) and tallies to result, whose arena keeps
 * what is no slice of bytes, which must stay. A finding that an annotation waives gets that waiver.
 */
int code_unpack(struct str bytes, struct result *result, struct code_counts *ret, struct err *err);
