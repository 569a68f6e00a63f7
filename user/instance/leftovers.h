/* SPDX-License-Identifier: GPL-2.0-only */
/* Pinned entries taken apart: of instances, and what killed processes left of them. */
#ifndef SYNSCOPE_INSTANCE_LEFTOVERS_H
#define SYNSCOPE_INSTANCE_LEFTOVERS_H

#include "kernel/bpf_ids.h"

/*
 * Take an entry apart, with everything that is attached for it. `name`: of the instance, NULL if not known. Notes in
 * `ids` what the kernel will free. The caller holds the lock of pin_lock.h. Returns 0 or a negative errno (not logged)
 * if something is left.
 */
int entry_remove(const char *entry, const char *name, struct bpf_ids *ids);

/* Remove what killed processes left half attached or half detached. The caller holds the lock. */
void leftovers_remove(struct bpf_ids *ids);

/*
 * The same for a command that only reads, and holds no lock. Waits up to 1 s for another process that holds the lock,
 * and then goes on without.
 */
void leftovers_tidy(void);

#endif
