/* SPDX-License-Identifier: GPL-2.0-only */
/* IPv4 and IPv6, up to what they carry: lengths, fragments, extension headers (rules 23 to 25 and 30). */
#ifndef SYNSCOPE_BPF_IP_H
#define SYNSCOPE_BPF_IP_H

#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>

#include "bpf/packet/frame.h"

#define MAX_EXTENSION_HEADERS 6
#define IPV4_MORE_FRAGMENTS 0x2000
#define IPV4_FRAGMENT_OFFSET 0x1fff
#define IPV6_FRAGMENT_OFFSET 0xfff8

struct ipv6_extension {
	__u8 next;
	__u8 length; /* in units of 8 bytes less one; AH: of 4 bytes less two */
	__be16 offset; /* fragment header: 13 bits of offset, 2 reserved, 1 more */
	__be32 id;
};

/* The beginning of a routing header; the addresses come after it. */
struct routing_header {
	__u8 next;
	__u8 length; /* in units of 8 bytes less one */
	__u8 type;
	__u8 segments_left;
	__be32 rest;
};

#define ROUTING_SOURCE 0 /* RFC 2460 4.4, deprecated by RFC 5095 */
#define ROUTING_MOBILE 2
#define ROUTING_SEGMENTS 4

/* A hop-by-hop header that begins with a jumbo payload option (RFC 2675). */
struct jumbo_option {
	__u8 next;
	__u8 header_length;
	__u8 type;
	__u8 bytes; /* of `length` */
	__be32 length; /* of the datagram without its IPv6 header */
};

#define JUMBO_OPTION 0xc2

/* Bytes of the frame from the cursor on, in all of its buffers and on the wire. */
static __always_inline __u32 all_bytes_left(const struct frame *frame, const struct cursor *at)
{
	__u32 bytes = beyond_frame(frame);

	if (!bytes)
		bytes = frame->xdp ? (__u32)bpf_xdp_get_buff_len(frame->xdp) : frame->length;
	return bytes - at->offset;
}

/* The same, but of the linear part alone if there are as many as wanted: few frames are not whole in it. */
static __always_inline __u32 bytes_left(const struct frame *frame, const struct cursor *at, __u32 wanted)
{
	__u64 linear = frame->data_end - frame->data;
	__u32 left;

	barrier_var(linear); /* the verifier allows only a 64-bit difference of packet pointers */
	left = linear - at->offset;
	if (wanted <= left)
		return left;
	return all_bytes_left(frame, at);
}

/* Checks the datagram's length against its header's, and against the frame's. */
static __always_inline int set_ip_length(const struct frame *frame, struct cursor *at, __u32 bytes, __u32 header)
{
	__u32 available = bytes_left(frame, at, bytes);

	if (bytes < header)
		return COUNTER_BAD_IP_HEADER;
	if (bytes > available)
		return COUNTER_TRUNCATED;
	at->ip_bytes = bytes;
	at->ip_left = bytes - header;
	return PARSED_SEGMENT;
}

static __always_inline int parse_ipv4(const struct frame *frame, struct cursor *at, struct segment *seg)
{
	const struct iphdr *ip = at->pos;
	__u32 header, bytes, fragment;
	int result;

	if (!have(frame, at, sizeof(*ip)))
		return COUNTER_TRUNCATED;
	header = ip->ihl * 4;
	if (ip->version != 4 || header < sizeof(*ip))
		return COUNTER_BAD_IP_HEADER;
	bytes = bpf_ntohs(ip->tot_len);
	if (!bytes) /* larger than the field can tell: BIG TCP, or captured before the offload of segmentation */
		bytes = all_bytes_left(frame, at);
	result = set_ip_length(frame, at, bytes, header);
	if (result != PARSED_SEGMENT)
		return result;
	at->protocol = ip->protocol;
	seg->addr[0][0] = ip->saddr;
	seg->addr[1][0] = ip->daddr;
	seg->ip_id = ip->id;
	fragment = bpf_ntohs(ip->frag_off);
	if ((fragment & IPV4_FRAGMENT_OFFSET) && at->protocol == IPPROTO_TCP)
		return COUNTER_FRAGMENT;
	if (fragment & IPV4_FRAGMENT_OFFSET)
		return COUNTER_NON_TCP;
	at->fragment = !!(fragment & IPV4_MORE_FRAGMENTS);
	advance(at, header);
	return PARSED_SEGMENT;
}

static __always_inline _Bool is_extension(__u8 protocol)
{
	return protocol == IPPROTO_HOPOPTS || protocol == IPPROTO_ROUTING || protocol == IPPROTO_DSTOPTS ||
	       protocol == IPPROTO_FRAGMENT || protocol == IPPROTO_AH;
}

/* Over IPv4 an authentication header alone may stand before what is carried (RFC 4302 3.1.1). */
static __always_inline _Bool has_extension(const struct segment *seg, __u8 protocol)
{
	return seg->ipv6 ? is_extension(protocol) : protocol == IPPROTO_AH;
}

/*
 * A datagram on its way over waypoints has the next of them as its destination; the connection's is the last one, as
 * the TCP checksum has it (RFC 8200 4.4; RFC 8754 2, which lists them in reverse; RFC 6275 6.4). RFC 6554 compresses
 * them.
 */
static __always_inline int parse_routing(const struct frame *frame, struct cursor *at, struct segment *seg)
{
	const struct routing_header *routing = at->pos;
	__u32 last = 0;

	if (!routing->segments_left)
		return PARSED_SEGMENT;
	if (routing->type == ROUTING_SOURCE && routing->length)
		last = (routing->length & 0xfeU) * 8 - sizeof(struct in6_addr);
	else if (routing->type != ROUTING_MOBILE && routing->type != ROUTING_SEGMENTS)
		return PARSED_SEGMENT;
	barrier_var(last);
	routing += 1;
	routing = (const void *)routing + (last & 0x7f0);
	if ((const void *)routing + sizeof(struct in6_addr) > frame->data_end)
		return COUNTER_TRUNCATED;
	__builtin_memcpy(seg->addr[1], routing, sizeof(seg->addr[1]));
	return PARSED_SEGMENT;
}

/* Steps over one extension header (RFC 8200 section 4, RFC 4302 section 2). */
static __always_inline int parse_extension(const struct frame *frame, struct cursor *at, struct segment *seg)
{
	const struct ipv6_extension *extension = at->pos;
	__u32 bytes;

	if (!have(frame, at, sizeof(*extension)))
		return COUNTER_TRUNCATED;
	if (at->protocol == IPPROTO_FRAGMENT) {
		bytes = sizeof(*extension);
		at->fragment = !!(extension->offset & bpf_htons(1));
		if (extension->offset & bpf_htons(IPV6_FRAGMENT_OFFSET))
			return extension->next == IPPROTO_TCP || is_extension(extension->next) ? COUNTER_FRAGMENT
											       : COUNTER_NON_TCP;
	} else if (at->protocol == IPPROTO_AH) {
		bytes = (extension->length + 2U) * 4;
	} else {
		bytes = (extension->length + 1U) * 8;
		if (at->protocol == IPPROTO_ROUTING && parse_routing(frame, at, seg) != PARSED_SEGMENT)
			return COUNTER_TRUNCATED;
	}
	if (bytes > at->ip_left)
		return COUNTER_BAD_IP_HEADER;
	at->protocol = extension->next;
	at->ip_left -= bytes;
	barrier_var(bytes); /* bounds that no verifier loses in the comparisons above: at most 256 times 8 */
	advance(at, bytes & 0xffc);
	return PARSED_SEGMENT;
}

/*
 * Steps over all extension headers from *walk on, and sets *walk to what comes after them. Returns PARSED_SEGMENT or
 * the reason why there is no segment.
 */
static __always_inline int parse_extensions(const struct frame *frame, struct walk *walk, struct segment *seg)
{
	struct cursor at = cursor_at(frame, walk);

	for (int i = 0; i < MAX_EXTENSION_HEADERS && is_extension(at.protocol); i++) {
		int result = parse_extension(frame, &at, seg);

		if (result != PARSED_SEGMENT)
			return result;
	}
	*walk = walk_of(&at);
	return is_extension(at.protocol) ? COUNTER_EXTENSION_DEPTH : PARSED_SEGMENT;
}

/*
 * Bytes of an IPv6 datagram whose payload length is 0: what the jumbo payload option says, which is the first one of
 * the first header (RFC 2675 3: at 4n + 2), else all there are.
 */
static __always_inline __u32 jumbo_bytes(const struct frame *frame, const struct cursor *at)
{
	const struct ipv6hdr *ip = at->pos;
	const struct jumbo_option *option = (const void *)(ip + 1);

	if (ip->nexthdr != IPPROTO_HOPOPTS || (const void *)(option + 1) > frame->data_end ||
	    option->type != JUMBO_OPTION || option->bytes != sizeof(option->length))
		return all_bytes_left(frame, at);
	return sizeof(*ip) + bpf_ntohl(option->length);
}

static __always_inline int parse_ipv6(const struct frame *frame, struct cursor *at, struct segment *seg)
{
	const struct ipv6hdr *ip = at->pos;
	__u32 bytes;
	int result;

	if (!have(frame, at, sizeof(*ip)))
		return COUNTER_TRUNCATED;
	if (ip->version != 6)
		return COUNTER_BAD_IP_HEADER;
	bytes = ip->payload_len ? sizeof(*ip) + bpf_ntohs(ip->payload_len) : jumbo_bytes(frame, at);
	result = set_ip_length(frame, at, bytes, sizeof(*ip));
	if (result != PARSED_SEGMENT)
		return result;
	at->protocol = ip->nexthdr;
	__builtin_memcpy(seg->addr[0], &ip->saddr, sizeof(seg->addr[0]));
	__builtin_memcpy(seg->addr[1], &ip->daddr, sizeof(seg->addr[1]));
	advance(at, sizeof(*ip));
	return PARSED_SEGMENT;
}

static __always_inline int parse_ip(const struct frame *frame, struct cursor *at, struct segment *seg)
{
	if (at->ethertype == ETH_P_IP)
		return parse_ipv4(frame, at, seg);
	if (at->ethertype != ETH_P_IPV6)
		return COUNTER_NON_IP;
	seg->ipv6 = 1;
	return parse_ipv6(frame, at, seg);
}

#endif
