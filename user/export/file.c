// SPDX-License-Identifier: GPL-2.0-only
#include "export/file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

#define FILE_MODE 0640
#define SLICE_MS 50
#define SAME_SECOND_MAX 1000 /* files that may be rotated in one second */

static int refuse(struct transport *transport, const char *why)
{
	snprintf(transport->why.text, sizeof(transport->why.text), "%s", why);
	return -EPERM;
}

/* What was opened may be written to only if it is this user's, under this name alone. */
static int check(struct transport *transport, const struct stat *file)
{
	if (S_ISDIR(file->st_mode) || S_ISBLK(file->st_mode))
		return refuse(transport, "it is not a file");
	if (!S_ISREG(file->st_mode))
		return 0;
	if (file->st_uid != geteuid())
		return refuse(transport, "it belongs to another user, and could be anybody's file");
	if (file->st_nlink > 1)
		return refuse(transport, "it has a second name (a hard link), and could be anybody's file");
	return 0;
}

int file_open(struct transport *transport)
{
	int fd = open(transport->address->path,
		      O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, FILE_MODE);
	struct stat file;
	int err;

	if (fd < 0 && errno == ELOOP)
		return refuse(transport, "it is a symbolic link, which is not followed");
	if (fd < 0)
		return transport_fail(transport, -errno);
	err = fstat(fd, &file) ? transport_fail(transport, -errno) : check(transport, &file);
	if (err) {
		close(fd);
		return err;
	}
	transport->fd = fd;
	transport->regular = S_ISREG(file.st_mode);
	transport->file_bytes = transport->regular ? file.st_size : 0;
	transport->begun_ns = monotonic_ns();
	return 0;
}

/* A regular file is always writable; a FIFO waits for its reader. */
static int wait_for_reader(const struct transport *transport)
{
	struct pollfd room = { .fd = transport->fd, .events = POLLOUT };

	while (poll(&room, 1, SLICE_MS) <= 0)
		if (transport_is_over(transport))
			return -ECANCELED;
	return 0;
}

/* Take back what was written of the message. */
static int undo(struct transport *transport, int err)
{
	if (transport->regular && ftruncate(transport->fd, (off_t)transport->file_bytes) && errno == EINTR)
		return undo(transport, err);
	transport->done = 0;
	return transport_fail(transport, err);
}

int file_write(struct transport *transport, const char *message, size_t bytes)
{
	while (transport->done < bytes) {
		ssize_t n = write(transport->fd, message + transport->done, bytes - transport->done);
		int err = n < 0 ? -errno : 0;

		if (n >= 0)
			transport->done += n;
		if (err == -EAGAIN)
			err = wait_for_reader(transport);
		if (err && err != -EINTR)
			return undo(transport, err == -EPIPE ? -ECONNRESET : err);
	}
	transport->file_bytes += bytes;
	return 0;
}

/* ---- rotation */

static bool is_time(const struct transport *transport)
{
	const struct rotation *rotation = &transport->rotation;

	return transport->fd >= 0 && transport->regular && transport->file_bytes &&
	       ((rotation->bytes && transport->file_bytes >= rotation->bytes) ||
		(rotation->ns && monotonic_ns() - transport->begun_ns >= rotation->ns));
}

/* Is the name still that of the file which is open? */
static bool is_still_there(const struct transport *transport)
{
	struct stat open_one, named;

	return !fstat(transport->fd, &open_one) && !lstat(transport->address->path, &named) &&
	       open_one.st_dev == named.st_dev && open_one.st_ino == named.st_ino;
}

/* Rename the file; an older one that has the name already stays. Returns 0 or a negative errno. */
static int set_aside(const struct transport *transport)
{
	const char *path = transport->address->path;
	char name[4096], when[32];
	time_t now = time(NULL);
	struct tm utc;

	strftime(when, sizeof(when), "%Y%m%dT%H%M%SZ", gmtime_r(&now, &utc));
	for (int i = 0; i < SAME_SECOND_MAX; i++) {
		int bytes = i ? snprintf(name, sizeof(name), "%s.%s-%d", path, when, i)
			      : snprintf(name, sizeof(name), "%s.%s", path, when);

		if ((size_t)bytes >= sizeof(name))
			return -ENAMETOOLONG;
		if (!renameat2(AT_FDCWD, path, AT_FDCWD, name, RENAME_NOREPLACE))
			return 0;
		if (errno != EEXIST)
			return -errno;
	}
	return -EEXIST;
}

int file_rotate(struct transport *transport)
{
	int err = 0;

	if (!is_time(transport))
		return 0;
	if (is_still_there(transport))
		err = set_aside(transport);
	if (err) {
		transport->rotation = (struct rotation){ 0 };
		return transport_fail(transport, err);
	}
	transport_close(transport);
	return file_open(transport);
}
