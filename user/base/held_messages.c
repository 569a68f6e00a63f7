// SPDX-License-Identifier: GPL-2.0-only
#include "base/held_messages.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int held_messages_begin(struct held_messages *held)
{
	int ends[2], err = 0;

	*held = (struct held_messages){ -1, -1 };
	if (!isatty(STDERR_FILENO))
		return 0;
	if (pipe2(ends,
		  O_CLOEXEC | O_NONBLOCK)) /* when it is full, further messages are dropped, and nobody has to wait */
		return -errno;
	held->to = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (held->to < 0 || dup2(ends[1], STDERR_FILENO) < 0)
		err = -errno;
	held->from = ends[0];
	close(ends[1]);
	if (err)
		held_messages_end(held);
	return err;
}

void held_messages_print(const struct held_messages *held)
{
	char text[4096];
	ssize_t bytes;

	while (held->from >= 0 && (bytes = read(held->from, text, sizeof(text))) > 0)
		if (write(held->to, text, bytes) < 0)
			return; /* a failure cannot be reported anywhere */
}

void held_messages_end(struct held_messages *held)
{
	if (held->to >= 0) {
		dup2(held->to, STDERR_FILENO);
		held_messages_print(held);
		close(held->to);
	}
	if (held->from >= 0)
		close(held->from);
	*held = (struct held_messages){ -1, -1 };
}
