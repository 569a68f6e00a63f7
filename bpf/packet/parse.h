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
#define ETHERTYPE_CISCO_METADATA 0x8909
#define ETHERTYPE_E_TAG 0x893f
#define E_TAG_BYTES 6 /* IEEE 802.1BR 11.3, without its ethertype */
#define MAX_LINK_TAGS (SEGMENT_VLANS + 2) /* VLAN tags and shims before the IP header */
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

/* Cisco MetaData: a version, how many options of 4 bytes there are, and those; then an ethertype. */
struct cisco_metadata {
	__u8 version;
	__u8 options;
};

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

/* RFC 792, RFC 4443; linux/icmp.h cannot be included here. */
#define ICMP_UNREACHABLE 3
#define ICMP_FRAGMENTATION_NEEDED 4
#define ICMP_TIME_EXCEEDED 11
#define ICMP_PARAMETER_PROBLEM 12
#define ICMPV6_UNREACHABLE 1
#define ICMPV6_TIME_EXCEEDED 3
#define ICMPV6_PARAMETER_PROBLEM 4
#define ICMP_IN_TRANSIT 0 /* code of either time exceeded; the other one is of reassembly */

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

static __always_inline int parse_vlan(const struct frame *frame, struct cursor *at, struct segment *seg)
{
	const struct vlan_header *vlan = at->pos;

	if (!have(frame, at, sizeof(*vlan)))
		return COUNTER_TRUNCATED;
	add_vlan(seg, bpf_ntohs(vlan->tci));
	at->ethertype = bpf_ntohs(vlan->ethertype);
	advance(at, sizeof(*vlan));
	return PARSED_SEGMENT;
}

static __always_inline _Bool is_shim(__u16 ethertype)
{
	return ethertype == ETHERTYPE_CISCO_METADATA || ethertype == ETHERTYPE_E_TAG;
}

/* Steps over what stands where a tag does. */
static __always_inline int parse_shim(const struct frame *frame, struct cursor *at)
{
	const struct cisco_metadata *metadata = at->pos;
	const __be16 *ethertype;
	__u32 bytes = E_TAG_BYTES;

	if (at->ethertype == ETHERTYPE_CISCO_METADATA) {
		if (!have(frame, at, sizeof(*metadata)))
			return COUNTER_TRUNCATED;
		bytes = sizeof(*metadata) + metadata->options * 4U;
		barrier_var(bytes);
		bytes &= 0x3fe;
	}
	advance(at, bytes);
	ethertype = at->pos;
	if (!have(frame, at, sizeof(*ethertype)))
		return COUNTER_TRUNCATED;
	at->ethertype = bpf_ntohs(*ethertype);
	advance(at, sizeof(*ethertype));
	return PARSED_SEGMENT;
}

/*
 * Where the network layer begins, as one number, which a function can return to the verifier's ignorance: the offset in
 * the upper half, the ethertype (host order) in the lower one. Negative: LINK_REFUSED() of a reason.
 */
#define LINK_AT(offset, ethertype) ((int)((offset) << 16 | (ethertype)))
#define LINK_REFUSED(reason) (-1 - (int)(reason))
#define LINK_OFFSET(link) ((__u32)(link) >> 16 & 0x1fff)
#define LINK_ETHERTYPE(link) ((__u32)(link)&0xffff)

/* The link header without what may stand between it and IP: Ethernet, or none, and then IP's version decides. */
static __always_inline int parse_link(const struct frame *frame, _Bool link_header)
{
	const struct ethernet_header *ethernet = frame->data;
	const __u8 *version = frame->data;

	if (link_header) {
		if ((const void *)(ethernet + 1) > frame->data_end)
			return LINK_REFUSED(COUNTER_TRUNCATED);
		return LINK_AT(sizeof(*ethernet), bpf_ntohs(ethernet->ethertype));
	}
	if ((const void *)(version + 1) > frame->data_end)
		return LINK_REFUSED(COUNTER_TRUNCATED);
	return LINK_AT(0, *version >> 4 == 4 ? ETH_P_IP : *version >> 4 == 6 ? ETH_P_IPV6 : 0);
}

/* Do VLAN tags or shims follow? Then parse_tags() must step over them. */
static __always_inline _Bool is_tagged(int link)
{
	return link >= 0 && (is_vlan(LINK_ETHERTYPE(link)) || is_shim(LINK_ETHERTYPE(link)));
}

/* What parse_link() gave, behind all VLAN tags, which *seg keeps, and shims. */
static __always_inline int parse_tags(const struct frame *frame, int link, struct segment *seg)
{
	struct cursor at = {
		.pos = frame->data + sizeof(struct ethernet_header),
		.offset = sizeof(struct ethernet_header),
		.ethertype = LINK_ETHERTYPE(link),
	};

#pragma clang loop unroll(full)
	for (int i = 0; i < MAX_LINK_TAGS; i++) {
		int result = PARSED_SEGMENT;

		if (is_vlan(at.ethertype) && seg->vlans < SEGMENT_VLANS)
			result = parse_vlan(frame, &at, seg);
		else if (is_shim(at.ethertype))
			result = parse_shim(frame, &at);
		else
			break;
		if (result != PARSED_SEGMENT)
			return LINK_REFUSED(result);
	}
	if (is_vlan(at.ethertype) || is_shim(at.ethertype))
		return LINK_REFUSED(COUNTER_VLAN_DEPTH);
	return LINK_AT(at.offset, at.ethertype);
}

/* Where the walk stands, without a packet pointer: so that a function can continue it of which the verifier knows nothing. */
struct walk {
	__u32 offset; /* at most MAX_OFFSET */
	__u32 ip_bytes;
	__u32 ip_left;
	__u8 protocol;
	__u8 fragment;
	__u16 unused;
};

#define MAX_OFFSET 0x3fff

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

/* Bytes of the frame from the cursor on, in all of its buffers. */
static __always_inline __u32 all_bytes_left(const struct frame *frame, const struct cursor *at)
{
	return (frame->xdp ? (__u32)bpf_xdp_get_buff_len(frame->xdp) : frame->length) - at->offset;
}

/* Likewise, or fewer if they are as many as wanted. Only a multi-buffer frame is worth asking the kernel. */
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

/*
 * A datagram on its way over waypoints has the next of them as its destination; the connection's is the last one, as the
 * TCP checksum has it (RFC 8200 4.4; RFC 8754 2, which lists them in reverse; RFC 6275 6.4). RFC 6554 compresses them.
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
 * Steps over all extension headers, from `walk` on, where it leaves what comes after them. Returns PARSED_SEGMENT or the
 * reason why there is no segment.
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
 * Bytes of an IPv6 datagram whose payload length is 0: what the jumbo payload option says, which is the first one of the
 * first header (RFC 2675 3: at 4n + 2), else all there are.
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
	    !is_fatal(icmp, seg->ipv6))
		return COUNTER_NON_TCP;
	seg->report = (struct unreachable_report){ .type = icmp->type, .code = icmp->code };
	__builtin_memcpy(seg->report.by, seg->addr[0], sizeof(seg->report.by));
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
 * Parses the IP header that parse_link() and parse_tags() have led to into a zeroed *seg, the sender's address first (see
 * key.h). Returns PARSED_SEGMENT, and where it ends, or the enum synscope_counter of the reason why there is no segment.
 * If extension headers follow, parse_extensions() must step over them.
 */
static __always_inline int parse_network(const struct frame *frame, int link, struct walk *walk, struct segment *seg)
{
	struct cursor at;
	int result;

	if (link < 0)
		return LINK_REFUSED(link);
	if (seg->vlans > SEGMENT_VLANS)
		return COUNTER_VLAN_DEPTH;
	at = (struct cursor){ .pos = frame->data + LINK_OFFSET(link),
			      .offset = LINK_OFFSET(link),
			      .ethertype = LINK_ETHERTYPE(link) };
	result = parse_ip(frame, &at, seg);
	*walk = walk_of(&at);
	return result;
}

/*
 * Parses what IP carries. Returns PARSED_SEGMENT, PARSED_UNREACHABLE, or the enum synscope_counter of the reason why there
 * is no segment (then *seg means nothing). TCP options are not walked here: they are needed by few segments, see
 * walk_options().
 */
static __always_inline int parse_transport(const struct frame *frame, const struct walk *walk, struct segment *seg)
{
	struct cursor at = cursor_at(frame, walk);

	seg->wscale = FACTS_WSCALE_NONE;
	if (at.protocol == IPPROTO_TCP)
		return parse_tcp(frame, &at, seg);
	return parse_icmp(frame, &at, seg);
}

/*
 * All of a frame, for the host: a program calls these parts in the same order, some as global functions, so that the
 * verifier follows what comes after them once and not once for each path through them. `link_header`: the frame begins with
 * Ethernet, else with IP.
 */
static __always_inline int parse_frame(const struct frame *frame, _Bool link_header, struct segment *seg)
{
	int link = parse_link(frame, link_header), result;
	struct walk walk;

	if (link_header && is_tagged(link))
		link = parse_tags(frame, link, seg);
	result = parse_network(frame, link, &walk, seg);
	if (result == PARSED_SEGMENT && seg->ipv6 && is_extension(walk.protocol))
		result = parse_extensions(frame, &walk, seg);
	return result == PARSED_SEGMENT ? parse_transport(frame, &walk, seg) : result;
}

#endif
