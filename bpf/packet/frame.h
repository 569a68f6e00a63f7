/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A frame as a program sees it, and where the parser stands in it. Lengths come from the IP header, never from the end
 * of the frame, which may be padded. Every read is behind a bounds check.
 */
#ifndef SYNSCOPE_BPF_FRAME_H
#define SYNSCOPE_BPF_FRAME_H

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "synscope/config.h"
#include "synscope/segment.h"

#define PARSED_SEGMENT (-1) /* the segment is filled in */
#define PARSED_QUOTE (-3) /* an ICMP error, of which the quoted datagram is to be parsed */
#define PARSED_UNREACHABLE (-2) /* an ICMP unreachable: addresses, ports, seq are those of the quoted segment */

/* The frame as the program sees it: the linear part, and what tells how much there is in all. */
struct frame {
	const void *data;
	const void *data_end;
	struct xdp_md *xdp; /* asked for the length of all buffers, or NULL */
	__u32 length; /* bytes of all buffers, link header included, if xdp is NULL */
	const __u32
		*wire_length; /* *wire_length: bytes of a frame whose first ones these are; 0, or NULL: it is whole */
	__u32 gso_segments; /* segments of a GSO skb, 0: not known */
	_Bool timestamps; /* are they wanted of every segment? (--rtt) */
};

/* Where the walk stands. */
struct cursor {
	const void *pos;
	__u32 offset; /* of pos in the frame */
	__u16 ethertype; /* host order */
	__u8 protocol; /* IP protocol of what follows */
	__u8 fragment; /* a first fragment: more follow */
	__u32 ip_bytes; /* IP datagram, header included */
	__u32 ip_left; /* bytes of the datagram from pos on */
};

static __always_inline _Bool have(const struct frame *frame, const struct cursor *at, __u32 bytes)
{
	return at->pos + bytes <= frame->data_end;
}

/* Bytes on the wire of a frame of which only the beginning is here, as in a capture; 0: all of it is here. */
static __always_inline __u32 beyond_frame(const struct frame *frame)
{
	return frame->wire_length ? *(const volatile __u32 *)frame->wire_length : 0;
}

static __always_inline void advance(struct cursor *at, __u32 bytes)
{
	at->pos += bytes;
	at->offset += bytes;
}

/* Where the walk stands, without a packet pointer, so that a global function can continue it. */
struct walk {
	__u32 offset; /* at most MAX_OFFSET */
	__u32 ip_bytes;
	__u32 ip_left;
	__u8 protocol;
	__u8 fragment;
	__u16 unused;
};

#define MAX_OFFSET 0x3fff

/* Where the datagram ends in the frame. */
static __always_inline __u32 walk_end(const struct walk *walk)
{
	return walk->offset + walk->ip_left;
}

static __always_inline struct walk walk_of(const struct cursor *at)
{
	return (struct walk){ at->offset, at->ip_bytes, at->ip_left, at->protocol, at->fragment, 0 };
}

static __always_inline struct cursor cursor_at(const struct frame *frame, const struct walk *walk)
{
	__u32 offset = walk->offset & MAX_OFFSET;

	return (struct cursor){ .pos = frame->data + offset,
				.offset = offset,
				.protocol = walk->protocol,
				.fragment = walk->fragment,
				.ip_bytes = walk->ip_bytes,
				.ip_left = walk->ip_left };
}

#endif
