// SPDX-License-Identifier: GPL-2.0-only
#include "instance/event_reader.h"
#include "base/clock.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "instance/object.h"

#define PLACES_BYTES (EVENT_READERS * sizeof(struct reader_slot))
#define RINGS_BYTES_MOST (64U << 20) /* of all that a process watches */
#define RING_BYTES_LEAST (64U << 10)
#define HEART_STACK_BYTES (64U << 10)

/* ---- whose is a place: process id in the lower half, second of taking it in the upper */

static __u64 owner_word(__u64 now)
{
	return now / NS_PER_S << 32 | (__u32)getpid();
}

static bool is_alive(__u64 owner)
{
	return !kill((pid_t)(__u32)owner, 0) || errno != ESRCH;
}

/* Its owner is gone, or was held up for so long that the programs gave it up. Who has just come has not beaten yet. */
static bool is_free(const struct reader_slot *place, __u64 owner, __u64 now)
{
	__u64 heartbeat = __atomic_load_n(&place->heartbeat_ns, __ATOMIC_ACQUIRE);
	__u64 taken = (owner >> 32) * NS_PER_S;

	if (!owner || !is_alive(owner))
		return true;
	return now >= heartbeat + EVENT_HEARTBEAT_NS && now >= taken + EVENT_HEARTBEAT_NS;
}

/* -EBUSY if there is no free one. */
static int take_index(struct event_reader *reader)
{
	__u64 now = monotonic_ns();

	for (int i = 0; i < EVENT_READERS; i++) {
		struct reader_slot *place = &reader->places[i];
		__u64 owner = __atomic_load_n(&place->owner, __ATOMIC_ACQUIRE);

		reader->owner = owner_word(now);
		if (!is_free(place, owner, now) ||
		    !__atomic_compare_exchange_n(&place->owner, &owner, reader->owner, false, __ATOMIC_ACQ_REL,
						 __ATOMIC_RELAXED))
			continue;
		__atomic_store_n(&place->heartbeat_ns, 0, __ATOMIC_RELEASE); /* until our ring is in */
		reader->place = i;
		reader->lost_before = __atomic_load_n(&place->lost, __ATOMIC_RELAXED);
		return 0;
	}
	return -EBUSY;
}

static bool is_ours(const struct event_reader *reader)
{
	return reader->place >= 0 &&
	       __atomic_load_n(&reader->places[reader->place].owner, __ATOMIC_ACQUIRE) == reader->owner;
}

static void leave_place(struct event_reader *reader, int readers_fd)
{
	__u32 key = reader->place;

	if (is_ours(reader)) {
		__atomic_store_n(&reader->places[key].heartbeat_ns, 0, __ATOMIC_RELEASE);
		bpf_map_delete_elem(readers_fd, &key);
		__atomic_store_n(&reader->places[key].owner, 0, __ATOMIC_RELEASE);
	}
	reader->place = -1;
}

/* ---- the heart */

static void beat(struct event_reader *reader)
{
	struct reader_slot *place = &reader->places[reader->place];
	__u64 last = __atomic_load_n(&place->heartbeat_ns, __ATOMIC_ACQUIRE), now = monotonic_ns();

	if (!is_ours(reader))
		return;
	if (now >= last + EVENT_HEARTBEAT_NS)
		__atomic_fetch_add(&reader->held_up_ns, now - last, __ATOMIC_RELAXED);
	__atomic_store_n(&place->heartbeat_ns, now, __ATOMIC_RELEASE);
}

static void *keep_beating(void *context)
{
	struct event_reader *reader = context;
	struct timespec due;

	pthread_mutex_lock(&reader->mutex);
	while (!reader->stopping) {
		beat(reader);
		clock_gettime(CLOCK_MONOTONIC, &due);
		due.tv_sec++;
		pthread_cond_timedwait(&reader->stop, &reader->mutex, &due);
	}
	pthread_mutex_unlock(&reader->mutex);
	return NULL;
}

static int start_heart(struct event_reader *reader)
{
	pthread_condattr_t monotonic;
	pthread_attr_t small; /* there may be a thousand of them */
	int err;

	pthread_mutex_init(&reader->mutex, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&reader->stop, &monotonic);
	pthread_condattr_destroy(&monotonic);
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, HEART_STACK_BYTES);
	err = pthread_create(&reader->heart, &small, keep_beating, reader);
	pthread_attr_destroy(&small);
	reader->beating = !err;
	return -err;
}

static void stop_heart(struct event_reader *reader)
{
	if (!reader->beating)
		return;
	pthread_mutex_lock(&reader->mutex);
	reader->stopping = true;
	pthread_cond_signal(&reader->stop);
	pthread_mutex_unlock(&reader->mutex);
	pthread_join(reader->heart, NULL);
	pthread_cond_destroy(&reader->stop);
	pthread_mutex_destroy(&reader->mutex);
	reader->beating = false;
}

/* ---- the ring buffer */

static int on_sample(void *context, void *data, size_t size)
{
	struct event_reader *reader = context;

	if (size == sizeof(struct flow_event))
		reader->handler(data, reader->context);
	return --reader->left > 0 ? 0 : -EAGAIN;
}

static int put_ring(struct event_reader *reader, int readers_fd, __u32 ring_bytes)
{
	int fd = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "events", 0, 0, ring_bytes, NULL);
	__u32 key = reader->place;
	int err = 0;

	if (fd < 0)
		return -errno;
	reader->ring = ring_buffer__new(fd, on_sample, reader, NULL);
	if (!reader->ring || bpf_map_update_elem(readers_fd, &key, &fd, BPF_ANY))
		err = -errno;
	close(fd); /* the ring and the place hold it now */
	return err;
}

static int settle(struct event_reader *reader, int readers_fd, __u32 ring_bytes, __u64 heartbeat)
{
	int err = take_index(reader);

	if (!err)
		err = put_ring(reader, readers_fd, ring_bytes);
	if (!err)
		__atomic_store_n(&reader->places[reader->place].heartbeat_ns, heartbeat, __ATOMIC_RELEASE);
	return err;
}

static int open_with(struct event_reader *reader, int readers_fd, int places_fd, __u32 ring_bytes, __u64 heartbeat)
{
	int err = object_check(readers_fd, OBJECT_READER_RINGS, 0, NULL);

	if (!err)
		err = object_check(places_fd, OBJECT_READER_SLOTS, 0, NULL);
	if (err)
		return err;
	reader->places = mmap(NULL, PLACES_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, places_fd, 0);
	if (reader->places == MAP_FAILED) {
		reader->places = NULL;
		return -errno;
	}
	err = settle(reader, readers_fd, ring_bytes, heartbeat);
	if (!err && heartbeat != EVENT_FOREVER)
		err = start_heart(reader);
	if (err)
		event_reader_close(reader, readers_fd);
	return err;
}

int event_reader_open(struct event_reader *reader, int readers_fd, int places_fd, __u32 ring_bytes,
		      event_handler handler, void *context)
{
	*reader = (struct event_reader){ .place = -1, .handler = handler, .context = context };
	return open_with(reader, readers_fd, places_fd, ring_bytes, monotonic_ns());
}

int event_reader_open_own(struct event_reader *reader, int readers_fd, int places_fd, event_handler handler,
			  void *context)
{
	*reader = (struct event_reader){ .place = -1, .handler = handler, .context = context };
	return open_with(reader, readers_fd, places_fd, EVENT_RING_BYTES, EVENT_FOREVER);
}

__u32 event_ring_bytes(int instances)
{
	__u32 bytes = EVENT_RING_BYTES;

	while (bytes > RING_BYTES_LEAST && (__u64)bytes * instances > RINGS_BYTES_MOST)
		bytes /= 2;
	return bytes;
}

void event_reader_close(struct event_reader *reader, int readers_fd)
{
	if (!reader->places)
		return;
	stop_heart(reader);
	leave_place(reader, readers_fd);
	ring_buffer__free(reader->ring);
	munmap(reader->places, PLACES_BYTES);
	reader->ring = NULL;
	reader->places = NULL;
}

int event_reader_fd(const struct event_reader *reader)
{
	return ring_buffer__epoll_fd(reader->ring);
}

int event_reader_consume(struct event_reader *reader, int most)
{
	int result;

	reader->left = most;
	result = ring_buffer__consume(reader->ring);
	if (result < 0 && result != -EAGAIN)
		return result;
	return most - reader->left || is_ours(reader) ? most - reader->left : -ESTALE;
}

__u64 event_reader_held_up(struct event_reader *reader)
{
	return __atomic_exchange_n(&reader->held_up_ns, 0, __ATOMIC_RELAXED);
}

__u64 event_reader_lost(const struct event_reader *reader)
{
	return __atomic_load_n(&reader->places[reader->place].lost, __ATOMIC_RELAXED) - reader->lost_before;
}

int event_places_lost(int places_fd, __u64 *lost)
{
	int err = object_check(places_fd, OBJECT_READER_SLOTS, 0, NULL);
	struct reader_slot places[EVENT_READERS];
	__u32 only = 0;

	*lost = 0;
	if (err)
		return err;
	if (bpf_map_lookup_elem(places_fd, &only, places))
		return -errno;
	for (int i = 0; i < EVENT_READERS; i++)
		*lost += places[i].lost;
	return 0;
}
