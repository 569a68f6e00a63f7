/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Enumerates schedules: every one with at most so many deviations from running each CPU to its end (iterative context
 * bounding, Musuvathi and Qadeer, PLDI 2007). A deviation is a preemption, or what a memory model lets a CPU do other
 * than at once.
 *
 * A schedule is cut short where it comes to a state from which everything with as many deviations left was explored
 * before: what a CPU does next depends only on what it has read, and on the memory.
 */
#ifndef SYNSCOPE_TESTS_INTERLEAVE_EXPLORE_H
#define SYNSCOPE_TESTS_INTERLEAVE_EXPLORE_H

#include <stdbool.h>

#include <linux/types.h>

struct exploration {
	__u64 schedules; /* played, to the end or to a state that was known */
	__u64 known; /* of these: to a state that was known */
	__u64 states;
	__u64 points; /* accesses at which a CPU could have been stopped */
};

/* Plays one schedule, by calling explore_choose() whenever there is a choice. Returns false to end the exploration. */
typedef bool (*play_fn)(void *argument);

void explore_open(void);

/* All schedules with at most `deviations` of them. False if `play` ended it. */
bool explore(unsigned int deviations, play_fn play, void *argument, struct exploration *result);

/*
 * One of `options`, of which the first is the ordinary one and each other one a deviation, or all are free. May end the
 * schedule instead, by calling what explore_on_known() was given. `where` tells apart two choices in the same state.
 */
unsigned int explore_choose(unsigned int options, bool free, unsigned int where);

/* Are deviations left? If not, explore_choose() would return 0. */
bool explore_may_deviate(void);

/* Ends the schedule if the state that it is in is known. Cheaper than it looks if not called for every access. */
void explore_check_known(unsigned int where);

/* How to compute the state, and how to leave a schedule that has come to one that is known. */
void explore_on_known(__u64 (*state)(void), void (*leave)(void));

/* Play the last schedule again, for a report. */
void explore_replay(play_fn play, void *argument);

#endif
