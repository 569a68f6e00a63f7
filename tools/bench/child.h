/* SPDX-License-Identifier: GPL-2.0-only */
/* Other programs, whose output is discarded. They are killed when this process exits. */
#ifndef SYNSCOPE_BENCH_CHILD_H
#define SYNSCOPE_BENCH_CHILD_H

#include <sys/types.h>

/* The path of the `synscope` that was built together with this program. */
const char *child_synscope(void);

/*
 * Starts a program, on other CPUs than this process if there are any. Returns its process id or a negative errno
 * (logged).
 */
pid_t child_start(const char *const *arguments);
void child_stop(pid_t child);

/* For a process that was forked by other means: goes to other CPUs, and ends with its parent. */
void child_leave_parent(void);

/*
 * Runs a program to its end, on the CPU of this process. Stores its CPU time in *ns, and its exit status in *status.
 * Returns 0 or a negative errno (logged).
 */
int child_run(const char *const *arguments, double *ns, int *status);

#endif
