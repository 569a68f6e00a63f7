// SPDX-License-Identifier: GPL-2.0-only
/* The kernel's helper functions that the programs call. */
#include <stdlib.h>

#include "bpf/host/helpers.h"
#include "world_private.h"

__u64 *host_counters(void)
{
	return world_host()->counters;
}

long bpf_skb_pull_data(struct __sk_buff *ctx, __u32 bytes)
{
	(void)ctx;
	(void)bytes;
	abort(); /* only the XDP program runs here */
}

void *bpf_ringbuf_reserve(void *ring, __u64 bytes, __u64 flags)
{
	(void)ring;
	(void)bytes;
	(void)flags;
	return NULL; /* as if the ring were full: check_announced() needs no events */
}

void bpf_ringbuf_submit(void *record, __u64 flags)
{
	(void)record;
	(void)flags;
}

void bpf_ringbuf_discard(void *record, __u64 flags)
{
	(void)record;
	(void)flags;
}
