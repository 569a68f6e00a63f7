// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pin.h"
#include "pin_directory.h"

/*
 * What is locked, PIN_LOCK, is a directory beside the entries, and not the one they are in: a group may be let read that one, and
 * a process that can open a directory can lock it. It is there while a process has the lock, or was killed with it.
 */

/* The directory of all pins, made if it is not there. */
static int open_root(bool create)
{
	int bpffs, fd = pin_open_directory(NULL, NULL);

	if (fd != -ENOENT || !create)
		return fd;
	bpffs = pin_open_bpffs(NULL);
	if (bpffs < 0)
		return bpffs;
	if (mkdirat(bpffs, PIN_ROOT_NAME, 0700) && errno != EEXIST) {
		fd = -errno;
	} else {
		fd = pin_open_below(bpffs, PIN_ROOT_NAME, PIN_ROOT, NULL);
		fd = fd == -ENOENT ? -EAGAIN : fd;
	}
	close(bpffs);
	return fd;
}

/* The directory that is locked: -EAGAIN if it, or the one above it, was removed meanwhile. */
static int open_lock(bool create)
{
	int root = open_root(create), fd;

	if (root < 0)
		return root;
	if (mkdirat(root, PIN_LOCK, 0700) && errno != EEXIST)
		fd = -errno;
	else
		fd = pin_open_below(root, PIN_LOCK, PIN_ROOT "/" PIN_LOCK, NULL);
	close(root);
	return fd == -ENOENT ? -EAGAIN : fd;
}

/* One try: an fd, -EAGAIN if what was locked was removed while we waited, or another negative errno. */
static int lock_once(bool create, bool wait)
{
	struct stat status;
	int fd = open_lock(create), err = -EAGAIN;

	if (fd < 0)
		return fd;
	if (flock(fd, LOCK_EX | (wait ? 0 : LOCK_NB)))
		err = errno == EWOULDBLOCK ? -EBUSY : -errno;
	else if (fstat(fd, &status))
		err = -errno;
	else if (status.st_nlink)
		return fd;
	close(fd);
	return err;
}

int pin_lock(bool create, bool wait)
{
	int fd;

	do {
		fd = lock_once(create, wait);
	} while (fd == -EAGAIN);
	return fd;
}

void pin_unlock(int fd)
{
	int bpffs, root;

	if (fd < 0)
		return;
	root = pin_open_directory(NULL, NULL);
	if (root >= 0) {
		unlinkat(root, PIN_LOCK, AT_REMOVEDIR);
		close(root);
	}
	bpffs = pin_open_bpffs(NULL);
	if (bpffs >= 0) {
		unlinkat(bpffs, PIN_ROOT_NAME, AT_REMOVEDIR); /* refused while anything is pinned */
		close(bpffs);
	}
	close(fd);
}
