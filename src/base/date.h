/*
 * Dates in UTC: RFC 3339 (https://www.rfc-editor.org/rfc/rfc3339) and days.
 */
#pragma once

#include "base/compat.h"
#include "base/err.h"
#include "base/str.h"

/*
 * Seconds since 1970 now, or what SOURCE_DATE_EPOCH says (reproducible-builds.org), so that the same
 * input gives the same output. -ERR_USAGE when that is no number.
 */
int date_now(int64_t *ret, struct err *err);

/* Reads "2026-08-21", "2026-08-21T09:58:23Z", also with a fraction or an offset: 0 or -EINVAL. */
int date_parse(struct str text, int64_t *ret);

/* "2026-08-21" and "2026-08-21T09:58:23Z"; years outside 0–9999 give the nearest of these. */
void date_format_day(int64_t seconds, char text[11]);
void date_format_time(int64_t seconds, char text[21]);
