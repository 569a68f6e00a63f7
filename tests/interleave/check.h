/* SPDX-License-Identifier: GPL-2.0-only */
/* Checks the result of a schedule. */
#ifndef SYNSCOPE_TESTS_INTERLEAVE_CHECK_H
#define SYNSCOPE_TESTS_INTERLEAVE_CHECK_H

#include "world.h"

/*
 * Plays the operations of a scenario one after the other, in all orders, and keeps the results: these are the allowed
 * ones.
 */
void check_begin(const struct scenario *scenario);

/* Plays `after`, and then returns NULL if everything is right, otherwise a description of what is wrong. */
const char *check_end(const struct scenario *scenario);

/* The number of allowed results. */
unsigned int check_outcomes(void);

#endif
