/* What this program is, and what it was made with. */
#pragma once

#include "base/compat.h"

/* "cscplate 0.1.0", with verbose a line of libraries below. */
void version_print(FILE *out, bool verbose);
