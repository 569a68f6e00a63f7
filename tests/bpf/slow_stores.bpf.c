// SPDX-License-Identifier: GPL-2.0-only
/*
 * The programs with their races wide open: now and then a load or a store of the short way (fast.h) is put off after
 * the check before it, and so is taking the direction of a flow that was found (track.h), so that another CPU has the
 * time to give the slot away in between. Nothing else differs.
 */
#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "bpf/record/new_flow.h"
#include "bpf/rules/reset.h"
#include "bpf/record/emit.h"
#include "bpf/table/rank.h"

#define ONE_LOAD_IN 64 /* seldom enough for the other CPU not to dawdle meanwhile */
#define ONE_STORE_IN 8
#define DAWDLE 2000 /* calls of some 10 ns: long enough for the other CPU to open a flow in full */

/* Global, and so verified once. */
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
 * Only make_young() waits there, and it has to wait longer for CPUs that dawdle while they hold the direction. It is
 * called after a store that was late, of which a test needs to know; mostly its first round is enough.
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

/* NOLINTNEXTLINE(bugprone-suspicious-include): the very programs, with macros of theirs replaced */
#include "bpf/synscope.bpf.c"
