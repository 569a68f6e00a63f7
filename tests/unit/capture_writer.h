/* SPDX-License-Identifier: GPL-2.0-only */
/* Writes capture files in every format that `replay` reads, byte by byte, as the descriptions of the formats say. */
#ifndef SYNSCOPE_TESTS_CAPTURE_WRITER_H
#define SYNSCOPE_TESTS_CAPTURE_WRITER_H

#include <stdbool.h>
#include <stdio.h>

#include "../bpf/packet.h"

enum capture_format { FORMAT_PCAP, FORMAT_PCAP_NS, FORMAT_PCAPNG, FORMAT_COUNT };

/* Link types, with the numbers of tcpdump.org. */
enum capture_link {
	LINK_NULL = 0,
	LINK_ETHERNET = 1,
	LINK_PPP = 9,
	LINK_RAW_BSD = 12,
	LINK_RAW_OPENBSD = 14,
	LINK_PPP_HDLC = 50,
	LINK_PPP_ETHER = 51,
	LINK_RAW = 101,
	LINK_CISCO_HDLC = 104,
	LINK_WIFI = 105,
	LINK_LOOP = 108,
	LINK_COOKED = 113,
	LINK_RADIOTAP = 127,
	LINK_USB = 189, /* stands for all link types that are not supported */
	LINK_IPV4 = 228,
	LINK_IPV6 = 229,
	LINK_NFLOG = 239,
	LINK_COOKED2 = 276,
};

struct capture_writer {
	FILE *file;
	enum capture_format format;
	bool swapped; /* the byte order is not that of this machine */
	enum capture_link link;
	__u32 snap_length; /* bytes beyond it are not captured; 0: no limit */
	__u32 interface; /* pcapng: the interface of the next packet */
	const char *ifname; /* pcapng: option if_name of the next interface; NULL: not written */
	__u8 resolution; /* pcapng: option if_tsresol of the next interface; 0: not written */
};

/* Write the header of the file; for pcapng, with one interface. */
void writer_begin(struct capture_writer *writer);

/* Add an interface to a pcapng file. */
void writer_interface(struct capture_writer *writer);

/* Write a frame of the writer's link type. Its time is truncated to the resolution of the format. */
void writer_frame(struct capture_writer *writer, __u64 time_ns, const __u8 *frame, __u32 length);

/* The same for a packet. */
void writer_packet(struct capture_writer *writer, __u64 time_ns, const struct packet *packet);

#define WRITER_SEGMENTS 10

/* So many whole connections of WRITER_SEGMENTS segments each, many at a time, from that time on. */
void writer_connections(struct capture_writer *writer, __u64 time_ns, unsigned int connections);

#endif
