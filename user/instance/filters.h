/* SPDX-License-Identifier: GPL-2.0-only */
/* The clsact filters that the meta of an instance lists. The caller holds the lock of pin_lock.h, if there is one. */
#ifndef SYNSCOPE_INSTANCE_FILTERS_H
#define SYNSCOPE_INSTANCE_FILTERS_H

#include "kernel/bpf_ids.h"

#include "synscope/config.h"

/*
 * Remove the filters, in whatever network namespace they are. Notes in `ids` what the kernel will free. It is no error
 * if a filter does not exist. Returns 0 or a negative errno (not logged), -EPERM if this process may not do it.
 */
int instance_remove_filters(const struct instance_meta *meta, struct bpf_ids *ids);

/* May this process remove the filters, if there are any? 0, or -EPERM (logged, with the capability that is missing). */
int instance_check_filters(const struct instance_meta *meta);

#endif
