/*
 * Progress notes of library code, off unless asked for. They go to the sink that main set; without one
 * they vanish. Results and errors never travel this way: those are return values.
 */
#pragma once

#include "base/compat.h"

enum log_level { LOG_QUIET, LOG_WARNING, LOG_INFO, LOG_DEBUG };

/* Text is one line without its end. It may hold bytes from outside: the sink makes them printable. */
typedef void log_sink(enum log_level level, const char *text);

void log_init(enum log_level level, log_sink *sink);
bool log_enabled(enum log_level level);

void log_warning(const char *fmt, ...) _printf_(1, 2);
void log_info(const char *fmt, ...) _printf_(1, 2);
void log_debug(const char *fmt, ...) _printf_(1, 2);
