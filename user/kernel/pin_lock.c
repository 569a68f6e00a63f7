// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/pin_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "kernel/lock_holder.h"
#include "base/message.h"
#include "kernel/pin_directory.h"
#include "base/signals.h"

/*
 * The lock is on PIN_LOCK, a directory beside the entries. It is not on the directory of the entries, because a group
 * may be allowed to read that one, and a process that can open a directory can lock it. PIN_LOCK exists while a process
 * holds the lock, or if one was killed while it held the lock.
 */

/* Open the directory of all pins; create it if asked. */
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

/* Open PIN_LOCK. -EAGAIN if it, or the directory above it, was removed meanwhile. */
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

/* ---- waiting */

struct waiting {
	bool begun;
	bool logged; /* the process that holds the lock */
	struct sigaction alarm; /* to restore */
};

static void on_alarm(int signal)
{
	(void)signal;
}

/* From now on, a signal every second interrupts flock(). */
static void begin_waiting(struct waiting *waiting)
{
	const struct itimerval second = { .it_interval.tv_sec = 1, .it_value.tv_sec = 1 };
	const struct sigaction action = { .sa_handler = on_alarm };

	if (waiting->begun)
		return;
	waiting->begun = !sigaction(SIGALRM, &action, &waiting->alarm);
	setitimer(ITIMER_REAL, &second, NULL);
}

static void end_waiting(const struct waiting *waiting)
{
	const struct itimerval never = { 0 };

	if (!waiting->begun)
		return;
	setitimer(ITIMER_REAL, &never, NULL);
	sigaction(SIGALRM, &waiting->alarm, NULL);
}

static void tell(struct waiting *waiting, int fd)
{
	char holder[LOCK_HOLDER_MAX];

	if (waiting->logged)
		return;
	waiting->logged = true;
	lock_holder(fd, holder);
	message_info("waiting for %s; Ctrl-C ends the wait", holder);
}

/* While it waits, signals have their usual effect, because nothing has been changed yet. */
static int wait_for(struct waiting *waiting, int fd)
{
	sigset_t none, held;
	int err;

	begin_waiting(waiting);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, &held);
	while ((err = flock(fd, LOCK_EX) ? -errno : 0) == -EINTR)
		tell(waiting, fd);
	sigprocmask(SIG_SETMASK, &held, NULL);
	return err;
}

/* ---- the lock */

/* Try once. Returns an fd, -EAGAIN if PIN_LOCK was removed while we waited, or another negative errno. */
static int lock_once(bool create, struct waiting *waiting)
{
	struct stat status;
	int fd = open_lock(create), err;

	if (fd < 0)
		return fd;
	err = flock(fd, LOCK_EX | LOCK_NB) ? -errno : 0;
	if (err == -EWOULDBLOCK)
		err = waiting ? wait_for(waiting, fd) : -EBUSY;
	if (!err && fstat(fd, &status))
		err = -errno;
	if (!err && status.st_nlink)
		return fd;
	close(fd);
	return err ? err : -EAGAIN;
}

int pin_lock(struct pin_lock *lock, bool create, bool wait)
{
	struct waiting waiting = { 0 };

	signals_hold(&lock->signals);
	do {
		lock->fd = lock_once(create, wait ? &waiting : NULL);
	} while (lock->fd == -EAGAIN);
	end_waiting(&waiting);
	if (lock->fd >= 0)
		return 0;
	signals_release(&lock->signals);
	return lock->fd;
}

void pin_unlock(struct pin_lock *lock)
{
	int bpffs, root;

	if (lock->fd < 0)
		return;
	root = pin_open_directory(NULL, NULL);
	if (root >= 0) {
		unlinkat(root, PIN_LOCK, AT_REMOVEDIR);
		close(root);
	}
	bpffs = pin_open_bpffs(NULL);
	if (bpffs >= 0) {
		unlinkat(bpffs, PIN_ROOT_NAME, AT_REMOVEDIR); /* fails while anything is pinned */
		close(bpffs);
	}
	close(lock->fd);
	lock->fd = -1;
	signals_release(&lock->signals);
}
