// SPDX-License-Identifier: GPL-2.0-only
#include "serve/opener.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/message.h"
#include "base/reason.h"
#include "base/signals.h"
#include "kernel/netns.h"
#include "kernel/pin_watch.h"
#include "serve/export_process.h"
#include "serve/jail.h"
#include "serve/opener_message.h"
#include "serve/opener_round.h"

#define ROUND_NS NS_PER_S
#define ROUND_AFTER_ERROR_NS (10 * NS_PER_S) /* each one is logged */
#define END_MS 30000 /* for a server that is asked to end; after that it is killed */

struct opener {
	struct opener_rounds rounds;
	int server; /* a pidfd */
	int signals, pins;
	__u64 round_ns; /* when the next round is due, on CLOCK_MONOTONIC */
};

/* ---- the loop */

enum { FD_SOCKET, FD_SERVER, FD_SIGNALS, FD_PINS, FD_COUNT };

static void next_round(struct opener *opener)
{
	int err;

	pin_watch_renew(opener->pins);
	err = opener_round(&opener->rounds);
	opener->round_ns = monotonic_ns() + (err ? ROUND_AFTER_ERROR_NS : ROUND_NS);
}

/* Returns whether a signal asks for the end. */
static bool read_signal(const struct opener *opener)
{
	const struct export_process *exports = opener->rounds.options->exports;
	enum signal_action action = signals_read_hangup(opener->signals);

	if (action == SIGNAL_HANGUP && export_process_has_files(exports)) {
		export_process_reopen(exports);
		return false;
	}
	return action == SIGNAL_END || action == SIGNAL_HANGUP;
}

/* Until the server ends, or is to end. */
static void open_for_server(struct opener *opener)
{
	struct pollfd fds[FD_COUNT] = {
		[FD_SOCKET] = { .fd = opener->rounds.server, .events = POLLIN },
		[FD_SERVER] = { .fd = opener->server, .events = POLLIN },
		[FD_SIGNALS] = { .fd = opener->signals, .events = POLLIN },
		[FD_PINS] = { .fd = opener->pins, .events = POLLIN },
	};

	for (;;) {
		__u64 now = monotonic_ns();

		if (now >= opener->round_ns || fds[FD_PINS].revents)
			next_round(opener);
		now = monotonic_ns();
		fds[FD_PINS].revents = 0;
		poll(fds, FD_COUNT, now < opener->round_ns ? (int)((opener->round_ns - now) / NS_PER_MS) + 1 : 0);
		if (fds[FD_SERVER].revents)
			return;
		if (fds[FD_SOCKET].revents) { /* the server never writes, so it has closed its end, or is not itself */
			if (!(fds[FD_SOCKET].revents & POLLHUP))
				message_error("the server has sent something to the process that opens instances, "
					      "which takes no requests; both end");
			return;
		}
		if (fds[FD_SIGNALS].revents && read_signal(opener))
			return;
	}
}

/* ---- the end */

/*
 * The server sees the end of the connection, too. It is killed when this process ends. Returns 0 or a negative errno
 * (logged).
 */
static int end_server(struct opener *opener, pid_t pid)
{
	struct pollfd ended = { .fd = opener->server, .events = POLLIN };
	const struct opener_message end = { .kind = OPENER_END };
	int status;

	opener_send(opener->rounds.server, &end, NULL);
	shutdown(opener->rounds.server, SHUT_RDWR);
	if (poll(&ended, 1, END_MS) <= 0 || waitpid(pid, &status, WNOHANG) != pid) {
		message_error("the server does not end within %d s, and is killed", END_MS / 1000);
		return -ECHILD;
	}
	if (WIFEXITED(status))
		return WEXITSTATUS(status) ? -ECHILD : 0; /* it has said why */
	if (jail_killed(status))
		message_error("the server was killed, because it made a system call that its jail forbids; please "
			      "report this; --no-jail serves without the jail");
	else
		message_error("the server was killed by signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
	return -ECHILD;
}

/* ---- the beginning */

static int enter_jail(const struct opener_options *options)
{
	struct jail_report report;
	int err = options->no_jail ? 0 : jail_enter(JAIL_OPENER, &options->removes, &report);

	if (err)
		message_error("the process that opens instances cannot %s: %s; --no-jail serves without a jail",
			      report.failed, reason_of(err).text);
	return err;
}

/* What must be opened before the jail. Returns 0 or a negative errno (logged). */
static int open_tools(struct opener *opener, pid_t pid)
{
	int err = 0;

	opener->server = pidfd_open(pid, 0);
	if (opener->server < 0) {
		err = -errno;
		message_error("cannot watch the server: %s", reason_of(err).text);
		return err;
	}
	opener->pins = pin_watch_open();
	if (opener->pins < 0) {
		message_error("cannot watch for instances: %s", reason_of(opener->pins).text);
		return opener->pins;
	}
	opener->signals = signals_open(false);
	opener->rounds.namespace_socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	opener->rounds.namespace_inode = netns_current_inode();
	return opener->signals < 0 ? opener->signals : 0;
}

int opener_run(const struct opener_options *options, const struct opener_half *half)
{
	struct opener opener = { .rounds = { .options = options, .server = half->socket, .server_pid = half->server } };
	int err = open_tools(&opener, half->server);

	if (!err)
		err = enter_jail(options);
	if (!err) {
		open_for_server(&opener);
		err = end_server(&opener, half->server);
	}
	opener_rounds_close(&opener.rounds);
	return err;
}

int opener_split(struct opener_half *half)
{
	pid_t parent = getpid(), child;
	int pair[2], err;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair)) {
		err = -errno;
		message_error("cannot make a pair of sockets: %s", reason_of(err).text);
		return err;
	}
	fflush(NULL);
	child = fork();
	if (child < 0) {
		err = -errno;
		message_error("cannot start the process that serves: %s", reason_of(err).text);
		close(pair[0]);
		close(pair[1]);
		return err;
	}
	close(pair[child ? 1 : 0]);
	*half = (struct opener_half){ .server = child, .socket = pair[child ? 0 : 1] };
	if (!child && (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) || getppid() != parent)) {
		message_error("cannot be ended together with the process that opens instances");
		return -ESRCH;
	}
	return 0;
}
