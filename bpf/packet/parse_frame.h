/* SPDX-License-Identifier: GPL-2.0-only */
/* The parser in one piece, for the host. */
#ifndef SYNSCOPE_BPF_PARSE_FRAME_H
#define SYNSCOPE_BPF_PARSE_FRAME_H

#include "bpf/packet/parse.h"

/*
 * All of a frame, for the host: a program calls these parts in the same order, some as global functions, so that the
 * verifier follows what comes after them once and not once for each path through them. `link_header`: the frame begins
 * with Ethernet, else with IP.
 */
static __always_inline int parse_frame(const struct frame *frame, _Bool link_header, struct segment *seg)
{
	int link = parse_link(frame, link_header), result;
	struct walk walk = { 0 };

	if (link_header && is_tagged(link))
		link = parse_tags(frame, link, seg);
	result = parse_network(frame, link, &walk, seg);
	if (result == PARSED_SEGMENT && seg->ipv6 && is_extension(walk.protocol))
		result = parse_extensions(frame, &walk, seg);
	return result == PARSED_SEGMENT ? parse_transport(frame, &walk, seg) : result;
}

#endif
