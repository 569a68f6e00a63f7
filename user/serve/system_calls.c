// SPDX-License-Identifier: GPL-2.0-only
#include "serve/system_calls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/sockios.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <unistd.h>

/* ---- by name alone; a name that this architecture does not have is skipped */

static const char *const of_both[] = {
	"read",
	"write",
	"writev",
	"pread64",
	"close",
	"lseek",
	"recvmsg",
	"sendmsg",
	"recvfrom",
	"sendto",
	"poll",
	"ppoll",
	"munmap",
	"mremap",
	"brk",
	"madvise",
	"futex",
	"getrandom",
	"clock_gettime",
	"clock_getres",
	"clock_nanosleep",
	"nanosleep",
	"gettimeofday",
	"restart_syscall",
	"rt_sigreturn",
	"rt_sigprocmask",
	"rt_sigaction",
	"exit",
	"exit_group",
	"getpid",
	"gettid",
	"getppid",
	"sched_yield",
	"rt_sigtimedwait",
	"getuid",
	"geteuid",
	"getgid",
	"getegid",
	"sigaltstack",
	"getrusage",
	"sysinfo", /* qsort() asks for the size of memory, if there is much to sort */
	"sched_getaffinity", /* malloc() counts the processors, if many threads use it */
	"fcntl",
	"rseq",
};

static const char *const of_server[] = {
	"accept4",    "epoll_wait",	 "epoll_pwait",	    "epoll_pwait2", "epoll_ctl",
	"setsockopt", "getsockopt",	 "getsockname",	    "getpeername",  "shutdown",
	"sendfile",   "timerfd_settime", "timerfd_gettime", "getdents64",   "set_robust_list",
};

/* Directories are opened; Landlock restricts them to those of the bpffs. */
static const char *const of_opener[] = {
	"openat", "unlink",   "unlinkat", "openat2",  "inotify_add_watch", "getdents64", "newfstatat", "fstat",
	"statx",  "fstatfs",  "statfs",	  "readlink", "readlinkat",	   "fchdir",	 "chdir",      "wait4",
	"waitid", "shutdown", "dup",	  "dup3",
};

static int allow_names(scmp_filter_ctx filter, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int number = seccomp_syscall_resolve_name(names[i]);
		int err = number == __NR_SCMP_ERROR ? 0 : seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0);

		if (err)
			return err;
	}
	return 0;
}

/* ---- by name and arguments */

/* Allow it if the argument has none of `bits`. */
static int allow_without(scmp_filter_ctx filter, int number, unsigned int argument, scmp_datum_t bits)
{
	return seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 1, SCMP_CMP(argument, SCMP_CMP_MASKED_EQ, bits, 0));
}

static int allow_if_equal(scmp_filter_ctx filter, int number, unsigned int argument, scmp_datum_t value)
{
	return seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 1, SCMP_CMP(argument, SCMP_CMP_EQ, value));
}

static int allow_bpf(scmp_filter_ctx filter, const enum bpf_cmd *commands, size_t count)
{
	int err = 0;

	for (size_t i = 0; i < count && !err; i++)
		err = allow_if_equal(filter, SCMP_SYS(bpf), 0, commands[i]);
	return err;
}

/*
 * What libraries try, and can do without, fails instead of ending the process: files that they look for, and whether
 * something is a terminal. Without clone3, whose flags a filter cannot see, glibc makes threads by clone.
 */
static int refuse_optional(scmp_filter_ctx filter)
{
	int err = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);

	if (!err)
		err = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOTTY), SCMP_SYS(ioctl), 0);
	if (!err)
		err = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(openat), 0);
	return err;
}

/* Flags of clone(2) that put a process into another namespace. */
static const scmp_datum_t namespaces[] = {
	CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET,
};

#define NAMESPACES (sizeof(namespaces) / sizeof(namespaces[0]))

/* A thread that shares everything, in the namespaces of its process. */
static int allow_threads(scmp_filter_ctx filter)
{
	const scmp_datum_t needed = CLONE_THREAD | CLONE_SIGHAND | CLONE_VM | CLONE_FS | CLONE_FILES;
	scmp_datum_t mask = needed;

	for (size_t i = 0; i < NAMESPACES; i++)
		mask |= namespaces[i];
	return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1, SCMP_A0(SCMP_CMP_MASKED_EQ, mask, needed));
}

/* For messages: what a limit of this process is, but not to set it. */
static int allow_reading_limits(scmp_filter_ctx filter)
{
	return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 2, SCMP_A0(SCMP_CMP_EQ, 0),
				SCMP_A2(SCMP_CMP_EQ, 0));
}

/* Memory that is never both: the process's own to write, and code. */
static int allow_memory(scmp_filter_ctx filter)
{
	int err = allow_without(filter, SCMP_SYS(mmap), 2, PROT_EXEC);

	return err ? err : allow_without(filter, SCMP_SYS(mprotect), 2, PROT_EXEC);
}

static int allow_server(scmp_filter_ctx filter)
{
	static const enum bpf_cmd commands[] = { BPF_PROG_TEST_RUN };
	int err = allow_names(filter, of_server, sizeof(of_server) / sizeof(of_server[0]));

	if (!err)
		err = allow_threads(filter);
	if (!err)
		err = refuse_optional(filter);
	/* Of the descriptor itself, as fstat(3) asks for. */
	if (!err)
		err = allow_if_equal(filter, SCMP_SYS(newfstatat), 3, AT_EMPTY_PATH);
	/* abort(3) */
	if (!err)
		err = allow_if_equal(filter, SCMP_SYS(tgkill), 0, (scmp_datum_t)getpid());
	return err ? err : allow_bpf(filter, commands, sizeof(commands) / sizeof(commands[0]));
}

static int allow_opener(scmp_filter_ctx filter)
{
	static const enum bpf_cmd commands[] = {
		BPF_OBJ_GET,	     BPF_OBJ_GET_INFO_BY_FD, BPF_MAP_LOOKUP_ELEM,
		BPF_MAP_UPDATE_ELEM, BPF_MAP_DELETE_ELEM,    BPF_MAP_CREATE,
	};
	int err = allow_names(filter, of_opener, sizeof(of_opener) / sizeof(of_opener[0]));

	/* Only to ask whether the owner of a place is alive. */
	if (!err)
		err = allow_if_equal(filter, SCMP_SYS(kill), 1, 0);
	if (!err)
		err = allow_if_equal(filter, SCMP_SYS(ioctl), 1, SIOCGIFNAME);
	if (!err)
		err = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOTTY), SCMP_SYS(ioctl), 1,
				       SCMP_A1(SCMP_CMP_NE, SIOCGIFNAME));
	return err ? err : allow_bpf(filter, commands, sizeof(commands) / sizeof(commands[0]));
}

static int allow_all(scmp_filter_ctx filter, enum jail_kind kind)
{
	int err = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);

	if (!err)
		err = allow_names(filter, of_both, sizeof(of_both) / sizeof(of_both[0]));
	if (!err)
		err = allow_reading_limits(filter);
	if (!err)
		err = allow_memory(filter);
	if (!err)
		err = kind == JAIL_SERVER ? allow_server(filter) : allow_opener(filter);
	return err ? err : seccomp_load(filter);
}

/* ---- by what is forbidden: resolving a name loads modules of the C library, which may need anything else */

static const char *const forbidden[] = {
	"execve",
	"execveat",
	"ptrace",
	"tkill",
	"rt_sigqueueinfo",
	"rt_tgsigqueueinfo",
	"pidfd_send_signal",
	"process_vm_readv",
	"process_vm_writev",
	"pidfd_getfd",
	"kcmp",
	"accept",
	"accept4",
	"listen",

	"unshare",

	"mount",
	"umount2",
	"move_mount",
	"open_tree",
	"fsopen",
	"pivot_root",
	"chroot",
	"init_module",
	"finit_module",
	"delete_module",
	"kexec_load",
	"kexec_file_load",
	"reboot",
	"swapon",
	"swapoff",
	"perf_event_open",
	"io_uring_setup",
	"userfaultfd",
	"add_key",
	"request_key",
	"keyctl",
	"open_by_handle_at",
	"mknod",
	"mknodat",
	"personality",
	"settimeofday",
	"clock_settime",
};

/* In a user namespace of its own it would have all capabilities there. For clone3, see refuse_optional(). */
static int forbid_namespaces(scmp_filter_ctx filter)
{
	int err = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);

	for (size_t i = 0; i < NAMESPACES && !err; i++)
		err = seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, SCMP_SYS(clone), 1,
				       SCMP_A0(SCMP_CMP_MASKED_EQ, namespaces[i], namespaces[i]));
	if (!err) /* what needs a capability that it has not; then the names of interfaces are those at attach */
		err = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(setns), 0);
	return err;
}

/* To others. Whether the owner of a place is alive may be asked, and abort(3) works. */
static int forbid_signals(scmp_filter_ctx filter)
{
	int err = seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, SCMP_SYS(kill), 1, SCMP_A1(SCMP_CMP_NE, 0));

	return err ? err
		   : seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, SCMP_SYS(tgkill), 1,
				      SCMP_A0(SCMP_CMP_NE, (scmp_datum_t)getpid()));
}

static int forbid(scmp_filter_ctx filter)
{
	static const enum bpf_cmd commands[] = {
		BPF_PROG_LOAD,	 BPF_PROG_ATTACH, BPF_PROG_DETACH, BPF_RAW_TRACEPOINT_OPEN,
		BPF_LINK_CREATE, BPF_LINK_UPDATE, BPF_OBJ_PIN,	   BPF_BTF_LOAD,
	};
	int err = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);

	for (size_t i = 0; i < sizeof(forbidden) / sizeof(forbidden[0]) && !err; i++) {
		int number = seccomp_syscall_resolve_name(forbidden[i]);

		if (number != __NR_SCMP_ERROR)
			err = seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, number, 0);
	}
	if (!err)
		err = forbid_namespaces(filter);
	if (!err)
		err = forbid_signals(filter);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]) && !err; i++)
		err = seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, SCMP_SYS(bpf), 1,
				       SCMP_A0(SCMP_CMP_EQ, commands[i]));
	return err ? err : seccomp_load(filter);
}

int system_calls_enter(enum jail_kind kind)
{
	bool exports = kind == JAIL_EXPORTER;
	scmp_filter_ctx filter = seccomp_init(exports ? SCMP_ACT_ALLOW : SCMP_ACT_KILL_PROCESS);
	int err = !filter ? -ENOMEM : exports ? forbid(filter) : allow_all(filter, kind);

	seccomp_release(filter);
	return err;
}
