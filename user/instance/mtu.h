/* SPDX-License-Identifier: GPL-2.0-only */
/* The MTUs in a configuration, which bpf/packet/mtu.h searches. */
#ifndef SYNSCOPE_INSTANCE_MTU_H
#define SYNSCOPE_INSTANCE_MTU_H

#include "synscope/config.h"

/* Set the MTU of an interface; there must be room for another one. */
void config_set_mtu(struct synscope_config *config, __u32 ifindex, __u32 mtu);

/* Remove an interface, if it is there. */
void config_remove_mtu(struct synscope_config *config, __u32 ifindex);

#endif
