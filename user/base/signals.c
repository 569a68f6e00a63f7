// SPDX-License-Identifier: GPL-2.0-only
#include "base/signals.h"

#include <errno.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/message.h"
#include "base/reason.h"

static const int ending[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

static void add_ending(sigset_t *signals)
{
	for (size_t i = 0; i < sizeof(ending) / sizeof(ending[0]); i++)
		sigaddset(signals, ending[i]);
}

void signals_hold(sigset_t *before)
{
	sigset_t held;

	sigemptyset(&held);
	add_ending(&held);
	sigprocmask(SIG_BLOCK, &held, before);
}

void signals_release(const sigset_t *before)
{
	sigprocmask(SIG_SETMASK, before, NULL);
}

bool signals_held(void)
{
	sigset_t blocked;

	return !sigprocmask(SIG_BLOCK, NULL, &blocked) && sigismember(&blocked, SIGTERM);
}

/* A blocked signal is pending even if it is ignored, so ignored ones are sorted out here. */
bool signals_pending(void)
{
	struct sigaction action;
	sigset_t pending;

	sigpending(&pending);
	for (size_t i = 0; i < sizeof(ending) / sizeof(ending[0]); i++)
		if (sigismember(&pending, ending[i]) && !sigaction(ending[i], NULL, &action) &&
		    action.sa_handler != SIG_IGN)
			return true;
	return false;
}

static void never_called(int signal)
{
	(void)signal;
}

/*
 * ncurses ignores SIGTSTP while it paints, if nobody has a handler for it when it begins; to ignore a signal discards
 * one that is pending, although it is blocked.
 */
static void keep_from_ncurses(int signal)
{
	const struct sigaction action = { .sa_handler = never_called };

	sigaction(signal, &action, NULL);
}

int signals_open(bool job_control)
{
	sigset_t signals;
	int fd;

	sigemptyset(&signals);
	add_ending(&signals);
	sigaddset(&signals, SIGWINCH);
	if (job_control) {
		sigaddset(&signals, SIGTSTP);
		sigaddset(&signals, SIGCONT);
	}
	sigprocmask(SIG_BLOCK, &signals, NULL);
	if (job_control)
		keep_from_ncurses(SIGTSTP);
	fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0) {
		int err = -errno;

		message_error("cannot receive signals: %s", reason_of(err).text);
		return err;
	}
	return fd;
}

enum signal_action signals_read_hangup(int fd)
{
	struct signalfd_siginfo info;

	if (read(fd, &info, sizeof(info)) != sizeof(info))
		return SIGNAL_NONE;
	switch (info.ssi_signo) {
	case SIGWINCH:
		return SIGNAL_RESIZE;
	case SIGTSTP:
		return SIGNAL_STOP;
	case SIGCONT:
		return SIGNAL_CONTINUE;
	case SIGHUP:
		return SIGNAL_HANGUP;
	default:
		return SIGNAL_END;
	}
}

enum signal_action signals_read(int fd)
{
	enum signal_action action = signals_read_hangup(fd);

	return action == SIGNAL_HANGUP ? SIGNAL_END : action;
}

void signals_stop(void)
{
	sigset_t stop;

	sigemptyset(&stop);
	sigaddset(&stop, SIGTSTP);
	signal(SIGTSTP, SIG_DFL);
	raise(SIGTSTP);
	sigprocmask(SIG_UNBLOCK, &stop, NULL); /* the process stops here */
	sigprocmask(SIG_BLOCK, &stop, NULL);
	keep_from_ncurses(SIGTSTP);
}
