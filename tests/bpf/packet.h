/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames from a compact declaration. Fields that are zero mean an ordinary packet: Ethernet, no tag, IPv4 without
 * options, a TCP header without options, no payload, correct lengths.
 *
 * Every number is in host order; the builder converts it to network order.
 */
#ifndef SYNSCOPE_TESTS_BPF_PACKET_H
#define SYNSCOPE_TESTS_BPF_PACKET_H

#include <stdbool.h>
#include <stddef.h>

#include "synscope/segment.h"

#define FRAME_SIZE 70000
#define PACKET_TAGS 5
#define PACKET_EXTENSIONS 8
#define PACKET_OPTIONS_SIZE 40

/* Bits of the TCP header beyond SEGMENT_*, which never matter to the state machine. */
#define FLAG_ECE 0x40
#define FLAG_CWR 0x80
#define FLAG_NS 0x100

/* Host number n is 10.0.0.0 + n, or 2001:db8::n. */
struct endpoint {
	__u32 host;
	__u16 port;
};

struct tcp_options {
	__u16 mss; /* 0: no such option */
	__u8 wscale; /* shift plus one, 0: no such option */
	bool sack_ok;
	bool timestamps;
	__u32 tsval, tsecr;
	__u8 raw[PACKET_OPTIONS_SIZE]; /* used in place of the above if raw_bytes is not 0 */
	__u8 raw_bytes;
};

struct extension {
	__u8 type; /* IPPROTO_HOPOPTS, …_ROUTING, …_DSTOPTS, …_FRAGMENT, …_AH */
	__u8 units; /* added to the smallest length field; not for a fragment header */
	__u16 fragment; /* offset and flags field of a fragment header */
	/* Of a routing header, which has an address for every two of its `units`: */
	__u8 routing_type;
	__u8 segments_left; /* not 0: the IPv6 header has a waypoint as its destination, and the last one is here */
	bool jumbo; /* hop by hop: begins with the option that has the datagram's length */
};

/* In the place of a VLAN tag, by its tpid; the id is Cisco's security group. */
#define TPID_CISCO_METADATA 0x8909
#define TPID_E_TAG 0x893f

/* For the fields `fragment`. */
#define MORE_FRAGMENTS_IPV4 0x2000
#define MORE_FRAGMENTS_IPV6 1

struct packet {
	struct endpoint from, to;
	bool no_link; /* begins with the IP header */
	bool ipv6;
	__u8 tags;
	struct {
		__u16 tpid, id;
	} tag[PACKET_TAGS];
	__u16 ethertype; /* 0: the one of the IP version */
	__u8 ip_version; /* 0: the correct one */
	__u8 ip_header_words; /* IPv4 IHL field; 0: the correct value */
	__u8 ip_options; /* bytes of IPv4 options, a multiple of 4 */
	__u16 fragment; /* IPv4 flags and offset */
	__u16 ip_id; /* IPv4 identification, above some number */
	int ip_length_wrong; /* added to the correct IP length field */
	bool ip_length_zero;
	__u8 protocol; /* 0: TCP */
	__u8 extensions;
	struct extension extension[PACKET_EXTENSIONS];
	__u32 seq, ack;
	__u16 flags; /* SEGMENT_*, FLAG_* */
	__u16 window;
	struct tcp_options options;
	__u8 data_offset; /* TCP header words; 0: the correct value, 0xf0: a field of 0 */
	__u32 payload;
	const void *raw_payload; /* the payload; NULL: a pattern */
	__u32 padding; /* bytes behind the datagram */
	__u32 cut; /* bytes removed from the frame's end */
};

/* Flags from letters: S A F R P U, E (ECE), W (CWR), N (NS). */
__u16 packet_flags(const char *letters);

/* Writes the frame, at most FRAME_SIZE bytes, and returns its length. */
size_t packet_build(const struct packet *packet, __u8 *frame);

/* The correct length of the IP datagram, in bytes. */
__u32 packet_ip_bytes(const struct packet *packet);

#endif
