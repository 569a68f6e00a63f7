/* SPDX-License-Identifier: GPL-2.0-only */
/* The parser in one piece, for the host. */
#ifndef SYNSCOPE_BPF_PARSE_FRAME_H
#define SYNSCOPE_BPF_PARSE_FRAME_H

#include "bpf/packet/parse.h"

/* Up to IP, or to what cannot be followed. */
static __always_inline int parse_to_network(const struct frame *frame, int link, struct segment *seg,
					    struct flow_tunnel *tunnel, __u32 decap)
{
	for (int i = 0; i < MAX_LINK_STEPS && !is_network(link); i++) {
		if (is_tagged(link))
			link = parse_tag(frame, link, seg);
		else if (is_carrier(link))
			link = parse_carrier(frame, link, seg, tunnel, decap);
		else
			return LINK_REFUSED(COUNTER_NON_IP);
	}
	return is_network(link) ? link : LINK_REFUSED(COUNTER_VLAN_DEPTH);
}

static __always_inline int parse_ip_headers(const struct frame *frame, int link, struct walk *walk, struct segment *seg)
{
	int result = parse_network(frame, link, walk, seg);

	if (result == PARSED_SEGMENT && has_extension(seg, walk->protocol))
		result = parse_extensions(frame, walk, seg);
	return result;
}

/* What an ICMP error quotes; of a tracked SYN or not, it is no TCP otherwise. */
static __always_inline int parse_quoted(const struct frame *frame, struct walk *walk, struct segment *seg)
{
	if (has_extension(seg, walk->protocol) && parse_extensions(frame, walk, seg) != PARSED_SEGMENT)
		return COUNTER_NON_TCP;
	return parse_quoted_tcp(frame, walk, seg);
}

static __always_inline int parse_inner(const struct frame *frame, struct walk *walk, struct segment *seg,
				       struct flow_tunnel *tunnel, __u32 decap)
{
	int result = PARSED_SEGMENT;

	for (int i = 0; i < TUNNEL_LAYERS && result == PARSED_SEGMENT; i++) {
		__u32 end = walk_end(walk);
		int link = parse_tunnel(frame, walk, seg, tunnel, decap);

		if (link == LINK_NO_TUNNEL)
			break;
		link = parse_to_network(frame, link, seg, tunnel, decap);
		result = parse_ip_headers(frame, link, walk, seg);
		if (result == PARSED_SEGMENT && walk_end(walk) > end)
			return COUNTER_TRUNCATED;
	}
	return result;
}

/*
 * All of a frame, for the host: a program calls these parts in the same order, some as global functions, so that the
 * verifier follows what comes after them once and not once for each path through them (bpf/parser.h). `link_header`:
 * the frame begins with Ethernet, else with IP. `decap`: the kinds of tunnels that are followed; those that the segment
 * was found in are in *tunnel, if seg->tunnels is not 0.
 */
static __always_inline int parse_frame(const struct frame *frame, _Bool link_header, __u32 decap, struct segment *seg,
				       struct flow_tunnel *tunnel)
{
	int link = parse_link(frame, link_header), result;
	struct walk walk = { 0 };

	if (link_header)
		link = parse_to_network(frame, link, seg, tunnel, decap);
	result = parse_ip_headers(frame, link, &walk, seg);
	if (result == PARSED_SEGMENT && decap & TUNNELS_IN_IP && walk.protocol != IPPROTO_TCP)
		result = parse_inner(frame, &walk, seg, tunnel, decap);
	if (result == PARSED_SEGMENT)
		result = parse_transport(frame, &walk, seg);
	return result == PARSED_QUOTE ? parse_quoted(frame, &walk, seg) : result;
}

#endif
