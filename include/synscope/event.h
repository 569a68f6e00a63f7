/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the programs send to readers: one struct flow_event for each change of a record, and to those who ask for them
 * for each round trip, in the ring buffer of each reader.
 *
 * A reader takes one of EVENT_READERS slots: it puts its own ring buffer into the map of maps `reader_rings`, and keeps
 * the heartbeat of that slot (struct reader_slot, in the mmapable array `reader_slots`) younger than
 * EVENT_HEARTBEAT_NS. The programs write to every slot with a fresh heartbeat, and to none otherwise; what finds no
 * room is counted there. One ring buffer has one consumer: two readers of one buffer would steal from each other.
 */
#ifndef SYNSCOPE_EVENT_H
#define SYNSCOPE_EVENT_H

#include "flow.h"
#include "round_trip.h"

#define EVENT_READERS 8
#define EVENT_HEARTBEAT_NS (10ULL * 1000 * 1000 * 1000)
#define EVENT_FOREVER (~0ULL) /* as a heartbeat: a reader that cannot go away, on a clock of its own (replay) */
#define EVENT_RING_BYTES (4U * 1024 * 1024) /* of a reader's ring buffer: about 9,000 events */

struct reader_slot {
	__u64 heartbeat_ns; /* CLOCK_BOOTTIME, EVENT_FOREVER, or 0: written by the reader */
	__u64 lost; /* events that found no room: added to by the programs, atomically */
	__u64 owner; /* process id of the reader, taken by compare-and-swap */
	__u64 only; /* EVENT_*: the kinds that the reader wants, 0: EVENT_CHANGES; written by the reader */
};

/* flow_event.kinds */
#define EVENT_NEW (1U << 0)
#define EVENT_CLIENT_STATE (1U << 1) /* from, to: see ANNOUNCED_CLIENT() of was and is */
#define EVENT_SERVER_STATE (1U << 2)
#define EVENT_HANDSHAKE (1U << 3) /* the client's ACK was believed: the latencies are final */
#define EVENT_CLOSED (1U << 4) /* with the final record */
#define EVENT_RETIRED \
	(1U << 5) /* the record is about to be overwritten or freed; was ANNOUNCED_CLOSED if closed before */
#define EVENT_ROUND_TRIP_CLIENT (1U << 6) /* one to this end was timed (--rtt), and took `elapsed` */
#define EVENT_ROUND_TRIP_SERVER (1U << 7)

/* What a reader gets that names no kinds. Round trips are too many for those who do not ask for them. */
#define EVENT_CHANGES ((EVENT_RETIRED << 1) - 1)
#define EVENT_ROUND_TRIPS (EVENT_ROUND_TRIP_CLIENT | EVENT_ROUND_TRIP_SERVER)

/* Why a record was retired. */
enum retire_reason {
	RETIRE_NOT, /* it was not */
	RETIRE_REPLACED, /* by a new incarnation */
	RETIRE_ENDED, /* closed, in TIME_WAIT or timed out: its room was reused or swept */
	RETIRE_EVICTED, /* live, but room was needed */
	RETIRE_FLUSHED, /* by the user */
};

/*
 * flow_cold.announced: what events have said of this incarnation. The CPU whose compare-and-swap changes it sends the
 * event. Bits 0-3 state of the client, 4-7 of the server, then ANNOUNCED_*, 25-31 the generation as in the facts word.
 */
#define ANNOUNCED_STATES(client, server) ((__u32)(client) | (__u32)(server) << 4)
#define ANNOUNCED_CLIENT(announced) ((announced)&0xf)
#define ANNOUNCED_SERVER(announced) ((announced) >> 4 & 0xf)
#define ANNOUNCED_NEW (1U << 8)
#define ANNOUNCED_HANDSHAKE (1U << 9)
#define ANNOUNCED_CLOSED (1U << 10)

struct flow_event {
	__u64 time_ns; /* of the segment, or of the sweep */
	__u32 kinds; /* EVENT_* */
	__u32 slot;
	__u32 was; /* announced before; changes of kinds that no reader wants are not */
	__u32 is; /* announced now */
	__u32 reason; /* enum retire_reason */
	__u32 elapsed; /* of EVENT_ROUND_TRIP_*, as it was timed; units of 2^ROUND_TRIP_SHIFT ns */
	struct flow_hot hot;
	struct flow_cold cold;
	struct flow_round_trips round_trips; /* with --rtt; otherwise an event ends here */
};

/* Of an event, by config.rtt. */
#define EVENT_BYTES(rtt) ((rtt) ? sizeof(struct flow_event) : __builtin_offsetof(struct flow_event, round_trips))

_Static_assert(sizeof(struct reader_slot) == 32, "reader_slot");
_Static_assert(__builtin_offsetof(struct flow_event, round_trips) == 480, "flow_event");
_Static_assert(__builtin_offsetof(struct flow_event, hot) == 32, "flow_event.hot");

#endif
