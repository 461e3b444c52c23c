/* Looking into the advisory database: see db_output.h. */
#include "base/compat.h"

#include "cmd/db_output.h"

#include "base/buf.h"
#include "base/term.h"
#include "cmd/output.h"
#include "core/limits.h"

/* clang-format off */
const struct option db_look_options[] = {
	{.name = "db", .type = OPTION_STRING, .arg = "FILE", .offset = offsetof(struct db_look, database),
	 .help = "advisory database to look into", .otherwise = "the one that 'db build' makes"},
	VIEW_FORMAT_OPTION(offsetof(struct db_look, format)),
	OPTION_END,
};
/* clang-format on */

int db_look_open(const struct globals *globals, const struct db_look *look, struct str *ret_path,
		 struct db **ret, struct err *err)
{
	struct str path = str_from(look->database);
	int r = 0;

	if (!path.ptr)
		r = db_default_path(globals->arena, &path);
	if (r == -ENOENT)
		return err_set(err, ENOENT,
			       "cannot open advisory database '%s': there is none; make one with "
			       "'cscplate db build', or name one with --db",
			       path.ptr);
	if (r < 0)
		return err_oom(err);
	r = cmd_output_check(globals, globals->output, &path.ptr, 1, err);
	if (r == 0)
		r = db_open(path.ptr, ret, err);
	if (r == 0)
		*ret_path = path;
	return r;
}

void db_put_text(FILE *out, struct str s)
{
	/* A text is no longer than its record, and a byte becomes four at most. */
	_cleanup_buf_ struct buf b = BUF_INIT(4 * LIMIT_ADVISORY_JSON);

	buf_add_printable(&b, s);
	if (b.len)
		fwrite(b.data, 1, b.len, out);
}

void db_put_column(FILE *out, struct str s, unsigned width)
{
	unsigned columns = term_columns(s);

	db_put_text(out, s);
	fprintf(out, "%*s  ", columns < width ? (int)(width - columns) : 0, "");
}
