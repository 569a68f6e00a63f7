/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the opener (opener.h) tells the server (opened.h), over a socket pair of SOCK_SEQPACKET, so that a message is
 * received as it was sent, or not at all. A message has a kind, a fixed size for each kind, and a fixed number of
 * descriptors. Nothing is ever sent in the other direction: the server has no requests that it could forge.
 *
 * The opener begins at once, and sends rounds: for each instance OPENER_INSTANCE when it is new or has changed,
 * OPENER_PLACE when a place for events was taken, OPENER_STATE each time, OPENER_GONE when it was detached; and at the
 * end of a round OPENER_ROUND. After the first of these, the server knows all instances, and enters its jail. If the
 * opener is to end, it sends OPENER_END. If either process ends, the other one sees the end of the connection, and
 * ends.
 */
#ifndef SYNSCOPE_SERVE_OPENER_MESSAGE_H
#define SYNSCOPE_SERVE_OPENER_MESSAGE_H

#include "instance/told.h"

#define OPENER_FDS_MAX OBJECT_COUNT

/* The objects that a server gets: it neither forgets flows nor writes a meta. */
#define OPENER_OBJECTS (OBJECTS_TABLE | OBJECTS_HISTOGRAMS | 1U << OBJECT_READER_SLOTS | 1U << OBJECT_SWEEP)

enum opener_kind {
	OPENER_INSTANCE = 1, /* with a descriptor for each of `objects`, in order; known ones are replaced */
	OPENER_PLACE, /* with the descriptor of the ring buffer; or, if `err` is set, there is no place, and none */
	OPENER_STATE,
	OPENER_GONE,
	OPENER_ROUND, /* `err`: why the instances could not be looked for, or 0 */
	OPENER_END, /* a signal asks for the end */
};

struct opener_instance {
	struct instance_meta meta;
	char fault[PIN_FAULT_MAX]; /* "" if there is none */
	__u32 objects; /* of OPENER_OBJECTS; 0 if it cannot be read */
	__u32 meta_id;
	__u32 other_layout; /* 0 or 1 */
	__u32 unused;
};

struct opener_place {
	struct event_claim claim;
	__s32 err; /* negative, or 0 */
	__u32 unused;
};

struct opener_state {
	__u64 counters[COUNTERS_MAX];
	struct told_interface interface[MAX_INTERFACES];
};

struct opener_message {
	__u32 kind; /* enum opener_kind */
	__u32 number; /* of the instance; given out once, so that another one of the same name has another */
	union {
		struct opener_instance instance;
		struct opener_place place;
		struct opener_state state;
		__s32 err; /* of a round */
	};
};

/*
 * Send a message without waiting. `fds`: as many as the message must have. Returns 0 or a negative errno: -EAGAIN if
 * the other side does not read, -EPIPE if it has ended.
 */
int opener_send(int socket, const struct opener_message *message, const int *fds);

/*
 * Receive a message, and check everything in it that the receiver relies on. The descriptors are then the caller's;
 * `count` says how many there are. Returns 1, 0 at the end of the connection, -EAGAIN if there is none, -EPROTO if
 * that is no message, or another negative errno. Unless it returns 1, no descriptor is left open.
 */
int opener_receive(int socket, struct opener_message *message, int fds[OPENER_FDS_MAX], int *count);

#endif
