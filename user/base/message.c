// SPDX-License-Identifier: GPL-2.0-only
#include "base/message.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/foreign.h"
#include "base/unicode.h"

#define LINE_MAX_BYTES 4096
#define TEXT_MAX_BYTES 2048 /* of a message, before put_foreign() */
#define EXCERPT_COLUMNS 76 /* of a long text that are shown: what fits on a terminal */
#define MISTAKE_COLUMN_MAX 60 /* where the mistake is shown in a long text */

/* Also of a text that was cut. */
static char *put_harmless(char *p, char *end, const char *text)
{
	return put_foreign(p, end, text, strlen(text), FOREIGN_TEXT, !locale_is_utf8());
}

/* One write per message, so that lines of several processes do not mix. */
__attribute__((format(printf, 3, 0))) static void print_line(const char *prefix, const char *suffix, const char *format,
							     va_list arguments)
{
	char text[TEXT_MAX_BYTES], line[LINE_MAX_BYTES];
	char *end = line + sizeof(line) - strlen(suffix) - 1, *p = stpcpy(line, prefix);

	if (vsnprintf(text, sizeof(text), format, arguments) < 0)
		*text = '\0';
	p = stpcpy(put_harmless(p, end, text), suffix);
	*p++ = '\n';
	if (write(STDERR_FILENO, line, p - line) < 0)
		return; /* a failure cannot be reported anywhere */
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

/* The text before the mistake, without what does not fit into MISTAKE_COLUMN_MAX columns at its beginning. */
static struct foreign_text text_before(const char **from, const char *at)
{
	struct foreign_text before;

	while (at - *from > 4 * MISTAKE_COLUMN_MAX) /* a character has at most 4 bytes */
		*from += character_at(*from, at - *from).bytes;
	for (;;) {
		before = foreign_text(*from, at - *from, !locale_is_utf8());
		if (before.columns < MISTAKE_COLUMN_MAX)
			return before;
		*from += character_at(*from, at - *from).bytes;
	}
}

void message_at(const char *what, const char *mistake, const char *text, unsigned int column)
{
	const char *from = text, *at = text;
	struct foreign_text before, shown;
	char lines[LINE_MAX_BYTES], *p, *end = lines + sizeof(lines) - 1;

	for (unsigned int i = 1; i < column && *at; i++)
		at += character_at(at, strnlen(at, 4)).bytes; /* no character has more */
	before = text_before(&from, at);
	shown = foreign_text(from, strlen(from), !locale_is_utf8());
	p = stpcpy(stpcpy(stpcpy(lines, "synscope: "), what), ": ");
	p = put_harmless(p, lines + TEXT_MAX_BYTES, mistake);
	p += snprintf(p, end - p, ", column %u; try 'synscope help %s'\n  %.*s\n  %*s\n", column, what,
		      text_fit(shown.text, shown.bytes, EXCERPT_COLUMNS), shown.text, before.columns + 1, "^");
	if (write(STDERR_FILENO, lines, p - lines) < 0)
		return; /* a failure cannot be reported anywhere */
}
