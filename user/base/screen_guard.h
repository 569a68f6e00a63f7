/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A process that gives the terminal back if this one ends without doing so: by SIGKILL, by a mistake in memory. A shell
 * whose terminal still reports the mouse cannot be used.
 */
#ifndef SYNSCOPE_BASE_SCREEN_GUARD_H
#define SYNSCOPE_BASE_SCREEN_GUARD_H

#include <stdbool.h>
#include <sys/types.h>
#include <termios.h>

struct screen_guard {
	pid_t process; /* 0: there is none */
	int socket; /* to it */
};

/* What it is to do. */
struct screen_return {
	int terminal_fd;
	const char *text; /* is written to the terminal */
	struct termios taken, saved; /* modes of stdin: if they are `taken`, they become `saved` */
};

/* Start it. Without room for a process there is none, and nothing is said: the screen works without it. */
void screen_guard_begin(struct screen_guard *guard, const struct screen_return *to);

/* The terminal is ours now, or was given back. */
void screen_guard_tell(const struct screen_guard *guard, bool taken);

/* End it. The terminal was given back. */
void screen_guard_end(struct screen_guard *guard);

#endif
