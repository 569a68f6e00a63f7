/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The place of a reader of events: a slot (struct reader_slot of synscope/event.h), and the ring buffer that is in it.
 * One process may take a place for another one: taking and releasing it needs bpf(2), which a process in a jail may not
 * call, and CAP_BPF; holding and reading it needs neither. Nothing is printed by any function here.
 */
#ifndef SYNSCOPE_INSTANCE_EVENT_PLACE_H
#define SYNSCOPE_INSTANCE_EVENT_PLACE_H

#include <stdbool.h>
#include <sys/types.h>

#include "synscope/event.h"

/* What one process has to tell another about a place, besides the fds of the slots and of the ring buffer. */
struct event_claim {
	__u64 owner; /* what the slot says while the place is held */
	__u64 lost_before; /* events that the slot had lost when it was taken */
	__u64 since_ns; /* boot clock: events of this time and later are in the ring buffer */
	__u32 slot;
	__u32 ring_bytes;
};

struct event_place {
	struct reader_slot *slots; /* all of them, mapped; NULL: there is no place */
	struct event_claim claim;
	int ring_fd;
};

/* How a place is to be taken. */
struct event_wish {
	pid_t reader; /* the process that will read */
	__u32 ring_bytes; /* see event_ring_bytes() */
	__u32 only; /* see struct reader_slot */
	bool forever; /* never expires, for private maps */
};

/*
 * Take a free place of the maps `reader_rings` and `reader_slots`, whose fds may be closed afterwards. Events arrive
 * from now on, and as long as the reader sends heartbeats. Returns 0 or a negative errno: -EBUSY if all are taken,
 * OBJECT_WRONG if the fds are other maps, or what the kernel said.
 */
int event_place_take(struct event_place *place, int rings_fd, int slots_fd, const struct event_wish *wish);

/*
 * Hold a place that another process has taken for this one. Takes over `ring_fd`, also if it fails. Returns 0 or a
 * negative errno: -EPROTO if the claim is none.
 */
int event_place_join(struct event_place *place, const struct event_claim *claim, int slots_fd, int ring_fd);

/* Is the slot still that of the reader? If heartbeats are missed, another reader may claim it. */
bool event_place_is_held(const struct event_place *place);

/* Give the slot back. `rings_fd`: as at taking; negative if the instance was detached, and the slot with it. */
void event_place_release(struct event_place *place, int rings_fd);

/* Without giving the slot back. Nothing happens to a place that is zeroed. */
void event_place_close(struct event_place *place);

/* The size of each ring buffer if so many instances are watched at once; ring buffers are memory of the kernel. */
__u32 event_ring_bytes(int instances);

/*
 * Events that were ever lost in all slots of a map `reader_slots`, which was checked to be one. Returns 0 or a negative
 * errno.
 */
int event_slots_lost(int slots_fd, __u64 *lost);

/* The same for the slots of a place that is held. */
__u64 event_place_lost_by_all(const struct event_place *place);

/* The slot that is held. */
static inline struct reader_slot *event_place_slot(const struct event_place *place)
{
	return &place->slots[place->claim.slot];
}

#endif
