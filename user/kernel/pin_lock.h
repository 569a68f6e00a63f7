/* SPDX-License-Identifier: GPL-2.0-only */
/* The lock that a process holds while it changes pins. */
#ifndef SYNSCOPE_KERNEL_PIN_LOCK_H
#define SYNSCOPE_KERNEL_PIN_LOCK_H

#include <signal.h>
#include <stdbool.h>

struct pin_lock {
	int fd; /* -1: not held */
	sigset_t signals; /* that were blocked before */
};

/*
 * Take the lock. `create`: make the directory of pins if it does not exist. With `wait`, waits for the present holder,
 * and prints that after a second; without, returns -EBUSY. While it waits, signals end the process as usual; once the
 * lock is held, signals that end a command are held back until pin_unlock(), so that nothing is left half done (see
 * signals_pending()). Returns 0 or a negative errno (not logged), and then there is nothing to release. -ENOENT: there
 * is no bpffs, or nothing is pinned. PIN_REFUSED as in pin.h.
 */
int pin_lock(struct pin_lock *lock, bool create, bool wait);

/* Release the lock, and remove the directory if nothing is pinned. A lock that is not held is ignored. */
void pin_unlock(struct pin_lock *lock);

#endif
