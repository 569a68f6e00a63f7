/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frame -> struct segment (docs/specification.md, rules 22 to 29). No packet pointer leaves this file.
 *
 * Lengths come from the IP header, never from the end of the frame, which may be padded. Every read is behind a
 * bounds check. A frame that is refused leaves a reason and nothing else.
 */
#ifndef SYNSCOPE_BPF_PARSE_H
#define SYNSCOPE_BPF_PARSE_H

#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "synscope/config.h"
#include "synscope/segment.h"

#define PARSED_SEGMENT (-1) /* the segment is filled in */
#define PARSED_UNREACHABLE (-2) /* an ICMP unreachable: addresses, ports, seq are those of the quoted segment */

#define ETHERTYPE_QINQ_OLD 0x9100
#define MAX_EXTENSION_HEADERS 6
#define TCP_HEADER_MIN 20
#define IPV4_MORE_FRAGMENTS 0x2000
#define IPV4_FRAGMENT_OFFSET 0x1fff
#define IPV6_FRAGMENT_OFFSET 0xfff8

/* The frame as the program sees it: the linear part, and what tells how much there is in all. */
struct frame {
	const void *data;
	const void *data_end;
	struct xdp_md *xdp; /* asked for the length of all buffers, or NULL */
	__u32 length; /* bytes of all buffers, link header included, if xdp is NULL */
	__u32 gso_segments; /* segments of a GSO skb, 0 where there is no such knowledge */
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

/* linux/if_ether.h has it packed, which makes the compiler read bytes. */
struct ethernet_header {
	__u16 address[6];
	__be16 ethertype;
};

struct vlan_header {
	__be16 tci;
	__be16 ethertype;
};

struct ipv6_extension {
	__u8 next;
	__u8 length; /* in units of 8 bytes less one; AH: of 4 bytes less two */
	__be16 offset; /* fragment header: 13 bits of offset, 2 reserved, 1 more */
	__be32 id;
};

/* RFC 792, RFC 4443; linux/icmp.h cannot be included here. */
#define ICMP_UNREACHABLE 3
#define ICMP_FRAGMENTATION_NEEDED 4
#define ICMPV6_UNREACHABLE 1

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

static __always_inline _Bool have(const struct frame *frame, const struct cursor *at, __u32 bytes)
{
	return at->pos + bytes <= frame->data_end;
}

static __always_inline void advance(struct cursor *at, __u32 bytes)
{
	at->pos += bytes;
	at->offset += bytes;
}

static __always_inline _Bool is_vlan(__u16 ethertype)
{
	return ethertype == ETH_P_8021Q || ethertype == ETH_P_8021AD || ethertype == ETHERTYPE_QINQ_OLD;
}

/* Notes the id of one tag, outermost first. */
static __always_inline void add_vlan(struct segment *seg, __u16 tci)
{
	if (seg->vlans == 0) /* constant indices: the verifier knows no variable ones on the stack */
		seg->vlan[0] = tci & 0xfff;
	else if (seg->vlans == 1)
		seg->vlan[1] = tci & 0xfff;
	else if (seg->vlans == 2)
		seg->vlan[2] = tci & 0xfff;
	seg->vlans++;
}

static __always_inline int parse_ethernet(const struct frame *frame, struct cursor *at, struct segment *seg)
{
	const struct ethernet_header *ethernet = at->pos;

	if (!have(frame, at, sizeof(*ethernet)))
		return COUNTER_TRUNCATED;
	at->ethertype = bpf_ntohs(ethernet->ethertype);
	advance(at, sizeof(*ethernet));
#pragma clang loop unroll(full)
	for (int i = 0; i < SEGMENT_VLANS; i++) {
		const struct vlan_header *vlan = at->pos;

		if (!is_vlan(at->ethertype))
			break;
		if (!have(frame, at, sizeof(*vlan)))
			return COUNTER_TRUNCATED;
		add_vlan(seg, bpf_ntohs(vlan->tci));
		at->ethertype = bpf_ntohs(vlan->ethertype);
		advance(at, sizeof(*vlan));
	}
	return is_vlan(at->ethertype) || seg->vlans > SEGMENT_VLANS ? COUNTER_VLAN_DEPTH : PARSED_SEGMENT;
}

/* No link header: the version is in the first four bits. */
static __always_inline int parse_no_link_header(const struct frame *frame, struct cursor *at)
{
	const __u8 *version = at->pos;

	if (!have(frame, at, 1))
		return COUNTER_TRUNCATED;
	at->ethertype = *version >> 4 == 4 ? ETH_P_IP : *version >> 4 == 6 ? ETH_P_IPV6 : 0;
	return PARSED_SEGMENT;
}

/* Bytes of the frame from the cursor on. Only a multi-buffer frame is worth asking the kernel. */
static __always_inline __u32 bytes_left(const struct frame *frame, const struct cursor *at, __u32 wanted)
{
	__u64 linear = frame->data_end - frame->data;
	__u32 left;

	barrier_var(linear); /* the verifier allows only a 64-bit difference of packet pointers */
	left = linear - at->offset;
	if (wanted <= left)
		return left;
	return (frame->xdp ? (__u32)bpf_xdp_get_buff_len(frame->xdp) : frame->length) - at->offset;
}

/*
 * Checks the datagram's length against the frame's. A GSO skb may be larger than the 16-bit field can tell (BIG TCP):
 * then the field is 0 and the length is the frame's.
 */
static __always_inline int set_ip_length(const struct frame *frame, struct cursor *at, __u32 bytes, __u32 header)
{
	__u32 available = bytes_left(frame, at, bytes);

	if (bytes == header && frame->gso_segments > 1)
		bytes = frame->length - at->offset;
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
	result = set_ip_length(frame, at, bytes ? bytes : frame->gso_segments > 1 ? header : 0, header);
	if (result != PARSED_SEGMENT)
		return result;
	at->protocol = ip->protocol;
	seg->addr[0][0] = ip->saddr;
	seg->addr[1][0] = ip->daddr;
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

/* Steps over one extension header (RFC 8200 section 4, RFC 4302 section 2). */
static __always_inline int parse_extension(const struct frame *frame, struct cursor *at)
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
	}
	if (bytes > at->ip_left)
		return COUNTER_BAD_IP_HEADER;
	at->protocol = extension->next;
	at->ip_left -= bytes;
	barrier_var(bytes); /* bounds that no verifier loses in the comparisons above: at most 256 times 8 */
	advance(at, bytes & 0xffc);
	return PARSED_SEGMENT;
}

static __always_inline int parse_extensions(const struct frame *frame, struct cursor *at)
{
	for (int i = 0; i < MAX_EXTENSION_HEADERS && is_extension(at->protocol); i++) {
		int result = parse_extension(frame, at);

		if (result != PARSED_SEGMENT)
			return result;
	}
	return is_extension(at->protocol) ? COUNTER_EXTENSION_DEPTH : PARSED_SEGMENT;
}

static __always_inline int parse_ipv6(const struct frame *frame, struct cursor *at, struct segment *seg)
{
	const struct ipv6hdr *ip = at->pos;
	int result;

	if (!have(frame, at, sizeof(*ip)))
		return COUNTER_TRUNCATED;
	if (ip->version != 6)
		return COUNTER_BAD_IP_HEADER;
	result = set_ip_length(frame, at, sizeof(*ip) + bpf_ntohs(ip->payload_len), sizeof(*ip));
	if (result != PARSED_SEGMENT)
		return result;
	at->protocol = ip->nexthdr;
	__builtin_memcpy(seg->addr[0], &ip->saddr, sizeof(seg->addr[0]));
	__builtin_memcpy(seg->addr[1], &ip->daddr, sizeof(seg->addr[1]));
	advance(at, sizeof(*ip));
	if (at->protocol == IPPROTO_TCP)
		return PARSED_SEGMENT;
	return parse_extensions(frame, at);
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

/* Can a TCP send this combination (rule 26)? Clears FIN in FIN|RST, which counts as RST. */
static __always_inline _Bool valid_flags(__u8 *flags)
{
	if (*flags & SEGMENT_RST) {
		*flags &= ~SEGMENT_FIN;
		return !(*flags & SEGMENT_SYN);
	}
	if (*flags & SEGMENT_SYN)
		return !(*flags & SEGMENT_FIN);
	return !!(*flags & SEGMENT_ACK);
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
	seg->flags = tcp->flags & 0x3f; /* without ECE and CWR (rule 9) */
	if (!valid_flags(&seg->flags))
		return COUNTER_BAD_FLAGS;
	seg->seq = bpf_ntohl(tcp->seq);
	seg->ack = bpf_ntohl(tcp->ack);
	seg->window = bpf_ntohs(tcp->window);
	seg->payload = at->ip_left - header;
	seg->options_at = at->offset + TCP_HEADER_MIN;
	seg->options_len = header - TCP_HEADER_MIN;
	seg->packets = 1;
	seg->ip_bytes = at->ip_bytes;
	if (frame->gso_segments > 1) { /* each segment on the wire has its own headers */
		seg->packets = frame->gso_segments;
		seg->ip_bytes += (frame->gso_segments - 1) * (at->ip_bytes - seg->payload);
	}
	seg->ports = tcp->ports;
	return PARSED_SEGMENT;
}

/* The quoted datagram of an ICMP error: an IP header and at least the first 8 bytes of TCP (RFC 792, RFC 4443). */
static __always_inline int parse_quoted(const struct frame *frame, struct cursor *at, struct segment *seg)
{
	const struct quoted_tcp *tcp;

	if (seg->ipv6) {
		const struct ipv6hdr *ip = at->pos;

		if (!have(frame, at, sizeof(*ip)) || ip->nexthdr != IPPROTO_TCP)
			return COUNTER_NON_TCP;
		__builtin_memcpy(seg->addr[0], &ip->saddr, sizeof(seg->addr[0]));
		__builtin_memcpy(seg->addr[1], &ip->daddr, sizeof(seg->addr[1]));
		advance(at, sizeof(*ip));
	} else {
		const struct iphdr *ip = at->pos;

		if (!have(frame, at, sizeof(*ip)) || ip->protocol != IPPROTO_TCP || ip->ihl < 5)
			return COUNTER_NON_TCP;
		seg->addr[0][0] = ip->saddr;
		seg->addr[1][0] = ip->daddr;
		advance(at, ip->ihl * 4);
	}
	tcp = at->pos;
	if (!have(frame, at, sizeof(*tcp)))
		return COUNTER_NON_TCP;
	seg->seq = bpf_ntohl(tcp->seq);
	seg->ports = tcp->ports;
	return PARSED_UNREACHABLE;
}

/* ICMP type 3 and ICMPv6 type 1 may say why a SYN has no answer (rule 28); anything else is not TCP. */
static __always_inline int parse_icmp(const struct frame *frame, struct cursor *at, struct segment *seg)
{
	const struct icmp_header *icmp = at->pos;
	__u8 unreachable = seg->ipv6 ? ICMPV6_UNREACHABLE : ICMP_UNREACHABLE;

	if (at->protocol != (seg->ipv6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP) || !have(frame, at, sizeof(*icmp)) ||
	    icmp->type != unreachable)
		return COUNTER_NON_TCP;
	if (!seg->ipv6 && icmp->code == ICMP_FRAGMENTATION_NEEDED) /* path MTU, the host is there */
		return COUNTER_NON_TCP;
	advance(at, sizeof(*icmp));
	return parse_quoted(frame, at, seg);
}

/*
 * An IPv4 header without options, of that protocol, whose datagram lies whole in the linear part; its length goes to
 * *bytes. NULL: there is none where it should begin. The protocol is looked at first, as it is what tells frames apart.
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
	return *bytes <= linear ? ip : 0;
}

/* Most of what is not TCP. parse_frame() would return COUNTER_NON_TCP for it. */
static __always_inline _Bool is_simple_udp(const struct frame *frame, _Bool link_header)
{
	__u32 bytes;
	const struct iphdr *ip = simple_ipv4(frame, link_header, IPPROTO_UDP, &bytes);

	return ip && bytes >= sizeof(*ip);
}

/*
 * Parses what most frames are: an unfragmented IPv4 datagram without options, in the linear part, whose TCP flags are
 * ACK and at most PSH and URG. Fills in all of *seg that track_fast() reads, so *seg need not be zeroed and stays in
 * registers. Returns 0 for any other frame, which parse_frame() then takes.
 */
static __always_inline _Bool parse_fast(const struct frame *frame, _Bool link_header, struct segment *seg)
{
	__u32 bytes, header;
	const struct iphdr *ip = simple_ipv4(frame, link_header, IPPROTO_TCP, &bytes);
	const struct tcp_header *tcp;

	if (!ip || frame->gso_segments > 1)
		return 0;
	tcp = (const void *)(ip + 1);
	if ((const void *)(tcp + 1) > frame->data_end)
		return 0;
	header = tcp->data_offset >> 4 << 2;
	if ((ip->frag_off & bpf_htons(IPV4_MORE_FRAGMENTS | IPV4_FRAGMENT_OFFSET)) || header < TCP_HEADER_MIN ||
	    bytes < sizeof(*ip) + header ||
	    (tcp->flags & (SEGMENT_SYN | SEGMENT_FIN | SEGMENT_RST | SEGMENT_ACK)) != SEGMENT_ACK)
		return 0;
	seg->addr[0][0] = ip->saddr;
	seg->addr[1][0] = ip->daddr;
	seg->ports = tcp->ports;
	seg->seq = bpf_ntohl(tcp->seq);
	seg->ack = bpf_ntohl(tcp->ack);
	seg->window = bpf_ntohs(tcp->window);
	seg->payload = bytes - sizeof(*ip) - header;
	seg->ip_bytes = bytes;
	seg->packets = 1;
	seg->flags = SEGMENT_ACK;
	seg->ipv6 = 0;
	seg->vlans = 0;
	return 1;
}

/*
 * Parses one frame into a zeroed *seg, the sender's address and port first (see key.h). Returns PARSED_SEGMENT,
 * PARSED_UNREACHABLE, or the enum synscope_counter of the reason why there is no segment (then *seg means nothing).
 * `link_header`: the frame begins with Ethernet, else with IP. TCP options are not walked here: they are needed by few
 * segments, see walk_options().
 */
static __always_inline int parse_frame(const struct frame *frame, _Bool link_header, struct segment *seg)
{
	struct cursor at = { .pos = frame->data };
	int result;

	seg->wscale = FACTS_WSCALE_NONE;
	result = link_header ? parse_ethernet(frame, &at, seg) : parse_no_link_header(frame, &at);
	if (result != PARSED_SEGMENT)
		return result;
	result = parse_ip(frame, &at, seg);
	if (result != PARSED_SEGMENT)
		return result;
	if (at.protocol == IPPROTO_TCP)
		return parse_tcp(frame, &at, seg);
	return parse_icmp(frame, &at, seg);
}

#endif
