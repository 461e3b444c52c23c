/* RPM modularity: which advisory entries are about the module stream that a package comes from. */
#pragma once

#include "match/match.h"

/*
 * Streams of a module (nodejs:12, nodejs:14) are developed side by side and their versions are not to be
 * compared with one another. A package of a stream carries its label ("nodejs:12:VERSION:CONTEXT"), or at
 * least ".module" in its release. An entry is about a stream when its module field says so. Feeds without
 * that field (AlmaLinux, Rocky Linux, Red Hat in OSV form) have ".module" in the fixed version, and most
 * name the stream in the summary ("nodejs:12 security update"). So:
 *
 *   - a modular entry is only about modular packages, any other entry only about other packages;
 *   - a stream that the module field or the summary names must be the package's own;
 *   - if neither names one and the package's version is of the kind that follows its stream's name
 *     (nodejs 12.22 of nodejs:12), the fixed version must follow it too;
 *   - if nothing tells, versions are compared: a wrong stream then shows in the evidence, while leaving
 *     the entry out would show nowhere.
 */
bool module_concerns(const struct package *package, const struct candidate *candidate);
