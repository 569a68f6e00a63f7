// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

#include "kernel/attach_tc.h"
#include "base/message.h"
#include "base/reason.h"

/* From the kernel's interface of Linux 6.6, which the headers of older distributions lack. */
#define TCX_INGRESS ((enum bpf_attach_type)46)
#define TCX_EGRESS ((enum bpf_attach_type)47)
#define TCX_FIRST \
	(1U       \
	 << 3) /* BPF_F_BEFORE: ahead of all others, because a program before ours that returns OK hides the traffic */

int tcx_attach(const struct iface *iface, int program_fd, bool egress)
{
	LIBBPF_OPTS(bpf_link_create_opts, options, .flags = TCX_FIRST);
	int fd = bpf_link_create(program_fd, (int)iface->ifindex, egress ? TCX_EGRESS : TCX_INGRESS, &options);
	int err = fd < 0 ? -errno : 0;

	if (!err)
		return fd;
	if (err == -EINVAL)
		return TCX_UNSUPPORTED;
	message_error("cannot attach to tc %s of %s: %s", egress ? "egress" : "ingress", iface->name,
		      reason_of(err).text);
	return err;
}

int tcx_chain(__u32 ifindex, bool egress, __u32 *ids, __u32 room)
{
	LIBBPF_OPTS(bpf_prog_query_opts, query, .prog_ids = ids, .prog_cnt = room);

	if (!bpf_prog_query_opts((int)ifindex, egress ? TCX_EGRESS : TCX_INGRESS, &query))
		return (int)(query.prog_cnt < room ? query.prog_cnt : room);
	return errno == ENOENT || errno == ENODEV || errno == EINVAL ? 0 : -errno;
}
