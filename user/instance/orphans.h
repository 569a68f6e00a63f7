/* SPDX-License-Identifier: GPL-2.0-only */
/* Orphans: clsact filters of instances that no longer exist. The caller holds the lock of pin_lock.h. */
#ifndef SYNSCOPE_INSTANCE_ORPHANS_H
#define SYNSCOPE_INSTANCE_ORPHANS_H

#include "kernel/bpf_ids.h"

/*
 * Remove the orphans from an interface of the present network namespace. Notes in `ids` what the kernel will free.
 * Returns how many there were, or a negative errno (not logged) if a limit kept it from looking.
 */
int orphans_remove(__u32 ifindex, struct bpf_ids *ids);

/* The same on every interface of the present namespace and of every one under `ip netns`. */
int orphans_remove_everywhere(struct bpf_ids *ids);

#endif
