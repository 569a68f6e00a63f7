/* SPDX-License-Identifier: GPL-2.0-only */
/* Keys of a terminal beyond those that ncurses knows: reports of the mouse, and marks around what is pasted. */
#ifndef SYNSCOPE_BASE_SCREEN_INPUT_H
#define SYNSCOPE_BASE_SCREEN_INPUT_H

#include <stdbool.h>

#define SCREEN_REPORT_MAX 24

/* It is empty if it is zeroed. */
struct screen_input {
	bool reporting; /* a report is coming: \033[<BUTTON;COLUMN;LINEM, at the end m if a button was released */
	char report[SCREEN_REPORT_MAX]; /* what has come of it */
	int used;
	int old; /* how many bytes are to come of a report in the old form, which is left alone */
	int line, column; /* of the last report, from 0 */
};

/* Teach ncurses these keys, if the type of the terminal has a mouse. Returns whether it has. */
bool screen_input_define(struct screen_input *input);

/* The key for what getch() has returned, or TOP_KEY_NONE if that was part of a report. */
int screen_input_key(struct screen_input *input, int code);

#endif
