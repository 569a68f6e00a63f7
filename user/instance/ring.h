/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The reader's side of a BPF ring buffer. libbpf has one, too, but it asks the kernel for the size of the buffer by
 * bpf(2), which a process in a jail may not call.
 */
#ifndef SYNSCOPE_INSTANCE_RING_H
#define SYNSCOPE_INSTANCE_RING_H

#include <linux/types.h>
#include <stddef.h>

struct ring {
	unsigned long *consumer; /* how far it was read: a page that the kernel reads */
	const unsigned long *producer; /* how far it was written: a page, and then the data twice */
	__u32 bytes;
};

/*
 * Map the ring buffer behind `fd`, which was created with `bytes` (a power of two, and whole pages). The fd may be
 * closed afterwards, but it is what can be polled. Returns 0 or a negative errno (not logged).
 */
int ring_open(struct ring *ring, int fd, __u32 bytes);

/* Nothing happens to one that is zeroed. */
void ring_close(struct ring *ring);

/* Hand over the records that wait, at most `max`. Returns how many. */
int ring_consume(struct ring *ring, int max, void (*handler)(const void *data, size_t size, void *context),
		 void *context);

#endif
