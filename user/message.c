// SPDX-License-Identifier: GPL-2.0-only
#include "message.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_BYTES 2048

/* One write per message, so that lines of several processes do not mix. */
static void print_line(const char *prefix, const char *suffix, const char *format, va_list arguments)
{
	char text[LINE_MAX_BYTES - 256];
	char line[LINE_MAX_BYTES];
	int length;

	vsnprintf(text, sizeof(text), format, arguments);
	for (char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	length = snprintf(line, sizeof(line), "%s%s%s\n", prefix, text, suffix);
	if (length >= (int)sizeof(line))
		length = sizeof(line) - 1;
	if (write(STDERR_FILENO, line, length) < 0)
		return; /* nobody is left to be told */
}

void message_error(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print_line("synscope: ", "", format, arguments);
	va_end(arguments);
}

void message_warning(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print_line("synscope: warning: ", "", format, arguments);
	va_end(arguments);
}

void message_info(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print_line("synscope: ", "", format, arguments);
	va_end(arguments);
}

void message_usage(const char *command, const char *format, ...)
{
	char prefix[96], suffix[96];
	va_list arguments;

	if (command) {
		snprintf(prefix, sizeof(prefix), "synscope %s: ", command);
		snprintf(suffix, sizeof(suffix), "; try 'synscope %s --help'", command);
	} else {
		snprintf(prefix, sizeof(prefix), "synscope: ");
		snprintf(suffix, sizeof(suffix), "; try 'synscope --help'");
	}
	va_start(arguments, format);
	print_line(prefix, suffix, format, arguments);
	va_end(arguments);
}
