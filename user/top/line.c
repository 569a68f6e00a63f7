// SPDX-License-Identifier: GPL-2.0-only
#include "top/line.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/unicode.h"

#define WORD_BYTES 256

struct top_line line_begin(struct buffer *out, int columns)
{
	return (struct top_line){ .out = out, .left = columns };
}

void line_end(struct top_line *line)
{
	buffer_char(line->out, '\n');
}

bool line_add(struct top_line *line, enum table_color color, const char *format, ...)
{
	char text[WORD_BYTES];
	struct foreign_text clean;
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	clean = foreign_text(text, strlen(text), !line->out->utf8);
	if (clean.columns > line->left)
		return false;
	buffer_colored(line->out, true, color, clean.text, clean.bytes);
	line->left -= clean.columns;
	return true;
}

void line_add_cut(struct top_line *line, enum table_color color, const char *text)
{
	struct foreign_text clean = foreign_text(text, strlen(text), !line->out->utf8);
	int bytes = text_fit(clean.text, clean.bytes, line->left);

	line->left -= text_columns(clean.text, bytes);
	buffer_colored(line->out, true, color, clean.text, bytes);
}

void line_leave(struct top_line *line, int columns)
{
	if (line->left <= columns)
		return;
	buffer_spaces(line->out, line->left - columns);
	line->left = columns;
}
