/* Which bytes a container runs: tags that move, digests that do not, and when they are fetched. */
#include "base/compat.h"

#include "checks/workload/workload.h"

struct image_name {
	struct str tag;	    /* empty: none */
	bool digest, known; /* known: no variables are left in its last part */
};

/* distribution/reference: [HOST[:PORT]/]PATH[:TAG][@DIGEST]. */
static struct image_name image_name(const struct container *c)
{
	struct str s = c->image.text;
	struct str last = str_from_offset(s, (size_t)(str_rfind_char(s, '/') + 1));
	struct image_name name = {0};
	ssize_t at;

	/* "${TAG}", "$TAG", "%i", which somebody else fills in. */
	name.known = last.len && str_find_char(last, '$') < 0 && str_find_char(last, '%') < 0;
	at = str_rfind_char(s, '@');
	if (at >= 0) {
		name.digest = true;
		s = str_sub(s, 0, (size_t)at);
	}
	at = str_rfind_char(s, ':');
	if (at > str_rfind_char(s, '/'))
		name.tag = str_from_offset(s, (size_t)at + 1);
	return name;
}

/* Images of Quadlet units may be those of other units, and archives. */
static bool is_registry_image(struct str image)
{
	return !str_ends(image, STR(".image")) && !str_ends(image, STR(".build")) &&
	       !str_starts(image, STR("oci:")) && !str_starts(image, STR("dir:")) &&
	       !str_starts(image, STR("docker-archive:")) && image.len;
}

static int judge_tag(const struct check_run *run, const struct container *c)
{
	const struct image_name name = image_name(c);
	struct fault fault;

	if (!is_registry_image(c->image.text) || !name.known)
		return VERDICT_NONE;
	if (name.digest || (name.tag.len && !str_eq(name.tag, STR("latest"))))
		return VERDICT_GOOD;
	fault = setting_fault(run, c, SETTING_IMAGE);
	fault.seen = c->image.text;
	return fault_verdict(emit_fault(run, &fault, "container '%.*s' runs %.*s%s",
					STR_FMT(c->name), STR_FMT(c->image.text),
					name.tag.len ? ", which changes from pull to pull"
						     : " without naming a tag"));
}

int run_image_tag(struct check_run *run)
{
	return each_container(run, judge_tag);
}

static int judge_digest(const struct check_run *run, const struct container *c)
{
	const struct image_name name = image_name(c);
	struct fault fault;

	if (!is_registry_image(c->image.text) || (!name.known && !name.digest))
		return VERDICT_NONE;
	if (name.digest)
		return VERDICT_GOOD;
	fault = setting_fault(run, c, SETTING_IMAGE);
	fault.seen = c->image.text;
	return fault_verdict(emit_fault(run, &fault,
					"container '%.*s' runs %.*s without naming a digest",
					STR_FMT(c->name), STR_FMT(c->image.text)));
}

int run_image_digest(struct check_run *run)
{
	return each_container(run, judge_digest);
}

static int judge_pull(const struct check_run *run, const struct container *c)
{
	const struct image_name name = image_name(c);
	struct fault fault;

	if (!name.known)
		return VERDICT_NONE;
	/* Without a policy, Kubernetes asks always for no tag and for latest, else if it is not there. */
	if (name.digest || str_eq(c->pull_policy, STR("Always")) ||
	    (!c->pull_policy.len && (!name.tag.len || str_eq(name.tag, STR("latest")))))
		return VERDICT_GOOD;
	fault = setting_fault(run, c, SETTING_PULL);
	fault.seen = c->pull_policy;
	return fault_verdict(emit_fault(
		run, &fault, "container '%.*s' runs whatever its node has by the name %.*s",
		STR_FMT(c->name), STR_FMT(c->image.text)));
}

int run_image_pull(struct check_run *run)
{
	if (!kubernetes_workload(run))
		return check_tally(run, OUTCOME_NOT_APPLICABLE);
	return each_container(run, judge_pull);
}
