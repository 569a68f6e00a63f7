/* SPDX-License-Identifier: GPL-2.0-only */
/* bind_abstract ADDRESS...: bind a socket to each abstract address, say "ready", and hold them until killed. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		struct sockaddr_un address = { .sun_family = AF_UNIX };
		int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

		snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1, "%s", argv[i]);
		if (fd < 0 || bind(fd, (struct sockaddr *)&address,
				   offsetof(struct sockaddr_un, sun_path) + 1 + strlen(address.sun_path + 1))) {
			perror(argv[i]);
			return EXIT_FAILURE;
		}
	}
	puts("ready");
	fflush(stdout);
	pause();
	return EXIT_SUCCESS;
}
