/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One TCP segment as the parser hands it to the tracker: no pointer into the packet survives in it.
 *
 * Byte order: addresses and ports as on the wire, every other number in host order.
 */
#ifndef SYNSCOPE_SEGMENT_H
#define SYNSCOPE_SEGMENT_H

#include <linux/types.h>

#include "flow.h"
#include "tunnel.h"

/* TCP header flags, RFC 9293 3.1, as they lie in byte 13 of the header. */
#define SEGMENT_FIN 0x01
#define SEGMENT_SYN 0x02
#define SEGMENT_RST 0x04
#define SEGMENT_PSH 0x08
#define SEGMENT_ACK 0x10
#define SEGMENT_URG 0x20
#define SEGMENT_ECE 0x40
#define SEGMENT_CWR 0x80

#define SEGMENT_VLANS 3

struct segment {
	__u32 addr[FLOW_DIRS]
		  [4]; /* the sender's first, until set_key() puts the lower endpoint first; IPv4: first word */
	union { /* likewise */
		__be16 port[FLOW_DIRS];
		__u32 ports;
	};
	__u32 id[2]; /* what flow_hot.id must hold */
	__u32 seq; /* of the first byte (of the SYN, if any) */
	union {
		struct {
			__u32 ack; /* valid with SEGMENT_ACK */
			__u32 payload; /* TCP payload bytes; 0 with open_end */
			__u32 ip_bytes; /* IP datagram bytes; the sum of all segments of a GSO packet */
			__u32 packets; /* segments on the wire, 1 but for GSO and LRO */
			__u16 window; /* raw */
			__u16 mss; /* with OPTION_MSS */
			__u32 tsval; /* with OPTION_TIMESTAMPS in options */
		};
		struct unreachable_report report; /* of a segment that an ICMP error quotes */
	};
	__u32 bucket[2]; /* the two buckets where the flow may live */
	__u32 tag; /* signature | TAG_DIGEST | TAG_LIVE */
	__u32 ifindex;
	__u32 tsecr;
	__u32 tunnel_id[TUNNEL_LAYERS]; /* of tunnel_kind[], 0 for none, outermost first */
	union {
		struct {
			__u16 options_at; /* offset of the TCP options in the frame */
			__u16 ip_id; /* of IPv4, as on the wire; 0 over IPv6, which has none */
		};
		__u32 syn_digest; /* in their place once the options were walked, see syn_digest() */
	};
	__u16 vlan[SEGMENT_VLANS];
	__u8 options_len; /* bytes of TCP options that are there, 0..40 */
	__u8 options; /* OPTION_* once the options were walked; without OPTION_KNOWN a capture has cut the rest off */
	__u8 wscale; /* 0..14 or FACTS_WSCALE_NONE */
	__u8 flags; /* SEGMENT_*, as on the wire: RST may come with FIN */
	__u8 dir; /* which endpoint sent it */
	__u8 ipv6;
	__u8 vlans; /* how many of vlan[] are used */
	__u8 tunnels; /* in how many it was found */
	__u8 tunnel_kinds; /* enum tunnel_kind of the outer one in the lower half, of the inner one in the upper */
	__u8 stamped; /* with frame.timestamps: tsval and tsecr are set, because the options begin with them */
	__u16 tunnel; /* what flow_cold.tunnel of a record that it begins will be */
	__u8 home; /* where in the bucket the search starts, 0..7 */
	__u8 open_end; /* a first fragment, whose data ends in a later one, at an unknown place (rule 25) */
};

static inline _Bool carries_data(const struct segment *seg)
{
	return seg->payload || seg->open_end;
}

#endif
