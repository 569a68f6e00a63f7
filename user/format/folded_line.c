// SPDX-License-Identifier: GPL-2.0-only
#include "format/folded_line.h"

#include "base/terminal.h"
#include "base/text.h"
#include "base/unicode.h"

#define VALUES_COLUMN 14

struct folded_line folded_line_begin(struct buffer *out, const struct terminal *terminal, const char *label)
{
	buffer_printf(out, "  %-*s", VALUES_COLUMN - 2, label);
	return (struct folded_line){
		.out = out, .width = terminal->columns, .used = VALUES_COLUMN, .indent = VALUES_COLUMN
	};
}

/* Print a value that is wider than a line, on as many lines as it needs. */
static void add_broken(struct folded_line *line, const char *text, int bytes)
{
	while (bytes) {
		int part = text_fit(text, bytes, line->width - line->indent - 1);

		if (!part)
			part = character_at(text, bytes).bytes;
		buffer_bytes(line->out, text, part);
		line->used = line->indent + text_columns(text, part);
		text += part;
		bytes -= part;
		if (bytes) {
			buffer_char(line->out, '\n');
			buffer_spaces(line->out, line->indent);
		}
	}
}

void folded_line_add(struct folded_line *line, const char *text)
{
	struct foreign_text clean = foreign_text(text, strlen(text), !line->out->utf8);

	if (line->begun && line->width && line->used + 2 + clean.columns >= line->width) { /* leave room for a comma */
		buffer_text(line->out, ",\n");
		buffer_spaces(line->out, line->indent);
		line->used = line->indent;
	} else if (line->begun) {
		buffer_text(line->out, ", ");
		line->used += 2;
	}
	line->begun = true;
	if (line->width && line->indent + clean.columns >= line->width) {
		add_broken(line, clean.text, clean.bytes);
		return;
	}
	buffer_bytes(line->out, clean.text, clean.bytes);
	line->used += clean.columns;
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
