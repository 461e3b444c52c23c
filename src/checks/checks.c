/* All checks: see checks.h. */
#include "base/compat.h"

#include "checks/checks.h"

#define AREA(name) extern const struct check_area check_area_##name;
#include "checks/areas.def"
#undef AREA

const struct check_area *const check_areas[] = {
#define AREA(name) &check_area_##name,
#include "checks/areas.def"
#undef AREA
};
const size_t n_check_areas = ARRAY_LEN(check_areas);

const struct check *check_at(size_t number)
{
	for (size_t a = 0; a < n_check_areas; a++) {
		if (number < check_areas[a]->n_checks)
			return &check_areas[a]->checks[number];
		number -= check_areas[a]->n_checks;
	}
	return NULL;
}

const struct check *check_by_id(struct str id)
{
	for (size_t a = 0; a < n_check_areas; a++) {
		for (size_t i = 0; i < check_areas[a]->n_checks; i++) {
			const struct check *check = &check_areas[a]->checks[i];

			if (str_eq_nocase(str_from(check->id), id))
				return check;
		}
	}
	return NULL;
}

const struct check_area *check_area_of(const struct check *check)
{
	for (size_t a = 0; a < n_check_areas; a++) {
		const struct check *first = check_areas[a]->checks;

		if (check >= first && check < first + check_areas[a]->n_checks)
			return check_areas[a];
	}
	return NULL;
}

const char *check_severity_name(const struct check *check)
{
	return check->severity == SEVERITY_UNKNOWN ? "varies" : severity_name(check->severity);
}
