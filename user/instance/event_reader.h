/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading events (synscope/event.h): a reader takes a place, in which the programs put every event into its own ring
 * buffer as long as its heart beats.
 */
#ifndef SYNSCOPE_INSTANCE_EVENT_READER_H
#define SYNSCOPE_INSTANCE_EVENT_READER_H

#include <pthread.h>
#include <stdbool.h>

#include "synscope/event.h"

/* What an event is given to. */
typedef void (*event_handler)(const struct flow_event *event, void *context);

struct event_reader {
	struct reader_slot *places; /* all of them, mapped */
	struct ring_buffer *ring;
	int place; /* -1: none */
	__u64 owner; /* as it stands in our place */
	__u64 lost_before; /* count of our place when it was taken */
	int left; /* events that may still be handled in this round */
	event_handler handler;
	void *context;
	/* the heart: a thread, so that writing to a slow terminal does not stop it */
	pthread_t heart;
	pthread_mutex_t mutex;
	pthread_cond_t stop;
	bool beating, stopping;
	__u64 held_up_ns; /* how long it did not beat all the same, atomic */
};

/*
 * Take a free place of the maps `readers` and `places`, and keep it until the reader is closed. The struct must stay
 * where it is, the fds may be closed. `ring_bytes`: of its ring buffer, see event_ring_bytes(). -EBUSY: all places are
 * taken; OBJECT_WRONG: these are other maps. Otherwise a negative errno is what the kernel said. Nothing is printed by
 * any function here.
 */
int event_reader_open(struct event_reader *reader, int readers_fd, int places_fd, __u32 ring_bytes,
		      event_handler handler, void *context);

/* Room for the events of each of `instances` that are watched at once: ring buffers are the kernel's memory. */
__u32 event_ring_bytes(int instances);

/* Take the first place of maps that nobody else knows, for as long as they live. */
int event_reader_open_own(struct event_reader *reader, int readers_fd, int places_fd, event_handler handler,
			  void *context);

/* Give the place back. `readers_fd`: as it was opened with; negative: the instance is gone, and the place with it. */
void event_reader_close(struct event_reader *reader, int readers_fd);

/* An fd that can be polled for events. */
int event_reader_fd(const struct event_reader *reader);

/*
 * Hand over the events that wait, at most `most`, and return how many, or a negative errno; -ESTALE: the process was
 * held up for so long that the place went to another, and nothing comes any more.
 */
int event_reader_consume(struct event_reader *reader, int most);

/*
 * For how long, in ns, nothing was kept for us since this was last asked, because the process was held up for more than
 * EVENT_HEARTBEAT_NS: stopped, or asleep with the machine.
 */
__u64 event_reader_held_up(struct event_reader *reader);

/* Events that found no room since the reader was opened. */
__u64 event_reader_lost(const struct event_reader *reader);

/* Events ever lost in all places of a map `places`. Returns 0 or a negative errno. */
int event_places_lost(int places_fd, __u64 *lost);

#endif
