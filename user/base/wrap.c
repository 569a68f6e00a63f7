// SPDX-License-Identifier: GPL-2.0-only
#include "base/wrap.h"

#include <string.h>

#include "base/unicode.h"

static void begin_line(struct wrap *wrap)
{
	buffer_char(wrap->out, '\n');
	buffer_spaces(wrap->out, wrap->indent);
	wrap->used = wrap->indent;
}

static void add_word(struct wrap *wrap, const char *word, int length)
{
	int columns = text_columns(word, length);

	if (wrap->used > wrap->indent && wrap->used + 1 + columns > wrap->width)
		begin_line(wrap);
	if (wrap->used > wrap->indent) {
		buffer_char(wrap->out, ' ');
		wrap->used++;
	}
	buffer_bytes(wrap->out, word, length);
	wrap->used += columns;
}

void wrap_text(struct wrap *wrap, const char *text)
{
	while (*text) {
		size_t length = strcspn(text, " \n");

		add_word(wrap, text, (int)length);
		text += length;
		if (*text == '\n')
			begin_line(wrap);
		text += *text != '\0';
	}
}
