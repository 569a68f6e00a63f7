/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading events (synscope/event.h): a reader holds a place, and the programs put every event into the ring buffer of
 * it as long as the reader sends heartbeats. Nothing is printed by any function here.
 */
#ifndef SYNSCOPE_INSTANCE_EVENT_READER_H
#define SYNSCOPE_INSTANCE_EVENT_READER_H

#include <pthread.h>
#include <stdbool.h>

#include "instance/event_place.h"
#include "instance/ring.h"

/* Called with every event. */
typedef void (*event_handler)(const struct flow_event *event, void *context);

struct event_reader {
	struct event_place place;
	struct ring ring;
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
 * Take a place of the maps `reader_rings` and `reader_slots`, and keep it until the reader is closed. The struct must
 * not be moved; the fds may be closed. `ring_bytes`: the size of the ring buffer, see event_ring_bytes(). `only`: see
 * struct reader_slot. Returns 0 or a negative errno: -EBUSY if all places are taken, OBJECT_WRONG if the fds are other
 * maps, or what the kernel said.
 */
int event_reader_open(struct event_reader *reader, int rings_fd, int slots_fd, __u32 ring_bytes, __u32 only,
		      event_handler handler, void *context);

/* The same for private maps (replay): takes slot 0, which never expires. `only`: see struct reader_slot. */
int event_reader_open_private(struct event_reader *reader, int rings_fd, int slots_fd, __u32 only,
			      event_handler handler, void *context);

/*
 * The same in two steps, of which only taking the place needs rights: read from a place that is held, which the reader
 * takes over, also on failure; then start the thread of the heartbeats, which must be within EVENT_HEARTBEAT_NS after
 * the place was taken. Each returns 0 or a negative errno; then event_reader_leave() is to be called.
 */
int event_reader_join(struct event_reader *reader, const struct event_place *place, event_handler handler,
		      void *context);
int event_reader_start(struct event_reader *reader);

/* Release the place. `rings_fd`: as at opening; negative if the instance was detached, and the place with it. */
void event_reader_close(struct event_reader *reader, int rings_fd);

/* Stop reading without releasing the place, which another process has taken for this one. */
void event_reader_leave(struct event_reader *reader);

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

#endif
