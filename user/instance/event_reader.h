/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading events (synscope/event.h): a reader claims a slot, and the programs put every event into the ring buffer of
 * the slot as long as the reader sends heartbeats. Nothing is printed by any function here.
 */
#ifndef SYNSCOPE_INSTANCE_EVENT_READER_H
#define SYNSCOPE_INSTANCE_EVENT_READER_H

#include <pthread.h>
#include <stdbool.h>

#include "synscope/event.h"

/* Called with every event. */
typedef void (*event_handler)(const struct flow_event *event, void *context);

struct event_reader {
	struct reader_slot *slots; /* all of them, mapped */
	struct ring_buffer *ring;
	int slot; /* ours, -1: none */
	__u64 owner; /* what our slot says while it is ours */
	__u32 only; /* see struct reader_slot */
	__u64 lost_before; /* events that the slot had lost when it was claimed */
	int left; /* events that may still be handled in this round */
	event_handler handler;
	void *context;
	/* Heartbeats come from a thread, so that writing to a slow terminal does not stop them. */
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t stop;
	bool thread_runs, stopping;
	__u64 held_up_ns; /* how long heartbeats were missed, atomic */
};

/*
 * Claim a free slot of the maps `reader_rings` and `reader_slots`, and keep it until the reader is closed. The struct
 * must not be moved; the fds may be closed. `ring_bytes`: the size of the ring buffer, see event_ring_bytes(). Returns
 * 0 or a negative errno: -EBUSY if all slots are taken, OBJECT_WRONG if the fds are other maps, or what the kernel
 * said.
 */
int event_reader_open(struct event_reader *reader, int rings_fd, int slots_fd, __u32 ring_bytes, event_handler handler,
		      void *context);

/* The size of each ring buffer if so many instances are watched at once; ring buffers are memory of the kernel. */
__u32 event_ring_bytes(int instances);

/* The same for private maps (replay): takes slot 0, which never expires. `only`: see struct reader_slot. */
int event_reader_open_private(struct event_reader *reader, int rings_fd, int slots_fd, __u32 only,
			      event_handler handler, void *context);

/* Release the slot. `rings_fd`: as at opening; negative if the instance was detached, and the slot with it. */
void event_reader_close(struct event_reader *reader, int rings_fd);

/* An fd that can be polled for events. */
int event_reader_fd(const struct event_reader *reader);

/*
 * Hand over the events that wait, at most `max`. Returns how many, or a negative errno. -ESTALE: this process was held
 * up for so long that another one claimed the slot; no more events will come.
 */
int event_reader_consume(struct event_reader *reader, int max);

/*
 * For how long, in ns, no events were kept for this reader since the last call, because the process was held up for
 * more than EVENT_HEARTBEAT_NS: stopped, or asleep with the machine.
 */
__u64 event_reader_held_up(struct event_reader *reader);

/* Events that were lost since the reader was opened, because its ring buffer was full. */
__u64 event_reader_lost(const struct event_reader *reader);

/* Events that were ever lost by all readers of the same instance. */
__u64 event_reader_lost_by_all(const struct event_reader *reader);

/* Events that were ever lost in all slots of a map `reader_slots`. Returns 0 or a negative errno. */
int event_slots_lost(int slots_fd, __u64 *lost);

#endif
