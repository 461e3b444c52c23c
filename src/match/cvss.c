/* CVSS vectors of all versions: see cvss.h. */
#include "base/compat.h"

#include "match/cvss.h"

#include "match/cvss_vector.h"

static const struct {
	const char *prefix; /* "" must be last: v2 vectors have none */
	double version;
	int (*score)(struct str vector, int *ret_tenths);
} versions[] = {
	{"CVSS:4.0/", 4.0, cvss4_score},
	{"CVSS:3.1/", 3.1, cvss3_score},
	{"CVSS:3.0/", 3.0, cvss3_score},
	{"", 2, cvss2_score},
};

/* The place of word in a blank-separated list, or METRIC_ABSENT. */
static int place_of(struct str word, const char *list)
{
	struct str rest = str_from(list), next;

	for (int i = 0; str_next_word(&rest, &next); i++)
		if (str_eq(word, next))
			return i;
	return METRIC_ABSENT;
}

int cvss_parse(struct str vector, const struct metric_set *set, int values[METRICS_MAX])
{
	uint32_t seen = 0;
	struct str field;

	for (size_t i = 0; i < METRICS_MAX; i++)
		values[i] = METRIC_ABSENT;
	while (str_split(&vector, '/', &field)) {
		struct str name;
		size_t i = 0;

		if (!str_split(&field, ':', &name) || !field.ptr)
			return -EINVAL;
		while (i < set->n && !str_eq(name, str_from(set->metrics[i].name)))
			i++;
		if (i == set->n || seen >> i & 1)
			return -EINVAL;
		seen |= UINT32_C(1) << i;
		values[i] = place_of(field, set->metrics[i].values);
		if (values[i] == METRIC_ABSENT &&
		    (i < set->n_base || !str_eq(field, str_from(set->not_defined))))
			return -EINVAL;
	}
	for (size_t i = 0; i < set->n_base; i++)
		if (values[i] == METRIC_ABSENT)
			return -EINVAL;
	return 0;
}

int cvss_score(struct str vector, double *ret_version, double *ret_score)
{
	size_t i = 0;
	int tenths, r;

	while (!str_starts(vector, str_from(versions[i].prefix)))
		i++;
	r = versions[i].score(str_from_offset(vector, strlen(versions[i].prefix)), &tenths);
	if (r < 0)
		return r;
	*ret_version = versions[i].version;
	*ret_score = tenths / 10.0;
	return 0;
}

enum severity cvss_rating(double version, double score)
{
	if (score >= 9 && version >= 3)
		return SEVERITY_CRITICAL;
	if (score >= 7)
		return SEVERITY_HIGH;
	if (score >= 4)
		return SEVERITY_MEDIUM;
	return score > 0 || version < 3 ? SEVERITY_LOW : SEVERITY_NONE;
}
