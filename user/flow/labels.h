/* SPDX-License-Identifier: GPL-2.0-only */
/* What is shown with a flow and is not in its record. */
#ifndef SYNSCOPE_FLOW_LABELS_H
#define SYNSCOPE_FLOW_LABELS_H

#include <stdbool.h>

#include <linux/types.h>

struct process_sockets;
struct services;

struct flow_labels {
	const char *instance;
	const char *ifname; /* NULL: not known */
	bool interface_gone; /* it exists no more */
	__s64 wall_offset_ns; /* what to add to the record's clock to have the time of day */
	const struct services *services; /* for people, names of server ports; NULL: numbers */
	const struct process_sockets *sockets; /* to show the processes at both ends; NULL: not wanted */
};

/* How output says whether an interface exists. */
static inline const char *interface_state_name(bool gone)
{
	return gone ? "gone" : "up";
}

#endif
