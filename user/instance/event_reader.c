// SPDX-License-Identifier: GPL-2.0-only
#include "instance/event_reader.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

#define HEARTBEAT_STACK_SIZE (64U << 10)

/* ---- the heartbeat */

static void send_heartbeat(struct event_reader *reader)
{
	struct reader_slot *slot = event_place_slot(&reader->place);
	__u64 last = __atomic_load_n(&slot->heartbeat_ns, __ATOMIC_ACQUIRE), now = host_boot_ns();

	if (!event_place_is_held(&reader->place))
		return;
	if (now >= last + EVENT_HEARTBEAT_NS)
		__atomic_fetch_add(&reader->held_up_ns, now - last, __ATOMIC_RELAXED);
	__atomic_store_n(&slot->heartbeat_ns, now, __ATOMIC_RELEASE);
}

static void *heartbeat_thread(void *context)
{
	struct event_reader *reader = context;
	struct timespec due;

	pthread_mutex_lock(&reader->mutex);
	while (!reader->stopping) {
		send_heartbeat(reader);
		clock_gettime(CLOCK_MONOTONIC, &due);
		due.tv_sec++;
		pthread_cond_timedwait(&reader->stop, &reader->mutex, &due);
	}
	pthread_mutex_unlock(&reader->mutex);
	return NULL;
}

int event_reader_start(struct event_reader *reader)
{
	pthread_condattr_t monotonic;
	pthread_attr_t small; /* a process may have a thousand of these threads */
	int err;

	pthread_mutex_init(&reader->mutex, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&reader->stop, &monotonic);
	pthread_condattr_destroy(&monotonic);
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, HEARTBEAT_STACK_SIZE);
	err = pthread_create(&reader->thread, &small, heartbeat_thread, reader);
	pthread_attr_destroy(&small);
	reader->thread_runs = !err;
	return -err;
}

static void stop_heartbeat(struct event_reader *reader)
{
	if (!reader->thread_runs)
		return;
	pthread_mutex_lock(&reader->mutex);
	reader->stopping = true;
	pthread_cond_signal(&reader->stop);
	pthread_mutex_unlock(&reader->mutex);
	pthread_join(reader->thread, NULL);
	pthread_cond_destroy(&reader->stop);
	pthread_mutex_destroy(&reader->mutex);
	reader->thread_runs = false;
}

/* ---- the reader */

int event_reader_join(struct event_reader *reader, const struct event_place *place, event_handler handler,
		      void *context)
{
	*reader = (struct event_reader){ .place = *place, .handler = handler, .context = context };
	return ring_open(&reader->ring, place->ring_fd, place->claim.ring_bytes);
}

static int take_place(struct event_reader *reader, int rings_fd, int slots_fd, const struct event_wish *wish,
		      event_handler handler, void *context)
{
	struct event_place place;
	int err = event_place_take(&place, rings_fd, slots_fd, wish);

	*reader = (struct event_reader){ .place = { .ring_fd = -1 } };
	if (err)
		return err;
	err = event_reader_join(reader, &place, handler, context);
	if (!err && !wish->forever)
		err = event_reader_start(reader);
	if (err)
		event_reader_close(reader, rings_fd);
	return err;
}

int event_reader_open(struct event_reader *reader, int rings_fd, int slots_fd, __u32 ring_bytes, __u32 only,
		      event_handler handler, void *context)
{
	const struct event_wish wish = { .reader = getpid(), .ring_bytes = ring_bytes, .only = only };

	return take_place(reader, rings_fd, slots_fd, &wish, handler, context);
}

int event_reader_open_private(struct event_reader *reader, int rings_fd, int slots_fd, __u32 only,
			      event_handler handler, void *context)
{
	const struct event_wish wish = {
		.reader = getpid(), .ring_bytes = EVENT_RING_BYTES, .only = only, .forever = true
	};

	return take_place(reader, rings_fd, slots_fd, &wish, handler, context);
}

void event_reader_leave(struct event_reader *reader)
{
	stop_heartbeat(reader);
	ring_close(&reader->ring);
	event_place_close(&reader->place);
}

void event_reader_close(struct event_reader *reader, int rings_fd)
{
	stop_heartbeat(reader);
	event_place_release(&reader->place, rings_fd);
	event_reader_leave(reader);
}

int event_reader_fd(const struct event_reader *reader)
{
	return reader->place.ring_fd;
}

static void on_record(const void *data, size_t size, void *context)
{
	const struct event_reader *reader = context;
	struct flow_event event = { 0 };

	if (size == EVENT_BYTES(true)) {
		reader->handler(data, reader->context);
	} else if (size == EVENT_BYTES(false)) {
		memcpy(&event, data, size);
		reader->handler(&event, reader->context);
	}
}

int event_reader_consume(struct event_reader *reader, int max)
{
	int got = ring_consume(&reader->ring, max, on_record, reader);

	return got || event_place_is_held(&reader->place) ? got : -ESTALE;
}

__u64 event_reader_held_up(struct event_reader *reader)
{
	return __atomic_exchange_n(&reader->held_up_ns, 0, __ATOMIC_RELAXED);
}

__u64 event_reader_lost(const struct event_reader *reader)
{
	const struct event_place *place = &reader->place;

	return __atomic_load_n(&event_place_slot(place)->lost, __ATOMIC_RELAXED) - place->claim.lost_before;
}
