/* KEV and EPSS: see kev_epss.h. */
#include "base/compat.h"

#include <jansson.h>

#include "advisory/kev_epss.h"

#include "advisory/record.h"
#include "advisory/unpack.h"
#include "base/buf.h"
#include "base/fd.h"
#include "core/cve.h"
#include "core/limits.h"

/* The largest such file has 20 MiB unpacked (EPSS, 360,000 lines). */
#define FILE_BYTES_MAX MiB(256)
enum { COLUMNS_MAX = 32 };

static int malformed(struct err *err, const char *name, const char *reason)
{
	return err_set(err, ERR_FORMAT, "cannot read '%s': %s", name, reason);
}

static void add_bad(struct db_builder *b, const char *name, size_t line, const char *reason)
{
	char where[PATH_MAX + 32];

	snprintf(where, sizeof(where), "%s line %zu", name, line);
	db_builder_add_bad(b, str_from(where), reason);
}

/* Fields of a CSV line; quotes around a field go, those inside stay as they are (no column that is
 * read here has any). Returns how many. */
static size_t split_csv(struct str line, struct str fields[COLUMNS_MAX])
{
	size_t n = 0, i = 0;

	while (n < COLUMNS_MAX) {
		bool quoted = false;
		size_t begin = i;
		struct str field;

		for (; i < line.len && (quoted || line.ptr[i] != ','); i++)
			if (line.ptr[i] == '"')
				quoted = !quoted;
		field = str_trim(str_sub(line, begin, i - begin));
		if (field.len >= 2 && field.ptr[0] == '"' && field.ptr[field.len - 1] == '"')
			field = str_sub(field, 1, field.len - 2);
		fields[n++] = field;
		if (i++ >= line.len)
			break;
	}
	return n;
}

static struct str without_bom(struct str s)
{
	return str_starts(s, STR("\xef\xbb\xbf")) ? str_from_offset(s, 3) : s;
}

/* --- KEV ------------------------------------------------------------------------------------------ */

static struct str text_at(const json_t *object, const char *key)
{
	const json_t *v = json_object_get(object, key);

	return json_is_string(v) ? (struct str){json_string_value(v), json_string_length(v)}
				 : STR_NULL;
}

static int kev_entry(const char *name, size_t i, struct str cve, struct str date,
		     struct db_builder *b, struct err *err)
{
	struct err reason = ERR_INIT;
	int r = db_builder_add_kev(b, cve, date, &reason);

	if (r == -EINVAL) {
		add_bad(b, name, i, reason.text);
		return 0;
	}
	return r < 0 ? err_oom(err) : 0;
}

static int kev_json(const char *name, const json_t *root, struct db_builder *b, struct err *err)
{
	const json_t *list = json_object_get(root, "vulnerabilities"), *item;
	struct str date = text_at(root, "dateReleased");
	size_t i;
	int r;

	if (!json_is_array(list))
		return malformed(err, name, "no catalogue of exploited vulnerabilities");
	json_array_foreach(list, i, item)
	{
		r = kev_entry(name, i + 1, text_at(item, "cveID"), text_at(item, "dateAdded"), b,
			      err);
		if (r < 0)
			return r;
	}
	return db_builder_kev_date(b, date, err);
}

/* The column of the date by its title: "dateAdded", "date", "firstSeenInKEV". */
static size_t date_column(const struct str *titles, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (str_starts(titles[i], STR("dateAdded")) ||
		    str_eq_nocase(titles[i], STR("date")) ||
		    str_starts(titles[i], STR("firstSeen")))
			return i;
	return 1;
}

static int kev_csv(const char *name, struct str rest, struct db_builder *b, struct err *err)
{
	struct str line, fields[COLUMNS_MAX], newest = STR("");
	size_t column = 1, n_line = 0, used = 0;

	while (str_next_line(&rest, &line)) {
		size_t n = split_csv(line, fields);
		uint32_t day;
		int r;

		n_line++;
		if (str_trim(line).len == 0 || line.ptr[0] == '#')
			continue;
		if (used == 0 && n_line == 1 && !cve_is_id(fields[0])) {
			if (!str_starts(fields[0], STR("cve")) &&
			    !str_starts(fields[0], STR("CVE")))
				return malformed(err, name,
						 "neither JSON nor CSV with a column of CVEs");
			column = date_column(fields, n);
			continue;
		}
		used++;
		r = kev_entry(name, n_line, fields[0], column < n ? fields[column] : STR(""), b,
			      err);
		if (r < 0)
			return r;
		if (column < n && record_day(fields[column], &day) == 0 &&
		    str_cmp(fields[column], newest) > 0)
			newest = fields[column];
	}
	return db_builder_kev_date(b, newest, err);
}

int kev_parse(const char *name, struct str bytes, struct db_builder *builder, struct err *err)
{
	struct str text = str_trim(without_bom(bytes));
	json_error_t error;
	json_t *root;
	int r;

	if (text.len == 0)
		return malformed(err, name, "the file is empty");
	if (text.ptr[0] != '{')
		return kev_csv(name, text, builder, err);
	root = json_loadb(text.ptr, text.len, 0, &error);
	if (!root)
		return err_set(err, ERR_FORMAT, "cannot read '%s': line %d, column %d: %s", name,
			       error.line, error.column, error.text);
	r = kev_json(name, root, builder, err);
	json_decref(root);
	return r;
}

/* --- EPSS ----------------------------------------------------------------------------------------- */

static struct str score_date(struct str comment)
{
	ssize_t at = str_find(comment, STR("score_date:"));
	struct str date =
		at < 0 ? STR("") : str_from_offset(comment, (size_t)at + strlen("score_date:"));
	ssize_t comma = str_find_char(date, ',');

	return str_trim(comma < 0 ? date : str_sub(date, 0, (size_t)comma));
}

int epss_parse(const char *name, struct str bytes, struct db_builder *builder, struct err *err)
{
	struct str rest = without_bom(bytes), line, fields[COLUMNS_MAX], date = STR("");
	size_t n_line = 0;
	bool titles = false;

	while (str_next_line(&rest, &line)) {
		double epss, percentile;
		struct err reason = ERR_INIT;
		size_t n;
		int r;

		n_line++;
		if (str_starts(line, STR("#"))) {
			date = score_date(line);
			continue;
		}
		if (str_trim(line).len == 0)
			continue;
		n = split_csv(line, fields);
		if (!titles) {
			titles = true;
			if (n < 3 || !str_eq(fields[0], STR("cve")) ||
			    !str_eq(fields[1], STR("epss")) ||
			    !str_eq(fields[2], STR("percentile")))
				return malformed(
					err, name,
					"no EPSS scores: the columns are not cve,epss,percentile");
			continue;
		}
		if (n < 3 || str_parse_double(fields[1], &epss) < 0 ||
		    str_parse_double(fields[2], &percentile) < 0) {
			add_bad(builder, name, n_line, "not a CVE and two numbers");
			continue;
		}
		r = db_builder_add_epss(builder, fields[0], epss, percentile, &reason);
		if (r == -EINVAL)
			add_bad(builder, name, n_line, reason.text);
		else if (r < 0)
			return err_oom(err);
	}
	if (!titles)
		return malformed(err, name, "the file is empty");
	return db_builder_epss_date(builder, date, err);
}

/* --- files ---------------------------------------------------------------------------------------- */

static int read_unpacked(const char *path, struct buf *to, struct err *err)
{
	_cleanup_buf_ struct buf file = BUF_INIT(FILE_BYTES_MAX);
	int r = file_read(AT_FDCWD, path, &file, err);

	return r < 0 ? r : unpack_bytes(path, buf_str(&file), to, err);
}

int kev_read(const char *path, struct db_builder *builder, struct err *err)
{
	_cleanup_buf_ struct buf b = BUF_INIT(FILE_BYTES_MAX);
	int r = read_unpacked(path, &b, err);

	return r < 0 ? r : kev_parse(path, buf_str(&b), builder, err);
}

int epss_read(const char *path, struct db_builder *builder, struct err *err)
{
	_cleanup_buf_ struct buf b = BUF_INIT(FILE_BYTES_MAX);
	int r = read_unpacked(path, &b, err);

	return r < 0 ? r : epss_parse(path, buf_str(&b), builder, err);
}
