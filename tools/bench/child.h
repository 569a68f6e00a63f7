/* SPDX-License-Identifier: GPL-2.0-only */
/* Other programs, whose output nobody reads. They end when this one does. */
#ifndef SYNSCOPE_BENCH_CHILD_H
#define SYNSCOPE_BENCH_CHILD_H

#include <sys/types.h>

/* The path of the command `synscope` that was built with this program. */
const char *child_synscope(void);

/* Starts one, on other CPUs than ours if there are any. Returns its process id or a negative errno (logged). */
pid_t child_start(const char *const *arguments);
void child_stop(pid_t child);

/*
 * Runs one to its end, on our CPU. Its CPU time goes to *ns, and its exit status to *status. Returns 0 or a negative
 * errno (logged).
 */
int child_run(const char *const *arguments, double *ns, int *status);

#endif
