// SPDX-License-Identifier: GPL-2.0-only
/* The kernel's helper functions that the programs call. */
#include <linux/bpf.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../fuzz/helpers.h"
#include "../fuzz/programs.h"
#include "memory.h"
#include "world_private.h"

void *bpf_map_lookup_elem(void *map, const void *key)
{
	__u32 index;

	memcpy(&index, key, sizeof(index));
	return programs_value(world_host(), map, index);
}

__u64 bpf_ktime_get_ns(void)
{
	return world_host()->clock_ns;
}

__u64 bpf_ktime_get_coarse_ns(void)
{
	return world_host()->clock_ns;
}

__u64 bpf_jiffies64(void)
{
	return 0;
}

__u32 bpf_get_prandom_u32(void)
{
	return 0;
}

__u32 bpf_get_smp_processor_id(void)
{
	return memory_current() < 0 ? 0 : memory_current();
}

__u64 bpf_xdp_get_buff_len(struct xdp_md *ctx)
{
	return ctx->data_end - ctx->data;
}

long bpf_xdp_load_bytes(struct xdp_md *ctx, __u32 offset, void *to, __u32 bytes)
{
	memcpy(to, (const __u8 *)(uintptr_t)ctx->data + offset, bytes);
	return 0;
}

long bpf_skb_load_bytes(const void *ctx, __u32 offset, void *to, __u32 bytes)
{
	(void)ctx;
	(void)offset;
	(void)to;
	(void)bytes;
	abort(); /* only the XDP program runs here */
}

long bpf_skb_pull_data(struct __sk_buff *ctx, __u32 bytes)
{
	(void)ctx;
	(void)bytes;
	abort();
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
