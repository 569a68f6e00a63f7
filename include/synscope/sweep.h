/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The arguments of the two programs that are run by BPF_PROG_TEST_RUN rather than by packets (syscall programs).
 */
#ifndef SYNSCOPE_SWEEP_H
#define SYNSCOPE_SWEEP_H

#include <linux/types.h>

/*
 * Argument of the program `sweep`: go through a part of the table, send an event for each flow whose timeout has
 * passed, and free the records that are also past the linger of closed ones. Only events depend on it: readers and
 * inserts decide on expiry by themselves.
 */
struct sweep_request {
	__u32 first; /* slot to begin at */
	__u32 slots; /* how many, at most SWEEP_SLOTS_MAX */
	__u32 announced; /* out: flows announced as closed by their timeout */
	__u32 freed; /* out: records freed */
};

#define SWEEP_SLOTS_MAX 65536

/* A flow, as a reader found it in the table. */
struct flush_entry {
	__u32 slot;
	__u32 tag;
	__u32 generation;
};

#define FLUSH_ENTRIES 64

/*
 * Argument of the program `flush`: free the records of these flows, but none of a flow that has taken over such a slot
 * since.
 */
struct flush_request {
	__u32 count; /* entries in use */
	__u32 flushed; /* out: records freed */
	struct flush_entry entry[FLUSH_ENTRIES];
};

_Static_assert(sizeof(struct sweep_request) == 16, "sweep_request");
_Static_assert(sizeof(struct flush_request) == 776, "flush_request");

#endif
