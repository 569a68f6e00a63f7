/* SPDX-License-Identifier: GPL-2.0-only */
/* What an output can show: its width and height, colour, characters. */
#ifndef SYNSCOPE_BASE_TERMINAL_H
#define SYNSCOPE_BASE_TERMINAL_H

#include <stdbool.h>

struct terminal {
	bool interactive; /* a terminal, on which the cursor can be moved */
	bool color;
	bool utf8; /* the locale's text is UTF-8; if not, print only ASCII */
	int columns; /* 0: no limit */
	int rows; /* 0: no limit */
};

/*
 * The width is what the terminal reports, or else COLUMNS, or else 80 for a terminal and no limit for anything else.
 * Colour only on a terminal, and never with NO_COLOR.
 */
struct terminal terminal_of(int fd);

/*
 * Can this process use the whole screen and read keys? It can if stdin and stdout are a terminal, and it is in the
 * foreground there.
 */
bool terminal_is_ours(void);

/* Why not, to complete a message "... needs a terminal, but"; NULL if it can. */
const char *terminal_not_ours(void);

#endif
