/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Replaces libbpf's bpf_helpers.h when the programs are compiled for the host: the same macros without sections, and
 * the helpers as ordinary functions. To be included first: it defines the include guard of the real one, which then
 * adds nothing. The functions that are only declared here are defined by the program that links programs.c.
 */
#ifndef __BPF_HELPERS__ /* NOLINT(bugprone-reserved-identifier) */
#define __BPF_HELPERS__

#include <errno.h>
#include <linux/bpf.h>

#undef __always_inline
#define __always_inline inline __attribute__((always_inline))
#undef __noinline
#define __noinline /* it is there for the verifier */

#define __uint(name, val) int(*name)[val]
#define __type(name, val) typeof(val) *name
#define __array(name, val) typeof(val) *name[]
#define SEC(name)

#define barrier_var(var) asm volatile("" : "=r"(var) : "0"(var))

/* The contexts of the programs, with addresses of 64 instead of 32 bits, and with the frame for the helpers. */
struct host_xdp {
	__u64 data, data_end; /* the linear part */
	const __u8 *frame; /* all of it, in one piece */
	__u32 length;
	__u32 ingress_ifindex;
};

struct host_skb {
	__u64 data, data_end;
	const __u8 *frame;
	__u32 len;
	__u32 ifindex;
	__u32 gso_segs;
	__u32 vlan_present;
	__u32 vlan_tci;
};

#define xdp_md host_xdp
#define __sk_buff host_skb

void *bpf_ringbuf_reserve(void *ring, __u64 bytes, __u64 flags);
void bpf_ringbuf_submit(void *record, __u64 flags);
void bpf_ringbuf_discard(void *record, __u64 flags);
long bpf_skb_pull_data(struct __sk_buff *ctx, __u32 bytes);

/* The clock of the kernel, which is never read: config.manual_clock is set on the host. */
static inline __u64 bpf_ktime_get_boot_ns(void)
{
	return 0;
}

static inline __u64 bpf_jiffies64(void)
{
	return 0;
}

static inline __u64 bpf_xdp_get_buff_len(const struct xdp_md *ctx)
{
	return ctx->length;
}

static inline long host_load_bytes(const __u8 *frame, __u32 length, __u32 offset, void *to, __u32 bytes)
{
	if ((__u64)offset + bytes > length)
		return -EINVAL;
	__builtin_memcpy(to, frame + offset, bytes);
	return 0;
}

static inline long bpf_xdp_load_bytes(const struct xdp_md *ctx, __u32 offset, void *to, __u32 bytes)
{
	return host_load_bytes(ctx->frame, ctx->length, offset, to, bytes);
}

static inline long bpf_skb_load_bytes(const struct __sk_buff *ctx, __u32 offset, void *to, __u32 bytes)
{
	return host_load_bytes(ctx->frame, ctx->len, offset, to, bytes);
}

/* A macro, because what is called has an argument of another type each time. */
#define bpf_loop(rounds, callback, argument, flags)               \
	({                                                        \
		__u32 host_round = 0;                             \
                                                                  \
		while (host_round < (rounds))                     \
			if ((callback)(host_round++, (argument))) \
				break;                            \
		(long)host_round;                                 \
	})

#endif
