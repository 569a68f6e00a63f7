/* SPDX-License-Identifier: GPL-2.0-only */
/* What is needed to know about a network interface before programs are attached to it. */
#ifndef SYNSCOPE_KERNEL_IFACE_H
#define SYNSCOPE_KERNEL_IFACE_H

#include <linux/types.h>
#include <stdbool.h>

#include "synscope/config.h"

struct iface {
	char name[IFNAME_MAX];
	__u32 ifindex;
	__u32 mtu; /* bytes of IP datagram */
	unsigned int type; /* ARPHRD_* */
	bool loopback; /* what it sends it also receives */
	bool no_link_header; /* its frames start at IP */
	bool strips_vlan; /* removes the VLAN tag of a frame before XDP sees it */
};

/*
 * Look up `name` in the present network namespace. Returns 0 or a negative errno (logged), also if the interface cannot
 * be tracked.
 */
int iface_lookup(const char *name, struct iface *iface);

/*
 * The same, not logged: -ENODEV or -ENXIO if there is no such interface, -EPFNOSUPPORT if it cannot be tracked.
 * iface_complain() logs what was returned.
 */
int iface_query(const char *name, struct iface *iface);
void iface_complain(const char *name, const struct iface *iface, int err);

#endif
