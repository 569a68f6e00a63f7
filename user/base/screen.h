/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A whole terminal, by ncurses. What ncurses has to say goes into memory and from there to the terminal, as fast as it
 * takes it: nothing here waits for a slow one.
 */
#ifndef SYNSCOPE_BASE_SCREEN_H
#define SYNSCOPE_BASE_SCREEN_H

#include <stdbool.h>

#include "base/buffer.h"
#include "base/signals.h"

struct top_screen;

/* Take the terminal. Returns 0 or a negative errno (logged). The caller closes. */
int top_screen_open(struct top_screen **screen, bool color);

/* Give the terminal back as it was. NULL is ignored. */
void top_screen_close(struct top_screen *screen);

/* Give it back for a while, and take it again; between the two the process may be stopped. */
void top_screen_leave(struct top_screen *screen);
void top_screen_return(struct top_screen *screen);

/* The terminal has another size now. */
void top_screen_resize(struct top_screen *screen, int rows, int columns);

/* Put these lines on the screen, the rest is blank. `cursor`: its column on the last line, or -1. */
void top_screen_paint(struct top_screen *screen, const struct buffer *lines, int cursor);

/* All is to be painted anew: something else has written to the terminal. */
void top_screen_spoilt(struct top_screen *screen);

/* Has the terminal taken all there was? Only then is painting worth it. */
bool top_screen_idle(const struct top_screen *screen);

/* An fd to poll for POLLOUT, and what to do then. False: the terminal has gone. */
int top_screen_fd(const struct top_screen *screen);
bool top_screen_flush(struct top_screen *screen);

/*
 * Read the next signal (signals_open(true)) and do what it means for the screen: to be stopped it gives the terminal
 * back. All but SIGNAL_NONE and SIGNAL_END are a reason to paint.
 */
enum signal_action top_screen_signal(struct top_screen *screen, int signals);

/* The next key that was pressed, an enum top_key or a character, or TOP_KEY_NONE. */
int top_screen_key(struct top_screen *screen);

#endif
