/* cscplate db vercmp: version orders, for people and for comparison with the native tools. */
#include "base/compat.h"

#include "base/buf.h"
#include "base/fd.h"
#include "cmd/command.h"
#include "cmd/output.h"
#include "core/limits.h"
#include "match/version.h"

static const char *scheme_word(size_t i)
{
	return i < VERSION_SCHEME_MAX_ ? version_orders[i].name : NULL;
}

static int check_version(enum version_scheme scheme, struct str version, size_t line,
			 struct err *err)
{
	if (version_valid(scheme, version))
		return 0;
	return err_set(err, ERR_FORMAT, "cannot compare line %zu: '%.*s' is no %s version", line,
		       STR_FMT(version), version_scheme_name(scheme));
}

static int compare_line(enum version_scheme scheme, struct str text, size_t line, FILE *out,
			struct err *err)
{
	struct str a, b, more;
	int order, r;

	if (!str_next_word(&text, &a) || !str_next_word(&text, &b) || str_next_word(&text, &more))
		return err_set(err, ERR_FORMAT, "cannot compare line %zu: not two versions", line);
	r = check_version(scheme, a, line, err);
	if (r == 0)
		r = check_version(scheme, b, line, err);
	if (r < 0)
		return r;
	order = version_compare(scheme, a, b);
	fputs(order < 0 ? "<\n" : order > 0 ? ">\n" : "=\n", out);
	return 0;
}

static int run(const struct globals *globals, void *context, const char *const *args, size_t n_args,
	       struct err *err)
{
	_cleanup_cmd_output_ struct cmd_output output = CMD_OUTPUT_INIT;
	_cleanup_buf_ struct buf input = BUF_INIT(MiB(256));
	enum version_scheme scheme = 0;
	struct str rest, line;
	size_t n = 0;
	int r;

	r = version_scheme_parse(str_from(args[0]), &scheme);
	if (r < 0)
		return err_set(err, ERR_USAGE, "unknown version scheme '%s'", args[0]);
	r = fd_read_all(STDIN_FILENO, "standard input", &input, err);
	if (r == 0)
		r = cmd_output_open(globals, &output, err);
	for (rest = buf_str(&input); r == 0 && str_next_line(&rest, &line);)
		r = compare_line(scheme, line, ++n, output.stream, err);
	return r < 0 ? r : cmd_output_commit(&output, err);
}

static const struct example examples[] = {
	{"echo '1.0~rc1 1.0' | cscplate db vercmp dpkg", "prints <"},
	{NULL, NULL},
};

const struct command cmd_db_vercmp = {
	.name = "db vercmp",
	.summary = "compare pairs of versions as a package manager does",
	.args = "SCHEME",
	.first_arg = scheme_word,
	.description =
		"Reads pairs 'A B' from standard input, one a line, and prints <, = or > for each. "
		"What is no version of the scheme is an error that names line and version.",
	.min_args = 1,
	.max_args = 1,
	.run = run,
	.examples = examples,
};
