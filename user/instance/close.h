/* SPDX-License-Identifier: GPL-2.0-only */
/* Closing an instance, and detaching one that is not pinned. No lock is needed. */
#ifndef SYNSCOPE_INSTANCE_CLOSE_H
#define SYNSCOPE_INSTANCE_CLOSE_H

#include "instance/instance.h"
#include "kernel/bpf_ids.h"

/* Frees the instance; one that is not pinned is detached as instance_detach() would. NULL is ignored. */
void instance_close(struct instance *instance);

/* Detach all links that the instance holds, and close its guards. Notes in `ids` what the kernel will free. */
void instance_detach_links(struct instance *instance, struct bpf_ids *ids);

#endif
