// SPDX-License-Identifier: GPL-2.0-only
#include "top_line.h"

#include <stdarg.h>
#include <stdio.h>

#include "text.h"

#define WORD_BYTES 256

struct line line_begin(struct buffer *out, int columns)
{
	return (struct line){ .out = out, .left = columns };
}

void line_end(struct line *line)
{
	buffer_char(line->out, '\n');
}

bool line_add(struct line *line, enum table_color color, const char *format, ...)
{
	char text[WORD_BYTES];
	va_list arguments;
	int columns;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	columns = text_columns(text, (int)strlen(text));
	if (columns > line->left)
		return false;
	buffer_colored(line->out, true, color, text, (int)strlen(text));
	line->left -= columns;
	return true;
}

void line_add_cut(struct line *line, enum table_color color, const char *text)
{
	int bytes = (int)(text_skip(text, line->left > 0 ? line->left : 0) - text);

	line->left -= text_columns(text, bytes);
	buffer_colored(line->out, true, color, text, bytes);
}

void line_leave(struct line *line, int columns)
{
	if (line->left <= columns)
		return;
	buffer_spaces(line->out, line->left - columns);
	line->left = columns;
}
