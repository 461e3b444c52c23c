/* CVSS v3.0 and v3.1: base equations of the specifications, §7.1. */
#include "base/compat.h"

#include "match/cvss_vector.h"

enum { AV, AC, PR, UI, S, C, I, A, N_BASE };

static const struct metric metrics[] = {
	{"AV", "P L A N"}, {"AC", "H L"},    {"PR", "H L N"}, {"UI", "R N"},	{"S", "U C"},
	{"C", "N L H"},	   {"I", "N L H"},   {"A", "N L H"},  {"E", "U P F H"}, {"RL", "O T W U"},
	{"RC", "U R C"},   {"CR", "L M H"},  {"IR", "L M H"}, {"AR", "L M H"},	{"MAV", "P L A N"},
	{"MAC", "H L"},	   {"MPR", "H L N"}, {"MUI", "R N"},  {"MS", "U C"},	{"MC", "N L H"},
	{"MI", "N L H"},   {"MA", "N L H"},
};

static const struct metric_set metric_set = {metrics, ARRAY_LEN(metrics), N_BASE, "X"};

static double power(double base, unsigned exponent)
{
	double product = 1;

	while (exponent--)
		product *= base;
	return product;
}

/* The least number of tenths that is not below score, by v3.1's appendix A: five decimals count, so that
 * binary fractions do not push a score up. */
static int round_up(double score)
{
	int hundred_thousandths = (int)(score * 100000 + 0.5);

	return (hundred_thousandths + 9999) / 10000;
}

int cvss3_score(struct str vector, int *ret_tenths)
{
	static const double attack_vector[] = {0.2, 0.55, 0.62, 0.85};
	static const double attack_complexity[] = {0.44, 0.77};
	static const double privileges[2][3] = {{0.27, 0.62, 0.85}, {0.5, 0.68, 0.85}};
	static const double interaction[] = {0.62, 0.85};
	static const double loss[] = {0, 0.22, 0.56};
	int v[METRICS_MAX];
	double base, impact, score;
	int r = cvss_parse(vector, &metric_set, v);

	if (r < 0)
		return r;
	base = 1 - (1 - loss[v[C]]) * (1 - loss[v[I]]) * (1 - loss[v[A]]);
	impact = v[S] ? 7.52 * (base - 0.029) - 3.25 * power(base - 0.02, 15) : 6.42 * base;
	*ret_tenths = 0;
	if (impact <= 0)
		return 0;
	score = impact + 8.22 * attack_vector[v[AV]] * attack_complexity[v[AC]] *
				 privileges[v[S]][v[PR]] * interaction[v[UI]];
	if (v[S])
		score *= 1.08;
	*ret_tenths = round_up(MIN(score, 10));
	return 0;
}
