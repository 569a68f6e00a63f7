/* SPDX-License-Identifier: GPL-2.0-only */
/* Removing pinned instances. The caller holds the lock of pin_lock.h. */
#ifndef SYNSCOPE_INSTANCE_REMOVE_H
#define SYNSCOPE_INSTANCE_REMOVE_H

#include "instance/instance.h"
#include "kernel/bpf_ids.h"

/*
 * Remove a pinned instance: rename it first, so that it is no longer listed, then take it apart. Notes in `ids` what
 * the kernel will free. Returns 0 or a negative errno (logged).
 */
int instance_remove(const struct instance *instance, struct bpf_ids *ids);

/* Remove leftovers of killed processes, and instances whose interfaces have all been deleted; prints which. */
void instances_sweep(struct bpf_ids *ids);

#endif
