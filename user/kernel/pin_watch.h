/* SPDX-License-Identifier: GPL-2.0-only */
/* Being woken when an instance is attached or detached. */
#ifndef SYNSCOPE_KERNEL_PIN_WATCH_H
#define SYNSCOPE_KERNEL_PIN_WATCH_H

/*
 * A descriptor that becomes readable when entries are made, renamed or removed. Returns it, or a negative errno (not
 * logged); the caller closes it.
 */
int pin_watch_open(void);

/*
 * Forget what has happened up to now, and watch the directory of all entries, or the bpffs while there is no such
 * directory; to be called each time before entries are looked for. That may be in vain, if there is no bpffs: nobody
 * may rely on being woken.
 */
void pin_watch_renew(int watch);

#endif
