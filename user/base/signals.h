/* SPDX-License-Identifier: GPL-2.0-only */
/* Signals that a command which runs until it is ended reads, instead of dying of them. */
#ifndef SYNSCOPE_BASE_SIGNALS_H
#define SYNSCOPE_BASE_SIGNALS_H

#include <signal.h>
#include <stdbool.h>

/*
 * For what must not be left half done: hold back the signals that end a command (SIGINT, SIGTERM, SIGHUP, SIGQUIT), and
 * let them come again; `before`: what was blocked before.
 */
void signals_hold(sigset_t *before);
void signals_release(const sigset_t *before);

/* Are they held back, or read (see below)? */
bool signals_held(void);

/* Has one of them come since, so that what can be undone should be? Not one that is ignored. */
bool signals_pending(void);

/* What a signal is about. */
enum signal_action {
	SIGNAL_NONE,
	SIGNAL_END, /* the command is to end */
	SIGNAL_RESIZE, /* the terminal has another size */
	SIGNAL_STOP, /* the command is to stop, and to give the terminal back before, see signals_stop() */
	SIGNAL_CONTINUE, /* it was stopped */
};

/* A signalfd; with job_control of SIGNAL_STOP and SIGNAL_CONTINUE, too. Returns it or a negative errno (logged). */
int signals_open(bool job_control);

/* Read the next one, if there is one. */
enum signal_action signals_read(int fd);

/* Stop this process, as SIGTSTP would have. Returns when it is continued. */
void signals_stop(void);

#endif
