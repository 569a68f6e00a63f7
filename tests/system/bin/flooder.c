// SPDX-License-Identifier: GPL-2.0-only
/*
 * flooder IFNAME: send SYNs from an interface as fast as possible, each from another address, until killed. They go to
 * 10.0.0.2 port 80, and to a link-layer address that does not exist: the programs on the link see the SYNs, but no host
 * answers.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "../../bpf/packet.h"

#define SOURCE_AT 26 /* offset in the frame */
#define PORT_AT 34
#define SPOOFED 0x40000000U /* the first address, 64.0.0.0 */

static int open_interface(const char *ifname)
{
	struct sockaddr_ll address = { .sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(ifname) };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (fd < 0 || !address.sll_ifindex || bind(fd, (struct sockaddr *)&address, sizeof(address)))
		return -1;
	return fd;
}

int main(int argc, char **argv)
{
	const struct packet syn = { .to = { .host = 2, .port = 80 }, .flags = SEGMENT_SYN, .window = 65535 };
	int fd = argc == 2 ? open_interface(argv[1]) : -1;
	__u8 frame[256];
	size_t size = packet_build(&syn, frame);

	if (fd < 0) {
		fprintf(stderr, "flooder: %s: %s\n", argc == 2 ? argv[1] : "usage: flooder IFNAME", strerror(errno));
		return EXIT_FAILURE;
	}
	for (__u32 n = 0;; n++) {
		__u32 source = htonl(SPOOFED + (n * 2654435761U >> 4));
		__u16 port = htons((__u16)(1024 + n % 30000));

		memcpy(frame + SOURCE_AT, &source, sizeof(source));
		memcpy(frame + PORT_AT, &port, sizeof(port));
		if (send(fd, frame, size, 0) < 0 && errno != ENOBUFS) {
			fprintf(stderr, "flooder: %s\n", strerror(errno));
			return EXIT_FAILURE;
		}
	}
}
