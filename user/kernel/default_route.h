/* SPDX-License-Identifier: GPL-2.0-only */
/* Where packets leave that no other route takes. */
#ifndef SYNSCOPE_KERNEL_DEFAULT_ROUTE_H
#define SYNSCOPE_KERNEL_DEFAULT_ROUTE_H

#include "synscope/config.h"

/*
 * The interface of the default route of the present network namespace: of IPv4, or if there is none of IPv6; of several
 * the one with the lowest metric. Returns 0, -ENOENT if there is no default route, or another negative errno (not
 * logged).
 */
int default_route_iface(char name[IFNAME_MAX]);

#endif
