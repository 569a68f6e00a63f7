/* SPDX-License-Identifier: GPL-2.0-only */
/* Signals that a command which runs until it is ended reads, instead of dying of them. */
#ifndef SYNSCOPE_SIGNALS_H
#define SYNSCOPE_SIGNALS_H

#include <stdbool.h>

/* What a signal is about. */
enum signal_news {
	SIGNAL_NONE,
	SIGNAL_END, /* the command is to end */
	SIGNAL_RESIZE, /* the terminal has another size */
	SIGNAL_STOP, /* the command is to stop, and to give the terminal back before, see signals_stop() */
	SIGNAL_CONTINUE, /* it was stopped */
};

/* A signalfd; with job_control of SIGNAL_STOP and SIGNAL_CONTINUE, too. Returns it or a negative errno (told). */
int signals_open(bool job_control);

/* Read the next one, if there is one. */
enum signal_news signals_read(int fd);

/* Stop this process, as SIGTSTP would have. Returns when it is continued. */
void signals_stop(void);

#endif
