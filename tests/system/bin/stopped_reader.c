// SPDX-License-Identifier: GPL-2.0-only
/*
 * stopped_reader [-t] COMMAND [ARGUMENT]...: run a full-screen command on a terminal that nobody reads. Press keys
 * until the terminal is full, wait a while, and then press q, or with -t send a SIGTERM. The command must then exit
 * within a few seconds. The exit status is that of the command, 124 if it hangs, 125 if the terminal did not become
 * full, and 126 if the command was not idle while it was left alone.
 */
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS_MAX 4000
#define PAUSE_US 25000
#define END_MOST_US 100000000
#define STATUS_HANGS 124
#define STATUS_NOT_FULL 125
#define STATUS_SPINS 126
#define WHILE_US 2000000 /* how long the command is left alone */
#define BUSY_MOST_US (WHILE_US / 2)

/* Has the terminal no room for more output? The amount of output has not grown for a while. */
static int is_full(int master)
{
	static int waiting_before, since;
	int waiting = 0;

	ioctl(master, FIONREAD, &waiting);
	since = waiting == waiting_before ? since + 1 : 0;
	waiting_before = waiting;
	return waiting >= 4000 && since >= 40;
}

static int status_of(pid_t child)
{
	int status;

	for (int waited = 0; waited < END_MOST_US; waited += PAUSE_US) {
		if (waitpid(child, &status, WNOHANG) == child)
			return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		usleep(PAUSE_US);
	}
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	return STATUS_HANGS;
}

/* The CPU time that a process has used. */
static long busy_us(pid_t child)
{
	struct timespec time = { 0 };
	clockid_t clock;

	if (!clock_getcpuclockid(child, &clock))
		clock_gettime(clock, &time);
	return time.tv_sec * 1000000L + time.tv_nsec / 1000;
}

/* Called when the terminal is full: leave the command alone for a while, then make it exit. */
static int end(pid_t child, int master, int terminate)
{
	long busy = busy_us(child);
	int status;

	usleep(WHILE_US);
	busy = busy_us(child) - busy;
	if (terminate)
		kill(child, SIGTERM);
	else if (write(master, "q", 1) != 1)
		perror("write");
	status = status_of(child);
	return !status && busy > BUSY_MOST_US ? STATUS_SPINS : status;
}

int main(int argc, char **argv)
{
	struct winsize size = { .ws_row = 200, .ws_col = 200 };
	int terminate = argc > 1 && !strcmp(argv[1], "-t");
	int master, full = 0;
	pid_t child;

	argv += terminate;
	if (argc < 2 + terminate)
		return 2;
	child = forkpty(&master, NULL, NULL, &size);
	if (child < 0) {
		perror("forkpty");
		return 2;
	}
	if (!child) {
		execvp(argv[1], argv + 1);
		perror(argv[1]);
		_exit(127);
	}
	for (int i = 0; i < ROUNDS_MAX && !full; i++) {
		usleep(PAUSE_US);
		if (write(master, "\014", 1) != 1) /* Ctrl-L redraws everything */
			break;
		full = is_full(master);
	}
	if (full)
		return end(child, master, terminate);
	kill(child, SIGKILL);
	return STATUS_NOT_FULL;
}
