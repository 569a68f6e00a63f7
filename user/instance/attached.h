/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Detaching what belongs to an instance whose meta is missing or damaged: programs of ours, wherever they are attached,
 * that use its maps.
 */
#ifndef SYNSCOPE_INSTANCE_ATTACHED_H
#define SYNSCOPE_INSTANCE_ATTACHED_H

#include "kernel/bpf_ids.h"

/*
 * Detach every link, and remove every clsact filter, whose program uses one of the `maps`, in all network namespaces.
 * Without maps, remove the filters that have the instance's `name` (may be NULL), in the present namespace and in those
 * under `ip netns`. Without CAP_SYS_ADMIN programs cannot be examined, and only the name of a filter counts. Notes in
 * `ids` what the kernel will free. Returns 0, or a negative errno (not logged) if a limit kept it from looking
 * everywhere.
 */
int attached_remove(const struct bpf_ids *maps, const char *name, struct bpf_ids *ids);

/* Add the map behind `fd`, or the maps of the program behind it, to `maps`, if they are of synscope. */
void attached_add_maps(struct bpf_ids *maps, int fd);

#endif
