/* Where results go: see output.h. */
#include "base/compat.h"

#include "cmd/output.h"

#include "base/term.h"
#include "cmd/usual_place.h"

const char *const view_formats[] = {[VIEW_TABLE] = "table", [VIEW_JSON] = "json", NULL};

int cmd_flush(FILE *stream)
{
	int saved;

	if (fflush(stream) != 0)
		saved = errno;
	else if (!ferror(stream))
		return 0;
	else /* stdio has lost the reason: what is broken already can be asked again */
		saved = write(fileno(stream), "\n", 1) < 0 ? errno : EIO;
	return saved == EPIPE ? 0 : -saved;
}

/* A device, FIFO or socket: renaming a file over it would be wrong. */
static int open_direct(const char *path, struct cmd_output *output, struct err *err)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return err_errno(err, errno, "cannot write '%s'", path);
	output->stream = fdopen(fd, "w");
	if (!output->stream) {
		close(fd);
		return err_oom(err);
	}
	output->direct = true;
	return 0;
}

/* Is it what standard output is already ("/dev/stdout" when that goes to a file)? Others may be writing there, too. */
static bool is_stdout(const struct stat *st)
{
	struct stat out;

	return fstat(STDOUT_FILENO, &out) == 0 && out.st_dev == st->st_dev &&
	       out.st_ino == st->st_ino;
}

static int open_file(const char *path, struct cmd_output *output, struct err *err)
{
	/* Through a symbolic link, so that what it points to is replaced and not the link. */
	_cleanup_free_ char *target = realpath(path, NULL);
	int r = atomic_file_open(&output->file, target ? target : path, 0666, err);

	if (r < 0)
		return r;
	/* A report can be made again in less time than waiting for the disk takes. */
	output->file.no_sync = true;
	output->stream = atomic_file_stream(&output->file);
	return output->stream ? 0 : err_oom(err);
}

static int check_directory(const char *path, struct err *err)
{
	const char *slash = strrchr(path, '/');
	_cleanup_free_ char *directory = NULL;

	if (!slash)
		return 0;
	directory = str_dup(str_from_range(path, slash + 1));
	if (!directory)
		return err_oom(err);
	return access(directory, F_OK) == 0 ? 0 : err_errno(err, errno, "cannot write '%s'", path);
}

static int check_differs(const char *path, const char *input, struct err *err)
{
	struct stat to, from;

	/* Devices and the like can be both; what is not there is no input, or an error soon. */
	if (!input || stat(path, &to) < 0 || !S_ISREG(to.st_mode) || stat(input, &from) < 0 ||
	    to.st_dev != from.st_dev || to.st_ino != from.st_ino)
		return 0;
	return err_set(err, ERR_USAGE, "cannot write '%s': it is the file that is read as '%s'",
		       path, input);
}

int cmd_output_check(const struct globals *globals, const char *path, const char *const *inputs,
		     size_t n_inputs, struct err *err)
{
	int r;

	if (!path || strcmp(path, "-") == 0)
		return 0;
	r = check_directory(path, err);
	for (size_t i = 0; r == 0 && i < n_inputs; i++)
		r = check_differs(path, inputs[i], err);
	if (r == 0)
		r = check_differs(path, globals->policy ? globals->policy : POLICY_NAME, err);
	return r < 0 ? r
		     : check_differs(path, globals->config ? globals->config : CONFIG_NAME, err);
}

int cmd_output_open(const struct globals *globals, struct cmd_output *ret, struct err *err)
{
	_cleanup_cmd_output_ struct cmd_output output = CMD_OUTPUT_INIT;
	const char *path = globals->output;
	struct stat st;
	int r;

	if (!path || strcmp(path, "-") == 0) {
		output.stream = stdout;
	} else {
		r = cmd_output_check(globals, path, NULL, 0, err);
		if (r < 0)
			return r;
		output.path = path;
		bool exists = stat(path, &st) == 0;

		if (exists && S_ISDIR(st.st_mode))
			return err_set(err, EISDIR, "cannot write '%s': it is a directory", path);
		if (!exists && lstat(path, &st) == 0)
			return err_set(err, ENOENT, "cannot write '%s': it is a link to nothing",
				       path);
		if (exists && is_stdout(&st)) {
			output.path = NULL;
			output.stream = stdout;
		} else if (exists && !S_ISREG(st.st_mode)) {
			r = open_direct(path, &output, err);
		} else {
			r = open_file(path, &output, err);
		}
		if (r < 0)
			return r;
	}
	*ret = output;
	output = CMD_OUTPUT_INIT;
	return 0;
}

int cmd_output_commit(struct cmd_output *output, struct err *err)
{
	int r;

	if (output->path && !output->direct)
		return atomic_file_commit(&output->file, err);
	r = cmd_flush(output->stream);
	if (r < 0)
		return err_errno(err, -r, "cannot write '%s'",
				 output->path ? output->path : "standard output");
	return 0;
}

void cmd_output_release(struct cmd_output *output)
{
	if (output->direct)
		fclose(output->stream);
	atomic_file_release(&output->file);
	*output = CMD_OUTPUT_INIT;
}

struct report_options cmd_report_options(const struct globals *globals,
					 const struct cmd_output *output)
{
	bool to_stdout = output->stream == stdout;

	return (struct report_options){
		.color = globals->color == COLOR_ALWAYS ||
			 (globals->color == COLOR_AUTO && to_stdout &&
			  term_wants_color(STDOUT_FILENO)),
		.width = to_stdout ? term_width(STDOUT_FILENO) : 0,
		.quiet = globals->quiet,
		.verbose = globals->verbose,
	};
}

int cmd_write_result(const struct globals *globals, const struct result *result, struct err *err)
{
	_cleanup_cmd_output_ struct cmd_output output = CMD_OUTPUT_INIT;
	const struct reporter *reporter = reporter_find(str_from(globals->format));
	struct report_options options;
	int r;

	if (!reporter)
		return err_set(err, ERR_USAGE, "cannot write the format '%s': no such format",
			       globals->format ? globals->format : "");
	r = cmd_output_open(globals, &output, err);
	if (r < 0)
		return r;
	options = cmd_report_options(globals, &output);
	progress_clear();
	r = reporter->write(result, &options, output.stream, err);
	if (r == 0 || ferror(output.stream))
		r = cmd_output_commit(&output, err);
	return r < 0 ? r : result_exit_code(result);
}
