/* SPDX-License-Identifier: GPL-2.0-only */
/* Link types of captures: where in a frame the network layer begins, and which protocol it is. */
#ifndef SYNSCOPE_REPLAY_LINK_H
#define SYNSCOPE_REPLAY_LINK_H

#include <stdbool.h>

#include <linux/types.h>

/* Supported link types, as messages and manuals list them. */
#define LINK_TYPES_SUPPORTED \
	"Ethernet, raw IP, BSD null and loop, Linux cooked v1 and v2, PPP, Cisco HDLC, NFLOG and 802.11"

/* A frame as it is in the file. */
struct link_frame {
	const __u8 *bytes;
	__u32 captured; /* how many bytes there are */
	__u32 length; /* on the wire */
	bool swapped; /* fields in the capturing machine's byte order are in the other one than this machine's */
};

struct link_payload {
	__u32 offset; /* in the frame, at most `captured` */
	__u16 ethertype; /* host byte order; 0: a frame of the link itself, or encrypted, which carries nothing */
	bool is_ip; /* an IP header begins at the offset, and its first nibble tells the version; no ethertype */
	__u32 next; /* where another subframe of an aggregate of 802.11 begins, 0: there is none */
};

struct link_type {
	int type; /* LINKTYPE_*, as registered with tcpdump.org */
	bool no_link_header; /* a frame begins with the IP header */
	/* Find the payload of a frame; NULL: the frame can stay as it is. False if its headers are cut. */
	bool (*find)(const struct link_frame *frame, struct link_payload *payload);
};

/* The payload of another subframe, at `offset`. False if its headers are cut. */
bool link_find_subframe(const struct link_frame *frame, __u32 offset, struct link_payload *payload);

/* The link type of this LINKTYPE_* number, NULL if it is not supported. */
const struct link_type *link_type_of(int type);

#endif
