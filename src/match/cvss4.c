/*
 * CVSS v4.0: scores of the specification, §8. Metrics fold into six equivalence classes (EQ1 to EQ6, of
 * which EQ3 and EQ6 go together); each combination, a macro vector, has a score in a table, lowered by
 * how far the vector lies below the worst ones of its classes. All in integers: steps and tenths.
 */
#include "base/compat.h"

#include "match/cvss_vector.h"

/* clang-format off */
enum {
	AV, AC, AT, PR, UI, VC, VI, VA, SC, SI, SA, N_BASE,
	E = N_BASE, CR, IR, AR, MAV, MAC, MAT, MPR, MUI, MVC, MVI, MVA, MSC, MSI, MSA,
};

/* Worst value first: a value's number is its distance from the worst, in steps. Only MSI and MSA know S
 * (safety), which is worse than H, so the values of SC, SI and SA are shifted by one: see effective(). */
static const struct metric metrics[] = {
	{"AV", "N A L P"}, {"AC", "L H"}, {"AT", "N P"}, {"PR", "N L H"}, {"UI", "N P A"},
	{"VC", "H L N"}, {"VI", "H L N"}, {"VA", "H L N"},
	{"SC", "H L N"}, {"SI", "H L N"}, {"SA", "H L N"},
	{"E", "A P U"}, {"CR", "H M L"}, {"IR", "H M L"}, {"AR", "H M L"},
	{"MAV", "N A L P"}, {"MAC", "L H"}, {"MAT", "N P"}, {"MPR", "N L H"}, {"MUI", "N P A"},
	{"MVC", "H L N"}, {"MVI", "H L N"}, {"MVA", "H L N"},
	{"MSC", "H L N"}, {"MSI", "S H L N"}, {"MSA", "S H L N"},
	{"S", "N P"}, {"AU", "N Y"}, {"R", "A U I"}, {"V", "D C"}, {"RE", "L M H"},
	{"U", "Clear Green Amber Red"},
};

static const struct metric_set metric_set = {metrics, ARRAY_LEN(metrics), N_BASE, "X"};

enum { SAFETY = 0, SUBSEQUENT_HIGH = 1, SUBSEQUENT_NONE = 3 };

/* Classes 3 and 6 as one: (EQ3, EQ6) = (0,0) (0,1) (1,0) (1,1) (2,1). */
enum { EQ36_00, EQ36_01, EQ36_10, EQ36_11, EQ36_21, N_EQ36 };

/* Tenths, by EQ1, EQ2, EQ3 and EQ6, EQ4, EQ5. */
static const unsigned char scores[3][2][N_EQ36][3][3] = {
	{
		{
			{{100,  98,  95}, {100,  93,  91}, { 93,  89,  81}},
			{{ 99,  95,  92}, { 96,  87,  81}, { 90,  80,  68}},
			{{ 98,  95,  90}, { 93,  89,  81}, { 88,  78,  69}},
			{{ 95,  92,  84}, { 92,  81,  65}, { 80,  70,  48}},
			{{ 92,  82,  72}, { 79,  69,  50}, { 69,  55,  27}},
		},
		{
			{{ 99,  95,  92}, { 95,  90,  84}, { 92,  82,  72}},
			{{ 97,  92,  85}, { 91,  83,  71}, { 81,  71,  53}},
			{{ 95,  92,  85}, { 92,  80,  70}, { 84,  71,  50}},
			{{ 93,  85,  73}, { 82,  72,  59}, { 70,  52,  30}},
			{{ 86,  75,  52}, { 71,  52,  29}, { 63,  29,  17}},
		},
	},
	{
		{
			{{ 98,  94,  91}, { 94,  86,  77}, { 87,  74,  63}},
			{{ 95,  87,  81}, { 89,  74,  64}, { 75,  63,  49}},
			{{ 94,  88,  76}, { 86,  74,  59}, { 72,  57,  52}},
			{{ 89,  77,  67}, { 76,  58,  50}, { 57,  52,  25}},
			{{ 83,  70,  54}, { 65,  58,  26}, { 53,  21,  13}},
		},
		{
			{{ 95,  88,  76}, { 90,  75,  61}, { 77,  68,  52}},
			{{ 90,  76,  70}, { 77,  62,  53}, { 66,  59,  30}},
			{{ 89,  76,  62}, { 74,  57,  47}, { 61,  57,  24}},
			{{ 78,  67,  58}, { 59,  57,  23}, { 52,  29,  16}},
			{{ 71,  59,  30}, { 58,  26,  15}, { 23,  13,   6}},
		},
	},
	{
		{
			{{ 93,  86,  75}, { 86,  74,  56}, { 70,  52,  40}},
			{{ 87,  72,  58}, { 74,  61,  34}, { 54,  40,  22}},
			{{ 85,  74,  62}, { 72,  55,  46}, { 53,  34,  19}},
			{{ 75,  55,  51}, { 57,  41,  19}, { 36,  19,   8}},
			{{ 64,  51,  20}, { 47,  21,  11}, { 24,   9,   4}},
		},
		{
			{{ 88,  73,  60}, { 73,  59,  41}, { 54,  45,  20}},
			{{ 75,  53,  50}, { 55,  40,  20}, { 43,  22,  11}},
			{{ 75,  58,  40}, { 61,  48,  20}, { 46,  17,   8}},
			{{ 55,  45,  21}, { 51,  18,   9}, { 18,   7,   2}},
			{{ 53,  24,  14}, { 24,  12,   5}, { 10,   3,   1}},
		},
	},
};

/* The worst vectors of each class, as values of the metrics named above them; a class ends where the
 * next would begin with -1. More than one where none is worse than all others. */
static const signed char worst1[3][3][3] = { /* AV PR UI */
	{{0, 0, 0}, {-1}},
	{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
	{{3, 0, 0}, {1, 1, 1}, {-1}},
};
static const signed char worst2[2][2][2] = { /* AC AT */
	{{0, 0}, {-1}},
	{{1, 0}, {0, 1}},
};
static const signed char worst36[N_EQ36][5][6] = { /* VC VI VA CR IR AR */
	[EQ36_00] = {{0, 0, 0, 0, 0, 0}, {-1}},
	[EQ36_01] = {{0, 0, 1, 1, 1, 0}, {0, 0, 0, 1, 1, 1}, {-1}},
	[EQ36_10] = {{1, 0, 0, 0, 0, 0}, {0, 1, 0, 0, 0, 0}, {-1}},
	[EQ36_11] = {{1, 0, 1, 0, 1, 0}, {1, 0, 0, 0, 1, 1}, {0, 1, 0, 1, 0, 1}, {0, 1, 1, 1, 0, 0},
		     {1, 1, 0, 0, 0, 1}},
	[EQ36_21] = {{1, 1, 1, 0, 0, 0}, {-1}},
};
static const signed char worst4[3][1][3] = {{{1, 0, 0}}, {{1, 1, 1}}, {{2, 2, 2}}}; /* SC SI SA */

/* Steps from the worst vector of a class to its mildest (and one more, to the next class). */
static const int depth1[] = {1, 4, 5}, depth2[] = {1, 2}, depth4[] = {6, 5, 4};
static const int depth36[N_EQ36] = {7, 6, 8, 8, 10};
/* clang-format on */

/* The vector as it counts: modified metrics in place of base ones, the worst for what is not defined. */
static void effective(const int v[METRICS_MAX], int e[METRICS_MAX])
{
	for (int m = AV; m <= SA; m++) {
		int modified = v[m - AV + MAV];

		if (m < SC)
			e[m] = modified == METRIC_ABSENT ? v[m] : modified;
		else if (m == SC)
			e[m] = (modified == METRIC_ABSENT ? v[m] : modified) + SUBSEQUENT_HIGH;
		else
			e[m] = modified == METRIC_ABSENT ? v[m] + SUBSEQUENT_HIGH : modified;
	}
	for (int m = E; m <= AR; m++)
		e[m] = v[m] == METRIC_ABSENT ? 0 : v[m];
}

struct classes {
	int eq1, eq2, eq36, eq4, eq5;
};

static struct classes classify(const int e[METRICS_MAX])
{
	struct classes c = {.eq1 = 1, .eq2 = e[AC] || e[AT], .eq4 = 2, .eq5 = e[E]};
	bool high = !e[VC] || !e[VI] || !e[VA];
	bool required = (!e[VC] && !e[CR]) || (!e[VI] && !e[IR]) || (!e[VA] && !e[AR]);

	if (!e[AV] && !e[PR] && !e[UI])
		c.eq1 = 0;
	else if (e[AV] == 3 || (e[AV] && e[PR] && e[UI]))
		c.eq1 = 2;
	if (!e[VC] && !e[VI])
		c.eq36 = required ? EQ36_00 : EQ36_01;
	else if (high)
		c.eq36 = required ? EQ36_10 : EQ36_11;
	else
		c.eq36 = EQ36_21;
	if (e[SI] == SAFETY || e[SA] == SAFETY)
		c.eq4 = 0;
	else if (e[SC] == SUBSEQUENT_HIGH || e[SI] == SUBSEQUENT_HIGH || e[SA] == SUBSEQUENT_HIGH)
		c.eq4 = 1;
	return c;
}

/* Steps that the n metrics lie below the first of a class's worst vectors that is not milder in any. */
static int distance(const int *values, const signed char *worst, size_t n_worst, size_t n)
{
	for (size_t w = 0; w < n_worst && worst[w * n] >= 0; w++) {
		int sum = 0;
		bool below = true;

		for (size_t i = 0; i < n; i++) {
			int steps = values[i] - worst[w * n + i];

			below = below && steps >= 0;
			sum += steps;
		}
		if (below)
			return sum;
	}
	return 0;
}

/* The score of the macro vector one class lower, or -1 when there is none. */
static int score_of(struct classes c)
{
	if (c.eq1 > 2 || c.eq2 > 1 || c.eq36 >= N_EQ36 || c.eq4 > 2 || c.eq5 > 2)
		return -1;
	return scores[c.eq1][c.eq2][c.eq36][c.eq4][c.eq5];
}

/* The same for EQ3 and EQ6: from (0,0) either may be lowered, and the higher score counts. */
static int score_below_eq36(struct classes c)
{
	struct classes left = c, right = c;

	switch (c.eq36) {
	case EQ36_00:
		left.eq36 = EQ36_01;
		right.eq36 = EQ36_10;
		return MAX(score_of(left), score_of(right));
	case EQ36_01:
	case EQ36_10:
		left.eq36 = EQ36_11;
		break;
	case EQ36_11:
		left.eq36 = EQ36_21;
		break;
	default:
		left.eq36 = N_EQ36;
		break;
	}
	return score_of(left);
}

/* Lowers the mean: (score - next lower score) × steps / depth, in 840ths (all depths divide 840). */
static void weigh(int score, int lower, int steps, int depth, int *sum, int *n)
{
	if (lower < 0)
		return;
	*sum += (score - lower) * steps * (840 / depth);
	++*n;
}

static int score_vector(const int e[METRICS_MAX])
{
	struct classes c = classify(e), below[5] = {c, c, c, c, c};
	const int v1[] = {e[AV], e[PR], e[UI]}, v2[] = {e[AC], e[AT]};
	const int v36[] = {e[VC], e[VI], e[VA], e[CR], e[IR], e[AR]}, v4[] = {e[SC], e[SI], e[SA]};
	int score = score_of(c), sum = 0, n = 0;

	below[0].eq1++;
	below[1].eq2++;
	below[3].eq4++;
	below[4].eq5++;
	weigh(score, score_of(below[0]), distance(v1, worst1[c.eq1][0], 3, 3), depth1[c.eq1], &sum,
	      &n);
	weigh(score, score_of(below[1]), distance(v2, worst2[c.eq2][0], 2, 2), depth2[c.eq2], &sum,
	      &n);
	weigh(score, score_below_eq36(c), distance(v36, worst36[c.eq36][0], 5, 6), depth36[c.eq36],
	      &sum, &n);
	weigh(score, score_of(below[3]), distance(v4, worst4[c.eq4][0], 1, 3), depth4[c.eq4], &sum,
	      &n);
	/* EQ5 has one metric, so its steps are always 0; it counts in the mean all the same. */
	weigh(score, score_of(below[4]), 0, 1, &sum, &n);
	if (n == 0)
		return score;
	/* score - sum / (840 n), rounded half up. */
	return (2 * 840 * n * score - 2 * sum + 840 * n) / (2 * 840 * n);
}

int cvss4_score(struct str vector, int *ret_tenths)
{
	int v[METRICS_MAX], e[METRICS_MAX];
	int r = cvss_parse(vector, &metric_set, v);

	if (r < 0)
		return r;
	effective(v, e);
	*ret_tenths = 0;
	if (e[VC] == 2 && e[VI] == 2 && e[VA] == 2 && e[SC] == SUBSEQUENT_NONE &&
	    e[SI] == SUBSEQUENT_NONE && e[SA] == SUBSEQUENT_NONE)
		return 0;
	*ret_tenths = score_vector(e);
	return 0;
}
