// SPDX-License-Identifier: GPL-2.0-only
/*
 * fill: make flows in an attached instance without sending a packet.
 *
 *   fill PIN FLOWS [SEGMENTS]
 *
 * PIN is an XDP link of the instance in bpffs. BPF_PROG_TEST_RUN runs its program on the segments of FLOWS handshakes
 * between invented addresses: the first SEGMENTS of each (1: the SYN, 2: the SYN/ACK, too, 3: all three, the default).
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <netinet/if_ether.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SERVER_PORT 443
#define CLIENT_ISN 1000U
#define SERVER_ISN 9000U

struct frame {
	struct ethhdr ethernet;
	struct iphdr ip;
	struct tcphdr tcp;
} __attribute__((packed));

/* Returns an fd of the program that is attached by the XDP link, or a negative errno. */
static int program_of_link(const char *pin)
{
	struct bpf_link_info info = { 0 };
	__u32 length = sizeof(info);
	int link = bpf_obj_get(pin);

	if (link < 0)
		return -errno;
	if (bpf_obj_get_info_by_fd(link, &info, &length))
		return -errno;
	close(link);
	return bpf_prog_get_fd_by_id(info.prog_id);
}

/* Segment `step` (0: SYN, 1: SYN/ACK, 2: ACK) of flow number `flow`. */
static void make_frame(struct frame *frame, __u32 flow, int step)
{
	__be32 client = htonl(0x0a000000 + flow / 32768), server = htonl(0xc0000201);
	__be16 client_port = htons(32768 + flow % 32768), server_port = htons(SERVER_PORT);
	int from_server = step == 1;

	memset(frame, 0, sizeof(*frame));
	frame->ethernet.h_proto = htons(ETH_P_IP);
	frame->ip.version = 4;
	frame->ip.ihl = 5;
	frame->ip.ttl = 64;
	frame->ip.protocol = IPPROTO_TCP;
	frame->ip.tot_len = htons(sizeof(frame->ip) + sizeof(frame->tcp));
	frame->ip.saddr = from_server ? server : client;
	frame->ip.daddr = from_server ? client : server;
	frame->tcp.source = from_server ? server_port : client_port;
	frame->tcp.dest = from_server ? client_port : server_port;
	frame->tcp.seq = htonl(from_server ? SERVER_ISN : CLIENT_ISN + (step == 2));
	frame->tcp.ack_seq = htonl(step == 0 ? 0 : from_server ? CLIENT_ISN + 1 : SERVER_ISN + 1);
	frame->tcp.doff = 5;
	frame->tcp.syn = step < 2;
	frame->tcp.ack = step > 0;
	frame->tcp.window = htons(65535);
}

static int run_segment(int program, __u32 flow, int step)
{
	struct frame frame;
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = &frame, .data_size_in = sizeof(frame), .repeat = 1);

	make_frame(&frame, flow, step);
	return bpf_prog_test_run_opts(program, &opts);
}

int main(int argc, char **argv)
{
	__u32 flows = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
	int segments = argc > 3 ? atoi(argv[3]) : 3;
	int program;

	if (!flows || segments < 1 || segments > 3) {
		fprintf(stderr, "usage: fill PIN FLOWS [1|2|3]\n");
		return 2;
	}
	program = program_of_link(argv[1]);
	if (program < 0) {
		fprintf(stderr, "fill: no XDP link at '%s': %s\n", argv[1], strerror(errno));
		return 1;
	}
	for (__u32 flow = 0; flow < flows; flow++)
		for (int step = 0; step < segments; step++)
			if (run_segment(program, flow, step)) {
				fprintf(stderr, "fill: test run: %s\n", strerror(errno));
				return 1;
			}
	printf("%u flows, %d segments each\n", flows, segments);
	return 0;
}
