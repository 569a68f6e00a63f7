/* SPDX-License-Identifier: GPL-2.0-only */
/* Repeated runs of a program on one frame by the kernel, and their duration. */
#ifndef SYNSCOPE_BENCH_TEST_RUN_H
#define SYNSCOPE_BENCH_TEST_RUN_H

#include <linux/types.h>
#include <stddef.h>

#define TEST_RUN_AT_ONCE (1U << 28)

/*
 * Runs an XDP program, which must pass the frame. CPU time of this thread for each run, in nanoseconds, goes to *ns:
 * what other processes of a busy machine take is not in it. `at_once`: how many the kernel repeats in one system call,
 * at most TEST_RUN_AT_ONCE; for more than one it first makes preparations that take longer than some thousand runs one
 * by one, unless the program is held (sandbox_hold()). Returns 0 or a negative errno (logged).
 */
int test_run(int program, const void *frame, size_t size, __u64 runs, __u64 at_once, double *ns);

#endif
