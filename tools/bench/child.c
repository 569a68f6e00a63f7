// SPDX-License-Identifier: GPL-2.0-only
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/message.h"
#include "sandbox.h"

#define STATUS_NOT_STARTED 127

const char *child_synscope(void)
{
	static char path[PATH_MAX + sizeof("/synscope")];
	ssize_t length = readlink("/proc/self/exe", path, PATH_MAX - 1);

	path[length > 0 ? length : 0] = '\0';
	strcat(dirname(path), "/synscope");
	return path;
}

static void leave_our_cpu(void)
{
	cpu_set_t other;
	int cpus[2];

	CPU_ZERO(&other);
	if (sandbox_two_cpus(cpus))
		return;
	CPU_SET(cpus[1], &other);
	sched_setaffinity(0, sizeof(other), &other);
}

void child_leave_parent(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	leave_our_cpu();
}

static void become(const char *const *arguments, bool elsewhere)
{
	int nowhere = open("/dev/null", O_WRONLY);

	if (elsewhere)
		child_leave_parent();
	else
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(nowhere, STDOUT_FILENO);
	dup2(nowhere, STDERR_FILENO);
	execvp(arguments[0], (char *const *)arguments);
	_exit(STATUS_NOT_STARTED);
}

static pid_t start(const char *const *arguments, bool elsewhere)
{
	pid_t child = fork();
	int err = -errno;

	if (!child)
		become(arguments, elsewhere);
	if (child > 0)
		return child;
	message_error("cannot start '%s': %s", arguments[0], strerror(-err));
	return err;
}

pid_t child_start(const char *const *arguments)
{
	return start(arguments, true);
}

void child_stop(pid_t child)
{
	kill(child, SIGTERM);
	waitpid(child, NULL, 0);
}

static double ns_of(const struct timeval *time)
{
	return (double)time->tv_sec * 1e9 + (double)time->tv_usec * 1e3;
}

int child_run(const char *const *arguments, double *ns, int *status)
{
	struct rusage usage;
	pid_t child = start(arguments, false);
	int wait_status;

	if (child < 0)
		return child;
	if (wait4(child, &wait_status, 0, &usage) != child)
		return -errno;
	*ns = ns_of(&usage.ru_utime) + ns_of(&usage.ru_stime);
	*status = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : -1;
	return 0;
}
