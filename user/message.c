// SPDX-License-Identifier: GPL-2.0-only
#include "message.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "text.h"

#define LINE_MAX_BYTES 2048
#define PLACE_COLUMNS 76 /* of a text, if it is longer: what fits on a terminal */
#define PLACE_COLUMN_MOST 60 /* where its mistake is shown then */

/* Nothing that could control a terminal. */
static void make_harmless(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			*text = '?';
}

/* One write per message, so that lines of several processes do not mix. */
__attribute__((format(printf, 3, 0))) static void print_line(const char *prefix, const char *suffix, const char *format,
							     va_list arguments)
{
	char text[LINE_MAX_BYTES - 256];
	char line[LINE_MAX_BYTES];
	int length;

	vsnprintf(text, sizeof(text), format, arguments);
	make_harmless(text);
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

void message_place(const char *what, const char *mistake, const char *text, unsigned int column)
{
	unsigned int skipped = column > PLACE_COLUMN_MOST ? column - PLACE_COLUMN_MOST : 0;
	const char *from = text_skip(text, skipped), *to = text_skip(from, PLACE_COLUMNS);
	char shown[4 * PLACE_COLUMNS], told[LINE_MAX_BYTES / 2], lines[LINE_MAX_BYTES];
	int length;

	snprintf(shown, sizeof(shown), "%.*s", (int)(to - from), from);
	make_harmless(shown);
	snprintf(told, sizeof(told), "%s", mistake);
	make_harmless(told);
	length = snprintf(lines, sizeof(lines), "synscope: %s: %s, column %u; try 'synscope help %s'\n  %s\n  %*s\n",
			  what, told, column, what, shown, (int)(column - skipped), "^");
	if (write(STDERR_FILENO, lines, length) < 0)
		return; /* nobody is left to be told */
}
