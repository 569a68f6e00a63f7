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

#define SLOTS_SIZE (EVENT_READERS * sizeof(struct reader_slot))
#define RINGS_SIZE_MAX (64U << 20) /* of all ring buffers of a process */
#define RING_SIZE_MIN (64U << 10)
#define HEARTBEAT_STACK_SIZE (64U << 10)

/* ---- the owner of a slot: the process id in the lower half, the second of the claim in the upper */

static __u64 owner_word(__u64 now)
{
	return now / NS_PER_S << 32 | (__u32)getpid();
}

static bool is_alive(__u64 owner)
{
	return !kill((pid_t)(__u32)owner, 0) || errno != ESRCH;
}

/*
 * Is the slot free: has it no owner, or did the owner die or miss its heartbeats? A new owner is given the same time
 * before its first heartbeat.
 */
static bool is_free(const struct reader_slot *slot, __u64 owner, __u64 now)
{
	__u64 heartbeat = __atomic_load_n(&slot->heartbeat_ns, __ATOMIC_ACQUIRE);
	__u64 taken = (owner >> 32) * NS_PER_S;

	if (!owner || !is_alive(owner))
		return true;
	return now >= heartbeat + EVENT_HEARTBEAT_NS && now >= taken + EVENT_HEARTBEAT_NS;
}

/* Returns 0, or -EBUSY if no slot is free. */
static int claim_slot(struct event_reader *reader)
{
	__u64 now = host_boot_ns();

	for (int i = 0; i < EVENT_READERS; i++) {
		struct reader_slot *slot = &reader->slots[i];
		__u64 owner = __atomic_load_n(&slot->owner, __ATOMIC_ACQUIRE);

		reader->owner = owner_word(now);
		if (!is_free(slot, owner, now) ||
		    !__atomic_compare_exchange_n(&slot->owner, &owner, reader->owner, false, __ATOMIC_ACQ_REL,
						 __ATOMIC_RELAXED))
			continue;
		__atomic_store_n(&slot->heartbeat_ns, 0, __ATOMIC_RELEASE); /* until our ring is in the slot */
		__atomic_store_n(&slot->only, reader->only, __ATOMIC_RELEASE);
		reader->slot = i;
		reader->lost_before = __atomic_load_n(&slot->lost, __ATOMIC_RELAXED);
		return 0;
	}
	return -EBUSY;
}

static bool is_ours(const struct event_reader *reader)
{
	return reader->slot >= 0 &&
	       __atomic_load_n(&reader->slots[reader->slot].owner, __ATOMIC_ACQUIRE) == reader->owner;
}

static void release_slot(struct event_reader *reader, int rings_fd)
{
	__u32 key = reader->slot;

	if (is_ours(reader)) {
		__atomic_store_n(&reader->slots[key].heartbeat_ns, 0, __ATOMIC_RELEASE);
		bpf_map_delete_elem(rings_fd, &key);
		__atomic_store_n(&reader->slots[key].owner, 0, __ATOMIC_RELEASE);
	}
	reader->slot = -1;
}

/* ---- the heartbeat */

static void send_heartbeat(struct event_reader *reader)
{
	struct reader_slot *slot = &reader->slots[reader->slot];
	__u64 last = __atomic_load_n(&slot->heartbeat_ns, __ATOMIC_ACQUIRE), now = host_boot_ns();

	if (!is_ours(reader))
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

static int start_heartbeat(struct event_reader *reader)
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

/* ---- the ring buffer */

static int on_sample(void *context, void *data, size_t size)
{
	struct event_reader *reader = context;

	if (size == sizeof(struct flow_event))
		reader->handler(data, reader->context);
	return --reader->left > 0 ? 0 : -EAGAIN;
}

static int put_ring(struct event_reader *reader, int rings_fd, __u32 ring_bytes)
{
	int fd = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "events", 0, 0, ring_bytes, NULL);
	__u32 key = reader->slot;
	int err = 0;

	if (fd < 0)
		return -errno;
	reader->ring = ring_buffer__new(fd, on_sample, reader, NULL);
	if (!reader->ring || bpf_map_update_elem(rings_fd, &key, &fd, BPF_ANY))
		err = -errno;
	close(fd); /* ring and map hold it now */
	return err;
}

static int publish_ring(struct event_reader *reader, int rings_fd, __u32 ring_bytes, __u64 heartbeat)
{
	int err = claim_slot(reader);

	if (!err)
		err = put_ring(reader, rings_fd, ring_bytes);
	if (!err)
		__atomic_store_n(&reader->slots[reader->slot].heartbeat_ns, heartbeat, __ATOMIC_RELEASE);
	return err;
}

static int open_with(struct event_reader *reader, int rings_fd, int slots_fd, __u32 ring_bytes, __u64 heartbeat)
{
	int err = object_check(rings_fd, OBJECT_READER_RINGS, 0, NULL);

	if (!err)
		err = object_check(slots_fd, OBJECT_READER_SLOTS, 0, NULL);
	if (err)
		return err;
	reader->slots = mmap(NULL, SLOTS_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, slots_fd, 0);
	if (reader->slots == MAP_FAILED) {
		reader->slots = NULL;
		return -errno;
	}
	err = publish_ring(reader, rings_fd, ring_bytes, heartbeat);
	if (!err && heartbeat != EVENT_FOREVER)
		err = start_heartbeat(reader);
	if (err)
		event_reader_close(reader, rings_fd);
	return err;
}

int event_reader_open(struct event_reader *reader, int rings_fd, int slots_fd, __u32 ring_bytes, event_handler handler,
		      void *context)
{
	*reader = (struct event_reader){ .slot = -1, .handler = handler, .context = context };
	return open_with(reader, rings_fd, slots_fd, ring_bytes, host_boot_ns());
}

int event_reader_open_private(struct event_reader *reader, int rings_fd, int slots_fd, __u32 only,
			      event_handler handler, void *context)
{
	*reader = (struct event_reader){ .slot = -1, .only = only, .handler = handler, .context = context };
	return open_with(reader, rings_fd, slots_fd, EVENT_RING_BYTES, EVENT_FOREVER);
}

__u32 event_ring_bytes(int instances)
{
	__u32 bytes = EVENT_RING_BYTES;

	while (bytes > RING_SIZE_MIN && (__u64)bytes * instances > RINGS_SIZE_MAX)
		bytes /= 2;
	return bytes;
}

void event_reader_close(struct event_reader *reader, int rings_fd)
{
	if (!reader->slots)
		return;
	stop_heartbeat(reader);
	release_slot(reader, rings_fd);
	ring_buffer__free(reader->ring);
	munmap(reader->slots, SLOTS_SIZE);
	reader->ring = NULL;
	reader->slots = NULL;
}

int event_reader_fd(const struct event_reader *reader)
{
	return ring_buffer__epoll_fd(reader->ring);
}

int event_reader_consume(struct event_reader *reader, int max)
{
	int result;

	reader->left = max;
	result = ring_buffer__consume(reader->ring);
	if (result < 0 && result != -EAGAIN)
		return result;
	return max - reader->left || is_ours(reader) ? max - reader->left : -ESTALE;
}

__u64 event_reader_held_up(struct event_reader *reader)
{
	return __atomic_exchange_n(&reader->held_up_ns, 0, __ATOMIC_RELAXED);
}

__u64 event_reader_lost(const struct event_reader *reader)
{
	return __atomic_load_n(&reader->slots[reader->slot].lost, __ATOMIC_RELAXED) - reader->lost_before;
}

static __u64 sum_lost(const struct reader_slot *slots)
{
	__u64 lost = 0;

	for (int i = 0; i < EVENT_READERS; i++)
		lost += __atomic_load_n(&slots[i].lost, __ATOMIC_RELAXED);
	return lost;
}

__u64 event_reader_lost_by_all(const struct event_reader *reader)
{
	return sum_lost(reader->slots);
}

int event_slots_lost(int slots_fd, __u64 *lost)
{
	int err = object_check(slots_fd, OBJECT_READER_SLOTS, 0, NULL);
	struct reader_slot slots[EVENT_READERS];
	__u32 only = 0;

	*lost = 0;
	if (err)
		return err;
	if (bpf_map_lookup_elem(slots_fd, &only, slots))
		return -errno;
	*lost = sum_lost(slots);
	return 0;
}
