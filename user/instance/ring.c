// SPDX-License-Identifier: GPL-2.0-only
#include "instance/ring.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <unistd.h>

#define LENGTH_MASK (~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT))

static size_t page_bytes(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

/* The kernel maps the data twice, one after the other, so that no record is broken at the end of the buffer. */
static size_t producer_bytes(const struct ring *ring)
{
	return page_bytes() + 2 * (size_t)ring->bytes;
}

int ring_open(struct ring *ring, int fd, __u32 bytes)
{
	void *consumer = mmap(NULL, page_bytes(), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), *producer;

	*ring = (struct ring){ .bytes = bytes };
	if (consumer == MAP_FAILED)
		return -errno;
	ring->consumer = consumer;
	producer = mmap(NULL, producer_bytes(ring), PROT_READ, MAP_SHARED, fd, (off_t)page_bytes());
	if (producer == MAP_FAILED) {
		int err = -errno;

		ring_close(ring);
		return err;
	}
	ring->producer = producer;
	return 0;
}

void ring_close(struct ring *ring)
{
	if (ring->producer)
		munmap((void *)ring->producer, producer_bytes(ring));
	if (ring->consumer)
		munmap(ring->consumer, page_bytes());
	*ring = (struct ring){ 0 };
}

/* The length of a record and of its header, which are whole multiples of 8 bytes. */
static unsigned long whole_length(__u32 length)
{
	return ((unsigned long)(length & LENGTH_MASK) + BPF_RINGBUF_HDR_SZ + 7) / 8 * 8;
}

int ring_consume(struct ring *ring, int max, void (*handler)(const void *data, size_t size, void *context),
		 void *context)
{
	const char *data = (const char *)ring->producer + page_bytes();
	unsigned long at = __atomic_load_n(ring->consumer, __ATOMIC_ACQUIRE);
	int count = 0;

	while (count < max && at < __atomic_load_n(ring->producer, __ATOMIC_ACQUIRE)) {
		const char *record = data + (at & (ring->bytes - 1));
		__u32 length = __atomic_load_n((const __u32 *)record, __ATOMIC_ACQUIRE);

		if (length & BPF_RINGBUF_BUSY_BIT)
			break;
		if (!(length & BPF_RINGBUF_DISCARD_BIT)) {
			handler(record + BPF_RINGBUF_HDR_SZ, length & LENGTH_MASK, context);
			count++;
		}
		at += whole_length(length);
		__atomic_store_n(ring->consumer, at, __ATOMIC_RELEASE);
	}
	return count;
}
