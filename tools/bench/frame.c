// SPDX-License-Identifier: GPL-2.0-only
#include "frame.h"

#include <netinet/in.h>
#include <string.h>

#include "../../tests/bpf/packet.h"
#include "traffic.h"

/*
 * The options of a SYN after the timestamps, where other segments have their payload: MSS 1460, SACK permitted, window
 * scale 7.
 */
static const __u8 syn_options[TRAFFIC_PAYLOAD] = { 2, 4, 0x05, 0xb4, 4, 2, 1, 1, 1, 3, 3, 7 };

_Static_assert(TRAFFIC_SYN_OPTIONS == TRAFFIC_OPTIONS + 12, "syn_options");

size_t frame_tcp(__u8 frame[BENCH_FRAME_SIZE], bool ipv6)
{
	const struct packet packet = {
		.from = { .host = 1, .port = 1 },
		.to = { .host = 2, .port = 2 },
		.ipv6 = ipv6,
		.flags = SEGMENT_ACK,
		.window = 65535,
		.options = { .timestamps = true, .tsval = 1, .tsecr = 1 },
		.payload = TRAFFIC_PAYLOAD,
		.raw_payload = syn_options,
	};

	return packet_build(&packet, frame);
}

size_t frame_udp(__u8 frame[BENCH_FRAME_SIZE])
{
	static const __u8 header[TRAFFIC_PAYLOAD] = { 0x9c, 0x40, 0, 53, 0, TRAFFIC_PAYLOAD };
	const struct packet packet = {
		.from = { .host = 1 },
		.to = { .host = 2 },
		.protocol = IPPROTO_UDP,
		.payload = sizeof(header),
		.raw_payload = header,
	};

	return packet_build(&packet, frame);
}
