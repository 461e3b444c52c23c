/* Progress notes: see log.h. */
#include "base/compat.h"

#include "base/log.h"

static enum log_level current_level = LOG_WARNING;
static log_sink *current_sink;

void log_init(enum log_level level, log_sink *sink)
{
	current_level = level;
	current_sink = sink;
}

bool log_enabled(enum log_level level)
{
	return current_sink && level <= current_level;
}

_printf_(2, 0) static void log_va(enum log_level level, const char *fmt, va_list args)
{
	char text[1024];

	if (!log_enabled(level))
		return;
	if (vsnprintf(text, sizeof(text), fmt, args) >= 0)
		current_sink(level, text);
}

#define DEFINE_LOG(name, level)           \
	void name(const char *fmt, ...)   \
	{                                 \
		va_list args;             \
                                          \
		va_start(args, fmt);      \
		log_va(level, fmt, args); \
		va_end(args);             \
	}

DEFINE_LOG(log_warning, LOG_WARNING)
DEFINE_LOG(log_info, LOG_INFO)
DEFINE_LOG(log_debug, LOG_DEBUG)
