/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Enumerates schedules: every one with at most a given number of deviations from running each CPU to its end (iterative
 * context bounding, Musuvathi and Qadeer, PLDI 2007). A deviation is a preemption, or a freedom of the memory model
 * that a CPU uses.
 *
 * A schedule is cut short when it reaches a state from which everything was explored before, with as many deviations
 * left: what a CPU does next depends only on what it has read, and on the memory.
 */
#ifndef SYNSCOPE_TESTS_INTERLEAVE_EXPLORE_H
#define SYNSCOPE_TESTS_INTERLEAVE_EXPLORE_H

#include <stdbool.h>

#include <linux/types.h>

struct exploration {
	__u64 schedules; /* schedules that were played, to the end or to a known state */
	__u64 known; /* those that ended in a known state */
	__u64 states;
	__u64 points; /* accesses at which a CPU could have been stopped */
};

/* Plays one schedule, and calls explore_choose() whenever there is a choice. Returns false to end the exploration. */
typedef bool (*play_fn)(void *argument);

void explore_open(void);

/* Plays all schedules with at most `deviations` deviations. Returns false if `play` ended the exploration. */
bool explore(unsigned int deviations, play_fn play, void *argument, struct exploration *result);

/*
 * Chooses one of `options`. The first one is the ordinary one; the others are deviations, unless `free`. May abandon
 * the schedule instead, by the function given to explore_on_known(). `where` distinguishes two choices in the same
 * state.
 */
unsigned int explore_choose(unsigned int options, bool free, unsigned int where);

/* Are deviations left? If not, explore_choose() returns 0. */
bool explore_may_deviate(void);

/* Abandons the schedule if its state is known. Expensive, so not to be called for every access. */
void explore_check_known(unsigned int where);

/* Sets the functions that compute the state, and that abandon a schedule whose state is known. */
void explore_on_known(__u64 (*state)(void), void (*leave)(void));

/* Plays the last schedule again, for a report. */
void explore_replay(play_fn play, void *argument);

#endif
