/* SPDX-License-Identifier: GPL-2.0-only */
/* Which CPU runs: at each point where it matters, one of the choices that are explored. */
#ifndef SYNSCOPE_TESTS_INTERLEAVE_SCHEDULE_H
#define SYNSCOPE_TESTS_INTERLEAVE_SCHEDULE_H

#include <stdbool.h>

/* `work` is what each CPU does. */
void schedule_open(void (*work)(int cpu));

/* Plays one schedule. False if it ended in a state that was known. */
bool schedule_play(int cpus);

/* The CPU that runs is about to access memory that another one accesses too. */
void schedule_point(void);

/* The CPU whose work runs now. */
int schedule_cpu(void);

#endif
