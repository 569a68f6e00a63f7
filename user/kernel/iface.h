/* SPDX-License-Identifier: GPL-2.0-only */
/* What must be known of a network interface before programs are attached to it. */
#ifndef SYNSCOPE_KERNEL_IFACE_H
#define SYNSCOPE_KERNEL_IFACE_H

#include <linux/types.h>
#include <stdbool.h>

#include "synscope/config.h"

struct iface {
	char name[IFNAME_MAX];
	__u32 ifindex;
	__u32 mtu; /* bytes of IP datagram */
	bool loopback; /* what it sends it also receives */
	bool no_link_header; /* its frames start at IP */
	bool strips_vlan; /* takes the VLAN tag off a frame before XDP sees it */
};

/* Look up `name` in the present network namespace. Returns a negative errno (logged) if it cannot be tracked. */
int iface_lookup(const char *name, struct iface *iface);

#endif
