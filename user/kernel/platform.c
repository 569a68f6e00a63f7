// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/message.h"
#include "base/reason.h"
#include "kernel/netns.h"
#include "kernel/pin.h"
#include "kernel/platform.h"

#define OLDEST_MAJOR 6U
#define OLDEST_MINOR 1U

/* The inode of the initial user namespace: PROC_USER_INIT_INO, part of the kernel's ABI. */
#define INITIAL_USER_NAMESPACE 0xEFFFFFFDU

static const struct {
	unsigned int number;
	unsigned int stand_in; /* which is enough, too */
	const char *name;
} capabilities[] = {
	{ CAP_BPF, CAP_SYS_ADMIN, "CAP_BPF" },
	{ CAP_NET_ADMIN, CAP_NET_ADMIN, "CAP_NET_ADMIN" },
	{ CAP_PERFMON, CAP_SYS_ADMIN, "CAP_PERFMON" },
	{ CAP_SYS_ADMIN, CAP_SYS_ADMIN, "CAP_SYS_ADMIN" },
	{ CAP_SYS_PTRACE, CAP_SYS_PTRACE, "CAP_SYS_PTRACE" },
	{ CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE, "CAP_DAC_READ_SEARCH" },
	{ CAP_DAC_OVERRIDE, CAP_DAC_OVERRIDE, "CAP_DAC_OVERRIDE" },
	{ CAP_CHOWN, CAP_CHOWN, "CAP_CHOWN" },
	{ CAP_SETGID, CAP_SETGID, "CAP_SETGID" },
	{ CAP_SETUID, CAP_SETUID, "CAP_SETUID" },
	{ CAP_SETPCAP, CAP_SETPCAP, "CAP_SETPCAP" },
};

static bool has_capability(unsigned int capability)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };

	if (syscall(SYS_capget, &header, data))
		return false;
	return data[capability / 32].effective >> (capability % 32) & 1;
}

static bool in_user_namespace(void)
{
	struct stat self;

	return !stat("/proc/self/ns/user", &self) && self.st_ino != INITIAL_USER_NAMESPACE;
}

bool platform_lacks(__u64 needs, char names[NEEDS_TEXT_MAX])
{
	bool lacks = false;
	size_t length = 0;

	for (size_t i = 0; i < sizeof(capabilities) / sizeof(capabilities[0]); i++) {
		unsigned int number = capabilities[i].number;

		if (!(needs & NEEDS(number)) || has_capability(number) || has_capability(capabilities[i].stand_in))
			continue;
		if (names)
			length += snprintf(names + length, NEEDS_TEXT_MAX - length, "%s%s", lacks ? ", " : "",
					   capabilities[i].name);
		lacks = true;
	}
	return lacks;
}

static int refuse_user_namespace(const char *purpose)
{
	message_error("%s needs its capabilities outside of a user namespace; run it as root of the host, with "
		      "sudo",
		      purpose);
	return -EPERM;
}

int platform_check(const char *purpose, __u64 needs)
{
	char names[NEEDS_TEXT_MAX];

	if (platform_lacks(needs, names)) {
		message_error("%s needs %s, which this process does not have; run it with sudo", purpose, names);
		return -EPERM;
	}
	return in_user_namespace() ? refuse_user_namespace(purpose) : 0;
}

static int check_loading(const char *purpose, __u64 needs)
{
	unsigned int major = 0, minor = 0;
	struct utsname uts;

	if (!uname(&uts) && sscanf(uts.release, "%u.%u", &major, &minor) == 2 &&
	    (major < OLDEST_MAJOR || (major == OLDEST_MAJOR && minor < OLDEST_MINOR))) {
		message_error("Linux %s is too old: %u.%u is the oldest that synscope runs on", uts.release,
			      OLDEST_MAJOR, OLDEST_MINOR);
		return -ENOSYS;
	}
	return platform_check(purpose, needs);
}

int platform_check_attach(__u64 more)
{
	return check_loading("attaching", NEEDS_LOADING | more);
}

int platform_check_replay(void)
{
	return check_loading("replaying in the kernel (--in-kernel)", NEEDS_LOADING);
}

__u64 platform_netns_needs(const char *name_or_pid)
{
	int fd = name_or_pid ? netns_open_quietly(name_or_pid) : -ENOENT;
	__u64 needs = 0;

	if (fd >= 0 && netns_inode(fd) != netns_current_inode())
		needs = NEEDS(CAP_SYS_ADMIN);
	if (is_denied(fd))
		needs = NEEDS(CAP_SYS_ADMIN) | NEEDS(CAP_SYS_PTRACE);
	if (fd >= 0)
		close(fd);
	return needs;
}

int platform_check_nothing_found(void)
{
	static const char purpose[] = "reading instances";

	if (in_user_namespace())
		return refuse_user_namespace(purpose);
	if (!geteuid() || !platform_lacks(NEEDS(CAP_BPF), NULL) || !platform_lacks(NEEDS(CAP_DAC_OVERRIDE), NULL))
		return 0;
	message_error("there is no instance that this user may read: reading those of root needs CAP_DAC_OVERRIDE, or "
		      "to be in the group that 'synscope attach --group' gave an instance to; run it with sudo");
	return -EPERM;
}

/* `name`: of the namespace. */
static bool inside_netns_exec(char name[NETNS_NAME_MAX])
{
	return !bpffs_mounted() && netns_name_of(netns_current_inode(), name, NETNS_NAME_MAX);
}

bool platform_hides_pins(void)
{
	char name[NETNS_NAME_MAX];

	return inside_netns_exec(name);
}

int platform_check_netns(void)
{
	char name[NETNS_NAME_MAX];

	if (!inside_netns_exec(name))
		return 0;
	message_error("this is inside 'ip netns exec %s', where no bpffs of the host is in sight and pins would be "
		      "lost; run it outside, with --netns %s",
		      name, name);
	return -EXDEV;
}

int platform_check_unprivileged_bpf(void)
{
	static const char path[] = "/proc/sys/kernel/unprivileged_bpf_disabled";
	FILE *file = fopen(path, "re");
	int value = 0, known = file ? fscanf(file, "%d", &value) : 0;

	if (file)
		fclose(file);
	if (known == 1 && value)
		return 0;
	if (known == 1)
		message_error(
			"--group needs a kernel that does not load programs of users without rights, for these could "
			"write to maps that the group can read; 'sysctl kernel.unprivileged_bpf_disabled=2' makes it "
			"one");
	else
		message_error("--group needs to know if users without rights may load programs, but %s cannot be read; "
			      "is /proc mounted?",
			      path);
	return -EPERM;
}
