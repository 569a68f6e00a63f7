/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A full screen on the terminal, by ncurses. The output of ncurses goes into memory, and from there to the terminal as
 * fast as the terminal takes it: no function here waits for a slow one.
 */
#ifndef SYNSCOPE_BASE_SCREEN_H
#define SYNSCOPE_BASE_SCREEN_H

#include <stdbool.h>

#include "base/buffer.h"
#include "base/signals.h"

struct top_screen;

/* Take the terminal. Returns 0 or a negative errno (logged). The caller closes the screen. */
int top_screen_open(struct top_screen **screen, bool color);

/* Give the terminal back as it was. NULL is ignored. */
void top_screen_close(struct top_screen *screen);

/* Give the terminal back for a while, and take it again. In between, the process may be stopped. */
void top_screen_leave(struct top_screen *screen);
void top_screen_return(struct top_screen *screen);

/* The size of the terminal has changed. */
void top_screen_resize(struct top_screen *screen, int rows, int columns);

/* Put these lines on the screen, and blank the rest. `cursor`: its column on the last line, or -1. */
void top_screen_paint(struct top_screen *screen, const struct buffer *lines, int cursor);

/* Paint everything again next time, because something else has written to the terminal. */
void top_screen_spoilt(struct top_screen *screen);

/* Has the terminal taken all output so far? If not, wait before painting. */
bool top_screen_idle(const struct top_screen *screen);

/* An fd to poll for POLLOUT, and the function to call then, which returns false if the terminal has been closed. */
int top_screen_fd(const struct top_screen *screen);
bool top_screen_flush(struct top_screen *screen);

/*
 * Read the next signal (fd of signals_open(true)). On SIGNAL_STOP, gives the terminal back and stops the process. After
 * any result but SIGNAL_NONE and SIGNAL_END, paint again.
 */
enum signal_action top_screen_signal(struct top_screen *screen, int signals);

/* The next key that was pressed, an enum top_key or a character, or TOP_KEY_NONE. */
int top_screen_key(struct top_screen *screen);

/* Should clicks and the wheel come as keys? While they do, the terminal selects no text. At first they do not. */
void top_screen_mouse(struct top_screen *screen, bool on);

/* Where the mouse was at the last TOP_KEY_CLICK, TOP_KEY_WHEEL_UP or TOP_KEY_WHEEL_DOWN; both count from 0. */
void top_screen_point(const struct top_screen *screen, int *line, int *column);

#endif
