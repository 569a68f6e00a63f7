/* SPDX-License-Identifier: GPL-2.0-only */
/* The MTU of the interface on which a packet was seen. */
#ifndef SYNSCOPE_BPF_MTU_H
#define SYNSCOPE_BPF_MTU_H

#include <bpf/bpf_helpers.h>

#include "synscope/config.h"

/*
 * The MTU of an interface, 0 if it is not known. Binary search without a branch: the verifier would follow as many
 * paths as there are interfaces. The places that are not used, whose ifindex is 0, count as the highest.
 */
static __always_inline __u32 interface_mtu(const volatile struct synscope_config *config, __u32 ifindex)
{
	__u32 at = 0;

	for (__u32 step = MAX_INTERFACES / 2; step; step /= 2) {
		__u32 below = config->mtu[(at + step) & (MAX_INTERFACES - 1)].ifindex - 1;

		at += step * (__u32)(((__u64)below - ifindex) >> 63);
		barrier_var(at);
		at &= MAX_INTERFACES - 1;
	}
	return config->mtu[at].ifindex == ifindex ? config->mtu[at].mtu : 0;
}

_Static_assert(!(MAX_INTERFACES & (MAX_INTERFACES - 1)), "MAX_INTERFACES is a power of two");

#endif
