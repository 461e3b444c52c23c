/* cscplate db info: what the advisory database is. */
#include "base/compat.h"

#include "advisory/db.h"
#include "base/json.h"
#include "base/term.h"
#include "cmd/command.h"
#include "cmd/db_output.h"
#include "cmd/output.h"

static void info_json(FILE *out, struct str path, const struct db_info *info, struct str checksum)
{
	struct json j = JSON_INIT(out, VIEW_INDENT);

	json_object_begin(&j);
	json_field(&j, "path", path);
	json_field(&j, "checksum", checksum);
	json_field_uint(&j, "schema", info->schema);
	json_field(&j, "built", info->built);
	json_field(&j, "newest", info->newest);
	json_field_opt(&j, "kev", info->kev_date);
	json_field_opt(&j, "epss", info->epss_date);
	json_field_uint(&j, "advisories", info->advisories);
	json_field_uint(&j, "withdrawn", info->withdrawn);
	json_field_uint(&j, "bad_records", info->bad_records);
	json_key(&j, "gaps");
	json_array_begin(&j);
	for (struct str rest = info->gaps, line; str_next_line(&rest, &line);)
		json_str(&j, line);
	json_array_end(&j);
	json_key(&j, "shards");
	json_array_begin(&j);
	for (size_t i = 0; i < info->n_shards; i++) {
		const struct db_shard_info *s = &info->shards[i];

		json_object_begin(&j);
		json_field(&j, "name", s->name);
		json_field(&j, "feed", s->feed);
		json_field(&j, "origin", s->origin);
		json_field(&j, "newest", s->newest);
		json_field_uint(&j, "packages", s->packages);
		json_field_uint(&j, "entries", s->entries);
		json_object_end(&j);
	}
	json_array_end(&j);
	json_object_end(&j);
	json_finish(&j);
}

static void info_line(FILE *out, const char *name, struct str value)
{
	if (value.len == 0)
		return;
	fprintf(out, "%-10s ", name);
	db_put_text(out, value);
	fputc('\n', out);
}

static void info_table(FILE *out, struct str path, const struct db_info *info, struct str checksum)
{
	unsigned name_width = 5, origin_width = 6;

	info_line(out, "database", path);
	info_line(out, "checksum", checksum);
	fprintf(out, "%-10s %u\n", "schema", info->schema);
	info_line(out, "built", info->built);
	info_line(out, "newest", info->newest);
	info_line(out, "kev", info->kev_date);
	info_line(out, "epss", info->epss_date);
	fprintf(out, "%-10s %" PRIu64 ", of which %" PRIu64 " withdrawn", "advisories",
		info->advisories, info->withdrawn);
	if (info->bad_records)
		fprintf(out, "; %" PRIu64 " bad records left out", info->bad_records);
	fputs("\n", out);
	for (struct str rest = info->gaps, line; str_next_line(&rest, &line);)
		info_line(out, "not known", line);
	for (size_t i = 0; i < info->n_shards; i++) {
		name_width = MAX(name_width, term_columns(info->shards[i].name));
		origin_width = MAX(origin_width, term_columns(info->shards[i].origin));
	}
	fputc('\n', out);
	db_put_column(out, STR("SHARD"), name_width);
	fprintf(out, "%9s  %9s  ", "PACKAGES", "ENTRIES");
	db_put_column(out, STR("ORIGIN"), origin_width);
	fputs("NEWEST\n", out);
	for (size_t i = 0; i < info->n_shards; i++) {
		const struct db_shard_info *s = &info->shards[i];

		db_put_column(out, s->name, name_width);
		fprintf(out, "%9" PRIu64 "  %9" PRIu64 "  ", s->packages, s->entries);
		db_put_column(out, s->origin, origin_width);
		db_put_text(out, s->newest);
		fputc('\n', out);
	}
}

static int run(const struct globals *globals, void *context, const char *const *args, size_t n_args,
	       struct err *err)
{
	const struct db_look *look = context;
	_cleanup_cmd_output_ struct cmd_output output = CMD_OUTPUT_INIT;
	_cleanup_db_ struct db *db = NULL;
	unsigned char digest[SHA256_SIZE];
	char checksum[7 + SHA256_HEX + 1];
	struct db_info info;
	struct str path;
	int r = db_look_open(globals, look, &path, &db, err);

	if (r == 0)
		r = db_info(db, globals->arena, &info, err);
	if (r == 0)
		r = db_checksum(path.ptr, digest, err);
	if (r == 0)
		r = cmd_output_open(globals, &output, err);
	if (r < 0)
		return r;
	sha256_format(digest, checksum);
	(look->format == VIEW_JSON ? info_json : info_table)(output.stream, path, &info,
							     str_from(checksum));
	return cmd_output_commit(&output, err);
}

const struct command cmd_db_info = {
	.name = "db info",
	.summary = "describe the advisory database: sources, dates, counts, checksum",
	.description = "The checksum is SHA-256 of the whole file.",
	.options = db_look_options,
	.context_size = sizeof(struct db_look),
	.run = run,
};
