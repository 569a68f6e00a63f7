/* SPDX-License-Identifier: GPL-2.0-only */
/* Signals that a command which runs until it is ended reads, instead of dying of them. */
#ifndef SYNSCOPE_SIGNALS_H
#define SYNSCOPE_SIGNALS_H

#include <stdbool.h>

/* A signalfd of those that end a command, and of SIGWINCH. Returns it or a negative errno (told). */
int signals_open(void);

/* Read the next one: is the command to end? */
bool signals_read_end(int fd);

#endif
