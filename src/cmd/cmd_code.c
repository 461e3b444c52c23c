/* cscplate code: inspect sources, which are manifests for now. */
#include "base/compat.h"

#include "base/date.h"
#include "cmd/command.h"
#include "cmd/output.h"
#include "cmd/policy_load.h"
#include "core/pss.h"
#include "engine/code.h"

struct code_context {
	const char *pss, *target;
	struct option_list kinds, namespaces;
	bool annotations, render, explain;
};

#define OFFSET(member) offsetof(struct code_context, member)

/* clang-format off */
static const struct option options[] = {
	{.name = "pss", .type = OPTION_STRING, .arg = "LEVEL[:VERSION]", .offset = OFFSET(pss),
	 .help = "judge by that Pod Security Standard alone: baseline or restricted",
	 .otherwise = "all checks"},
	{.name = "kubernetes-version", .type = OPTION_STRING, .arg = "1.N", .offset = OFFSET(target),
	 .help = "the release that objects are to run on, for what is deprecated or gone",
	 .otherwise = "the newest that is known"},
	{.name = "kind", .type = OPTION_LIST, .arg = "KIND", .offset = OFFSET(kinds),
	 .help = "judge only objects of that kind"},
	{.name = "namespace", .letter = 'n', .type = OPTION_LIST, .arg = "NAME", .offset = OFFSET(namespaces),
	 .help = "judge only objects of that namespace"},
	{.name = "annotations", .type = OPTION_FLAG, .offset = OFFSET(annotations),
	 .help = "let annotations in manifests waive findings"},
	{.name = "render", .type = OPTION_FLAG, .offset = OFFSET(render),
	 .help = "run helm and kustomize, if installed, on what needs them"},
	{.name = "explain", .type = OPTION_FLAG, .offset = OFFSET(explain),
	 .help = "show every finding with its place and remedy"},
	OPTION_END,
};

static const struct example examples[] = {
	{"cscplate code deploy/", "all manifests below a directory"},
	{"cscplate code --pss restricted:1.31 deploy/", "does every object meet that standard? exit 1 if not"},
	{"helm template web ./chart | cscplate code -", "what somebody else rendered"},
	{"cscplate code --fail-on high --format sarif -o code.sarif .", "for code scanning in CI"},
	{NULL, NULL},
};
/* clang-format on */

static void defaults(void *context)
{
	struct code_context *c = context;

	c->annotations = c->render = true;
}

/* "1.31" or "v1.31", which a patch version may follow. */
static int read_target(const char *text, unsigned *ret, struct err *err)
{
	struct str rest = str_from(text), major, minor;
	uint32_t n;

	if (str_starts(rest, STR("v")))
		rest = str_from_offset(rest, 1);
	str_split(&rest, '.', &major);
	if (!rest.ptr || !str_eq(major, STR("1")) || !str_split(&rest, '.', &minor) ||
	    str_parse_u32(minor, &n) < 0)
		return err_set(err, ERR_USAGE,
			       "cannot take --kubernetes-version '%s': write 1.N, such as 1.31",
			       text);
	*ret = n;
	return 0;
}

static int run(const struct globals *globals, void *context, const char *const *args, size_t n_args,
	       struct err *err)
{
	const struct code_context *c = context;
	_cleanup_code_ struct code *code = NULL;
	struct policy policy;
	struct code_options o = {
		.judge = {.pss = {.level = PSS_RESTRICTED, .minor = PSS_LATEST},
			  .target_minor = PSS_LATEST,
			  .kinds = c->kinds.items,
			  .n_kinds = c->kinds.len,
			  .namespaces = c->namespaces.items,
			  .n_namespaces = c->namespaces.len,
			  .no_annotations = !c->annotations},
		.no_render = !c->render,
		.offline = globals->offline,
		.explain = c->explain,
		.policy = &policy,
	};
	int64_t now;
	int r = date_now(&now, err);

	if (r == 0)
		r = policy_load(globals, now, &policy, err);
	if (r == 0 && c->pss) {
		r = pss_parse(c->pss, &o.judge.pss, err);
		o.judge.pss.alone = true;
		/* An object meets a standard or does not, whatever it says of itself. */
		o.judge.no_annotations = true;
		policy.gate.fail_on = SEVERITY_LOW;
	}
	if (r == 0 && c->target)
		r = read_target(c->target, &o.judge.target_minor, err);
	if (r == 0)
		r = cmd_output_check(globals, globals->output, args, n_args, err);
	if (r == 0)
		r = code_inspect(args, n_args, &o, &code, err);
	return r < 0 ? r : cmd_write_result(globals, code_result(code), err);
}

const struct command cmd_code = {
	.name = "code",
	.summary = "inspect manifests: how containers are to be run, and what is wrong with it",
	.args = "PATH…",
	.description =
		"Finds manifests among files by what is in them: Kubernetes objects (YAML or "
		"JSON), "
		"compose files, podman Quadlet units, ECS task definitions and Nomad jobs as JSON. "
		"Every object is held against the Pod Security Standards and the checks beyond "
		"them; "
		"'cscplate checks list' shows all.\n\n"
		"PATH is a file, a directory with all below it, or - for standard input. Charts "
		"and "
		"kustomizations are rendered by helm and kustomize where these are installed; "
		"otherwise they are reported as not assessed.\n\n"
		"An annotation 'ignore.cscplate.io/CHECK-ID: reason' waives a check for its "
		"object, as do "
		"the annotations of kube-linter, checkov and kube-score for checks that they have "
		"in common with cscplate.\n\n"
		"Exit status: 0 the gate is met, 1 it is not, 2 wrong usage or an error, 3 "
		"something that should have been assessed could not be. With --pss every control "
		"that is not met counts, whatever --fail-on and annotations say.",
	.min_args = 1,
	.max_args = UINT_MAX,
	.options = options,
	.context_size = sizeof(struct code_context),
	.defaults = defaults,
	.run = run,
	.examples = examples,
};
