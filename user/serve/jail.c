// SPDX-License-Identifier: GPL-2.0-only
#include "serve/jail.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "kernel/pin.h"
#include "kernel/platform.h"
#include "serve/landlock.h"
#include "serve/system_calls.h"

struct entering {
	enum jail_kind kind;
	const struct jail_removes *removes; /* or NULL */
	struct jail_report *report;
};

/* The links of this directory are itself, its parent, and each thread. */
static int refuse_threads(const struct entering *entering)
{
	struct stat threads;

	(void)entering;
	if (stat("/proc/self/task", &threads))
		return -errno;
	return threads.st_nlink > 3 ? -EBUSY : 0;
}

static int drop_bounding_set(const struct entering *entering)
{
	(void)entering;
	if (platform_lacks(NEEDS(CAP_SETPCAP), NULL))
		return 0; /* with no_new_privs, execve(2) gives no capability of the bounding set */
	for (unsigned long capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; capability++)
		if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0))
			return -errno;
	return 0;
}

/* An ordinary user, with capabilities or without, has no other user to become. */
static bool can_change_user(void)
{
	return !platform_lacks(NEEDS(CAP_SETUID) | NEEDS(CAP_SETGID), NULL);
}

static int drop_groups(const struct entering *entering)
{
	(void)entering;
	return can_change_user() && setgroups(0, NULL) ? -errno : 0;
}

/* Each of the three ids: real, effective and saved. The group first, because that needs the user's rights. */
static int change_user(const struct entering *entering)
{
	int with_parent;

	if (entering->kind != JAIL_SERVER)
		return 0;
	if (!can_change_user())
		return geteuid() ? 0 : -EPERM;
	if (prctl(PR_GET_PDEATHSIG, &with_parent, 0, 0, 0))
		return -errno;
	if (setresgid(JAIL_USER, JAIL_USER, JAIL_USER) || setresuid(JAIL_USER, JAIL_USER, JAIL_USER))
		return -errno;
	if (prctl(PR_SET_PDEATHSIG, with_parent, 0, 0, 0)) /* another user is no longer killed with its parent */
		return -errno;
	entering->report->is_nobody = true;
	return 0;
}

static int drop_capabilities(const struct entering *entering)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };
	__u32 kept = 0;

	if (entering->kind != JAIL_SERVER && !platform_lacks(NEEDS(CAP_BPF), NULL))
		kept = 1U << (CAP_BPF % 32);
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0))
		return -errno;
	data[CAP_BPF / 32].permitted = data[CAP_BPF / 32].effective = kept;
	return syscall(SYS_capset, &header, data) ? -errno : 0;
}

static int forbid_privileges(const struct entering *entering)
{
	(void)entering;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ? -errno : 0;
}

static int forbid_dumps(const struct entering *entering)
{
	(void)entering;
	return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) ? -errno : 0;
}

static int enter_landlock(const struct entering *entering)
{
	struct landlock_exception exceptions[1 + JAIL_REMOVES_MAX];
	int count = 0, version;

	if (entering->kind == JAIL_EXPORTER) /* which opens files by their names, and connects */
		return 0;
	if (entering->kind == JAIL_OPENER)
		exceptions[count++] = (struct landlock_exception){ BPFFS_PATH, LANDLOCK_ACCESS_FS_READ_DIR };
	for (int i = 0; entering->removes && i < entering->removes->count; i++)
		exceptions[count++] =
			(struct landlock_exception){ entering->removes->directory[i], LANDLOCK_ACCESS_FS_REMOVE_FILE };
	version = landlock_enter(exceptions, count);
	if (version < 0)
		return version;
	entering->report->landlock = version;
	return 0;
}

static int enter_system_calls(const struct entering *entering)
{
	return system_calls_enter(entering->kind);
}

/* In this order: each needs rights that a later one takes away. */
static const struct {
	const char *name;
	int (*take)(const struct entering *entering);
} steps[] = {
	{ "enter a jail with more than one thread", refuse_threads },
	{ "empty the capability bounding set", drop_bounding_set },
	{ "leave the supplementary groups", drop_groups },
	{ "become the user nobody", change_user },
	{ "give up the capabilities", drop_capabilities },
	{ "set no_new_privs", forbid_privileges },
	{ "forbid that others trace this process", forbid_dumps },
	{ "restrict the process by Landlock", enter_landlock },
	{ "restrict the system calls by seccomp", enter_system_calls },
};

/*
 * What is read from files, or tried, when it is first asked for, and then kept: before libbpf creates its first map, it
 * loads a program to see what the kernel can do.
 */
static void look_first(enum jail_kind kind)
{
	int map;

	tzset();
	host_boot_ns();
	libbpf_num_possible_cpus();
	if (kind == JAIL_SERVER)
		return;
	map = bpf_map_create(BPF_MAP_TYPE_ARRAY, "first", sizeof(__u32), sizeof(__u32), 1, NULL);
	if (map >= 0)
		close(map);
}

int jail_enter(enum jail_kind kind, const struct jail_removes *removes, struct jail_report *report)
{
	const struct entering entering = { .kind = kind, .removes = removes, .report = report };

	look_first(kind);

	*report = (struct jail_report){ 0 };
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		int err = steps[i].take(&entering);

		if (err) {
			report->failed = steps[i].name;
			return err;
		}
	}
	return 0;
}

bool jail_killed(int status)
{
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
}

void jail_describe(const struct jail_report *report, char text[JAIL_TEXT_MAX])
{
	char user[64] = "the user nobody";

	if (!report->is_nobody)
		snprintf(user, sizeof(user), "the user %u", (unsigned int)geteuid());
	snprintf(text, JAIL_TEXT_MAX,
		 "the server runs as %s, without any capability: it can answer on the sockets that it has, read the "
		 "maps of instances, and look for timeouts there; it cannot open files%s, connect, or start a program",
		 user, report->landlock ? "" : " (by seccomp alone)");
}
