/* CVSS vectors: a score is between 0 and 10 in tenths, and a refused vector leaves the outputs alone. */
#include "base/compat.h"

#include "match/cvss.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	double version = -1, score = -1, tenths;
	int r = cvss_score((struct str){(const char *)data, size}, &version, &score);

	if (r < 0) {
		assert(r == -EINVAL && version == -1 && score == -1);
		return 0;
	}
	assert(version >= 2 && version <= 4);
	assert(score >= 0 && score <= 10);
	tenths = score * 10 + 0.5;
	assert((double)(int)tenths / 10 - score < 1e-9 && score - (double)(int)tenths / 10 < 1e-9);
	assert(cvss_rating(version, score) < SEVERITY_MAX_);
	return 0;
}
