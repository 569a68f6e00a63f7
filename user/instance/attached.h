/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is attached in the kernel and belongs to an instance of which too little is left to tell: programs of ours that
 * use its maps, wherever they are.
 */
#ifndef SYNSCOPE_INSTANCE_ATTACHED_H
#define SYNSCOPE_INSTANCE_ATTACHED_H

#include "kernel/bpf_ids.h"

/*
 * Detach every link whose program uses one of the `maps`, and remove the clsact filters whose program does, in every
 * network namespace that anybody is in; without maps, those filters in the present namespace and in those under
 * `ip netns` that bear the instance's `name` (may be NULL). Notes what is to vanish in `ids`. It takes CAP_SYS_ADMIN to
 * look at programs: without it filters go by their name alone. Prints nothing.
 */
void attached_remove(const struct bpf_ids *maps, const char *name, struct bpf_ids *ids);

/* Note the maps of an instance that an object pinned for it stands for, or uses; nothing of anybody else's. */
void attached_add_maps(struct bpf_ids *maps, int fd);

#endif
