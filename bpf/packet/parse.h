/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frame -> struct segment (docs/specification.md, rules 22 to 30): what link.h and ip.h have led to, TCP or an ICMP
 * error. No packet pointer leaves these files. A frame that is refused leaves a reason and nothing else.
 */
#ifndef SYNSCOPE_BPF_PARSE_H
#define SYNSCOPE_BPF_PARSE_H

#include "bpf/packet/ip.h"
#include "bpf/packet/link.h"
#include "bpf/packet/tunnel.h"

#define TCP_HEADER_MIN 20
#define TIMESTAMPS_HEAD 0x0101080a /* NOP, NOP, kind and length; TSval and TSecr follow */
#define TIMESTAMPS_WORDS 3

/* RFC 9293 3.1; linux/tcp.h has the flags as bit-fields, which cost more to combine. */
struct tcp_header {
	__u32 ports; /* source, destination, as they lie there */
	__be32 seq;
	__be32 ack;
	__u8 data_offset; /* upper half, in 32-bit words */
	__u8 flags;
	__be16 window;
	__be16 check;
	__be16 urgent;
};

#define ICMP_FRAGMENTATION_NEEDED 4 /* code of an ICMP unreachable */
#define ICMP_IN_TRANSIT 0 /* code of either time exceeded; the other one is of reassembly */

/* RFC 792, RFC 4443 */
struct icmp_header {
	__u8 type;
	__u8 code;
	__be16 checksum;
	__be32 rest;
};

/* What an ICMP error quotes of a TCP segment. */
struct quoted_tcp {
	__u32 ports; /* source, destination, as they lie there */
	__be32 seq;
};

/* Can a TCP send this combination (rule 26)? FIN|RST counts as RST. */
static __always_inline _Bool valid_flags(__u8 flags)
{
	if (flags & SEGMENT_RST)
		return !(flags & SEGMENT_SYN);
	if (flags & SEGMENT_SYN)
		return !(flags & SEGMENT_FIN);
	return !!(flags & SEGMENT_ACK);
}

/* Where the options are. What a capture has cut off of them is not known (rule 33): it may be any window scale. */
static __always_inline void place_options(const struct frame *frame, const struct cursor *at, __u32 bytes,
					  struct segment *seg)
{
	__u64 linear = frame->data_end - frame->data;
	__u32 begin = at->offset + TCP_HEADER_MIN;

	barrier_var(linear);
	seg->options = OPTION_KNOWN;
	seg->wscale = FACTS_WSCALE_NONE;
	seg->options_at = begin;
	seg->options_len = bytes;
	if (begin + bytes <= linear || !beyond_frame(frame))
		return;
	seg->options = 0;
	seg->wscale = WSCALE_MAX;
	seg->options_len = linear - begin;
}

/*
 * The timestamps of a segment where nearly every sender puts them: behind two NOPs at the head of the options, so that
 * a word tells (RFC 7323, appendix A). Wherever else they are, walk_options() finds them.
 */
static __always_inline void peek_timestamps(const struct frame *frame, const struct tcp_header *tcp, __u32 bytes,
					    struct segment *seg)
{
	const __be32 *word = (const void *)(tcp + 1);

	if (!frame->timestamps)
		return;
	seg->stamped = 0;
	if (bytes < TIMESTAMPS_WORDS * sizeof(*word) || (const void *)(word + TIMESTAMPS_WORDS) > frame->data_end ||
	    word[0] != bpf_htonl(TIMESTAMPS_HEAD))
		return;
	seg->tsval = bpf_ntohl(word[1]);
	seg->tsecr = bpf_ntohl(word[2]);
	seg->stamped = 1;
}

static __always_inline int parse_tcp(const struct frame *frame, struct cursor *at, struct segment *seg)
{
	const struct tcp_header *tcp = at->pos;
	__u32 header;

	if (at->ip_left < TCP_HEADER_MIN)
		return at->fragment ? COUNTER_FRAGMENT : COUNTER_BAD_TCP_HEADER;
	if (!have(frame, at, sizeof(*tcp)))
		return COUNTER_TRUNCATED;
	header = (tcp->data_offset >> 4) * 4;
	if (header < TCP_HEADER_MIN)
		return COUNTER_BAD_TCP_HEADER;
	if (header > at->ip_left)
		return at->fragment ? COUNTER_FRAGMENT : COUNTER_BAD_TCP_HEADER;
	seg->flags = tcp->flags;
	if (!valid_flags(seg->flags))
		return COUNTER_BAD_FLAGS;
	seg->seq = bpf_ntohl(tcp->seq);
	seg->ack = bpf_ntohl(tcp->ack);
	seg->window = bpf_ntohs(tcp->window);
	seg->open_end = at->fragment;
	if (!seg->open_end)
		seg->payload = at->ip_left - header;
	place_options(frame, at, header - TCP_HEADER_MIN, seg);
	peek_timestamps(frame, tcp, header - TCP_HEADER_MIN, seg);
	seg->packets = 1;
	seg->ip_bytes = at->ip_bytes;
	if (frame->gso_segments > 1) { /* each segment on the wire has its own headers */
		seg->packets = frame->gso_segments;
		seg->ip_bytes += (frame->gso_segments - 1) * (at->ip_bytes - seg->payload);
	}
	seg->ports = tcp->ports;
	return PARSED_SEGMENT;
}

/*
 * The IP header of the datagram that an ICMP error quotes. Of the datagram only the beginning need be there: what the
 * header says of its length is not looked at.
 */
static __always_inline int parse_quoted_ip(const struct frame *frame, struct cursor *at, struct segment *seg)
{
	__u32 header;

	if (seg->ipv6) {
		const struct ipv6hdr *ip = at->pos;

		header = sizeof(*ip);
		if (!have(frame, at, sizeof(*ip)))
			return COUNTER_NON_TCP;
		__builtin_memcpy(seg->addr[0], &ip->saddr, sizeof(seg->addr[0]));
		__builtin_memcpy(seg->addr[1], &ip->daddr, sizeof(seg->addr[1]));
		at->protocol = ip->nexthdr;
	} else {
		const struct iphdr *ip = at->pos;

		if (!have(frame, at, sizeof(*ip)) || ip->ihl < 5)
			return COUNTER_NON_TCP;
		header = ip->ihl * 4;
		seg->addr[0][0] = ip->saddr;
		seg->addr[1][0] = ip->daddr;
		at->protocol = ip->protocol;
	}
	if (at->ip_left < header)
		return COUNTER_NON_TCP;
	at->ip_left -= header;
	advance(at, header);
	return PARSED_QUOTE;
}

/* What the walk has led to: at least the first 8 bytes of TCP are there (RFC 792, RFC 4443). */
static __always_inline int parse_quoted_tcp(const struct frame *frame, const struct walk *walk, struct segment *seg)
{
	const struct cursor at = cursor_at(frame, walk);
	const struct quoted_tcp *tcp = at.pos;

	if (at.protocol != IPPROTO_TCP || at.ip_left < sizeof(*tcp) || !have(frame, &at, sizeof(*tcp)))
		return COUNTER_NON_TCP;
	seg->seq = bpf_ntohl(tcp->seq);
	seg->ports = tcp->ports;
	return PARSED_UNREACHABLE;
}

/* May it say why a SYN has no answer? Fragmentation needed does not: that is the path MTU, and the host is there. */
static __always_inline _Bool is_fatal(const struct icmp_header *icmp, _Bool ipv6)
{
	if (ipv6)
		return icmp->type == ICMPV6_UNREACHABLE || icmp->type == ICMPV6_PARAMETER_PROBLEM ||
		       (icmp->type == ICMPV6_TIME_EXCEEDED && icmp->code == ICMP_IN_TRANSIT);
	return (icmp->type == ICMP_UNREACHABLE && icmp->code != ICMP_FRAGMENTATION_NEEDED) ||
	       icmp->type == ICMP_PARAMETER_PROBLEM ||
	       (icmp->type == ICMP_TIME_EXCEEDED && icmp->code == ICMP_IN_TRANSIT);
}

/* Errors that may say why a SYN has no answer (rule 28); anything else is not TCP. */
static __always_inline int parse_icmp(const struct frame *frame, struct cursor *at, struct segment *seg)
{
	const struct icmp_header *icmp = at->pos;

	if (at->protocol != (seg->ipv6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP) || !have(frame, at, sizeof(*icmp)) ||
	    at->ip_left < sizeof(*icmp) || !is_fatal(icmp, seg->ipv6))
		return COUNTER_NON_TCP;
	seg->report = (struct unreachable_report){ .type = icmp->type, .code = icmp->code };
	__builtin_memcpy(seg->report.by, seg->addr[0], sizeof(seg->report.by));
	at->ip_left -= sizeof(*icmp);
	advance(at, sizeof(*icmp));
	return parse_quoted_ip(frame, at, seg);
}

/*
 * An IPv4 header without options, of that protocol, whose datagram is whole, in the linear part or cut by a capture;
 * its length goes to *bytes. NULL: there is none where it should begin. The protocol is looked at first, as it is what
 * tells frames apart.
 */
static __always_inline const struct iphdr *simple_ipv4(const struct frame *frame, _Bool link_header, __u32 protocol,
						       __u32 *bytes)
{
	const struct ethernet_header *ethernet = frame->data;
	const struct iphdr *ip = frame->data + (link_header ? sizeof(*ethernet) : 0);
	__u64 linear = frame->data_end - (const void *)ip;

	if ((const void *)(ip + 1) > frame->data_end || ip->protocol != protocol ||
	    (link_header && ethernet->ethertype != bpf_htons(ETH_P_IP)) || *(const __u8 *)ip != 0x45)
		return 0;
	*bytes = bpf_ntohs(ip->tot_len);
	barrier_var(linear);
	return *bytes <= linear || *bytes + (link_header ? sizeof(*ethernet) : 0) <= beyond_frame(frame) ? ip : 0;
}

/* Most of what is not TCP, and no tunnel. parse_frame() would return COUNTER_NON_TCP for it. */
static __always_inline _Bool is_simple_udp(const struct frame *frame, _Bool link_header)
{
	__u32 bytes;
	const struct iphdr *ip = simple_ipv4(frame, link_header, IPPROTO_UDP, &bytes);

	const struct udp_header *udp = frame->data + (link_header ? sizeof(struct ethernet_header) : 0) + sizeof(*ip);

	return ip && bytes >= sizeof(*ip) && (const void *)(udp + 1) <= frame->data_end &&
	       !is_tunnel_port(udp->destination);
}

/*
 * The TCP header of a whole datagram of `bytes`, `header` of which are before it: fills in what parse_fast() does if
 * the flags are ACK and at most PSH, URG, ECE and CWR. Returns 0 for any other.
 */
static __always_inline _Bool parse_plain_tcp(const struct frame *frame, const struct tcp_header *tcp, __u32 bytes,
					     __u32 header, struct segment *seg)
{
	if (frame->gso_segments > 1 || (const void *)(tcp + 1) > frame->data_end)
		return 0;
	peek_timestamps(frame, tcp, (tcp->data_offset >> 4 << 2) - TCP_HEADER_MIN, seg);
	header += tcp->data_offset >> 4 << 2;
	if (tcp->data_offset < TCP_HEADER_MIN << 2 || bytes < header ||
	    (tcp->flags & (SEGMENT_SYN | SEGMENT_FIN | SEGMENT_RST | SEGMENT_ACK)) != SEGMENT_ACK)
		return 0;
	seg->ports = tcp->ports;
	seg->seq = bpf_ntohl(tcp->seq);
	seg->ack = bpf_ntohl(tcp->ack);
	seg->window = bpf_ntohs(tcp->window);
	seg->payload = bytes - header;
	seg->ip_bytes = bytes;
	seg->packets = 1;
	seg->flags = tcp->flags;
	seg->vlans = 0;
	seg->tunnels = 0;
	return 1;
}

/*
 * Parses what most frames are: an unfragmented IPv4 datagram without options, in the linear part, whose TCP flags are
 * ACK and at most PSH and URG. Fills in all of *seg that track_fast() reads, so *seg need not be zeroed and stays in
 * registers. Returns 0 for any other frame, which parse_frame() then takes.
 */
static __always_inline _Bool parse_fast(const struct frame *frame, _Bool link_header, struct segment *seg)
{
	__u32 bytes;
	const struct iphdr *ip = simple_ipv4(frame, link_header, IPPROTO_TCP, &bytes);

	if (!ip || (ip->frag_off & bpf_htons(IPV4_MORE_FRAGMENTS | IPV4_FRAGMENT_OFFSET)) ||
	    !parse_plain_tcp(frame, (const void *)(ip + 1), bytes, sizeof(*ip), seg))
		return 0;
	seg->addr[0][0] = ip->saddr;
	seg->addr[1][0] = ip->daddr;
	seg->ipv6 = 0;
	return 1;
}

/* Is it a frame with an IPv6 header, whose protocol is TCP? Nothing else of it is looked at. */
static __always_inline _Bool is_simple_ipv6(const struct frame *frame, _Bool link_header)
{
	const struct ethernet_header *ethernet = frame->data;
	const struct ipv6hdr *ip = frame->data + (link_header ? sizeof(*ethernet) : 0);

	return (const void *)(ip + 1) <= frame->data_end &&
	       (!link_header || ethernet->ethertype == bpf_htons(ETH_P_IPV6)) && *(const __u8 *)ip >> 4 == 6 &&
	       ip->nexthdr == IPPROTO_TCP;
}

/* The same as parse_fast() for a frame that is_simple_ipv6(). */
static __always_inline _Bool parse_fast_ipv6(const struct frame *frame, _Bool link_header, struct segment *seg)
{
	const struct ipv6hdr *ip = frame->data + (link_header ? sizeof(struct ethernet_header) : 0);
	__u64 linear = frame->data_end - (const void *)ip;
	__u32 bytes;

	if ((const void *)(ip + 1) > frame->data_end || !ip->payload_len)
		return 0;
	bytes = sizeof(*ip) + bpf_ntohs(ip->payload_len);
	barrier_var(linear);
	if ((bytes > linear && bytes + (link_header ? sizeof(struct ethernet_header) : 0) > beyond_frame(frame)) ||
	    !parse_plain_tcp(frame, (const void *)(ip + 1), bytes, sizeof(*ip), seg))
		return 0;
	__builtin_memcpy(seg->addr[0], &ip->saddr, sizeof(seg->addr[0]));
	__builtin_memcpy(seg->addr[1], &ip->daddr, sizeof(seg->addr[1]));
	seg->ipv6 = 1;
	return 1;
}

/*
 * Parses the IP header that parse_link(), parse_tag() and parse_carrier() have led to into *seg, whose addresses are
 * zeroed, the sender's address first (see key.h). Returns PARSED_SEGMENT, and where it ends, or the enum
 * synscope_counter of the reason why there is no segment. If extension headers follow, parse_extensions() must step
 * over them.
 */
static __always_inline int parse_network(const struct frame *frame, int link, struct walk *walk, struct segment *seg)
{
	struct cursor at;
	int result;

	if (link < 0)
		return LINK_REFUSED(link);
	at = cursor_of_link(frame, link);
	result = parse_ip(frame, &at, seg);
	*walk = walk_of(&at);
	return result;
}

/*
 * Parses what IP carries. Returns PARSED_SEGMENT, PARSED_QUOTE, or the enum synscope_counter of the reason why there is
 * no segment (then *seg means nothing). After PARSED_QUOTE the walk is in the datagram that an ICMP error quotes,
 * behind its IP header: parse_extensions() must step over extension headers, then parse_quoted_tcp() takes it. TCP
 * options are not walked here: they are needed by few segments, see walk_options().
 */
static __always_inline int parse_transport(const struct frame *frame, struct walk *walk, struct segment *seg)
{
	struct cursor at = cursor_at(frame, walk);
	enum tunnel_kind kind;
	int result;

	if (at.protocol == IPPROTO_TCP)
		return parse_tcp(frame, &at, seg);
	kind = tunnel_at(frame, &at);
	if (kind != TUNNEL_NONE)
		return COUNTER_OF_TUNNEL(kind);
	result = parse_icmp(frame, &at, seg);
	*walk = walk_of(&at);
	return result;
}

#endif
