/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Encapsulation: the tunnels in which the segments of a flow were found. A record has only a number of 16 bits, see
 * flow_cold.tunnel; what it stands for is in the mmapable array `tunnels`.
 */
#ifndef SYNSCOPE_TUNNEL_H
#define SYNSCOPE_TUNNEL_H

#include <linux/types.h>

enum tunnel_kind {
	TUNNEL_NONE,
	TUNNEL_PPPOE, /* RFC 2516; the id is the session */
	TUNNEL_MPLS, /* RFC 3032; the bottom label */
	TUNNEL_IPIP, /* IP in IP, either version in either; no id */
	TUNNEL_GRE, /* RFC 2784 and 2890; the key. With ERSPAN; the session */
	TUNNEL_VXLAN, /* RFC 7348; the VNI */
	TUNNEL_GENEVE, /* RFC 8926; the VNI */
	TUNNEL_GTPU, /* 3GPP TS 29.281; the TEID */
	TUNNEL_KINDS,
};

/* Sets of kinds, such as synscope_config.decap. */
#define TUNNEL_BIT(kind) (1U << (kind))
#define TUNNELS_IN_LINK (TUNNEL_BIT(TUNNEL_PPPOE) | TUNNEL_BIT(TUNNEL_MPLS)) /* they begin in place of an IP header */
#define TUNNELS_IN_UDP (TUNNEL_BIT(TUNNEL_VXLAN) | TUNNEL_BIT(TUNNEL_GENEVE) | TUNNEL_BIT(TUNNEL_GTPU))
#define TUNNELS_IN_IP (TUNNELS_IN_UDP | TUNNEL_BIT(TUNNEL_IPIP) | TUNNEL_BIT(TUNNEL_GRE))
#define TUNNELS_DEFAULT TUNNELS_IN_LINK

#define TUNNEL_LAYERS 2 /* that are followed */

#define TUNNEL_HAS_ID 0x1
#define TUNNEL_IPV6 0x2 /* of tunnel_layer.src and dst */

/* One tunnel. Addresses are in network order and those of the packet that was seen; the id is in host order. */
struct tunnel_layer {
	__u32 src[4], dst[4]; /* of the outer IP header; IPv4: the first word; PPPoE and MPLS: 0 */
	__u32 id; /* with TUNNEL_HAS_ID */
	__u8 kind; /* enum tunnel_kind */
	__u8 flags; /* TUNNEL_HAS_ID, TUNNEL_IPV6 */
	__u16 unused;
};

/* An entry of `tunnels`: one tunnel, or one in another. It never changes once its state is TUNNEL_VALID. */
struct flow_tunnel {
	__u32 state; /* enum tunnel_entry_state */
	__u32 layers; /* how many of layer[] are used */
	struct tunnel_layer layer[TUNNEL_LAYERS]; /* outermost first */
};

enum tunnel_entry_state {
	TUNNEL_FREE,
	TUNNEL_CLAIMED, /* by one CPU, which fills it in */
	TUNNEL_VALID,
};

#define TUNNELS_MAX 16384 /* entries of `tunnels` */

/* flow_cold.tunnel: 0 for none, TUNNEL_UNKNOWN, or an index of `tunnels` plus one. */
#define TUNNEL_UNKNOWN 0xffff /* there was no room for it */

_Static_assert(TUNNELS_MAX < TUNNEL_UNKNOWN, "every entry has a number");
_Static_assert(sizeof(struct tunnel_layer) == 40, "tunnel_layer");
_Static_assert(sizeof(struct flow_tunnel) == 88, "flow_tunnel");
_Static_assert(TUNNEL_KINDS <= 8, "the kinds of two layers fit into a byte of struct segment");

#endif
