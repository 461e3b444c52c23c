/* The reporters there are: see report.h. A new format is one file, and its name in this list. */
#include "base/compat.h"

#include "report/report.h"

#define REPORTERS(X) X(table) X(json) X(sarif)

#define X(name) extern const struct reporter reporter_##name;
REPORTERS(X)
#undef X

const struct reporter *const reporters[] = {
#define X(name) &reporter_##name,
	REPORTERS(X)
#undef X
};
const size_t n_reporters = ARRAY_LEN(reporters);

const struct reporter *reporter_find(struct str name)
{
	for (size_t i = 0; i < n_reporters; i++)
		if (str_eq(str_from(reporters[i]->name), name))
			return reporters[i];
	return NULL;
}
