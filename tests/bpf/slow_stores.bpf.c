// SPDX-License-Identifier: GPL-2.0-only
/*
 * The programs with wide race windows: now and then, a load or store of the fast path (fast.h) is delayed after the
 * check before it, and so is the claim of the direction of a flow that was found (hold.h), so that another CPU has
 * time to give the slot away in between. Nothing else differs.
 */
#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "bpf/record/emit.h"
#include "bpf/record/new_flow.h"
#include "bpf/rules/icmp.h"
#include "bpf/table/rank.h"

#define ONE_LOAD_IN 64 /* rarely enough that the other CPU is not delayed at the same time */
#define ONE_STORE_IN 8
#define DAWDLE 2000 /* calls of about 10 ns: long enough for the other CPU to open a whole flow */

/* A global function, so that it is verified only once. */
__noinline int dawdle(__u32 one_in)
{
	int drawn = 0;

	if (!one_in || bpf_get_prandom_u32() % one_in)
		return 0;
	for (int i = 0; i < DAWDLE; i++)
		drawn += bpf_get_prandom_u32() & 1;
	return drawn;
}

#undef READ_ONCE
#define READ_ONCE(x)                               \
	({                                         \
		dawdle(ONE_LOAD_IN);               \
		*(const volatile typeof(x) *)&(x); \
	})
#include "bpf/track.h"

#undef WRITE_ONCE
#define WRITE_ONCE(x, v)                              \
	do {                                          \
		typeof(x) value_ = (v);               \
		dawdle(ONE_STORE_IN);                 \
		*(volatile typeof(x) *)&(x) = value_; \
	} while (0)
/*
 * Only make_young() waits with this limit, and it has to wait longer for CPUs that are delayed while they hold the
 * direction. It is called after a late store, which the test needs to know; in most cases its first round is enough.
 */
#define ROUNDS 1024
__u64 late_stores SEC(".data.late") = 0;
static __always_inline int count_round(void)
{
	__sync_fetch_and_add(&late_stores, 1);
	return ROUNDS;
}
#undef WAIT_ROUNDS
#define WAIT_ROUNDS count_round()
#include "bpf/fast.h"

#undef READ_ONCE
#define READ_ONCE(x) (*(const volatile typeof(x) *)&(x))
#undef WRITE_ONCE
#define WRITE_ONCE(x, v) (*(volatile typeof(x) *)&(x) = (v))

/* NOLINTNEXTLINE(bugprone-suspicious-include): the original programs, with some of their macros replaced */
#include "bpf/synscope.bpf.c"
