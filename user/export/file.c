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
#include "base/own_file.h"

#define FILE_MODE 0640
#define SLICE_MS 50
#define SAME_SECOND_MAX 1000 /* files that may be rotated in one second */

int file_open(struct sender *sender)
{
	struct stat file;
	int fd =
		own_file_open(sender->address->path, O_WRONLY | O_APPEND, FILE_MODE, OWN_FILE_ANY, &file, &sender->why);

	if (fd < 0)
		return fd;
	sender->fd = fd;
	sender->regular = S_ISREG(file.st_mode);
	sender->file_bytes = sender->regular ? file.st_size : 0;
	sender->begun_ns = monotonic_ns();
	return 0;
}

/* A regular file is always writable; a FIFO waits for its reader. */
static int wait_for_reader(const struct sender *sender)
{
	struct pollfd room = { .fd = sender->fd, .events = POLLOUT };

	while (poll(&room, 1, SLICE_MS) <= 0)
		if (sender_is_over(sender))
			return -ECANCELED;
	return 0;
}

/* The size of a regular file, which others may have cut or appended to since. */
static __u64 size_now(const struct sender *sender)
{
	struct stat file;

	return sender->regular && !fstat(sender->fd, &file) ? (__u64)file.st_size : sender->file_bytes;
}

/* Take back what was written of the message. */
static int undo(struct sender *sender, int err)
{
	if (sender->regular && ftruncate(sender->fd, (off_t)sender->file_bytes) && errno == EINTR)
		return undo(sender, err);
	sender->done = 0;
	return sender_fail(sender, err);
}

int file_write(struct sender *sender, const char *message, size_t bytes)
{
	if (!sender->done)
		sender->file_bytes = size_now(sender);
	while (sender->done < bytes) {
		ssize_t n = write(sender->fd, message + sender->done, bytes - sender->done);
		int err = n < 0 ? -errno : 0;

		if (n >= 0)
			sender->done += n;
		if (err == -EAGAIN)
			err = wait_for_reader(sender);
		if (err && err != -EINTR)
			return undo(sender, err == -EPIPE ? -ECONNRESET : err);
	}
	sender->file_bytes += bytes;
	return 0;
}

/* ---- rotation */

static bool is_time(const struct sender *sender)
{
	const struct rotation *rotation = &sender->rotation;

	return sender->fd >= 0 && sender->regular && sender->file_bytes &&
	       ((rotation->bytes && sender->file_bytes >= rotation->bytes) ||
		(rotation->ns && monotonic_ns() - sender->begun_ns >= rotation->ns));
}

/* Is the name still that of the file which is open? */
static bool is_still_there(const struct sender *sender)
{
	struct stat open_one, named;

	return !fstat(sender->fd, &open_one) && !lstat(sender->address->path, &named) &&
	       open_one.st_dev == named.st_dev && open_one.st_ino == named.st_ino;
}

/* Rename the file; an older one that has the name already stays. Returns 0 or a negative errno. */
static int set_aside(const struct sender *sender)
{
	const char *path = sender->address->path;
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

int file_rotate(struct sender *sender)
{
	int err = 0;

	if (!is_time(sender))
		return 0;
	if (is_still_there(sender))
		err = set_aside(sender);
	if (err) {
		sender->rotation = (struct rotation){ 0 };
		return sender_fail(sender, err);
	}
	sender_close(sender);
	file_open(sender); /* or later, like any other that cannot be opened */
	return 0;
}
