/* SPDX-License-Identifier: GPL-2.0-only */
/* Breaking text of ours between words. */
#ifndef SYNSCOPE_BASE_WRAP_H
#define SYNSCOPE_BASE_WRAP_H

#include "base/buffer.h"

#define HELP_WIDTH 80 /* of help texts, which are the same on any terminal */

struct wrap {
	struct buffer *out;
	int width; /* columns */
	int indent; /* where every line begins */
	int used; /* columns of this line so far; if more than the indent, a space goes before the next word */
};

/* Print words; a newline in the text begins another line. The last line is not ended. */
void wrap_text(struct wrap *wrap, const char *text);

#endif
