/* SPDX-License-Identifier: GPL-2.0-only */
/* Decides which CPU runs: at each point where it matters, it is a choice that is explored. */
#ifndef SYNSCOPE_TESTS_INTERLEAVE_SCHEDULE_H
#define SYNSCOPE_TESTS_INTERLEAVE_SCHEDULE_H

#include <stdbool.h>

/* `work` is the code of each CPU; `resume` is called when a CPU goes on that was stopped. */
void schedule_open(void (*work)(int cpu), void (*resume)(int cpu));

/* Plays one schedule. Returns false if it ended in a known state. */
bool schedule_play(int cpus);

/* Called when the running CPU is about to access memory that another one uses, too. */
void schedule_point(void);

/* The CPU that runs. */
int schedule_cpu(void);

#endif
