// SPDX-License-Identifier: GPL-2.0-only
#include "serve/export_process.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/message.h"
#include "base/reason.h"
#include "serve/jail.h"

#define END_NS (60 * NS_PER_S) /* longer than an export takes to end, also if its disk has much else to do */
#define END_PAUSE_NS (10 * NS_PER_MS)

/* What the process says over its socket, a byte each. */
#define SAYS_READY 'r'
#define SAYS_ENDED 'e'

#define ASKS_REOPEN 'o'

/* ---- the process */

static int enter_jail(const struct export_wish *wish)
{
	struct jail_report report;
	int err = wish->no_jail ? 0 : jail_enter(JAIL_EXPORTER, NULL, &report);

	if (err)
		message_error("the process that exports cannot %s: %s; --no-jail serves without a jail", report.failed,
			      reason_of(err).text);
	return err;
}

static int say(int socket, char what)
{
	return send(socket, &what, 1, MSG_NOSIGNAL) == 1 ? 0 : -errno;
}

static int say_ready(const struct export_follow *follow)
{
	return say(follow->parent, SAYS_READY);
}

/* Whatever else is open, such as sockets that systemd passes, is not for this process. */
static void close_others(int socket)
{
	if (socket > STDERR_FILENO + 1)
		close_range(STDERR_FILENO + 1, socket - 1, 0);
	close_range(socket + 1, ~0U, 0);
}

static int run(const struct export_process *process, const struct export_wish *wish, int socket)
{
	const struct export_follow follow = {
		.names = wish->names,
		.name_count = wish->name_count,
		.parent = socket,
		.counts = process->counts,
		.ready = say_ready,
	};
	int err;

	close_others(socket);
	err = enter_jail(wish);
	if (!err)
		err = export_run(wish->options, &follow);
	if (!err)
		say(socket, SAYS_ENDED);
	return err;
}

/* ---- the processes that serve */

static int make(struct export_process *process, int pair[2])
{
	void *shared = mmap(NULL, DESTINATIONS_MAX * sizeof(*process->counts), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int err = 0;

	if (shared == MAP_FAILED || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair)) {
		err = -errno;
		message_error("cannot start the process that exports: %s", reason_of(err).text);
		return err;
	}
	process->counts = shared;
	fflush(NULL);
	process->pid = fork();
	if (process->pid >= 0)
		return 0;
	err = -errno;
	process->pid = 0;
	message_error("cannot start the process that exports: %s", reason_of(err).text);
	close(pair[0]);
	close(pair[1]);
	return err;
}

int export_process_start(struct export_process *process, const struct export_wish *wish)
{
	int pair[2] = { -1, -1 }, err;
	char said;

	*process = (struct export_process){ .options = wish->options, .socket = -1 };
	if (!wish->options->addresses)
		return 0;
	err = make(process, pair);
	if (err)
		return err;
	if (!process->pid)
		exit(run(process, wish, pair[1]) ? EXIT_FAILURE : EXIT_SUCCESS);
	close(pair[1]);
	process->socket = pair[0];
	process->is_child = true;
	if (recv(process->socket, &said, 1, 0) == 1 && said == SAYS_READY)
		return 0;
	return -ECHILD; /* it has said why */
}

void export_process_leave(struct export_process *process)
{
	process->is_child = false;
}

int export_process_hear(const struct export_process *process)
{
	char said;

	if (recv(process->socket, &said, 1, MSG_DONTWAIT) == 1 && said == SAYS_ENDED)
		return 1;
	message_error("the process that exports has ended; so does this one");
	return -EPIPE;
}

bool export_process_has_files(const struct export_process *process)
{
	int count = process->pid ? process->options->addresses : 0;

	for (int i = 0; i < count; i++)
		if (address_is_file(&process->options->address[i]))
			return true;
	return false;
}

/* Who cannot be asked, because many questions wait, will do it anyway. */
void export_process_reopen(const struct export_process *process)
{
	const char asked = ASKS_REOPEN;

	send(process->socket, &asked, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* "netflow9", "netflow9-2": without an address, because metrics may be for everybody. */
static void name_sink(const struct export_options *options, int which, char *name, size_t size)
{
	const char *text = options->address[which].text;
	int bytes = (int)strcspn(text, ":"), same = 1;

	for (int i = 0; i < which; i++)
		same += !strncmp(options->address[i].text, text, bytes + 1);
	if (!strcmp(text, "-"))
		snprintf(name, size, "stdout");
	else if (same == 1)
		snprintf(name, size, "%.*s", bytes, text);
	else
		snprintf(name, size, "%.*s-%d", bytes, text, same);
}

int export_process_sinks(const struct export_process *process, struct export_sinks *sinks)
{
	int count = process->pid ? process->options->addresses : 0;

	for (int i = 0; i < count; i++) {
		const struct destination_counts *counts = &process->counts[i];

		name_sink(process->options, i, sinks->name[i], sizeof(sinks->name[i]));
		for (int loss = 0; loss < LOSS_COUNT; loss++)
			sinks->drops[i][loss] = (struct metrics_drops){
				.reason = loss_name(loss),
				.records = __atomic_load_n(&counts->lost[loss], __ATOMIC_RELAXED),
			};
		sinks->sink[i] = (struct metrics_sink){
			.name = sinks->name[i],
			.records = __atomic_load_n(&counts->records, __ATOMIC_RELAXED),
			.queued = __atomic_load_n(&counts->waiting, __ATOMIC_RELAXED),
			.drops = sinks->drops[i],
			.drop_count = LOSS_COUNT,
		};
	}
	return count;
}

/* Returns whether it has ended in time. */
static bool await(pid_t pid, int *status)
{
	const struct timespec pause = { .tv_nsec = END_PAUSE_NS };
	__u64 end = monotonic_ns() + END_NS;

	while (waitpid(pid, status, WNOHANG) != pid) {
		if (monotonic_ns() >= end)
			return false;
		nanosleep(&pause, NULL);
	}
	return true;
}

int export_process_end(struct export_process *process)
{
	int status;

	if (!process->pid)
		return 0;
	close(process->socket);
	process->socket = -1;
	if (!process->is_child)
		return 0;
	if (!await(process->pid, &status)) {
		message_error("the process that exports, %d, does not end within %llu s", process->pid,
			      END_NS / NS_PER_S);
		return -ETIMEDOUT;
	}
	if (jail_killed(status))
		message_error("the process that exports was killed, because it made a system call that its jail "
			      "forbids; please report this; --no-jail serves without the jail");
	else if (WIFSIGNALED(status))
		message_error("the process that exports was killed by signal %d (%s)", WTERMSIG(status),
			      strsignal(WTERMSIG(status)));
	return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -ECHILD;
}
