/* SPDX-License-Identifier: GPL-2.0-only */
/* What the output can show: how wide, how high, with colour or without. */
#ifndef SYNSCOPE_TERMINAL_H
#define SYNSCOPE_TERMINAL_H

#include <stdbool.h>
#include <termios.h>

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

/* The whole screen, taken for a live view: keys come at once and are not echoed. */
struct screen {
	bool taken;
	struct termios saved;
};

/*
 * Take the screen, if both stdin and stdout are a terminal and this process is in its foreground. Returns whether it
 * was taken; then screen_restore gives it back as it was.
 */
bool screen_take(struct screen *screen);
void screen_restore(struct screen *screen);

#endif
