// SPDX-License-Identifier: GPL-2.0-only
/*
 * injector IFNAME <CAPTURE: send the frames of a capture from an interface at once, as capture_maker writes them. They
 * go to a link-layer address that does not exist: the programs on the link see them, and no host takes them.
 */
#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define FILE_HEADER 24 /* bytes */
#define FRAME_MAX 2048

struct record_header {
	uint32_t seconds, us, captured, length;
};

static int fail(const char *what)
{
	fprintf(stderr, "injector: %s: %s\n", what, strerror(errno));
	return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	struct sockaddr_ll address = { .sll_family = AF_PACKET };
	unsigned char frame[FRAME_MAX];
	struct record_header record;
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (argc != 2)
		return fail("usage: injector IFNAME <CAPTURE");
	address.sll_ifindex = (int)if_nametoindex(argv[1]);
	if (fd < 0 || !address.sll_ifindex || bind(fd, (struct sockaddr *)&address, sizeof(address)))
		return fail(argv[1]);
	if (fread(frame, FILE_HEADER, 1, stdin) != 1)
		return fail("no capture");
	while (fread(&record, sizeof(record), 1, stdin) == 1) {
		if (record.captured > sizeof(frame) || fread(frame, record.captured, 1, stdin) != 1)
			return fail("not a capture");
		if (send(fd, frame, record.captured, 0) < 0)
			return fail(argv[1]);
	}
	return EXIT_SUCCESS;
}
