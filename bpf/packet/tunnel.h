/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Encapsulation (rule 34): the headers of tunnels, up to what they carry. PPPoE and MPLS stand where an IP header is
 * expected, the others are carried by IP. A tunnel is noted in *seg and in *tunnel, with the addresses that *seg had.
 */
#ifndef SYNSCOPE_BPF_TUNNEL_H
#define SYNSCOPE_BPF_TUNNEL_H

#include "bpf/packet/ip.h"
#include "bpf/packet/link.h"

#define TUNNEL_NO_ID (~0ULL)

/*
 * The highest offset at which the payload of a tunnel may begin: after IP and all of its extension headers, the offset
 * is then still below MAX_OFFSET. Real headers take some hundred bytes.
 */
#define MAX_TUNNEL_OFFSET 2048

/* Where the payload of a tunnel begins, and what it is. */
static __always_inline int tunnel_payload(const struct cursor *at, __u16 ethertype)
{
	if (at->offset > MAX_TUNNEL_OFFSET)
		return LINK_REFUSED(COUNTER_EXTENSION_DEPTH);
	return LINK_AT(at->offset, ethertype);
}

/* The same for a payload that can only be IP: its first nibble is the version. */
static __always_inline int tunnel_payload_ip(const struct frame *frame, const struct cursor *at)
{
	const __u8 *version = at->pos;

	if (!have(frame, at, sizeof(*version)))
		return LINK_REFUSED(COUNTER_TRUNCATED);
	if (*version >> 4 != 4 && *version >> 4 != 6)
		return LINK_REFUSED(COUNTER_NON_IP);
	return tunnel_payload(at, *version >> 4 == 4 ? ETH_P_IP : ETH_P_IPV6);
}

/* Notes a tunnel within those that were noted before. The caller has checked that there are not too many. */
static __always_inline void note_tunnel(struct segment *seg, struct flow_tunnel *tunnel, enum tunnel_kind kind,
					__u64 id)
{
	_Bool inner = seg->tunnels, has_id = id != TUNNEL_NO_ID, addressed = TUNNELS_IN_IP & TUNNEL_BIT(kind);
	struct tunnel_layer *layer = &tunnel->layer[inner];

	layer->kind = kind;
	layer->flags = (has_id ? TUNNEL_HAS_ID : 0) | (addressed && seg->ipv6 ? TUNNEL_IPV6 : 0);
	layer->unused = 0;
	layer->id = has_id ? id : 0;
#pragma clang loop unroll(full)
	for (int i = 0; i < 4; i++) {
		layer->src[i] = addressed ? seg->addr[0][i] : 0;
		layer->dst[i] = addressed ? seg->addr[1][i] : 0;
	}
	seg->tunnel_kinds |= (kind | (has_id ? TUNNEL_KINDS : 0)) << (inner ? 4 : 0);
	if (inner)
		seg->tunnel_id[1] = layer->id;
	else
		seg->tunnel_id[0] = layer->id;
	seg->tunnels++;
	tunnel->layers = seg->tunnels;
}

/* Is a tunnel of this kind followed, within those that the segment was already found in? */
static __always_inline _Bool is_followed(const struct segment *seg, enum tunnel_kind kind, __u32 decap)
{
	return seg->tunnels < TUNNEL_LAYERS && decap & TUNNEL_BIT(kind);
}

/* ---- in place of IP: PPPoE and MPLS */

#define PPP_IP 0x0021
#define PPP_IPV6 0x0057
#define PPP_MPLS 0x0281

struct pppoe_header {
	__u8 version_and_type; /* 1 and 1 */
	__u8 code; /* 0: a session's data */
	__be16 session;
	__be16 length;
};

static __always_inline __u16 ppp_ethertype(__u16 protocol)
{
	return protocol == PPP_IP     ? ETH_P_IP
	       : protocol == PPP_IPV6 ? ETH_P_IPV6
	       : protocol == PPP_MPLS ? ETH_P_MPLS_UC
				      : 0;
}

/* A PPP frame without address and control field. The protocol has one byte if that is odd (RFC 1661 5). */
static __always_inline int parse_ppp(const struct frame *frame, struct cursor *at)
{
	const __u8 *protocol = at->pos;
	__u16 ethertype;

	if (!have(frame, at, 1))
		return LINK_REFUSED(COUNTER_TRUNCATED);
	if (protocol[0] & 1) {
		ethertype = ppp_ethertype(protocol[0]);
		advance(at, 1);
	} else {
		if (!have(frame, at, 2))
			return LINK_REFUSED(COUNTER_TRUNCATED);
		ethertype = ppp_ethertype(protocol[0] << 8 | protocol[1]);
		advance(at, 2);
	}
	return ethertype ? tunnel_payload(at, ethertype) : LINK_REFUSED(COUNTER_NON_IP);
}

static __always_inline int parse_pppoe(const struct frame *frame, struct cursor *at, __u64 *id)
{
	const struct pppoe_header *pppoe = at->pos;

	if (!have(frame, at, sizeof(*pppoe)))
		return LINK_REFUSED(COUNTER_TRUNCATED);
	if (pppoe->version_and_type != 0x11 || pppoe->code)
		return LINK_REFUSED(COUNTER_NON_IP);
	*id = bpf_ntohs(pppoe->session);
	advance(at, sizeof(*pppoe));
	return parse_ppp(frame, at);
}

#define MPLS_LABELS_MAX 8
#define MPLS_BOTTOM 0x100
#define MPLS_LABEL_SHIFT 12
#define MPLS_CONTROL_WORD 4 /* bytes, RFC 4385 */

/* Is there an Ethernet header, with an ethertype of IP or of a tag? */
static __always_inline _Bool is_ethernet(const struct frame *frame, const struct cursor *at)
{
	const struct ethernet_header *ethernet = at->pos;
	__u16 ethertype;

	if (!have(frame, at, sizeof(*ethernet)))
		return 0;
	ethertype = bpf_ntohs(ethernet->ethertype);
	return ethertype == ETH_P_IP || ethertype == ETH_P_IPV6 || ethertype == ETH_P_PPP_SES ||
	       ethertype == ETH_P_MPLS_UC || is_vlan(ethertype) || is_shim(ethertype);
}

/* A stack of labels does not say what it carries: Ethernet, with a control word or without, or IP (RFC 4928 2). */
static __always_inline int parse_behind_labels(const struct frame *frame, struct cursor *at)
{
	int ip = tunnel_payload_ip(frame, at);

	if (ip >= 0 || LINK_REFUSED(ip) == COUNTER_TRUNCATED)
		return ip;
	if (is_ethernet(frame, at))
		return tunnel_payload(at, ETHERTYPE_ETHERNET);
	advance(at, MPLS_CONTROL_WORD);
	barrier_var(at->pos); /* or the compiler reuses the old pointer, whose bounds were checked for another offset */
	if (!have(frame, at, sizeof(struct ethernet_header)))
		return LINK_REFUSED(COUNTER_TRUNCATED);
	return is_ethernet(frame, at) ? tunnel_payload(at, ETHERTYPE_ETHERNET) : ip;
}

static __always_inline int parse_mpls(const struct frame *frame, struct cursor *at, __u64 *id)
{
	__u32 entry = 0;

	for (int i = 0; i < MPLS_LABELS_MAX && !(entry & MPLS_BOTTOM); i++) {
		const __be32 *label = at->pos;

		if (!have(frame, at, sizeof(*label)))
			return LINK_REFUSED(COUNTER_TRUNCATED);
		entry = bpf_ntohl(*label);
		advance(at, sizeof(*label));
	}
	if (!(entry & MPLS_BOTTOM))
		return LINK_REFUSED(COUNTER_OF_TUNNEL(TUNNEL_MPLS));
	*id = entry >> MPLS_LABEL_SHIFT;
	return parse_behind_labels(frame, at);
}

/* One tunnel that stands where IP is expected, see is_carrier(). `decap`: the kinds that are followed. */
static __always_inline int parse_carrier(const struct frame *frame, int link, struct segment *seg,
					 struct flow_tunnel *tunnel, __u32 decap)
{
	struct cursor at = cursor_of_link(frame, link);
	enum tunnel_kind kind = at.ethertype == ETH_P_PPP_SES ? TUNNEL_PPPOE : TUNNEL_MPLS;
	__u64 id = 0;

	if (!is_followed(seg, kind, decap))
		return LINK_REFUSED(COUNTER_OF_TUNNEL(kind));
	link = kind == TUNNEL_PPPOE ? parse_pppoe(frame, &at, &id) : parse_mpls(frame, &at, &id);
	if (link >= 0)
		note_tunnel(seg, tunnel, kind, id);
	return link;
}

/* ---- in IP: GRE */

#define GRE_CHECKSUM 0x8000
#define GRE_ROUTING 0x4000
#define GRE_KEY 0x2000
#define GRE_SEQUENCE 0x1000
#define GRE_VERSION 0x0007
#define GRE_FIELD 4 /* bytes of each optional field */
#define ETHERTYPE_ERSPAN 0x88be /* types I and II, which alone has a sequence number */
#define ETHERTYPE_ERSPAN3 0x22eb

struct gre_header {
	__be16 flags;
	__be16 protocol;
};

/* draft-foschiano-erspan-03: type II and the beginning of type III. */
struct erspan_header {
	__be16 version_and_vlan;
	__be16 session; /* and bits of no interest */
};

#define ERSPAN_SESSION 0x3ff
#define ERSPAN2_BYTES 8
#define ERSPAN3_BYTES 12
#define ERSPAN3_FLAGS_AT 11 /* the last byte */
#define ERSPAN3_SUBHEADER 0x01 /* of it: 8 bytes more */
#define ERSPAN3_FRAME_AT 10 /* 5 bits of what the frame is: 0 Ethernet, 2 IP */
#define ERSPAN3_IS_IP(byte) (((byte) >> 2 & 0x1f) == 2)

/* A mirrored frame. */
static __always_inline int parse_erspan(const struct frame *frame, struct cursor *at, __u16 protocol, __u64 *id)
{
	const struct erspan_header *erspan = at->pos;
	const __u8 *byte = at->pos;
	__u32 header = ERSPAN2_BYTES;
	_Bool is_ip = 0;

	if (!have(frame, at, ERSPAN2_BYTES))
		return LINK_REFUSED(COUNTER_TRUNCATED);
	*id = bpf_ntohs(erspan->session) & ERSPAN_SESSION;
	if (protocol == ETHERTYPE_ERSPAN3) {
		if (!have(frame, at, ERSPAN3_BYTES))
			return LINK_REFUSED(COUNTER_TRUNCATED);
		is_ip = ERSPAN3_IS_IP(byte[ERSPAN3_FRAME_AT]);
		header = ERSPAN3_BYTES + (byte[ERSPAN3_FLAGS_AT] & ERSPAN3_SUBHEADER ? 8 : 0);
	}
	advance(at, header);
	return is_ip ? tunnel_payload_ip(frame, at) : tunnel_payload(at, ETHERTYPE_ETHERNET);
}

/* RFC 2784 and 2890; neither source routes (RFC 1701) nor version 1, which is PPTP's. */
static __always_inline int parse_gre(const struct frame *frame, struct cursor *at, __u64 *id)
{
	const struct gre_header *gre = at->pos;
	__u16 flags, protocol;

	if (!have(frame, at, sizeof(*gre)))
		return LINK_REFUSED(COUNTER_TRUNCATED);
	flags = bpf_ntohs(gre->flags);
	protocol = bpf_ntohs(gre->protocol);
	if (flags & (GRE_ROUTING | GRE_VERSION))
		return LINK_REFUSED(COUNTER_OF_TUNNEL(TUNNEL_GRE));
	advance(at, sizeof(*gre) + (flags & GRE_CHECKSUM ? GRE_FIELD : 0));
	*id = TUNNEL_NO_ID;
	if (flags & GRE_KEY) {
		const __be32 *key = at->pos;

		if (!have(frame, at, sizeof(*key)))
			return LINK_REFUSED(COUNTER_TRUNCATED);
		*id = bpf_ntohl(*key);
		advance(at, GRE_FIELD);
	}
	if (flags & GRE_SEQUENCE)
		advance(at, GRE_FIELD);
	if (protocol == ETHERTYPE_ERSPAN3 || (protocol == ETHERTYPE_ERSPAN && flags & GRE_SEQUENCE))
		return parse_erspan(frame, at, protocol, id);
	return tunnel_payload(at, protocol == ETHERTYPE_ERSPAN ? ETHERTYPE_ETHERNET : protocol);
}

/* ---- in UDP: VXLAN, GENEVE, GTP-U */

#define PORT_VXLAN 4789
#define PORT_VXLAN_LINUX 8472 /* what Linux took before there was a number */
#define PORT_GENEVE 6081
#define PORT_GTPU 2152

struct udp_header {
	__be16 source, destination;
	__be16 length, checksum;
};

/* The first bytes of the UDP payload, in all three kinds. */
struct udp_tunnel_header {
	struct udp_header udp;
	__u8 byte[4];
	__be32 id;
};

#define VXLAN_HAS_VNI 0x08 /* byte 0 */
#define VNI_SHIFT 8 /* of the id: the last byte is reserved */
#define GENEVE_OPTIONS 0x3f /* byte 0: in words; the two bits above are the version, 0 */
#define GTPU_VERSION_1 0x30 /* byte 0, upper four bits: version 1, GTP and not GTP' */
#define GTPU_EXTENSION 0x04 /* the next one: there are extension headers */
#define GTPU_MORE 0x07 /* any of it: four bytes more, of which the last one is the type of the first extension */
#define GTPU_PACKET 0xff /* byte 1: a packet of a user, not a message of the tunnel's ends */
#define GTPU_EXTENSIONS_MAX 4

static __always_inline _Bool is_tunnel_port(__be16 port)
{
	return port == bpf_htons(PORT_VXLAN) || port == bpf_htons(PORT_VXLAN_LINUX) || port == bpf_htons(PORT_GENEVE) ||
	       port == bpf_htons(PORT_GTPU);
}

/* What a UDP datagram carries; its first bytes must be those of the tunnel that has the port. */
static __always_inline enum tunnel_kind udp_tunnel_at(const struct frame *frame, const struct cursor *at)
{
	const struct udp_tunnel_header *header = at->pos;

	if (at->ip_left < sizeof(*header) || !have(frame, at, sizeof(*header)))
		return TUNNEL_NONE;
	switch (bpf_ntohs(header->udp.destination)) {
	case PORT_VXLAN:
	case PORT_VXLAN_LINUX:
		return header->byte[0] & VXLAN_HAS_VNI ? TUNNEL_VXLAN : TUNNEL_NONE;
	case PORT_GENEVE:
		return header->byte[0] & ~GENEVE_OPTIONS ? TUNNEL_NONE : TUNNEL_GENEVE;
	case PORT_GTPU:
		return (header->byte[0] & 0xf0) == GTPU_VERSION_1 && header->byte[1] == GTPU_PACKET ? TUNNEL_GTPU
												    : TUNNEL_NONE;
	default:
		return TUNNEL_NONE;
	}
}

static __always_inline int parse_geneve(const struct frame *frame, struct cursor *at,
					const struct udp_tunnel_header *header)
{
	__u32 options = (header->byte[0] & GENEVE_OPTIONS) * 4;
	__u16 protocol = header->byte[2] << 8 | header->byte[3];

	barrier_var(options);
	advance(at, sizeof(*header) + (options & 0xfc));
	return at->pos > frame->data_end ? LINK_REFUSED(COUNTER_TRUNCATED) : tunnel_payload(at, protocol);
}

/* Steps over one extension header, whose first byte is its length in words and whose last one the next type. */
static __always_inline int parse_gtpu_extension(const struct frame *frame, struct cursor *at, __u8 *next)
{
	const __u8 *words = at->pos;
	__u32 bytes;

	if (!have(frame, at, 1))
		return COUNTER_TRUNCATED;
	bytes = *words * 4U;
	barrier_var(bytes);
	bytes &= 0x3fc;
	if (!bytes || !have(frame, at, bytes))
		return COUNTER_TRUNCATED;
	*next = *(const __u8 *)(at->pos + bytes - 1);
	advance(at, bytes);
	return PARSED_SEGMENT;
}

static __always_inline int parse_gtpu(const struct frame *frame, struct cursor *at,
				      const struct udp_tunnel_header *header)
{
	const __u8 *more;
	__u8 flags = header->byte[0], next;

	advance(at, sizeof(*header));
	if (!(flags & GTPU_MORE))
		return tunnel_payload_ip(frame, at);
	more = at->pos;
	if (!have(frame, at, 4))
		return LINK_REFUSED(COUNTER_TRUNCATED);
	next = flags & GTPU_EXTENSION ? more[3] : 0;
	advance(at, 4);
	for (int i = 0; i < GTPU_EXTENSIONS_MAX && next; i++)
		if (parse_gtpu_extension(frame, at, &next) != PARSED_SEGMENT)
			return LINK_REFUSED(COUNTER_TRUNCATED);
	return next ? LINK_REFUSED(COUNTER_OF_TUNNEL(TUNNEL_GTPU)) : tunnel_payload_ip(frame, at);
}

/* The caller has checked that the frame has all of the header. */
static __always_inline int parse_udp_tunnel(const struct frame *frame, struct cursor *at, enum tunnel_kind kind,
					    __u64 *id)
{
	const struct udp_tunnel_header *header = at->pos;

	*id = bpf_ntohl(header->id);
	if (kind == TUNNEL_GTPU)
		return parse_gtpu(frame, at, header);
	*id >>= VNI_SHIFT;
	if (kind == TUNNEL_GENEVE)
		return parse_geneve(frame, at, header);
	advance(at, sizeof(*header));
	return tunnel_payload(at, ETHERTYPE_ETHERNET);
}

/* ---- any tunnel in IP */

/* What the IP header before the cursor carries. */
static __always_inline enum tunnel_kind tunnel_at(const struct frame *frame, const struct cursor *at)
{
	if (at->protocol == IPPROTO_IPIP || at->protocol == IPPROTO_IPV6)
		return TUNNEL_IPIP;
	if (at->protocol == IPPROTO_GRE)
		return TUNNEL_GRE;
	return at->protocol == IPPROTO_UDP ? udp_tunnel_at(frame, at) : TUNNEL_NONE;
}

static __always_inline void forget_network(struct segment *seg)
{
	seg->ipv6 = 0;
#pragma clang loop unroll(full)
	for (int i = 0; i < 4; i++)
		seg->addr[0][i] = seg->addr[1][i] = 0;
}

#define LINK_NO_TUNNEL LINK_REFUSED(COUNTER_COUNT) /* there is none that is followed */

/*
 * Enters the tunnel that begins where the walk stands. Returns where what it carries begins, LINK_NO_TUNNEL, or
 * LINK_REFUSED() of a reason.
 */
static __always_inline int parse_tunnel(const struct frame *frame, const struct walk *walk, struct segment *seg,
					struct flow_tunnel *tunnel, __u32 decap)
{
	struct cursor at = cursor_at(frame, walk);
	enum tunnel_kind kind = tunnel_at(frame, &at);
	__u64 id = TUNNEL_NO_ID;
	int link = LINK_NO_TUNNEL;

	if (kind == TUNNEL_NONE || !is_followed(seg, kind, decap))
		return LINK_NO_TUNNEL;
	if (at.fragment)
		return LINK_REFUSED(COUNTER_FRAGMENT);
	if (kind == TUNNEL_IPIP)
		link = tunnel_payload(&at, at.protocol == IPPROTO_IPIP ? ETH_P_IP : ETH_P_IPV6);
	else if (kind == TUNNEL_GRE)
		link = parse_gre(frame, &at, &id);
	else if (have(frame, &at, sizeof(struct udp_tunnel_header))) /* true, but the verifier may not know it */
		link = parse_udp_tunnel(frame, &at, kind, &id);
	if (link < 0)
		return link;
	note_tunnel(seg, tunnel, kind, id);
	forget_network(seg);
	return link;
}

#endif
