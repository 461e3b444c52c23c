/* Is a text a secret? One answer for all rows that ask: of environments, arguments, ConfigMaps and Secrets. */
#pragma once

#include "base/compat.h"
#include "base/str.h"
#include "core/object.h"

/* The kind of secret that a text has somewhere in it, by its shape ("an AWS access key"), or NULL. */
const char *secret_shape(struct str text);
/* The same where references to values elsewhere are those of one format; ORIGIN_MAX_: of any, shells among them. */
const char *secret_shape_in(struct str text, enum origin origin);
/* Whether a variable or option of that name and value holds a secret that is written out. */
bool secret_by_name(struct str name, struct str value);
bool secret_by_name_in(struct str name, struct str value, enum origin origin);
