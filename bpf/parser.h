/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The parser, packet/parse.h, as the programs call it: in parts that are global functions, for XDP and for tc. Each is
 * verified once, and its stack is free again while the segment is tracked: a chain of calls has 512 bytes of stack in
 * all. The order of the parts is that of packet/parse_frame.h.
 */
#ifndef SYNSCOPE_BPF_PARSER_H
#define SYNSCOPE_BPF_PARSER_H

#include "bpf/maps.h"
#include "bpf/packet/parse.h"

static __always_inline struct frame frame_of_xdp(struct xdp_md *ctx)
{
	return (struct frame){
		.data = (const void *)(long)ctx->data,
		.data_end = (const void *)(long)ctx->data_end,
		.xdp = ctx,
		.wire_length = &wire_length,
		.timestamps = config.rtt,
	};
}

/* A skb has what XDP has not: segment counts of GSO packets, and VLAN tags that are no longer in the frame. */
static __always_inline struct frame frame_of_tc(struct __sk_buff *ctx)
{
	return (struct frame){
		.data = (const void *)(long)ctx->data,
		.data_end = (const void *)(long)ctx->data_end,
		.length = ctx->len,
		.gso_segments = ctx->gso_segs,
		.timestamps = config.rtt,
	};
}

__noinline int tag_xdp(struct xdp_md *ctx, struct segment *seg, int link)
{
	const struct frame frame = frame_of_xdp(ctx);

	return seg ? parse_tag(&frame, link, seg) : 0;
}

__noinline int tag_tc(struct __sk_buff *ctx, struct segment *seg, int link)
{
	const struct frame frame = frame_of_tc(ctx);

	return seg ? parse_tag(&frame, link, seg) : 0;
}

/* A function of its own because of the index, see add_vlan(). */
__noinline int tag_beside(struct segment *seg, __u32 tci)
{
	if (seg)
		add_vlan(seg, tci);
	return 0;
}

__noinline int extensions_xdp(struct xdp_md *ctx, struct walk *walk, struct segment *seg)
{
	const struct frame frame = frame_of_xdp(ctx);

	return walk && seg ? parse_extensions(&frame, walk, seg) : 0;
}

__noinline int extensions_tc(struct __sk_buff *ctx, struct walk *walk, struct segment *seg)
{
	const struct frame frame = frame_of_tc(ctx);

	return walk && seg ? parse_extensions(&frame, walk, seg) : 0;
}

/* Where the tunnels of the segment that this CPU parses are noted. */
static __always_inline struct flow_tunnel *noted_tunnel(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&tunnel_noted, &zero);
}

__noinline int carrier_xdp(struct xdp_md *ctx, struct segment *seg, int link)
{
	struct flow_tunnel *tunnel = noted_tunnel();
	const struct frame frame = frame_of_xdp(ctx);

	return seg && tunnel ? parse_carrier(&frame, link, seg, tunnel, config.decap) : 0;
}

__noinline int carrier_tc(struct __sk_buff *ctx, struct segment *seg, int link)
{
	struct flow_tunnel *tunnel = noted_tunnel();
	const struct frame frame = frame_of_tc(ctx);

	return seg && tunnel ? parse_carrier(&frame, link, seg, tunnel, config.decap) : 0;
}

__noinline int tunnel_xdp(struct xdp_md *ctx, const struct walk *walk, struct segment *seg)
{
	struct flow_tunnel *tunnel = noted_tunnel();
	const struct frame frame = frame_of_xdp(ctx);

	return (config.decap & TUNNELS_IN_IP) && walk && seg && tunnel
		       ? parse_tunnel(&frame, walk, seg, tunnel, config.decap)
		       : LINK_NO_TUNNEL;
}

__noinline int tunnel_tc(struct __sk_buff *ctx, const struct walk *walk, struct segment *seg)
{
	struct flow_tunnel *tunnel = noted_tunnel();
	const struct frame frame = frame_of_tc(ctx);

	return (config.decap & TUNNELS_IN_IP) && walk && seg && tunnel
		       ? parse_tunnel(&frame, walk, seg, tunnel, config.decap)
		       : LINK_NO_TUNNEL;
}

/*
 * This and the next functions are written once for XDP and tc: `ctx` is a struct __sk_buff if `tc`, which is a
 * constant, else a struct xdp_md. Up to IP, or to what cannot be followed.
 */
static __always_inline int parse_to_network(void *ctx, _Bool tc, int link, struct segment *seg)
{
	for (int i = 0; i < MAX_LINK_STEPS && !is_network(link); i++) {
		if (is_tagged(link))
			link = tc ? tag_tc(ctx, seg, link) : tag_xdp(ctx, seg, link);
		else if (is_carrier(link))
			link = tc ? carrier_tc(ctx, seg, link) : carrier_xdp(ctx, seg, link);
		else
			return LINK_REFUSED(COUNTER_NON_IP);
	}
	return is_network(link) ? link : LINK_REFUSED(COUNTER_VLAN_DEPTH);
}

static __always_inline int parse_ip_headers(void *ctx, _Bool tc, const struct frame *frame, int link, struct walk *walk,
					    struct segment *seg)
{
	int result = parse_network(frame, link, walk, seg);

	if (result == PARSED_SEGMENT && has_extension(seg, walk->protocol))
		result = tc ? extensions_tc(ctx, walk, seg) : extensions_xdp(ctx, walk, seg);
	return result;
}

static __always_inline int parse_quoted(void *ctx, _Bool tc, const struct frame *frame, struct walk *walk,
					struct segment *seg)
{
	int result = PARSED_SEGMENT;

	if (has_extension(seg, walk->protocol))
		result = tc ? extensions_tc(ctx, walk, seg) : extensions_xdp(ctx, walk, seg);
	return result == PARSED_SEGMENT ? parse_quoted_tcp(frame, walk, seg) : COUNTER_NON_TCP;
}

static __always_inline int parse_inner(void *ctx, _Bool tc, const struct frame *frame, struct walk *walk,
				       struct segment *seg)
{
	int result = PARSED_SEGMENT;

	for (int i = 0; i < TUNNEL_LAYERS && result == PARSED_SEGMENT; i++) {
		__u32 end = walk_end(walk);
		int link = tc ? tunnel_tc(ctx, walk, seg) : tunnel_xdp(ctx, walk, seg);

		if (link == LINK_NO_TUNNEL)
			break;
		link = parse_to_network(ctx, tc, link, seg);
		result = parse_ip_headers(ctx, tc, frame, link, walk, seg);
		if (result == PARSED_SEGMENT && walk_end(walk) > end)
			return COUNTER_TRUNCATED;
	}
	return result;
}

__noinline int inner_xdp(struct xdp_md *ctx, struct walk *walk, struct segment *seg)
{
	const struct frame frame = frame_of_xdp(ctx);

	return (config.decap & TUNNELS_IN_IP) && walk && seg ? parse_inner(ctx, 0, &frame, walk, seg) : PARSED_SEGMENT;
}

__noinline int inner_tc(struct __sk_buff *ctx, struct walk *walk, struct segment *seg)
{
	const struct frame frame = frame_of_tc(ctx);

	return (config.decap & TUNNELS_IN_IP) && walk && seg ? parse_inner(ctx, 1, &frame, walk, seg) : PARSED_SEGMENT;
}

static __always_inline int parse_whole(void *ctx, _Bool tc, const struct frame *frame, _Bool link_header,
				       struct segment *seg)
{
	int link = parse_link(frame, link_header), result;
	struct walk walk = {};

	if (link_header)
		link = parse_to_network(ctx, tc, link, seg);
	result = parse_ip_headers(ctx, tc, frame, link, &walk, seg);
	if (result == PARSED_SEGMENT && config.decap & TUNNELS_IN_IP && walk.protocol != IPPROTO_TCP)
		result = tc ? inner_tc(ctx, &walk, seg) : inner_xdp(ctx, &walk, seg);
	if (result == PARSED_SEGMENT)
		result = parse_transport(frame, &walk, seg);
	return result == PARSED_QUOTE ? parse_quoted(ctx, tc, frame, &walk, seg) : result;
}

/* All of a frame: what parse.h returns. */
__noinline int parse_xdp(struct xdp_md *ctx, struct segment *seg, __u32 link_header)
{
	const struct frame frame = frame_of_xdp(ctx);

	return seg ? parse_whole(ctx, 0, &frame, link_header, seg) : COUNTER_NON_IP;
}

__noinline int parse_tc(struct __sk_buff *ctx, struct segment *seg, __u32 link_header)
{
	const struct frame frame = frame_of_tc(ctx);

	if (ctx->vlan_present)
		tag_beside(seg, ctx->vlan_tci);
	return seg ? parse_whole(ctx, 1, &frame, link_header, seg) : COUNTER_NON_IP;
}

#endif
