// SPDX-License-Identifier: GPL-2.0-only
#include "base/temporary.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/message.h"
#include "base/reason.h"

static int open_in(const char *directory)
{
	return directory && *directory ? open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600) : -1;
}

int temporary_open(void)
{
	int file = open_in(getenv("TMPDIR"));

	if (file < 0)
		file = open_in("/var/tmp");
	return file < 0 ? open_in("/tmp") : file;
}

static int refuse(const char *what)
{
	int err = errno ? -errno : -EIO;

	message_error("cannot %s the temporary file for flows: %s; TMPDIR names the directory to use instead of "
		      "/var/tmp",
		      what, reason_of(err).text);
	return err;
}

int temporary_append(int file, const void *bytes, size_t size)
{
	const char *at = bytes;

	while (size) {
		ssize_t done = write(file, at, size);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return refuse("write");
		at += done;
		size -= done;
	}
	return 0;
}

int temporary_read(int file, void *bytes, size_t size, __u64 at)
{
	char *to = bytes;

	while (size) {
		ssize_t done = pread(file, to, size, (off_t)at);

		if (done < 0 && errno == EINTR)
			continue;
		errno = done ? errno : 0;
		if (done <= 0)
			return refuse("read");
		to += done;
		at += done;
		size -= done;
	}
	return 0;
}
