/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * at_call N WHAT COMMAND [ARGUMENT]...: run a command, stop it before its Nth system call that concerns directories or
 * BPF, have a shell run WHAT meanwhile, and let it continue. In WHAT, $PID is the command's process id. So a test can
 * do at every moment of a command what otherwise needs a race. The exit status is that of the command; 125 if it made
 * fewer than N of these calls, 126 if it cannot be traced.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/ptrace.h>

#define STATUS_NOT_SO_MANY 125
#define STATUS_CANNOT 126
#define SYSCALL_STOP (SIGTRAP | 0x80)

static const long counted[] = { SYS_openat2, SYS_fchdir,    SYS_getdents64, SYS_unlinkat,
				SYS_mkdirat, SYS_renameat2, SYS_flock,	    SYS_bpf };

static int fail(const char *what)
{
	fprintf(stderr, "at_call: %s: %s\n", what, strerror(errno));
	exit(STATUS_CANNOT);
}

static int is_counted(pid_t pid)
{
	struct ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) < 0)
		fail("what is called");
	for (size_t i = 0; info.op == PTRACE_SYSCALL_INFO_ENTRY && i < sizeof(counted) / sizeof(counted[0]); i++)
		if (info.entry.nr == (__u64)counted[i])
			return 1;
	return 0;
}

static pid_t start(char **command)
{
	pid_t pid = fork();

	if (pid < 0)
		fail("fork");
	if (pid)
		return pid;
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL))
		fail("PTRACE_TRACEME");
	execvp(command[0], command); /* the tracer sees it stop here, at its beginning */
	return fail(command[0]);
}

int main(int argc, char **argv)
{
	long left = argc > 3 ? atol(argv[1]) : 0;
	int status, signal = 0;
	char text[16];
	pid_t pid;

	if (left < 1) {
		fprintf(stderr, "usage: at_call N WHAT COMMAND [ARGUMENT]...\n");
		return STATUS_CANNOT;
	}
	pid = start(argv + 3);
	snprintf(text, sizeof(text), "%d", pid);
	setenv("PID", text, 1);
	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status) ||
	    ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL))
		fail("trace");
	while (!WIFEXITED(status) && !WIFSIGNALED(status)) {
		/* ESRCH: WHAT has killed it. */
		if (ptrace(left ? PTRACE_SYSCALL : PTRACE_DETACH, pid, NULL, signal) && errno != ESRCH)
			fail("continue");
		if (waitpid(pid, &status, 0) != pid)
			fail("wait");
		signal = WIFSTOPPED(status) && WSTOPSIG(status) != SYSCALL_STOP ? WSTOPSIG(status) : 0;
		if (WIFSTOPPED(status) && !signal && is_counted(pid) && !--left && system(argv[2]))
			fail(argv[2]);
	}
	if (left)
		return STATUS_NOT_SO_MANY;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
