// SPDX-License-Identifier: GPL-2.0-only
#include "instance/event_place.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "instance/object.h"

#define SLOTS_SIZE (EVENT_READERS * sizeof(struct reader_slot))
#define RINGS_SIZE_MAX (64U << 20) /* of all ring buffers of a process */
#define RING_SIZE_MIN (64U << 10)

/* ---- the owner of a slot: the process id in the lower half, the second of the claim in the upper */

static __u64 owner_word(__u64 now, pid_t reader)
{
	return now / NS_PER_S << 32 | (__u32)reader;
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
static int claim_slot(struct event_place *place, const struct event_wish *wish)
{
	__u64 now = host_boot_ns();

	for (__u32 i = 0; i < EVENT_READERS; i++) {
		struct reader_slot *slot = &place->slots[i];
		__u64 owner = __atomic_load_n(&slot->owner, __ATOMIC_ACQUIRE), ours = owner_word(now, wish->reader);

		if (!is_free(slot, owner, now) ||
		    !__atomic_compare_exchange_n(&slot->owner, &owner, ours, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
			continue;
		__atomic_store_n(&slot->heartbeat_ns, 0, __ATOMIC_RELEASE); /* until our ring is in the slot */
		__atomic_store_n(&slot->only, wish->only, __ATOMIC_RELEASE);
		place->claim = (struct event_claim){ .owner = ours,
						     .lost_before = __atomic_load_n(&slot->lost, __ATOMIC_RELAXED),
						     .slot = i,
						     .ring_bytes = wish->ring_bytes };
		return 0;
	}
	return -EBUSY;
}

bool event_place_is_held(const struct event_place *place)
{
	return place->claim.owner &&
	       __atomic_load_n(&event_place_slot(place)->owner, __ATOMIC_ACQUIRE) == place->claim.owner;
}

void event_place_release(struct event_place *place, int rings_fd)
{
	__u32 key = place->claim.slot;

	if (!place->slots || !event_place_is_held(place))
		return;
	__atomic_store_n(&event_place_slot(place)->heartbeat_ns, 0, __ATOMIC_RELEASE);
	bpf_map_delete_elem(rings_fd, &key);
	__atomic_store_n(&event_place_slot(place)->owner, 0, __ATOMIC_RELEASE);
}

/* ---- places */

static int put_ring(struct event_place *place, int rings_fd)
{
	__u32 key = place->claim.slot;

	place->ring_fd = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "events", 0, 0, place->claim.ring_bytes, NULL);
	if (place->ring_fd < 0 || bpf_map_update_elem(rings_fd, &key, &place->ring_fd, BPF_ANY))
		return -errno;
	return 0;
}

static int map_slots(struct event_place *place, int slots_fd)
{
	void *slots = mmap(NULL, SLOTS_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, slots_fd, 0);

	*place = (struct event_place){ .ring_fd = -1 };
	if (slots == MAP_FAILED)
		return -errno;
	place->slots = slots;
	return 0;
}

int event_place_take(struct event_place *place, int rings_fd, int slots_fd, const struct event_wish *wish)
{
	int err = object_check(rings_fd, OBJECT_READER_RINGS, NULL, NULL);

	*place = (struct event_place){ .ring_fd = -1 };
	if (!err)
		err = object_check(slots_fd, OBJECT_READER_SLOTS, NULL, NULL);
	if (!err)
		err = map_slots(place, slots_fd);
	if (!err)
		err = claim_slot(place, wish);
	if (!err)
		err = put_ring(place, rings_fd);
	if (!err) {
		place->claim.since_ns = host_boot_ns();
		__atomic_store_n(&event_place_slot(place)->heartbeat_ns,
				 wish->forever ? EVENT_FOREVER : place->claim.since_ns, __ATOMIC_RELEASE);
		return 0;
	}
	event_place_release(place, rings_fd);
	event_place_close(place);
	return err;
}

/* Could that be a claim of event_place_take()? */
static bool is_claim(const struct event_claim *claim)
{
	return claim->slot < EVENT_READERS && claim->owner && claim->ring_bytes >= RING_SIZE_MIN &&
	       claim->ring_bytes <= RINGS_SIZE_MAX && !(claim->ring_bytes & (claim->ring_bytes - 1));
}

int event_place_join(struct event_place *place, const struct event_claim *claim, int slots_fd, int ring_fd)
{
	int err = is_claim(claim) ? map_slots(place, slots_fd) : -EPROTO;

	if (err) {
		*place = (struct event_place){ .ring_fd = -1 };
		close(ring_fd);
		return err;
	}
	place->claim = *claim;
	place->ring_fd = ring_fd;
	return 0;
}

void event_place_close(struct event_place *place)
{
	if (!place->slots)
		return;
	munmap(place->slots, SLOTS_SIZE);
	if (place->ring_fd >= 0)
		close(place->ring_fd);
	*place = (struct event_place){ .ring_fd = -1 };
}

/* ---- what concerns all places */

__u32 event_ring_bytes(int instances)
{
	__u32 bytes = EVENT_RING_BYTES;

	while (bytes > RING_SIZE_MIN && (__u64)bytes * instances > RINGS_SIZE_MAX)
		bytes /= 2;
	return bytes;
}

static __u64 sum_lost(const struct reader_slot *slots)
{
	__u64 lost = 0;

	for (int i = 0; i < EVENT_READERS; i++)
		lost += __atomic_load_n(&slots[i].lost, __ATOMIC_RELAXED);
	return lost;
}

__u64 event_place_lost_by_all(const struct event_place *place)
{
	return sum_lost(place->slots);
}

/*
 * The slots are mapped where that is possible, so that a process in a jail can read them, too. A map that may only be
 * read cannot be mapped, as for a user of a group that may read the instance; such a process may call bpf(2).
 */
int event_slots_lost(int slots_fd, __u64 *lost)
{
	struct reader_slot *slots = mmap(NULL, SLOTS_SIZE, PROT_READ, MAP_SHARED, slots_fd, 0), copy[EVENT_READERS];
	const __u32 only = 0;

	*lost = 0;
	if (slots != MAP_FAILED) {
		*lost = sum_lost(slots);
		munmap(slots, SLOTS_SIZE);
		return 0;
	}
	if (bpf_map_lookup_elem(slots_fd, &only, copy))
		return -errno;
	*lost = sum_lost(copy);
	return 0;
}
