// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "message.h"
#include "netns.h"
#include "pin.h"
#include "platform.h"

#define OLDEST_MAJOR 6U
#define OLDEST_MINOR 1U

/* The inode of the initial user namespace: PROC_USER_INIT_INO, part of the kernel's ABI. */
#define INITIAL_USER_NAMESPACE 0xEFFFFFFDU

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

/* `missing`: their names, with a space in front. */
static int refuse(const char *purpose, const char *missing)
{
	message_error("%s needs%s, which this process does not have; run it with sudo", purpose, missing);
	return -EPERM;
}

static int refuse_user_namespace(const char *purpose)
{
	message_error("%s needs CAP_BPF outside of a user namespace; run it as root of the host, with sudo", purpose);
	return -EPERM;
}

int platform_check_read(void)
{
	if (!has_capability(CAP_BPF) && !has_capability(CAP_SYS_ADMIN))
		return refuse("reading a flow table", " CAP_BPF");
	if (in_user_namespace())
		return refuse_user_namespace("reading a flow table");
	return 0;
}

static int check_capabilities(const char *purpose)
{
	bool admin = has_capability(CAP_SYS_ADMIN);
	char missing[64] = "";

	if (!admin && !has_capability(CAP_BPF))
		strcat(missing, " CAP_BPF");
	if (!has_capability(CAP_NET_ADMIN))
		strcat(missing, missing[0] ? ", CAP_NET_ADMIN" : " CAP_NET_ADMIN");
	if (!admin && !has_capability(CAP_PERFMON))
		strcat(missing, missing[0] ? ", CAP_PERFMON" : " CAP_PERFMON");
	if (missing[0])
		return refuse(purpose, missing);
	if (in_user_namespace())
		return refuse_user_namespace(purpose);
	return 0;
}

static int check_loading(const char *purpose)
{
	unsigned int major = 0, minor = 0;
	struct utsname uts;

	if (!uname(&uts) && sscanf(uts.release, "%u.%u", &major, &minor) == 2 &&
	    (major < OLDEST_MAJOR || (major == OLDEST_MAJOR && minor < OLDEST_MINOR))) {
		message_error("Linux %s is too old: %u.%u is the oldest that synscope runs on", uts.release,
			      OLDEST_MAJOR, OLDEST_MINOR);
		return -ENOSYS;
	}
	return check_capabilities(purpose);
}

int platform_check_attach(void)
{
	return check_loading("attaching or detaching");
}

int platform_check_replay(void)
{
	return check_loading("replaying a capture");
}

int platform_check_netns(void)
{
	char name[NETNS_NAME_MAX];

	if (bpffs_mounted() || !netns_name_of(netns_current_inode(), name, sizeof(name)))
		return 0;
	message_error("this is inside 'ip netns exec %s', where no bpffs of the host is in sight and pins would be "
		      "lost; run it outside, with --netns %s",
		      name, name);
	return -EXDEV;
}
