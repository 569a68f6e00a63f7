// SPDX-License-Identifier: GPL-2.0-only
#include "folded_line.h"

#include "terminal.h"
#include "text.h"

#define VALUES_COLUMN 14

struct folded_line folded_line_begin(struct buffer *out, const struct terminal *terminal, const char *label)
{
	buffer_printf(out, "  %-*s", VALUES_COLUMN - 2, label);
	return (struct folded_line){ .out = out, .width = terminal->columns, .used = VALUES_COLUMN };
}

void folded_line_add(struct folded_line *line, const char *text)
{
	int columns = text_columns(text, (int)strlen(text));

	if (line->begun && line->width && line->used + 2 + columns >= line->width) { /* a comma may follow */
		buffer_text(line->out, ",\n");
		buffer_spaces(line->out, VALUES_COLUMN);
		line->used = VALUES_COLUMN;
	} else if (line->begun) {
		buffer_text(line->out, ", ");
		line->used += 2;
	}
	buffer_text(line->out, text);
	line->used += columns;
	line->begun = true;
}

void folded_line_end(struct folded_line *line)
{
	if (!line->begun)
		buffer_char(line->out, '-');
	buffer_char(line->out, '\n');
}

void folded_line_add_amount(struct folded_line *line, const char *name, __u64 amount)
{
	char text[64], *p = text;

	while (*name)
		*p++ = *name++;
	*p++ = ' ';
	*put_u64(p, amount) = '\0';
	folded_line_add(line, text);
}
