/* SPDX-License-Identifier: GPL-2.0-only */
/* A flow of a history, which is a row of its file: its record, and what is needed to decode and to label it. */
#ifndef SYNSCOPE_HISTORY_FLOW_H
#define SYNSCOPE_HISTORY_FLOW_H

#include <net/if.h>
#include <stdbool.h>

#include "synscope/config.h"
#include "synscope/event.h"
#include "synscope/tunnel.h"

/* What many flows have in common. Two are equal if all their bytes are, so that unused ones must be 0. */
struct history_origin {
	char instance[INSTANCE_NAME_MAX];
	char ifname[IF_NAMESIZE]; /* "": not known */
	__u64 interface_deleted; /* or 0 */
	__s64 wall_offset_ns; /* to add to a time of the record to get the time since 1970 */
	__u64 timeout_ns[TIMEOUT_COUNT];
};

struct history_flow {
	struct flow_hot hot;
	struct flow_cold cold;
	struct flow_round_trips round_trips;
	struct history_origin origin;
	__u64 now_ns; /* for which the record is decoded, on its own clock */
	enum retire_reason retired;
	const char *reason; /* why there is a record, "ended": a text that lives forever */
	bool again; /* there may be an earlier row of this flow, which this one replaces */
	bool tunnel_known;
	struct flow_tunnel tunnel; /* without layers: in none */
};

#endif
