/* SPDX-License-Identifier: GPL-2.0-only */
/* Signals: held back while something must not be interrupted, and read by commands that run until they are ended. */
#ifndef SYNSCOPE_BASE_SIGNALS_H
#define SYNSCOPE_BASE_SIGNALS_H

#include <signal.h>
#include <stdbool.h>

/*
 * Hold back the signals that end a command (SIGINT, SIGTERM, SIGHUP, SIGQUIT) while something must not be left half
 * done, and stop holding them back. `before`: the signals that were blocked before.
 */
void signals_hold(sigset_t *before);
void signals_release(const sigset_t *before);

/* Are these signals held back, or read by signals_read()? */
bool signals_held(void);

/* Has one of them arrived meanwhile, so that the command should undo what it can? Ignored signals do not count. */
bool signals_pending(void);

/* What a signal asks for. */
enum signal_action {
	SIGNAL_NONE,
	SIGNAL_END, /* end the command */
	SIGNAL_HANGUP, /* SIGHUP, only of signals_read_hangup() */
	SIGNAL_RESIZE, /* the size of the terminal has changed */
	SIGNAL_STOP, /* give the terminal back, then stop: signals_stop() */
	SIGNAL_CONTINUE, /* the process was stopped and goes on */
};

/*
 * Open a signalfd, with `job_control` also for SIGNAL_STOP and SIGNAL_CONTINUE. Returns it or a negative errno
 * (logged).
 */
int signals_open(bool job_control);

/* Read the next signal, if there is one. */
enum signal_action signals_read(int fd);

/* The same for a command that opens its files again when SIGHUP asks for it, as daemons do. */
enum signal_action signals_read_hangup(int fd);

/* Stop this process, as SIGTSTP would have. Returns when it is continued. */
void signals_stop(void);

#endif
