/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The arguments of the two programs that are run by BPF_PROG_TEST_RUN rather than by packets (syscall programs).
 */
#ifndef SYNSCOPE_SWEEP_H
#define SYNSCOPE_SWEEP_H

#include <linux/types.h>

/*
 * Of the program `sweep`: go through part of the table, tell of the flows whose timeout has passed, and free those that
 * are past the linger of closed records too. Nothing depends on it but events: without it expiry is decided by whoever
 * looks.
 */
struct sweep_request {
	__u32 first; /* slot to begin at */
	__u32 slots; /* how many, at most SWEEP_SLOTS_MAX */
	__u32 announced; /* out: flows told as closed by their timeout */
	__u32 freed; /* out: records freed */
};

#define SWEEP_SLOTS_MAX 65536

/* A flow as a reader found it. */
struct flush_entry {
	__u32 slot;
	__u32 tag;
	__u32 generation;
};

#define FLUSH_ENTRIES 64

/* Of the program `flush`: free the records of these flows, but not of any that has taken the place of one since. */
struct flush_request {
	__u32 count; /* entries in use */
	__u32 flushed; /* out: records freed */
	struct flush_entry entry[FLUSH_ENTRIES];
};

_Static_assert(sizeof(struct sweep_request) == 16, "sweep_request");
_Static_assert(sizeof(struct flush_request) == 776, "flush_request");

#endif
