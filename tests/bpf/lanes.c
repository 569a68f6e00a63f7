// SPDX-License-Identifier: GPL-2.0-only
#include "lanes.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bpf/traffic.skel.h"

#define HOST_MASK 0xffffffU /* the bits of an IPv4 or IPv6 address that are a host's number */

static struct traffic_bpf *traffic;

void lanes_open(void)
{
	if (!traffic)
		traffic = traffic_bpf__open_and_load();
	if (traffic)
		return;
	perror("bpf-tests: cannot load the program that makes traffic");
	exit(EXIT_FAILURE);
}

void lanes_lead_to(const struct harness *harness)
{
	__u32 key = 0;
	int program = harness_program(harness, ENTRY_TC, false);

	memset(traffic->bss->lanes, 0, sizeof(traffic->bss->lanes));
	if (bpf_map_update_elem(bpf_map__fd(traffic->maps.next), &key, &program, BPF_ANY))
		ck_abort_msg("cannot direct the traffic to the program under test: %s", strerror(errno));
}

struct lane *lane(int number)
{
	return &traffic->bss->lanes[number];
}

int lane_run(int number, bool ipv6, __u32 segments)
{
	const struct packet packet = { .ipv6 = ipv6, .flags = SEGMENT_ACK, .window = 65535 };
	__u8 frame[256];
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame, .data_size_in = packet_build(&packet, frame),
		    .repeat = (int)segments);
	int program = bpf_program__fd(number ? traffic->progs.lane_1 : traffic->progs.lane_0);

	if (bpf_prog_test_run_opts(program, &options))
		return -errno;
	return lane(number)->failed ? -ENOLINK : 0;
}

int lane_flow_of(const struct flow_record *record)
{
	int last = record->cold.flags & FLOW_IPV6 ? 3 : 0;
	__u32 word[2] = { ntohl(record->cold.addr[0][last]), ntohl(record->cold.addr[1][last]) };
	bool second = (word[0] & HOST_MASK) == TRAFFIC_SERVER_HOST;

	if (word[second] & TRAFFIC_SPOOFED)
		return -1;
	return (int)(((word[second] & HOST_MASK) - 1) * 32768 + ntohs(record->hot.port[second]) - 10000);
}

__u32 segments_of(__u32 usual)
{
	const char *text = getenv("SEGMENTS");

	return text ? (__u32)strtoul(text, NULL, 10) : usual;
}
