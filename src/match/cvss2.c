/* CVSS v2.0: base equation of the guide, §3.2.1. */
#include "base/compat.h"

#include "match/cvss_vector.h"

enum { AV, AC, AU, C, I, A, N_BASE };

static const struct metric metrics[] = {
	{"AV", "L A N"},   {"AC", "H M L"},	   {"Au", "M S N"},    {"C", "N P C"},
	{"I", "N P C"},	   {"A", "N P C"},	   {"E", "U POC F H"}, {"RL", "OF TF W U"},
	{"RC", "UC UR C"}, {"CDP", "N L LM MH H"}, {"TD", "N L M H"},  {"CR", "L M H"},
	{"IR", "L M H"},   {"AR", "L M H"},
};

static const struct metric_set metric_set = {metrics, ARRAY_LEN(metrics), N_BASE, "ND"};

int cvss2_score(struct str vector, int *ret_tenths)
{
	static const double access_vector[] = {0.395, 0.646, 1.0};
	static const double access_complexity[] = {0.35, 0.61, 0.71};
	static const double authentication[] = {0.45, 0.56, 0.704};
	static const double loss[] = {0, 0.275, 0.660};
	int v[METRICS_MAX];
	double impact, exploitability;
	int r = cvss_parse(vector, &metric_set, v);

	if (r < 0)
		return r;
	*ret_tenths = 0;
	if (v[C] == 0 && v[I] == 0 && v[A] == 0)
		return 0;
	impact = 10.41 * (1 - (1 - loss[v[C]]) * (1 - loss[v[I]]) * (1 - loss[v[A]]));
	exploitability =
		20 * access_vector[v[AV]] * access_complexity[v[AC]] * authentication[v[AU]];
	/* Rounded half up; never negative, since the least loss alone gives 2.86. */
	*ret_tenths = (int)((0.6 * impact + 0.4 * exploitability - 1.5) * 1.176 * 10 + 0.5 + 1e-9);
	return 0;
}
