/* cscplate image: inspect a container image. */
#include "base/compat.h"

#include "advisory/db.h"
#include "base/date.h"
#include "cmd/command.h"
#include "cmd/output.h"
#include "cmd/policy_load.h"
#include "core/limits.h"
#include "engine/scan.h"
#include "source/source.h"

struct image_context {
	const char *database, *platform;
	uint64_t max_db_age, max_layer_size;
	bool cache, verify, list_files, explain, inventory, fail_on_unfixed;
};

#define OFFSET(member) offsetof(struct image_context, member)

/* clang-format off */
static const struct option options[] = {
	{.name = "db", .type = OPTION_STRING, .arg = "FILE", .offset = OFFSET(database),
	 .help = "advisory database to compare packages with",
	 .otherwise = "the one that 'db build' makes"},
	{.name = "max-db-age", .type = OPTION_DURATION, .arg = "TIME", .offset = OFFSET(max_db_age),
	 .help = "report a database that is older as stale; with 0 never"},
	{.name = "platform", .type = OPTION_STRING, .arg = "OS/ARCH[/VARIANT]", .offset = OFFSET(platform),
	 .help = "which image of an index to inspect", .otherwise = "this machine's"},
	{.name = "fail-on-unfixed", .type = OPTION_FLAG, .offset = OFFSET(fail_on_unfixed),
	 .help = "let vulnerabilities without a fix count at the gate, too"},
	{.name = "explain", .type = OPTION_FLAG, .offset = OFFSET(explain),
	 .help = "show for every vulnerability why it is one"},
	{.name = "inventory", .type = OPTION_FLAG, .offset = OFFSET(inventory),
	 .help = "only list what is installed; no database is needed"},
	{.name = "list-files", .type = OPTION_FLAG, .offset = OFFSET(list_files),
	 .help = "list the files that packages own, in json"},
	{.name = "cache", .type = OPTION_FLAG, .offset = OFFSET(cache),
	 .help = "keep what layers say for the next run"},
	{.name = "verify", .type = OPTION_FLAG, .offset = OFFSET(verify),
	 .help = "read and digest layers again although they are cached"},
	{.name = "max-layer-size", .type = OPTION_SIZE, .arg = "SIZE", .offset = OFFSET(max_layer_size),
	 .help = "largest uncompressed layer; also lifts the bomb check", .otherwise = "64G"},
	OPTION_END,
};

static_assert(LIMIT_LAYER_BYTES >> 30 == 64, "--max-layer-size names its default");

static const struct example examples[] = {
	{"cscplate image nginx.tar", "an archive made by `docker save` or skopeo"},
	{"cscplate image oci:layout:1.2 --platform linux/arm64", "one platform of one tag of an OCI layout"},
	{"cscplate image dir:/mnt/rootfs --fail-on high", "a root filesystem; exit 1 from severity high on"},
	{"cscplate image app.tar --format sarif --output app.sarif", "for code scanning in CI"},
	{NULL, NULL},
};
/* clang-format on */

static void defaults(void *context)
{
	struct image_context *c = context;

	c->cache = true;
	c->max_db_age = 7 * 86400;
}

/* Before the work: is the output none of what is read? */
static int check_output(const struct globals *globals, const char *image, const char *database,
			struct err *err)
{
	struct reference reference;
	struct str usual = STR("");
	int r = reference_parse(image, globals->arena, &reference, err);

	if (r < 0)
		return r;
	if (!database && db_default_path(globals->arena, &usual) == -ENOMEM)
		return err_oom(err);
	const char *const inputs[] = {reference.path.ptr, database ? database : usual.ptr};

	return cmd_output_check(globals, globals->output, inputs, ARRAY_LEN(inputs), err);
}

static int run(const struct globals *globals, void *context, const char *const *args, size_t n_args,
	       struct err *err)
{
	const struct image_context *c = context;
	_cleanup_scan_ struct scan *scan = NULL;
	struct policy policy;
	struct scan_options o = {
		.database = c->database,
		.max_db_age = c->max_db_age,
		.max_layer_size = c->max_layer_size,
		.no_cache = !c->cache,
		.verify = c->verify,
		.list_files = c->list_files,
		.explain = c->explain,
		.no_database = c->inventory,
		.policy = &policy,
	};
	int r = date_now(&o.now, err);

	if (r == 0)
		r = policy_load(globals, o.now, &policy, err);
	if (r == 0 && c->fail_on_unfixed)
		policy.gate.unfixed = true;
	if (r == 0 && c->platform)
		r = platform_parse(c->platform, &o.platform, err);
	if (r == 0)
		r = check_output(globals, args[0], c->database, err);
	if (r == 0)
		r = scan_image(args[0], &o, &scan, err);
	return r < 0 ? r : cmd_write_result(globals, scan_result(scan), err);
}

const struct command cmd_image = {
	.name = "image",
	.summary = "inspect a container image: what is installed, and what is vulnerable",
	.args = "IMAGE",
	.description =
		"Reads the image once, in confined processes, verifies every digest, and compares "
		"the packages of its distribution with the advisory database.\n\n"
		"IMAGE is a path: an archive of `docker save` or an OCI layout in a tar, an OCI "
		"layout directory, or a root filesystem. What it is, is found out; "
		"docker-archive:PATH[:TAG], oci:DIR[:NAME|@DIGEST], oci-archive:FILE[:NAME] and "
		"dir:DIR say so.\n\n"
		"Exit status: 0 the gate is met, 1 it is not, 2 wrong usage or an error, 3 "
		"something that should have been assessed could not be.",
	.min_args = 1,
	.max_args = 1,
	.options = options,
	.context_size = sizeof(struct image_context),
	.defaults = defaults,
	.run = run,
	.examples = examples,
};
