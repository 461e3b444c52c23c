/*
 * CVE ids: the one place that knows what is one. "CVE-", a year of four digits, "-" and a number of at
 * least four digits, of more only where it needs them (https://www.cve.org/About/FAQs, "CVE ID syntax").
 * Numbers above 4,294,967,295 are taken for none: those given out have seven digits at most.
 */
#pragma once

#include "base/compat.h"
#include "base/str.h"

/* 0, or -EINVAL for text that is not a CVE id and nothing else. Ids are in upper case. */
int cve_parse(struct str id, uint32_t *ret_year, uint32_t *ret_number);
bool cve_is_id(struct str text);
/* The CVE id that a name ends with and was made from ("DEBIAN-CVE-2024-1234"), itself too; else empty. */
struct str cve_inside(struct str name);
