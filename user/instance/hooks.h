/* SPDX-License-Identifier: GPL-2.0-only */
/* Attaching to one interface after the other: for a new instance, or for one that follows new interfaces. */
#ifndef SYNSCOPE_INSTANCE_HOOKS_H
#define SYNSCOPE_INSTANCE_HOOKS_H

#include <sys/types.h>

#include "instance/plan.h"
#include "kernel/attach_xdp.h"
#include "kernel/pin_lock.h"
#include "kernel/programs.h"

/* The state of an attach. plan.iface[i] is meta.interface[i] of the instance. */
struct attaching {
	struct attach_plan plan;
	struct programs *programs;
	struct xdp_replaced replaced[MAX_INTERFACES];
	struct instance *instance;
	gid_t readers; /* the group that may read it, or SHARE_NOBODY */
	bool staged; /* maps are pinned already, under PIN_STAGED or the entry of the instance */
};

/*
 * Take the lock of pin_lock.h for an attach, and set plan->unseen. `run` goes on without the lock if it may not take
 * it, or if there is no bpffs. Returns 0 or a negative errno (logged); without `wait`, -EBUSY (not logged) if another
 * process has it.
 */
int hooks_lock(struct attach_plan *plan, struct pin_lock *lock, bool wait);

/* Write the meta of the instance into its map. Returns 0 or a negative errno (logged). */
int hooks_save_meta(const struct instance *instance);

/*
 * Save the meta, and pin what is attached under PIN_STAGED, unless it is pinned. Returns 0 or a negative errno
 * (logged).
 */
int hooks_stage(struct attaching *attaching);

/* Attach to all hooks of interface `i`. Returns 0 or a negative errno (logged); then some may be attached. */
int hooks_attach(struct attaching *attaching, int i);

/*
 * Undo hooks_attach(): remove links and filters, and attach a replaced program again. Notes in `ids` what the kernel
 * will free.
 */
void hooks_undo(struct attaching *attaching, int i, struct bpf_ids *ids);

/* Pin the links of interface `i` under an entry. Returns 0 or a negative errno (not logged). */
int hooks_pin(const struct instance *instance, int i, const char *entry);

/* Mark interface `i` of an instance that is not pinned as tracked. Returns 0 or a negative errno (logged). */
int hooks_take_guard(struct attaching *attaching, int i);

#endif
