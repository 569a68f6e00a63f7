/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Replaces libbpf's bpf_helpers.h when the programs are compiled for the host: the same macros without sections, and
 * the helpers as ordinary functions, which host.c and host_loop.c define. To be included first: it defines the include
 * guard of the real one, which then adds nothing.
 */
#ifndef __BPF_HELPERS__ /* NOLINT(bugprone-reserved-identifier) */
#define __BPF_HELPERS__

#include <linux/bpf.h>

#undef __always_inline
#define __always_inline inline __attribute__((always_inline))
#undef __noinline
#define __noinline __attribute__((noinline))

#define __uint(name, val) int(*name)[val]
#define __type(name, val) typeof(val) *name
#define __array(name, val) typeof(val) *name[]
#define SEC(name)

#define barrier_var(var) asm volatile("" : "=r"(var) : "0"(var))

/* libbpf has another function with this name, for user space. */
#define bpf_map_lookup_elem host_map_lookup_elem

void *bpf_map_lookup_elem(void *map, const void *key);
__u64 bpf_ktime_get_ns(void);
__u64 bpf_ktime_get_coarse_ns(void);
__u64 bpf_jiffies64(void);
__u32 bpf_get_prandom_u32(void);
__u32 bpf_get_smp_processor_id(void);
__u64 bpf_xdp_get_buff_len(struct xdp_md *ctx);
long bpf_xdp_load_bytes(struct xdp_md *ctx, __u32 offset, void *to, __u32 bytes);
long bpf_skb_load_bytes(const void *ctx, __u32 offset, void *to, __u32 bytes);
long bpf_skb_pull_data(struct __sk_buff *ctx, __u32 bytes);
long bpf_loop(__u32 rounds, void *callback, void *argument, __u64 flags);
void *bpf_ringbuf_reserve(void *ring, __u64 bytes, __u64 flags);
void bpf_ringbuf_submit(void *record, __u64 flags);

#endif
