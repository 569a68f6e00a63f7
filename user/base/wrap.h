/* SPDX-License-Identifier: GPL-2.0-only */
/* Text of ours, in ASCII, broken between words. */
#ifndef SYNSCOPE_BASE_WRAP_H
#define SYNSCOPE_BASE_WRAP_H

#include "base/buffer.h"

#define HELP_WIDTH 80 /* of help texts, which are the same on any terminal */

struct wrap {
	struct buffer *out;
	int width; /* columns */
	int indent; /* where every line begins */
	int used; /* columns of this line; beyond the indent: a space is due before the next word */
};

/* Add words; a newline among them begins another line. The last line is left open. */
void wrap_text(struct wrap *wrap, const char *text);

#endif
