// SPDX-License-Identifier: GPL-2.0-only
#include "sandbox.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/message.h"
#include "kernel/netlink.h"

#define BPFFS "/sys/fs/bpf"

static int fail(const char *what)
{
	int err = -errno;

	message_error("cannot %s: %s%s", what, strerror(-err), err == -EPERM ? "; run it as root" : "");
	return err;
}

/* Chooses the last CPU, because most interrupts go to the first one. */
static int choose_cpu(void)
{
	cpu_set_t cpus, one;

	if (sched_getaffinity(0, sizeof(cpus), &cpus))
		return fail("see on which CPUs to run");
	CPU_ZERO(&one);
	for (int cpu = CPU_SETSIZE - 1; cpu >= 0; cpu--) {
		if (!CPU_ISSET(cpu, &cpus))
			continue;
		CPU_SET(cpu, &one);
		break;
	}
	return sched_setaffinity(0, sizeof(one), &one) ? fail("choose a CPU") : 0;
}

static int set_up(const char *name)
{
	struct rtnl_request request;

	rtnl_begin(&request, RTM_NEWLINK, 0, sizeof(request.link));
	request.link.ifi_flags = IFF_UP;
	request.link.ifi_change = IFF_UP;
	rtnl_put_string(&request, IFLA_IFNAME, name);
	return rtnl_ask(&request, NULL);
}

int sandbox_enter(void)
{
	int err = 0;

	if (unshare(CLONE_NEWNS | CLONE_NEWNET))
		return fail("make namespaces to run in");
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) || mount("bpf", BPFFS, "bpf", 0, NULL))
		return fail("mount a bpffs");
	if (set_up("lo"))
		return -ENODEV;
	for (int i = 0; !err && i < SANDBOX_HOLDS; i += 2) {
		char names[2][IFNAMSIZ];

		snprintf(names[0], sizeof(names[0]), "hold%d", i);
		snprintf(names[1], sizeof(names[1]), "hold%d", i + 1);
		err = sandbox_veth(names[0], names[1]);
	}
	return err ? err : choose_cpu();
}

static int first_of(const cpu_set_t *cpus)
{
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, cpus))
			return cpu;
	return -1;
}

int sandbox_two_cpus(int cpus[2])
{
	cpu_set_t ours, others;

	if (sched_getaffinity(0, sizeof(ours), &ours))
		return -errno;
	cpus[0] = first_of(&ours);
	memset(&others, 0xff, sizeof(others));
	CPU_CLR(cpus[0], &others);
	if (sched_setaffinity(0, sizeof(others), &others)) /* fails if none of these CPUs exists */
		return -ENOENT;
	sched_getaffinity(0, sizeof(others), &others);
	cpus[1] = first_of(&others);
	sched_setaffinity(0, sizeof(ours), &ours);
	return 0;
}

static int make_pair(const char *name, const char *peer)
{
	struct ifinfomsg peer_link = { 0 };
	struct rtnl_request request;
	struct rtattr *info, *data, *other;

	rtnl_begin(&request, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof(request.link));
	rtnl_put_string(&request, IFLA_IFNAME, name);
	info = rtnl_nest(&request, IFLA_LINKINFO);
	rtnl_put_string(&request, IFLA_INFO_KIND, "veth");
	data = rtnl_nest(&request, IFLA_INFO_DATA);
	other = rtnl_nest(&request, VETH_INFO_PEER);
	memcpy((char *)&request + NLMSG_ALIGN(request.header.nlmsg_len), &peer_link, sizeof(peer_link));
	request.header.nlmsg_len += NLMSG_ALIGN(sizeof(peer_link));
	rtnl_put_string(&request, IFLA_IFNAME, peer);
	rtnl_nest_end(&request, other);
	rtnl_nest_end(&request, data);
	rtnl_nest_end(&request, info);
	return rtnl_ask(&request, NULL);
}

int sandbox_veth(const char *name, const char *peer)
{
	int err = make_pair(name, peer);

	if (!err)
		err = set_up(name);
	if (!err)
		err = set_up(peer);
	if (err)
		message_error("cannot make a pair of veth interfaces: %s", strerror(-err));
	return err;
}

int sandbox_hold(int place, int program)
{
	LIBBPF_OPTS(bpf_link_create_opts, options, .flags = XDP_FLAGS_DRV_MODE);
	char name[IFNAMSIZ];
	int fd;

	snprintf(name, sizeof(name), "hold%d", place);
	fd = bpf_link_create(program, (int)if_nametoindex(name), BPF_XDP, &options);
	return fd < 0 ? fail("attach a generator to a veth interface") : fd;
}
