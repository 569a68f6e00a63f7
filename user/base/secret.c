// SPDX-License-Identifier: GPL-2.0-only
#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/message.h"
#include "base/reason.h"

static bool is_private(const struct stat *status)
{
	return S_ISREG(status->st_mode) && !(status->st_mode & 077);
}

int secret_read(const char *file, const char *what, char *text, size_t size)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK), err = fd < 0 ? -errno : 0;
	struct stat status = { 0 };
	ssize_t bytes = 0;

	if (!err && fstat(fd, &status))
		err = -errno;
	if (!err && is_private(&status))
		bytes = read(fd, text, size - 1);
	if (bytes < 0)
		err = -errno;
	if (fd >= 0)
		close(fd);
	if (err) {
		message_error("cannot read the %s %s: %s", what, file, reason_of(err).text);
		return err;
	}
	if (!S_ISREG(status.st_mode)) {
		message_error("the %s %s is not a regular file", what, file);
		return -EINVAL;
	}
	if (!is_private(&status)) {
		message_error("the %s %s may be read or written by others (mode %04o); 'chmod 600 %s'", what, file,
			      status.st_mode & 07777, file);
		return -EACCES;
	}
	text[bytes] = '\0';
	return (int)bytes;
}
