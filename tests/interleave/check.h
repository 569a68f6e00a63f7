/* SPDX-License-Identifier: GPL-2.0-only */
/* Is what a schedule left behind right? */
#ifndef SYNSCOPE_TESTS_INTERLEAVE_CHECK_H
#define SYNSCOPE_TESTS_INTERLEAVE_CHECK_H

#include "world.h"

/* Plays the operations of a scenario one after the other, in all orders: each result is one that is right. */
void check_begin(const struct scenario *scenario);

/* NULL if all is right, else what is wrong. Plays `after` first. */
const char *check_end(const struct scenario *scenario);

/* How many results are right. */
unsigned int check_outcomes(void);

#endif
