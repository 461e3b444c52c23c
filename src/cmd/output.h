/*
 * Where results go, and in which form: what commands that print something share.
 */
#pragma once

#include "base/compat.h"
#include "base/err.h"
#include "base/fd.h"
#include "cmd/command.h"
#include "core/result.h"
#include "report/report.h"

/*
 * Writes out what a stream still holds: 0, or the negative errno of that or of an earlier write. A
 * reader that went away (EPIPE) has seen enough and is no failure.
 */
int cmd_flush(FILE *stream);

/* The place that --output names: a file that appears whole or not at all, or standard output. */
struct cmd_output {
	FILE *stream;
	struct atomic_file file; /* when it is a regular file */
	const char *path;	 /* for messages; NULL is standard output */
	bool direct; /* a device, FIFO or the like: written as it comes, stream is ours */
};

#define CMD_OUTPUT_INIT	     ((struct cmd_output){.file = ATOMIC_FILE_INIT})
#define _cleanup_cmd_output_ _cleanup_(cmd_output_release)

/*
 * May path (NULL and "-" are standard output) be written? Its directory has to be there, and no file that is
 * read may be the same: not one of the inputs (of which some may be NULL), not policy or configuration. To be
 * asked before the work begins.
 */
int cmd_output_check(const struct globals *globals, const char *path, const char *const *inputs,
		     size_t n_inputs, struct err *err);

int cmd_output_open(const struct globals *globals, struct cmd_output *ret, struct err *err);
/* All is written: errors of the stream show here, as cmd_flush has them. */
int cmd_output_commit(struct cmd_output *output, struct err *err);
/* Without commit an older file stays as it was. */
void cmd_output_release(struct cmd_output *output);

/* How to write to it: what the globals ask for, and what the terminal can do if it is one. */
struct report_options cmd_report_options(const struct globals *globals,
					 const struct cmd_output *output);

/*
 * Writes the result with the reporter that --format names to where --output says. Returns its exit
 * code (result_exit_code), or a negative code.
 */
int cmd_write_result(const struct globals *globals, const struct result *result, struct err *err);

/*
 * Commands that show something without judging it have a table and JSON. This option of theirs takes the
 * place of the global --format, so that help, completion and errors name just these two.
 */
enum view_format { VIEW_TABLE, VIEW_JSON };
enum { VIEW_INDENT = 2 }; /* of that JSON */
extern const char *const view_formats[];
#define VIEW_FORMAT_OPTION(at)                                                       \
	{                                                                            \
		.name = "format", .type = OPTION_CHOICE, .arg = "FORMAT",            \
		.help = "how it is written", .choices = view_formats, .offset = (at) \
	}
