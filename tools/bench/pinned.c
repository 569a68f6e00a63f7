// SPDX-License-Identifier: GPL-2.0-only
#include "pinned.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/message.h"
#include "instance/attach.h"
#include "instance/close.h"
#include "instance/detach.h"
#include "sandbox.h"

static int find_program(const char *ifname)
{
	__u32 id = 0;
	int err = bpf_xdp_query_id((int)if_nametoindex(ifname), XDP_FLAGS_DRV_MODE, &id);
	int fd = err ? err : bpf_prog_get_fd_by_id(id);

	if (fd < 0)
		message_error("cannot open the XDP program of %s: %s", ifname, strerror(errno));
	return fd;
}

int pinned_open(struct pinned *pinned, const char *ifname, __u32 max_flows)
{
	struct attach_options options;
	char peer[IFNAMSIZ];
	sigset_t before;
	int err;

	*pinned = (struct pinned){ .xdp_fd = -1 };
	snprintf(peer, sizeof(peer), "%s-peer", ifname);
	err = sandbox_veth(ifname, peer);
	if (err)
		return err;
	attach_options_defaults(&options);
	options.ifnames[0] = ifname;
	options.interfaces = 1;
	options.mode = ATTACH_NATIVE;
	options.direction = DIRECTION_INGRESS;
	options.max_flows = max_flows;
	sigprocmask(SIG_BLOCK, NULL, &before);
	err = instance_attach(&options, &pinned->instance);
	if (err)
		return err;
	sigprocmask(SIG_SETMASK, &before, NULL); /* the sandbox cleans up if a signal ends the process */
	pinned->xdp_fd = find_program(ifname);
	if (pinned->xdp_fd >= 0)
		return 0;
	pinned_close(pinned);
	return -ENOENT;
}

void pinned_close(struct pinned *pinned)
{
	char name[INSTANCE_NAME_MAX];

	if (!pinned->instance)
		return;
	memcpy(name, pinned->instance->meta.name, sizeof(name));
	instance_close(pinned->instance);
	if (pinned->xdp_fd >= 0)
		close(pinned->xdp_fd);
	instance_detach(name);
	pinned->instance = NULL;
}
