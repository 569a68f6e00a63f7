/* SPDX-License-Identifier: GPL-2.0-only */
/* What the user can choose when attaching. */
#ifndef SYNSCOPE_INSTANCE_OPTIONS_H
#define SYNSCOPE_INSTANCE_OPTIONS_H

#include <linux/types.h>
#include <stdbool.h>

#include "synscope/config.h"
#include "synscope/histogram.h"

#include "kernel/attach_xdp.h"

#define MAX_FLOWS_DEFAULT 65536
#define MAX_FLOWS_LIMIT (1 << 28) /* twice as many slots, whose numbers must have room in 32 bits */

#define INSTANCE_NAME_EXPECTED "1 to 63 bytes without spaces or control characters"
_Static_assert(INSTANCE_NAME_MAX == 64, "INSTANCE_NAME_EXPECTED says so");

#define EXCEPT_MAX 64 /* patterns */

enum attach_direction {
	DIRECTION_DEFAULT, /* both for one interface that is no loopback, else ingress; see choose_hooks() for `all` */
	DIRECTION_BOTH,
	DIRECTION_INGRESS,
};

/* Strings are the caller's and must outlive the call they are passed to. */
struct attach_options {
	/* Of the instance; NULL: the first interface's or "all", with NETNS: in front if netns is given. */
	const char *name;
	const char *ifnames[MAX_INTERFACES];
	char default_ifname[IFNAME_MAX]; /* to which ifnames[0] points if no interface was given */
	int interfaces; /* how many of ifnames[] are used, at least 1, and 0 with `all` */
	bool all; /* all interfaces of the namespace, … */
	bool follow; /* … also those that appear while the process runs, … */
	const char *except[EXCEPT_MAX]; /* … but for those whose name matches one of these shell patterns */
	int excepts; /* how many patterns there are */
	enum attach_mode mode;
	enum attach_direction direction;
	__u32 max_flows; /* 1 to MAX_FLOWS_LIMIT */
	__u64 timeout_ns[TIMEOUT_COUNT]; /* by enum flow_timeout; TIMEOUT_NONE: off */
	const char *netns; /* NULL, a name under `ip netns`, or a process id */
	__u16 ports[SERVER_PORTS]; /* that have latency histograms of their own; the first `port_count` are used */
	unsigned int port_count; /* 0: the first ports that are seen get histograms */
	const char *group; /* whose members may read the instance; NULL: none */
	bool key_vlan; /* VLAN ids are part of a flow's identity */
	bool key_tunnel; /* kinds and ids of tunnels are */
	bool rtt; /* time round trips */
	bool decap_given; /* `decap` is not the default any more */
	__u32 decap; /* TUNNEL_BIT() of the kinds of tunnels that are followed */
	bool force; /* replace an XDP program that netlink attached */
	bool pin; /* false: everything vanishes with the process (`run`) */
};

/* Set everything to its default: no interfaces yet, pinned. */
void attach_options_defaults(struct attach_options *options);

/*
 * Fill in all of a configuration that the options decide, and a random hash key; the rest becomes 0. Returns 0 or -EIO
 * (logged).
 */
int attach_options_config(const struct attach_options *options, struct synscope_config *config);

/* May an instance have this name? Otherwise it is not what INSTANCE_NAME_EXPECTED says. */
bool instance_name_valid(const char *name);

#endif
