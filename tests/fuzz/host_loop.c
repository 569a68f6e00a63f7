// SPDX-License-Identifier: GPL-2.0-only
/* The helper that is the same in both programs that run bpf/ on the host: tests/fuzz and tests/interleave. */
#include "helpers.h"

long bpf_loop(__u32 rounds, void *callback, void *argument, __u64 flags)
{
	long (*call)(__u32 round, void *argument) = callback;
	__u32 i;

	(void)flags;
	for (i = 0; i < rounds; i++)
		if (call(i, argument))
			return i + 1;
	return i;
}
