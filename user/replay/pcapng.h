/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading pcapng. libpcap can do that too, but refuses files whose interfaces differ in link type or snapshot length,
 * as Wireshark writes them when it captures on several interfaces.
 */
#ifndef SYNSCOPE_REPLAY_PCAPNG_H
#define SYNSCOPE_REPLAY_PCAPNG_H

#include <stdbool.h>
#include <stdio.h>

#include <linux/types.h>

#include "base/reason.h"
#include "replay/ifnames.h"
#include "replay/ifnames.h"

#define PCAPNG_FIRST_BYTE 0x0a /* of the file; no pcap file begins with it */

struct pcapng_interface {
	__u16 link_type; /* LINKTYPE_*, as registered with tcpdump.org */
	__u32 snap_length; /* 0: none */
	__u8 resolution; /* as in the option if_tsresol */
	__s64 offset_s; /* as in the option if_tsoffset */
	char name[CAPTURE_IFNAME_SIZE]; /* of the option if_name; "": it has none */
};

struct pcapng {
	FILE *file; /* the caller closes it */
	__u64 position; /* of the next block in it */
	bool swapped; /* the section is in the other byte order */
	struct pcapng_interface *interfaces; /* of the section */
	__u32 interface_count, interface_room;
	__u8 *block; /* the present one */
	__u32 block_room;
	__u64 last_ns; /* time of the last packet, for packets that have none */
	struct reason reason; /* why reading failed */
};

struct pcapng_packet {
	const __u8 *bytes; /* valid until the next one is read */
	__u32 captured;
	__u32 length; /* on the wire */
	__u64 time_ns; /* since 1970; of a packet without a time, that of the packet before, 0 if there is none */
	bool untimed;
	__u16 link_type;
	const char *ifname; /* of the interface, or ""; valid until the next one is read */
};

void pcapng_begin(struct pcapng *pcapng, FILE *file);
void pcapng_end(struct pcapng *pcapng);

/* Read up to the next packet. Returns 1, 0 at the end, or a negative errno: see `reason`, and `position`. */
int pcapng_next(struct pcapng *pcapng, struct pcapng_packet *packet);

#endif
