/*
 * Version orders: three lines are three versions. Every scheme must give one total order, whatever the
 * bytes: reflexive, antisymmetric, transitive.
 */
#include "base/compat.h"

#include "match/version.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int sign(int r)
{
	return (r > 0) - (r < 0);
}

static void check(enum version_scheme s, const struct str v[3])
{
	int r[3][3];

	for (int i = 0; i < 3; i++) {
		version_valid(s, v[i]);
		for (int j = 0; j < 3; j++)
			r[i][j] = sign(version_compare(s, v[i], v[j]));
	}
	for (int i = 0; i < 3; i++) {
		for (int j = 0; j < 3; j++) {
			assert(r[i][j] == -r[j][i]);
			for (int k = 0; k < 3; k++) {
				assert(!(r[i][j] <= 0 && r[j][k] <= 0) || r[i][k] <= 0);
				assert(!(r[i][j] == 0 && r[j][k] == 0) || r[i][k] == 0);
			}
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str rest = {(const char *)data, size}, v[3] = {0};

	for (int i = 0; i < 3; i++)
		if (!str_split(&rest, '\n', &v[i]))
			break;
	for (enum version_scheme s = 0; s < VERSION_SCHEME_MAX_; s++)
		check(s, v);
	return 0;
}
