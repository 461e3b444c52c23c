/* Objects: see object.h. */
#include "base/compat.h"

#include "core/object.h"

const char *origin_name(enum origin origin)
{
	static const char *const names[ORIGIN_MAX_] = {
		[ORIGIN_KUBERNETES] = "kubernetes", [ORIGIN_COMPOSE] = "compose",
		[ORIGIN_QUADLET] = "quadlet",	    [ORIGIN_ECS] = "ecs",
		[ORIGIN_NOMAD] = "nomad",
	};

	return origin < ORIGIN_MAX_ ? names[origin] : "?";
}

struct str object_title(const struct object *object, struct arena *arena)
{
	if (object->ns.len)
		return arena_printf(arena, "%.*s %.*s/%.*s", STR_FMT(object->kind),
				    STR_FMT(object->ns), STR_FMT(object->name));
	if (object->name.len)
		return arena_printf(arena, "%.*s %.*s", STR_FMT(object->kind),
				    STR_FMT(object->name));
	return object->kind.len ? object->kind : STR("object");
}
