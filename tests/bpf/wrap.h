/* SPDX-License-Identifier: GPL-2.0-only */
/* Packets in tunnels. As in packet.h, fields that are zero mean what is usual, and numbers are in host order. */
#ifndef SYNSCOPE_TESTS_BPF_WRAP_H
#define SYNSCOPE_TESTS_BPF_WRAP_H

#include "synscope/tunnel.h"
#include "packet.h"

/* The outer addresses of layer n, as struct endpoint.host has them. */
#define WRAP_SOURCE(n) (0x101U + 2 * (n))
#define WRAP_DESTINATION(n) (0x102U + 2 * (n))

enum erspan { ERSPAN_NONE, ERSPAN_I, ERSPAN_II, ERSPAN_III, ERSPAN_III_WITH_SUBHEADER, ERSPAN_III_OF_IP };

struct wrap {
	enum tunnel_kind kind;
	__u32 id;
	bool ipv6; /* the outer header */
	bool ethernet; /* it carries Ethernet, where it may carry IP as well; vxlan always does */
	__u16 tag; /* a VLAN tag of that Ethernet frame, 0: none */
	__u16 port; /* UDP; 0: the usual one */
	bool has_key, has_checksum, has_sequence; /* of GRE */
	enum erspan erspan; /* of GRE; `id` is the session */
	__u8 labels; /* of MPLS above the bottom one */
	bool control_word; /* of MPLS */
	bool short_protocol; /* of PPP: one byte */
	__u8 options; /* of GENEVE, in words; of GTP-U: extension headers */
	bool has_sequence_number; /* of GTP-U */
	int damage; /* where the tunnel's header (behind IP and UDP) gets another byte, from 1; 0: none */
	__u8 damaged; /* that byte */
	__u16 fragment; /* of the outer IPv4 header */
	bool long_options; /* the outer IPv6 header is followed by 2040 bytes of them */
	int length_wrong; /* added to the outer IP length */
};

/* The frame of a packet in `count` tunnels, outermost first. Returns its length, at most FRAME_SIZE. */
size_t wrap_build(const struct packet *inner, const struct wrap *wraps, int count, __u8 *frame);

#endif
