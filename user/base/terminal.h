/* SPDX-License-Identifier: GPL-2.0-only */
/* What the output can show: how wide, how high, with colour or without. */
#ifndef SYNSCOPE_BASE_TERMINAL_H
#define SYNSCOPE_BASE_TERMINAL_H

#include <stdbool.h>

struct terminal {
	bool interactive; /* a terminal, on which the cursor can be moved */
	bool color;
	bool utf8; /* the locale's text is UTF-8; else only ASCII is to be shown */
	int columns; /* 0: as wide as it needs */
	int rows; /* 0: as high as it needs */
};

/*
 * A terminal is as wide as it says, else as COLUMNS says, else 80. Anything else is as wide as it needs, unless COLUMNS
 * says otherwise. Colour only on a terminal, and never with NO_COLOR.
 */
struct terminal terminal_of(int fd);

/*
 * Can this process have the whole screen, and its keys? Stdin and stdout are a terminal, and it is in its foreground.
 */
bool terminal_is_ours(void);

/* Why not, for a message that "needs a terminal, but" …; NULL: it can. */
const char *terminal_not_ours(void);

#endif
