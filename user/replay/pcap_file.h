/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading the format that tcpdump writes (draft-ietf-opsawg-pcap). libpcap can do that, but a process that is linked
 * with it loads D-Bus, systemd and libgcrypt at every start, and its copies are a fifth of what a replay costs.
 */
#ifndef SYNSCOPE_REPLAY_PCAP_FILE_H
#define SYNSCOPE_REPLAY_PCAP_FILE_H

#include <stdbool.h>
#include <stdio.h>

#include <linux/types.h>

#include "base/reason.h"

struct pcap_file {
	FILE *file; /* the caller closes it */
	bool swapped; /* the file is in the other byte order */
	bool nanoseconds; /* the unit of pcap_packet.fraction, otherwise microseconds */
	bool lengths_may_be_exchanged; /* before version 2.4, some programs exchanged the two lengths of a packet */
	__u32 link_type; /* LINKTYPE_*, as registered with tcpdump.org */
	__u32 header_bytes; /* before each packet */
	__u8 *bytes; /* of the present packet */
	__u32 room;
	struct reason reason; /* why reading failed */
};

struct pcap_packet {
	const __u8 *bytes; /* valid until the next one is read */
	__u32 captured;
	__u32 length; /* on the wire */
	__u32 seconds; /* since 1970 */
	__u32 fraction; /* as in the file: there may be more than fit into a second */
};

/*
 * Read the header of the file. Returns 0 or a negative errno, -EBADMSG if it is the header of something else or
 * damaged: see `reason`.
 */
int pcap_file_begin(struct pcap_file *pcap, FILE *file);
void pcap_file_end(struct pcap_file *pcap);

/* Read the next packet. Returns 1, 0 at the end, or a negative errno: see `reason`. */
int pcap_file_next(struct pcap_file *pcap, struct pcap_packet *packet);

#endif
