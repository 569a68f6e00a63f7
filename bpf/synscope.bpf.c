// SPDX-License-Identifier: GPL-2.0-only
/*
 * The programs: XDP on ingress, tc on egress (or on both, --mode tc), each for devices with and without a link header.
 * They only observe: the verdict is XDP_PASS or TC_ACT_UNSPEC, whatever happens. And two programs that userspace runs:
 * `sweep`, which sends timeouts as events and frees stale records, and `flush`, which frees the records of given flows
 * (both in expire.h).
 *
 *   frame -> packet/parse.h -> struct segment -> packet/key.h -> table/flow_table.h -> slot -> rules/rule.h
 *   -> ruling -> record/commit.h -> record
 */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

#include "bpf/maps.h"
#include "bpf/packet/tcp_options.h"
#include "bpf/parser.h"
#include "bpf/record/tunnels.h"
#include "bpf/fast.h"
#include "bpf/track.h"
#include "bpf/expire.h"

/* What a skb should have in its linear part: Ethernet, tags, IPv6 with extension headers, TCP; and tunnels. */
#define PULL_BYTES 256
#define PULL_BYTES_DECAP 512

/*
 * Sets the key of a parsed segment and updates its flow. Returns 0, with nothing changed, if the segment is one for
 * track_segment(). A global function: verified once.
 */
__noinline int track_established(struct segment *seg)
{
	__u64 hash;

	if (!seg)
		return 0;
	hash = set_key(seg, &config);
	return !(seg->flags & (SEGMENT_SYN | SEGMENT_FIN | SEGMENT_RST)) && !seg->open_end && track_found(seg, hash);
}

/* Handles what parse_frame() returned. Returns 1 if the segment needs its options parsed and then track_segment(). */
static __always_inline _Bool track_parsed(struct segment *seg, int parsed)
{
	if (parsed >= 0) {
		count(parsed);
		return 0;
	}
	if (parsed == PARSED_UNREACHABLE) {
		count(COUNTER_NON_TCP);
		track_unreachable(seg);
		return 0;
	}
	return !track_established(seg);
}

/* Bytes of options to load, in bounds that the verifier sees without following any branch: 1 to 64. */
static __always_inline __u32 options_length(const struct segment *seg)
{
	return ((seg->options_len - 1) & (sizeof(((struct option_bytes *)0)->byte) - 1)) + 1;
}

/* Apart from the program, so that the buffer is off the stack while the segment is tracked. */
static __noinline void xdp_options(struct xdp_md *ctx, struct segment *seg)
{
	struct option_bytes options = {};

	if (seg->options_len && bpf_xdp_load_bytes(ctx, seg->options_at, &options, options_length(seg)) == 0)
		walk_options(seg, &options);
}

static __noinline void tc_options(struct __sk_buff *ctx, struct segment *seg)
{
	struct option_bytes options = {};

	if (seg->options_len && bpf_skb_load_bytes(ctx, seg->options_at, &options, options_length(seg)) == 0)
		walk_options(seg, &options);
}

/* Counts what is not TCP. Inlined into the programs, because a call would cost as much as the check itself. */
static __always_inline _Bool pass_udp(const void *data, const void *data_end, _Bool link_header)
{
	const struct frame frame = { .data = data, .data_end = data_end };

	if (!is_simple_udp(&frame, link_header))
		return 0;
	count(COUNTER_NON_TCP);
	return 1;
}

/*
 * Fast path. Returns 0, with nothing changed, if the frame does not qualify. `ipv6` is a constant: that an IPv4 segment
 * has no other addresses is known to the compiler, which keeps it in registers.
 */
static __always_inline int track_fast(const struct frame *frame, _Bool link_header, _Bool ipv6)
{
	struct segment seg;

	if (!(ipv6 ? parse_fast_ipv6(frame, link_header, &seg) : parse_fast(frame, link_header, &seg)))
		return 0;
	return track_found(&seg, set_first_key(&seg, &config));
}

static __always_inline struct frame plain_frame_of_xdp(struct xdp_md *ctx)
{
	return (struct frame){
		.data = (const void *)(long)ctx->data,
		.data_end = (const void *)(long)ctx->data_end,
		.wire_length = &wire_length,
		.timestamps = config.rtt,
	};
}

static __always_inline struct frame plain_frame_of_tc(struct __sk_buff *ctx)
{
	return (struct frame){
		.data = (const void *)(long)ctx->data,
		.data_end = (const void *)(long)ctx->data_end,
		.gso_segments = ctx->gso_segs,
		.timestamps = config.rtt,
	};
}

/* Global functions, so that the verifier follows the rest of the program once, not once for each path through these. */
__noinline int fast_xdp(struct xdp_md *ctx, __u32 link_header)
{
	const struct frame frame = plain_frame_of_xdp(ctx);

	return track_fast(&frame, link_header, 0);
}

__noinline int fast_xdp_ipv6(struct xdp_md *ctx, __u32 link_header)
{
	const struct frame frame = plain_frame_of_xdp(ctx);

	return track_fast(&frame, link_header, 1);
}

__noinline int fast_tc(struct __sk_buff *ctx, __u32 link_header)
{
	const struct frame frame = plain_frame_of_tc(ctx);

	return !ctx->vlan_present && track_fast(&frame, link_header, 0);
}

__noinline int fast_tc_ipv6(struct __sk_buff *ctx, __u32 link_header)
{
	const struct frame frame = plain_frame_of_tc(ctx);

	return !ctx->vlan_present && track_fast(&frame, link_header, 1);
}

/* The fast path of either IP. `ctx` is a struct __sk_buff if `tc`, else a struct xdp_md. */
static __always_inline int fast(void *ctx, _Bool tc, const void *data, const void *data_end, _Bool link_header)
{
	const struct frame frame = { .data = data, .data_end = data_end };

	if (is_simple_ipv6(&frame, link_header))
		return tc ? fast_tc_ipv6(ctx, link_header) : fast_xdp_ipv6(ctx, link_header);
	return tc ? fast_tc(ctx, link_header) : fast_xdp(ctx, link_header);
}

/* What the fast path has declined. Inlined, but apart: a frame of the fast path does not pay for a zeroed segment. */
static __always_inline void slow_xdp(struct xdp_md *ctx, _Bool link_header)
{
	struct segment seg = { .ifindex = ctx->ingress_ifindex };

	if (!track_parsed(&seg, parse_xdp(ctx, &seg, link_header)))
		return;
	xdp_options(ctx, &seg);
	set_tunnel(&seg);
	track_segment(&seg);
}

static __always_inline int xdp(struct xdp_md *ctx, _Bool link_header)
{
	const void *data = (const void *)(long)ctx->data, *data_end = (const void *)(long)ctx->data_end;

	if (!pass_udp(data, data_end, link_header) && !fast(ctx, 0, data, data_end, link_header))
		slow_xdp(ctx, link_header);
	return XDP_PASS;
}

/* Brings the headers of a skb whose data is in fragments into its linear part. */
static __noinline void pull_headers(struct __sk_buff *ctx)
{
	const void *data = (const void *)(long)ctx->data, *data_end = (const void *)(long)ctx->data_end;
	__u32 most = config.decap & TUNNELS_IN_IP ? PULL_BYTES_DECAP : PULL_BYTES;
	__u32 wanted = ctx->len < most ? ctx->len : most;
	__u64 linear = data_end - data;

	barrier_var(linear);
	if (linear < wanted)
		bpf_skb_pull_data(ctx, wanted);
}

/* The same as slow_xdp(). */
static __always_inline void slow_tc(struct __sk_buff *ctx, _Bool link_header)
{
	struct segment seg = { .ifindex = ctx->ifindex };

	if (!track_parsed(&seg, parse_tc(ctx, &seg, link_header)))
		return;
	tc_options(ctx, &seg);
	set_tunnel(&seg);
	track_segment(&seg);
}

static __always_inline int tc(struct __sk_buff *ctx, _Bool link_header)
{
	const void *data, *data_end;

	pull_headers(ctx);
	data = (const void *)(long)ctx->data;
	data_end = (const void *)(long)ctx->data_end;
	if (!pass_udp(data, data_end, link_header) && !fast(ctx, 1, data, data_end, link_header))
		slow_tc(ctx, link_header);
	return TC_ACT_UNSPEC;
}

SEC("xdp.frags") int xdp_ether(struct xdp_md *ctx)
{
	return xdp(ctx, 1);
}

SEC("xdp.frags") int xdp_raw(struct xdp_md *ctx)
{
	return xdp(ctx, 0);
}

SEC("tc") int tc_ether(struct __sk_buff *ctx)
{
	return tc(ctx, 1);
}

SEC("tc") int tc_raw(struct __sk_buff *ctx)
{
	return tc(ctx, 0);
}

SEC("syscall") int sweep(struct sweep_request *request)
{
	return sweep_table(request);
}

char _license[] SEC("license") = "GPL";
