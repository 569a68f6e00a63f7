/* SPDX-License-Identifier: GPL-2.0-only */
/* A program run by the kernel on one frame, again and again, and what that takes. */
#ifndef SYNSCOPE_BENCH_TEST_RUN_H
#define SYNSCOPE_BENCH_TEST_RUN_H

#include <linux/types.h>
#include <stddef.h>

/*
 * Runs an XDP program, which must pass the frame. CPU time of this thread for each run, in nanoseconds, goes to *ns: what
 * other processes of a busy machine take is not in it; only of many runs does the figure mean much. Returns 0 or a negative errno (told).
 */
int test_run(int program, const void *frame, size_t size, __u64 runs, double *ns);

#endif
