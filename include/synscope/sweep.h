/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The argument of the program `sweep` (BPF_PROG_TEST_RUN of a syscall program): go through part of the table, tell of the
 * flows whose timeout has passed, and free those that are past the linger of closed records too. Nothing depends on it
 * but events: without it expiry is decided by whoever looks.
 */
#ifndef SYNSCOPE_SWEEP_H
#define SYNSCOPE_SWEEP_H

#include <linux/types.h>

struct sweep_request {
	__u32 first; /* slot to begin at */
	__u32 slots; /* how many, at most SWEEP_SLOTS_MAX */
	__u32 announced; /* out: flows told as closed by their timeout */
	__u32 freed; /* out: records freed */
};

#define SWEEP_SLOTS_MAX 65536

_Static_assert(sizeof(struct sweep_request) == 16, "sweep_request");

#endif
