/* SPDX-License-Identifier: GPL-2.0-only */
/* The link header: Ethernet or none, VLAN tags, and shims that stand where a tag does (rule 22). */
#ifndef SYNSCOPE_BPF_LINK_H
#define SYNSCOPE_BPF_LINK_H

#include <linux/if_ether.h>

#include "bpf/packet/frame.h"

#define ETHERTYPE_QINQ_OLD 0x9100
#define ETHERTYPE_ETHERNET 0x6558 /* of what a tunnel carries: a whole Ethernet frame */
#define ETHERTYPE_CISCO_METADATA 0x8909
#define ETHERTYPE_E_TAG 0x893f
#define E_TAG_BYTES 6 /* IEEE 802.1BR 11.3, without its ethertype */
#define MAX_LINK_STEPS 12 /* VLAN tags, shims and tunnels before the IP header */

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

static __always_inline _Bool is_vlan(__u16 ethertype)
{
	return ethertype == ETH_P_8021Q || ethertype == ETH_P_8021AD || ethertype == ETHERTYPE_QINQ_OLD;
}

/* Notes the id of one tag, outermost first, if there is room: a tunnel may carry tags beside those before it. */
static __always_inline void add_vlan(struct segment *seg, __u16 tci)
{
	if (seg->vlans >= SEGMENT_VLANS)
		return;
	if (seg->vlans == 0) /* constant indices: the verifier knows no variable ones on the stack */
		seg->vlan[0] = tci & 0xfff;
	else if (seg->vlans == 1)
		seg->vlan[1] = tci & 0xfff;
	else
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
 * Where the network layer begins, as one number, because a global function can return no more: the offset in the upper
 * half, the ethertype (host order) in the lower one. Negative: LINK_REFUSED() of a reason.
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

/* Has IP been reached, or something that cannot be followed? */
static __always_inline _Bool is_network(int link)
{
	return link < 0 || LINK_ETHERTYPE(link) == ETH_P_IP || LINK_ETHERTYPE(link) == ETH_P_IPV6;
}

/* Does a VLAN tag or a shim follow, or an Ethernet header within a tunnel? Then parse_tag() must step over it. */
static __always_inline _Bool is_tagged(int link)
{
	return is_vlan(LINK_ETHERTYPE(link)) || is_shim(LINK_ETHERTYPE(link)) ||
	       LINK_ETHERTYPE(link) == ETHERTYPE_ETHERNET;
}

/* Does PPPoE or MPLS follow? Then parse_carrier() must. */
static __always_inline _Bool is_carrier(int link)
{
	return LINK_ETHERTYPE(link) == ETH_P_PPP_SES || LINK_ETHERTYPE(link) == ETH_P_MPLS_UC ||
	       LINK_ETHERTYPE(link) == ETH_P_MPLS_MC;
}

static __always_inline struct cursor cursor_of_link(const struct frame *frame, int link)
{
	return (struct cursor){ .pos = frame->data + LINK_OFFSET(link),
				.offset = LINK_OFFSET(link),
				.ethertype = LINK_ETHERTYPE(link) };
}

/* The Ethernet header within a tunnel. */
static __always_inline int parse_ethernet(const struct frame *frame, struct cursor *at)
{
	const struct ethernet_header *ethernet = at->pos;

	if (!have(frame, at, sizeof(*ethernet)))
		return COUNTER_TRUNCATED;
	at->ethertype = bpf_ntohs(ethernet->ethertype);
	advance(at, sizeof(*ethernet));
	return PARSED_SEGMENT;
}

/*
 * Steps over one VLAN tag, which *seg keeps, one shim, or the Ethernet header in a tunnel. One at a time, so that a
 * program can call this as a global function: the verifier then follows each path once, however many tags there are.
 */
static __always_inline int parse_tag(const struct frame *frame, int link, struct segment *seg)
{
	struct cursor at = cursor_of_link(frame, link);
	int result;

	if (at.ethertype == ETHERTYPE_ETHERNET)
		result = parse_ethernet(frame, &at);
	else if (is_shim(at.ethertype))
		result = parse_shim(frame, &at);
	else if (seg->vlans < SEGMENT_VLANS || seg->tunnels)
		result = parse_vlan(frame, &at, seg);
	else
		return LINK_REFUSED(COUNTER_VLAN_DEPTH);
	return result == PARSED_SEGMENT ? LINK_AT(at.offset, at.ethertype) : LINK_REFUSED(result);
}

#endif
