/* SPDX-License-Identifier: GPL-2.0-only */
/* What output shows about a flow that is not in its record. */
#ifndef SYNSCOPE_FLOW_LABELS_H
#define SYNSCOPE_FLOW_LABELS_H

#include <stdbool.h>

#include <linux/types.h>

struct flow_tunnel;
struct host_names;
struct process_sockets;
struct services;

/* What output says of each flow on request alone. */
struct flow_extras {
	bool processes; /* those of both ends */
	bool host_names; /* those of their addresses */
	bool rtt; /* round trips: in tables, where they are for those who measure them */
};

struct flow_labels {
	const char *instance;
	const char *ifname; /* NULL: not known */
	bool interface_deleted; /* the interface was deleted */
	bool interface_recorded; /* it is that of a capture, of which nothing is known but its name */
	__s64 wall_offset_ns; /* to add to a time of the record to get the time since 1970 */
	const struct flow_tunnel *tunnels; /* see tunnel_of_number() */
	const struct services *services; /* names of server ports, for people; NULL: print numbers */
	const struct process_sockets *sockets; /* the processes at both ends; NULL: not wanted */
	bool named; /* the names of both addresses are wanted */
	struct host_names *host_names; /* these, as far as they are known; NULL: none is */
};

/* The word in output for whether an interface exists. */
static inline const char *interface_state_name(bool deleted)
{
	return deleted ? "gone" : "up";
}

#endif
